"""Orders of a graph's values, what depends on what, and whether the numbers still fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.errors import GraphError
from autograd.rules import RULES
from autograd.value import Value, topological

__all__ = ["check_fresh", "depending_on", "reading_order", "topological"]


def reading_order(root: Value, *, mirrored: bool = False) -> list[Value]:
    """Every value below root and root itself, operands first and left ones before right ones.

    Mirrored it has the right ones before the left ones, so that from its end down to its start
    every value comes before its operands, and the left ones still come first.

    Raises GraphError where the graph has a cycle.

    >>> x = Value(2.0)
    >>> [v.data for v in reading_order((x * 3) + (x + 1))]
    [2.0, 6.0, 3.0, 9.0]
    """
    order: dict[Value, None] = {}
    met: set[Value] = set()
    stack = [root]
    while stack:
        v = stack[-1]
        if v in met:  # by now its operands are in order
            order.setdefault(stack.pop())
            continue
        met.add(v)
        for operand in v.operands if mirrored else reversed(v.operands):
            if operand not in met:
                stack.append(operand)
            elif operand not in order:
                topological(root)  # which tells of the cycle
    return list(order)


def depending_on(sources: Iterable[Value], order: Sequence[Value]) -> set[Value]:
    """The sources, and what of `order` (operands first) was made with them.

    >>> x, y = Value(2.0), Value(3.0)
    >>> product = x * y
    >>> depending_on([x], reading_order(product + y.exp())) >= {x, product}
    True
    """
    found = set(sources)
    for v in order:
        if v not in found and not found.isdisjoint(v.operands):
            found.add(v)
    return found


def check_fresh(order: Iterable[Value]) -> None:
    """Raise GraphError where a value's data is not what its operands' data give."""
    for v in order:
        if v.operands:
            y = _value_of(v)
            if (
                y != v.data
                and not math.isclose(y, v.data, rel_tol=1e-12)
                and not (y != y and v.data != v.data)
            ):
                name = v.label or f"the result of '{v.op}'"
                raise GraphError(
                    f"{name} is {v.data!r}, but its operands now give {y!r}: their data was "
                    "changed after the forward pass; run it again before deriving"
                )


def _value_of(v: Value) -> float:
    """What the rule gives on the operands' data; NaN where that is outside its domain."""
    try:
        return float(RULES[v.op].evaluate(_data(v.arguments)))
    except (ValueError, ArithmeticError):
        return math.nan


def _data(x: Any) -> Any:
    """Arguments of a rule as plain numbers."""
    if isinstance(x, tuple):
        return tuple([_data(a) for a in x])
    return x.data if isinstance(x, Value) else x
