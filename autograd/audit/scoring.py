"""Points for an audited sheet, with credit for what was carried forward."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd.audit.findings import Finding
from autograd.audit.sheet import Figure
from autograd.errors import ArgumentError

__all__ = ["Mark", "Score", "score"]

RIGHT = ("exact", "rounded", "truncated")
"""The verdicts on an entry that is right by itself."""


@dataclass(frozen=True)
class Mark:
    """The points for one entry.

    `verdict` is that of the audit, or "missing"; `figure` what the sheet has, `right` what it
    should have; `slips` are the kinds of slip that explain a wrong figure, the likeliest first, and
    `sentence` says it all.
    """

    name: str
    figure: str
    right: str
    verdict: str
    points: float
    maximum: float
    slips: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class Score:
    """The points for a sheet, entry by entry, and what is to be said besides."""

    marks: tuple[Mark, ...]
    remarks: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """All that the sheet earns."""
        return sum([m.points for m in self.marks])

    @property
    def maximum(self) -> float:
        """All that it could earn."""
        return sum([m.maximum for m in self.marks])

    @property
    def slips(self) -> tuple[str, ...]:
        """The likeliest slip of every wrong entry: the entry's name and the kind."""
        return tuple([f"{m.name}: {m.slips[0]}" for m in self.marks if m.slips])

    def __float__(self) -> float:
        return float(self.points)

    def __str__(self) -> str:
        """What the learner reads: the points, a table, and a sentence for all that is not right."""
        rows = [("entry", "yours", "right", "points")]
        rows += [
            (m.name, m.figure or "-", m.right, f"{m.points:g} of {m.maximum:g}") for m in self.marks
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join([cell.ljust(w) for cell, w in zip(row, widths, strict=True)]).rstrip()
            for row in rows
        ]
        told = [*[m.sentence for m in self.marks if m.sentence], *self.remarks]
        said = ["", *told] if told else []
        return "\n".join([f"{self.points:g} of {self.maximum:g} points", "", *table, *said])

    def as_data(self) -> dict[str, Any]:
        """The score as plain data, for JSON."""
        return {
            "points": self.points,
            "maximum": self.maximum,
            "remarks": list(self.remarks),
            "entries": [
                {
                    "name": m.name,
                    "figure": m.figure,
                    "right": m.right,
                    "verdict": m.verdict,
                    "points": m.points,
                    "maximum": m.maximum,
                    "slips": list(m.slips),
                    "sentence": m.sentence,
                }
                for m in self.marks
            ],
        }


def score(
    audit: Iterable[Finding],
    points: Mapping[str, float] | None = None,
    carried: float = 1.0,
    *,
    digits: int = 2,
    unchanged: Iterable[str] = (),
) -> Score:
    """The points that an audited sheet earns.

    Args:
        audit: the audit of the sheet, or its findings.
        points: the points of each entry by its name; one each where not given. An entry that the
            sheet does not have earns nothing.
        carried: the share of its points that an entry earns which is right given an earlier wrong
            one, from 0 to 1.
        digits: how many significant digits it takes to earn points; with one digit, 0 is right for
            most numbers. A figure that has fewer earns them where the rest are zeros.
        unchanged: names of updated weights whose figure is the weight from before the step.

    An entry that earlier answers made trivial earns nothing carried forward: one that comes out as
    0, one that follows from a 0 which is no 0, and an updated weight that did not change.

    Raises ValueError where `carried` is no share.

    >>> from autograd import Value, audit
    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> y = w * x
    >>> y.label = "y"
    >>> sheet = {"y": "2.51", "L": "6.300", "dL/dw": "15.06"}
    >>> score(audit(y * y, sheet), {"y": 1, "L": 1, "∂L/∂w": 2}, carried=0.5).points
    1.5
    """
    if not 0 <= carried <= 1:
        raise ArgumentError(f"carried is a share from 0 to 1, not {carried!r}")
    audited = tuple(audit)
    findings = {f.name: f for f in audited} | {f.spelling: f for f in audited}
    if points is None:
        points = {f.name: 1.0 for f in audited}
    rules = _Rules(carried, digits, _zeros(audited) | set(unchanged))
    return Score(tuple([rules.mark(name, x, findings.get(name)) for name, x in points.items()]))


def _zeros(findings: Iterable[Finding]) -> set[str]:
    """The names of the figures that are 0 and should not be."""
    return {f.name for f in findings if f.right != 0 and not f.text.strip("-+0.")}


@dataclass(frozen=True)
class _Rules:
    """How an entry earns its points; `nothing` names those that left nothing to compute."""

    carried: float
    digits: int
    nothing: set[str]

    def mark(self, name: str, worth: float, f: Finding | None) -> Mark:
        """The mark of one entry."""
        if f is None:
            return Mark(name, "", "", "missing", 0.0, worth, (), f"{name} is missing.")
        verdict, earned, sentence = f.verdict, 0.0, f.sentence
        if verdict in RIGHT:
            if self._has_digits(f, f.right):
                return Mark(name, f.text, f.shown, verdict, worth, worth)
            verdict, sentence = "too few digits", self._too_few(f)
        elif verdict == "carried forward":
            if self._is_trivial(f):
                sentence += " It earns nothing: an earlier answer left nothing to compute."
            elif not self._has_digits(f, f.follows):
                sentence += f" {self._too_few(f)}"
            else:
                earned = self.carried * worth
        kinds = tuple(dict.fromkeys([d.kind for d in f.diagnoses]))
        if verdict == "wrong":
            kinds = kinds or ("unexplained",)
        return Mark(name, f.text, f.shown, verdict, earned, worth, kinds, sentence)

    def _has_digits(self, f: Finding, right: float) -> bool:
        figure = Figure(f.text)
        if figure.significant >= self.digits:
            return True
        whole = (right, float(f"{right:.{self.digits - 1}e}"))
        return any(math.isclose(figure.number, x, rel_tol=1e-9) for x in whole)

    def _too_few(self, f: Finding) -> str:
        return f"{f.name} = {f.text} has too few digits to be marked: give {self.digits}."

    def _is_trivial(self, f: Finding) -> bool:
        causes = {given.rpartition(" = ")[0] for given in f.given}
        of = f.name.removesuffix("'")
        gradient_is_0 = any(name.endswith(f"/∂{of}") for name in self.nothing)
        return not {f.name, f.spelling, *causes}.isdisjoint(self.nothing) or (
            f.name.endswith("'") and gradient_is_0
        )
