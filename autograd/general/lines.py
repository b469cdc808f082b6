"""General lines: equations that are said of all layers at once where they read alike.

Each line is evaluated on every instance of every layer that it is said of, and held to the engine.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from autograd.general.calculus import Link, links_in
from autograd.general.equation import Equation
from autograd.general.network import Network
from autograd.general.nodes import Family
from autograd.general.numbers import TOLERANCE, larger
from autograd.general.terms import Adjoint, Edge, Summation, Term, fixed, multiply, without_single
from autograd.general.writing import Base, Scope, Writer

__all__ = ["Case", "Lines"]


@dataclass(frozen=True)
class Case:
    """One line: what it is said of, and how well it holds.

    `families` are the layers or steps that it is said of; `equation` is that of the first. `base`
    is how the line calls its own layer. `difference` is the largest from the engine, `relative` the
    largest in terms of what is added up on the right side.
    """

    families: tuple[Family, ...]
    equation: Equation
    base: Base | None
    is_derivative: bool
    difference: float
    relative: float

    @property
    def family(self) -> Family:
        """The first family that the line is said of."""
        return self.families[0]

    @property
    def ranks(self) -> list[int]:
        """The layers or steps that the line is said of."""
        return sorted([f.rank for f in self.families if f.rank is not None])

    @property
    def count(self) -> int:
        """How many numbers it is said of."""
        return sum([len(f.nodes) for f in self.families])

    @property
    def holds(self) -> bool:
        """Whether the line gives the engine's number everywhere."""
        return self.relative <= TOLERANCE


