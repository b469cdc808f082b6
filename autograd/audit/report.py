"""The audit of a sheet: a verdict on every entry, in the order of computation, and why."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd.audit.naming import quantity_of, written
from autograd.audit.reckoning import Derivative, Forward, Quantity, Reckoning, Updated
from autograd.audit.sheet import Entry, Figure, Sheet, read_sheet
from autograd.audit.slips import Case, Slip, diagnose
from autograd.audit.steps import Steps
from autograd.cached import cached_property
from autograd.errors import SheetError
from autograd.scalar import as_float
from autograd.value import Value

__all__ = ["Audit", "Finding", "judge"]

_FEWEST_DECIMALS = 2  # with fewer, rounding on the way would excuse everything
_MOST_DECIMALS = 12  # with more, rounding on the way does not show
_WIDTH = 100
_SHOWN = 3  # diagnoses that a sentence names; `Finding.diagnoses` has all


@dataclass(frozen=True)
class Finding:
    """The verdict on one entry of a sheet.

    `name` is what it stands for, `spelling` its name on the sheet, `text` its figure there.
    `verdict` is "exact", "rounded", "truncated", "carried forward" or "wrong". `right` is the
    engine's number and `follows` what the entry should be given the sheet's own numbers before it;
    `given` names the wrong entries among these. `diagnoses` are the slips that give the figure,
    the simplest first.
    """

    name: str
    spelling: str
    text: str
    verdict: str
    right: float
    shown: str
    follows: float
    given: tuple[str, ...]
    diagnoses: tuple[Slip, ...]
    place: str

    @property
    def number(self) -> float:
        """The sheet's number."""
        return float(self.text)

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.verdict == "carried forward":
            given = " and ".join(self.given) or "the wrong numbers before it"
            return (
                f"{self.name} = {self.text} is carried forward: right, given {given}; "
                f"without that it is {self.shown}."
            )
        if self.verdict != "wrong":
            return f"{self.name} = {self.text} is right ({self.verdict})."
        return f"{self.name} = {self.text} is wrong: it is {self._right}. {self._why}"

    @property
    def _right(self) -> str:
        digits = f"{self.right:.6g}"
        return self.shown if float(digits) == float(self.shown) else f"{self.shown} ({digits})"

    @property
    def _why(self) -> str:
        if not self.diagnoses:
            return "No slip that was tried gives this figure."
        first, *others = [
            slip.what if slip.number == self.number else f"{slip.what} ({slip.number:.6g})"
            for slip in self.diagnoses
        ]
        why = f"Why: {first}."
        if others:
            more = len(others) - _SHOWN
            also = "; ".join(others[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
            why += f" It could also be: {also}."
        return why

    def as_data(self) -> dict[str, Any]:
        """The finding as plain data, for JSON."""
        return {
            "name": self.name,
            "place": self.place,
            "figure": self.text,
            "verdict": self.verdict,
            "right": self.right,
            "follows": self.follows,
            "given": list(self.given),
            "diagnoses": [
                {"kind": d.kind, "what": d.what, "number": d.number} for d in self.diagnoses
            ],
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Audit:
    """The findings on a sheet, in the order of computation. Iterates over them; [name] finds one.

    `str()` is a readable report, `as_data()` plain data for JSON.
    """

    findings: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Whether no entry is wrong or follows a wrong one."""
        return all(f.verdict not in ("wrong", "carried forward") for f in self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The wrong entries, the first in the order of computation first."""
        return tuple([f for f in self.findings if f.verdict == "wrong"])

    @property
    def first_wrong(self) -> Finding | None:
        """The wrong entry that comes first in the computation, if there is one."""
        return next(iter(self.wrong), None)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, name: str) -> Finding:
        """The finding on the entry of that name, in the spelling of the sheet or of the report."""
        for f in self.findings:
            if name in (f.name, f.spelling):
                return f
        raise KeyError(f"the sheet has no entry {name!r}; it has {self._names()}")

    def _names(self) -> str:
        return ", ".join([f.name for f in self.findings])

    @property
    def summary(self) -> str:
        """One line: how many entries are right, wrong, carried forward."""
        n = len(self.findings)
        carried = sum([f.verdict == "carried forward" for f in self.findings])
        if self.right:
            return f"All {n} entries are right." if n > 1 else "The entry is right."
        wrong = len(self.wrong)
        return (
            f"{n} entries: {n - wrong - carried} right, {wrong} wrong, {carried} carried forward."
        )

    def __str__(self) -> str:
        rows = [("name", "sheet", "right", "verdict")]
        rows += [(f.name, f.text, f.shown, f.verdict) for f in self.findings]
        widths = [max([len(row[i]) for row in rows]) for i in range(4)]
        table = ["  ".join([c.ljust(w) for c, w in zip(row, widths, strict=True)]) for row in rows]
        lines = [self.summary, "", *[line.rstrip() for line in table]]
        told = [f.sentence for f in self.findings if f.verdict in ("wrong", "carried forward")]
        if told:
            lines.append("")
            for sentence in (f"First: {told[0]}", *told[1:]):
                lines += textwrap.wrap(
                    sentence, _WIDTH, subsequent_indent="  ", break_on_hyphens=False
                )
        return "\n".join(lines)

    def as_data(self) -> dict[str, Any]:
        """The audit as plain data: the summary, the first wrong name, the findings."""
        first = self.first_wrong
        return {
            "summary": self.summary,
            "right": self.right,
            "first_wrong": None if first is None else first.name,
            "findings": [f.as_data() for f in self.findings],
        }

    def _repr_html_(self) -> str:
        """The report as a table, for notebooks; a wrong row is marked by colour and by word."""
        colours = {"wrong": "#f8d7da", "carried forward": "#fff3cd"}
        rows = []
        for f in self.findings:
            why = f.sentence if f.verdict in colours else ""
            cells = (f.name, f.text, f.shown, f.verdict, why)
            style = f"background:{colours[f.verdict]};color:#000" if f.verdict in colours else ""
            tds = "".join([f'<td style="text-align:left">{html.escape(c)}</td>' for c in cells])
            rows.append(f'<tr style="{style}">{tds}</tr>')
        head = "".join(
            [
                f'<th style="text-align:left">{c}</th>'
                for c in ("name", "sheet", "right", "verdict", "")
            ]
        )
        first = self.first_wrong
        summary = self.summary + (f" The first wrong one is {first.name}." if first else "")
        return (
            f"<p>{html.escape(summary)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )


def judge(root: Value, sheet: Sheet, learning_rate: float | None) -> Audit:
    """The audit of a sheet; see `autograd.audit.audit`."""
    if not isinstance(root, Value):
        raise TypeError(f"audit takes the root of a graph, a Value, not {type(root).__name__}")
    if learning_rate is not None:
        learning_rate = as_float(learning_rate, "audit")
        if not math.isfinite(learning_rate):
            raise ValueError(f"the learning rate must be finite, not {learning_rate}")
    entries = read_sheet(sheet)
    steps = Steps(root)
    return _Auditor(steps, _quantities(entries, steps, learning_rate), learning_rate).audit()


def _quantities(
    entries: Iterable[Entry], steps: Steps, learning_rate: float | None
) -> dict[Quantity, Entry]:
    """The entries by what they stand for, in the order of computation."""
    found: dict[Quantity, Entry] = {}
    for entry in entries:
        q = quantity_of(entry, steps)
        if q in found:
            raise SheetError(
                f"{entry.place}: {entry.name} is the same number as {found[q].name} in "
                f"{found[q].place}; keep one of them"
            )
        if isinstance(q, Updated) and learning_rate is None:
            raise SheetError(
                f"{entry.place}: {entry.name} is an updated weight: give the learning rate as "
                "well, as in learning_rate=0.5"
            )
        found[q] = entry

    def when(q: Quantity) -> tuple[int, int]:
        if isinstance(q, Forward):
            return 0, -steps.level[q.value]
        if isinstance(q, Derivative):
            return 1, steps.level[q.bottom]
        return 2, 0

    return {q: found[q] for q in sorted(found, key=when)}


class _Auditor:
    """One audit under way: what the sheet says, and which of it was found wrong so far."""

    def __init__(self, steps: Steps, sheet: dict[Quantity, Entry], rate: float | None):
        self.steps = steps
        self.sheet = sheet
        self.rate = rate
        self.wrong: dict[Quantity, Entry] = {}
        self.engine = self._reckoning({})
        self.own = self._reckoning(sheet)  # from the sheet's numbers, rounded as they are
        self._cut: dict[tuple[int, bool], Reckoning] = {}
        self.followed = self.engine  # from the wrong ones among them

    def audit(self) -> Audit:
        return Audit(tuple([self._finding(q, entry) for q, entry in self.sheet.items()]))

    def _finding(self, q: Quantity, entry: Entry) -> Finding:
        figure = entry.figure
        right = follows = self.engine.number(q)
        given: tuple[str, ...] = ()
        diagnoses: tuple[Slip, ...] = ()
        verdict = figure.match(right) or self._rounded_before(q, figure)
        if not verdict and self.wrong:
            follows = self.followed.number(q)
            if any(figure.match(base.number(q)) for base in (self.followed, self.own)):
                given = self._given(q, follows)
                verdict = "carried forward"
        if not verdict:
            verdict = "wrong"
            diagnoses = tuple(self._diagnoses(q, entry))
            self.wrong[q] = entry
            self.followed = self._reckoning(self.wrong)
        return Finding(
            written(q, self.steps),
            entry.name,
            figure.text,
            verdict,
            right,
            figure.like(right),
            follows,
            given,
            diagnoses,
            entry.place,
        )

    def _rounded_before(self, q: Quantity, figure: Figure) -> str | None:
        """How the figure is right if the numbers before it were rounded before they were used.

        They are those of the sheet where it has them right, or else all of the forward pass with
        as many decimals as the figure has.
        """
        right = {q: entry for q, entry in self.sheet.items() if q not in self.wrong}
        tried = [self._reckoning(right)]
        if _FEWEST_DECIMALS <= figure.decimals <= _MOST_DECIMALS:
            tried += [self._rounded(figure.decimals, truncated) for truncated in (False, True)]
        return next(filter(None, [figure.match(base.number(q)) for base in tried]), None)

    def _diagnoses(self, q: Quantity, entry: Entry) -> list[Slip]:
        bases = [self.engine, self.followed] if self.wrong else [self.engine]
        if len(self.sheet) > 1:
            bases.append(self.own)
        written_down = frozenset(self.sheet)
        return diagnose([Case(entry.figure, q, base, written_down, self.usual) for base in bases])

    @cached_property
    def usual(self) -> Callable[[Figure, float], bool]:
        """The sheet's way of rounding, so far as its right numbers show one."""
        cut = rounded = 0
        for q, entry in self.sheet.items():
            right, figure = self.engine.number(q), entry.figure
            cut += figure.is_truncated(right) and not figure.is_rounded(right)
            rounded += figure.is_rounded(right) and not figure.is_truncated(right)
        if cut == rounded:
            return lambda figure, x: True
        return Figure.is_truncated if cut > rounded else Figure.is_rounded

    def _given(self, q: Quantity, follows: float) -> tuple[str, ...]:
        """The wrong entries that this one is reckoned from: without one, it would be another."""
        found = []
        for other in self.wrong:
            rest = {p: e for p, e in self.wrong.items() if p != other}
            if self._reckoning(rest).number(q) != follows:
                found.append(f"{written(other, self.steps)} = {self.wrong[other].figure.text}")
        return tuple(found)

    def _rounded(self, decimals: int, truncated: bool) -> Reckoning:
        """The engine's numbers if every step of the forward pass had so many decimals."""
        key = decimals, truncated
        if key not in self._cut:
            like = Figure(f"{0:.{decimals}f}").like
            self._cut[key] = Reckoning(
                self.steps, self.rate, rounding=lambda x: float(like(x, truncated))
            )
        return self._cut[key]

    def _reckoning(self, given: dict[Quantity, Entry]) -> Reckoning:
        root = self.steps.root
        numbers = {q: entry.figure.number for q, entry in given.items()}
        return Reckoning(
            self.steps,
            self.rate,
            {q.value: x for q, x in numbers.items() if isinstance(q, Forward)},
            {
                q.bottom: x
                for q, x in numbers.items()
                if isinstance(q, Derivative) and q.top is root
            },
            {q.leaf: x for q, x in numbers.items() if isinstance(q, Updated)},
        )
