"""`whygrad values`: every named number, forward and backward."""

import json

import pytest

from autograd import adjoints
from nn.command import main
from nn.worked import load


def test_the_numbers_are_the_engines(capsys):
    assert main(["values", "5", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    root = load("5").graph()
    gradients = {v.label: (v.data, g) for v, g in adjoints(root).items() if v.label}
    for name, (data, gradient) in gradients.items():
        assert rows[name]["value"] == pytest.approx(data, rel=1e-14)
        assert rows[name]["gradient"] == pytest.approx(gradient, rel=1e-13)


def test_the_table_says_what_each_is_made_of(capsys):
    assert main(["values", "5", "--digits", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["value", "made", "of", "number", "∂E/∂value"]
    assert any(line.startswith("out_h1") and "σ(h1)" in line for line in lines)
