"""The reverse sweep over a graph, on whatever partials and adjoints are written in."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from autograd.scalar import SELECTING
from autograd.value import Value, topological

__all__ = ["accumulate", "adjoints", "local_partials"]

T = TypeVar("T")
_NOTHING: Any = object()  # handed on so far; None can be an adjoint


def accumulate(
    order: Sequence[Value],
    seed: Mapping[Value, T],
    partials: Callable[[Value], Iterable[tuple[Value, Any]]],
    add: Callable[[T, T], T] = operator.add,
    multiply: Callable[[Any, T], T] = operator.mul,
) -> dict[Value, T]:
    """The adjoints of all that the seeded values depend on: ā of x = Σ (∂v/∂x · ā of v).

    `order` has operands before what they make, `seed` the adjoints to start from (1 for a root),
    and `partials(v)` gives the operands of v to hand on to, each with the derivative of v by it.
    Terms are added in the order in which they are met, the last value of `order` first. A value
    is in what is returned if it was seeded or handed to; only values in `order` hand on.

    >>> x = Value(3.0)
    >>> y = x * x + x
    >>> accumulate(topological(y), {y: 1.0}, local_partials)[x]
    7.0
    """
    adjoints: dict[Value, Any] = dict(seed)
    for v in reversed(order):
        adjoint = adjoints.get(v, _NOTHING)
        if adjoint is not _NOTHING:
            for operand, partial in partials(v):
                term = multiply(partial, adjoint)
                before = adjoints.get(operand, _NOTHING)
                adjoints[operand] = term if before is _NOTHING else add(before, term)
    return adjoints


def local_partials(v: Value) -> Iterable[tuple[Value, float]]:
    """The operands of v, each with the stored derivative of v by it."""
    return zip(v.operands, v.partials)  # noqa: B905 (one each: `strict` would take as long again)


def adjoints(root: Value) -> dict[Value, float]:
    """The derivative of root by every value below it, operands first; no `grad` is touched.

    Raises GraphError where the graph has a cycle.

    >>> x = Value(3.0)
    >>> adjoints(x * x)[x]
    6.0
    """
    order = topological(root)
    seed = dict.fromkeys(order, 0.0)
    seed[root] = 1.0
    return accumulate(order, seed, _partials_taken, multiply=_times)


def _partials_taken(v: Value) -> Iterable[tuple[Value, float]]:
    """The same without those operands that an operation such as `where` did not take."""
    if v.op in SELECTING:
        return [pair for pair in local_partials(v) if pair[1] != 0.0]
    return local_partials(v)


def _times(partial: float, adjoint: float) -> float:
    """The product; an adjoint of 0 hands on 0, as in `scalar.handed`."""
    return partial * adjoint if adjoint != 0.0 else 0.0
