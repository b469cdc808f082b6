"""What is diagnosed, what a diagnosis is, and what may stand in another number's place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from autograd.audit.reckoning import Edge, Quantity, Reckoning
from autograd.audit.sheet import Figure
from autograd.value import Value

FEW = 8  # so many values are tried in each other's place


@dataclass(frozen=True)
class Slip:
    """A slip: its kind, what was done in words, and the number that it gives."""

    kind: str
    what: str
    number: float


@dataclass(frozen=True)
class Case:
    """A figure that is wrong, the quantity it stands for, and the numbers it was reckoned from.

    `written` are the quantities that the sheet shows, where a slip before this one would be seen.
    `usual` tells whether a figure stands for a number by the sheet's way of rounding. With
    `loosely` a number also fits that is a few steps of the last digit away.
    """

    figure: Figure
    quantity: Quantity
    base: Reckoning
    written: frozenset[Quantity]
    usual: Callable[[Figure, float], bool]
    loosely: bool = False

    @property
    def right(self) -> float:
        """What the figure should have been."""
        return self.base.number(self.quantity)

    def fits(self, figure: Figure, x: float) -> bool:
        """Whether the figure may stand for x."""
        return figure.nearly(x) if self.loosely else figure.match(x) is not None

    def name(self, v: Value) -> str:
        """The name of a value."""
        return self.base.steps.name(v)

    def names(self, values: list[Value]) -> str:
        """The names of values, in words: a, b and c."""
        *most, last = [self.name(v) for v in values]
        return f"{', '.join(most)} and {last}" if most else last

    def factor(self, edge: Edge) -> str:
        """A factor of the chain rule, as in ∂out_y1/∂y1."""
        return f"∂{self.name(edge[0])}/∂{self.name(edge[1])}"


Stage: TypeAlias = Callable[[Case], Iterator[Slip]]
"""Tries one kind of slip, and yields what would come out."""


def close(x: float, y: float) -> bool:
    """Whether two numbers differ by no more than double precision loses."""
    return abs(x - y) <= 1e-12 * max(abs(x), abs(y))


# The whole number


def sign(case: Case) -> Iterator[Slip]:
    """The sign of the whole number flipped."""
    yield Slip("sign flipped", "the sign is flipped", -case.right)


def multiple(case: Case) -> Iterator[Slip]:
    """The whole number times 2, ½, n or 1/n."""
    right = case.right
    for factor, what in multiples(case):
        yield Slip("wrong multiple", what, factor * right)


def multiples(case: Case) -> Iterator[tuple[float, str]]:
    """The factors that are easily forgotten or put in, and which."""
    yield 2.0, "a factor 2 too many (or a ½ forgotten)"
    yield 0.5, "a factor ½ too many (or a 2 forgotten)"
    for n in case.base.steps.counts():
        if n > 2:
            yield float(n), f"a factor 1/n forgotten (n = {n})"
            yield 1.0 / n, f"a factor 1/n too many (n = {n})"


# What may be used in another's place


def data_swaps(
    case: Case, among: tuple[Value, ...] | list[Value]
) -> Iterator[tuple[dict[Value, float], str]]:
    """Other numbers for the inputs and targets among some values: another's, or exchanged."""
    numbers, role = case.base.numbers, case.base.steps.role
    data = [s for s in among if role.get(s) in ("input", "target")][:FEW]
    for s in data:
        for other in case.base.steps.siblings(s)[:FEW]:
            what = f"{case.name(other)} is used where {case.name(s)} belongs"
            yield {s: numbers[other]}, what
        if role[s] == "target" and numbers[s] in (0.0, 1.0):
            what = f"the target {case.name(s)} is taken for the other class"
            yield {s: 1.0 - numbers[s]}, what
    for s, other in combinations(data, 2):
        if role[s] == role[other]:
            what = f"{case.name(s)} and {case.name(other)} are swapped"
            yield {s: numbers[other], other: numbers[s]}, what


def neighbours(case: Case, weights: list[Value]) -> Iterator[tuple[dict[Value, float], str]]:
    """Other numbers for weights and biases: a neighbour's, or two exchanged."""
    numbers = case.base.numbers
    for w in weights[:FEW]:
        for other in case.base.steps.siblings(w)[:FEW]:
            yield {w: numbers[other]}, f"{case.name(other)} is used where {case.name(w)} belongs"
    for w, other in combinations(weights[:FEW], 2):
        if case.base.steps.role[w] != case.base.steps.role[other]:
            continue
        what = f"{case.name(w)} and {case.name(other)} are swapped"
        yield {w: numbers[other], other: numbers[w]}, what


def new_weights(case: Case, weights: list[Value]) -> Iterator[tuple[dict[Value, float], str]]:
    """The new numbers of weights where the old ones belong: of all, or of one."""
    base = case.base
    if base.learning_rate is None:
        return
    weights = weights[: FEW * FEW]
    for new in ({w: base.new_weight(w) for w in weights}, {w: base.update(w) for w in weights}):
        if len(new) > 1:
            yield new, "the new weights are used where the old ones belong"
        for level in sorted({base.steps.level[w] for w in new}):
            layer = {w: x for w, x in new.items() if base.steps.level[w] == level}
            if 1 < len(layer) < len(new):
                names = case.names(list(layer))
                yield layer, f"the new {names} are used where the old ones belong"
        for w, x in list(new.items())[:FEW]:
            yield {w: x}, f"the new {case.name(w)} is used where the old one belongs"
