"""The five notes: every number of the notes' table, to its last printed digit."""

import math

import pytest
import sympy
from sympy import Symbol, simplify

from autograd import Value, derive, total
from autograd.value import topological
from nn import worked


@pytest.mark.parametrize("key", worked.KEYS)
def test_the_engine_agrees_with_every_formula_of_the_notes(key):
    lines = [x for x in worked.load(key).note().lines if x.by_formula is not None]
    assert len(lines) >= 10 or key == "5"
    for line in lines:
        assert math.isclose(line.exact, line.by_formula, rel_tol=1e-12, abs_tol=1e-15), line.name
        assert line.verdicts[-1] == "agrees"


def test_note_3_has_nine_gradients_on_every_row():
    for key in ("3a", "3b"):
        for section in worked.load(key).note().sections[:4]:
            of_parameters = [x for x in section.lines if x.name.startswith(("∂L/∂w", "∂L/∂b"))]
            assert len(of_parameters) == 9


@pytest.mark.parametrize("key", worked.KEYS)
def test_every_note_has_a_labelled_graph(key):
    root = worked.load(key).graph()
    labels = [v.label for v in topological(root) if v.label]
    assert root.label in ("E", "L")
    assert len(labels) == len(set(labels)) >= 9


def test_an_unknown_note_is_named():
    with pytest.raises(ValueError, match="no note '6'"):
        worked.load("6")


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


@pytest.mark.parametrize("key", ["3a", "3b"])
def test_note_3_updates_all_nine_parameters(key):
    lines, _ = lines_of(key, "Step 4")
    assert len({line.name for line in lines}) == 9
    assert {line.verdicts for line in lines} == {("agrees",)}
    start = worked.load(key).START
    gradient = worked.load(key).graph()
    gradient.backward()
    for v in topological(gradient):
        if v.label in start:
            line = next(x for x in lines if x.name == f"new {v.label}")
            assert line.exact == pytest.approx(start[v.label] - 0.001 * v.grad, rel=1e-12)


def test_each_misprint_of_note_3_stands_with_its_part():
    of_a, of_b = (" ".join(worked.load(k).note().sections[0].remarks) for k in ("3a", "3b"))
    assert "labelled ∂o_11/∂w_11^1; that is x_1 = 80, and the box's number 26880 is" in of_a
    assert "is ∂L/∂w_21^2 = 29568; ∂L/∂ŷ is 336" in of_a
    assert "∂L/∂w^12 stands for ∂L/∂w_21^1 = 2688" in of_a
    assert "Part 2 writes ∂L/∂ŷ = −(y − ŷ)" in of_b
    assert all("x_i2 for ∂o_2/∂w_12^1" in text for text in (of_a, of_b))


@pytest.mark.slow
@pytest.mark.parametrize("key", ["1", "2", "3a", "3b", "4", "5"])
def test_the_expression_is_sympys_own_derivative(key):
    root = worked.load(key).graph()
    leaves = [v for v in topological(root) if not v.operands and v.label]
    numbers = {Symbol(v.label, real=True): sympy.Float(v.data, 40) for v in leaves}
    for v in leaves:
        if v.label[0] in "wb":
            found = derive(root, v)
            assert {s.name for s in found.expression.free_symbols} <= {u.label for u in leaves}
            number = float(found.expression.xreplace(numbers).evalf(40))
            assert number == pytest.approx(found.value, rel=1e-12)


def test_the_expression_is_short():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    e = derive((w * x - 1) ** 2, w).expression
    sw, sx = Symbol("w", real=True), Symbol("x", real=True)
    assert simplify(e - 2 * sx * (sw * sx - 1)) == 0
    assert derive(total([w, 5.0, w]), w).expression == 2
    assert derive(w**x, w).expression == sx * sw ** (sx - 1)
