"""A graph with its order, its names and the numbers that it had."""

from __future__ import annotations

from collections.abc import Container

from autograd.errors import ArgumentTypeError
from autograd.graph.fold import Fold
from autograd.graph.names import Names
from autograd.graph.order import check_fresh, depending_on, reading_order
from autograd.value import Value

__all__ = ["Graph"]


class Graph:
    """What lies below a root: the values in reading order, and what each is called.

    `data` keeps the numbers, so that what is told of a graph stays true when a weight is updated.
    `rank` counts the values from the root down, each before its operands, the first operand first.

    Raises TypeError where root is no Value, GraphError where the graph has a cycle or its data was
    changed after the forward pass.

    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> graph = Graph((w * x).tanh())
    >>> [graph.names[v] for v in graph.order if v in graph.names]
    ['w', 'x', 'L']
    """

    def __init__(self, root: Value):
        if not isinstance(root, Value):
            raise ArgumentTypeError(f"only a Value has a graph, not {type(root).__name__}")
        self.root = root
        self.order = reading_order(root)
        check_fresh(self.order)
        mirrored = reading_order(root, mirrored=True)
        self.rank = {v: i for i, v in enumerate(reversed(mirrored))}
        self.data = {v: v.data for v in self.order}
        self.names = Names(self.order, root)

    def __contains__(self, v: object) -> bool:
        return v in self.rank

    def find(self, wrt: Value | str) -> Value:
        """The value that is meant, by itself or by its name; one without a name is called x.

        Raises ValueError where no value has the name, or more than one.
        """
        if isinstance(wrt, str):
            return self.names.find(wrt)
        if not isinstance(wrt, Value):
            raise ArgumentTypeError(f"wrt is a Value or a label, not {type(wrt).__name__}")
        if wrt in self:
            self.names.give(wrt, "x")
        return wrt

    def depending_on(self, *sources: Value) -> set[Value]:
        """The sources, and the values of the graph that were made with them."""
        return depending_on(sources, self.order)

    def fold(self, upper: Value, ends: Container[Value], within: Container[Value]) -> Fold:
        """What lies between a shown value and the next shown ones (`ends`) below it."""
        return Fold(upper, ends, within, self.rank)
