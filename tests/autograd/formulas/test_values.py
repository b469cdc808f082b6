"""The values of a graph as formulas in its names."""

import pytest

from autograd import Value, sigmoid, softmax
from autograd.formulas.values import Formulas
from autograd.graph import Graph


def named(v, label):
    v.label = label
    return v


@pytest.fixture
def graph():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    return Graph(named(sigmoid(named(w * x + 1.0, "z")) * w, "E"))


def test_a_named_value_is_its_name(graph):
    formulas = Formulas(graph)
    z = graph.find("z")
    assert str(formulas.of(z)) == "z"
    assert str(formulas.inside(z)).replace("·", " ").replace("  ", " ") in ("w x + 1", "1 + w x")


def test_partials_are_of_the_table(graph):
    formulas = Formulas(graph)
    product = graph.root
    (a, by_a), (b, by_b) = formulas.partials(product)
    assert (a.op, b.label) == ("sigmoid", "w")
    assert str(by_a) == "w"
    assert str(by_b) == str(formulas.of(a))


def test_two_values_of_one_name_do_not_cancel():
    root = Value(1.0, "a") - Value(3.0, "a")
    assert str(Formulas(Graph(root)).inside(root)) == "a − a"


def test_a_softmax_is_written_by_its_outputs():
    p = [named(v, f"p{i}") for i, v in enumerate(softmax([Value(1.0, "a"), Value(2.0, "b")]), 1)]
    root = named(p[0] * p[1], "E")
    formulas = Formulas(Graph(root))
    text = str([str(f) for _, f in formulas.partials(p[0])])
    assert "p1" in text
    assert "p2" in text
