"""Slips in an updated weight, w − η ∂L/∂w."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autograd.audit.reckoning import Derivative, Updated
from autograd.audit.slips import chain
from autograd.audit.slips.case import FEW, Case, Slip, Stage, multiples
from autograd.value import Value


def _update_slips(case: Case) -> Iterator[Slip]:
    """w − η g done wrongly, with the right gradient."""
    w, g, rate = _update_parts(case)
    yield Slip("sign flipped", "the update is added instead of subtracted", w + rate * g)
    yield Slip("factor left out", "the learning rate is left out", w - g)
    yield Slip("factor left out", "the gradient is left out", w - rate)
    for factor, what in multiples(case):
        yield Slip("wrong multiple", f"in the gradient: {what}", w - factor * rate * g)
    yield Slip("factor used twice", "the learning rate is used twice", w - rate * rate * g)
    yield Slip("term left out", "the old weight stands here: nothing is subtracted", w)
    yield Slip("term left out", "the old weight is left out", -rate * g)
    for places in (1, -1, 2, -2):
        what = "the decimal point of the update is misplaced"
        yield Slip("decimal point", what, w - rate * g * 10.0**places)


def _update_weights(case: Case) -> Iterator[Slip]:
    """The update of, or from, another weight; or a second update."""
    w, g, rate = _update_parts(case)
    leaf = _leaf(case)
    new = case.base.new_weight(leaf)
    what = f"the new {case.name(leaf)} is used where the old one belongs"
    yield Slip("new weight", what, new - rate * g)
    for other in case.base.steps.siblings(leaf)[:FEW]:
        name = case.name(other)
        x, d = case.base.numbers[other], case.base.gradient(other)
        yield Slip("neighbouring weight", f"this starts from {name}", x - rate * g)
        yield Slip("neighbouring weight", f"this uses the gradient of {name}", w - rate * d)
        yield Slip("neighbouring weight", f"this is the new {name}", x - rate * d)


def _gradient_before(case: Case) -> Iterator[Slip]:
    """A slip in the gradient, where the sheet does not show it."""
    yield from _in_gradient(case, chain.STAGES)


def _rare_before(case: Case) -> Iterator[Slip]:
    """The same of the rarer slips."""
    yield from _in_gradient(case, chain.RARE)


def _in_gradient(case: Case, stages: tuple[Stage, ...]) -> Iterator[Slip]:
    w, _, rate = _update_parts(case)
    gradient = Derivative(case.base.steps.root, _leaf(case))
    if gradient not in case.written:
        before = replace(case, quantity=gradient)
        for stage in stages:
            for slip in stage(before):
                yield Slip(slip.kind, f"in the gradient: {slip.what}", w - rate * slip.number)


def _leaf(case: Case) -> Value:
    assert isinstance(case.quantity, Updated)
    return case.quantity.leaf


def _update_parts(case: Case) -> tuple[float, float, float]:
    leaf = _leaf(case)
    return case.base.numbers[leaf], case.base.gradient(leaf), case.base.rate


STAGES: tuple[Stage, ...] = (_update_slips, _update_weights, _gradient_before)
RARE: tuple[Stage, ...] = (_rare_before,)
