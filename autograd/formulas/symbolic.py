"""Formulas handed to SymPy, which proves what a writer sees at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograd.formulas.tree import (
    Call,
    Choice,
    Constant,
    Formula,
    Number,
    Product,
    Sum,
    Symbol,
    grouped,
)
from autograd.rules import FUNCTIONS, symbols

__all__ = ["exact", "symbols_in", "to_sympy"]


def symbols_in(f: Formula) -> set[str]:
    """The names in a formula that stand for what may vary."""
    if isinstance(f, Constant):
        return set()
    if isinstance(f, Symbol):
        return {f.name}
    parts: list[Formula] = []
    if isinstance(f, Sum):
        parts += f.terms
    elif isinstance(f, Product):
        parts += [part for pair in f.powers for part in pair]
    elif isinstance(f, Call):
        parts += f.arguments
    elif isinstance(f, Choice):
        parts += [f.condition.left, f.condition.right, f.a, f.b]
    return {name for part in parts for name in symbols_in(part)}


def to_sympy(f: Formula, names: Mapping[str, Any]) -> Any:
    """The formula as a SymPy expression; `names` has the SymPy symbol for each symbol's name."""
    import sympy as sp

    space = symbols()
    if isinstance(f, Number):
        return exact(f.number)
    if isinstance(f, Constant):
        return sp.pi
    if isinstance(f, Symbol):
        return names[f.name]
    if isinstance(f, Sum):
        return sp.Add(*[to_sympy(t, names) for t in f.terms])
    if isinstance(f, Product):
        powers = [sp.Pow(to_sympy(b, names), to_sympy(e, names)) for b, e in f.powers]
        return sp.Mul(exact(f.coefficient), *powers)
    if isinstance(f, Choice):
        c = f.condition
        relation = {">": sp.Gt, "<": sp.Lt, "≥": sp.Ge, "≤": sp.Le, "=": sp.Eq}[c.relation]
        condition = relation(to_sympy(c.left, names), to_sympy(c.right, names))
        return sp.Piecewise((to_sympy(f.a, names), condition), (to_sympy(f.b, names), True))
    assert isinstance(f, Call)
    xs = [to_sympy(a, names) for a in f.arguments]
    y = space[f.name](*grouped(f.name, xs))
    if f.index is not None:
        return y[f.index]
    return FUNCTIONS[f.name].differentiate(tuple(xs), y, space)[0] if f.prime else y


def exact(x: float) -> Any:
    """The number for SymPy: a short fraction as a fraction, so that it cancels exactly."""
    import sympy as sp

    if not math.isfinite(x):
        return sp.Float(x)
    fraction = sp.Rational(x).limit_denominator(1000)
    return fraction if float(fraction) == x else sp.Rational(x)
