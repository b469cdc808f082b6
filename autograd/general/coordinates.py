"""Indices: where each number of a family stands, read off from the places where it is used.

From the root down. A number at position p of a sum, inside a consumer with the indices c, is met in
the row (c, p). A column of these rows that is the same for all uses of every number of a family is
an index of it: w_ij keeps p and j, an input drops j. Else a sum or difference of two columns is
(convolution: place + tap); else a position is split into quotient and rest (a mean over rows times
outputs), and all starts anew; else the number gets a number of its own. Every edge between families
then is a `Relation`: index k of the operand = affine in the consumer's indices and p, or a table.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd.errors import DerivationError, Error
from autograd.general.nodes import DATA, LEAF, LITERAL, Family, Node
from autograd.general.terms import Affine, Edge, Index, Lookup, affine

__all__ = ["Coordinates", "Relation"]

Row: TypeAlias = tuple[int, ...]
Sort: TypeAlias = tuple[int, ...]  # (family, its index) or (family, slot, column)
Column: TypeAlias = dict[int, int]  # a number for each node, by its id
Uses: TypeAlias = dict[Edge, list[tuple[Node, Row]]]
_ATTEMPTS = 12


class _SplitError(Error):
    """A position is two indices: quotient and rest by the sizes given."""

    def __init__(self, *parts: tuple[tuple[Edge, int], int]):
        super().__init__(parts)
        self.parts = parts


@dataclass(frozen=True, slots=True)
class Relation:
    """An index of an operand: constant + Σ coefficient · column; with a table, looked up there."""

    constant: int
    columns: tuple[tuple[int, int], ...]
    table: tuple[Edge, int] | None = None


class Coordinates:
    """The indices of all families, and the relations between them.

    `relations[edge]` has one for each index of the operand, `rows[edge]` the consumer's indices and
    positions that occur, `tables` what is looked up. `shared` are the sorts of index over which
    parameters are shared: rows, time steps, places.
    """

    def __init__(self, families: list[Family]):
        self.families = families
        self.relations: dict[Edge, list[Relation]] = {}
        self.rows: dict[Edge, set[Row]] = {}
        self.tables: dict[tuple[Edge, int], dict[Row, int]] = {}
        self.shared: set[Sort] = set()
        self._sorts: dict[Sort, Sort] = {}
        self._sizes: dict[Edge, list[int]] = {}  # of the lower parts of a split position
        self._ranges: dict[tuple[Edge, int], list[int]] = {}

    def place(self, least: Mapping[Any, int]) -> None:
        """Place every family, anew where a position turns out to be two indices.

        A family has at least as many indices as `least` has for its group: a layer of one neuron
        still has the index that the other layers have.
        """
        for _ in range(_ATTEMPTS):
            self.relations, self.rows, self.tables, self._sorts = {}, {}, {}, {}
            self._ranges = {}
            try:
                for f in self.families:
                    self._place(f, least.get(f.group, 0))
            except _SplitError as split:
                for (edge, part), size in split.parts:
                    sizes = self._sizes.setdefault(edge, [])
                    if part:
                        sizes[part - 1] //= size
                    sizes.insert(part, size)
                continue
            self._find_shared()
            return
        raise DerivationError("the places of the graph's values follow no rule that could be found")

    # What others ask

    def indices_of(self, edge: Edge, columns: tuple[Index, ...]) -> tuple[Index, ...]:
        """The indices of the operand that the edge leads to, from the consumer's and positions."""
        indices: list[Index] = []
        for r in self.relations[edge]:
            if r.table is not None:
                indices.append(Lookup(r.table, tuple([columns[i] for i, _ in r.columns])))
            else:
                indices.append(affine(r.constant, [(c, columns[i]) for i, c in r.columns]))
        return tuple(indices)

    def width(self, edge: Edge) -> int:
        """How many indices the position has: none where the slot holds one operand."""
        if not self.families[edge[0]].slots[edge[1]].many:
            return 0
        return 1 + len(self._sizes.get(edge, []))

    def values_of(self, edge: Edge, column: int) -> list[int]:
        """The values that occur in a column of the edge's rows."""
        key = edge, column
        if key not in self._ranges:
            self._ranges[key] = sorted({row[column] for row in self.rows[edge]})
        return self._ranges[key]

    def sort_of(self, f: Family, k: int) -> Sort:
        """What kind of index it is: equal for indices that run over the same things."""
        return self._root((f.number, k))

    def sort_at(self, edge: Edge, column: int) -> Sort:
        """The same of a column of an edge."""
        f = self.families[edge[0]]
        return self._root((f.number, column) if column < f.dimension else (*edge, column))

    def is_shared(self, f: Family, k: int) -> bool:
        """Whether parameters are shared over this index: it counts rows, steps or places."""
        return self.sort_of(f, k) in self.shared

    def is_shared_over(self, f: Family) -> bool:
        """Whether f is the same for several rows, steps or places."""
        return bool(self._sorts_over(f) & self.shared)

    def slot_positions(self, f: Family, n: Node) -> Iterator[tuple[int, Row, Node]]:
        """(slot, position, operand) for the operands of a member."""
        for s, p, operand in f.slotted(n):
            yield s, () if p is None else self._digits((f.number, s), p), operand

    # Placing one family

    def _place(self, f: Family, least: int) -> None:
        uses: Uses = {(g.number, s): [] for g, s in f.consumers}
        for g in {edge[0]: self.families[edge[0]] for edge in uses}.values():
            for n in g.nodes:
                for s, position, operand in self.slot_positions(g, n):
                    if operand.family is f:
                        uses[g.number, s].append((operand, n.at + position))
        columns = self._columns(f, uses, least)
        for n in f.nodes:
            n.at = tuple([c[id(n)] for c in columns])
        if f.op in (LITERAL, DATA) and f.named:
            _drop_idle_indices(f)
        for n in f.nodes:
            n.at += (1,) * (least - len(n.at))
        f.dimension = len(f.nodes[0].at)
        f.members = {n.at: n for n in f.nodes}
        for edge, met in uses.items():
            self.rows[edge] = {row for _, row in met}
            self.relations[edge] = [self._relation(edge, k, met) for k in range(f.dimension)]
            for k, r in enumerate(self.relations[edge]):
                if r.table is None and len(r.columns) == 1:
                    self._join((f.number, k), edge, r.columns[0][0])

    def _columns(self, f: Family, uses: Uses, least: int) -> list[Column]:
        """The indices of f's members: columns, or sums of two, alike for all uses."""
        singles: dict[Edge, list[Column]] = {}
        for edge, met in uses.items():
            own = [_column(f, met, [row[i] for _, row in met]) for i in range(len(met[0][1]))]
            singles[edge] = [
                c for i, c in enumerate(own) if c and (c not in own[:i] or not _varies(c))
            ]
        for edge in sorted(uses, key=lambda e: -sum(map(_varies, singles[e]))):
            complete = f.op in (LITERAL, DATA) and len(singles[edge]) == len(uses[edge][0][1])
            if complete or _tells_apart(f, singles[edge]):
                return _trimmed(f, singles[edge], least)
        for edge, met in uses.items():
            with_pairs = singles[edge] + _pair_columns(f, met)
            if _tells_apart(f, with_pairs):
                return _trimmed(f, with_pairs, least)
        for edge, met in uses.items():
            self._try_splits(f, edge, met, singles[edge])
        every: list[Column] = []
        for edge in uses:
            every += [c for c in singles[edge] if c not in every]
        if _tells_apart(f, every):
            return _trimmed(f, every, least)
        return [*every, _numbering(f, uses, every)]

    def _try_splits(
        self, f: Family, edge: Edge, met: list[tuple[Node, Row]], singles: list[Column]
    ) -> None:
        """Raise _SplitError where f's members are told apart once a position is two indices."""
        width = len(met[0][1])
        tops = [max([row[i] for _, row in met]) for i in range(width)]
        for i in range(width):
            origin = self._origin(edge, i)
            for m in _divisors(tops[i]) if origin else ():
                for part in (_quotient, _rest):
                    c = _column(f, met, [part(row[i] - 1, m) for _, row in met])
                    if c is not None and _tells_apart(f, [*singles, c]):
                        assert origin is not None
                        raise _SplitError((origin, m))
        for i, j in itertools.combinations(range(width), 2):  # two grids laid over each other
            a, b = self._origin(edge, i), self._origin(edge, j)
            if a is None or b is None or a[0] == b[0]:
                continue
            for m, n in itertools.product(_divisors(tops[i]), _divisors(tops[j])):
                both = [
                    _column(f, met, [part(r[i] - 1, m) + part(r[j] - 1, n) for _, r in met])
                    for part in (_quotient, _rest)
                ]
                parts = [c for c in both if c is not None]
                if len(parts) == 2 and _tells_apart(f, [*singles, *parts]):
                    raise _SplitError((a, m), (b, n))

    def _origin(self, edge: Edge, i: int) -> tuple[Edge, int] | None:
        """The edge and the part of its position from which a column comes."""
        g = self.families[edge[0]]
        if i >= g.dimension:
            return (edge, i - g.dimension) if g.op in ("sum", "mean") else None
        for h, s in g.consumers:
            r = self.relations[h.number, s][i]
            if r.table is None and r.constant == 0 and len(r.columns) == 1:
                return self._origin((h.number, s), r.columns[0][0])
        return None

    def _digits(self, edge: Edge, position: int) -> Row:
        """A position as its parts, where it was split."""
        digits, rest = [], position - 1
        for size in reversed(self._sizes.get(edge, [])):
            digits.append(rest % size + 1)
            rest //= size
        return (rest + 1, *digits[::-1])

    # Relations

    def _relation(self, edge: Edge, k: int, met: list[tuple[Node, Row]]) -> Relation:
        width = len(met[0][1])
        for i in sorted(range(width), key=lambda i: i != k):
            gaps = {n.at[k] - row[i] for n, row in met}
            if len(gaps) == 1:
                gap = gaps.pop()
                if gap == 0 or (gap in (1, -1) and len({row[i] for _, row in met}) > 1):
                    return Relation(gap, ((i, 1),))
        values = {n.at[k] for n, _ in met}
        if len(values) == 1:
            return Relation(values.pop(), ())
        for i, j in itertools.permutations(range(width), 2):
            for sign in (1, -1):
                gaps = {n.at[k] - row[i] - sign * row[j] for n, row in met}
                if len(gaps) == 1:
                    return Relation(gaps.pop(), ((i, 1), (j, sign)))
        for i in range(width):
            origin = self._origin(edge, i)
            for m in _divisors(max([row[i] for _, row in met])) if origin else ():
                for part in (_quotient, _rest):
                    if origin and all(n.at[k] - 1 == part(row[i] - 1, m) for n, row in met):
                        raise _SplitError((origin, m))
        table: dict[Row, int] = {}
        chosen: tuple[int, ...] = ()
        for chosen in [*[(i,) for i in range(width)], tuple(range(width))]:
            table = {}
            if all(
                table.setdefault(tuple([row[i] for i in chosen]), n.at[k]) == n.at[k]
                for n, row in met
            ):
                break
        self.tables[edge, k] = table
        return Relation(0, tuple([(i, 1) for i in chosen]), (edge, k))

    # Sorts of index

    def _join(self, own: Sort, edge: Edge, column: int) -> None:
        g = self.families[edge[0]]
        other: Sort = (g.number, column) if column < g.dimension else (*edge, column)
        own, other = self._root(own), self._root(other)
        if own != other:
            self._sorts[own] = other

    def _root(self, sort: Sort) -> Sort:
        while sort in self._sorts:
            sort = self._sorts[sort]
        return sort

    def _find_shared(self) -> None:
        """Sorts over which more inputs are shared than carry them: rows, time steps, places."""
        score: Counter[Sort] = Counter()
        contracted: set[Sort] = set()
        for f in self.families:
            carried = set()
            if f.is_input and f.named:
                carried = {self.sort_of(f, k) for k in range(f.dimension)}
            for sort in carried:
                score[sort] -= 1 if f.op == LEAF else 0.5  # type: ignore[assignment]
            if f.op == LEAF:
                for sort in self._sorts_over(f) - carried:
                    score[sort] += 1
            if f.op == "sum":
                for s, slot in f.slots.items():
                    if slot.many and slot.family.op == "product":
                        contracted.add(self._root((f.number, s, f.dimension)))
        self.shared = {
            s for s, n in score.items() if n > 0 or (n == 0 and s not in contracted)
        }  # fmt: skip

    def _sorts_over(self, f: Family) -> set[Sort]:
        """The sorts of f's consumers that f itself does not depend on."""
        sorts = set()
        for g, s in f.consumers:
            relations = self.relations[g.number, s]
            used = {i for r in relations if r.table is None for i, _ in r.columns}
            sorts |= {self.sort_of(g, i) for i in range(g.dimension) if i not in used}
        return sorts