class Lines:
    """The lines of a network, as one writer writes them."""

    def __init__(self, network: Network, writer: Writer):
        self.network = network
        self.writer = writer

    def scope(self, case: Case) -> Scope:
        """The names on the left side of a line."""
        pool = "kimn" if case.is_derivative else "ikmn"
        e = case.equation
        if not case.is_derivative and not any(
            not self.network.coordinates.is_shared(e.family, k) for k in range(e.family.dimension)
        ):
            pool = "jikm"
        return self.writer.scope(e.family, e.variables, pool, case.base)

    def left(self, case: Case) -> str:
        """The left side."""
        e, scope = case.equation, self.scope(case)
        if case.is_derivative:
            return self.writer.adjoint(e.family, e.indices, scope)
        return self.writer.entry(e.family, e.indices, scope)

    def right(self, case: Case, term: Term | None = None) -> str:
        """The right side, or another term in the same variables."""
        return self.writer.text(term or case.equation.right, self.scope(case))

    def forward(self, f: Family) -> Case:
        """The equation of one family."""
        return self._case(f, self.network.calculus.equation(f), False)

    def derivative(self, f: Family) -> Case:
        """The derivative by one family."""
        return self._case(f, self.network.calculus.derivative(f), True)

    def _case(self, f: Family, equation: Equation, is_derivative: bool) -> Case:
        alphabet = self.network.alphabet
        base = None
        equation = Equation(equation.family, equation.variables, self.shorter(equation.right))
        if f.rank is not None and not alphabet.is_split:
            base = Base(f.rank, "t" if alphabet.counts_time else "l")
        return Case((f,), equation, base, is_derivative, math.nan, math.nan)

    def shorter(self, t: Term) -> Term:
        """t without sums over an index of one value, where layers are not said of all at once."""
        return without_single(t, self._only_value) if self.network.alphabet.is_split else t

    def without_single(self, link: Link) -> Link:
        """The same of a link."""
        if not self.network.alphabet.is_split or link.over is None:
            return link
        whole = Adjoint(link.consumer.number, link.at)
        t = self.shorter(Summation(link.bound, multiply(whole, link.partial), link.over))
        (shortened,) = links_in(self.network.families, t, (), None)
        return shortened

    def _only_value(self, edge: Edge, column: int) -> int | None:
        values = self.network.coordinates.values_of(edge, column)
        return values[0] if len(values) == 1 else None

    def folded(
        self, families: list[Family], line: Callable[[Family], Case], ends: bool = True
    ) -> list[Case]:
        """One case for all families whose lines read alike, each checked on all its instances.

        With `ends`, a case of the last layer alone is written with L.
        """
        alike: dict[tuple[str, str], list[Case]] = defaultdict(list)
        for f in families:
            case = line(f)
            alike[self.left(case), self.right(case)].append(case)
        folded: list[Case] = []
        for cases in alike.values():
            alone = sum([f.group == cases[0].family.group for f in families]) == 1
            folded += self._checked(cases, ends or alone)
        return folded

    def _checked(self, cases: list[Case], ends: bool) -> list[Case]:
        """The cases as one, where its line holds for all of them; else each for itself."""
        first = cases[0]
        numbers = self.network.numbers
        e = first.equation
        difference = relative = 0.0
        for case in cases:
            shift = (case.family.rank or 0) - (first.family.rank or 0)
            try:
                differences = numbers.differences(e, first.is_derivative, shift)
            except KeyError:  # a layer that the line names is not there
                differences = math.nan, math.nan
            difference = larger(difference, differences[0])
            relative = larger(relative, differences[1])
        if len(cases) > 1 and not relative <= TOLERANCE:
            return [c for case in cases for c in self._checked([case], ends)]
        families = tuple([case.family for case in cases])
        base = first.base
        if ends and base and len(cases) == 1 and e.family.rank == self.network.alphabet.last > 1:
            base = Base(base.rank, self.writer.last)
        elif ends and len(cases) == 1 and e.family.is_input:
            base = None
        return [Case(families, e, base, first.is_derivative, difference, relative)]

    def deviations(self, case: Case) -> list[tuple[str, float, float]]:
        """(name, by the line, by the engine) for every member for which a line does not hold."""
        numbers, e = self.network.numbers, case.equation
        deviations = []
        for f in case.families:
            shift = (f.rank or 0) - (e.family.rank or 0)
            for n, got, want in numbers.deviations(e, case.is_derivative, shift):
                name = n.label or self.writer.entry(
                    f, tuple([fixed(i) for i in n.at]), Scope({}, "", None)
                )
                deviations.append((name, got, want))
        return deviations

    def condition(self, case: Case) -> str:
        """For which layers or steps a line is said: "output layer, l = L"; "" where for all."""
        alphabet = self.network.alphabet
        if case.family.rank is None or alphabet.is_split:
            return ""
        every = [
            g.rank
            for g in alphabet.groups[case.family.group]
            if g.rank is not None and (g.rank > 0 or case.family.rank == 0)
            if g.consumers or not case.is_derivative
        ]
        ranks = case.ranks
        if ranks == sorted(every):
            return ""
        words, said = self._condition(ranks)
        return words + self.writer.script.inline(said)

    def _condition(self, ranks: list[int]) -> tuple[str, str]:
        alphabet, script = self.network.alphabet, self.writer.script
        symbol, last = ("t", "T") if alphabet.counts_time else ("l", "L")
        one, many = ("step", "steps") if alphabet.counts_time else ("layer", "layers")
        whole = list(range(1, alphabet.last + 1))
        if ranks == [alphabet.last]:
            return f"{'last' if alphabet.counts_time else 'output'} {one}, ", f"{symbol} = {last}"
        if ranks == whole[:-1]:
            words = "earlier" if alphabet.counts_time else "hidden"
            return f"{words} {many}, ", f"{symbol} {script.sign('<')} {last}"
        if ranks == whole[1:]:
            return f"later {many}, ", f"{symbol} {script.sign('>')} 1"
        if len(ranks) == 1:
            return f"first {one}, " if ranks == [1] else "", f"{symbol} = {ranks[0]}"
        if ranks == list(range(ranks[0], ranks[-1] + 1)):
            return "", f"{symbol} = {ranks[0]}{script.dots}{ranks[-1]}"
        return "", f"{symbol} = {', '.join(map(str, ranks))}"
