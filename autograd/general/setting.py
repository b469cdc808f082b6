"""A derivation set as on a board: equations, lines with their reasons in a column, the check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.general.board import Step

__all__ = ["latex_of", "numbered", "text_of"]

_GAP, _EQUATION_GAP = 6, 9  # spaces before a reason, and between equations in a row
_WIDTH = 120
_WIDEST = 64  # a longer formula has its reason in a line of its own


def text_of(
    steps: Sequence[Step], table: Mapping[str, str], sizes: Mapping[str, object], verdict: str
) -> str:
    """The whole derivation in plain text.

    `table` has the formula's name of a value by its label, `sizes` what letters stand for.
    """
    equations = [s for s in steps if s.kind == "equation"]
    others = [s for s in steps if s.kind != "equation"]
    shown = [_start(s) + s.formula for s in others if not s.heading and s.reason]
    column = max([len(s) for s in shown if len(s) <= _WIDEST], default=0) + _GAP
    rows = _equation_rows([_headed(s, 0) for s in equations], column)
    headings = max([len(s.heading) for s in others], default=0) + 1
    for s in others:
        rows += _rows(s, column, headings)
    if table:
        rows.append("where " + ", ".join([f"{name} is {label}" for label, name in table.items()]))
    if sizes:
        rows.append("with " + ", ".join([f"{letter} = {n}" for letter, n in sizes.items()]))
    return "\n".join([*rows, verdict])


def _start(s: Step) -> str:
    return "so  " if s.kind == "result" else ""


def _headed(s: Step, width: int) -> str:
    if not s.heading:
        return s.formula
    return f"{s.heading + ':':<{width}}  {s.formula}"


def _equation_rows(equations: list[str], column: int) -> list[str]:
    """Short equations side by side, the second at the column of the reasons."""
    rows: list[str] = []
    row = ""
    for e in equations:
        is_first = row and len(row) + 3 <= column
        joined = f"{row:<{column}}{e}" if is_first else f"{row}{' ' * _EQUATION_GAP}{e}"
        if row and len(joined) <= _WIDTH:
            row = joined
        else:
            rows += [row] if row else []
            row = e
    return [*rows, row] if row else rows


def _rows(s: Step, column: int, headings: int) -> list[str]:
    if s.kind == "definition" and s.heading:
        before = f"{s.reason}:  " if s.reason else ""
        after = f"   {s.note}" if s.note else ""
        return [f"{s.heading + ':':<{headings}}  {before}{s.formula}{after}"]
    text = _start(s) + _headed(s, 0)
    reason = "; ".join([words for words in (s.reason, s.note) if words])
    if not reason:
        return [text]
    if len(text) + 2 > column:
        return [text, " " * column + reason]
    return [f"{text:<{column}}{reason}"]


def numbered(steps: Sequence[Step], indices: str, verdict: str) -> str:
    """Every form in a line of its own below its left side, and the reason below that.

    `indices` says what the indices run over.
    """
    rows = []
    for i, s in enumerate(steps, 1):
        start = f"{i:>2}. "
        rows.append(start + _headed(Step(s.left, s.forms[:1], heading=s.heading), 0))
        rows += [" " * len(start) + f"{'':<{len(s.left)}} = {form}" for form in s.forms[1:]]
        words = [w for w in (s.reason, s.note) if w]
        rows += [" " * len(start) + f"({'; '.join(words)})"] if words else []
    rows += [indices] if indices else []
    return "\n".join([*rows, verdict])


def latex_of(steps: Sequence[Step]) -> str:
    """The derivation as one LaTeX `aligned` block."""
    rows = []
    for s in steps:
        words = "; ".join([w for w in (s.heading, s.reason, s.note) if w])
        said = rf" && \text{{{words}}}" if words else ""
        first, *more = s.forms
        rows.append(f"{s.left} &= {first}{said if not more else ''}")
        rows += [f"&= {form}{said if i == len(more) - 1 else ''}" for i, form in enumerate(more)]
    lines = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"
