"""explore(): what moves is a copy, what is shown the engine's; without a widget it stands."""

import json
import math

import pytest

from autograd import Value, adjoints, derive, explore, problem, sigmoid
from autograd.explorer import explorer as explorers
from autograd.formulas.labels import number_text
from autograd.problems.examples import example
from nn.worked import note5

PARTS = ("values", "derivation", "graph")


@pytest.fixture(params=["graph", "problem"])
def explored(request):
    return explore(note5.graph() if request.param == "graph" else problem(example("note5")))


def answered(explorer, **request):
    found = explorer.answer(request)
    assert found["ok"], found
    json.dumps(found, allow_nan=False)
    return found


def test_sliders_are_ordered_by_role_and_number(explored):
    assert list(explored.numbers) == [
        "i1", "i2", "b1", "b2", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "t1", "t2",
    ]  # fmt: skip


def test_every_part_follows_at_once(explored):
    found = answered(explored, numbers={"w1": 0.9}, wrt="w1")
    assert explored.numbers["w1"] == 0.9
    leaves = {name: Value(x, name) for name, x in explored.numbers.items()}

    def neuron(w, x, b):
        return sigmoid(leaves[w[0]] * x[0] + leaves[w[1]] * x[1] + leaves[b])

    h = [neuron(w, [leaves["i1"], leaves["i2"]], "b1") for w in (("w1", "w2"), ("w3", "w4"))]
    y = [neuron(w, h, "b2") for w in (("w5", "w6"), ("w7", "w8"))]
    expected = 0.5 * (leaves["t1"] - y[0]) ** 2 + 0.5 * (leaves["t2"] - y[1]) ** 2
    gradient = adjoints(expected)[leaves["w1"]]
    assert explored.graph.data == pytest.approx(expected.data, rel=1e-14)
    assert found["number"] == number_text(expected.data)
    assert found["parts"]["derivation"]["gradient"] == number_text(gradient)
    rows = {row["name"]: row for row in found["parts"]["values"]["values"]}
    assert rows["w1"]["gradient"] == number_text(gradient)
    assert "0.9" in found["parts"]["graph"]["cells"].values()


def test_numbers_that_are_not_moved_are_those_of_the_start(explored):
    answered(explored, numbers={"w1": 0.9})
    answered(explored, numbers={"w2": 0.1})
    assert explored.numbers["w1"] == 0.15


def test_the_text_of_a_derivation_is_that_of_derive():
    root = note5.graph()
    found = answered(explore(root), wrt="w1", form="deltas")["parts"]["derivation"]
    assert found["text"] == derive(root, "w1").text("deltas")


def test_what_was_frozen_is_said_of_a_graph_alone():
    assert "branch of Python" in answered(explore(Value(1.0, "x") * 2))["note"]
    assert answered(explore(problem("y = 2 x; x = 1")))["note"] == ""


def test_nothing_of_the_users_is_touched():
    root = note5.graph()
    root.backward()
    before = {v: (v.data, v.grad, v.label) for v in adjoints(root)}
    explorer = explore(root)
    answered(explorer, numbers={"w1": 3.0}, wrt="h1")
    explorer._repr_mimebundle_()
    assert {v: (v.data, v.grad, v.label) for v in adjoints(root)} == before


def test_where_a_function_has_no_value_it_is_said():
    explorer = explore(Value(1.0, "x").log())
    found = explorer.answer({"numbers": {"x": -1.0}, "id": 7})
    assert (found["ok"], found["id"]) == (False, 7)
    assert "log" in found["error"]
    assert explorer.numbers == {"x": 1.0}


@pytest.mark.parametrize("number", [math.inf, math.nan, "much", 10**400])
def test_what_is_no_finite_number_is_said(number):
    found = explore(Value(1.0, "x") * 2).answer({"numbers": {"x": number}})
    assert not found["ok"]
    assert "x" in found["error"]


def test_one_part_that_fails_leaves_the_others():
    root = Value(1.0, "x0")
    for i in range(301):  # more than a picture has
        root = root * 1.01
        root.label = f"x{i + 1}"
    explorer = explore(root)
    found = answered(explorer, wrt="x300")
    assert [found["parts"][name]["ok"] for name in PARTS] == [True, True, False]
    assert "too many to read" in found["parts"]["graph"]["error"]
    assert not explorer.picture["ok"]
    assert "too many to read" in explorer.html


def test_one_formula_is_written_out():
    explorer = explore((Value(3.0, "w") * Value(2.0, "x")) ** 2)
    assert answered(explorer, show="expression", wrt="w")["expression"] == "2*w*x**2"


def test_without_anywidget_it_is_static_and_says_how(monkeypatch):
    monkeypatch.setattr(explorers, "find_spec", lambda name: None)
    explorer = explore(note5.graph())
    found = explorer._repr_mimebundle_()
    assert set(found) == {"text/html", "text/plain"}
    assert "<math" in found["text/html"]
    assert "pip install &#x27;whygrad[explore]&#x27;" in found["text/html"]
    with pytest.raises(ImportError, match=r"pip install 'whygrad\[explore\]'"):
        _ = explorer.widget
    assert explorer._display_() is None


def test_without_graphviz_the_derivation_is_left(monkeypatch):
    monkeypatch.setattr("autograd.drawing.rendering.shutil.which", lambda name: None)
    monkeypatch.setattr("autograd.drawing.rendering.importlib.util.find_spec", lambda name: None)
    explorer = explore(note5.graph())
    assert "no Graphviz" in explorer.html
    assert "no Graphviz" in explorer.picture["error"]
    assert "<math" in explorer.html


@pytest.mark.parametrize(
    ("subject", "error", "told"),
    [
        (3.0, TypeError, "float"),
        (Value(1.0, "x"), ValueError, "made of no other"),
        (Value(math.inf, "x") * 2, ValueError, "finite"),
        (sum(Value(1.0) for _ in range(301)), ValueError, "301 leaves"),
    ],
)
def test_what_cannot_be_explored_is_said(subject, error, told):
    with pytest.raises(error, match=told):
        explore(subject)
