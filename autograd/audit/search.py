"""The fewest slips that explain what is wrong on a sheet.

All slips that the table knows are tried as columns of one pass. A slip explains the wrong entries
whose figures come within their bounds when it is made, and what its figure tells of it is worth
log(|figure| / spread) − z²/2 nats: a figure of four digits that fits is no accident. From that go
the slip's cost and what it breaks of the entries that are right. The best slip is taken, then the
best one for what it left. An entry that no slip explains is tried with pairs of them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograd.audit.calculation import Calculation, Node
from autograd.audit.function import Function, constant
from autograd.audit.judgement import Judgement, fits, needed
from autograd.audit.propagation import Edit, Number, World, figure_read, in_columns
from autograd.audit.rounding import Habit
from autograd.audit.sheet import Figure
from autograd.audit.slips import Slip, slips_at
from autograd.audit.slips.surroundings import Scaled, Surroundings
from autograd.audit.slips.writing import miswritten, one_digit

__all__ = ["Cause", "Search"]

READINGS = 3
_MOST_SITES = 800
_MOST_SLIPS = 8000
_FEWEST_SLIPS = 300
_MOST_NUMBERS = 3_000_000  # nodes times columns
_REACH, _NEARLY = 5.0, 0.03  # a figure so many bounds, and this share of it, away is tried closely
_PAIRED = 900  # how many slips are tried in pairs
_MOST_PAIRS = 250
_BREAKS = 2.0  # nats that a slip pays for right entries that it makes wrong
_NOT_USED = 1.0  # nats for a wrong figure that was written and not used
_WORST = -1.0  # a slip that gains less is no explanation
_BESIDE, _SECOND = 2000, 1.0  # how many slips are tried beside another, and what that costs
_ANY_VALUE = 4.0  # nats for a hidden number that is wrong for no reason that is known
_GUESSED = 100  # how many hidden numbers are tried
_SECANTS = 6
_CUT = 0.7  # nats for a figure that is cut off where others are rounded
_CONVINCING = 2.0  # nats that a second slip must gain in what follows from the first one anyway
_ABOUT = 2.0
_FAR = 4.0  # a reading that is so much less likely than the first is not told


@dataclass
class Reading:
    """A slip that explains entries, and how well."""

    slip: Slip
    score: float
    explains: tuple[Node, ...]
    effect: tuple[float, ...]


@dataclass
class Cause:
    """What went wrong once: the readings of it, the likeliest first, and what it explains.

    `beside` is another cause that these entries follow from, where nothing convincing tells what
    is wrong with them besides (a formula that comes to the same with right numbers, or a slip),
    and `after` what they should be after that.
    """

    readings: list[Reading]
    explains: tuple[Node, ...]
    beside: Cause | None = None
    after: Mapping[Node, float] = field(default_factory=dict)


@dataclass
class Effects:
    """What slips make of the entries: gains and numbers by slip and wrong entry."""

    gains: dict[int, dict[Node, float]]
    numbers: dict[Node, Sequence[float]]
    broken: dict[int, int]


class Search:
    """The causes of what is wrong on one sheet."""

    def __init__(
        self,
        calculation: Calculation,
        surroundings: Surroundings,
        judgement: Judgement,
        right: Mapping[Node, float],
    ):
        self.right = right
        self.calculation = calculation
        self.surroundings = surroundings
        self.judgement = judgement
        self.figures = judgement.figures
        self.wrong = judgement.wrong
        self.nodes = needed(list(self.figures))

    def causes(self) -> list[Cause]:
        """The causes, and for each wrong entry that none explains, what pairs or pens tell."""
        slips = self._slips()
        effects = self._effects(slips, self.wrong)
        worlds = [(effects, 0.0)]
        if self._follow_one_another():
            worlds.append((self._effects(slips, self.wrong, use_wrong=False), _NOT_USED))
        left = list(self.wrong)
        causes = self._explained(slips, worlds, left)
        causes += self._beside(causes, slips, left)
        causes += self._paired(slips, effects, left)
        causes += self._hidden(left)
        for n in left:
            readings = self._one_digit(n) or self._pairs(slips, effects, n, [n])
            causes.append(Cause(readings, (n,)))
        for i, cause in enumerate(causes):
            if not cause.readings or cause.readings[0].score < _CONVINCING:
                self._doubt(cause, causes[:i])
        return causes

    def _doubt(self, cause: Cause, others: Sequence[Cause]) -> None:
        """Where another cause moves a cause's entries about as far, this may be all of it."""
        for other in others:
            if other.beside is not None or not other.readings:
                continue
            slip = other.readings[0].slip
            moved = in_columns(self.nodes, self.judgement.sheet, _edits([slip]), 1, None)
            after = {
                n: float(moved[n].x[0]) if n in moved else self.judgement.sheet.own[n].x
                for n in cause.explains
            }
            if all(self._is_about(n, x) for n, x in after.items()):
                cause.beside, cause.after = other, after
                return

    def _is_about(self, n: Node, after: float) -> bool:
        """Whether a figure is no further from what it should be then than that is from right."""
        return abs(self.figures[n].number - after) <= _ABOUT * abs(after - self.right[n])

    def _follow_one_another(self) -> bool:
        """Whether a wrong entry is computed from another wrong one."""
        above: set[Node] = set()
        stack = [a for n in self.wrong for a in n.args]
        while stack:
            n = stack.pop()
            if n not in above:
                above.add(n)
                stack += n.args
        return not above.isdisjoint(self.wrong)

    def _explained(
        self, slips: Sequence[Slip], worlds: Sequence[tuple[Effects, float]], left: list[Node]
    ) -> list[Cause]:
        """The best slips, one after the other; what they explain is taken from `left`.

        `worlds` are the effects where wrong figures are used on, and where they are not, with what
        either costs.
        """
        causes: list[Cause] = []
        used: set[str] = set()
        while left:
            readings = [
                r
                for effects, cost in worlds
                for r in self._readings(slips, effects, left, used, cost)
            ]
            readings = _best(readings)
            if not readings:
                break
            explains = readings[0].explains
            causes.append(Cause(readings, explains))
            used.add(readings[0].slip.kind)
            left[:] = [n for n in left if n not in explains]
        return causes

    def _slips(self) -> list[Slip]:
        sites: dict[Node, int] = dict.fromkeys(self.wrong, 0)
        queue = list(self.wrong)
        for n in queue:
            for a in n.args:
                if a not in sites and a not in self.figures and len(sites) < _MOST_SITES:
                    sites[a] = sites[n] + 1
                    queue.append(a)
        slips = slips_at(self.surroundings, sites)
        slips += [
            slip for n in self.wrong for slip in miswritten(n, self.surroundings, self.figures)
        ]
        most = min(_MOST_SLIPS, max(_FEWEST_SLIPS, _MOST_NUMBERS // max(1, len(self.nodes))))
        return sorted(slips, key=lambda x: x.cost)[:most]

    def _effects(
        self, slips: Sequence[Slip], wrong: Sequence[Node], use_wrong: bool = True
    ) -> Effects:
        """All slips in one pass: what each makes of wrong entries, and which right ones it breaks.

        Without `use_wrong` the wrong figures were only written, and not used.
        """
        world = self.judgement.sheet if use_wrong else self.judgement.apart
        roughly = in_columns(self.nodes, world, _edits(slips), len(slips), None)
        numbers = {n: roughly[n].x for n in wrong if n in roughly}
        near = self._near(numbers, world)
        some = [slips[column] for column in near]
        habit = self.judgement.habit
        changed = in_columns(self.nodes, world, _edits(some), len(some), habit) if some else {}
        gains: dict[int, dict[Node, float]] = defaultdict(dict)
        broken: dict[int, int] = defaultdict(int)
        for n, number in changed.items():
            if n not in self.figures:
                continue
            figure = self.figures[n]
            good = fits(figure, number, habit)
            if n in wrong:
                for i in _where(good, True):
                    at = Number(*[float(q[i]) for q in number])
                    usual = world.own[n].x
                    if not math.isclose(at.x, usual, rel_tol=1e-9):
                        gains[near[i]][n] = _gain(figure, at, habit, abs(usual))
            elif self.judgement.verdicts[n] != "cannot be judged":
                for i in _where(good, False):
                    broken[near[i]] += 1
        return Effects(gains, numbers, broken)

    def _near(self, numbers: Mapping[Node, Sequence[float]], world: World) -> list[int]:
        """The columns in which some wrong entry comes near its figure."""
        near: set[int] = set()
        for n, xs in numbers.items():
            figure = self.figures[n]
            t = figure.number
            reach = _REACH * (world.own[n].bound + figure.unit) + _NEARLY * abs(t)
            if isinstance(xs, list):
                near.update([i for i, x in enumerate(xs) if abs(t - x) <= reach])
            else:
                near.update(_where(abs(xs - t) <= reach, True))  # type: ignore[operator]
        return sorted(near)

    def _readings(
        self,
        slips: Sequence[Slip],
        effects: Effects,
        left: Sequence[Node],
        used: set[str],
        cost_more: float,
    ) -> list[Reading]:
        readings = []
        for column, gains in effects.gains.items():
            mine = {n: gain for n, gain in gains.items() if n in left}
            if not mine:
                continue
            slip = slips[column]
            cost = slip.cost * (0.4 if slip.kind in used else 1.0) + cost_more
            score = sum(mine.values()) - cost - _BREAKS * (effects.broken[column] > 0)
            effect = tuple([float(effects.numbers[n][column]) for n in mine])
            readings.append(Reading(slip, score, tuple(mine), effect))
        return readings

    # A second slip, in entries that follow from the first one too

    def _beside(
        self, causes: Sequence[Cause], slips: Sequence[Slip], left: list[Node]
    ) -> list[Cause]:
        """For what is left, slips that explain it together with one that was found before."""
        more: list[Cause] = []
        for cause in causes:
            first = cause.readings[0].slip
            pairs = [(x, _joined(first, x)) for x in slips[:_BESIDE]] if left and first.at else []
            some = [(x, joint) for x, joint in pairs if joint is not None]
            second = [
                Slip(x.kind, x.what, x.cost + _SECOND, joint.at, x.place) for x, joint in some
            ]
            if second:
                effects = self._effects(second, left)
                more += self._explained(second, [(effects, 0.0)], left)
        return more

    # A hidden number that is wrong for whatever reason

    def _hidden(self, left: list[Node]) -> list[Cause]:
        """Numbers that are not on the sheet, of which one other value explains several entries."""
        causes: list[Cause] = []
        while len(left) > 1:
            best = max(self._guesses(left), key=lambda r: r.score, default=None)
            if best is None or best.score < 0.0:
                break
            causes.append(Cause([best], best.explains))
            left[:] = [n for n in left if n not in best.explains]
        return causes

    def _guesses(self, left: Sequence[Node]) -> list[Reading]:
        """For each hidden number with a name, the value that gives the first entry, if one does."""
        first = left[0]
        sites = [n for n in needed([first]) if n.args and n not in self.figures]
        sites = [n for n in sites if self.surroundings.is_entry_like(n)][-_GUESSED:]
        numbers = {n: self.judgement.sheet.own[n].x for n in sites}
        target = self.figures[first].number
        previous = self._with_values(sites, numbers, first)
        guesses = {n: x + 0.01 * (abs(x) or 1.0) for n, x in numbers.items()}
        for _ in range(_SECANTS):
            now = self._with_values(sites, guesses, first)
            for n, before, y in zip(sites, previous, now, strict=True):
                slope = (y - before) / ((guesses[n] - numbers[n]) or 1.0)
                step = (target - y) / slope if slope else 0.0
                numbers[n], guesses[n] = guesses[n], guesses[n] + step
            previous = now
        slips = [
            Slip(
                "hidden number",
                f"{self.surroundings.names[n]}, which is not on the sheet, is wrong: "
                f"about {guesses[n]:.4g} was used",
                _ANY_VALUE,
                {n: constant(guesses[n])},
            )
            for n in sites
            if math.isfinite(guesses[n])
        ]
        effects = self._effects(slips, left)
        readings = self._readings(slips, effects, left, set(), 0.0)
        for r in readings:
            r.score -= effects.gains[slips.index(r.slip)].get(first, 0.0)
        return [r for r in readings if first in r.explains and len(r.explains) > 1]

    def _with_values(
        self, sites: Sequence[Node], values: Mapping[Node, float], entry: Node
    ) -> list[float]:
        """What an entry would be, with each of some numbers another in turn."""
        edits = {n: [Edit(column, constant(values[n]))] for column, n in enumerate(sites)}
        worlds = in_columns(self.nodes, self.judgement.sheet, edits, len(sites), None)
        return [float(x) for x in worlds[entry].x] if entry in worlds else [math.nan] * len(sites)

    def _one_digit(self, n: Node) -> list[Reading]:
        """One digit miscopied."""
        figure = self.figures[n]
        text = one_digit(figure, self.right[n]) or one_digit(figure, self.judgement.sheet.own[n].x)
        if text is None:
            return []
        what = f"one digit differs: {figure.text} for {text}"
        return [
            Reading(Slip("wrong digit", what, 5.0, {n: constant(figure.number)}, n), 0.0, (n,), ())
        ]

    # Two slips in one entry

    def _paired(self, slips: Sequence[Slip], effects: Effects, left: list[Node]) -> list[Cause]:
        """Two slips in a number that is not on the sheet, where several entries tell of them."""
        causes: list[Cause] = []
        for n in list(left):
            if n not in left or len(left) < 2:
                continue
            readings = self._pairs(slips, effects, n, left)
            if readings and len(readings[0].explains) > 1:
                causes.append(Cause(readings, readings[0].explains))
                left[:] = [m for m in left if m not in readings[0].explains]
        return causes

    def _pairs(
        self, slips: Sequence[Slip], effects: Effects, n: Node, left: Sequence[Node]
    ) -> list[Reading]:
        """Pairs of slips that give an entry's figure together, and others that are left."""
        base = self.judgement.sheet.own[n]
        figure = self.figures[n]
        if n not in effects.numbers or not math.isfinite(base.x):
            return []
        able = [
            (float(x), slip)
            for x, slip in zip(effects.numbers[n], slips, strict=True)
            if math.isfinite(x) and abs(x - base.x) > base.bound / 10 and slip.at
        ]
        able = sorted(able, key=lambda q: q[1].cost)[:_PAIRED]
        joint = [j for j in (_joined(a, b) for a, b in _summing(able, base, figure)) if j]
        if not joint:
            return []
        both = self._effects(joint, left)
        readings = self._readings(joint, both, left, set(), 0.0)
        return _best([r for r in readings if n in r.explains], worst=_WORST - 1.5)


def _edits(slips: Sequence[Slip]) -> dict[Node, list[Edit]]:
    """At each number the columns of the slips that are made there."""
    edits: dict[Node, list[Edit]] = defaultdict(list)
    for column, slip in enumerate(slips):
        alone = len(slip.at) == 1
        for n, f in slip.at.items():
            edits[n].append(Edit(column, f, alone))
    return edits


def _where(good: object, wanted: bool) -> list[int]:
    if isinstance(good, list):
        return [i for i, g in enumerate(good) if bool(g) is wanted]
    import numpy as np

    return [int(i) for i in np.flatnonzero(np.asarray(good, bool) == wanted)]


def _gain(figure: Figure, number: Number, habit: Habit, usual: float) -> float:
    """What a figure that fits tells of a slip, in nats; it may be rounded, or cut off.

    A 0 tells what the number's `usual` size does.
    """
    spread = math.sqrt(number.spread**2 + figure.unit**2 / 12.0) or 1e-300
    if not math.isfinite(spread):
        return 0.0
    away = abs(figure_read(figure, habit).x - number.x) / spread
    missed = min(away * away / 2.0, 6.0)
    if not habit.cuts:
        cut = figure.number + math.copysign(figure.unit / 2.0, figure.number)
        away = abs(cut - number.x) / spread
        missed = min(missed, away * away / 2.0 + _CUT)
    size = max(abs(figure.number) or usual, 1e-300)
    return float(min(max(math.log(size / spread), 0.3), 12.0) - missed)


def _best(readings: list[Reading], worst: float = _WORST) -> list[Reading]:
    """The likeliest readings that differ in what they explain or give."""
    readings.sort(key=lambda r: -r.score)
    if not readings or readings[0].score < worst:
        return []
    kept: list[Reading] = []
    for r in readings:
        if len(kept) == READINGS or r.score < readings[0].score - _FAR:
            break
        if not set(r.explains) & set(readings[0].explains):
            continue
        if not any(_same(r, k) for k in kept):
            kept.append(r)
    return kept


def _same(a: Reading, b: Reading) -> bool:
    if a.slip.kind != b.slip.kind and not a.slip.parts:
        return False
    return a.explains == b.explains and all(
        math.isclose(x, y, rel_tol=1e-9) for x, y in zip(a.effect, b.effect, strict=True)
    )


def _summing(
    able: Sequence[tuple[float, Slip]], base: Number, figure: Figure
) -> list[tuple[Slip, Slip]]:
    """The likeliest pairs whose effects add up, or multiply, to about the figure."""
    t, x = figure.number, base.x
    slack = 1.5 * (base.bound + figure.unit)
    ordered = sorted(able, key=lambda q: q[0])
    values = [y for y, _ in ordered]
    pairs: list[tuple[float, Slip, Slip]] = []
    most = math.inf  # what a pair may cost to be among the likeliest
    for y, a in able:
        if a.cost * 2.0 > most:
            break
        targets = [(t + x - y, slack)]
        if y and x:
            targets.append((t * x / y, (slack + 0.002 * abs(t)) * abs(x / y)))
        for target, near in targets:
            lo, hi = bisect_left(values, target - near), bisect_right(values, target + near)
            for _, b in ordered[lo:hi]:
                cost = a.cost + b.cost
                if (
                    cost < most
                    and b.cost >= a.cost
                    and b is not a
                    and not (_of_pen(a) and _of_pen(b))
                ):
                    pairs.append((cost, a, b))
        if len(pairs) > 4 * _MOST_PAIRS:
            pairs = sorted(pairs, key=lambda q: q[0])[:_MOST_PAIRS]
            most = pairs[-1][0]
    return [(a, b) for _, a, b in sorted(pairs, key=lambda q: q[0])[:_MOST_PAIRS]]


def _of_pen(slip: Slip) -> bool:
    return slip.kind in ("decimal point", "swapped digits")


def _joined(a: Slip, b: Slip) -> Slip | None:
    """Two slips made together."""
    at = {**a.at, **b.at}
    for n in set(a.at) & set(b.at):
        f, g = a.at[n], b.at[n]
        if isinstance(f, Scaled):
            f, g = g, f
        if isinstance(g, Scaled):
            at[n] = Scaled(f, g.by)
        elif n.args:
            at[n] = _added(f, g, n.function)
        else:
            return None
    return Slip("two slips", "", a.cost + b.cost, at, None, (a, b))


def _added(f: Function, g: Function, own: Function) -> Function:
    return Function(lambda *x: f(*x) + g(*x) - own(*x))
