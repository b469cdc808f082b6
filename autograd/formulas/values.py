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
from autograd.graph import Fold, Graph, Recognised, recognise
from autograd.rules import ACTIVATIONS, RULES, Space, rule_of
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
    by its operands; as a rule that is its name. Activations built by hand have the derivative
    that the table of rules gives them, unless everything is to be `as_typed`.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        largest: int = LARGEST,
        primes: bool = False,
        as_typed: bool = False,
        called: Callable[[Value], str | None] | None = None,
    ):
        self.graph = graph
        self.largest = largest
        self.primes = primes
        self.as_typed = as_typed
        self._recognised: dict[Value, Recognised | None] = {}
        self._called = called or self._name
        self._values: dict[Value, Formula] = {}
        self._space = Space({**FORMULAS, "softmax": self._softmax})

    def forget(self) -> None:
        """Start again, as names were added."""
        self._values.clear()
        self._recognised.clear()
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
        return formula(rule_of(v).evaluate(self._formulas_of(v.arguments), FORMULAS))

    def _formulas_of(self, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([self._formulas_of(a) for a in x])
        return self.of(x) if isinstance(x, Value) else x

    # Derivatives

    def partials(self, v: Value) -> list[tuple[Value, Formula]]:
        """What v is made of, with the local derivatives of v in names, from the table of rules."""
        by_hand = self._by_hand(v)
        op, of = (v.op, v) if by_hand is None else (by_hand.op, by_hand)
        arguments = self._formulas_of(of.arguments)
        if self.primes and op in ACTIVATIONS:
            return [(of.operands[0], Call(op, arguments, prime=True))]
        rule = rule_of(v) if by_hand is None else RULES[op]
        y = None
        if op in _BY_VALUE or op not in RULES:
            is_named = by_hand is None or self._called(v) is not None
            y = self.of(v) if is_named else rule.evaluate(arguments, FORMULAS)
        partials = rule.differentiate(arguments, y, self._space)
        return [(x, formula(p)) for x, p in zip(of.operands, partials, strict=True)]

    def _by_hand(self, v: Value) -> Recognised | None:
        """The activation that v was built as by hand."""
        if self.as_typed or not self._has_exponentials:
            return None
        if v not in self._recognised:
            self._recognised[v] = recognise(v, lambda u: self._called(u) is not None)
        return self._recognised[v]

    @cached_property
    def _has_exponentials(self) -> bool:
        return any(v.op == "exp" for v in self.graph.order)

    def _softmax(self, values: Sequence[Formula]) -> list[Formula]:
        """The outputs of a softmax, by their names where the graph has them."""
        names = self._softmaxes.get(tuple([f.key for f in values]), {})
        outputs: list[Formula] = FORMULAS["softmax"](values)
        return [names.get(i, y) for i, y in enumerate(outputs)]

    @cached_property
    def _softmaxes(self) -> dict[Key, dict[int, Formula]]:
        outputs: dict[Key, dict[int, Formula]] = {}
        for v in self.graph.names:
            of = self._by_hand(v) or v
            if of.op == "softmax" and self._called(v) is not None:
                index, values = of.arguments
                key = tuple([self.of(w).key for w in values])
                outputs.setdefault(key, {})[index] = self.of(v)
        return outputs

    def through(self, fold: Fold, *, direct: bool = True) -> dict[Value, Formula | None]:
        """The derivatives of the fold's upper value by its lowers; None where one is too large.

        Without `direct` only the ways through folded values count.
        """
        known: dict[Value, list[tuple[Value, Formula]]] = {}

        def partials(v: Value) -> list[tuple[Value, tuple[Value, int]]]:
            by_hand = self._by_hand(v)
            operands = v.operands if by_hand is None else by_hand.operands
            return [(x, (v, i)) for i, x in enumerate(operands)]

        def times(place: tuple[Value, int], g: Formula | None) -> Formula | None:
            if g is None:  # then the partial need not be written either
                return None
            v, i = place
            if v not in known:
                known[v] = self.partials(v)
            return self._short(multiply, g, known[v][i][1])

        def plus(a: Formula | None, b: Formula | None) -> Formula | None:
            return None if a is None or b is None else self._short(add, a, b)

        one: Formula | None = ONE
        derivatives = fold.accumulate(one, partials, plus, times, direct=direct)
        return {lower: derivatives[lower] for lower in fold.lowers if lower in derivatives}

    def _short(
        self, join: Callable[[list[Formula]], Formula], a: Formula, b: Formula
    ) -> Formula | None:
        return join([a, b]) if a.size + b.size <= LARGEST else None
