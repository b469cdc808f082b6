"""Notebook code in the manner of a well-known lecture, with only the imports changed."""

import graphviz
import pytest
from extras import extra

import nn
from autograd import Value


def trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def own_draw_dot(root):
    """Records with data and gradient, an oval for each operation, written as the lecture does."""
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for n in nodes:
        uid = str(id(n))
        text = "{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad)  # noqa: UP031
        dot.node(name=uid, label=text, shape="record")
        if n._op:
            dot.node(name=uid + n._op, label=n._op)
            dot.edge(uid + n._op, uid)
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


def test_tracing_and_drawing_in_ones_own_code():
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    root = d * f
    root.label = "L"
    root.backward()
    nodes, edges = trace(root)
    assert (len(nodes), len(edges)) == (7, 6)
    source = own_draw_dot(root).source
    for text in (
        "{ a | data 2.0000 | grad 6.0000 }",
        "{ b | data -3.0000 | grad -4.0000 }",
        "{ L | data -8.0000 | grad 1.0000 }",
    ):
        assert text in source


def test_a_neuron_by_hand():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    e = (2 * n).exp()
    o = (e - 1) / (e + 1)
    o.label = "o"
    o.backward()
    assert o.data == pytest.approx(0.7071, abs=1e-4)
    assert [v.grad for v in (x1, w1, x2, w2)] == pytest.approx([-1.5, 1.0, 0.5, 0.0], abs=1e-9)


@pytest.mark.slow
def test_moons_demo_learns():
    """A network 2-16-16-1 on two moons: max-margin loss with L2, stochastic gradient descent."""
    datasets = extra("sklearn.datasets")
    X, y = datasets.make_moons(n_samples=100, noise=0.1, random_state=1337)
    y = y * 2 - 1
    model = nn.MLP(2, [16, 16, 1], seed=1337)
    assert len(model.parameters()) == 337

    def loss():
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]  # noqa: B905
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]  # noqa: B905
        return total_loss, sum(accuracy) / len(accuracy)

    first, _ = loss()
    for k in range(25):
        total_loss, acc = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    assert total_loss.data < 0.5 * first.data
    assert acc >= 0.85
