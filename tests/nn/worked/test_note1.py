"""N1: the output layer, and which loss is convex."""

import math

import pytest

from autograd import topological
from nn.worked.note1 import cross_entropy, graph, inflection, note, squared_error


def test_the_factors_are_those_of_the_formula():
    lines = [line for line in note().lines if line.formula]
    assert lines
    assert all(line.verdicts[-1] == "agrees" for line in lines)


def test_the_loss_is_half_the_squares():
    values = {v.label: v.data for v in topological(graph())}
    expected = 0.5 * sum((values[f"y_{j}"] - values[f"a_{j}^2"]) ** 2 for j in (1, 2))
    assert values["L"] == pytest.approx(expected, rel=1e-15)


def test_cross_entropy_is_convex_and_squared_error_is_not():
    def bend(f, w, h=1e-3):
        return f(w + h) - 2 * f(w) + f(w - h)

    points = [k / 4 for k in range(-20, 21)]
    assert all(bend(cross_entropy, w) > 0 for w in points)
    assert min(bend(squared_error, w) for w in points) < 0


def test_the_inflection_is_where_the_bend_changes():
    w = inflection(squared_error, -5.0, 0.0)
    h = 1e-3
    assert math.isclose(
        squared_error(w + h) + squared_error(w - h), 2 * squared_error(w), rel_tol=1e-7
    )
