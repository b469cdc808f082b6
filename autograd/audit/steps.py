"""A graph as steps from named number to named number, each of which can be reckoned again.

An audit asks "what would come out if this number were another?". The engine's nodes keep the
numbers they were made with, so here every step is reckoned from the table of rules instead, on
whatever numbers it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd.graph import Graph
from autograd.rules import ACTIVATIONS as _OF_ONE
from autograd.rules import EAGER, RULES
from autograd.value import Value

__all__ = ["ACTIVATIONS", "Step", "Steps", "Term"]

ACTIVATIONS = (*_OF_ONE, "softmax")
_SEAMS = ("dot", *ACTIVATIONS)  # a step ends at these even where the value has no label

Numbers: TypeAlias = Mapping[Value, float]
Program: TypeAlias = tuple[tuple[Value, tuple[Any, ...]], ...]
"""Values with the arguments that they are made of, operands first, the result last."""


def _dot(weights: tuple[float, ...], inputs: tuple[float, ...], bias: float) -> float:
    for w, x in zip(weights, inputs, strict=True):
        bias += w * x
    return bias


_FLOATS = {**EAGER, "dot": _dot}  # floats only: here no number needs a node


@dataclass(frozen=True)
class Term:
    """A summand of a step's result: its number, the sources it reads, its factors if a product."""

    number: float
    sources: tuple[Value, ...]
    factors: tuple[tuple[Value, float], ...]


@dataclass(frozen=True)
class Step:
    """How one named value is made of others: the operations between, operands first."""

    result: Value
    program: Program
    sources: tuple[Value, ...]

    def value(self, numbers: Numbers, without: str = "") -> float:
        """The result from the sources' numbers; every operation called `without` is passed over.

        NaN where the numbers lie outside an operation's domain.
        """
        if not without and all(numbers[s] == s.data for s in self.sources):
            return self.result.data
        return self._values(numbers, self.program, without)[self.result]

    def partials(self, numbers: Numbers) -> dict[Value, float]:
        """The derivatives of the result by its sources.

        The rules read an operation's own value where they can (σ' = a(1 − a)), so the result's
        number in `numbers` is used as it stands, even where the sources would give another.
        """
        values = self._values(numbers, self.program[:-1])
        values[self.result] = numbers[self.result]
        found = dict.fromkeys(values, 0.0)
        found[self.result] = 1.0
        for v, arguments in reversed(self.program):
            operands = [Value(values[a]) for a in _flat(arguments)]
            lifted = iter(operands)
            given = _replaced(arguments, lambda _: next(lifted))  # noqa: B023 (used at once)
            derivatives = _or_nan(
                lambda: RULES[v.op].differentiate(given, Value(values[v]))  # noqa: B023
            )
            for i, operand in enumerate(_flat(arguments)):
                d = math.nan if derivatives is None else float(derivatives[i])
                found[operand] += d * found[v] if d and found[v] else 0.0
        return {s: found[s] for s in self.sources}

    def terms(self, numbers: Numbers) -> list[Term]:
        """The result as a sum: the terms of a dot product, a total, a chain of + and −."""
        values = self._values(numbers, self.program)
        made = dict(self.program)
        found: list[Term] = []
        stack = [(self.result, 1.0)]
        while stack:
            v, c = stack.pop()
            arguments = made.get(v, ())
            if v.op == "dot" and arguments:
                weights, inputs, bias = arguments
                for w, x in zip(weights, inputs, strict=True):
                    pair = ((w, values[w]), (x, values[x]))
                    found.append(Term(c * values[w] * values[x], (w, x), pair if c == 1.0 else ()))
                if isinstance(bias, Value):
                    stack.append((bias, c))
                continue
            inner = [(a, c * k) for a, k in _summands(v, arguments)]
            if inner:
                stack += reversed(inner)
            else:
                factors = _factors(v, made) if c == 1.0 else []
                pairs = tuple([(f, values[f]) for f in factors])
                found.append(Term(c * values[v], self._below(v, made), pairs))
        return found

    def _values(self, numbers: Numbers, program: Program, without: str = "") -> dict[Value, float]:
        values = {s: numbers[s] for s in self.sources}
        for v, arguments in program:
            plain = _replaced(arguments, values.__getitem__)
            if v.op == without:
                values[v] = plain[0]
                continue
            y = _or_nan(lambda: RULES[v.op].evaluate(plain, _FLOATS))  # noqa: B023 (used at once)
            values[v] = math.nan if y is None else float(y)
        return values

    def _below(self, v: Value, made: Mapping[Value, tuple[Any, ...]]) -> tuple[Value, ...]:
        found: dict[Value, None] = {}
        stack = [v]
        while stack:
            v = stack.pop()
            if v in made:
                stack += reversed(_flat(made[v]))
            else:
                found.setdefault(v)
        return tuple(found)


