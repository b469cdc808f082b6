"""The paths from a value down to another: how many there are, and each in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from autograd.value import Value

__all__ = ["Edge", "count_paths", "walk_paths"]


class Edge(Protocol):
    """What leads from one value down to another."""

    @property
    def lower(self) -> Value:
        """The value that it leads to."""


E = TypeVar("E", bound=Edge)


def count_paths(
    order: Iterable[Value], bottom: Value, below: Callable[[Value], Iterable[Value]]
) -> dict[Value, int]:
    """How many paths lead from each value of `order` (lower ones first) to the bottom; exact.

    `below(v)` has the lower end of each edge that leads down from v.
    """
    counts: dict[Value, int] = {}
    for v in order:
        counts[v] = 1 if v is bottom else sum([counts.get(x, 0) for x in below(v)])
    return counts


def walk_paths(
    top: Value, bottom: Value, below: Callable[[Value], Sequence[E]]
) -> Iterator[tuple[E, ...]]:
    """The paths from top to bottom as the edges on them, depth first, in the order of the edges.

    `below(v)` has the edges that lead down from v; each must lead on to the bottom, or the search
    loses itself where there is no path to be found.
    """
    way: list[E] = []
    stack: list[tuple[int, E | None]] = [(0, None)]
    while stack:
        depth, edge = stack.pop()
        del way[max(depth - 1, 0) :]
        if edge is not None:
            way.append(edge)
        v = top if edge is None else edge.lower
        if v is bottom:
            yield tuple(way)
        else:
            stack += [(depth + 1, e) for e in reversed(below(v))]
