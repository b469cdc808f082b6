"""Which figures of a sheet can be right, given how this learner rounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.audit.calculation import Calculation, Node
from autograd.audit.function import numpy
from autograd.audit.propagation import Number, figure_read, in_order
from autograd.audit.rounding import Habit, keeps_decimals
from autograd.audit.sheet import Figure

__all__ = ["Judgement", "fits", "judged", "needed"]

_SLACK = 1.02  # a bound is of first order: a little more may be lost
_NOISE = 1e-12  # relative: what double precision loses
_UNKNOWN = 0.9  # a bound of so much of the number holds nearly everything


@dataclass
class Judgement:
    """The figures of a sheet, as they are meant, against what they should be.

    `due` is what each entry should be, given the figures before it that are right; `follows` given
    all figures before it, right or wrong. `numbers` are all numbers as the sheet has them,
    `rightly` as they are where wrong figures are not used.
    """

    habit: Habit
    figures: Mapping[Node, Figure]
    numbers: dict[Node, Number] = field(default_factory=dict)
    rightly: dict[Node, Number] = field(default_factory=dict)
    due: dict[Node, Number] = field(default_factory=dict)
    follows: dict[Node, Number] = field(default_factory=dict)
    verdicts: dict[Node, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[Node]:
        """The nodes of the wrong entries, operands first."""
        return [n for n, verdict in self.verdicts.items() if verdict == "wrong"]


def needed(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that some are made of, and these, operands first."""
    found, stack = set(nodes), list(nodes)
    while stack:
        for a in stack.pop().args:
            if a not in found:
                found.add(a)
                stack.append(a)
    return sorted(found, key=lambda n: n.index)


def fits(figure: Figure, number: Number, habit: Habit) -> Any:
    """Whether a figure may stand for a number; of columns, for each."""
    x, unit = number.x, figure.unit
    t = figure_read(figure, habit).x
    bound = _SLACK * number.bound
    noise = _NOISE * max(abs(t), 1e-300)
    if isinstance(x, list):
        return [
            fits(figure, Number(*q), habit)
            for q in zip(x, number.bound, number.spread, strict=True)
        ]
    rounded = abs(t - x) <= bound + 0.51 * unit + noise
    beyond = (x - t) * math.copysign(1.0, t)  # how much further from 0 it is than the figure
    cut = (beyond >= -bound - noise) & (beyond <= bound + unit + noise)
    return rounded | cut if not habit.cuts else rounded


def judged(
    calculation: Calculation, entries: Mapping[Node, Figure], exact: Mapping[Node, float]
) -> Judgement:
    """The judgement on a sheet, for a learner who rounds or, if that fits better, one who cuts."""
    figures = _as_meant(entries)
    nodes = needed(list(entries))
    first = _judged(nodes, figures, exact, Habit.of(list(figures.values())))
    if first.wrong:
        cut = _judged(nodes, figures, exact, Habit.of(list(figures.values()), cuts=True))
        if len(cut.wrong) < len(first.wrong) and _cuts(figures, exact):
            return cut
    return first


def _cuts(figures: Mapping[Node, Figure], exact: Mapping[Node, float]) -> bool:
    """Whether the figures that match the right numbers are mostly cut off."""
    cut = rounded = 0
    for n, figure in figures.items():
        if figure.match(exact[n]) in ("rounded", "truncated"):
            cut += not figure.is_rounded(exact[n])
            rounded += not figure.is_truncated(exact[n])
    return cut >= rounded


def _as_meant(entries: Mapping[Node, Figure]) -> dict[Node, Figure]:
    """A figure of one digit or none, with fewer decimals than the sheet keeps, is exact."""
    found = {}
    for n, figure in entries.items():
        others = [f for m, f in entries.items() if m is not n]
        short = figure.significant <= 1 and not keeps_decimals(figure, others)
        found[n] = figure.as_exact() if short else figure
    return found


def _judged(
    nodes: Sequence[Node],
    figures: Mapping[Node, Figure],
    exact: Mapping[Node, float],
    habit: Habit,
) -> Judgement:
    found = Judgement(habit, figures)
    alone = len(figures) == 1

    def used_if_right(node: Node, number: Number) -> Number:
        if node not in figures:
            return number
        figure = figures[node]
        found.due[node] = number
        plain = verdict = figure.match(exact[node]) or ""
        if not plain and fits(figure, number, habit):
            verdict = figure.match(number.x) or "rounded"
        blank = alone and not figure.significant and exact[node] != 0.0
        vague = plain != "exact" and _holds_all(figure, number, exact[node], alone)
        if blank or (verdict and vague):
            verdict = "cannot be judged"
        found.verdicts[node] = verdict or "wrong"
        return figure_read(figure, habit) if verdict else number

    found.rightly = in_order(nodes, habit, used_if_right)

    def used(node: Node, number: Number) -> Number:
        if node not in figures:
            return number
        found.follows[node] = number
        return figure_read(figures[node], habit)

    found.numbers = in_order(nodes, habit, used)
    for node, figure in figures.items():
        if found.verdicts[node] == "wrong" and fits(figure, found.follows[node], habit):
            vague = _SLACK * found.follows[node].bound >= abs(found.follows[node].x)
            found.verdicts[node] = "cannot be judged" if vague else "carried forward"
    return found


def _holds_all(figure: Figure, number: Number, x: float, alone: bool) -> bool:
    """Whether the interval of a figure that is not plainly right holds next to everything."""
    if figure.match(x):
        return alone and figure.unit >= abs(figure.number)
    return bool(number.bound >= _UNKNOWN * abs(number.x))


def no_warnings() -> Any:
    """NumPy's warnings off: numbers that are only tried out may leave a function's domain."""
    from contextlib import nullcontext

    np = numpy()
    return nullcontext() if np is None else np.errstate(all="ignore")
