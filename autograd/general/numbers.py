"""General lines in numbers: evaluated on every instance, and held to the engine.

A line that is said of several layers is evaluated at each of them: `shift` moves every family in it
by so many ranks.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, TypeAlias

from autograd.general.coordinates import Coordinates, Row
from autograd.general.equation import Equation
from autograd.general.letters import call_number
from autograd.general.nodes import MANY, Family, Node
from autograd.general.terms import (
    Adjoint,
    Affine,
    Call,
    Constant,
    Edge,
    Entry,
    Index,
    Kronecker,
    LogSumExp,
    Lookup,
    Part,
    Product,
    Softmax,
    Sum,
    Summation,
    Term,
    variables_of,
)
from autograd.rules import RULES
from autograd.value import Value

__all__ = ["TOLERANCE", "Numbers", "Places", "larger"]

TOLERANCE = 1e-12
"""How far a general line may be from the engine, relative to the terms that are added up."""

Places: TypeAlias = dict[str, int]
"""What number each index variable stands for."""


class Numbers:
    """Evaluates terms on the members of families; `data` is what a node is taken to be."""

    def __init__(
        self,
        families: list[Family],
        coordinates: Coordinates,
        adjoints: dict[Value, float],
        data: dict[int, float] | None = None,
    ):
        self.families = families
        self.coordinates = coordinates
        self._adjoints = adjoints
        self._data = data
        self._by_rank = {(f.group, f.rank): f for f in families if f.rank is not None}
        self._rows: dict[Any, dict[Row, list[Row]]] = {}
        self._plans: dict[Any, _Plan] = {}

    def data_of(self, n: Node) -> float:
        """The number of a node."""
        return n.data if self._data is None else self._data[id(n)]

    def adjoint_of(self, n: Node) -> float:
        """The engine's derivative of the root by a node; NaN for a product inside a dot."""
        return math.nan if n.source is None else self._adjoints.get(n.source, 0.0)

    # Where

    def moved(self, f: Family, shift: int) -> Family:
        """The family of the same letter, so many layers or steps further. KeyError: none there."""
        if not shift or f.rank is None:
            return f
        return self._by_rank[f.group, f.rank + shift]

    def place(self, i: Index, at: Places) -> int:
        """The number that an index stands for."""
        if isinstance(i, Lookup):
            return self.coordinates.tables[i.table][tuple([self.place(k, at) for k in i.of])]
        if len(i.parts) == 1:
            ((x, c),) = i.parts
            return i.constant + c * at[x]
        return i.constant + sum([c * at[x] for x, c in i.parts])

    def node(self, number: int, indices: tuple[Index, ...], at: Places, shift: int = 0) -> Node:
        """The member of a family at indices."""
        f = self.families[number]
        g = self.moved(f, shift)
        return g.members[_reordered(tuple([self.place(i, at) for i in indices]), f, g)]

    # Numbers

    def of(self, t: Term, at: Places, shift: int = 0) -> float:
        """The number of a term."""
        match t:
            case Constant(x):
                return x
            case Entry(f, i):
                return self.data_of(self.node(f, i, at, shift))
            case Adjoint(f, i):
                return self.adjoint_of(self.node(f, i, at, shift))
            case Product(coefficient, powers):
                return coefficient * math.prod(
                    [_raised(self.of(base, at, shift), n) for base, n in powers]
                )
            case Sum(terms):
                return math.fsum([self.of(part, at, shift) for part in terms])
            case Summation(_, body, _, kind):
                parts = [self.of(body, inner, shift) for inner in self.inside(t, at, shift)]
                if kind != "sum":
                    return max(parts) if kind == "maximum" else min(parts)
                return math.fsum(parts)
            case Kronecker(left, right):
                return float(self.place(left, at) == self.place(right, at))
            case Call(name, arguments):
                return call_number(name, [self.of(x, at, shift) for x in arguments])
            case Part(f, i):
                return 1.0 / len(self.node(f, i, at, shift).operands)
            case LogSumExp(f, _, i):
                return float(RULES["logsumexp"].evaluate((self._operands(f, i, at, shift),)))
            case Softmax(f, _, i, k):
                xs = self._operands(f, i, at, shift)
                return float(RULES["softmax"].evaluate((self.place(k, at) - 1, xs)))

    def magnitude(self, t: Term, at: Places, shift: int = 0) -> float:
        """The size of what is added up in a term: its number with all minus signs dropped."""
        match t:
            case Product(coefficient, powers):
                return abs(coefficient) * math.prod(
                    [
                        _raised(self.magnitude(base, at, shift), n)
                        if n > 0.0
                        else abs(_raised(self.of(base, at, shift), n))
                        for base, n in powers
                    ]
                )
            case Sum(terms):
                return math.fsum([self.magnitude(part, at, shift) for part in terms])
            case Summation(_, body):
                return math.fsum(
                    [self.magnitude(body, inner, shift) for inner in self.inside(t, at, shift)]
                )
        return abs(self.of(t, at, shift))

    def _operands(
        self, f: int, i: tuple[Index, ...], at: Places, shift: int
    ) -> list[float]:  # fmt: skip
        return [self.data_of(k) for k in self.node(f, i, at, shift).operands]

    def inside(self, s: Summation, at: Places, shift: int) -> Iterator[Places]:
        """The places of the bound variables, for which there is something in the graph."""
        edge = s.over.edge
        f = self.families[edge[0]]
        g = self.moved(f, shift)
        if g is not f:
            slot = edge[1]
            if g.op in MANY:
                slot = self.moved(f.slots[slot].family, shift).number
            edge = g.number, slot
        plan = self._plans.get((s.over, s.bound))
        if plan is None:
            plan = self._plans[s.over, s.bound] = _Plan(s, self)
        key = tuple([self.place(s.over.columns[i], at) for i in plan.given])
        for row in self._rows_at(edge, f, g, plan.given).get(key, ()):
            inner = plan.solved(row, at)
            if inner is not None:
                yield inner

    def _rows_at(
        self, edge: Edge, f: Family, g: Family, given: tuple[int, ...]
    ) -> dict[Row, list[Row]]:
        """The rows of an edge, in f's order of indices, by some of their columns."""
        key = edge, f.number, given
        if key not in self._rows:
            rows: dict[Row, list[Row]] = defaultdict(list)
            for row in sorted(self.coordinates.rows[edge]):
                own = _reordered(row[: g.dimension], g, f) + row[g.dimension :]
                rows[tuple([own[i] for i in given])].append(own)
            self._rows[key] = rows
        return self._rows[key]

    # The check

    def differences(self, e: Equation, of_adjoint: bool, shift: int = 0) -> tuple[float, float]:
        """The largest differences of a line from the engine over all members: as it is, relative.

        Relative to what is added up on the right side, where that is larger than the result.
        """
        absolute = relative = 0.0
        for _, gap, got, want in self._compared(e, of_adjoint, shift):
            if gap:
                absolute, relative = larger(absolute, abs(got - want)), larger(relative, gap)
        return absolute, relative

    def deviations(
        self, e: Equation, of_adjoint: bool, shift: int = 0
    ) -> list[tuple[Node, float, float]]:
        """The members for which a line does not hold: (node, by the line, by the engine)."""
        return [
            (n, got, want)
            for n, gap, got, want in self._compared(e, of_adjoint, shift)
            if not gap <= TOLERANCE
        ]

    def _compared(
        self, e: Equation, of_adjoint: bool, shift: int
    ) -> Iterator[tuple[Node, float, float, float]]:
        """(node, relative difference, by the line, by the engine) for every member."""
        f = e.family
        g = self.moved(f, shift)
        for indices, n in g.members.items():
            at = dict(zip(e.variables, _reordered(indices, g, f), strict=True))
            want = self.adjoint_of(n) if of_adjoint else n.data
            got = self.of(e.right, at, shift)
            gap = 0.0
            if got != want and not (got != got and want != want):
                gap = abs(got - want)
                scale = abs(want)
                if not gap <= TOLERANCE * scale:
                    scale = max(scale, self.magnitude(e.right, at, shift), 5e-324)
                gap = gap / scale if scale < math.inf else math.nan
            yield n, gap, got, want


