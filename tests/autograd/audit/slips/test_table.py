"""Rows of the table of slips: each is found on a sheet made by it."""

import pytest

from autograd import Value, adjoints, audit, sigmoid
from nn.worked import load


def root():
    w, x, b, t = Value(0.4, "w"), Value(0.59, "x"), Value(0.6, "b"), Value(0.01, "t")
    z = w * x + b
    z.label = "z"
    y = sigmoid(z)
    y.label = "y"
    e = 0.5 * (t - y) ** 2
    e.label = "E"
    return e


def numbers():
    e = root()
    e.backward()
    t_y, y = e.operands[0].operands[0], e.operands[0].operands[0].operands[1]
    assert t_y.op == "-"
    return e, y.data, y.grad, y.operands[0].operands[0].operands[0]


E, Y, DY, W = numbers()
RATE = 0.3
SLIPS = [
    ("w'", W.data + RATE * W.grad, "sign flipped", "added instead of subtracted"),
    ("w'", W.data - W.grad, "factor left out", "the learning rate is left out"),
    ("w'", W.data - RATE * RATE * W.grad, "factor used twice", "the learning rate is used twice"),
    ("w'", W.data - RATE * W.grad**2, "factor used twice", "the gradient is used twice"),
    ("w'", W.data - 2 * RATE * W.grad, None, "a factor 2 too many"),
    ("w'", RATE * W.grad, "term left out", "the old weight is left out"),
    ("w'", W.data - W.grad / RATE, "another function", "divided by the learning rate"),
    ("w'", W.data, "term left out", "nothing is subtracted"),
    ("E", DY, "derivative for loss", "the derivative ∂E/∂y, not the loss"),
    ("dE/dw", -W.grad, "sign flipped", ""),
    ("dE/dw", W.grad / 0.59, "factor left out", "x is left out"),
    ("y", 1 - Y, None, ""),
]


@pytest.mark.parametrize(("name", "x", "kind", "words"), SLIPS)
def test_the_slip_is_named(name, x, kind, words):
    (wrong,) = audit(root(), {name: f"{x:.7f}"}, learning_rate=RATE).wrong
    assert wrong.diagnoses
    told = [(d.kind, d.what) for d in wrong.diagnoses]
    assert any((kind is None or k == kind) and words in what for k, what in told), told


SUM = "this is the sum of the loss's derivatives, not the loss"


def test_the_sum_of_the_derivatives_is_not_the_loss():
    e = load("5").graph()
    below = {v.label: g for v, g in adjoints(e).items()}
    x = below["out_y1"] + below["out_y2"]
    (wrong,) = audit(e, {"E": f"{x:.7f}"}).wrong
    told = [(d.kind, d.what) for d in wrong.diagnoses]
    assert (
        "derivative for loss",
        "this is the sum of the loss's derivatives, not the loss",
    ) in told
