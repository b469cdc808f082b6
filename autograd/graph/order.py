"""Orders of a graph's values, what depends on what, and whether the numbers still fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd import value
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
                topological(root)  # it raises, and names the cycle
    return list(order)


def depending_on(sources: Iterable[Value], order: Sequence[Value]) -> set[Value]:
    """The sources, and what of `order` (operands first) was made with them.

    >>> x, y = Value(2.0), Value(3.0)
    >>> product = x * y
    >>> depending_on([x], reading_order(product + y.exp())) >= {x, product}
    True
    """
    depending = set(sources)
    for v in order:
        if v not in depending and not depending.isdisjoint(v.operands):
            depending.add(v)
    return depending


def check_fresh(order: Iterable[Value]) -> None:
    """Raise GraphError where data was changed after the forward pass."""
    for v in order:
        value.check_fresh(v)
