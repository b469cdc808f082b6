"""Grading: sheets computed by hand, marked with credit for what was carried forward.

`marking` marks one sheet of a problem with the points of `autograd.audit.scoring`, `sheets` reads
the files, `classes` marks all of a class and tells it at a glance, `exports` are for other graders.
"""

from autograd.audit.scoring import Mark, Score, score
from autograd.grading.classes import ClassMarks, mark_class, sheets_in
from autograd.grading.exports import check, partial_scores
from autograd.grading.marking import Marker
from autograd.grading.sheets import read_answers, read_points

__all__ = [
    "ClassMarks",
    "Mark",
    "Marker",
    "Score",
    "check",
    "mark_class",
    "partial_scores",
    "read_answers",
    "read_points",
    "score",
    "sheets_in",
]