def _summands(v: Value, arguments: tuple[Any, ...]) -> list[tuple[Value, float]]:
    """The operands that v is a sum of, with their coefficients; none for a product."""
    if v.op in ("+", "-") and arguments:
        signs = (1.0, -1.0 if v.op == "-" else 1.0)
        return [(a, k) for a, k in zip(arguments, signs, strict=True) if isinstance(a, Value)]
    if v.op == "neg" and arguments:
        return [(arguments[0], -1.0)]
    if v.op in ("total", "mean") and arguments:
        k = 1.0 if v.op == "total" else 1.0 / len(arguments[0])
        return [(a, k) for a in arguments[0]]
    if v.op in ("*", "/") and len(_flat(arguments)) == 1 and isinstance(arguments[-1], Value):
        return [(arguments[1], arguments[0])] if v.op == "*" else []
    if v.op in ("*", "/") and len(_flat(arguments)) == 1:
        return [(arguments[0], arguments[1] if v.op == "*" else 1.0 / arguments[1])]
    return []


def _factors(v: Value, made: Mapping[Value, tuple[Any, ...]]) -> list[Value]:
    """The values whose product v is, where all of them are sources; else none."""
    if v.op != "*" or v not in made:
        return []
    operands = made[v]
    return list(operands) if all(isinstance(a, Value) and a not in made for a in operands) else []


def _flat(arguments: tuple[Any, ...]) -> list[Value]:
    found: list[Value] = []
    for a in arguments:
        found += _flat(a) if isinstance(a, tuple) else [a] if isinstance(a, Value) else []
    return found


def _replaced(arguments: tuple[Any, ...], by: Callable[[Value], Any]) -> tuple[Any, ...]:
    """The same arguments with each Value among them replaced."""
    return tuple(
        [
            _replaced(a, by) if isinstance(a, tuple) else by(a) if isinstance(a, Value) else a
            for a in arguments
        ]
    )


def _or_nan(reckon: Callable[[], Any]) -> Any:
    """What `reckon` gives, or None outside its domain: a number that was only tried out."""
    try:
        return reckon()
    except (ArithmeticError, ValueError):
        return None


