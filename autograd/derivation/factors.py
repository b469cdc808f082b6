"""The factors of a chain: the derivatives between named values on the way from a root to a leaf.

Between two named values runs one factor, the derivative of the upper by the lower through
whatever unnamed values are folded between them. Each has a number, from the partials that the
graph stores, and a formula, from the table of rules; the two are held against each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd import scalar
from autograd.cached import cached_property
from autograd.errors import ArgumentError, DerivationError
from autograd.formulas.labels import number_text
from autograd.formulas.symbolic import exact, symbols_in, to_sympy
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import Formula
from autograd.formulas.typeset import LATEX
from autograd.formulas.values import Formulas
from autograd.graph import Graph, local_partials
from autograd.value import Value

__all__ = ["Factor", "Factors", "FactorsBelow", "close", "settled_factors", "simplest"]

_SMALL = 4  # values in a factor that is never divided


@dataclass(frozen=True, eq=False)
class Factor:
    """∂upper/∂lower between two named values, through the unnamed ones between them."""

    upper: Value
    lower: Value
    names: tuple[str, str]
    value: float
    _below: FactorsBelow

    @property
    def formula(self) -> Formula | None:
        """The factor in names; None where it is too large to be read."""
        return self._below.formulas[self.lower]

    @property
    def is_infinite(self) -> bool:
        """Whether a partial on the way is, though the factor itself may be a number."""
        return not math.isfinite(self._below.scales[self.lower])

    @property
    def symbol(self) -> str:
        """∂upper/∂lower."""
        return f"∂{self.names[0]}/∂{self.names[1]}"

    @property
    def latex(self) -> str:
        """The formula in LaTeX; where it is too large to be read, the number."""
        return LATEX.number(self.value) if self.formula is None else LATEX.formula(self.formula)

    @property
    def expression(self) -> Any:
        """The factor as a SymPy expression in the names; the number where it is too large."""
        if self.formula is None:
            return exact(self.value)
        import sympy as sp

        names = {name: sp.Symbol(name, real=True) for name in symbols_in(self.formula)}
        return to_sympy(self.formula, names)

    @property
    def rules(self) -> tuple[str, ...]:
        """The operations whose rules gave it, from the upper value down (keys of RULES)."""
        return tuple([v.op for v in self._below.fold.leading_to(self.lower)])

    def __str__(self) -> str:
        parts = [self.symbol, *([repr(self.formula)] if self.formula else [])]
        return " = ".join([*parts, number_text(self.value)])


def _with_operation(v: Value) -> list[tuple[Value, tuple[str, float]]]:
    return [(x, (v.op, partial)) for x, partial in local_partials(v)]


def _handed(part: tuple[str, float], adjoint: float) -> float:
    """partial · adjoint, with the zeros of the engine's sweep."""
    return scalar.handed(*part, adjoint)


class FactorsBelow:
    """The factors from one named value down to the next ones: numbers, sizes, formulas."""

    def __init__(self, all_factors: Factors, upper: Value):
        self.upper = upper
        self._all = all_factors
        self.fold = all_factors.graph.fold(upper, all_factors.nodes, all_factors.active)
        self.numbers = self.fold.accumulate(1.0, _with_operation, multiply=_handed)
        """The derivatives of the upper value."""
        self.scales = self.fold.accumulate(
            1.0, local_partials, multiply=lambda partial, scale: abs(partial) * scale
        )
        """The sums of the sizes of the terms in them, by which rounding is judged."""

    @cached_property
    def formulas(self) -> dict[Value, Formula | None]:
        """The factor by each lower value, in names."""
        return self._written(self._all.formulas)

    @cached_property
    def formulas_as_typed(self) -> dict[Value, Formula | None]:
        """The same by the rules of what was typed, also where that is an activation by hand."""
        return self._written(self._all.formulas_as_typed)

    def _written(self, formulas: Formulas) -> dict[Value, Formula | None]:
        formula = formulas.through(self.fold)
        return {v: self._checked(v, formula[v]) for v in self.fold.lowers}

    def _checked(self, lower: Value, f: Formula | None) -> Formula | None:
        """The formula in its simplest form; its number must be the engine's."""
        if f is None:
            return None
        x = self.numbers[lower]
        if not close(f.number, x, self.scales[lower], f.error):
            of, by = self._all.name(self.upper), self._all.name(lower)
            raise DerivationError(
                f"∂{of}/∂{by}: the formula found gives {f.number!r}, but the engine {x!r}"
            )
        return simplest(f, x)

    def divisions(self) -> list[Value]:
        """Where to divide what is folded: at neurons and values used twice, else every tenth."""
        uses: dict[Value, int] = {}
        for v in self.fold.inner:
            for operand in set(v.operands):
                uses[operand] = uses.get(operand, 0) + 1
        inner = self.fold.inner[1:]
        return [v for v in inner if v.op == "dot" or uses[v] > 1] or inner[::10]