def _column(f: Family, met: list[tuple[Node, Row]], values: list[int]) -> Column | None:
    """The values, one for each use, as a column, where all uses of a member have the same."""
    column: Column = {}
    for (n, _), x in zip(met, values, strict=True):
        if column.setdefault(id(n), x) != x:
            return None
    return column if len(column) == len(f.nodes) else None


def _quotient(x: int, m: int) -> int:
    return x // m


def _rest(x: int, m: int) -> int:
    return x % m


def _varies(c: Column) -> bool:
    return len(set(c.values())) > 1


def _tells_apart(f: Family, columns: list[Column]) -> bool:
    """Whether no two members of f have the same indices."""
    return len({tuple([c[id(n)] for c in columns]) for n in f.nodes}) == len(f.nodes)


def _pair_columns(f: Family, met: list[tuple[Node, Row]]) -> list[Column]:
    """Sums and differences of two columns, counted from 1."""
    columns = []
    for i, j in itertools.combinations(range(len(met[0][1])), 2):
        for sign in (1, -1):
            c = _column(f, met, [row[i] + sign * row[j] for _, row in met])
            if c is not None and _varies(c):
                low = min(c.values())
                columns.append({k: x - low + 1 for k, x in c.items()})
    return columns


def _trimmed(f: Family, columns: list[Column], least: int) -> list[Column]:
    """Without indices of one value, but for as many as the family's other layers have."""
    kept: list[Column] = []
    left = least - sum(map(_varies, columns))
    for c in columns:
        if _varies(c):
            kept.append(c)
        elif left > 0:
            left -= 1
            kept.append(c)
    return kept[::-1] if f.op == LEAF else kept


