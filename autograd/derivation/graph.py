"""A graph with names: what lies below a root, and its values and partials as formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd.errors import GraphError
from autograd.formulas.tree import FORMULAS, LARGEST, Call, Formula, Key, Number, Symbol
from autograd.rules import RULES
from autograd.value import Value, topological

__all__ = ["PRIMED", "Formulas", "Graph"]

PRIMED = frozenset(["sigmoid", "tanh", "relu", "softplus"])
"""The activations, whose derivative the notes also write σ'(z)."""

# The operations whose derivative is written by their own value y
_BY_VALUE = {r.name for r in RULES.values() for p in r.partials if p and re.search(r"\by\b", p)}


class Graph:
    """A graph with names: what lies below a root, and what each value is called.

    `data` keeps the numbers, so that a derivation stays true when a weight is updated.
    """

    def __init__(self, root: Value):
        if not isinstance(root, Value):
            raise TypeError(f"only a Value has a derivation, not {type(root).__name__}")
        self.root = root
        self.order = topological(root)
        check_fresh(self.order)
        self.data = {v: v.data for v in self.order}
        self.names: dict[Value, str] = {}
        self.named: dict[str, Value] = {}
        self.numbered: list[Value] = []
        for v in self.order:
            if v.label and not (v.op == "identity" and v.operands[0].label == v.label):
                self._name(v, v.label)
        self.is_root_named = root in self.names
        if not self.is_root_named:
            self._name(root, _free("L", self.named))

    def _name(self, v: Value, name: str) -> None:
        if name in self.named:
            raise ValueError(
                f"two values are labelled {name!r} ({self.named[name].data!r} and {v.data!r}): "
                "give each its own label, so that the derivation can tell them apart"
                + (" (of a batch, derive the loss of one example)" if v.operands else "")
            )
        self.names[v] = name
        self.named[name] = v

    def is_named(self, v: Value) -> bool:
        """Whether v stands for itself in a formula; an unlabelled root does not."""
        return v in self.names and (self.is_root_named or v is not self.root)

    def number(self, v: Value) -> None:
        """Name a value that the reader did not: v1, v2, ..."""
        self.numbered.append(v)
        self._name(v, _free(f"v{len(self.numbered)}", self.named))

    def find(self, wrt: Value | str) -> Value:
        """The value that is meant; one without a name is called x."""
        if isinstance(wrt, str):
            if wrt not in self.named:
                import difflib

                near = difflib.get_close_matches(wrt, self.named, 3)
                some = ", ".join(list(self.named)[:8])
                hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {some}"
                hint += " ..." if not near and len(self.named) > 8 else ""
                raise ValueError(f"no value in the graph is labelled {wrt!r}{hint}")
            return self.named[wrt]
        if not isinstance(wrt, Value):
            raise TypeError(f"wrt is a Value or a label, not {type(wrt).__name__}")
        if wrt not in self.names and wrt in set(self.order):
            self._name(wrt, _free("x", self.named))
        return wrt


def _free(name: str, taken: dict[str, Value]) -> str:
    while name in taken:
        name += "′"
    return name


def check_fresh(order: list[Value]) -> None:
    """Raise GraphError where a value's data is not what its operands' data give."""
    for v in order:
        if v.operands:
            y = _value_of(v)
            if (
                y != v.data
                and not math.isclose(y, v.data, rel_tol=1e-12)
                and not (y != y and v.data != v.data)
            ):
                name = v.label or f"the result of '{v.op}'"
                raise GraphError(
                    f"{name} is {v.data!r}, but its operands now give {y!r}: their data was "
                    "changed after the forward pass; run it again before deriving"
                )


def _value_of(v: Value) -> float:
    """What the rule gives on the operands' data; NaN where that is outside its domain."""
    try:
        return float(RULES[v.op].evaluate(_data(v.arguments)))
    except (ValueError, ArithmeticError):
        return math.nan


def _data(x: Any) -> Any:
    """Arguments of a rule as plain numbers."""
    if isinstance(x, tuple):
        return tuple([_data(a) for a in x])
    return x.data if isinstance(x, Value) else x


# Formulas


class Formulas:
    """The values of a graph and their partials as formulas in its names."""

    def __init__(self, graph: Graph, primes: bool = False):
        self.graph = graph
        self.primes = primes
        self._values: dict[Value, Formula] = {}
        self._space = {**FORMULAS, "softmax": self._softmax}

    def forget(self) -> None:
        """Start again, as names were added."""
        self._values.clear()

    def partials(self, v: Value) -> list[Formula]:
        """The local derivatives of v by its operands in names, from the table of rules."""
        arguments = self._formulas_of(v.arguments)
        if self.primes and v.op in PRIMED:
            return [Call(v.op, arguments, prime=True)]
        rule = RULES[v.op]
        y = self.of(v) if v.op in _BY_VALUE else None
        found = rule.differentiate(arguments, y, self._space)
        return [p if isinstance(p, Formula) else Number(p) for p in found]

    def _softmax(self, values: Sequence[Formula]) -> list[Formula]:
        """The outputs of a softmax, by their names where the graph has them."""
        names = self._softmaxes.get(tuple([f.key for f in values]), {})
        outputs: list[Formula] = FORMULAS["softmax"](values)
        return [names.get(i, y) for i, y in enumerate(outputs)]

    @cached_property
    def _softmaxes(self) -> dict[Key, dict[int, Formula]]:
        found: dict[Key, dict[int, Formula]] = {}
        for v in self.graph.names:
            if v.op == "softmax":
                index, values = v.arguments
                key = tuple([self.of(w).key for w in values])
                found.setdefault(key, {})[index] = self.of(v)
        return found

    def _formulas_of(self, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([self._formulas_of(a) for a in x])
        return self.of(x) if isinstance(x, Value) else x

    def of(self, v: Value) -> Formula:
        """What v is, in names: its own, or its rule on its operands; numbers for unnamed leaves."""
        stack = [v]
        while stack:
            u = stack[-1]
            if u in self._values:
                stack.pop()
            elif u in self.graph.names and self.graph.is_named(u):
                self._values[u] = Symbol(self.graph.names[u], self.graph.data[u])
            elif not u.operands:
                self._values[u] = Number(self.graph.data[u])
            else:
                missing = [w for w in u.operands if w not in self._values]
                stack += missing
                if not missing:
                    self._values[u] = self._rule_formula(u)
        return self._values[v]

    def inside(self, v: Value) -> Formula:
        """What a named value is made of, in the names below it."""
        for w in v.operands:
            self.of(w)
        return self._rule_formula(v)

    def _rule_formula(self, u: Value) -> Formula:
        if sum([self._values[w].size for w in u.operands]) < LARGEST:
            found = RULES[u.op].evaluate(self._formulas_of(u.arguments), FORMULAS)
            return found if isinstance(found, Formula) else Number(found)
        return Symbol(f"({u.op} …)", self.graph.data[u])
