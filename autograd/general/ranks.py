"""Layers and time steps: families of one kind that lie one above the other get one letter.

Families of one skeleton, each below the next, are a chain. The longest chain counts 1, 2, 3, ...;
the ranks of all others follow from where they lie between its members. Where a lone family sits at
the place at which the others of a group have a ranked one, it is taken into that group: the inputs
are a^0, the first step of a recurrence is z^(1) though nothing came before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from autograd.general.coordinates import Coordinates
from autograd.general.naming import skeleton
from autograd.general.nodes import LEAF, MANY, Family, Slot

__all__ = ["find_ranks"]


def find_ranks(families: list[Family], coordinates: Coordinates) -> None:
    """Set `group` and `rank` of every family; both stay as they are where there are no layers."""
    for f in reversed(families):  # operands first
        f.below, f.group, f.rank = 0, f.number, None
        for slot in f.slots.values():
            f.below |= slot.family.below | (1 << slot.family.number)
    _Ranking(families, coordinates).run()


class _Ranking:
    def __init__(self, families: list[Family], coordinates: Coordinates):
        self.families = families
        self.coordinates = coordinates
        self.spine: list[Family] = []

    def run(self) -> None:
        groups: dict[Any, list[Family]] = defaultdict(list)
        for f in reversed(self.families):
            if f.named and not f.is_input and f.consumers:
                groups[skeleton(f)].append(f)
        chains = [
            fs
            for fs in groups.values()
            if len(fs) > 1 and all(_lies_below(a, b) for a, b in pairwise(fs))
        ]
        if not chains:
            return
        size = [(len(fs), sum([len(f.slots) for f in fs])) for fs in chains]
        # of equal chains the upper one, which the others lead to: h^(t), not the cell inside it
        self.spine = chains[max(range(len(chains)), key=lambda i: (size[i], i))]
        for fs in groups.values():
            self._settle(fs)
        for _ in range(2):  # twice, for what was taken into a group in between
            self._take_in()
            self._settle_inputs()
        self._take_in()
        self._rank_unnamed()
        self._count_from_one()

    # Ranks from the spine

    def _ends(self, f: Family) -> tuple[int | None, int | None]:
        """The rank of the last member of the spine below f, and of the first above it."""
        low = [r for r, s in enumerate(self.spine, 1) if f is s or _lies_below(s, f)]
        high = [r for r, s in enumerate(self.spine, 1) if f is s or _lies_below(f, s)]
        below, above = low[-1] if low else None, high[0] if high else None
        if below and above and below != above:
            leads_up = self.spine[above - 1].number in _pointwise_above(f)
            comes_from = f.number in _pointwise_above(self.spine[below - 1])
            if leads_up and not comes_from:
                below = None
        return below, above or self._rank_beside(f)

    def _rank_beside(self, f: Family) -> int | None:
        """A target has the rank of what it is compared with."""
        if not f.is_input or len(f.consumers) > 1 or f.consumers[0][0].named:
            return None
        ranks = {k.rank for _, k in self._named_below(f.consumers[0][0])} - {None}
        return ranks.pop() if len(ranks) == 1 else None

    def _settle(self, fs: list[Family]) -> None:
        """One rank each; families that would share a rank are parted by what they feed."""
        ranks = [self._ends(f)[0] or self._ends(f)[1] for f in fs]
        if len(fs) < 2 or None in ranks:
            return
        if len(set(ranks)) == len(ranks):
            for f, r in zip(fs, ranks, strict=True):
                f.group, f.rank = fs[0].number, r
            return
        readings: list[Callable[[Family], Any]] = [
            lambda g: skeleton(g) if not g.is_input else "",
            lambda g: g.group,
        ]
        for reading in readings:
            parts: dict[Any, list[Family]] = defaultdict(list)
            for f in fs:
                parts[frozenset([(reading(g), way) for g, way in self._uses(f)])].append(f)
            if len(parts) > 1:
                for part in parts.values():
                    self._settle(part)
                return
        if fs[0].is_input:
            self._settle_by_indices(fs, ranks)

    def _settle_by_indices(self, fs: list[Family], ranks: list[int | None]) -> None:
        """Of several inputs at one rank, the one whose indices are like those of the others."""

        def signature(f: Family) -> tuple[int, ...]:
            relations = [r for g, s in f.consumers for r in self.coordinates.relations[g.number, s]]
            return tuple([i for r in relations if r.table is None for i, _ in r.columns])

        def score(f: Family) -> tuple[int, int]:
            own = [not self.coordinates.is_shared(f, k) for k in range(f.dimension)]
            return usual[signature(f)], sum(own)

        at: dict[Any, list[Family]] = defaultdict(list)
        for f, r in zip(fs, ranks, strict=True):
            at[r].append(f)
        usual = Counter([signature(c[0]) for c in at.values() if len(c) == 1])
        best = [max(c, key=score) for c in at.values()]
        self._settle(best)
        self._settle([f for f in fs if f not in best])

    def _settle_inputs(self) -> None:
        """Inputs by the groups that they feed: the weights of the layers."""
        groups: dict[Any, list[Family]] = defaultdict(list)
        for f in self.families:
            if f.is_input and f.named and f.rank is None:
                uses = self._uses(f)
                if len({g.rank for g, _ in uses}) == 1 and (
                    uses[0][0].consumers or self._rank_beside(f)
                ):
                    groups[frozenset([(g.group, way) for g, way in uses]), f.op].append(f)
        for fs in groups.values():
            self._settle(sorted(fs, key=lambda f: -f.number))

    # What sits at the same place

    def _take_in(self) -> None:
        """Take a lone family into the group that the other ranks have at its place."""
        seats: dict[Any, dict[int, list[Family]]] = defaultdict(dict)
        members: dict[Any, dict[int, Family]] = defaultdict(dict)
        for f in self.families:
            if f.rank is not None:
                members[f.group][f.rank] = f
                for way, k in self._named_below(f):
                    seats[f.group, way].setdefault(f.rank, []).append(k)
        for _, at in sorted(seats.items(), key=repr):
            if len(at) < 2:
                continue
            kinds = Counter(
                [
                    kind
                    for r, ks in at.items()
                    for kind in {(k.group, k.rank - r) for k in ks if k.rank is not None}
                ]
            ) or self._new_group(at)
            for (group, gap), _ in kinds.most_common():
                for r, ks in at.items():
                    free = [k for k in ks if k.rank is None and self._may_move(k)]
                    if len(free) != 1 or r + gap in members[group]:
                        continue
                    if self._fits(free[0], r, at, group, gap, members[group]):
                        free[0].group, free[0].rank = group, r + gap
                        members[group][r + gap] = free[0]

    def _fits(
        self,
        k: Family,
        rank: int,
        at: dict[int, list[Family]],
        group: Any,
        gap: int,
        members: dict[int, Family],
    ) -> bool:
        """An input joins computed values only as what they start from: the inputs are a^0."""
        if not k.is_input or all(m.is_input for m in members.values()):
            return True
        others = [r for r in at if r != rank]
        return rank < min(others) and all(
            any((m.group, m.rank) == (group, r + gap) for m in at[r]) for r in others
        )

    def _may_move(self, k: Family) -> bool:
        """An input that several ranks use belongs to none of them."""
        return not (k.is_input and len({g.rank for g, _ in self._uses(k)} - {None}) > 1)

    def _new_group(self, at: dict[int, list[Family]]) -> Counter[tuple[Any, int]]:
        """Where none at a seat has a rank yet: those that lie between two ranks give it."""
        lone = {r: ks[0] for r, ks in at.items() if len(ks) == 1}
        inner = {r: k for r, k in lone.items() if not k.is_input}
        gaps = {(self._ends(k)[0] or 0) - r for r, k in inner.items() if self._ends(k)[0]}
        if len(gaps) != 1 or len({k.number for k in lone.values()}) < len(lone):
            return Counter()
        return Counter({(next(iter(inner.values())).number, gaps.pop()): 1})

    def _seat(self, f: Family, s: int) -> Any:
        """The place of a factor: by how it is made; of those made alike, inputs first.

        A parameter that several steps share names the place of its partner.
        """

        def kind(slot: Slot) -> str:
            return "□" if slot.family.named else slot.family.op

        def rank(i: int) -> tuple[bool, int, int]:
            k = f.slots[i].family
            own = [not self.coordinates.is_shared(k, d) for d in range(k.dimension)]
            return not k.is_input, -sum(own), i

        for i, slot in f.slots.items():
            if i != s and _is_shared_parameter(slot.family, f):
                return kind(f.slots[s]), "beside", slot.family.number
        alike = sorted([i for i in f.slots if kind(f.slots[i]) == kind(f.slots[s])], key=rank)
        return kind(f.slots[s]), alike.index(s)

    def _named_below(self, f: Family, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Family]]:
        """The named families that f is made of, each with its place."""
        is_function = len(f.slots) == 1 and f.op not in MANY
        for s, slot in f.slots.items():
            k = slot.family
            if k.constant is not None:
                continue
            if f.op == "product":
                place = self._seat(f, s)
            else:
                place = s if f.op not in MANY else k.op == "product"
            step = (*way, "function" if is_function else f.op, slot.many, place)
            if k.named:
                yield step, k
            else:
                yield from self._named_below(k, step)

    def _uses(self, f: Family) -> list[tuple[Family, Any]]:
        """The named families that take f, through unnamed ones, with the way there."""
        users: dict[tuple[int, Any], Family] = {}
        stack: list[tuple[Family, tuple[Any, ...]]] = [(f, ())]
        while stack:
            k, way = stack.pop()
            for g, s in k.consumers:
                place = s if g.op not in MANY and g.op != "product" else 0
                step: tuple[Any, ...] = (*way, g.op, g.slots[s].many or place)
                if not g.named:
                    step = (*step, skeleton(g))
                    stack.append((g, step))
                else:
                    users[g.number, step] = g
        return [(g, way) for (_, way), g in users.items()]

    def _rank_unnamed(self) -> None:
        """Families that have no letter rank with what they stand in: a sum may be moved there."""
        for f in self.families:
            if f.named or len(f.consumers) != 1:
                continue
            g, s = f.consumers[0]
            below = [k for _, k in self._named_below(f)]
            ranks = {k.rank for k in below if k.rank is not None}
            rank = g.rank if g.rank is not None else ranks.pop() if len(ranks) == 1 else None
            if rank is not None:
                f.rank = rank
                parts = [(k.group, None if k.rank is None else k.rank - rank) for k in below]
                slot = s if g.op not in MANY else 0
                f.group = (g.group, f.op, slot, tuple(sorted(parts, key=repr)))

    def _count_from_one(self) -> None:
        ranks = [f.rank for f in self.families if f.rank is not None and f.named and not f.is_input]
        first = min(ranks, default=1)
        for f in self.families:
            if f.rank is not None:
                f.rank += 1 - first


def _lies_below(a: Family, b: Family) -> bool:
    return bool(b.below >> a.number & 1)


def _pointwise_above(f: Family) -> set[int]:
    """What f reaches without a sum over many."""
    reached: set[int] = set()
    stack = [f]
    while stack:
        for g, s in stack.pop().consumers:
            if not g.slots[s].many and g.number not in reached:
                reached.add(g.number)
                stack.append(g)
    return reached


def _is_shared_parameter(w: Family, product: Family) -> bool:
    """Whether w is an input that stands in such a product in several steps."""
    if w.op != LEAF:
        return False
    partners = [
        g
        for g, s in w.consumers
        if g.op == "product" and all(i == s or x.family is not w for i, x in g.slots.items())
    ]
    return len(partners) > 1 and product in partners