class Factors:
    """The named values on the way from a root down to wrt, and the factors between them."""

    def __init__(self, graph: Graph, wrt: Value, *, primes: bool = False):
        self.graph = graph
        self.root, self.wrt = graph.root, wrt
        self.active = graph.depending_on(wrt)
        if self.root not in self.active:
            name = graph.names[wrt] if wrt in graph.names else repr(wrt)
            raise ArgumentError(
                f"{graph.names[self.root]} does not depend on {name}, "
                "so there is no path to derive along (its derivative is 0)"
            )
        self.nodes = {v for v in self.active if v in graph.names}
        self.formulas = Formulas(graph, primes=primes)
        self.formulas_as_typed = Formulas(graph, as_typed=True)
        self._below: dict[Value, FactorsBelow] = {}
        self._divide()

    def _divide(self) -> None:
        """Name some unlabelled values too, v1, v2, ..., where a factor is too large to be read."""
        stack = [v for v in self.graph.order if v in self.nodes and v is not self.wrt]
        while stack:
            below = self.below(stack.pop())
            if len(below.fold.inner) > _SMALL and None in below.formulas.values():
                for v in below.divisions():
                    self.graph.names.number(v)
                    self.nodes.add(v)
                    stack.append(v)
                del self._below[below.upper]
                self.formulas.forget()
                stack.append(below.upper)
        # A factor that was found before now ends at the values that were named since.
        for below in list(self._below.values()):
            if not self.nodes.isdisjoint(below.fold.inner[1:]):
                del self._below[below.upper]

    def name(self, v: Value) -> str:
        """What a named value is called."""
        return self.graph.names[v]

    def below(self, upper: Value) -> FactorsBelow:
        """The factors that lead down from a named value on the way."""
        if upper not in self._below:
            self._below[upper] = FactorsBelow(self, upper)
        return self._below[upper]

    def lowers(self, upper: Value) -> list[Value]:
        """The named values next below on the way, the first operand's first; none below wrt."""
        return [] if upper is self.wrt else self.below(upper).fold.lowers

    def list_below(self, upper: Value) -> list[Factor]:
        """The factors ∂upper/∂lower, in the order of the operands; none below wrt."""
        return [self._factor(upper, lower) for lower in self.lowers(upper)]

    def _factor(self, upper: Value, lower: Value) -> Factor:
        below = self.below(upper)
        return Factor(
            upper, lower, (self.name(upper), self.name(lower)), below.numbers[lower], below
        )

    @cached_property
    def order(self) -> list[Value]:
        """The named values on the way, the root first, each before those below it.

        Otherwise in the order of the operands: depth first, later operands finished first.
        """
        finished: dict[Value, None] = {}
        stack: list[tuple[Value, bool]] = [(self.root, False)]
        while stack:
            v, done = stack.pop()
            if done:
                finished[v] = None
            elif v not in finished:
                stack.append((v, True))
                stack += [(u, False) for u in self.lowers(v) if u not in finished]
        return list(reversed(finished))


def settled_factors(graph: Graph, wrts: Sequence[Value], *, primes: bool = False) -> list[Factors]:
    """The factors by each value of one graph, all in the same names.

    Those of one may give names to values that those of another had folded; then all are made again.
    """
    while True:
        count = len(graph.names.numbered)
        every = [Factors(graph, wrt, primes=primes) for wrt in wrts]
        if len(graph.names.numbered) == count:
            return every


def close(x: float, y: float, scale: float, error: float = 0.0) -> bool:
    """Whether x is y to 1e-12 of the sizes added up in it, and to what rounding did to it.

    What is not finite cannot be checked.
    """
    finite = all(map(math.isfinite, (x, y, scale, error)))
    return not finite or abs(x - y) <= 1e-12 * scale + 4.0 * error + 1e-300


def simplest(f: Formula, value: float) -> Formula:
    """The formula tidied, where it still gives the value, or still none that is finite."""
    tidied = tidy(f)
    if math.isfinite(tidied.number) != math.isfinite(f.number):
        return f
    return tidied if close(tidied.number, value, abs(value), tidied.error) else f
