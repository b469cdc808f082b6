"""Formulas handed to SymPy."""

import sympy as sp

from autograd.formulas.symbolic import exact, symbols_in, to_sympy
from autograd.formulas.tree import Call, Symbol

x, y = Symbol("x", 0.75), Symbol("y", 0.4)


def test_names_that_vary():
    assert symbols_in(x * Call("tanh", [y + x])) == {"x", "y"}
    assert symbols_in(x - x) <= {"x"}


def test_the_expression_is_the_formula():
    a, b = sp.symbols("x y")
    found = to_sympy(2 * x / ((1 + y) * (1 + y)), {"x": a, "y": b})
    assert sp.simplify(found - 2 * a / (1 + b) ** 2) == 0


def test_short_fractions_are_exact():
    assert exact(0.1) == sp.Rational(1, 10)
    assert exact(1 / 3) == sp.Rational(1, 3)
    assert exact(2.0) == 2
