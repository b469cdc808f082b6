"""N5: the worked 2-2-2 example, weight by weight."""

import pytest

from autograd import topological
from nn.worked.note5 import WEIGHTS, graph, step


def numbers(root):
    return {v.label: v.data for v in topological(root) if v.label}


def test_the_error_is_the_notes():
    assert graph().data == pytest.approx(0.298371108760003, rel=1e-14)
    assert numbers(graph())["out_y1"] == pytest.approx(0.7513650695523157, rel=1e-14)


def test_a_step_goes_down_by_the_learning_rate():
    root = graph()
    weights = {k: numbers(root)[k] for k in WEIGHTS}
    before, after = step(weights)
    assert before.data == root.data
    gradient = {v.label: v.grad for v in topological(before) if v.label}
    for name, new in after.items():
        assert new == pytest.approx(weights[name] - 0.5 * gradient[name], rel=1e-14)
    assert graph(after).data < root.data
