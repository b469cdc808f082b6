"""A graph cut at its labels: the factors between its named values.

Between two named values runs one factor, the derivative of the upper by the lower through
whatever unnamed values lie between. Each has a number, from the partials that the graph stores,
and a formula, from the table of rules; the two are held against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd.derivation.graph import Formulas, Graph
from autograd.errors import DerivationError
from autograd.formulas.labels import number_text
from autograd.formulas.symbolic import exact, symbols_in, to_sympy
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import (
    LARGEST,
    Formula,
    Number,
    add,
    multiply,
)
from autograd.formulas.typeset import LATEX
from autograd.value import Value

__all__ = ["Cut", "Factor", "Fold", "close", "simplest"]

_SMALL = 4  # values in a factor that is never divided


@dataclass(frozen=True, eq=False)
class Factor:
    """∂upper/∂lower between two named values, through the unnamed ones between them."""

    upper: Value
    lower: Value
    names: tuple[str, str]
    value: float
    _fold: Fold

    @property
    def formula(self) -> Formula | None:
        """The factor in names; None where it is too large to be read."""
        return self._fold.formulas[self.lower]

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

    def __str__(self) -> str:
        parts = [self.symbol, *([repr(self.formula)] if self.formula else [])]
        return " = ".join([*parts, number_text(self.value)])

    @property
    def rules(self) -> tuple[str, ...]:
        """The operations whose rules gave it, from the upper value down (keys of RULES)."""
        return self._fold.rules(self.lower)


class Fold:
    """One named value and what lies below it down to the next names: the factors by those."""

    def __init__(self, cut: Cut, upper: Value):
        self.cut = cut
        self.upper = upper
        self.inner, self.lowers = self._walk()
        self.numbers = self._sweep(float)
        self.scales = self._sweep(abs)

    def _walk(self) -> tuple[list[Value], list[Value]]:
        """The unnamed active values below, uppermost first, and the named ones where they end."""
        cut = self.cut
        met = {self.upper}
        inner = [self.upper]
        lowers: list[Value] = []
        stack = [self.upper]
        while stack:
            v = stack.pop()
            if v is not self.upper:
                if v in cut.nodes:
                    lowers.append(v)
                    continue
                inner.append(v)
            for operand in reversed(v.operands):
                if operand in cut.active and (operand not in met or operand in cut.nodes):
                    met.add(operand)
                    stack.append(operand)
        inner.sort(key=cut.active.__getitem__, reverse=True)
        return inner, list(dict.fromkeys(lowers))

    def _sweep(self, take: Callable[[float], float]) -> dict[Value, float]:
        """The derivatives of the upper value; with `abs` the sums of the sizes of their terms."""
        active = self.cut.active
        found = {self.upper: 1.0}
        for v in self.inner:
            g = found[v]
            for operand, partial in zip(v.operands, v.partials, strict=True):
                if operand in active:
                    found[operand] = found.get(operand, 0.0) + take(partial) * g
        return found

    @cached_property
    def formulas(self) -> dict[Value, Formula | None]:
        """The factor by each lower value, in names."""
        cut = self.cut
        found: dict[Value, Formula | None] = {self.upper: Number(1.0)}
        for v in self.inner:
            g = found[v]
            many = [None] * len(v.operands) if g is None else cut.formulas.partials(v)
            for operand, partial in zip(v.operands, many, strict=True):
                if operand not in cut.active:
                    continue
                before = found.get(operand, Number(0.0))
                found[operand] = None
                if before is None or g is None or partial is None:
                    continue
                if before.size + g.size + partial.size <= LARGEST:
                    found[operand] = add([before, multiply([g, partial])])
        return {v: self._checked(v, found[v]) for v in self.lowers}

    def _checked(self, lower: Value, f: Formula | None) -> Formula | None:
        """The formula in its simplest form; its number must be the engine's."""
        if f is None:
            return None
        x = self.numbers[lower]
        if not close(f.number, x, self.scales[lower], f.error):
            of, by = self.cut.name(self.upper), self.cut.name(lower)
            raise DerivationError(
                f"∂{of}/∂{by}: the formula found gives {f.number!r}, but the engine {x!r}"
            )
        return simplest(f, x)

    def divisions(self) -> list[Value]:
        """Where to divide it: at neurons and values used twice; else at every tenth value."""
        inner = self.inner[1:]
        uses: dict[Value, int] = {}
        for v in self.inner:
            for operand in set(v.operands):
                uses[operand] = uses.get(operand, 0) + 1
        return [v for v in inner if v.op == "dot" or uses[v] > 1] or inner[::10]

    def rules(self, lower: Value) -> tuple[str, ...]:
        """The operations on the ways from the upper value down to one lower."""
        leading = self.leading(lower)
        return tuple([v.op for v in self.inner if v in leading])

    def leading(self, lower: Value) -> set[Value]:
        """The values from the upper one down that depend on the lower, and the lower."""
        found = {lower}
        for v in reversed(self.inner):
            if any(operand in found for operand in v.operands):
                found.add(v)
        return found


