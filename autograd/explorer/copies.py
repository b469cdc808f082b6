"""The copy of a graph at other numbers, which is moved in the graph's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.derivation import Derivation, derive
from autograd.errors import UnknownNameError
from autograd.functions import _operate_again
from autograd.graph import Graph
from autograd.graph.names import label_of
from autograd.problems.roles import roles_of
from autograd.rules import replaced
from autograd.scalar import as_float
from autograd.suggestions import did_you_mean
from autograd.value import Value

__all__ = ["Copy"]


class Copy:
    """A graph computed once more, operation by operation: what `Problem` is of a text.

    Every leaf of the copy has a name: one without a label is v1, v2, ..., and a label that is
    taken gets a prime. What Python code decided when the graph was made (a branch, a length, a
    number that it read) stays as it was.

    Args:
        root: the graph; nothing of it is touched.
        numbers: numbers for leaves by those names, in place of their own.

    Raises:
        UnknownNameError: no leaf has the name.
        ValueError: an operation has no value at these numbers.
        GraphError: the graph has a cycle, or its data was changed since.

    >>> x = Value(3.0, "x")
    >>> copy = Copy(x * x + Value(1.0), {"x": 5.0})
    >>> copy.graph.data, x.data, list(copy.values)
    (26.0, 3.0, ['x', 'v1'])
    """

    learning_rate = None

    def __init__(self, root: Value, numbers: Mapping[str, float] | None = None):
        numbers = numbers or {}
        order = Graph(root).order
        names = _names(order)
        leaves = {name: v for v, name in names.items() if not v.operands}
        for name in numbers:
            if name not in leaves:
                raise UnknownNameError(
                    f"there is no leaf {name!r} to move{did_you_mean(name, leaves)}"
                )
        made: dict[Value, Any] = {v: v.data for v in order if v.op == "constant"}
        for name, v in leaves.items():
            made[v] = Value(as_float(numbers.get(name, v.data), f"the number for {name}"), name)
        for v in order:
            if v not in made:
                made[v] = _operate_again(v, replaced(v.arguments, made))
        for v, name in names.items():
            made[v].label = name
        self.graph: Value = made[root]
        self.values: Mapping[str, Value] = {name: made[v] for v, name in names.items()}

    @property
    def roles(self) -> dict[str, str]:
        """What each leaf is for, as the graph tells."""
        return {v.label: role for v, role in roles_of(self.graph, {}).items() if v.label}

    def at(self, numbers: Mapping[str, float]) -> Copy:
        """The same graph at other numbers: those of these leaves, the others as they are."""
        return Copy(self.graph, numbers)

    def derive(self, wrt: str) -> Derivation:
        """Where the derivative of the result by a value comes from; see `autograd.derive`."""
        return derive(self.graph, self.values.get(wrt, wrt))


def _names(order: list[Value]) -> dict[Value, str]:
    """The names of the leaves, and of the inner values that have labels, each its own."""
    names: dict[Value, str] = {}
    taken = {label_of(v) for v in order}
    named: set[str] = set()
    nameless = (name for i in range(1, len(order) + 1) if (name := f"v{i}") not in taken)
    for v in order:
        name = label_of(v)
        if not name and not v.op:
            name = next(nameless)
        while name in named:
            name += "′"
        if name:
            named.add(name)
            names[v] = name
    return names
