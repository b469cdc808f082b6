"""Audits as automatic graders take them: nbgrader, Otter, PrairieLearn, and plain data."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from autograd.audit.scoring import RIGHT
from autograd.grading.marking import Marker
from autograd.problems import Problem, problem

__all__ = ["check", "partial_scores"]


def check(
    exercise: Problem | str | PathLike[str],
    answers: Mapping[str, Any],
    *,
    carried: bool = False,
    digits: int = 3,
    learning_rate: float | None = None,
) -> None:
    """Pass in silence, or fail with what is wrong: a test for nbgrader, Otter or pytest.

    Args:
        exercise: the problem, its text or its path.
        answers: the student's numbers by their names; text keeps its digits.
        carried: whether what is right given an earlier wrong answer passes.
        digits: how many significant digits it takes to pass.
        learning_rate: that of the updates; the problem's η where not given.

    Raises AssertionError, which says the slip, where an answer is wrong, or cannot be read.

    >>> check("E = (t - w x)^2; w = 0.5; x = 3 input; t = 1", {"dE/dw": "3"})
    >>> check(
    ...     "E = (t - w x)^2; w = 0.5; x = 3 input; t = 1", {"dE/dw": "-3.0"}
    ... )  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: ∂E/∂w = -3.0 is wrong: it is 3.0. Why: ...
    """
    marker = Marker(_problem(exercise), dict.fromkeys(answers, 1.0), 1.0, digits, learning_rate)
    passing = (*RIGHT, "carried forward") if carried else RIGHT
    score = marker.mark(answers)
    wrong = [m.sentence for m in score.marks if m.verdict not in passing]
    if wrong:
        raise AssertionError("\n".join(wrong))


def partial_scores(
    exercise: Problem | str | PathLike[str],
    answers: Mapping[str, Any],
    points: Mapping[str, float] | None = None,
    *,
    carried: float = 1.0,
    digits: int = 3,
    learning_rate: float | None = None,
) -> dict[str, dict[str, Any]]:
    """PrairieLearn's `partial_scores`: score, weight and feedback of every answer.

    An element's `grade` is then

        def grade(element_html, data):
            scores = partial_scores(EXERCISE, data["submitted_answers"])
            data["partial_scores"].update(scores)

    Args:
        exercise: the problem, its text or its path.
        answers: the submitted answers by their names.
        points: the weight of each; one for everything that was submitted where not given.
        carried: the share that an answer earns which is right given an earlier wrong one.
        digits: how many significant digits it takes to earn it.
        learning_rate: that of the updates; the problem's η where not given.

    >>> partial_scores("E = (t - w x)^2; w = 0.5; x = 3 input; t = 1", {"dE/dw": "3"})
    {'dE/dw': {'score': 1.0, 'weight': 1.0, 'feedback': ''}}
    """
    weights = dict.fromkeys(answers, 1.0) if points is None else dict(points)
    marker = Marker(_problem(exercise), weights, carried, digits, learning_rate)
    marks = marker.mark(answers).marks
    return {
        name: {
            "score": m.points / m.maximum if m.maximum else 0.0,
            "weight": m.maximum,
            "feedback": m.sentence,
        }
        for name, m in zip(weights, marks, strict=True)
    }


def _problem(exercise: Problem | str | PathLike[str]) -> Problem:
    return exercise if isinstance(exercise, Problem) else problem(exercise)
