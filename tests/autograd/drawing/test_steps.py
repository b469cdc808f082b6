"""What the engine does, step by step."""

import pytest

from autograd import Value, adjoints, sigmoid
from autograd.drawing.diagram import diagram
from autograd.drawing.steps import StepWriter


def steps(root):
    return list(StepWriter(diagram(root), 6).steps())


def test_leaves_then_forward_then_backward():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    y = sigmoid(w * x)
    y.label = "y"
    said = [(s.phase, s.text.partition(" ")[0]) for s in steps(y)]
    assert [text for _, text in said][-2:] == ["w.grad", "x.grad"]
    phases = [phase for phase, _ in said]
    assert phases == ["start", "forward", "forward", *["backward"] * 4]


def test_the_last_gradient_of_a_leaf_is_the_engines():
    w = Value(0.4, "w")
    y = w * w * 3.0
    y.label = "y"
    gradients = [s.grad for s in steps(y) if s.grad is not None]
    assert gradients[-1] == pytest.approx(adjoints(y)[w], rel=1e-14)