def larger(a: float, b: float) -> float:
    """The larger of two, NaN where either is."""
    return max(a, b) if a == a and b == b else math.nan


class _Plan:
    """How the bound variables of a sum are read from a row: by column, one after the other."""

    def __init__(self, s: Summation, numbers: Numbers):
        self.numbers = numbers
        self.columns = s.over.columns
        bound = set(s.bound)
        open_columns = [i for i, c in enumerate(self.columns) if bound & set(variables_of(c))]
        self.given = tuple([i for i in range(len(self.columns)) if i not in open_columns])
        self.steps: list[tuple[int, str, int]] = []
        left = set(bound)
        while left:
            column, variable, sign = next(
                (i, x, c)
                for i in open_columns
                if isinstance(k := self.columns[i], Affine)
                for x, c in k.parts
                if x in left and abs(c) == 1 and not (left - {x}) & set(variables_of(k))
            )
            left.discard(variable)
            self.steps.append((column, variable, sign))
        solving = {column for column, _, _ in self.steps}
        self.checked = [i for i in open_columns if i not in solving]

    def solved(self, row: Row, at: Places) -> Places | None:
        """The places with the bound variables; None where the row does not fit."""
        solution = dict(at)
        for column, variable, sign in self.steps:
            c = self.columns[column]
            solution[variable] = 0
            solution[variable] = sign * (row[column] - self.numbers.place(c, solution))
        if all(self.numbers.place(self.columns[i], solution) == row[i] for i in self.checked):
            return solution
        return None


def _reordered(indices: Row, f: Family, g: Family) -> Row:
    """The indices of f in g's order: both are written alike, but may be kept differently."""
    if f is g or f.order == g.order or len(f.order) != len(g.order):
        return indices
    ordered = list(indices)
    for a, b in zip(f.order, g.order, strict=True):
        ordered[b] = indices[a]
    return tuple(ordered)


def _raised(x: float, n: float) -> float:
    if n == 1.0:
        return x
    try:
        y = x ** (int(n) if n == int(n) else n)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(y, complex) else y
