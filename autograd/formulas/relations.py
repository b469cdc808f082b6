"""Comparisons of two formulas: when each holds, its opposite, how it is written."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["RELATIONS", "Relation"]


@dataclass(frozen=True)
class Relation:
    """A sign that compares; `code` is the sign in Python, `opposite` that of one that orders."""

    holds: Callable[[float, float], bool]
    latex: str
    code: str
    opposite: str = ""


RELATIONS = {
    "<": Relation(operator.lt, r"\lt", "<", "≥"),  # the sign itself could be taken for HTML
    "≤": Relation(operator.le, r"\le", "<=", ">"),
    ">": Relation(operator.gt, r"\gt", ">", "≤"),
    "≥": Relation(operator.ge, r"\ge", ">=", "<"),
    "=": Relation(operator.eq, "=", "=="),
}
