"""The rules' partials as small programs: an expression of `rules` run once over symbols.

A `Partials` is a list of steps. `flattening` runs it on the slots of any node of that operation,
which is some ten times faster than evaluating the expression's text for every node.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from autograd.replay.flat import DERIVED
from autograd.rules import EAGER, FUNCTIONS, RULES, Rule, Space


class TraceStep(NamedTuple):
    """An operation on earlier steps; or an operand, the value or a number where it has no name."""

    name: str
    steps: tuple[int, ...] = ()
    number: float = 0.0


OPERAND, VALUE, NUMBER = "operand", "value", "number"


class Partials(NamedTuple):
    """What the partials of an operation need, and the step of each; None where there is none."""

    steps: list[TraceStep]
    by: list[int | None]
    selects: bool


@cache
def partials(name: str, count: int, index: int = -1) -> Partials:
    """The partials of an operation of so many operands; `index` is which output of softmax.

    >>> partials("sigmoid", 1).steps
    [TraceStep(name='operand', steps=(0,), number=0.0), \
TraceStep(name='value', steps=(), number=0.0), TraceStep(name='neg', steps=(0,), number=0.0), \
TraceStep(name='sigmoid', steps=(2,), number=0.0), TraceStep(name='*', steps=(1, 3), number=0.0)]
    """
    rule = DERIVED[name] if name in DERIVED else RULES[name]
    trace = _Trace()
    operands = tuple([trace.step(OPERAND, k) for k in range(count)])
    arguments: tuple[Any, ...] = operands if rule.elementwise else (operands,)
    if index >= 0:
        arguments = index, *arguments
    found = rule.differentiate(arguments, trace.step(VALUE), trace.space(), accurate=True)
    each = iter(found)
    expressions = [p for p, a in zip(rule.partials, arguments, strict=True) if a is not index]
    if rule.elementwise:
        by = [None if e is None else trace.number_of(next(each)) for e in expressions]
    else:
        by = [trace.number_of(x) for x in each]
    return Partials(trace.steps, by, rule.selects)


class _Trace:
    """The steps that the operators of `_Symbol` write down, equal ones once."""

    def __init__(self) -> None:
        self.steps: list[TraceStep] = []
        self.numbers: dict[TraceStep, int] = {}

    def step(self, name: str, *steps: int, number: float = 0.0) -> _Symbol:
        made = TraceStep(name, steps, number)
        place = self.numbers.setdefault(made, len(self.steps))
        if place == len(self.steps):
            self.steps.append(made)
        return _Symbol(self, place)

    def number_of(self, x: Any) -> int:
        """The step of a symbol, or of a plain number."""
        if isinstance(x, _Symbol):
            return x.place
        return self.step(NUMBER, number=float(x)).place

    def apply(self, name: str, *operands: Any) -> _Symbol:
        return self.step(name, *[self.number_of(x) for x in operands])

    def space(self) -> Space:
        """What the names in an expression stand for."""

        def gaussian(x: Any, share: float) -> Any:
            return self.apply("exp", -(x * x * share))

        def sign(x: Any) -> Any:
            return where(x > 0, 1, where(x < 0, -1, 0))

        def softmax(values: tuple[Any, ...]) -> list[Any]:
            places = [self.number_of(v) for v in values]
            return [self.step("softmax", *places, number=k) for k in range(len(places))]

        def where(c: Any, a: Any, b: Any) -> Any:
            return self.apply("where", c, a, b)

        functions = {f: self._function(rule) for f, rule in FUNCTIONS.items() if rule.elementwise}
        return Space(
            {
                **EAGER,
                **functions,
                "equal": lambda a, b: self.apply("equal", a, b),
                "gaussian": gaussian,
                "ln": functions["log"],
                "power": lambda a, b: self.apply("**", a, b),
                "quotient": lambda a, b: self.apply("/", a, b),
                "sign": sign,
                "softmax": softmax,
                "where": where,
            }
        )

    def _function(self, rule: Rule) -> Callable[..., Any]:
        def call(*operands: Any) -> Any:
            if any(isinstance(x, _Symbol) for x in operands):
                return self.apply(rule.name, *operands)
            return rule.evaluate(operands)

        return call


class _Symbol:
    """A step of a trace, with the operators that the rules' expressions use."""

    def __init__(self, trace: _Trace, place: int):
        self.trace, self.place = trace, place

    def __add__(self, other: Any) -> _Symbol:
        return self.trace.apply("+", self, other)

    def __radd__(self, other: Any) -> _Symbol:
        return self.trace.apply("+", other, self)

    def __sub__(self, other: Any) -> _Symbol:
        return self.trace.apply("-", self, other)

    def __rsub__(self, other: Any) -> _Symbol:
        return self.trace.apply("-", other, self)

    def __mul__(self, other: Any) -> _Symbol:
        return self.trace.apply("*", self, other)

    def __rmul__(self, other: Any) -> _Symbol:
        return self.trace.apply("*", other, self)

    def __truediv__(self, other: Any) -> _Symbol:
        return self.trace.apply("/", self, other)

    def __rtruediv__(self, other: Any) -> _Symbol:
        return self.trace.apply("/", other, self)

    def __neg__(self) -> _Symbol:
        return self.trace.apply("neg", self)

    def __lt__(self, other: Any) -> _Symbol:
        return self.trace.apply("less", self, other)

    def __gt__(self, other: Any) -> _Symbol:
        return self.trace.apply("less", other, self)

    def __le__(self, other: Any) -> _Symbol:
        return self.trace.apply("less_equal", self, other)

    def __ge__(self, other: Any) -> _Symbol:
        return self.trace.apply("less_equal", other, self)

    def __and__(self, other: Any) -> _Symbol:
        return self.trace.apply("*", self, other)  # of truths that are 0 or 1
