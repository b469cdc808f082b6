"""Points for an audited sheet, with credit for what was carried forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.audit.report import Audit, Finding

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
    """The points for a sheet, entry by entry."""

    marks: tuple[Mark, ...]

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
            (m.name, m.figure or "-", m.right, f"{m.points:g} of {m.maximum:g}")
            for m in self.marks
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join([cell.ljust(w) for cell, w in zip(row, widths, strict=True)]).rstrip()
            for row in rows
        ]
        told = [m.sentence for m in self.marks if m.sentence]
        said = ["", *told] if told else []
        return "\n".join([f"{self.points:g} of {self.maximum:g} points", "", *table, *said])

    def as_data(self) -> dict[str, Any]:
        """The score as plain data, for JSON."""
        return {
            "points": self.points,
            "maximum": self.maximum,
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
    audit: Audit,
    points: Mapping[str, float] | None = None,
    carried: float = 1.0,
    unchanged: Iterable[str] = (),
) -> Score:
    """The points that an audited sheet earns.

    Args:
        audit: the audit of the sheet.
        points: the points of each entry by its name; one each where not given. An entry that the
            sheet does not have earns nothing.
        carried: the share of its points that an entry earns which is right given an earlier wrong
            one, from 0 to 1.
        unchanged: names of updated weights whose figure is the weight from before the step.

    An entry that earlier answers made trivial earns nothing carried forward: one that comes out as
    0, one that follows from a wrong 0, and an updated weight that did not change.

    Raises ValueError where `carried` is no share.

    >>> from autograd import Value, audit
    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> y = w * x
    >>> y.label = "y"
    >>> sheet = {"y": "2.5", "L": "6.25", "dL/dw": "15"}
    >>> score(audit(y * y, sheet), {"y": 1, "L": 1, "∂L/∂w": 2}, carried=0.5).points
    1.5
    """
    if not 0 <= carried <= 1:
        raise ValueError(f"carried is a share from 0 to 1, not {carried!r}")
    findings = {f.name: f for f in audit} | {f.spelling: f for f in audit}
    if points is None:
        points = {f.name: 1.0 for f in audit}
    nothing = {f.name for f in audit if f.number == 0 and not _is_right(f) and f.right != 0}
    return Score(
        tuple(
            [
                _mark(name, worth, findings.get(name), carried, nothing, set(unchanged))
                for name, worth in points.items()
            ]
        )
    )


def _is_right(f: Finding) -> bool:
    return f.verdict in RIGHT


def _mark(
    name: str,
    worth: float,
    f: Finding | None,
    carried: float,
    nothing: set[str],
    unchanged: set[str],
) -> Mark:
    if f is None:
        return Mark(name, "", "", "missing", 0.0, worth, (), f"{name} is missing.")
    if _is_right(f):
        return Mark(f.name, f.text, f.shown, f.verdict, worth, worth)
    earned, sentence = 0.0, f.sentence
    if f.verdict == "carried forward":
        if _is_trivial(f, nothing, unchanged):
            sentence += " It earns nothing: an earlier answer left nothing to compute."
        else:
            earned = carried * worth
    kinds = tuple(dict.fromkeys([d.kind for d in f.diagnoses])) or (
        ("unexplained",) if f.verdict == "wrong" else ()
    )
    return Mark(f.name, f.text, f.shown, f.verdict, earned, worth, kinds, sentence)


def _is_trivial(f: Finding, nothing: set[str], unchanged: set[str]) -> bool:
    causes = {given.rpartition(" = ")[0] for given in f.given}
    of = f.name.removesuffix("'")
    followed = f.name.endswith("'") and any(name.endswith(f"/∂{of}") for name in nothing)
    return f.name in nothing | unchanged or bool(causes & nothing) or followed
