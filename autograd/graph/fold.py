"""What lies between the values that are shown."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from operator import add, mul
from typing import Any, TypeVar

from autograd.graph.sweep import accumulate
from autograd.value import Value

__all__ = ["Fold"]

T = TypeVar("T")


class Fold:
    """One shown value with the values that are folded away below it, down to the next shown ones.

    `ends` are the shown values, `within` those that count at all (such as what depends on one
    leaf), `rank` counts the values of the graph from its root down.
    """

    def __init__(
        self,
        upper: Value,
        ends: Container[Value],
        within: Container[Value],
        rank: Mapping[Value, int],
    ):
        self.upper = upper
        self.inner: list[Value] = [upper]
        """The upper value and the folded ones: from the root down, the first operand first."""
        self.lowers: list[Value] = []
        """The shown values in which the ways down end, the first operand's first."""
        met: set[Value] = set()
        stack = [upper]
        while stack:
            v = stack.pop()
            if v in met:
                continue
            met.add(v)
            if v is not upper:
                if v in ends:
                    self.lowers.append(v)
                    continue
                self.inner.append(v)
            stack += [x for x in reversed(v.operands) if x in within and x not in met]
        self.inner.sort(key=rank.__getitem__)
        self._ends, self._within = ends, within

    def accumulate(
        self,
        one: T,
        partials: Callable[[Value], Iterable[tuple[Value, Any]]],
        add: Callable[[T, T], T] = add,
        multiply: Callable[[Any, T], T] = mul,
        *,
        direct: bool = True,
    ) -> dict[Value, T]:
        """The derivatives of the upper value, itself 1, by the folded ones and the lowers.

        The other arguments are those of `graph.accumulate`. Without `direct` only the ways
        through folded values count.
        """
        within, ends = self._within, self._ends

        def counting(v: Value) -> Iterable[tuple[Value, Any]]:
            pairs = [(x, p) for x, p in partials(v) if x in within]
            if direct or v is not self.upper:
                return pairs
            return [(x, p) for x, p in pairs if x not in ends]

        return accumulate(self.inner[::-1], {self.upper: one}, counting, add, multiply)

    def leading_to(self, lower: Value) -> list[Value]:
        """The upper value and the folded ones that depend on one of the lowers, uppermost first."""
        depending = {lower}
        leading = []
        for v in reversed(self.inner):
            if not depending.isdisjoint(v.operands):
                depending.add(v)
                leading.append(v)
        return leading[::-1]
