"""What the numbers of a graph come to, given some of them: forward, gradients, updates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import TypeAlias

from autograd.audit.steps import Steps
from autograd.value import Value

__all__ = ["Derivative", "Edge", "Forward", "Path", "Quantity", "Reckoning", "Updated"]


@dataclass(frozen=True)
class Forward:
    """The number of a value in the forward pass."""

    value: Value


@dataclass(frozen=True)
class Derivative:
    """∂top/∂bottom."""

    top: Value
    bottom: Value


@dataclass(frozen=True)
class Updated:
    """The new number of a leaf after a step of gradient descent: w − η ∂L/∂w."""

    leaf: Value


Quantity: TypeAlias = Forward | Derivative | Updated
Edge: TypeAlias = tuple[Value, Value]
"""A step's value and one of its sources: the factor ∂value/∂source."""
Partials: TypeAlias = Mapping[Value, float]


@dataclass(frozen=True)
class Path:
    """One route from a derivative's top to its bottom, and what it contributes."""

    edges: tuple[Edge, ...]
    number: float


class Reckoning:
    """All the numbers of a graph, some of them given (by a sheet), the rest following from those.

    `given` has numbers of the forward pass, `gradients` derivatives of the root, `updated` new
    weights. Where nothing is given the numbers are the engine's own, each step's after `rounding`.
    """

    def __init__(
        self,
        steps: Steps,
        learning_rate: float | None = None,
        given: Mapping[Value, float] | None = None,
        gradients: Mapping[Value, float] | None = None,
        updated: Mapping[Value, float] | None = None,
        rounding: Callable[[float], float] = float,
    ):
        self.steps = steps
        self.learning_rate = learning_rate
        self.given = dict(given or {})
        self.gradients = dict(gradients or {})
        self.updated = dict(updated or {})
        self.numbers: dict[Value, float] = steps.inputs()
        for v in steps.order:
            if v in self.given:
                self.numbers[v] = self.given[v]
            elif v in steps.steps:
                self.numbers[v] = rounding(steps.steps[v].value(self.numbers))
        self._forget()

    def _forget(self) -> None:
        self._partials: dict[Value, Partials] = {}
        self._derivatives: dict[Value, dict[Value, float]] = {}
        self._edges: dict[Edge, list[tuple[Edge, float, float]]] = {}

    # The numbers that were asked for, never taken from the entry that is judged

    def number(self, quantity: Quantity) -> float:
        """What the quantity comes to, from the numbers before it."""
        if isinstance(quantity, Forward):
            return self.value(quantity.value)
        if isinstance(quantity, Derivative):
            return self.derivative(quantity.top, quantity.bottom)
        return self.update(quantity.leaf)

    def value(self, v: Value) -> float:
        """The number of v, from its sources."""
        step = self.steps.steps.get(v)
        return v.data if step is None else step.value(self.numbers)

    def derivative(
        self, top: Value, bottom: Value, changed: Mapping[Edge, float] | None = None
    ) -> float:
        """∂top/∂bottom, from the derivatives above and the factors.

        `changed` has other numbers for some of the factors.
        """
        changed = changed or {}
        between = self.steps.between(top, bottom)
        found = {top: 1.0}
        for v in reversed(between):
            d = self.used(top, v, found.get(v, 0.0))
            if d:
                partials = self.partials(v)
                for s in between[v]:
                    found[s] = found.get(s, 0.0) + d * changed.get((v, s), partials[s])
        return found.get(bottom, 0.0)

    def gradient(self, v: Value) -> float:
        """The derivative of the root by v: the given one, or else as reckoned."""
        if v in self.gradients:
            return self.gradients[v]
        return self.derivative(self.steps.root, v)

    def update(self, w: Value) -> float:
        """w − η ∂L/∂w."""
        return self.numbers[w] - self.rate * self.gradient(w)

    @property
    def rate(self) -> float:
        """The learning rate; NaN where there is none, which no figure matches."""
        return math.nan if self.learning_rate is None else self.learning_rate

    def new_weight(self, w: Value) -> float:
        """The new number of w: the given one, or else as reckoned."""
        return self.updated[w] if w in self.updated else self.update(w)

    # The chain rule

    def partials(self, v: Value) -> Partials:
        """The factors of v's step: its derivatives by its sources."""
        if v not in self._partials:
            self._partials[v] = self.steps.steps[v].partials(self.numbers)
        return self._partials[v]

    def derivatives(self, top: Value) -> dict[Value, float]:
        """∂top/∂v for every v, as reckoned from the derivatives of what v goes into."""
        if top not in self._derivatives:
            found = dict.fromkeys(self.steps.order, 0.0)
            found[top] = 1.0
            for v in reversed(self.steps.order[: self.steps.index[top] + 1]):
                d = self.used(top, v, found[v])
                if v in self.steps.steps and d:
                    for s, p in self.partials(v).items():
                        found[s] += d * p
            self._derivatives[top] = found
        return self._derivatives[top]

    def edges(self, top: Value, bottom: Value) -> list[tuple[Edge, float, float]]:
        """The factors that ∂top/∂bottom is made of, each with its number and all else beside it.

        All else is ∂top/∂c for the factor ∂c/∂s, times ∂s/∂bottom without ways through a given
        derivative; so the product of the two numbers is the sum of all paths along that edge.
        """
        key = top, bottom
        if key not in self._edges:
            between = self.steps.between(top, bottom)
            below = {bottom: 1.0}
            for v in between:
                d = sum([self.partials(v)[s] * below[s] for s in between[v]])
                below[v] = 0.0 if self._is_given(top, v) else d
            above = self.derivatives(top)
            found = []
            for v in reversed(between):
                d = self.used(top, v, above[v])
                for s in between[v]:
                    if d * below[s]:
                        found.append(((v, s), self.partials(v)[s], d * below[s]))
            self._edges[key] = found
        return self._edges[key]

    def paths(self, top: Value, bottom: Value, limit: int) -> list[Path]:
        """All paths from top, or from where a derivative is given, to bottom; none if over limit.

        A path whose product is 0 does not count.
        """
        found: list[Path] = []
        edges: dict[Value, list[tuple[Edge, float]]] = {}
        for edge, p, _ in self.edges(top, bottom):
            edges.setdefault(edge[1], []).append((edge, p))
        stack: list[tuple[Value, tuple[Edge, ...], float]] = [(bottom, (), 1.0)]
        while stack:
            v, tail, product = stack.pop()
            if v is not bottom and (v is top or self._is_given(top, v)):
                start = 1.0 if v is top else self.gradients[v]
                found.append(Path(tail, start * product))
                if len(found) > limit:
                    return []
                continue
            for edge, p in reversed(edges.get(v, [])):
                if p:
                    stack.append((edge[0], (edge, *tail), p * product))
        return found

    def _is_given(self, top: Value, v: Value) -> bool:
        return top is self.steps.root and v in self.gradients and v is not top

    def used(self, top: Value, v: Value, reckoned: float) -> float:
        """The derivative of top by v that is used on: the given one, or else what was reckoned."""
        return self.gradients[v] if self._is_given(top, v) else reckoned

    # Other numbers tried

    def elsewhere(self, numbers: Mapping[Value, float]) -> Reckoning:
        """The same with other numbers from the start, and all that follows from them."""
        other = copy(self)
        other.given = {**self.given, **numbers}
        other.numbers = {**self.numbers, **numbers}
        other._forget()
        moved = set(numbers)
        for v, step in self.steps.steps.items():
            affected = not moved.isdisjoint(step.sources)
            if affected and v not in other.given:
                moved.add(v)
                other.numbers[v] = step.value(other.numbers)
            if v in self._partials and not affected and v not in moved:
                other._partials[v] = self._partials[v]
        return other

    def backwards(
        self, top: Value, bottom: Value, numbers: Mapping[Value, float]
    ) -> dict[Edge, float]:
        """The factors of ∂top/∂bottom that change where other numbers are used in them only."""
        tried = {**self.numbers, **numbers}
        changed: dict[Edge, float] = {}
        between = self.steps.between(top, bottom)
        for v in {c for s in numbers for c in self.steps.consumers[s] if c in between}:
            partials = self.steps.steps[v].partials(tried)
            changed.update({(v, s): partials[s] for s in between[v]})
        return changed
