"""What the indices of a derivation run over: i = 1..2 inputs, j = 1..2 neurons, l = 1..2 layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.general.coordinates import Sort, column_of
from autograd.general.lines import Case, Lines
from autograd.general.network import Network
from autograd.general.nodes import Family
from autograd.general.scripts import TEXT
from autograd.general.terms import Summation
from autograd.general.writing import Base, Scope, Writer

__all__ = ["IndexSet", "index_sets_of"]

_NOUNS = (
    "entries",
    "inputs",
    "neurons",
    "classes",
    "places",
    "rows",
)  # where there are several, the first is named


@dataclass(frozen=True)
class IndexSet:
    """An index of a derivation.

    `noun` is what it counts. `ranges` has its first and last number, and the layers or steps (the
    letter `rank`) in which it has these; none where that is not what they depend on.

    >>> str(IndexSet("j", "neurons", {(1, 3): (1,), (1, 2): (2,)}, "l"))
    'j = 1..3 neurons for l = 1, 1..2 for l = 2'
    """

    letter: str
    noun: str
    ranges: dict[tuple[int, int], tuple[int, ...]]
    rank: str

    @property
    def size(self) -> int:
        """How many numbers it has, where it has most."""
        return max([high - low + 1 for low, high in self.ranges])

    def __str__(self) -> str:
        shown = [f"{low}..{high}" if low < high else f"{low}" for low, high in self.ranges]
        if len(shown) == 1 or not all(self.ranges.values()):
            return f"{self.letter} = {' or '.join(shown)} {self.noun}"
        where = [f"for {self.rank} = {' and '.join(map(str, of))}" for of in self.ranges.values()]
        others = [f", {s} {w}" for s, w in zip(shown[1:], where[1:], strict=True)]
        return f"{self.letter} = {shown[0]} {self.noun} {where[0]}{''.join(others)}"


def index_sets_of(network: Network, cases: Sequence[Case]) -> tuple[IndexSet, ...]:
    """The index sets of the lines, in the order i, j, ..., layers or steps last."""
    writer = _Recorder(network)
    lines = Lines(network, writer)
    for case in cases:
        for f in case.families:
            line = (lines.derivative if case.is_derivative else lines.forward)(f)
            writer.rank_now = f.rank
            lines.left(line)
            lines.right(line)
    alphabet = network.alphabet
    symbol = "t" if alphabet.counts_time else "l"
    sets = [
        IndexSet(letter, writer.noun(letter), writer.ranges_of(letter), symbol)
        for letter in sorted(writer.met)
    ]
    if alphabet.last and not alphabet.is_split:
        noun = "time steps" if alphabet.counts_time else "layers"
        sets.append(IndexSet(symbol, noun, {(1, alphabet.last): ()}, symbol))
    return tuple(sets)


class _Recorder(Writer):
    """A writer that keeps what the letters of indices stand for, by layer or step."""

    def __init__(self, network: Network):
        super().__init__(network.calculus, network.alphabet, TEXT)
        self.rank_now: int | None = None
        self.met: dict[str, set[tuple[int | None, tuple[int, int]]]] = defaultdict(set)
        self._nouns: dict[str, set[str]] = defaultdict(set)
        self._nouns_of_computed: dict[str, set[str]] = defaultdict(set)

    def noun(self, letter: str) -> str:
        """What an index counts: as the computed values say that have it, if there are any."""
        nouns = self._nouns_of_computed[letter] or self._nouns[letter]
        return min(nouns, key=_NOUNS.index)

    def ranges_of(self, letter: str) -> dict[tuple[int, int], tuple[int, ...]]:
        """The ranges of an index, with their layers or steps where these tell them apart."""
        ranges: dict[tuple[int, int], tuple[int, ...]] = {}
        for rank, ends in sorted(self.met[letter], key=lambda m: (m[0] is None, m[0] or 0, m[1])):
            ranges[ends] = ranges.get(ends, ()) + (() if rank is None else (rank,))
        ranks = [rank for of in ranges.values() for rank in of]
        return ranges if len(ranks) == len(set(ranks)) else dict.fromkeys(ranges, ())

    def scope(self, f: Family, variables: tuple[str, ...], pool: str, base: Base | None) -> Scope:
        """The names of a family's indices, kept."""
        inner = super().scope(f, variables, pool, base)
        for k, x in enumerate(variables):
            if not inner.names[x].isdecimal():
                offset = self.alphabet.names[f.number].offsets[k]
                name, noun = inner.names[x], self._noun(f, k)
                self._keep(name, [n.at[k] + offset for n in f.nodes], noun)
                if not f.is_input:
                    self._nouns_of_computed[name].add(noun)
        return inner

    def bound_name(self, s: Summation, x: str, scope: Scope) -> str:
        """The letter of a bound index, kept."""
        name = super().bound_name(s, x, scope)
        edge, column = s.over.edge, column_of(s.over.columns, x)
        sort = self.coordinates.sort_at(edge, column)
        offset = self._offset(sort)
        values = [i + offset for i in self.coordinates.values_of(edge, column)]
        self._keep(name, values, self._noun_of(sort))
        return name

    def _keep(self, letter: str, values: list[int], noun: str) -> None:
        self.met[letter].add((self.rank_now, (min(values), max(values))))
        self._nouns[letter].add(noun)

    def _offset(self, sort: Sort) -> int:
        """What labels add to an index of this sort: −1 where they count from 0."""
        offsets = [
            self.alphabet.names[f.number].offsets[k]
            for f in self.families
            if f.named
            for k in range(f.dimension)
            if self.coordinates.sort_of(f, k) == sort
        ]
        return next((o for o in offsets if o), 0)

    def _noun(self, f: Family, k: int) -> str:
        """What an index of a family counts; of a weight, inputs where the sum z has it not.

        Where the index is looked up, as the word in a table of embeddings, it counts entries.
        """
        relations = [self.coordinates.relations[g.number, s][k] for g, s in f.consumers]
        if any(r.table is not None for r in relations):
            return "entries"
        sort = self.coordinates.sort_of(f, k)
        sums = [
            z for g, _ in f.consumers if g.op == "product" for z, _ in g.consumers if z.op == "sum"
        ]
        own = {self.coordinates.sort_of(z, i) for z in sums for i in range(z.dimension)}
        if f.is_input and sums and sort not in own | self.coordinates.shared:
            return "inputs"
        return self._noun_of(sort)

    def _noun_of(self, sort: Sort) -> str:
        if sort in self.coordinates.shared:
            return "places" if self._slides(sort) else "rows"
        if sort in self._classes:
            return "classes"
        return "inputs" if self.counts_inputs(sort) else "neurons"

    def _slides(self, sort: Sort) -> bool:
        """Whether an input is met at this index plus another: the places of a convolution."""
        return any(
            len(r.columns) > 1 and r.table is None and self.coordinates.sort_at(edge, i) == sort
            for edge, relations in self.coordinates.relations.items()
            for r in relations
            for i, _ in r.columns
        )
