"""Letters: what families and their indices are called.

The reader's own names where labels have them: w_11^2 says that the letter is w, that its indices
stand in this order, and that the layer is the superscript. Else those of the notes: w_ij^l for
weights, b for biases, z for sums, a for activations, y for what they are compared with.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from autograd.general.coordinates import Coordinates
from autograd.general.families import stem_of
from autograd.general.naming import skeleton
from autograd.general.nodes import DATA, LEAF, Family

__all__ = ["Alphabet", "Name"]

_SPARE = {  # letters for what plays one part, the usual one first
    "weight": "wvuqgWVUABCDFGHKMNPQR",
    "example": "xu",
    "bias": "bcdefg",
    "target": "ytq",
    "sum": "zqvgu",
    "total": "hgu",
    "activation": "apgq",
    "mean": "μm",
    "softmax": "pqa",
    "logsumexp": "sg",
    "": "hfu",
}
_ANY = [
    *"vugqpcdefhwxbyz",
    *"αβγζηθκλξρφχψω",
    *"WVUABCDFGHKMNPQRSXYZ",
    *(f"u{n}" for n in range(2, 300)),
]
_INDICES = frozenset("ijklmnrstpδΣ")  # letters that a family gets only by its own label


@dataclass(frozen=True)
class Name:
    """How a family is written: its letter and what stands below it, in order.

    `below` has the number of an index, None for the rank, or what stands there in all labels;
    `raised` puts the rank above.
    `offsets` lead from an index to the number in the label.
    """

    letter: str
    below: tuple[int | str | None, ...]
    raised: bool
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class _Reading:
    """A label read as letter, numbers below and number above."""

    stem: str
    below: tuple[str, ...]
    above: int | None
    is_flat: bool  # w5: a running number, no indices


def read_label(label: str | None) -> _Reading | None:
    """The parts of a label.

    >>> read_label("w_11^2")
    _Reading(stem='w', below=('11',), above=2, is_flat=False)
    """
    stem = stem_of(label)
    if label is None or stem is None or not label.startswith(stem):
        return None
    rest = label[len(stem) :]
    head, _, sup = rest.partition("^")
    digits = sup.strip("()")
    if sup and not digits.isdecimal():
        return None
    below = tuple(re.findall(r"\d+", head))
    return _Reading(
        stem, below, int(digits) if sup else None, bool(below) and not head.startswith("_")
    )


class Alphabet:
    """The names of all families; `counts_time` tells whether ranks are time steps or layers.

    `is_split` where the reader's labels have a letter of its own for every layer (o_j, ŷ): then no
    line is said of all layers at once.
    """

    def __init__(self, families: list[Family], coordinates: Coordinates):
        self.families = families
        self.coordinates = coordinates
        self._readings = {f.number: [read_label(n.label) for n in f.nodes] for f in families}
        self._rank_by_labels()
        self.groups: dict[Any, list[Family]] = defaultdict(list)
        for f in reversed(families):
            if f.named:
                self.groups[f.group].append(f)
        self.is_split = any(map(self._has_own_letters, self.groups.values()))
        ranks = [f.rank for f in families if f.rank is not None and f.named]
        self.last = max(ranks, default=0)
        self.counts_time = self._finds_time()
        self.names: dict[int, Name] = {}
        letters = self._letters()
        for f in families:
            if f.named:
                self.names[f.number] = self._name(f, letters[f.number])
                shown = [k for k in self.names[f.number].below if isinstance(k, int)]
                left = [k for k in self._default_order(f) if k not in shown]
                f.order = (*shown, *left)
            else:
                f.order = self._default_order(f)
        self.delta = self._delta_group()

    def letter(self, f: Family) -> str:
        """The letter of a family."""
        return self.names[f.number].letter

    def role(self, f: Family) -> str:
        """What an input is for: weight, bias, example or target; "" for what is computed."""
        return _role(f, self) if f.is_input else ""

    def noun(self, f: Family, n: int) -> str:
        """What n members of a family are, in words."""
        nouns = {"weight": "weight", "bias": "biase", "example": "input", "target": "target"}
        noun = nouns.get(self.role(f), "")
        if not noun:
            return f"value{'s' * (n != 1)} of {self.letter(f)}"
        return noun + "s" if n != 1 else noun.removesuffix("e") if noun == "biase" else noun

    def is_delta(self, f: Family) -> bool:
        """Whether the derivative by f is called δ: f is the z of a layer."""
        return bool(f.group == self.delta)

    def is_single(self, f: Family, k: int) -> bool:
        """Whether an index of f has one value only."""
        return len({n.at[k] for n in f.nodes}) == 1

    # Ranks that labels give

    def _one_reading(self, f: Family) -> tuple[str, int | None] | None:
        """(stem, superscript) where all labels of a family have the same."""
        readings = {(r.stem, r.above) if r else None for r in self._readings[f.number]}
        return readings.pop() if len(readings) == 1 else None

    def _rank_by_labels(self) -> None:
        """Layers that only the superscripts tell: the output a^2 beside a hidden a^1."""
        by_label: dict[tuple[str, int], list[Family]] = defaultdict(list)
        for f in self.families:
            reading = self._one_reading(f) if f.named and f.consumers else None
            if reading and reading[1] is not None:
                by_label[reading[0], reading[1]].append(f)
        alone = {key: fs[0] for key, fs in by_label.items() if len(fs) == 1}
        if not any(f.rank is not None for f in self.families):
            if len({above for _, above in alone}) > 1:
                for (stem, above), f in alone.items():
                    f.group, f.rank = ("label", stem), above
            return
        self._rank_inputs({key: f for key, f in alone.items() if f.rank is None and f.is_input})
        groups = {
            stem: f.group
            for (stem, above), f in alone.items()
            if f.rank == above and not f.is_input
        }  # fmt: skip
        taken = {(f.group, f.rank) for f in self.families}
        for (stem, above), f in alone.items():
            if f.rank is None and stem in groups and (groups[stem], above) not in taken:
                f.group, f.rank = groups[stem], above

    def _rank_inputs(self, alone: dict[tuple[str, int], Family]) -> None:
        """Weights that are used elsewhere, too, as in a penalty: their labels tell the layer."""
        layers = {f.rank for f in self.families if f.rank is not None}
        for (stem, above), f in alone.items():
            alike = [key for key in alone if key[0] == stem]
            if len(alike) > 1 and all(key[1] in layers for key in alike):
                f.group, f.rank = ("label", stem), above

    def _finds_time(self) -> bool:
        """Whether parameters are the same at every rank, while something new comes in at each."""
        for f in self.families:
            if f.op == "product" and f.rank is not None and f.rank > 1:
                parts = [slot.family for slot in f.slots.values()]
                fixed = any(k.op == LEAF and k.rank is None for k in parts)
                if fixed and any(k.is_input and k.rank is not None for k in parts):
                    return True
        return False

    # Letters

    def _own_stem(self, f: Family) -> str | None:
        reading = self._one_reading(f)
        return reading[0] if reading else None

    def _has_own_letters(self, members: list[Family]) -> bool:
        """Whether every layer of a group has a letter of its own, written with indices."""
        natural = [f for f in members if not f.is_input]
        stems = {self._own_stem(f) for f in natural}
        return bool(
            len(natural) > 1
            and len(stems) == len(natural)
            and None not in stems
            and not any(r and r.is_flat for f in natural for r in self._readings[f.number])
        )

    def _letters(self) -> dict[int, str]:
        letters: dict[int, str] = {}
        owners: dict[str, Any] = {}

        def take(owner: Any, members: list[Family], own: str | None, role: str) -> None:
            for i, wish in enumerate([own, *_SPARE[role], *_ANY]):
                is_own_label = i == 0
                is_free = wish and owners.get(wish, owner) == owner
                if wish and is_free and (is_own_label or wish not in _INDICES):
                    owners[wish] = owner
                    letters.update({f.number: wish for f in members})
                    return

        parties: list[tuple[Any, list[Family]]] = []
        for group, members in self.groups.items():
            if self.is_split:
                parties += [((group, self._own_stem(f)), [f]) for f in members]
            else:
                parties.append((group, members))
        root = self.families[0]
        take("root", [root], self._own_stem(root) or "L", "")
        parties.sort(
            key=lambda p: (self._natural_stem(p[1]) is None, -len(p[1]), p[1][0].is_contraction)
        )
        for owner, members in parties:
            if root not in members:
                natural = [f for f in members if not f.is_input] or members
                take(owner, members, self._natural_stem(members), _role(natural[-1], self))
        return letters

    def _natural_stem(self, members: list[Family]) -> str | None:
        """The stem that the computed members of a group have in common."""
        natural = [f for f in members if not f.is_input] or members
        stems = {self._own_stem(f) for f in natural}
        return stems.pop() if len(stems) == 1 else None

    # Indices

    def _name(self, f: Family, letter: str) -> Name:
        rank_shows = f.rank is not None and (
            not self.is_split
            or sum([self._own_stem(g) == letter for g in self.groups[f.group]]) > 1
        )
        read = self._layout(f, letter, rank_shows)
        if read is not None:
            below, raised, offsets = read
            return Name(letter, below, raised, offsets)
        return Name(letter, self._default_order(f), rank_shows, (0,) * f.dimension)

    def _default_order(self, f: Family) -> tuple[int, ...]:
        """Rows and steps first."""
        return tuple(sorted(range(f.dimension), key=lambda k: not self.coordinates.is_shared(f, k)))

    def _layout(
        self, f: Family, letter: str, rank_shows: bool
    ) -> tuple[tuple[int | str | None, ...], bool, tuple[int, ...]] | None:
        """The order of the indices as the labels have it; None where they have none."""
        readings = self._readings[f.number]
        if any(r is None or r.stem != letter for r in readings):
            return None
        numbers = [_numbers(r, f.dimension) for r in readings if r]
        if len({len(ns) for ns in numbers}) != 1:
            return None
        aboves = {r.above for r in readings if r}
        raised = rank_shows and aboves == {f.rank}
        below: list[int | str | None] = []
        offsets = [0] * f.dimension
        is_flat = any(r.is_flat for r in readings if r)
        width = len(numbers[0])
        for p in range(width):
            column = [ns[p] for ns in numbers]
            k = self._index_like(f, column, below, width)
            if k is not None:
                offsets[k] = column[0] - f.nodes[0].at[k]
                below.append(k)
            elif rank_shows and not raised and set(column) == {f.rank} and None not in below:
                if not is_flat:  # b1 is b^1, b_11 is b_11
                    below.append(None)
            elif len(set(column)) == 1 and not is_flat:
                below.append(str(column[0]))
            else:
                return None
        left = [k for k in range(f.dimension) if k not in below]
        if any(not self.is_single(f, k) for k in left):
            if not all(self.coordinates.is_shared(f, k) for k in left):
                return None
            below = [*left, *below]
        elif left and not self.is_split:
            below += left
        return tuple(below), rank_shows and None not in below, tuple(offsets)

    def _index_like(
        self, f: Family, column: list[int], taken: list[int | str | None], width: int
    ) -> int | None:
        """The index that a column of label numbers, one of `width`, is."""
        free = [k for k in range(f.dimension) if k not in taken]
        for k in free:
            gaps = {x - n.at[k] for x, n in zip(column, f.nodes, strict=True)}
            if len(gaps) == 1 and not self.is_single(f, k):
                return k
        if len(set(column)) == 1:
            is_rank = f.rank is not None and set(column) == {f.rank} and None not in taken
            singles = [k for k in free if self.is_single(f, k)]
            if singles and not (is_rank and len(free) < width - len(taken)):
                return singles[0]
        return None

    def _delta_group(self) -> Any:
        """The group of the sums z, where no other is made like them; they have the δ."""
        for members in self.groups.values():
            z = members[-1]
            if self.letter(z) == "z" and not z.is_input:
                kind = skeleton(z)
                rivals = [
                    f
                    for f in self.families
                    if f.named and f.group != z.group and f.is_contraction and skeleton(f) == kind
                ]
                return None if rivals else z.group
        return None


def _numbers(r: _Reading, dimension: int) -> list[int]:
    """The numbers below a label: 11 is 1, 1 where two are wanted."""
    if len(r.below) == 1 and not r.is_flat and len(r.below[0]) in (dimension, dimension + 1):
        return [int(c) for c in r.below[0]]
    return [int(x) for x in r.below]


def _role(f: Family, alphabet: Alphabet) -> str:
    """What a family does, for its letter."""
    if not f.is_input:
        if f.op == "sum":
            return "sum" if f.is_contraction else "total"
        if f.op in _SPARE:
            return f.op
        return "activation" if len(f.slots) == 1 else ""
    parents = {g.op for g, _ in f.consumers}
    if _stands_in_root(f) and ("-" in parents or stem_of(f.nodes[0].label) in ("y", "t")):
        return "target"
    if "product" in parents:
        return "example" if f.op == DATA or _is_example(f, alphabet) else "weight"
    if parents == {"sum"}:
        return "bias"
    return "sum" if len(f.consumers) == 1 else "example"


def _stands_in_root(f: Family) -> bool:
    """Whether f acts on the root directly, through nothing that has a letter."""
    stack = [f]
    while stack:
        for g, _ in stack.pop().consumers:
            if g.named and g.consumers:
                return False
            stack.append(g)
    return True


def _is_example(f: Family, alphabet: Alphabet) -> bool:
    """Of two inputs that are multiplied, the one with a row index, or with fewer indices."""
    coordinates = alphabet.coordinates

    def has_row(k: Family) -> bool:
        return any(coordinates.is_shared(k, i) for i in range(k.dimension))

    for g, s in f.consumers:
        for i, slot in g.slots.items():
            other = slot.family
            if g.op == "product" and i != s and other.is_input and other is not f:
                if has_row(f) != has_row(other):
                    return has_row(f)
                is_parameter = coordinates.is_shared_over(f)
                return not is_parameter and f.dimension < other.dimension
    return False
