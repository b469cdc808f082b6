"""The audit of a sheet: a verdict on every entry, in the order of computation, and why."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.audit.calculation import OPERATION, Calculation, Node
from autograd.audit.findings import Diagnosis, Finding
from autograd.audit.function import Function
from autograd.audit.judgement import judged, needed, no_warnings
from autograd.audit.naming import Naming, written
from autograd.audit.propagation import in_order
from autograd.audit.quantities import Derivative, Forward, Quantity, Updated
from autograd.audit.roles import weights
from autograd.audit.scoring import Score, score
from autograd.audit.search import Cause, Search
from autograd.audit.sheet import Entry, Figure, Problems, Sheet, read_sheet
from autograd.audit.slips import Slip
from autograd.audit.slips.surroundings import Surroundings
from autograd.audit.wording import Names
from autograd.errors import ArgumentError, ArgumentTypeError, SheetError, UnknownNameError
from autograd.scalar import as_float
from autograd.value import Value

__all__ = ["Audit", "Finding", "judge"]

_WIDTH = 100
_TOLD = ("wrong", "carried forward")


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

    def score(self, points: Mapping[str, float] | None = None, carried: float = 1.0) -> Score:
        """The points that the sheet earns; see `autograd.grading.score`."""
        return score(self, points, carried)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, name: str) -> Finding:
        """The finding on the entry of that name, in the spelling of the sheet or of the report."""
        for f in self.findings:
            if name in (f.name, f.spelling):
                return f
        raise UnknownNameError(f"the sheet has no entry {name!r}; it has {self._names()}")

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
        entries = "1 entry" if n == 1 else f"{n} entries"
        return f"{entries}: {n - wrong - carried} right, {wrong} wrong, {carried} carried forward."

    def __str__(self) -> str:
        rows = [("name", "sheet", "right", "verdict")]
        rows += [(f.name, f.text, f.shown, f.verdict) for f in self.findings]
        widths = [max([len(row[i]) for row in rows]) for i in range(4)]
        table = ["  ".join([c.ljust(w) for c, w in zip(row, widths, strict=True)]) for row in rows]
        lines = [self.summary, "", *[line.rstrip() for line in table]]
        told = [f.sentence for f in self.findings if f.verdict in _TOLD or f.given]
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
        raise ArgumentTypeError(
            f"audit takes the root of a graph, a Value, not {type(root).__name__}"
        )
    if learning_rate is not None:
        learning_rate = as_float(learning_rate, "audit")
        if not math.isfinite(learning_rate):
            raise ArgumentError(f"the learning rate must be finite, not {learning_rate}")
    problems = Problems()
    entries = read_sheet(sheet, problems)
    calculation = Calculation(root, learning_rate)
    asked = _quantities(entries, calculation, problems, learning_rate is None)
    problems.check()
    with no_warnings():
        audit = _audited(calculation, asked)
        if len(audit.wrong) > 1 and calculation.has_quotients:
            afresh = _audited(Calculation(root, learning_rate, afresh=True), asked)
            audit = min(audit, afresh, key=lambda a: len(a.wrong))
    return audit


def _audited(calculation: Calculation, asked: dict[Quantity, Entry]) -> Audit:
    calculation.ask(asked)
    return _Auditor(calculation, asked).audit()


def _quantities(
    entries: Iterable[Entry], calculation: Calculation, problems: Problems, no_rate: bool
) -> dict[Quantity, Entry]:
    """The entries by what they stand for."""
    naming = Naming(calculation.graph)
    by_quantity: dict[Quantity, Entry] = {}
    for entry in entries:
        line = int(entry.place.split()[-1])
        try:
            q = naming.quantity(entry)
        except SheetError as error:
            problems.add(line, f"{entry.place}: {error}")
            continue
        if q in by_quantity:
            problems.add(
                line,
                f"{entry.place}: {entry.name} is the same number as {by_quantity[q].name} in "
                f"{by_quantity[q].place}; keep one of them",
            )
        elif isinstance(q, Updated) and no_rate:
            problems.add(
                line,
                f"{entry.place}: {entry.name} is an updated weight: give the learning rate as "
                "well, as in learning_rate=0.5",
            )
        else:
            by_quantity[q] = entry
    return by_quantity


class _Auditor:
    """One audit under way."""

    def __init__(self, calculation: Calculation, asked: dict[Quantity, Entry]):
        self.calculation = calculation
        self.names = Names(calculation)
        level = self.names.level

        def when(q: Quantity) -> tuple[int, int]:
            if isinstance(q, Forward):
                return 0, -level[q.value]
            return (1, level[q.bottom]) if isinstance(q, Derivative) else (2, 0)

        self.asked = {q: asked[q] for q in sorted(asked, key=when)}
        self.nodes = {q: calculation.node(q) for q in self.asked}
        self.figures = {self.nodes[q]: entry.figure for q, entry in self.asked.items()}
        self.right = _exactly(needed(list(self.figures)))
        self.judgement = judged(calculation, self.figures, self.right)
        self.place = {n: i for i, n in enumerate(self.figures)}

    def audit(self) -> Audit:
        causes: dict[Node, Cause] = {}
        if self.judgement.wrong:
            for cause in self._search().causes():
                for n in cause.explains:
                    causes[n] = cause
        return Audit(tuple([self._finding(q, entry, causes) for q, entry in self.asked.items()]))

    def _search(self) -> Search:
        calculation = self.calculation
        calculation.ask_all()
        moved = {q.leaf for q in self.asked if isinstance(q, Updated)}
        moved |= {
            q.bottom for q in self.asked if isinstance(q, Derivative) and not q.bottom.operands
        }
        sheet = self.judgement.sheet
        habit = self.judgement.habit
        everything = in_order(calculation.nodes, habit, lambda n, number: sheet.read.get(n))
        surroundings = Surroundings(
            calculation,
            self.names,
            {n: everything.used(n).x for n in calculation.nodes},
            set(self.figures),
            weights(calculation, moved),
            habit,
        )
        return Search(calculation, surroundings, self.judgement, self.right)

    def _finding(self, q: Quantity, entry: Entry, causes: Mapping[Node, Cause]) -> Finding:
        n, figure = self.nodes[q], entry.figure
        verdict = self.judgement.verdicts[n]
        right = follows = self.right[n]
        given: tuple[str, ...] = ()
        diagnoses: tuple[Diagnosis, ...] = ()
        if verdict == "carried forward":
            follows = self.judgement.sheet.own[n].x
            given = self._given(n)
        elif verdict == "wrong" and n in causes:
            cause = causes[n]
            first = min((cause.beside or cause).explains, key=self.place.__getitem__)
            if cause.beside is not None:
                verdict = "cannot be judged"
                given = (self._entry_of(first),)
                follows = cause.after[n]
            elif n is not first and not self._is_coarse(figure):
                verdict = "carried forward"
                given = (f"the slip in {self._name(first)}",)
                follows = self._number(cause.readings[0].slip, n)
            else:
                diagnoses = tuple([self._diagnosis(r.slip, n) for r in cause.readings])
        return Finding(
            written(q, self.calculation.graph),
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

    def _entry_of(self, n: Node) -> str:
        return f"{self._name(n)} = {self.figures[n].text}"

    def _name(self, n: Node) -> str:
        return next(written(q, self.calculation.graph) for q, m in self.nodes.items() if m is n)

    def _is_coarse(self, figure: Figure) -> bool:
        """Whether a figure has too few digits to confirm a number that is not on the sheet.

        Where the whole sheet keeps to the same decimals, no figure could have more.
        """
        same_decimals = len({f.decimals for f in self.figures.values() if f.significant}) == 1
        return 0 < figure.significant < 3 and not same_decimals

    def _given(self, n: Node) -> tuple[str, ...]:
        """The wrong entries that an entry is computed from."""
        sources, stack, met = [], list(n.args), set()
        while stack:
            m = stack.pop()
            if m in met:
                continue
            met.add(m)
            if m not in self.figures:
                stack += m.args
            elif self.judgement.verdicts[m] == "wrong":
                sources.append(m)
            elif self.judgement.verdicts[m] == "carried forward":
                sources += [k for k in [m] if k not in sources]
        return tuple([self._entry_of(m) for m in sorted(sources, key=self.place.__getitem__)])

    def _diagnosis(self, slip: Slip, n: Node) -> Diagnosis:
        if slip.parts:
            what = "; and ".join([self._said(part, n) for part in slip.parts])
            return Diagnosis("two slips", what, self._number(slip, n))
        return Diagnosis(slip.kind, self._said(slip, n), self._number(slip, n))

    def _said(self, slip: Slip, n: Node) -> str:
        """What was done, with the number in which it was done where that is not the entry."""
        place = slip.place
        if place is None or place is n:
            return slip.what
        if place.kind == OPERATION and place.value is not None:
            owner = self.calculation.of[self.names.owner(place.value)]
            place = place if owner is n else owner
            if owner is n:
                return slip.what
        return f"in {self.names[place]}: {slip.what}"

    def _number(self, slip: Slip, n: Node) -> float:
        """The number that a slip gives, made from the right numbers or else from the sheet's."""
        figure = self.figures[n]
        exactly = _exactly(needed([n]), slip.at)[n]
        if figure.match(exactly):
            return exactly
        read = {m: x.x for m, x in self.judgement.sheet.read.items() if m is not n}
        from_sheet = _exactly(needed([n]), slip.at, read)[n]
        close = abs(from_sheet - figure.number) < abs(exactly - figure.number)
        return from_sheet if close or not math.isfinite(exactly) else exactly


def _exactly(
    nodes: Sequence[Node],
    slips: Mapping[Node, Function] | None = None,
    read: Mapping[Node, float] | None = None,
) -> dict[Node, float]:
    """Every node's number, not rounded, with slips made and figures read."""
    numbers: dict[Node, float] = {}
    for n in nodes:
        if read and n in read and n not in (slips or ()):
            numbers[n] = read[n]
            continue
        f = slips[n] if slips and n in slips else n.function if n.args else None
        if f is None:
            numbers[n] = n.number
        elif not slips and n.kind == OPERATION and n.value is not None:
            numbers[n] = n.value.data
        else:
            numbers[n] = f(*[numbers[a] for a in n.args])
    return numbers
