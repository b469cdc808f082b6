"""The whole calculation as one graph."""

import pytest

from autograd import GraphError, Value, adjoints, sigmoid, softmax
from autograd.audit.calculation import NEW, PARTIAL, SUM, Calculation
from autograd.audit.quantities import Derivative, Forward, Updated


def named(v, label):
    v.label = label
    return v


def value_of(node):
    return node.function(*[value_of(a) for a in node.args]) if node.args else node.number


@pytest.fixture
def root():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    y = named(sigmoid(w * x + 0.25), "y")
    return named((y - 1.0) ** 2 + 0.1 * w * w, "E")


def test_its_numbers_are_the_engines(root):
    calculation = Calculation(root, 0.5)
    w = calculation.graph.find("w")
    asked = [Forward(root), Derivative(root, w), Updated(w)]
    calculation.ask(asked)
    loss, gradient, new = [value_of(calculation.node(q)) for q in asked]
    assert loss == pytest.approx(root.data, rel=1e-15)
    assert gradient == pytest.approx(adjoints(root)[w], rel=1e-14)
    assert new == pytest.approx(w.data - 0.5 * gradient, rel=1e-15)


def test_kinds_of_nodes(root):
    calculation = Calculation(root, 0.5)
    w = calculation.graph.find("w")
    calculation.ask([Updated(w)])
    assert calculation.node(Updated(w)).kind == NEW
    assert calculation.derivatives[root][w].kind == SUM
    assert any(n.kind == PARTIAL for n in calculation.nodes)


def test_operands_come_before_what_is_made_of_them(root):
    calculation = Calculation(root, 0.5)
    calculation.ask_all()
    assert all(a.index < n.index for n in calculation.nodes for a in n.args)


def test_outputs_of_one_softmax_share_their_nodes():
    zs = [Value(x, f"z{i}") for i, x in enumerate([0.5, 1.0], 1)]
    p, q = softmax(zs)
    root = named(p * p + q, "E")
    calculation = Calculation(root, None)
    calculation.ask([Derivative(root, zs[0])])
    gradient = value_of(calculation.node(Derivative(root, zs[0])))
    assert gradient == pytest.approx(adjoints(root)[zs[0]], rel=1e-14)


def test_what_cannot_be_calculated_with_is_refused(root):
    with pytest.raises(ValueError, match="w"):
        Calculation(Value(1.0, "w") * Value(2.0, "w"), None)
    root.operands[0].operands[0].operands[0].operands[0].data = 9.0
    with pytest.raises(GraphError, match="forward pass"):
        Calculation(root, None)
