"""What an audit says of one entry of a sheet: the verdict, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograd.audit.sheet import Figure

__all__ = ["Diagnosis", "Finding"]


@dataclass(frozen=True)
class Diagnosis:
    """A slip that gives a figure: its kind, what was done in words, and the number it gives."""

    kind: str
    what: str
    number: float


@dataclass(frozen=True)
class Finding:
    """The verdict on one entry of a sheet.

    `name` is what it stands for, `spelling` its name on the sheet, `text` its figure there.
    `verdict` is "exact", "rounded", "truncated", "carried forward", "wrong" or "cannot be judged",
    with so few digits or before a wrong entry that it follows from is mended. `right` is the
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
    diagnoses: tuple[Diagnosis, ...]
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
        if self.verdict == "cannot be judged" and self.given:
            return (
                f"{self.name} = {self.text} cannot be judged before {self.given[0]} is mended: "
                f"given that, it would be {self.follows:.6g}. Right is {self._right}."
            )
        if self.verdict == "cannot be judged":
            few = "cannot be judged with so few digits"
            return f"{self.name} = {self.text} {few}: it is {self._right}."
        if self.verdict != "wrong" and not Figure(self.text).match(self.right):
            return (
                f"{self.name} = {self.text} is right, {self.verdict} on the way: "
                f"without that it is {self._right}."
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
            slip.what if self._is_exactly(slip.number) else f"{slip.what} ({slip.number:.6g})"
            for slip in self.diagnoses
        ]
        why = f"Why: {first}."
        if others:
            why += f" It could also be: {'; '.join(others)}."
        return why

    def _is_exactly(self, x: float) -> bool:
        return math.isclose(x, self.number, rel_tol=1e-9)

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
