"""A graph by numbers: what folding and lowering work on instead of Values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from autograd.replay.arrays import as_index
from autograd.replay.program import BROADCAST
from autograd.value import Value

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ON_ROWS, ACTIVE = 1, 2  # flags: a node depends on the batch, on a parameter
LEAF = -1  # the kind of inputs, parameters and constants
DONE = -2  # the kind of a node that is part of another's record


@dataclass
class Lists:
    """Lists of numbers, none of them empty, one after another in `flat`."""

    flat: Ints
    sizes: Ints

    @property
    def starts(self) -> Ints:
        """Where each list begins."""
        found: Ints = np.cumsum(self.sizes) - self.sizes
        return found

    @property
    def owners(self) -> Ints:
        """For each number in `flat`, the list that it is in."""
        return np.repeat(np.arange(len(self)), as_index(self.sizes))

    def __len__(self) -> int:
        return len(self.sizes)

    def __add__(self, other: Lists) -> Lists:
        return Lists(
            np.concatenate([self.flat, other.flat]), np.concatenate([self.sizes, other.sizes])
        )

    def __getitem__(self, chosen: Ints | Mask) -> Lists:
        sizes = self.sizes[chosen]
        first = self.starts[chosen] - (np.cumsum(sizes) - sizes)
        return Lists(self.flat[np.repeat(first, as_index(sizes)) + np.arange(sizes.sum())], sizes)

    @property
    def first(self) -> Ints:
        """The first number of each list."""
        return self.flat[self.starts]

    @property
    def last(self) -> Ints:
        """The last number of each list."""
        last: Ints = self.flat[self.starts + self.sizes - 1]
        return last

    @property
    def largest(self) -> Ints:
        """The largest number of each list."""
        largest: Ints = np.maximum.reduceat(self.flat, as_index(self.starts))
        return largest

    def any(self, mask: Mask) -> Mask:
        """For each list, whether one of its numbers has a True in the mask (an entry a number)."""
        holds: Mask = np.logical_or.reduceat(mask, as_index(self.starts))
        return holds

    def count(self, mask: Mask) -> Ints:
        """For each list, how many of its numbers have a True in the mask."""
        counts: Ints = np.add.reduceat(mask, as_index(self.starts), dtype=np.int64)
        return counts

    def repeated(self) -> Mask:
        """For each list, whether a number is in it twice."""
        span = self.flat.max(initial=0) + 1
        pairs = np.sort(self.owners * span + self.flat)  # (list, number) as one integer
        repeated = np.zeros(len(self), bool)
        repeated[pairs[1:][np.diff(pairs) == 0] // span] = True
        return repeated

    def alike(self) -> tuple[Ints, Ints]:
        """Number the lists so that equal lists share a number; the first list of each number."""
        content, ends = self.flat.tobytes(), (8 * np.cumsum(self.sizes)).tolist()
        known: dict[bytes, int] = {}
        begin, classes = 0, []
        for end in ends:
            classes.append(known.setdefault(content[begin:end], len(known)))
            begin = end
        numbers = np.array(classes, np.int64)
        _, first = np.unique(numbers, return_index=True)
        return numbers, first


@dataclass
class GraphTable:
    """For each node its kind, operands, level and flags, as columns.

    The kind is that of a record, or LEAF. An elementwise node has its operands in `a`, `b` and
    `c`, -1 where there are fewer. A node of many operands has a list of them in `a` (its number
    in `lists`); DENSE and INNER have the list of weights in `b` and the bias in `c`; TAKE and PICK
    have the place in `c`, and TAKE, after folding, its list in `b`, as it is one of weights.
    `places` tells of a node of softmax which of the outputs it is. `held` are nodes that no
    derivative passes, by whatever it is: numbers that were only read. A leaf has the level 0, a
    node a higher one than its operands.
    """

    COLUMNS: ClassVar = ("kinds", "a", "b", "c", "levels", "flags")
    kinds: Ints
    a: Ints
    b: Ints
    c: Ints
    levels: Ints
    flags: Ints
    lists: Lists
    inputs: Ints
    leaves: Ints
    leaf_values: list[Value]
    outputs: Ints
    held: Ints
    constants: dict[int, float]
    places: dict[int, int]

    def copy(self) -> GraphTable:
        """A graph whose columns can be changed without changing this one's."""
        columns = {name: getattr(self, name).copy() for name in self.COLUMNS}
        return replace(self, **columns, constants=dict(self.constants))

    def add_lists(self, more: Lists, *, alike: bool = False) -> Ints:
        """The numbers of new lists; with `alike`, one number for those that are the same."""
        count = len(self.lists)
        numbers = np.arange(len(more))
        if alike:
            numbers, first = more.alike()
            more = more[first]
        self.lists = self.lists + more
        return count + numbers

    def zero(self) -> int:
        """A new constant 0."""
        for name, entry in zip(self.COLUMNS, (LEAF, -1, -1, -1, 0, 0), strict=True):
            setattr(self, name, np.append(getattr(self, name), entry))
        node = len(self.kinds) - 1
        self.constants[node] = 0.0
        return node

    def with_parameters(self, parameters: Sequence[Value]) -> GraphTable:
        """The same graph with these as its first leaves, also those that it does not use."""
        graph = self.copy()
        if self.leaf_values[: len(parameters)] == list(parameters):
            return graph
        known = dict(zip(self.leaf_values, self.leaves.tolist(), strict=True))
        missing = [v for v in parameters if v not in known]
        for name, entry in zip(self.COLUMNS, (LEAF, -1, -1, -1, 0, ACTIVE), strict=True):
            column = getattr(graph, name)
            setattr(graph, name, np.append(column, np.full(len(missing), entry)))
        known.update({v: len(self.kinds) + i for i, v in enumerate(missing)})
        trained = set(parameters)
        values = [*parameters, *[v for v in self.leaf_values if v not in trained]]
        leaves = np.array([known[v] for v in values], np.int64)
        return replace(graph, leaf_values=values, leaves=leaves)

    def in_order_of_use(self) -> GraphTable:
        """The same graph, its leaves in the order in which operations first have them as operands.

        Those that nobody differentiates by stay behind the others. A neuron has its weights before
        its inputs, and its bias last.
        """
        nodes = np.arange(len(self.kinds))
        many = self.kinds > BROADCAST
        most = int(self.lists.sizes.max(initial=1))
        uses: list[tuple[Ints, Ints, Ints]] = []  # operands, by which node, in which place
        for turn, (operand, listed) in enumerate(self.operands(nodes)):
            rank = np.where(many, (1, 0, 2)[turn], turn) * most
            single, whole = nodes[(operand >= 0) & ~listed], nodes[listed]
            uses.append((operand[single], single, rank[single]))
            chosen = self.lists[operand[whole]]
            by = np.repeat(whole, as_index(chosen.sizes))
            within = np.arange(len(by)) - np.repeat(chosen.starts, as_index(chosen.sizes))
            uses.append((chosen.flat, by, rank[by] + within))
        operands, by, places = [np.concatenate(parts) for parts in zip(*uses, strict=True)]
        order = np.lexsort((places, by))
        first = np.full(len(nodes), len(order))
        first[operands[order[::-1]]] = np.arange(len(order))[::-1]  # the last one written stays
        by_use = np.lexsort((first[self.leaves], ~self.active[self.leaves]))
        values = [self.leaf_values[k] for k in by_use]
        return replace(self, leaves=self.leaves[by_use], leaf_values=values)

    @property
    def on_rows(self) -> Mask:
        """For each node, whether it depends on the columns of the batch."""
        return (self.flags & ON_ROWS) > 0

    @property
    def active(self) -> Mask:
        """For each node, whether it depends on a parameter."""
        return (self.flags & ACTIVE) > 0

    def operands(self, nodes: Ints) -> Iterator[tuple[Ints, Mask]]:
        """The operands a, b and c of these nodes, and where they are numbers of lists."""
        many = self.kinds[nodes] > BROADCAST
        for column, listed in ((self.a, many), (self.b, many), (self.c, np.zeros_like(many))):
            yield column[nodes], listed & (column[nodes] >= 0)

    def same_operands(self, other: GraphTable) -> bool:
        """Whether another graph with the same kinds of nodes connects them in the same way."""
        pairs = (
            (self.a, other.a),
            (self.b, other.b),
            (self.c, other.c),
            (self.lists.flat, other.lists.flat),
            (self.lists.sizes, other.lists.sizes),
            (self.outputs, other.outputs),
        )
        return self.places == other.places and all(np.array_equal(x, y) for x, y in pairs)

    def uses(self) -> Ints:
        """How often each node is an operand or an output; a list that has it counts as one use."""
        alive = self.kinds >= 0
        single = alive & (self.kinds < BROADCAST)
        counts = np.zeros(len(self.kinds), np.int64)
        for met in (self.a[single], self.b[single], self.c[alive], self.lists.flat, self.outputs):
            counts += np.bincount(as_index(met[met >= 0]), minlength=len(counts))
        return counts
