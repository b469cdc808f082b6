"""The graph in normal form: nodes, and the families that they will belong to.

`a + b + c`, `total([a, b, c])` and the sum inside a `dot` are one thing to a reader, so here they
are one kind of node. What lies between two nodes is told by `Node.operands` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from autograd.graph import topological
from autograd.rules import RULES
from autograd.value import Value

__all__ = [
    "DATA",
    "LEAF",
    "LITERAL",
    "MANY",
    "Family",
    "Node",
    "Slot",
    "normal_form",
    "reachable",
]

LEAF = "leaf"  # a Value that was given
LITERAL = "literal"  # a plain number in a formula: the ½ and the 2 of ½(y − a)²
DATA = "data"  # a plain number that a dot product takes as an input: a row of a table
MANY = frozenset(["sum", "mean", "softmax", "logsumexp", "maximum", "minimum"])
"""The operations whose operands have no order."""

_SYMMETRIC = {"+": "sum", "*": "product", "maximum": "maximum", "minimum": "minimum"}
_LISTS = {"total": "sum", "mean": "mean", "softmax": "softmax", "logsumexp": "logsumexp"}


class Node:
    """A number of the graph in normal form.

    `source` is the Value that it is; None for a plain number, and for a product inside a `dot`.
    `place` is the place of a softmax output. `family` and `at`, its indices there, come later.
    """

    __slots__ = ("at", "colour", "data", "family", "label", "op", "operands", "place", "source")

    family: Family

    def __init__(
        self,
        op: str,
        operands: Iterable[Node] = (),
        data: float = 0.0,
        source: Value | None = None,
        place: int = 0,
    ):
        self.op = op
        self.operands = list(operands)
        self.data = data
        self.source = source
        self.label = None if source is None else source.label
        self.place = place
        self.colour = 0
        self.at: tuple[int, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether it was given, and not computed."""
        return self.op in (LEAF, LITERAL, DATA)


# Families


class Slot:
    """An operand of a family's rule: a family, once or as many members (`many`)."""

    __slots__ = ("family", "many")

    def __init__(self, family: Family, many: bool):
        self.family = family
        self.many = many


class Family:
    """Nodes that play one part.

    `slots` are its operands, `consumers` the (family, slot) that take it. `members` are its nodes
    by their indices, of which there are `dimension`; `order` is the order in which they are
    written. `below` has a bit for every family that it is made of. A family that is not `named` is
    written out where it stands; one with a `constant` is that number. `group` and `rank` say which
    layer or time step of which letter it is.
    """

    def __init__(self, number: int, nodes: list[Node]):
        self.number = number
        self.nodes = nodes
        self.op = nodes[0].op
        self.slots: dict[int, Slot] = {}
        self.consumers: list[tuple[Family, int]] = []
        self.members: dict[tuple[int, ...], Node] = {}
        self.dimension = 0
        self.below = 0
        self.order: tuple[int, ...] = ()
        self.named = False
        self.constant: float | None = None
        self.group: Any = number
        self.rank: int | None = None

    def __repr__(self) -> str:
        return f"<Family {self.number}: {len(self.nodes)} {self.op}>"

    @property
    def is_input(self) -> bool:
        """Whether it was given, and not computed."""
        return self.op in (LEAF, LITERAL, DATA)

    @property
    def is_contraction(self) -> bool:
        """Whether it is a sum over products: Σ_i w_ij x_i."""
        return self.op == "sum" and any(
            s.many and s.family.op == "product" for s in self.slots.values()
        )

    def slotted(self, n: Node) -> list[tuple[int, int | None, Node]]:
        """(slot, position in it or None, operand) for the operands of one member."""
        if self.op not in MANY:
            return [(i, None, operand) for i, operand in enumerate(n.operands)]
        met = dict.fromkeys(self.slots, 0)
        operands: list[tuple[int, int | None, Node]] = []
        for operand in n.operands:
            s = operand.family.number
            met[s] += 1
            operands.append((s, met[s] if self.slots[s].many else None, operand))
        return operands


# The normal form


def normal_form(root: Value) -> list[Node]:
    """The nodes below root, operands first, root last."""
    order = topological(root)
    uses = Counter([operand for v in order for operand in v.operands])
    made: dict[Value, Node] = {}

    def node(x: Any, kind: str = LITERAL) -> Node:
        return made[x] if isinstance(x, Value) else Node(kind, data=float(x))

    def flat(x: Any, op: str) -> list[Node]:
        """The operands of x where it is of the same kind, unnamed, and used only here."""
        n = node(x)
        return n.operands if n.op == op and not n.label and uses[x] == 1 else [n]

    for v in order:
        made[v] = _node_of(v, node, flat)
    return reachable(made[root])


def _node_of(v: Value, node: Any, flat: Any) -> Node:
    arguments, data = v.arguments, v.data
    if not v.operands:
        return Node(LEAF if v.op == "" else DATA, (), data, v)
    if v.op in _SYMMETRIC:
        op = _SYMMETRIC[v.op]
        if op in ("maximum", "minimum") and not all(isinstance(x, Value) for x in arguments):
            return Node(v.op, [node(x) for x in arguments], data, v)
        return Node(op, [n for x in arguments for n in flat(x, op)], data, v)
    if v.op == "identity" and not v.label:
        same: Node = node(arguments[0])
        return same
    if v.op == "dot":
        weights, inputs, bias = arguments
        pairs = [(node(w, DATA), node(x, DATA)) for w, x in zip(weights, inputs, strict=True)]
        terms = [Node("product", [w, x], w.data * x.data) for w, x in pairs]
        if isinstance(bias, Value) or bias:
            terms.append(node(bias))
        return Node("sum", terms, data, v)
    if v.op in _LISTS:
        place = arguments[0] if v.op == "softmax" else 0
        return Node(_LISTS[v.op], [node(x) for x in arguments[-1]], data, v, place)
    if v.op not in RULES or any(isinstance(x, tuple) for x in arguments):
        raise NotImplementedError(f"{v.op} has no general form yet")
    return Node(v.op, [node(x) for x in arguments], data, v)


def reachable(root: Node) -> list[Node]:
    """Every node below root, operands first, without recursion over the depth."""
    order: list[Node] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        n, entered = stack.pop()
        if entered:
            order.append(n)
        elif id(n) not in seen:
            seen.add(id(n))
            stack.append((n, True))
            stack += [(operand, False) for operand in reversed(n.operands)]
    return order
