"""The space in which the table of rules is evaluated on general letters.

`RULES["sigmoid"].differentiate` says y * (1 - y); here y is a_j^l, and what comes out is a `Term`.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.formulas.relations import RELATIONS
from autograd.general.terms import (
    ONE,
    ZERO,
    Call,
    Constant,
    Term,
    multiply,
    plus,
    power,
)
from autograd.rules import EAGER, Space

__all__ = ["LETTERS", "Letters", "call_number", "term_of"]


class Letters:
    """A term with operators, for the text of a rule."""

    __slots__ = ("term",)

    def __init__(self, term: Term):
        self.term = term

    def __add__(self, other: Any) -> Letters:
        return Letters(plus(self.term, term_of(other)))

    def __radd__(self, other: Any) -> Letters:
        return Letters(plus(term_of(other), self.term))

    def __sub__(self, other: Any) -> Letters:
        return Letters(plus(self.term, multiply(Constant(-1.0), term_of(other))))

    def __rsub__(self, other: Any) -> Letters:
        return Letters(plus(term_of(other), multiply(Constant(-1.0), self.term)))

    def __mul__(self, other: Any) -> Letters:
        return Letters(multiply(self.term, term_of(other)))

    def __rmul__(self, other: Any) -> Letters:
        return Letters(multiply(term_of(other), self.term))

    def __truediv__(self, other: Any) -> Letters:
        return Letters(multiply(self.term, power(term_of(other), -1.0)))

    def __rtruediv__(self, other: Any) -> Letters:
        return Letters(multiply(term_of(other), power(self.term, -1.0)))

    def __neg__(self) -> Letters:
        return Letters(multiply(Constant(-1.0), self.term))

    def __lt__(self, other: Any) -> Letters:
        return _comparison("<", self, other)

    def __le__(self, other: Any) -> Letters:
        return _comparison("≤", self, other)

    def __gt__(self, other: Any) -> Letters:
        return _comparison(">", self, other)

    def __ge__(self, other: Any) -> Letters:
        return _comparison("≥", self, other)

    def __and__(self, other: Any) -> Any:
        return False if other is False else Letters(Call("and", (self.term, term_of(other))))

    __rand__ = __and__


def term_of(x: Any) -> Term:
    """x as a term, where it is a number."""
    return x.term if isinstance(x, Letters) else Constant(float(x))


def _comparison(sign: str, a: Any, b: Any) -> Letters:
    return Letters(Call(sign, (term_of(a), term_of(b))))


def _where(condition: Any, a: Any, b: Any) -> Any:
    if isinstance(condition, bool):
        return a if condition else b
    c: Call = condition.term
    relation = RELATIONS.get(c.name)
    if term_of(a) == ZERO and relation and relation.opposite:  # 1 where it does not hold: [x > 0]
        return Letters(multiply(term_of(b), Call(relation.opposite, c.arguments)))
    if term_of(b) == ZERO:
        return Letters(multiply(term_of(a), c))
    if term_of(a) == ONE and term_of(b) == ONE:
        return 1.0
    return Letters(Call("where", (c, term_of(a), term_of(b))))


def _equal(a: Any, b: Any) -> Any:
    """Two letters may be equal; a letter is no number in general."""
    if isinstance(a, Letters) and isinstance(b, Letters):
        return Letters(Call("=", (a.term, b.term)))
    return False if isinstance(a, Letters) or isinstance(b, Letters) else a == b


def _power(a: Any, b: Any) -> Letters:
    if isinstance(b, Letters):
        return Letters(Call("power", (term_of(a), b.term)))
    return Letters(power(term_of(a), float(b)))


def _function(name: str) -> Any:
    def of(*xs: Any) -> Any:
        if not any(isinstance(x, Letters) for x in xs):
            return EAGER[name](*xs)
        return Letters(Call(name, tuple([term_of(x) for x in xs])))

    return of


LETTERS = Space(
    {
        **{name: _function(name) if callable(x) else x for name, x in EAGER.items()},
        "equal": _equal,
        "power": _power,
        "where": _where,
    }
)
"""General letters. Whether two of them are equal, no one knows: the comparison stays a term."""


def call_number(name: str, xs: list[float]) -> float:
    """The number of a function or comparison (1 or 0) on numbers.

    >>> call_number("sigmoid", [0.0]), call_number("≥", [2.0, 1.0])
    (0.5, 1.0)
    """
    if name in RELATIONS:
        return float(RELATIONS[name].holds(*xs))
    if name == "and":
        return xs[0] and xs[1]
    if name == "where":
        return xs[1] if xs[0] else xs[2]
    try:
        return float(EAGER[name](*xs))
    except (ValueError, ArithmeticError):
        return math.nan
