"""Families: the numbers of a graph that play one part, such as the weights of a layer.

Two nodes are of one family where they are made alike and used alike: the same operation on operands
of the same families, with consumers of the same families. This is a bisimulation, refined from the
operations to its fixed point over *sets* of colours (not counts: the first place of a convolution
has fewer neighbours, and is still a place). Layers stay apart, as their depths differ; neurons,
rows, tokens and places fall together. Labels only break ties that the structure leaves: the token
and the position embedding that are added up.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import Any

from autograd.general.nodes import LEAF, MANY, Family, Node, Slot

__all__ = ["find_families", "heights", "stem_of"]


def find_families(nodes: list[Node]) -> list[Family]:
    """The families of a graph in normal form, the root's first, each before its operands."""
    height = heights(nodes)
    _colour(nodes, height)
    if _break_ties(nodes):
        _colour(nodes, height)
    by_colour: dict[int, list[Node]] = defaultdict(list)
    for n in nodes:
        by_colour[n.colour].append(n)
    families = [Family(0, members) for members in by_colour.values()]
    families.sort(key=lambda f: (-height[id(f.nodes[0])], -f.nodes[0].colour))
    for i, f in enumerate(families):
        f.number = f.group = i
        for n in f.nodes:
            n.family = f
    for f in families:
        _find_slots(f)
    place = {id(n): i for i, n in enumerate(nodes)}
    for f in families:  # in the order in which the formula was typed
        f.consumers.sort(key=lambda use: place[id(use[0].nodes[0])])
    return families


def heights(nodes: list[Node]) -> dict[int, int]:
    """How many levels lie below each node, by its id."""
    levels: dict[int, int] = {}
    for n in nodes:
        levels[id(n)] = 1 + max([levels[id(k)] for k in n.operands], default=0)
    return levels


def _find_slots(f: Family) -> None:
    for n in f.nodes:
        met = Counter([k.family.number for k in n.operands])
        for i, k in enumerate(n.operands):
            s = k.family.number if f.op in MANY else i
            known = f.slots.get(s)
            many = f.op in MANY and (
                f.op in ("softmax", "logsumexp") or met[s] > 1 or (known is not None and known.many)
            )
            f.slots[s] = Slot(k.family, many)
    for s, slot in f.slots.items():
        slot.family.consumers.append((f, s))


# Colour refinement


def _colour(nodes: list[Node], height: dict[int, int]) -> None:
    """Give nodes that are made and used alike one colour; their colours so far are kept apart."""
    parent = {id(n): n for n in nodes}  # classes of nodes whose uses count together

    def representative(n: Node) -> Node:
        while parent[id(n)] is not n:
            n = parent[id(n)]
        return n

    table: dict[Any, int] = {}
    base: dict[int, int] = {}
    for n in nodes:
        key = (n.op, n.colour, _operand_key(n))
        n.colour = base[id(n)] = table.setdefault(key, len(table))
    while True:
        for n in nodes:
            n.colour = base[id(n)]
        met = _refine(nodes, representative)
        if not _join_siblings(nodes, base, height, met, representative, parent):
            break
    _order_factors(nodes)


def _operand_key(n: Node) -> Any:
    colours = [k.colour for k in n.operands]
    if n.op in MANY:
        return frozenset(colours)
    return tuple(sorted(colours)) if n.op == "product" else tuple(colours)


def _refine(nodes: list[Node], representative: Any) -> dict[int, set[tuple[int, int]]]:
    """Split the colours by their operands and uses until nothing more splits; the uses met."""
    size = 0
    met: dict[int, set[tuple[int, int]]] = {}
    while len({n.colour for n in nodes}) > size:
        size = len({n.colour for n in nodes})
        met = defaultdict(set)
        for n in nodes:
            ordered = n.operands
            if n.op == "product":
                ordered = sorted(n.operands, key=lambda k: k.colour)
            for s, k in enumerate(ordered):
                met[id(representative(k))].add((n.colour, 0 if n.op in MANY else s))
        table: dict[Any, int] = {}
        for n in nodes:
            key = (n.colour, frozenset(met[id(representative(n))]), _operand_key(n))
            n.colour = table.setdefault(key, len(table))
    return met


def _join_siblings(
    nodes: list[Node],
    base: dict[int, int],
    height: dict[int, int],
    met: dict[int, set[tuple[int, int]]],
    representative: Any,
    parent: dict[int, Node],
) -> bool:
    """Let siblings made alike, of which one is used for more, count as one family.

    The logit of the true class is such a one: it is used by the loss, too.
    """
    pairs: dict[tuple[int, int], int] = {}
    for n in nodes:
        if n.op in MANY:
            kinds = {k.colour: k for k in n.operands}
            for a, b in itertools.permutations(kinds.values(), 2):
                uses = met[id(representative(a))], met[id(representative(b))]
                if base[id(a)] == base[id(b)] and uses[0] < uses[1]:
                    pairs[a.colour, b.colour] = height[id(a)]
    if not pairs:
        return False
    top = max(pairs.values())
    joined = False
    for (a_colour, b_colour), h in pairs.items():
        if h == top:
            both = [n for n in nodes if n.colour in (a_colour, b_colour)]
            first = representative(both[0])
            for n in both[1:]:
                if representative(n) is not first:
                    parent[id(representative(n))] = first
                    joined = True
    return joined


def _order_factors(nodes: list[Node]) -> None:
    """One order of factors for all products of a family: inputs first, then as first typed."""
    first: dict[int, list[int]] = {}
    for n in nodes:
        if n.op == "product":
            inputs_first = sorted(n.operands, key=lambda k: not k.is_input)
            order = first.setdefault(n.colour, [k.colour for k in inputs_first])
            n.operands.sort(key=lambda k: order.index(k.colour))


# Ties that labels break


def stem_of(label: str | None) -> str | None:
    """The label without its indices: w of w_11^2, x of x1_3, W_o of W_o.

    >>> [stem_of(s) for s in ("w_11^2", "x1_3", "W_o", "ŷ", None)]
    ['w', 'x', 'W_o', 'ŷ', None]
    """
    if not label:
        return None
    stem = label.partition("^")[0].rstrip("0123456789,_")
    head, underscore, tail = stem.rpartition("_")
    if underscore and any(c.isdigit() for c in tail):
        stem = head
    return stem.rstrip("0123456789") or label


def _break_ties(nodes: list[Node]) -> bool:
    """Recolour inputs that are alike but for their names, where every consumer sees all names."""
    stems: dict[int, dict[str, int]] = defaultdict(dict)
    for n in nodes:
        if n.op == LEAF and (stem := stem_of(n.label)):
            stems[n.colour].setdefault(stem, len(stems[n.colour]))
    tied = {colour for colour, names in stems.items() if len(names) > 1}
    if not tied:
        return False
    profiles: dict[int, set[frozenset[str | None]]] = defaultdict(set)
    for n in nodes:
        if n.op in MANY:
            seen: dict[int, set[str | None]] = defaultdict(set)
            for k in n.operands:
                if k.colour in tied:
                    seen[k.colour].add(stem_of(k.label))
            for colour, names in seen.items():
                profiles[colour].add(frozenset(names))
    apart: dict[tuple[int, str | None], int] = {}
    for n in nodes:
        if n.colour in tied and profiles[n.colour] == {frozenset(stems[n.colour])}:
            n.colour = apart.setdefault((n.colour, stem_of(n.label)), -1 - len(apart))
    return bool(apart)
