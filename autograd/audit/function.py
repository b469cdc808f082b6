"""Functions of numbers and of columns of numbers, made from the expressions of the rule table.

One expression serves both: on floats it is evaluated as the engine does it, on columns as NumPy's
arrays where NumPy is there, or else number by number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, TypeAlias

from autograd.rules import EAGER, RULES, arrays

__all__ = [
    "PRODUCT",
    "SAME",
    "TOTAL",
    "Function",
    "Slopes",
    "constant",
    "formula",
    "numpy",
    "of_operation",
]

Slopes: TypeAlias = Callable[..., Sequence[Any]]


@cache
def numpy() -> Any:
    """NumPy, or None where it is not there."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


class Function:
    """A function of floats, NaN outside its domain; `columns` is the same of arrays.

    `slopes`, where it is linear in each of its arguments, gives its derivatives by them.
    """

    __slots__ = ("_scalar", "columns", "slopes")

    def __init__(
        self,
        scalar: Callable[..., float],
        columns: Callable[..., Any] | None = None,
        slopes: Slopes | None = None,
    ):
        self._scalar = scalar
        self.columns = columns or scalar
        self.slopes = slopes

    def __call__(self, *arguments: float) -> float:
        """The function's value, NaN where there is none."""
        try:
            return float(self._scalar(*arguments))
        except (ArithmeticError, ValueError, TypeError):
            return math.nan


def constant(x: float) -> Function:
    """The same number, whatever the arguments are."""
    return Function(lambda *a: x)


@cache
def formula(parameters: str, expression: str) -> Function:
    """An expression of the rule table's language as a function of its parameters.

    >>> formula("x y", "y * (1 - y)")(0.0, 0.5)
    0.25
    """
    names = tuple(parameters.split())
    columns = arrays().function(names, expression) if numpy() is not None else None
    return Function(EAGER.function(names, expression), columns)


# The functions of operations


def _product(a: Any, b: Any) -> Any:
    return a * b


def _total(*xs: Any) -> Any:
    return sum(xs)


def _dot(*a: Any) -> Any:
    k = len(a) // 2
    return sum([w * x for w, x in zip(a[:k], a[k:-1], strict=True)], a[-1])


def _dot_slopes(*a: Any) -> Sequence[Any]:
    k = len(a) // 2
    return [*a[k:-1], *a[:k], 1.0]


def _mean_slopes(*a: Any) -> Sequence[Any]:
    return [1.0 / len(a)] * len(a)


PRODUCT = Function(_product, None, lambda a, b: (b, a))
TOTAL = Function(_total, None, lambda *a: (1.0,) * len(a))
SAME = Function(lambda x: x, None, lambda x: (1.0,))

_LINEAR: dict[str, Function] = {
    "+": Function(lambda a, b: a + b, None, lambda a, b: (1.0, 1.0)),
    "-": Function(lambda a, b: a - b, None, lambda a, b: (1.0, -1.0)),
    "neg": Function(lambda x: -x, None, lambda x: (-1.0,)),
    "identity": SAME,
    "*": PRODUCT,
    "total": TOTAL,
    "mean": Function(lambda *a: sum(a) / len(a), None, _mean_slopes),
    "dot": Function(_dot, None, _dot_slopes),
}


def of_operation(rule: Any, arguments: tuple[Any, ...]) -> Function:
    """The operation's value as a function of all its numbers, one after the other."""
    op = rule.name
    if op not in RULES:  # of a user's own
        return Function(rule.number, arrays()["own"](rule, None))
    if op in _LINEAR:
        return _LINEAR[op]
    if op == "softmax":
        return softmax(arguments[0])
    if op == "logsumexp":
        exp, log = formula("x", "exp(x)"), formula("x", "log(x)")
        return Function(
            lambda a, *b: a + log(sum([exp(x - a) for x in b], 1.0)),
            lambda a, *b: a + log.columns(sum([exp.columns(x - a) for x in b], 1.0)),
        )
    one = formula(" ".join(rule.parameters), rule.value)
    if not any(isinstance(a, tuple) for a in arguments):
        return one
    shape = tuple([len(a) if isinstance(a, tuple) else None for a in arguments])
    return Function(lambda *a: one(*_shaped(a, shape)), lambda *a: one.columns(*_shaped(a, shape)))


def slope_of_own(rule: Any, slot: int) -> Function:
    """The derivative of a user's own operation by one of its arguments."""
    return Function(partial(rule.slope, slot), arrays()["own"](rule, slot))


@cache
def softmax(index: int) -> Function:
    """The output of softmax at `index`: 1 / Σ exp(x − x_index)."""
    exp = formula("x", "exp(x)")
    return Function(
        lambda *a: 1.0 / sum([exp(x - a[index]) for x in a]),
        lambda *a: 1.0 / sum([exp.columns(x - a[index]) for x in a]),
    )


def _shaped(numbers: Sequence[Any], shape: tuple[int | None, ...]) -> list[Any]:
    """The numbers as the operation's rule takes them, tuples where it takes tuples."""
    shaped: list[Any] = []
    at = 0
    for n in shape:
        shaped.append(numbers[at] if n is None else tuple(numbers[at : at + n]))
        at += n or 1
    return shaped
