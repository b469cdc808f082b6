"""Which families have a letter of their own; the others are written out where they stand."""

from __future__ import annotations

from collections import Counter
from typing import Any

from autograd.general.nodes import DATA, LEAF, LITERAL, MANY, Family

__all__ = ["choose_named", "skeleton"]


def choose_named(families: list[Family]) -> None:
    """Name what a reader would: inputs, sums over products, what is labelled or used twice.

    A plain number that is the same in all members is a constant of the formula.
    """
    for f in families:
        varies = len({n.data for n in f.nodes}) > 1
        f.named = (
            not f.consumers
            or f.op in (LEAF, DATA, "softmax", "logsumexp")
            or any(n.label for n in f.nodes)
            or f.is_contraction
            or (_is_used_often(f) and not f.is_input)
            or (f.op == LITERAL and varies)
        )
        f.constant = f.nodes[0].data if f.op == LITERAL and not f.named else None
    while True:  # a value that is made like a named one is named too
        known = {skeleton(f) for f in families if f.named and f.consumers and not f.is_input}
        more = [
            f
            for f in families
            if not f.named
            and not f.is_input
            and skeleton(f) in known
            and not (f.op == "product" and any(g.op in MANY for g, _ in f.consumers))
        ]
        if not more:
            break
        for f in more:
            f.named = True


def _is_used_often(f: Family) -> bool:
    if len(f.consumers) > 1:
        return True
    uses = Counter(
        [id(k) for g, s in f.consumers for n in g.nodes for t, _, k in g.slotted(n) if t == s]
    )
    return any(uses[id(n)] > 1 for n in f.nodes)


def skeleton(f: Family, inside: bool = False) -> Any:
    """How a family is made, down to named operands: equal for the layers of a network."""
    if inside and f.named:
        return "□"
    if f.constant is not None:
        return f.constant
    kinds = [(slot.many, skeleton(slot.family, True)) for slot in f.slots.values()]
    if f.is_contraction:  # with a bias or without
        kinds = [kind for kind in kinds if kind != (False, "□")]
    if f.op in MANY or f.op == "product":
        return f.op, tuple(sorted(kinds, key=repr))
    is_activation = [slot.family.is_contraction for slot in f.slots.values()] == [True]
    return "activation" if is_activation else f.op, tuple(kinds)
