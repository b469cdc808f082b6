"""The slips that people make in a hand computation, and what number each of them would give.

Each module tries the slips in one sort of number, the simplest first; `diagnose` finds those that
give the figure on the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from autograd.audit.reckoning import Derivative, Forward, Updated
from autograd.audit.slips import chain, forward, update, writing
from autograd.audit.slips.case import FEW, Case, Slip, Stage, close

__all__ = ["Case", "Slip", "diagnose"]

_MOST_BEFORE = 1000  # so many slips are tried in numbers that the sheet does not show
_STAGES: dict[type, tuple[Stage, ...]] = {
    Forward: (writing.copied_wrongly, *forward.STAGES),
    Derivative: (writing.copied_wrongly, *chain.STAGES),
    Updated: (writing.copied_wrongly, *update.STAGES),
}
_RARE: dict[type, tuple[Stage, ...]] = {
    Forward: (),
    Derivative: chain.RARE,
    Updated: update.RARE,
}


def diagnose(cases: list[Case]) -> list[Slip]:
    """All slips that give the figure, the simplest first; none if it is beyond explaining.

    The cases are the same figure, reckoned from the engine's numbers or from the sheet's own. Where
    no slip gives the figure itself, the numbers before it may have been rounded: then it is tried
    whether the right number or a slip comes within a few steps of its last digit.
    """
    stages = _STAGES[type(cases[0].quantity)]
    return (
        [*_slips(cases, stages), *_slips(cases, _RARE[type(cases[0].quantity)])]
        or list(writing.rounded_early(cases[0]))
        or _slips(cases, (_forward_before,))
        or list(writing.one_digit(cases[0]))
        or [_about(s) for s in _slips([replace(case, loosely=True) for case in cases], stages)]
    )


def _slips(cases: list[Case], stages: tuple[Stage, ...]) -> list[Slip]:
    """The slips that give the figure; first those that give it by the sheet's way of rounding."""
    found: dict[tuple[str, str], Slip] = {}
    for stage in stages:
        for case in cases:
            for slip in stage(case):
                if case.fits(case.figure, slip.number) and not close(slip.number, case.right):
                    found.setdefault((slip.kind, slip.what), slip)
    case = cases[0]
    return sorted(found.values(), key=lambda slip: not case.usual(case.figure, slip.number))


def _about(slip: Slip) -> Slip:
    return Slip(slip.kind, f"with numbers rounded on the way: {slip.what}", slip.number)


def _forward_before(case: Case) -> Iterator[Slip]:
    """A slip in the forward pass, in a number that is not on the sheet, and what follows."""
    steps = case.base.steps
    top = case.quantity.value if isinstance(case.quantity, Forward) else steps.root
    hidden = [
        v
        for v in steps.order[: steps.index[top]]
        if v in steps.steps and Forward(v) not in case.written
    ]
    slips = (
        (v, slip)
        for v in hidden[-FEW:]
        for stage in forward.STAGES
        for slip in stage(replace(case, quantity=Forward(v)))
    )
    for v, slip in islice(slips, _MOST_BEFORE):
        if math.isfinite(slip.number):
            number = case.base.elsewhere({v: slip.number}).number(case.quantity)
            yield Slip(slip.kind, f"in {case.name(v)}: {slip.what}", number)
