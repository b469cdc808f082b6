"""How a learner rounds: to decimals or to significant digits, rounding or cutting off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd.audit.function import numpy
from autograd.audit.sheet import Figure

__all__ = ["Habit", "keeps_decimals"]

_FEWEST = 3  # significant digits that a learner keeps of whom little is seen
_MANY = 3  # figures that tell how many digits a learner keeps
_FULL = 15  # significant digits of a learner who does not round
_NOISE = 1e-12  # relative: what double precision loses


@dataclass(frozen=True)
class Habit:
    """The digits that a learner keeps at every step, as far as a sheet shows them.

    `decimals` or `significant` is None where the sheet rules it out; where both may be, a step may
    have lost as much as either of them loses. `cuts` is for a learner who cuts the digits off.

    >>> Habit(decimals=3, significant=None).step(0.61234)
    0.0005
    >>> Habit(decimals=None, significant=2).step(0.061234)
    0.0005
    """

    decimals: int | None
    significant: int | None
    cuts: bool = False

    def step(self, x: float) -> float:
        """Half a unit of the last digit that is kept of x."""
        lost = 0.0
        if self.decimals is not None:
            lost = 0.5 * 10.0**-self.decimals
        if self.significant is not None and x and math.isfinite(x):
            place = math.floor(math.log10(abs(x))) - self.significant + 1
            lost = max(lost, 0.5 * 10.0**place)
        return lost

    def steps(self, x: Any) -> Any:
        """The same for NumPy's arrays."""
        np = numpy()
        lost = 0.0 if self.decimals is None else 0.5 * 10.0**-self.decimals
        if self.significant is not None:
            size = np.abs(x)
            known = (size > 0) & (size < np.inf)
            place = np.floor(np.log10(np.where(known, size, 1.0))) - self.significant + 1
            lost = np.maximum(lost, np.where(known, 0.5 * 10.0**place, 0.0))
        return lost

    def lost(self, x: float, bound: float) -> float:
        """Half a unit of the last digit; nothing where x has no more digits than are kept.

        So much a step rounds off. What may have been rounded before, by up to `bound`, has as many
        digits as any number; so has what is cut off, since a calculator's 0.3 may be 0.29999.
        """
        half = self.step(x)
        kept = not bound and not self.cuts and half and _is_whole(x / (2.0 * half))
        return 0.0 if kept else half

    def losses(self, x: Any, bound: Any) -> Any:
        """The same for NumPy's arrays."""
        np = numpy()
        half = self.steps(x)
        if self.cuts:
            return half
        units = x / np.where(half > 0, 2.0 * half, 1.0)
        kept = np.abs(units - np.rint(units)) <= _NOISE * np.abs(units)
        return np.where((bound == 0) & kept, 0.0, half)

    def written(self, x: float) -> str:
        """A number as this learner writes it down."""
        if not math.isfinite(x) or not x:
            return "0"
        place = math.floor(math.log10(abs(x)))
        if self.decimals is None or self.significant is None:
            kept = self.decimals if self.significant is None else self.significant - 1 - place
        else:
            kept = min(self.decimals, self.significant - 1 - place)
        return f"{x:.{min(max(kept or 0, 0), 12)}f}"

    @staticmethod
    def of(figures: Sequence[Figure], cuts: bool = False) -> Habit:
        """The habit that figures show."""
        shown = [f for f in figures if f.significant and not f.is_exact]
        if not shown:
            return Habit(None, _FULL, cuts)
        decimals = Counter([f.decimals for f in shown])
        digits = Counter([f.significant for f in shown])
        most_decimals, most_digits = _usual(decimals), _usual(digits)
        by_decimals = decimals[most_decimals] / len(shown)
        by_digits = digits[most_digits] / len(shown)
        if most_digits >= _FULL:
            return Habit(None, _FULL, cuts)
        if len(shown) < _MANY:
            most_digits = max(most_digits, _FEWEST)
        return Habit(
            most_decimals if by_decimals >= by_digits else None,
            most_digits if by_digits >= by_decimals else None,
            cuts,
        )


def _usual(counts: Counter[int]) -> int:
    """The most frequent number, the larger one of two as frequent."""
    return max(counts, key=lambda n: (counts[n], n))


def _is_whole(units: float) -> bool:
    return math.isfinite(units) and abs(units - round(units)) <= _NOISE * abs(units)


def keeps_decimals(figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether a figure has at least the decimals that the rest of its sheet usually keeps."""
    counts = Counter([f.decimals for f in others if f.significant])
    return not counts or figure.decimals >= _usual(counts)
