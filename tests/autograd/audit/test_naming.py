"""What the names on a sheet stand for."""

import pytest

from autograd import SheetError, Value
from autograd.audit.naming import Naming, written
from autograd.audit.quantities import Derivative, Forward, Updated
from autograd.audit.sheet import Entry, Figure
from autograd.graph import Graph


@pytest.fixture
def graph():
    w, x = Value(0.5, "w_1"), Value(3.0, "x")
    y = w * x
    y.label = "y"
    root = y * y
    root.label = "E"
    return Graph(root)


def quantity(graph, name):
    return Naming(graph).quantity(Entry(name, Figure("1"), ""))


@pytest.mark.parametrize(
    "name", ["dE/dw_1", "∂E/∂w_1", "dE/dw1", "δ_w1", "grad w_1", "∇w_1", "∂E/∂w₁"]
)
def test_spellings_of_a_gradient(graph, name):
    assert quantity(graph, name) == Derivative(graph.root, graph.find("w_1"))


@pytest.mark.parametrize("name", ["w_1'", "w_1+", "w_1_new", "new w_1", "w1'", "w₁'"])
def test_spellings_of_a_new_weight(graph, name):
    assert quantity(graph, name) == Updated(graph.find("w_1"))


def test_a_label_is_a_number_of_the_forward_pass(graph):
    assert quantity(graph, "y") == Forward(graph.find("y"))
    assert quantity(graph, "dy/dx") == Derivative(graph.find("y"), graph.find("x"))


def test_names_of_nothing_are_refused(graph):
    with pytest.raises(SheetError, match="y"):
        quantity(graph, "yy")
    with pytest.raises(SheetError, match="depend"):
        quantity(graph, "dx/dw_1")


def test_written_as_the_report_has_it(graph):
    assert written(quantity(graph, "dE/dw1"), graph) == "∂E/∂w_1"
    assert written(quantity(graph, "w1'"), graph) == "w_1'"
