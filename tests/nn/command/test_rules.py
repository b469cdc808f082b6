"""`whygrad rules`: the table, in words and as JSON."""

import json

from autograd.rules import RULES
from nn.command import main


def test_every_rule_is_in_the_table(capsys):
    assert main(["rules"]) == 0
    names = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()]
    assert names[0] == "rule"
    assert "*" in names
    assert "sigmoid" in names


def test_json_has_the_table_as_it_stands(capsys):
    assert main(["rules", "--json"]) == 0
    found = {r["name"]: r for r in json.loads(capsys.readouterr().out)}
    assert set(found) == set(RULES)
    assert found["tanh"]["partials"] == list(RULES["tanh"].partials)
