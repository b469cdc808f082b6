"""One sheet marked: its answers audited against a problem, and points given for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.audit import audit
from autograd.audit.scoring import Mark, Score, score
from autograd.audit.sheet import Problems, read_sheet
from autograd.errors import ArgumentError, SheetError
from autograd.problems import Problem
from autograd.problems.questions import Question, questions, standard_name
from autograd.suggestions import did_you_mean

__all__ = ["Marker"]


class Marker:
    """What a problem's sheet asks for, what each entry is worth, and how a sheet is marked.

    Args:
        problem: the problem.
        points: the points of each entry by its name; one for everything that the blank sheet asks
            for where not given.
        carried: the share of its points that an entry earns which is right given an earlier wrong
            one.
        digits: how many significant digits it takes to earn points.
        learning_rate: that of the updates; the problem's η where not given.

    Raises SheetError where `points` has a name that the problem does not have, ValueError where
    `carried` is no share.
    """

    def __init__(
        self,
        problem: Problem,
        points: Mapping[str, float] | None = None,
        carried: float = 1.0,
        digits: int = 3,
        learning_rate: float | None = None,
    ):
        if not 0 <= carried <= 1:
            raise ArgumentError(f"carried is a share from 0 to 1, not {carried!r}")
        self.problem = problem
        self.carried = carried
        self.digits = digits
        self.rate = problem.learning_rate if learning_rate is None else learning_rate
        asked = questions(problem.graph, problem.roles, self.rate)
        self.questions: dict[str, Question] = {q.name: q for q in asked}
        names = {name: self._known(name) for name in points} if points is not None else {}
        self.points = (
            dict.fromkeys(self.questions, 1.0)
            if points is None
            else {names[name]: float(worth) for name, worth in points.items()}
        )

    def _known(self, name: str) -> str:
        """The name in the audit's spelling; SheetError where it stands for nothing."""
        standard = standard_name(name, self.questions)
        if standard is not None:
            return standard
        try:
            return next(iter(audit(self.problem.graph, {name: "1"}, learning_rate=self.rate))).name
        except SheetError:
            known = [typed for q in self.questions.values() for typed in (q.typed, q.name)]
            hint = did_you_mean(name, known)
            raise SheetError(f"points are given for {name}, which is unknown{hint}") from None

    def mark(self, answers: Mapping[str, Any]) -> Score:
        """The score of a sheet.

        What cannot be read as a number, or stands for nothing here, earns nothing and is said; all
        else is marked.
        """
        taken: dict[str, Any] = {}
        faults: dict[str, tuple[str, str]] = {}
        strange: list[str] = []
        for name, value in answers.items():
            known = standard_name(name, self.questions) or self._other(name)
            if known is None:
                strange.append(name)
            elif known in taken or known in faults:
                taken.pop(known, None)
                faults[known] = ("", f"{known} is on the sheet twice.")
            elif fault := _fault(name, value):
                faults[known] = (str(value), f"{known}: {fault}.")
            else:
                taken[known] = value
        marks: list[Mark] = []
        if taken:
            audited = audit(self.problem.graph, taken, learning_rate=self.rate)
            unchanged = [name for name, value in taken.items() if self._is_unchanged(name, value)]
            marks += score(
                audited, self.points, self.carried, digits=self.digits, unchanged=unchanged
            ).marks
        else:
            marks += [
                Mark(name, "", "", "missing", 0.0, worth, (), f"{name} is missing.")
                for name, worth in self.points.items()
            ]
        return Score(
            tuple([_faulty(mark, faults) for mark in marks]),
            tuple([f"{name!r} is not asked for and was not marked." for name in strange]),
        )

    def _other(self, name: str) -> str | None:
        """A name of the problem that the blank sheet does not ask for, such as dy/dw."""
        try:
            return self._known(name)
        except (SheetError, ValueError):
            return None

    def _is_unchanged(self, name: str, value: Any) -> bool:
        """Whether a new weight is the old one, as a gradient of 0 would leave it."""
        question = self.questions.get(name)
        if question is None or question.part != "update":
            return False
        try:
            return float(value) == self.problem.values[question.of].data
        except ValueError:
            return False


def _fault(name: str, value: Any) -> str:
    """Why an answer cannot be read; empty where it can."""
    problems = Problems()
    read_sheet({name: value}, problems)
    try:
        problems.check()
    except SheetError as error:
        return str(error).partition(": ")[2].partition(": ")[2] or str(error)
    return ""


def _faulty(mark: Mark, faults: Mapping[str, tuple[str, str]]) -> Mark:
    if mark.name not in faults:
        return mark
    figure, sentence = faults[mark.name]
    return Mark(mark.name, figure, mark.right, "unreadable", 0.0, mark.maximum, (), sentence)
