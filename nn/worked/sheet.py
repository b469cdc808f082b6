"""A worked note as data: what it computes, what it prints, and whether the two agree."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from autograd import Value

__all__ = ["Line", "Note", "Section", "named", "verdict"]


@dataclass(frozen=True)
class Line:
    """One quantity of a note.

    `exact` is the engine's number. Beside it stands what the note says: `printed`, the texts of
    the numbers in it, or `formula`, in symbols, with `by_formula`, the number that it gives.
    """

    name: str
    exact: float
    printed: tuple[str, ...] = ()
    formula: str = ""
    by_formula: float | None = None

    @property
    def verdicts(self) -> tuple[str, ...]:
        """For each printed number, and for the formula's: agrees, rounded or differs."""
        verdicts = [verdict(self.exact, text) for text in self.printed]
        if self.by_formula is not None:
            close = math.isclose(self.exact, self.by_formula, rel_tol=1e-12, abs_tol=1e-15)
            verdicts.append("agrees" if close else "differs")
        return tuple(verdicts)

    def as_data(self) -> dict[str, Any]:
        """The line as plain data, for JSON."""
        data: dict[str, Any] = {"name": self.name, "exact": self.exact}
        if self.printed:
            data["printed"] = list(self.printed)
        if self.formula:
            data["formula"] = self.formula
        if self.by_formula is not None:
            data["by_formula"] = self.by_formula
        return {**data, "verdicts": list(self.verdicts)}


@dataclass(frozen=True)
class Section:
    """Lines under a heading, and the sentences that go with them."""

    title: str
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Note:
    """A worked note: its name on the command line, its subject, its sections."""

    key: str
    title: str
    sections: list[Section]

    @property
    def lines(self) -> list[Line]:
        """The lines of all sections."""
        return [line for section in self.sections for line in section.lines]

    def as_data(self) -> dict[str, Any]:
        """The note as plain data, for JSON."""
        sections = [
            {"title": s.title, "lines": [x.as_data() for x in s.lines], "remarks": s.remarks}
            for s in self.sections
        ]
        return {"note": self.key, "title": self.title, "sections": sections}


def verdict(exact: float, printed: str) -> str:
    """Whether a number printed in decimals is the exact one.

    "agrees" where it is all of it, "rounded" where it is rounded or cut to the decimals printed,
    else "differs".

    >>> verdict(0.3775, "0.3775"), verdict(0.59327, "0.5932"), verdict(0.59327, "0.5963")
    ('agrees', 'rounded', 'differs')
    """
    number = Decimal(printed)
    unit = float(Decimal(1).scaleb(int(number.as_tuple().exponent)))
    difference = abs(exact - float(number))
    if difference <= 1e-12 * max(1.0, abs(exact)):
        return "agrees"
    return "rounded" if difference < unit else "differs"


def named(v: Value, label: str) -> Value:
    """The Value itself, labelled."""
    v.label = label
    return v


def nodes(values: Iterable[Value]) -> dict[str, Value]:
    """Values by their labels."""
    return {v.label: v for v in values if v.label}
