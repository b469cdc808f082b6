"""Two kinds of summands become one, with a letter y: 1 for the first, 0 for the second.

A loss on targets that are plain 0 and 1 is built as −log p for some rows and −log(1 − p) for the
others: two formulas. Written −y log p − (1 − y) log(1 − p) it is one; y is what the reader gave.
Nothing is said of losses here: it is so for any two functions f(p) and g(p) of values made
alike.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from autograd.general.facts import computed
from autograd.general.nodes import DATA, LITERAL, Node

__all__ = ["join_alternatives"]

Key: TypeAlias = int


def join_alternatives(nodes: list[Node]) -> bool:
    """Rewrite the sums that have two kinds of summands; whether there were any."""
    keys = _structures(nodes)
    joined = False
    for n in nodes:
        if n.op in ("sum", "mean"):
            joined |= _join(n, keys)
    return joined


def _structures(nodes: list[Node]) -> dict[int, Key]:
    """How each node is made: equal for nodes that are made alike, whatever their numbers."""
    table: dict[Any, Key] = {}
    structures: dict[int, Key] = {}
    for n in nodes:
        number = n.data if n.op == LITERAL else 0.0
        key = (n.op, number, tuple(sorted({structures[id(k)] for k in n.operands})))
        structures[id(n)] = table.setdefault(key, len(table))
    return structures


def _join(n: Node, keys: dict[int, Key]) -> bool:
    kinds: dict[Key, list[Node]] = {}
    for k in n.operands:
        kinds.setdefault(keys[id(k)], []).append(k)
    if len(kinds) != 2 or any(k.is_input for k in n.operands):
        return False
    first, second = sorted(kinds.values(), key=lambda ks: len(_chain(ks[0])))
    depths = _common(_chain(first[0]), _chain(second[0]), keys)
    if depths is None:
        return False
    summands: dict[int, Node] = {}
    for members, own, other, y in ((first, 0, 1, 1.0), (second, 1, 0, 0.0)):
        template = (first, second)[other][0]
        for k in members:
            core = _chain(k)[depths[own]]
            twin = _copied(_chain(template)[: depths[other]], core)
            if not math.isfinite(twin.data):
                return False
            parts = (k, twin) if own == 0 else (twin, k)
            summands[id(k)] = _weighted(y, *parts)
    n.operands = [summands[id(k)] for k in n.operands]
    return True


def _chain(n: Node) -> list[Node]:
    """n, what it is a function of, what that is a function of, and so on."""
    chain = [n]
    while True:
        inner = [k for k in chain[-1].operands if k.op != LITERAL]
        if len(inner) != 1 or chain[-1].label or chain[-1].op in ("sum", "mean", "softmax"):
            return chain
        chain.append(inner[0])


def _common(a: list[Node], b: list[Node], keys: dict[int, Key]) -> tuple[int, int] | None:
    """The places in both chains of the first node that is made alike."""
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            if keys[id(x)] == keys[id(y)] and i and j and not x.is_input:
                return i, j
    return None


def _copied(chain: list[Node], core: Node) -> Node:
    """The functions of a chain on another value."""
    made = core
    for n in reversed(chain):
        operands = [k if k.op == LITERAL else made for k in n.operands]
        made = Node(n.op, operands, computed(n, [k.data for k in operands]))
    return made


def _weighted(y: float, first: Node, second: Node) -> Node:
    """y · first + (1 − y) · second."""
    given = Node(DATA, data=y)
    rest = Node("-", [Node(LITERAL, data=1.0), given], 1.0 - y)
    terms = [
        Node("product", [given, first], y * first.data),
        Node("product", [rest, second], (1.0 - y) * second.data),
    ]
    return Node("sum", terms, y * first.data + (1.0 - y) * second.data)
