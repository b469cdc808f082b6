# cython: annotation_typing=False
"""From Values to a graph by numbers: one walk, a few hundred nanoseconds a node when compiled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import copysign
from typing import Any

import numpy as np

from autograd.errors import GraphError
from autograd.replay.graph import ACTIVE, LEAF, ON_ROWS, GraphTable, Ints, Lists
from autograd.replay.program import BROADCAST, DENSE, KIND, RULE_OF, SUM, TAKE, TWO
from autograd.value import Value, check_acyclic
from autograd.watched import Reading, ReadNumber

_NEW = -1  # in place of a number: the node has none yet

_CODES = {
    op: KIND[kind] for kind, op in RULE_OF.items() if KIND[kind] < BROADCAST and kind != "SQUARE"
}
_IDENTITY, _SQUARE, _MUL, _POWER = [KIND[name] for name in ("IDENTITY", "SQUARE", "MUL", "POWER")]
_TWO = TWO  # compiled, a C integer
_LISTED = {"total": SUM, "logsumexp": KIND["LOGSUMEXP"]}


def read(
    roots: Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None = None,
    constants: Collection[Value] = (),
) -> GraphTable:
    """Number the nodes below the roots, operands first.

    Leaves that are no inputs are parameters, or, if `parameters` are given, only those are: the
    rest of the leaves is read but not differentiated by. Parameters come first in `leaves`, in the
    order given or else in that of the operations that use them first. Leaves among `constants` stay
    what they are. Raises GraphError where there is a cycle.
    """
    for v in roots:
        check_acyclic(v)
    reader = _Reader()
    index = reader.index
    for v in inputs:
        reader.leaf(v, ON_ROWS)
    count = len(index)
    trained: list[Value] = []
    others: list[Value] = []
    for v in parameters or ():
        if v not in index:
            reader.leaf(v, ACTIVE)
            trained.append(v)
    # Operands from left to right: then nodes of one kind stand in the order in which the next
    # ones take them.
    stack: list[Any] = list(reversed(roots))
    while stack:
        v = stack.pop()
        if v is None:  # a mark: all operands of the next one have their numbers
            v = stack.pop()
            index[v] = reader.node(v)
        elif v in index:
            continue
        elif v.op and v.op != "constant":
            stack.append(v)
            stack.append(None)
            reader.push_operands(stack, v)
        elif v.op or v in constants:
            index[v] = reader.number(v._data)
        elif parameters is None and v not in reader.places_taken:
            reader.leaf(v, ACTIVE)
            trained.append(v)
        else:
            reader.leaf(v, 0)
            others.append(v)
    leaves = trained + others
    graph = reader.graph(
        inputs=np.arange(count),
        leaves=_array([index[v] for v in leaves]),
        leaf_values=leaves,
        outputs=_array([index[v] for v in roots]),
    )
    return graph.in_order_of_use() if parameters is None else graph


class _Reader:
    """The columns of a graph while its nodes get their numbers."""

    def __init__(self) -> None:
        self.index: dict[Value, int] = {}
        self.count, self.room = 0, 256  # nodes so far, and nodes that there is room for
        self.kinds = _column(self.room)
        self.a = _column(self.room)
        self.b = _column(self.room)
        self.c = _column(self.room)
        self.levels = _column(self.room)
        self.flags = _column(self.room)
        self.constants: dict[int, float] = {}
        self.numbers: dict[object, int] = {}  # the nodes of constants
        self.lists: dict[tuple[int, ...], int] = {}
        self.flat: list[int] = []  # the lists one after another
        self.sizes: list[int] = []
        self.list_levels: list[int] = []
        self.list_flags: list[int] = []
        self.tuples: dict[object, int] = {}  # the lists of tuples of operands, see `list_of`
        self.chosen: dict[tuple[int, int], int] = {}  # outputs of softmax, by list and place
        self.places: dict[int, int] = {}
        self.places_taken: set[Value] = set()  # by which `take` chooses: never trained
        self.selections: dict[tuple[str, int], int] = {}  # by kind and what was read

    def graph(self, **fields: Any) -> GraphTable:
        """The graph of what was read."""
        n = self.count
        return GraphTable(
            kinds=np.array(self.kinds[:n]), a=np.array(self.a[:n]),
            b=np.array(self.b[:n]), c=np.array(self.c[:n]),
            levels=np.array(self.levels[:n]), flags=np.array(self.flags[:n]),
            lists=Lists(_array(self.flat), _array(self.sizes)),
            held=_array(list(self.selections.values())),
            constants=self.constants, places=self.places, **fields,
        )  # fmt: skip

    def add(self, kind: int, a: int, b: int, c: int, level: int, flags: int) -> int:
        """Number a new node, and return its number."""
        node = self.count
        if node == self.room:
            self.grow()
        self.kinds[node] = kind
        self.a[node] = a
        self.b[node] = b
        self.c[node] = c
        self.levels[node] = level
        self.flags[node] = flags
        self.count += 1
        return node

    def grow(self) -> None:
        """Make room for twice as many nodes."""
        self.room *= 2
        self.kinds = _column(self.room, self.kinds)
        self.a = _column(self.room, self.a)
        self.b = _column(self.room, self.b)
        self.c = _column(self.room, self.c)
        self.levels = _column(self.room, self.levels)
        self.flags = _column(self.room, self.flags)

    def leaf(self, v: Value, flags: int) -> None:
        """Number a leaf that is no constant."""
        self.index[v] = self.add(LEAF, -1, -1, -1, 0, flags)

    def number(self, x: float) -> int:
        """The node of the constant x; 0 and -0 are two constants, NaN is one."""
        key: object = x if x and x == x else (copysign(1.0, x), x != x)
        node = self.numbers.get(key, _NEW)
        if node < 0:
            node = self.numbers[key] = self.add(LEAF, -1, -1, -1, 0, 0)
            self.constants[node] = x
        return node

    # Nodes

    def push_operands(self, stack: list[Any], v: Value) -> None:
        """Put the operands of v that have no number yet on the stack, the first one on top."""
        if v.op == "take" and type(v._a) is Value:
            self.places_taken.add(v._a)
        self.push(stack, v._b)
        self.push(stack, v._a)
        if v._row is not None:
            if v.op == "dot" and v._factors and isinstance(v._factors[0], Value):
                self.push_tuple(stack, v._factors)
            self.push_tuple(stack, v._row)

    def push(self, stack: list[Any], x: Any) -> None:
        """The same for one argument; a number that was read of Values needs their numbers."""
        if type(x) is Value:
            if x not in self.index:
                stack.append(x)
        elif type(x) is ReadNumber and _selected(x):
            stack.extend([v for v in reversed(x.reading.values) if v not in self.index])

    def push_tuple(self, stack: list[Any], operands: tuple[Value, ...]) -> None:
        """The same for a tuple of operands."""
        if operands not in self.tuples:
            for x in reversed(operands):
                if x not in self.index:
                    stack.append(x)

    def argument(self, x: Any) -> int:
        """The node of an argument, a Value that has one or a plain number."""
        if type(x) is Value:
            return self.index[x]
        selected = _selected(x) if type(x) is ReadNumber else ""
        return self.selection(selected, x.reading) if selected else self.number(float(x))

    def selection(self, kind: str, reading: Reading) -> int:
        """The largest or smallest number of those read; no derivative passes through it."""
        key = kind, id(reading)
        node = self.selections.get(key, _NEW)
        if node < 0:
            node, *rest = [self.index[v] for v in reading.values]
            for other in rest or [node]:
                level = 1 + max(self.levels[node], self.levels[other])
                rows = (self.flags[node] | self.flags[other]) & ON_ROWS
                node = self.add(KIND[kind], node, other, -1, level, rows)
            self.selections[key] = node
        return node

    def node(self, v: Value) -> int:
        """The number of a Value whose operands have theirs."""
        if v._row is not None:
            return self.node_of_many(v)
        kind = _CODES[v.op]
        a = self.argument(v._a)
        level, flags = self.levels[a], self.flags[a]
        b = -1
        if kind >= _TWO:
            b = self.argument(v._b)
            if (kind == _MUL and a == b) or (kind == _POWER and v._b == 2.0):
                kind, b = _SQUARE, -1
            else:
                other, more = self.levels[b], self.flags[b]
                level, flags = max(level, other), flags | more
        return self.add(kind, a, b, -1, level + 1, flags)

    def node_of_many(self, v: Value) -> int:
        """The same for one of many operands."""
        ws = v._row or ()
        if v.op == "where":
            a, b, c = [self.index[w] for w in ws]
            level = 1 + max(self.levels[a], self.levels[b], self.levels[c])
            flags = self.flags[a] | self.flags[b] | self.flags[c]
            return self.add(KIND["WHERE"], a, b, c, level, flags)
        if v.op == "dot":
            bias = self.argument(v._a)
            if not ws:
                return self.add(_IDENTITY, bias, -1, -1, self.levels[bias] + 1, self.flags[bias])
            return self.dot(self.list_of(v._factors), self.list_of(ws), bias)
        if v.op == "mean":
            shares = (self.number(1.0 / len(ws)),) * len(ws)
            return self.dot(self.list_of(ws), self.listed(shares), self.number(0.0))
        if v.op == "take":
            return self.taken(ws, self.argument(v._a))
        operands = self.list_of(ws)
        level, flags = self.list_levels[operands] + 1, self.list_flags[operands]
        if v.op in _LISTED:
            return self.add(_LISTED[v.op], operands, -1, -1, level, flags)
        if v.op != "softmax":
            raise GraphError(f"the operation '{v.op}' cannot be recorded")
        output = operands, v.arguments[0]
        node = self.chosen.get(output, _NEW)
        if node < 0:
            node = self.add(KIND["SOFTMAX"], operands, -1, -1, level, flags)
            self.chosen[output] = node
            self.places[node] = output[1]
        return node

    def taken(self, ws: tuple[Value, ...], place: int) -> int:
        """The node of the value at a place; that value's own where the place is a constant."""
        if place in self.constants:
            return self.index[ws[int(self.constants[place])]]
        operands = self.list_of(ws)
        level = 1 + max(self.list_levels[operands], self.levels[place])
        flags = self.list_flags[operands] | (self.flags[place] & ON_ROWS)
        return self.add(TAKE, operands, -1, place, level, flags)

    def dot(self, values: int, weights: int, bias: int) -> int:
        """A new node, bias + Σ weight value."""
        levels, flags = self.list_levels, self.list_flags
        level = 1 + max(levels[values], levels[weights], self.levels[bias])
        flag = flags[values] | flags[weights] | self.flags[bias]
        return self.add(DENSE, values, weights, bias, level, flag)

    # Lists

    def list_of(self, operands: tuple[Any, ...]) -> int:
        """The list of Values or of plain numbers; tuples that hold the same have the same list."""
        valued = isinstance(operands[0], Value)
        # Plain numbers are the same where their tuple is, as for the neurons of a layer: two
        # tuples may be equal and differ in the sign of a zero.
        key: object = operands if valued else id(operands)
        found = self.tuples.get(key, _NEW)
        if found < 0:
            numbers = [self.index[x] if valued else self.number(x) for x in operands]
            found = self.tuples[key] = self.listed(tuple(numbers))
        return found

    def listed(self, numbers: tuple[int, ...]) -> int:
        """The list of these nodes."""
        found = self.lists.get(numbers, _NEW)
        if found < 0:
            found = self.lists[numbers] = len(self.lists)
            level = flags = 0
            for x in numbers:
                other, more = self.levels[x], self.flags[x]
                level, flags = max(level, other), flags | more
            self.flat.extend(numbers)
            self.sizes.append(len(numbers))
            self.list_levels.append(level)
            self.list_flags.append(flags)
        return found


def _selected(x: ReadNumber) -> str:
    """The kind that chose x of the numbers it was read with, as max(v.data for v in values) does.

    Empty where it was not chosen so: it is then a constant.
    """
    compared, numbers = x.reading.chosen_by(), x.reading.numbers
    plain = float.__float__  # not to be told of these comparisons
    kinds = [("MAXIMUM", max(numbers, key=plain)), ("MINIMUM", min(numbers, key=plain))]
    for kind, chosen in kinds if compared == ">" else reversed(kinds):
        if compared and (chosen is x or plain(chosen) == plain(x)):
            return kind
    return ""


def _array(numbers: list[int]) -> Ints:
    return np.fromiter(numbers, np.int64, len(numbers))


def _column(room: int, begin: Sequence[int] | memoryview = ()) -> memoryview:
    """Room for so many integers, beginning with these."""
    found = np.empty(room, np.int64)
    found[: len(begin)] = begin
    return found.data  # a memoryview: plain Python reads its numbers faster than an array's
