"""The values of a graph, and the derivatives between them, as formulas in the graph's names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd.cached import cached_property
from autograd.formulas.tree import (
    FORMULAS,
    LARGEST,
    ONE,
    Call,
    Formula,
    Key,
    Number,
    Symbol,
    add,
    formula,
    multiply,
)
from autograd.graph import Fold, Graph
from autograd.rules import ACTIVATIONS, RULES
from autograd.value import Value

__all__ = ["LEFT_OUT", "Formulas"]

LEFT_OUT = "…"
"""What stands in a formula for a part that is too long to be written."""

# The operations whose derivative is written by their own value y
_BY_VALUE = {r.name for r in RULES.values() for p in r.partials if p and re.search(r"\by\b", p)}


class Formulas:
    """The values of a graph and their partials as formulas in its names.

    A value of more than `largest` symbols is left out of the formulas above it. `primes` writes
    the derivative of an activation as σ'(z). `called` says what a value is written as, None where
    by its operands; as a rule that is its name.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        largest: int = LARGEST,
        primes: bool = False,
        called: Callable[[Value], str | None] | None = None,
    ):
        self.graph = graph
        self.largest = largest
        self.primes = primes
        self._called = called or self._name
        self._values: dict[Value, Formula] = {}
        self._space = {**FORMULAS, "softmax": self._softmax}

    def forget(self) -> None:
        """Start again, as names were added."""
        self._values.clear()
        vars(self).pop("_softmaxes", None)

    def of(self, v: Value) -> Formula:
        """What v is, in names: its own, or its rule on its operands; numbers for unnamed leaves."""
        stack = [v]
        while stack:
            u = stack[-1]
            if u in self._values:
                stack.pop()
            elif (name := self._called(u)) is not None:
                self._values[u] = self._symbol(name, u)
            elif not u.operands:
                self._values[u] = Number(self.graph.data[u])
            else:
                missing = [w for w in u.operands if w not in self._values]
                stack += missing
                if not missing:
                    is_short = sum([self._values[w].size for w in u.operands]) < self.largest
                    self._values[u] = self._made(u) if is_short else self._symbol(LEFT_OUT, u)
        return self._values[v]

    def _name(self, v: Value) -> str | None:
        return self.graph.names[v] if self.graph.names.is_written(v) else None

    def _symbol(self, name: str, v: Value) -> Symbol:
        """A name for v; two values of one name do not cancel."""
        symbol = Symbol(name, self.graph.data[v])
        symbol.key = ("value", name, id(v))
        return symbol

    def inside(self, v: Value) -> Formula:
        """What a named value is made of, in the names below it."""
        for w in v.operands:
            self.of(w)
        return self._made(v)

    def _made(self, v: Value) -> Formula:
        return formula(RULES[v.op].evaluate(self._formulas_of(v.arguments), FORMULAS))

    def _formulas_of(self, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([self._formulas_of(a) for a in x])
        return self.of(x) if isinstance(x, Value) else x

    # Derivatives

    def partials(self, v: Value) -> list[Formula]:
        """The local derivatives of v by its operands in names, from the table of rules."""
        arguments = self._formulas_of(v.arguments)
        if self.primes and v.op in ACTIVATIONS:
            return [Call(v.op, arguments, prime=True)]
        y = self.of(v) if v.op in _BY_VALUE else None
        return [formula(p) for p in RULES[v.op].differentiate(arguments, y, self._space)]

    def _softmax(self, values: Sequence[Formula]) -> list[Formula]:
        """The outputs of a softmax, by their names where the graph has them."""
        names = self._softmaxes.get(tuple([f.key for f in values]), {})
        outputs: list[Formula] = FORMULAS["softmax"](values)
        return [names.get(i, y) for i, y in enumerate(outputs)]

    @cached_property
    def _softmaxes(self) -> dict[Key, dict[int, Formula]]:
        found: dict[Key, dict[int, Formula]] = {}
        for v in self.graph.names:
            if v.op == "softmax" and self._called(v) is not None:
                index, values = v.arguments
                key = tuple([self.of(w).key for w in values])
                found.setdefault(key, {})[index] = self.of(v)
        return found

    def through(self, fold: Fold, *, direct: bool = True) -> dict[Value, Formula | None]:
        """The derivatives of the fold's upper value by its lowers; None where one is too large.

        Without `direct` only the ways through folded values count.
        """
        known: dict[Value, list[Formula]] = {}

        def times(place: tuple[Value, int], g: Formula | None) -> Formula | None:
            if g is None:
                return None
            v, i = place
            if v not in known:
                known[v] = self.partials(v)
            return self._short(multiply, g, known[v][i])

        def plus(a: Formula | None, b: Formula | None) -> Formula | None:
            return None if a is None or b is None else self._short(add, a, b)

        def places(v: Value) -> list[tuple[Value, int]]:
            return [(v, i) for i in range(len(v.operands))]

        one: Formula | None = ONE
        found = fold.accumulate(one, places, plus, times, direct=direct)
        return {lower: found[lower] for lower in fold.lowers if lower in found}

    def _short(
        self, join: Callable[[list[Formula]], Formula], a: Formula, b: Formula
    ) -> Formula | None:
        return join([a, b]) if a.size + b.size <= LARGEST else None
