"""`whygrad derive` and `whygrad rules` as a person runs them."""

import json

import pytest

from autograd.rules import RULES
from autograd.value import topological
from nn import worked
from nn.command import main


def printed(capsys, *arguments):
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_derive_a_weight_of_the_worked_example(capsys):
    text = printed(capsys, "derive", "5", "w5")
    assert "= (out_y1 − t1) · out_y1(1 − out_y1) · out_h1\n" in text
    assert text.endswith("= 0.0821670\n")
    text = printed(capsys, "derive", "5", "w1")
    assert text.index("by y1") < text.index("by y2") < text.index("δ_h1 = (δ_y1·w5 + δ_y2·w7)")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.many
@pytest.mark.parametrize("key", worked.KEYS)
def test_derive_every_weight_of_every_note(key, capsys):
    for v in topological(worked.load(key).graph()):
        if v.label and not v.operands and v.label[0] in "wb":
            data = json.loads(printed(capsys, "derive", key, v.label, "--json"))
            assert data["wrt"] == v.label
            assert sum(p["value"] for p in data["paths"]) == pytest.approx(data["value"])
            assert data["text"] == printed(capsys, "derive", key, v.label).rstrip("\n")
            assert data["latex"] == printed(capsys, "derive", key, v.label, "--latex").rstrip("\n")


@pytest.mark.slow
def test_forms_and_digits(capsys):
    assert "δ" not in printed(capsys, "derive", "5", "w1", "--paths")
    assert "by y1" not in printed(capsys, "derive", "5", "w1", "--deltas")
    assert "∂[t1 − out_y1]/∂out_y1 = −1" in printed(capsys, "derive", "5", "w1", "--steps")
    assert "= 0.0822\n" in printed(capsys, "derive", "5", "w5", "--digits", "3")
    assert printed(capsys, "derive", "5", "w1", "--latex", "--paths").startswith(r"\begin{aligned}")


def test_several_weights_make_a_table(capsys):
    text = printed(capsys, "derive", "5", "w5", "w6", "w7", "w8", "--update", "0.5")
    assert text.count("δ_y1 = ") == 1
    assert text.splitlines()[-4].split()[0] == "w5"
    assert text.endswith("0.561370\n")
    assert max(map(len, text.splitlines())) <= 100
    latex = printed(capsys, "derive", "5", "w5", "w6", "--latex")
    assert r"\begin{array}" in latex
    data = json.loads(printed(capsys, "derive", "5", "w5", "w6", "--update", "0.5", "--json"))
    assert [row["wrt"] for row in data["rows"]] == ["w5", "w6"]
    assert data["update"]["values"]["w5"] == pytest.approx(0.35891648, abs=5e-9)
    assert main(["derive", "5", "w5", "w6", "--paths"]) == 2
    assert "several weights make a table" in capsys.readouterr().err


def test_numbers_stand_anywhere_on_the_line(capsys):
    text = printed(capsys, "derive", "(x+y)*z", "x", "x=-2", "z", "y=5", "--digits", "3", "z=-4")
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["x", "z"]


def test_the_second_derivative(capsys):
    text = printed(capsys, "derive", "5", "w5", "--second")
    assert "∂²E/∂w5² = out_h1·∂δ_y1/∂w5\n" in text
    data = json.loads(printed(capsys, "derive", "5", "w1", "w5", "--second", "--json"))
    assert (data["wrt"], data["by"], data["text"].count("∂²")) == ("w1", "w5", 1)
    assert r"\partial^{2} E" in printed(capsys, "derive", "5", "w5", "--second", "--latex")
    for arguments in (["w1", "w2", "w3"], ["w1", "--update", "0.5"]):
        assert main(["derive", "5", *arguments, "--second"]) == 2
        assert "--second" in capsys.readouterr().err


def test_mistakes_are_explained(capsys):
    assert main(["derive", "5", "w55"]) == 2
    assert "labelled 'w55'; did you mean" in capsys.readouterr().err
    assert main(["derive", "6", "w1"]) == 2
    assert "no file, example or note '6'" in capsys.readouterr().err
    for arguments in (["derive", "5", "w1", "--digits", "0"],
                      ["derive", "5", "w1", "--digits", "²"],
                      ["derive", "5", "w1", "--paths", "--deltas"]):  # fmt: skip
        with pytest.raises(SystemExit):
            main(arguments)


def test_the_table_of_rules(capsys):
    text = printed(capsys, "rules")
    lines = text.split("\n\n")[0].split("\n")[1:]
    assert [line.split()[0] for line in lines[:6]] == ["exp", "*", "+", "-", "**", "chain"]
    assert {line.split()[0] for line in lines} == {*RULES, "chain"}
    assert lines[1].endswith("b·da + a·db")
    assert lines[0].endswith("e^x·dx")
    assert "(1 − tanh(x)²)·dx" in text
    assert max(map(len, text.splitlines())) <= 100
    data = json.loads(printed(capsys, "rules", "--json"))
    assert [row["name"] for row in data] == list(RULES)


def test_all_weights_of_a_neuron_or_of_the_network(capsys):
    text = printed(capsys, "derive", "5", "h1", "--weights", "--update", "0.5")
    assert [line.split()[0] for line in text.split("\n\n")[-1].splitlines()[1:]] == [
        "w1",
        "w2",
        "b1",
    ]
    data = json.loads(printed(capsys, "derive", "5", "E", "--weights", "--json"))
    assert len(data["rows"]) == 10
    assert main(["derive", "5", "t1", "--weights"]) == 2
    assert "t1 has no weights" in capsys.readouterr().err
