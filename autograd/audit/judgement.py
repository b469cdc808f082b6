"""Which figures of a sheet can be right, given how this learner rounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.audit.calculation import Calculation, Node
from autograd.audit.function import numpy
from autograd.audit.propagation import Number, World, figure_read, in_order
from autograd.audit.rounding import Habit, keeps_decimals
from autograd.audit.sheet import Figure

__all__ = ["Judgement", "fits", "judged", "needed"]

_SLACK = 1.02  # a bound is of first order: a little more may be lost
_NEVER = 4.5  # standard deviations that the sum of many roundings never reaches
_NOISE = 1e-12  # relative: what double precision loses
_UNKNOWN = 0.9  # a bound of so much of the number holds nearly everything


@dataclass
class Judgement:
    """The figures of a sheet, as they are meant, against what they should be.

    In the world `sheet` all figures are used, right or wrong; in `apart` those that are wrong are
    only written, and not used.
    """

    habit: Habit
    figures: Mapping[Node, Figure]
    sheet: World = field(default_factory=World)
    apart: World = field(default_factory=World)
    verdicts: dict[Node, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[Node]:
        """The nodes of the wrong entries, operands first."""
        return [n for n, verdict in self.verdicts.items() if verdict == "wrong"]


def needed(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that some are made of, and these, operands first."""
    needed_nodes, stack = set(nodes), list(nodes)
    while stack:
        for a in stack.pop().args:
            if a not in needed_nodes:
                needed_nodes.add(a)
                stack.append(a)
    return sorted(needed_nodes, key=lambda n: n.index)


def fits(figure: Figure, number: Number, habit: Habit) -> Any:
    """Whether a figure may stand for a number; of columns, for each."""
    x, unit = number.x, figure.unit
    if isinstance(x, list):
        each = zip(x, number.bound, number.spread, strict=True)
        return [fits(figure, Number(*q), habit) for q in each]
    t = figure_read(figure, habit).x
    bound = _reach(number, habit)
    noise = _NOISE * max(abs(t), 1e-300)
    beyond = (x - t) * math.copysign(1.0, t)  # how much further from 0 it is than the figure
    rounded = abs(beyond) <= bound + 0.51 * unit + noise
    if habit.cuts:  # a number that was cut is read as the middle of what it may have been
        return rounded
    cut = (beyond >= -bound - noise) & (beyond < bound + 0.99 * unit)
    return rounded | cut


def _reach(number: Number, habit: Habit) -> Any:
    """How far rounding takes a number: its bound, or less where many steps never all add up.

    What is cut off always goes to the same side, so it does add up.
    """
    bound, usual = _SLACK * number.bound, _NEVER * number.spread
    if habit.cuts:
        return bound
    return min(bound, usual) if isinstance(bound, float) else numpy().minimum(bound, usual)


def judged(
    calculation: Calculation, entries: Mapping[Node, Figure], exact: Mapping[Node, float]
) -> Judgement:
    """The judgement on a sheet, for a learner who rounds or, if that fits better, one who cuts."""
    figures = _as_meant(entries)
    nodes = needed(list(entries))
    first = _judged(nodes, figures, exact, Habit.of(list(figures.values())))
    if first.wrong and _cuts(first):
        cut = _judged(nodes, figures, exact, Habit.of(list(figures.values()), cuts=True))
        if len(cut.wrong) < len(first.wrong):
            return cut
    return first


def _cuts(judgement: Judgement) -> bool:
    """Whether the figures that match what comes of those before them are mostly cut off."""
    cut = rounded = 0
    for n, figure in judgement.figures.items():
        x = judgement.apart.own[n].x
        if figure.match(x) in ("rounded", "truncated"):
            cut += not figure.is_rounded(x)
            rounded += not figure.is_truncated(x)
    return 0 < cut >= rounded


def _as_meant(entries: Mapping[Node, Figure]) -> dict[Node, Figure]:
    """A figure of one digit or none, with fewer decimals than the sheet keeps, is exact."""
    meant = {}
    for n, figure in entries.items():
        others = [f for m, f in entries.items() if m is not n]
        short = figure.significant <= 1 and not keeps_decimals(figure, others)
        meant[n] = figure.as_exact() if short else figure
    return meant


def _judged(
    nodes: Sequence[Node],
    figures: Mapping[Node, Figure],
    exact: Mapping[Node, float],
    habit: Habit,
) -> Judgement:
    judgement = Judgement(habit, figures)
    verdicts = judgement.verdicts

    def read_if_right(node: Node, number: Number) -> Number | None:
        if node not in figures:
            return None
        verdicts[node] = _verdict(figures[node], number, exact[node], habit, len(figures) == 1)
        return figure_read(figures[node], habit) if verdicts[node] != "wrong" else None

    judgement.apart = in_order(nodes, habit, read_if_right)
    if not judgement.wrong:
        return judgement

    def read_always(node: Node, number: Number) -> Number | None:
        return figure_read(figures[node], habit) if node in figures else None

    judgement.sheet = in_order(nodes, habit, read_always)
    for node in judgement.wrong:
        verdicts[node] = _carried(figures[node], judgement.sheet.own[node], habit)

    def read_if_carried(node: Node, number: Number) -> Number | None:
        if node not in figures:
            return None
        if verdicts[node] == "wrong":
            verdicts[node] = _carried(figures[node], number, habit)
        return figure_read(figures[node], habit) if verdicts[node] != "wrong" else None

    judgement.apart = in_order(nodes, habit, read_if_carried)
    return judgement


def _verdict(figure: Figure, number: Number, x: float, habit: Habit, alone: bool) -> str:
    """The verdict on a figure, given what it should be and the right number, not rounded."""
    plain = figure.match(x) or ""
    rounded = plain or (fits(figure, number, habit) and (figure.match(number.x) or "rounded"))
    blank = alone and not figure.significant and x != 0.0
    if blank or (rounded and plain != "exact" and _holds_all(figure, number, x, alone)):
        return "cannot be judged"
    return rounded or "wrong"


def _carried(figure: Figure, number: Number, habit: Habit) -> str:
    """The verdict on a wrong figure, given what it should be after the wrong ones before it."""
    if not fits(figure, number, habit):
        return "wrong"
    vague = _SLACK * number.bound >= abs(number.x) > 0.0
    return "cannot be judged" if vague else "carried forward"


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
