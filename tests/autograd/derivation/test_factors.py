"""The factors of a chain."""

import pytest

from autograd import Value, derive, sigmoid
from autograd.derivation.factors import Factors, close, settled_factors
from autograd.graph import Graph


def named(v, label):
    v.label = label
    return v


@pytest.fixture
def graph():
    w, x, b = Value(0.4, "w"), Value(0.5, "x"), Value(0.6, "b")
    y = named(sigmoid(named(w * x + b, "z")), "y")
    return Graph(named((y - 1.0) ** 2, "E"))


def factors(graph, wrt="w"):
    return Factors(graph, graph.find(wrt))


def test_each_factor_is_between_named_values(graph):
    found = factors(graph)
    names = [[f.symbol for f in found.list_below(v)] for v in found.order]
    assert names == [["∂E/∂y"], ["∂y/∂z"], ["∂z/∂w"], []]


def test_formula_number_and_rules_are_of_one_factor(graph):
    found = factors(graph)
    (factor,) = found.list_below(graph.find("y"))
    y = graph.find("y").data
    assert factor.value == pytest.approx(y * (1 - y), rel=1e-15)
    assert factor.rules == ("sigmoid",)
    assert str(factor.formula).replace("·", "") == "y(1 − y)"


def test_a_sum_of_formulas_is_simplified(graph):
    (factor,) = factors(graph).list_below(graph.root)
    assert factor.value == pytest.approx(2 * (graph.find("y").data - 1))
    assert str(factor.expression).replace(" ", "") in ("2*y-2", "2*(y-1)")


def test_several_weights_have_the_same_names(graph):
    w, b = settled_factors(graph, [graph.find("w"), graph.find("b")])
    assert [w.name(v) for v in w.order][:-1] == [b.name(v) for v in b.order][:-1]


def test_close_is_relative_to_what_was_added_up():
    assert close(1.0, 1.0 + 1e-13, 1.0)
    assert not close(1.0, 1.0 + 1e-9, 1.0)
    assert close(0.0, 1e-10, 1e3)


def test_what_is_too_large_to_be_read_is_divided():
    v = w = Value(0.5, "w")
    for k in range(60):
        v = sigmoid(v * w + 0.1 * k)
    assert derive(v, "w").path_count > 1
