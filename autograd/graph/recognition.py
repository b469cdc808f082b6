"""Activations that were built by hand, found again: by checking, never by guessing.

1/(1 + exp(−z)) is σ(z), (exp(z) − exp(−z))/(exp(z) + exp(−z)) is tanh(z), log(1 + exp(z)) is
softplus(z), and exp(zᵢ) over the sum of all exp(zⱼ) an output of softmax, however they are typed.
What was typed is computed again at a dozen points; it is the function if it has the function's
numbers at all of them, to the rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.errors import Error
from autograd.rules import ACTIVATIONS, EAGER, RULES, rule_of
from autograd.value import Value

__all__ = ["Recognised", "recognise"]

_LARGEST = 80  # operations that are looked through
_OF_ONE = [f for f in ACTIVATIONS if len(RULES[f].parameters) == 1 and not RULES[f].selects]
_ENDS_IN = frozenset(["/", "**", "*", "log", "+", "-", "neg"])
_POINTS = (-7.3, -3.1, -1.7, -0.9, -0.31, 0.23, 0.57, 0.71, 1.3, 2.2, 4.7, 8.9)


@dataclass(frozen=True)
class Recognised:
    """The operation that a value could have been made by, with the arguments of its rule."""

    op: str
    arguments: tuple[Any, ...]

    @property
    def operands(self) -> tuple[Value, ...]:
        """The values that it would have been made of."""
        last = self.arguments[-1]
        return last if isinstance(last, tuple) else (last,)


def recognise(v: Value, is_cut: Callable[[Value], bool]) -> Recognised | None:
    """The activation that v was built as by hand, looking no further down than where `is_cut`.

    >>> from autograd import exp
    >>> z = Value(0.5, "z")
    >>> recognise(1 / (1 + exp(-z)), lambda v: v is z).op
    'sigmoid'
    """
    if v.op not in _ENDS_IN:
        return None
    below = _between(v, (), is_cut)
    exponentials = [u for u in below if u.op == "exp" and u is not v and not is_cut(u)]
    if not exponentials or len(below) > _LARGEST:
        return None
    if v.op == "/" and len(v.operands) == 2:
        whole = _between(v.operands[1], exponentials, is_cut)
        inputs = list(dict.fromkeys([u.operands[0] for u in whole if u in exponentials]))
        softmax = _softmax(v, inputs, is_cut) if len(inputs) > 1 else None
        if softmax is not None:
            return softmax
    return _of_one(v, below, is_cut)


def _between(
    v: Value, stops: Collection[Value], is_cut: Callable[[Value], bool]
) -> dict[Value, None]:
    """v and all that it was made of, operands first, down to the stops, the cuts and the leaves."""
    order: dict[Value, None] = {}
    met: set[Value] = set()
    stack = [v]
    while stack and len(met) <= 2 * _LARGEST:
        u = stack[-1]
        ends = u is not v and (u in stops or is_cut(u))
        if u in met or ends or not u.operands:
            met.add(u)
            order.setdefault(stack.pop())
        else:
            met.add(u)
            stack += [x for x in reversed(u.operands) if x not in met]
    return order


def _of_one(v: Value, below: Iterable[Value], is_cut: Callable[[Value], bool]) -> Recognised | None:
    """A function of one number: the lowest value that all else goes through."""
    for z in below:
        if z is v or z.op == "constant":
            continue
        for op in _OF_ONE:
            if math.isclose(EAGER[op](z.data), v.data, rel_tol=1e-9):
                numbers = _numbers(v, [z], [(x,) for x in _POINTS], is_cut)
                if numbers and _agree(numbers, [EAGER[op](x) for x in _POINTS]):
                    return Recognised(op, (z,))
    return None


def _softmax(
    v: Value, inputs: Sequence[Value], is_cut: Callable[[Value], bool]
) -> Recognised | None:
    """An output of softmax: one exponential over the sum of all."""
    points = [
        tuple([_POINTS[(i + 5 * j + i * j) % 7 + 2] for j in range(len(inputs))]) for i in range(6)
    ]
    numbers = _numbers(v, inputs, points, is_cut)
    for index in range(len(inputs)) if numbers else ():
        outputs = [EAGER["softmax"](point)[index] for point in points]
        if _agree(numbers, outputs):
            return Recognised("softmax", (index, tuple(inputs)))
    return None


def _numbers(
    v: Value,
    inputs: Sequence[Value],
    points: Iterable[tuple[float, ...]],
    is_cut: Callable[[Value], bool],
) -> list[float]:
    """v computed again at each point; empty where v is no function of the inputs alone."""
    order = _between(v, inputs, is_cut)
    constants = {u: u.data for u in order if u.op == "constant"}
    made = [u for u in order if u not in inputs and u not in constants]
    if any(not u.operands or (u is not v and is_cut(u)) for u in made):
        return []
    results = []
    for point in points:
        numbers = {**constants, **dict(zip(inputs, point, strict=True))}
        try:
            for u in made:
                numbers[u] = float(rule_of(u).evaluate(_plain(u.arguments, numbers)))
        except (Error, ArithmeticError, ValueError):
            return []
        results.append(numbers[v])
    return results


def _plain(x: Any, numbers: dict[Value, float]) -> Any:
    if isinstance(x, tuple):
        return tuple([_plain(a, numbers) for a in x])
    return numbers[x] if isinstance(x, Value) else x


def _agree(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether the numbers are the same to what rounding does in a few operations."""
    return all(
        math.isclose(x, y, rel_tol=1e-13, abs_tol=1e-15) for x, y in zip(xs, ys, strict=True)
    )