class Steps:
    """The labelled values of a graph and how each is made of those before it.

    Neurons' sums and activations are steps of their own even where they have no label, and a
    plain number among a neuron's inputs or subtracted from a prediction is a source, so that a
    slip can be tried on it.

    Raises ValueError where two values have one label, GraphError where data was changed after the
    forward pass.
    """

    def __init__(self, root: Value):
        self.root = root
        self.graph = Graph(root)
        self.graph.names.check_unique()
        order = list(self.graph.rank)[::-1]  # from its end down, the first operand comes first
        self._constants: dict[tuple[object, ...], Value] = {}
        self._between: dict[tuple[Value, Value], dict[Value, list[Value]]] = {}
        self.steps: dict[Value, Step] = {}
        for v in order:
            if v.operands and (v in self.graph.names or v.op in _SEAMS):
                self.steps[v] = self._step(v)
        used = {s for step in self.steps.values() for s in step.sources}
        met = [v for v in order if v in used or v in self.graph.names]
        self.order = [*self._constants.values(), *met]
        self.index = {v: i for i, v in enumerate(self.order)}
        self.consumers: dict[Value, list[Value]] = {v: [] for v in self.order}
        for v, step in self.steps.items():
            for s in step.sources:
                self.consumers[s].append(v)
        self.role = {v: self._role(v) for v in self.order if v not in self.steps}
        self.level = self._levels()

    def name(self, v: Value) -> str:
        """The label (L for a root without one); of another value its number, or how it is made."""
        if v in self.graph.names:
            return self.graph.names[v]
        if v not in self.steps:
            return f"{v.data:g}"
        sources = self.steps[v].sources
        first = self.name(sources[0]) if len(sources) == 1 else f"{self.name(sources[0])}, …"
        return f"{RULES[v.op].symbol}({first})"

    def inputs(self) -> dict[Value, float]:
        """The numbers that the graph starts from."""
        return {v: v.data for v in self.order if v not in self.steps}

    def siblings(self, v: Value) -> list[Value]:
        """What could be mistaken for v: leaves of its role and level, or steps of its level."""
        return [u for u in self.order if u is not v and self._kin(u) == self._kin(v)]

    def counts(self) -> list[int]:
        """The numbers n that a 1/n could be of: lengths of means, terms and outputs of the loss."""
        loss = self.steps.get(self.root)
        if loss is None:
            return []
        terms = len(loss.terms({v: v.data for v in self.order}))
        outputs = sum([s in self.steps for s in loss.sources])
        made = [v for step in self.steps.values() for v, _ in step.program]
        means = [len(v.operands) for v in made if v.op == "mean"]
        return sorted({n for n in [terms, outputs, *means] if n > 1})

    def _kin(self, v: Value) -> object:
        if v in self.steps:
            return "step", v.op, self.level[v]
        role = self.role[v]
        return role if role == "target" else (role, self.level[v])

    def _step(self, v: Value) -> Step:
        program: list[tuple[Value, tuple[Any, ...]]] = []
        sources: dict[Value, None] = {}
        done: set[Value] = set()
        stack = [v]
        while stack:
            u = stack[-1]
            arguments = self._arguments(u)
            waiting = [a for a in _flat(arguments) if a not in done]
            ends = u is not v and (u in self.graph.names or not u.operands or u.op in _SEAMS)
            if u in done or ends or not waiting:
                stack.pop()
                if ends:
                    sources.setdefault(u)
                elif u not in done:
                    program.append((u, arguments))
                done.add(u)
            else:
                stack += reversed(waiting)
        return Step(v, tuple(program), tuple(sources))

    def _arguments(self, v: Value) -> tuple[Any, ...]:
        """The operation's arguments, with its inputs or targets as sources if plain numbers."""
        arguments = v.arguments
        if v.op == "dot":
            weights, inputs, bias = arguments
            xs = [self._source(x, "input", i) for i, x in enumerate(inputs)]
            return weights, tuple(xs), bias
        if v.op == "-":
            return tuple([self._source(a, "target", 0) for a in arguments])
        return arguments

    def _source(self, x: float | Value, *place: object) -> Value:
        if isinstance(x, Value):
            return x
        return self._constants.setdefault((x, *place), Value(x))

    def _role(self, leaf: Value) -> str:
        """What a leaf is for: weight, bias, input or target.

        The label's first letter says so in all the notes; without it, the place in a neuron does.
        """
        for v in self.consumers[leaf]:
            for u, arguments in self.steps[v].program:
                if u.op == "dot":
                    weights, inputs, bias = arguments
                    if leaf in weights:
                        return "weight"
                    if leaf in inputs:
                        return "input"
                    if leaf is bias:
                        return "bias"
        first = (leaf.label or "?")[0].lower()
        if first in "wθ":
            return "weight"
        if first == "b":
            return "bias"
        beside = [s for v in self.consumers[leaf] for s in self.steps[v].sources]
        return "input" if any((s.label or "?")[0].lower() in "wθ" for s in beside) else "target"

    def _levels(self) -> dict[Value, int]:
        """The longest way from each value to the root, in steps."""
        found = dict.fromkeys(self.order, 0)
        for v in reversed(self.order):
            for s in self.steps[v].sources if v in self.steps else ():
                found[s] = max(found[s], found[v] + 1)
        return found

    def between(self, top: Value, bottom: Value) -> dict[Value, list[Value]]:
        """The steps' values from just above bottom up to top, with their sources on the way.

        These are the factors that ∂top/∂bottom is made of, operands first.
        """
        key = top, bottom
        if key not in self._between:
            depends = {bottom}
            found: dict[Value, list[Value]] = {}
            for v in self.order[self.index[bottom] + 1 : self.index[top] + 1]:
                if v in self.steps and not depends.isdisjoint(self.steps[v].sources):
                    depends.add(v)
                    found[v] = [s for s in self.steps[v].sources if s in depends]
            self._between[key] = found
        return self._between[key]

    def read_by(self, v: Value, s: Value) -> tuple[Value, ...]:
        """The sources that the factor ∂v/∂s may be read from: in a neuron's sum only its pair."""
        step = self.steps[v]
        if v.op != "dot" or len(step.program) != 1:
            return step.sources
        weights, inputs, _ = step.program[0][1]
        pairs = zip([*weights, *inputs], [*inputs, *weights], strict=True)
        return tuple([other for one, other in pairs if one is s])