def _numbering(f: Family, uses: Uses, columns: list[Column]) -> Column:
    """A number of its own for each member, the same for those met at the same places."""
    places: dict[int, set[Any]] = defaultdict(set)
    for edge, met in uses.items():
        loose = [
            i
            for i in range(len(met[0][1]))
            if _column(f, met, [row[i] for _, row in met]) is None
        ]  # fmt: skip
        for n, row in met:
            places[id(n)].add((edge, tuple([row[i] for i in loose])))
    seen: dict[frozenset[Any], int] = {}
    own = {id(n): seen.setdefault(frozenset(places[id(n)]), len(seen) + 1) for n in f.nodes}
    if _tells_apart(f, [*columns, own]):
        return own
    return {id(n): i for i, n in enumerate(f.nodes, 1)}


def _drop_idle_indices(f: Family) -> None:
    """Of plain numbers, keep only the indices on which they depend."""
    kept = list(range(len(f.nodes[0].at)))
    for k in list(kept):
        left = [i for i in kept if i != k]
        seen: dict[Row, float] = {}
        if all(seen.setdefault(tuple([n.at[i] for i in left]), n.data) == n.data for n in f.nodes):
            kept = left
    for n in f.nodes:
        n.at = tuple([n.at[i] for i in kept])


def _divisors(n: int) -> list[int]:
    return [m for m in range(2, n // 2 + 1) if n % m == 0]


def column_of(columns: tuple[Index, ...], variable: str) -> int:
    """The column in which a variable stands."""
    return next(
        i
        for i, c in enumerate(columns)
        if isinstance(c, Affine) and any(x == variable for x, _ in c.parts)
    )