class Cut:
    """The named values on the way from a root down to wrt, and the factors between them."""

    def __init__(self, graph: Graph, wrt: Value, *, primes: bool = False):
        self.graph = graph
        self.root, self.wrt = graph.root, wrt
        self.active = self._active()
        if self.root not in self.active:
            raise ValueError(
                f"{graph.names[self.root]} does not depend on {graph.names.get(wrt) or wrt!r}, "
                "so there is no path to derive along (its derivative is 0)"
            )
        self.nodes = {v for v in self.active if v in graph.names}
        self.formulas = Formulas(graph, primes)
        self._folds: dict[Value, Fold] = {}
        self._divide()

    def _active(self) -> dict[Value, int]:
        """The values on the way from wrt to the root, each with its place in the order."""
        active: dict[Value, int] = {}
        for i, v in enumerate(self.graph.order):
            if v is self.wrt or any(operand in active for operand in v.operands):
                active[v] = i
        return active

    def _divide(self) -> None:
        """Name some unlabelled values too, v1, v2, ..., where a factor would be unreadably large.

        A factor through a value named later stays whole, and stays right: it ends where it ended.
        """
        stack = [v for v in self.nodes if v is not self.wrt]
        while stack:
            fold = self.fold(stack.pop())
            if len(fold.inner) > _SMALL and None in fold.formulas.values():
                for v in fold.divisions():
                    self.graph.number(v)
                    self.nodes.add(v)
                    stack.append(v)
                del self._folds[fold.upper]
                self.formulas.forget()
                stack.append(fold.upper)

    def name(self, v: Value) -> str:
        """What a named value is called."""
        return self.graph.names[v]

    def fold(self, upper: Value) -> Fold:
        """The factors that lead down from a named value on the way."""
        if upper not in self._folds:
            self._folds[upper] = Fold(self, upper)
        return self._folds[upper]

    def factors_below(self, upper: Value) -> list[Factor]:
        """The factors ∂upper/∂lower, in the order of the operands; none below wrt."""
        if upper is self.wrt:
            return []
        fold = self.fold(upper)
        return [self._factor(fold, lower) for lower in fold.lowers]

    def _factor(self, fold: Fold, lower: Value) -> Factor:
        names = (self.name(fold.upper), self.name(lower))
        return Factor(fold.upper, lower, names, fold.numbers[lower], fold)

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
                if v is not self.wrt:
                    stack += [(u, False) for u in self.fold(v).lowers if u not in finished]
        return list(reversed(finished))


def close(x: float, y: float, scale: float, error: float = 0.0) -> bool:
    """Whether x is y to 1e-12 of the sizes added up in it, and to what rounding did to it.

    What is not finite cannot be checked.
    """
    finite = all(map(math.isfinite, (x, y, scale, error)))
    return not finite or abs(x - y) <= 1e-12 * scale + 4.0 * error + 1e-300


def simplest(f: Formula, value: float) -> Formula:
    """The formula tidied, where it still gives the value."""
    tidied = tidy(f)
    return tidied if close(tidied.number, value, abs(value), tidied.error) else f
