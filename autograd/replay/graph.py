"""A graph by numbers: what lowering works on instead of Values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import copysign

from autograd.replay.program import BROADCAST, KIND, RULE_OF
from autograd.value import GraphError, Value

ON_ROWS, ACTIVE = 1, 2  # a node depends on the columns of the batch; on a parameter
LEAF = -1
MANY = -2

_CODES = {
    op: KIND[kind] for kind, op in RULE_OF.items() if KIND[kind] < BROADCAST and kind != "SQUARE"
}
_ADD, _MUL, _POWER, _SQUARE = KIND["ADD"], KIND["MUL"], KIND["POWER"], KIND["SQUARE"]


@dataclass
class Many:
    """The operands of a node of many: `weights` and `bias` are those of a dot product."""

    op: str
    values: list[int]
    weights: list[int] | None = None
    bias: int = -1
    index: int = 0


@dataclass
class Graph:
    """For each node its kind, operands (-1 where there is none), level and flags.

    A leaf has the kind LEAF and level 0, a node of many operands MANY and an entry in `many`.
    `uses` counts how often a node is an operand.
    """

    inputs: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    leaf_values: list[Value] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    operands: tuple[list[int], list[int], list[int]] = field(default_factory=lambda: ([], [], []))
    levels: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)
    many: dict[int, Many] = field(default_factory=dict)
    constants: dict[int, float] = field(default_factory=dict)
    numbers: dict[object, int] = field(default_factory=dict)

    def add(self, kind: int, a: int = -1, b: int = -1, c: int = -1) -> int:
        """Number a new node, and return its number."""
        level = flags = 0
        for operand in (a, b, c):
            if operand >= 0:
                level = max(level, self.levels[operand] + 1)
                flags |= self.flags[operand]
                self.uses[operand] += 1
        self.kinds.append(kind)
        for column, operand in zip(self.operands, (a, b, c), strict=True):
            column.append(operand)
        self.levels.append(level)
        self.flags.append(flags)
        self.uses.append(0)
        return len(self.kinds) - 1

    def number(self, x: float) -> int:
        """The node of the constant x; 0 and -0 are two constants, NaN is one."""
        key: object = x if x and x == x else (copysign(1.0, x), x != x)
        node = self.numbers.get(key)
        if node is None:
            node = self.numbers[key] = self.add(LEAF)
            self.constants[node] = x
        return node

    def add_many(self, many: Many) -> int:
        """Number a node of many operands."""
        node = self.add(MANY)
        operands = many.values + (many.weights or []) + ([many.bias] if many.bias >= 0 else [])
        for operand in operands:
            self.flags[node] |= self.flags[operand]
            self.uses[operand] += 1
        self.levels[node] = 1 + max(self.levels[operand] for operand in operands)
        self.many[node] = many
        return node


def read(  # noqa: PLR0915 - one loop, written out for speed
    roots: Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None = None,
    constants: Collection[Value] = (),
) -> Graph:
    """Number the nodes below the roots.

    Leaves that are no inputs are parameters, or, if `parameters` are given, only those are: the
    rest of the leaves is read but not differentiated by. Parameters come first in `leaves`, in the
    order given or else met. Leaves among `constants` stay what they are. The graph has no cycle,
    as one that has just been computed.
    """
    graph = Graph()
    index: dict[Value, int] = {}
    for v in inputs:
        index[v] = graph.add(LEAF)
        graph.flags[index[v]] = ON_ROWS
    graph.inputs = list(index.values())
    others: dict[Value, int] = {}
    for v in parameters or ():
        if v not in index:
            _add_leaf(graph, index, v, ACTIVE)
    kinds, levels, flags, uses = graph.kinds, graph.levels, graph.flags, graph.uses
    column_a, column_b, column_c = graph.operands
    # Operands first, and from left to right: then nodes of one kind stand in the order in which
    # the next ones take them.
    stack = list(reversed(roots))
    while stack:
        v = stack.pop()
        number = index.get(v)
        if number is not None and number >= 0:
            continue
        op = v.op
        if not op or op == "constant":
            if op or v in constants:
                index[v] = graph.number(v.data)
            elif parameters is None:
                _add_leaf(graph, index, v, ACTIVE)
            else:
                others[v] = index[v] = graph.add(LEAF)
            continue
        first, second = v._a, v._b
        if number is None:
            index[v] = -1  # its operands are underway
            stack.append(v)
            _push_operands(stack, index, v)
            continue
        if v._ws is not None:
            index[v] = _read_many(graph, index, v)
            continue
        # This is `add`, written out for the bulk of the nodes.
        a = graph.number(v._da) if first is None else index[first]
        kind = _CODES[op]
        level, flag = levels[a], flags[a]
        uses[a] += 1
        b = -1
        if kind >= _ADD:
            b = graph.number(v._db) if second is None else index[second]
            level = max(level, levels[b])
            flag |= flags[b]
            uses[b] += 1
            if (kind == _MUL and a == b) or (kind == _POWER and second is None and v._db == 2.0):
                kind, b = _SQUARE, -1
        index[v] = len(kinds)
        kinds.append(kind)
        column_a.append(a)
        column_b.append(b)
        column_c.append(-1)
        levels.append(level + 1)
        flags.append(flag)
        uses.append(0)
    graph.leaves.extend(others.values())
    graph.leaf_values.extend(others)
    graph.outputs = [index[v] for v in roots]
    for node in graph.outputs:
        graph.uses[node] += 1
    return graph


def _push_operands(stack: list[Value], index: dict[Value, int], v: Value) -> None:
    """Put the operands of v that were not met yet on the stack, the first one on top."""
    if v._ws is not None:
        stack.extend([x for x in reversed(v.operands) if x not in index])
        return
    if v._b is not None and v._b not in index:
        stack.append(v._b)
    if v._a is not None and v._a not in index:
        stack.append(v._a)


def _add_leaf(graph: Graph, index: dict[Value, int], v: Value, flags: int) -> None:
    node = index[v] = graph.add(LEAF)
    graph.flags[node] = flags
    graph.leaves.append(node)
    graph.leaf_values.append(v)


def _read_many(graph: Graph, index: dict[Value, int], v: Value) -> int:
    ws = [index[w] for w in v._ws or ()]
    if v.op == "where":
        return graph.add(KIND["WHERE"], *ws)
    if v.op == "dot":
        xs = [index[x] if isinstance(x, Value) else graph.number(x) for x in v._xs]
        bias = graph.number(v._da) if v._a is None else index[v._a]
        return graph.add_many(Many("dot", xs, ws, bias)) if xs else graph.add(0, bias)
    if v.op == "mean":
        share = graph.number(1.0 / len(ws))
        return graph.add_many(Many("dot", ws, [share] * len(ws), graph.number(0.0)))
    if v.op in ("total", "logsumexp", "softmax"):
        if not ws:
            return graph.add(0, graph.number(v.data))
        return graph.add_many(Many(v.op, ws, index=int(v._da)))
    raise GraphError(f"the operation '{v.op}' cannot be recorded")
