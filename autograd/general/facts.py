"""What a derivation may use beside the rules: that the targets of a row add up to 1.

A sum that is 0 or 1 in every instance is put in as that number, where it is so with other numbers,
too (the outputs of a softmax), or where it is one of inputs alone; then the derivation says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograd.general.nodes import DATA, LEAF, LITERAL, Family, Node
from autograd.general.numbers import Numbers
from autograd.general.terms import (
    ONE,
    Adjoint,
    Constant,
    Entry,
    Summation,
    Term,
    contains,
    cost,
    replace,
    simplify,
    variables,
    walk,
)
from autograd.rules import RULES

__all__ = ["Fact", "Facts", "computed", "other_numbers"]

_SAME = 1e-12


@dataclass(frozen=True)
class Fact:
    """A sum, in the indices `variables` of a family, that is 0 or 1; `always`, or in the data."""

    family: Family
    variables: tuple[str, ...]
    sum: Term
    number: float
    always: bool


class Facts:
    """Finds sums that are 0 or 1; `other` evaluates them with other numbers in the graph."""

    def __init__(self, numbers: Numbers, other: Numbers):
        self.numbers = numbers
        self.other = other

    def put_in(self, f: Family, vs: tuple[str, ...], t: Term) -> tuple[Term, tuple[Fact, ...]]:
        """The derivative by f with every such sum put in, and which these were."""
        used: list[Fact] = []
        sums = {s for s in walk(t) if isinstance(s, Summation) and s.kind == "sum"}
        for s in sorted(sums, key=lambda s: (-cost(s), repr(s))):
            if contains(s, Adjoint) or not variables(s) <= set(vs):
                continue
            values = self._values(self.numbers, f, vs, s)
            if s.body == ONE and len(set(values)) == 1:  # a count
                t = simplify(replace(t, s, Constant(values[0])))
                continue
            for whole in (0.0, 1.0):
                if all(abs(x - whole) <= _SAME for x in values):
                    always = all(
                        abs(x - whole) <= _SAME for x in self._values(self.other, f, vs, s)
                    )
                    if always or self._is_of_data(s):
                        used.append(Fact(f, vs, s, whole, always))
                        t = simplify(replace(t, s, Constant(whole)))
        return t, tuple(used)

    def _values(
        self, numbers: Numbers, f: Family, vs: tuple[str, ...], s: Summation
    ) -> list[float]:  # fmt: skip
        try:
            return [numbers.of(s, dict(zip(vs, at, strict=True))) for at in f.members]
        except KeyError:  # a layer that is not there
            return [math.nan]

    def _is_of_data(self, s: Summation) -> bool:
        entries = [e for e in walk(s) if isinstance(e, Entry)]
        return bool(entries) and all(self.numbers.families[e.family].is_input for e in entries)


def other_numbers(nodes: list[Node]) -> dict[int, float]:
    """The same graph on other inputs: what each node would be then; NaN outside a domain."""
    numbers: dict[int, float] = {}
    for i, n in enumerate(nodes):
        if n.op == LITERAL:
            numbers[id(n)] = n.data
        elif n.op in (LEAF, DATA):
            numbers[id(n)] = n.data * (1.0 + 0.25 * math.sin(7.0 * i + 1.0)) + 0.01
        else:
            numbers[id(n)] = computed(n, [numbers[id(k)] for k in n.operands])
    return numbers


def computed(n: Node, xs: list[float]) -> float:
    """What a node gives on other operands; NaN outside its domain."""
    try:
        match n.op:
            case "sum":
                return math.fsum(xs)
            case "mean":
                return math.fsum(xs) / len(xs)
            case "product":
                return math.prod(xs)
            case "maximum":
                return max(xs)
            case "minimum":
                return min(xs)
            case "softmax":
                return float(RULES["softmax"].evaluate((n.place, xs)))
            case "logsumexp":
                return float(RULES["logsumexp"].evaluate((xs,)))
        return float(RULES[n.op].evaluate(tuple(xs)))
    except (ValueError, ArithmeticError):
        return math.nan
