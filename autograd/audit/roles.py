"""Which leaves of a graph are weights and which are data: told by the graph, not by their names.

The optimiser moves the leaves whose gradients or updates a sheet asks for. What such a leaf is
multiplied by is data, and what else data is multiplied by is a weight as well; so is what
multiplies a computed value, and what a neuron adds to its products.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from autograd.audit.calculation import OPERATION, Calculation, Node
from autograd.value import Value

__all__ = ["weights"]


def weights(calculation: Calculation, asked: Iterable[Value]) -> set[Value]:
    """The leaves that are weights or biases, given those that a sheet moves."""
    weighing = set(asked)
    pairs = []
    for a, b, is_dot in _products(calculation):
        if is_dot and a is not None and b is not None and b not in weighing and not a.operands:
            weighing.add(a)
        for one, other in ((a, b), (b, a)):
            if one is not None and not one.operands and (other is None or other.operands):
                weighing.add(one)
        if a is not None and b is not None:
            pairs.append((a, b))
    uses = Counter([v for pair in pairs for v in pair])
    data = {b for pair in pairs for a, b in (pair, pair[::-1]) if a in weighing and not b.operands}
    data -= weighing
    for a, b in pairs:
        if a.operands or b.operands or a in weighing or b in weighing:
            continue
        if (a in data) != (b in data):
            weighing.add(b if a in data else a)
        elif uses[a] != uses[b]:
            weighing.add(a if uses[a] < uses[b] else b)
    return weighing | _added(calculation, {v for pair in pairs for v in pair})


def _products(calculation: Calculation) -> Iterable[tuple[Value | None, Value | None, bool]]:
    """The factors of every product, and whether it is of a dot product, weight first.

    None stands for a plain number in a dot product, which is data.
    """
    for n in calculation.nodes:
        if n.kind != OPERATION:
            continue
        k = len(n.args) // 2
        if n.op == "*":
            some = [(n.args[0], n.args[1])]
        elif n.op == "dot":
            some = list(zip(n.args[:k], n.args[k:-1], strict=True))
        else:
            continue
        for a, b in some:
            if n.op == "dot" or (a.value is not None and b.value is not None):
                yield a.value, b.value, n.op == "dot"


def _added(calculation: Calculation, factors: set[Value]) -> set[Value]:
    """The leaves that are only added to products: biases."""
    added: set[Value] = set()
    other: set[Value] = set(factors)
    for n in calculation.nodes:
        if n.kind == OPERATION:
            for i, a in enumerate(n.args):
                if a.value is None or a.value.operands:
                    continue
                is_bias = n.op == "dot" and i == len(n.args) - 1
                is_bias = is_bias or (n.op == "+" and _holds_product(n.args[1 - i]))
                (added if is_bias else other).add(a.value)
    return added - other


def _holds_product(n: Node) -> bool:
    while n.op == "+" and n.kind == OPERATION:
        n = n.args[-1] if n.args[-1].args else n.args[0]
    return n.op in ("*", "dot") and n.kind == OPERATION
