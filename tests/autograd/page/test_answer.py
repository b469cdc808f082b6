"""What the page asks of Python, in plain Python; under Pyodide the same is in `test_building`."""

import json

import pytest

from autograd import problem
from autograd.page.answer import LONGEST_TRAINING, answer
from autograd.problems.examples import EXAMPLES, example
from nn.worked import load

VIEWS = ("values", "derivation", "sheet", "training")
NEURON = (
    "y = σ(w x + b); w = 0.4 parameter; x = 2 input; b = 0.1; E = 1/2 (t - y)^2; t = 1; η = 0.5"
)


def shown(view, text=NEURON, **more):
    found = answer({"show": view, "text": text, **more})
    assert found["ok"], found
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.many
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_every_view(name, view):
    shown(view, example(name), row=1 if "\nrows:" in example(name) else 0)


def test_values_are_those_of_the_engine():
    rows = {row["name"]: row for row in shown("values", example("note5"))["values"]}
    graph = load("5").graph()
    graph.backward()
    assert rows["w1"]["gradient"] == "0.000438568"
    assert rows["E"]["number"] == "0.298371"
    assert rows["h1"]["formula"] == "i1·w1 + i2·w2 + b1"
    assert rows["w1"]["role"] == "parameter"


def test_numbers_of_sliders_replace_those_of_the_text():
    found = shown("values", numbers={"w": 0.0, "b": 0.0})
    assert {row["name"]: row["number"] for row in found["values"]}["y"] == "0.5"


@pytest.mark.many
@pytest.mark.parametrize(
    "name", [*EXAMPLES[:-3], *[pytest.param(n, marks=pytest.mark.slow) for n in EXAMPLES[-3:]]]
)
def test_every_leaf_can_be_moved(name):
    row = 1 if "\nrows:" in example(name) else 0
    for leaf in shown("values", example(name), row=row)["leaves"]:
        moved = leaf["number"] + 0.25
        found = shown("values", example(name), row=row, numbers={leaf["name"]: moved})
        assert moved in [x["number"] for x in found["leaves"] if x["name"] == leaf["name"]]


def test_a_derivation_has_its_forms():
    found = shown("derivation", example("note5"), wrt="w1")
    derivation = problem(example("note5")).derive("w1")
    assert found["paths"] == 2
    assert found["text"].startswith(str(derivation))
    assert found["latex"].startswith(derivation.latex)
    assert "w1_new = w1 − η ∂E/∂w1" in found["text"]
    assert found["title"] == "∂E/∂w1"
    steps = shown("derivation", example("note5"), wrt="w1", form="steps")
    assert steps["text"].startswith(derivation.text("steps"))


def test_without_a_choice_the_first_parameter_is_derived():
    assert shown("derivation")["wrt"] == "w"
    assert shown("derivation", wrt="no such name")["wrt"] == "w"


def test_one_formula_is_written_out():
    pytest.importorskip("sympy")
    found = shown("expression", "y = (w x)^2; w = 3; x = 2", wrt="w")
    assert found["expression"] == "2*w*x**2"


def test_a_sheet_is_judged_as_it_is_typed():
    empty = shown("sheet")
    assert {q["part"] for q in empty["questions"]} == {"forward", "backward", "update"}
    assert empty["findings"] == []
    found = shown("sheet", entries={"y": "0.7109", "∂E/∂w": "0.1188", "E": "  "})
    verdicts = {f["name"]: f["verdict"] for f in found["findings"]}
    assert verdicts == {"y": "rounded", "∂E/∂w": "wrong"}
    assert "sign" in next(f["sentence"] for f in found["findings"] if f["verdict"] == "wrong")


def test_training_is_gradient_descent():
    found = shown("training", rate=0.5, steps=3)
    assert found["parameters"] == ["w", "b"]
    first, second, *_ = found["trained"]
    assert len(found["trained"]) == 4
    assert first[1:] == [0.4, 0.1]
    assert second[1] == pytest.approx(0.4 - 0.5 * -0.1188, abs=1e-5)
    losses = [row[0] for row in found["trained"]]
    assert losses == sorted(losses, reverse=True)


def test_training_that_breaks_keeps_what_it_has():
    found = shown("training", "E = w^4; w = 3 parameter", rate=1e9, steps=200)
    assert found["stopped"]
    assert 1 < len(found["trained"]) < 200


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"show": "values", "text": "y = w x; w = 2"}, "x has no number"),
        ({"show": "values", "text": ""}, "no formula"),
        ({"show": "values", "text": "y = " + "1+" * 200_000 + "1"}, "200,000"),
        ({"show": "nonsense", "text": NEURON}, "nonsense"),
        ({"show": "training", "text": NEURON, "steps": LONGEST_TRAINING + 1}, "1000"),
        ({"show": "training", "text": NEURON, "rate": "much"}, "learning rate"),
        ({"show": "values", "text": NEURON, "numbers": {"nobody": 1.0}}, "nobody"),
        ({"show": "sheet", "text": NEURON, "entries": {"nobody": "1"}}, "nobody"),
        ({"show": "sheet", "text": NEURON, "entries": {"y": "much"}}, "much"),
        ({}, "nothing to show"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(request_, told):
    found = answer(request_)
    assert not found["ok"]
    assert told in found["error"]


def test_a_mistake_has_its_place():
    found = answer({"show": "values", "text": "x = 1\ny = x +* 2"})
    assert (found["line"], found["ok"]) == (2, False)


def test_hostile_labels_are_only_text():
    text = 'y = "<img src=x onerror=alert(1)>" * 2; "<img src=x onerror=alert(1)>" = 1'
    found = answer({"show": "values", "text": text})
    assert "<img" not in "".join(row["mathml"] for row in found.get("values", []))


@pytest.mark.parametrize("names", [("größe", "gewicht"), ("वजन", "मान"), ("重み", "値")])
def test_names_of_any_language_work(names):
    w, x = names
    found = shown("derivation", f"y = {w} {x}; {w} = 2; {x} = 3", wrt=w)
    assert found["gradient"] == "3"
