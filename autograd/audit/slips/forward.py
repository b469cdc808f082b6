"""Slips in a number of the forward pass."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd.audit.reckoning import Forward
from autograd.audit.slips.case import (
    FEW,
    Case,
    Slip,
    Stage,
    data_swaps,
    multiple,
    neighbours,
    new_weights,
    sign,
)
from autograd.audit.steps import ACTIVATIONS, Term
from autograd.value import Value


def _activation(case: Case) -> Iterator[Slip]:
    """The activation forgotten, or used twice."""
    v = _value(case)
    step = case.base.steps.steps.get(v)
    if step is None or v.op not in ACTIVATIONS or len(step.sources) != 1:
        return
    (z,) = step.sources
    numbers = case.base.numbers
    yield Slip(
        "factor left out",
        f"the activation {v.op} is forgotten: this is {case.name(z)}",
        numbers[z],
    )
    twice = step.value({**numbers, z: case.base.value(v)})
    yield Slip("factor used twice", f"the activation {v.op} is used twice", twice)


def _loss_derivative(case: Case) -> Iterator[Slip]:
    """A derivative of the loss where the loss itself belongs."""
    v = _value(case)
    base = case.base
    if v is not base.steps.root or v not in base.steps.steps:
        return
    outputs = [
        s
        for s in base.steps.order
        if s in base.steps.steps and s is not v and base.steps.level[s] <= 2
    ]
    derivatives = base.derivatives(v)
    kind = "derivative for loss"
    for s in reversed(outputs):
        what = f"this is the derivative ∂{case.name(v)}/∂{case.name(s)}, not the loss"
        yield Slip(kind, what, derivatives[s])
    for level in (1, 2):
        row = [derivatives[s] for s in outputs if base.steps.level[s] == level]
        if len(row) > 1:
            yield Slip(kind, "this is the sum of the loss's derivatives, not the loss", sum(row))
            what = "this is the sum of the loss's derivatives without their signs, not the loss"
            yield Slip(kind, what, sum(map(abs, row)))


def _terms(case: Case) -> Iterator[Slip]:
    """A term of the sum left out, or its sign flipped."""
    whole, terms = _sum(case)
    if len(terms) > 1:
        for term in terms:
            what = f"the term {_term_name(case, term)} is left out"
            yield Slip("term left out", what, whole - term.number)
        for term in terms:
            what = f"the sign of the term {_term_name(case, term)} is flipped"
            yield Slip("sign flipped", what, whole - 2.0 * term.number)


def _factors(case: Case) -> Iterator[Slip]:
    """In a term, a factor left out, used twice, or used for the other; or the square forgotten."""
    whole, terms = _sum(case)
    for term in terms:
        for i, (f, _) in enumerate(term.factors):
            others = math.prod([x for k, (_, x) in enumerate(term.factors) if k != i])
            what = f"the factor {case.name(f)} is left out of {_term_name(case, term)}"
            yield Slip("factor left out", what, whole - term.number + others)
    for term in terms:
        for f, x in term.factors:
            what = f"the factor {case.name(f)} is used twice in {_term_name(case, term)}"
            yield Slip("factor used twice", what, whole - term.number + term.number * x)
    for term in terms:
        if len(term.factors) == 2:
            for (f, x), (other, _) in (term.factors, term.factors[::-1]):
                what = f"{case.name(f)} is used where {case.name(other)} belongs"
                yield Slip("swapped input or target", what, whole - term.number + x * x)
    step = case.base.steps.steps.get(_value(case))
    if step is not None:
        number = step.value(case.base.numbers, without="**")
        yield Slip("factor left out", "the square is forgotten", number)


def _sum(case: Case) -> tuple[float, list[Term]]:
    """The number, and the terms that it is the sum of."""
    v = _value(case)
    step = case.base.steps.steps.get(v)
    return case.base.value(v), [] if step is None else step.terms(case.base.numbers)


def _term_name(case: Case, term: Term) -> str:
    sources = term.sources
    if term.factors:
        return "·".join([case.name(s) for s in sources])
    inner = [s for s in sources if s in case.base.steps.steps] or list(sources)
    return f"of {case.name(inner[0])}" if len(sources) > 1 else case.name(sources[0])


def _other_data(case: Case) -> Iterator[Slip]:
    """An input or target used where another belongs."""
    step = case.base.steps.steps.get(_value(case))
    if step is not None:
        for data, what in data_swaps(case, step.sources):
            number = step.value({**case.base.numbers, **data})
            yield Slip("swapped input or target", what, number)


def _other_weights(case: Case) -> Iterator[Slip]:
    """A neighbouring weight, or the new one, used where another belongs; the neighbour's number."""
    steps, numbers = case.base.steps, case.base.numbers
    step = steps.steps.get(_value(case))
    if step is None:
        return
    weights = [s for s in step.sources if steps.role.get(s) in ("weight", "bias")]
    for other, what in neighbours(case, weights):
        yield Slip("neighbouring weight", what, step.value({**numbers, **other}))
    for new, what in new_weights(case, weights):
        yield Slip("new weight", what, step.value({**numbers, **new}))
    for u in steps.siblings(step.result)[:FEW]:
        what = f"this is {case.name(u)}, its neighbour"
        yield Slip("neighbouring weight", what, case.base.value(u))


def _value(case: Case) -> Value:
    assert isinstance(case.quantity, Forward)
    return case.quantity.value


STAGES: tuple[Stage, ...] = (
    sign,
    multiple,
    _activation,
    _loss_derivative,
    _terms,
    _factors,
    _other_data,
    _other_weights,
)
