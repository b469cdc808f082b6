"""N1: the output layer, and which loss is convex."""

import math

import pytest
from helpers.by_sympy import check

import nn
from autograd import Value, derive, dot, sigmoid, tanh, topological
from nn import worked
from nn.worked import note1
from nn.worked.note1 import graph, inflection, note, squared_error


def test_the_factors_are_those_of_the_formula():
    lines = [line for line in note().lines if line.formula]
    assert lines
    assert all(line.verdicts[-1] == "agrees" for line in lines)


def test_the_loss_is_half_the_squares():
    values = {v.label: v.data for v in topological(graph())}
    expected = 0.5 * sum((values[f"y_{j}"] - values[f"a_{j}^2"]) ** 2 for j in (1, 2))
    assert values["L"] == pytest.approx(expected, rel=1e-15)


def test_the_inflection_is_where_the_bend_changes():
    w = inflection(squared_error, -5.0, 0.0)
    h = 1e-3
    assert math.isclose(
        squared_error(w + h) + squared_error(w - h), 2 * squared_error(w), rel_tol=1e-7
    )


def named(v, label):
    v.label = label
    return v


def test_n1_output_layer():
    loss = worked.load("1").graph()
    for j in (1, 2):

        def delta(s, j=j):
            a, y = s(f"a_{j}^2"), s(f"y_{j}")
            return (a - y) * a * (1 - a)

        check(loss, f"a_{j}^2", lambda s, j=j: -(s(f"y_{j}") - s(f"a_{j}^2")))
        check(loss, f"z_{j}^2", delta)
        check(loss, f"b_{j}^2", delta)
        for i in (1, 2):
            check(loss, f"w_{i}{j}^2", lambda s, i=i, d=delta: d(s) * s(f"a_{i}^1"))


def one_output(loss, activation=sigmoid):
    x, w, b = Value(0.7, "x"), Value(-0.4, "w"), Value(0.2, "b")
    z = named(dot([w], [x], b), "z")
    return named(loss(named(activation(z), "a"), Value(1.0, "y")), "L")


def test_n1_the_delta_letter_by_letter():
    loss = one_output(nn.half_squared_error)
    shown = derive(loss, "w", primes=True).text("deltas").split("\n")
    assert shown[0] == "δ = ∂L/∂z = (a − y) · σ'(z)"
    assert "∂L/∂w = δ · x" in shown
    latex = derive(loss, "w", primes=True).to_latex("deltas")
    assert (
        r"\delta &= \frac{\partial L}{\partial z} = \left(a - y\right) \cdot "
        r"\sigma'\left(z\right) \\" in latex
    )
    assert "∂L/∂b = δ" in derive(loss, "b").text("deltas").split("\n")
    assert derive(one_output(nn.half_squared_error, tanh), "z", primes=True).text().count("tanh'")


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


def test_note_1_has_the_pages_table():
    lines, _ = lines_of("1", "The page's table")
    assert [line.exact for line in lines] == pytest.approx([0.3, -0.5], abs=1e-15)
    assert [line.verdicts for line in lines] == [("agrees", "agrees")] * 2


def test_note_1_squared_error_is_not_convex_and_cross_entropy_is():
    def second_difference(loss, w, h=1e-3):
        return (loss(w + h) - 2 * loss(w) + loss(w - h)) / h**2

    turn = note1.inflection(note1.squared_error, -3.0, 1.0)
    assert second_difference(note1.squared_error, turn - 0.1) < 0
    assert second_difference(note1.squared_error, turn + 0.1) > 0
    for w in (-8.0, -4.0, -1.0, 0.0, 1.0, 4.0):
        assert second_difference(note1.cross_entropy, w) > 0
    assert f"w = {turn:.4f}" in lines_of("1", "Why squared")[1]
    with pytest.raises(ValueError, match="one way at both"):
        note1.inflection(note1.cross_entropy, -3.0, 1.0)
