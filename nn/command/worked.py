"""`whygrad worked`: one of the five notes, every number beside the one that the note prints."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from typing import Any

from autograd.errors import ArgumentError
from nn import worked
from nn.command.options import count
from nn.command.output import as_json, painter
from nn.worked.sheet import Line, Note, Section

__all__ = ["add", "add_options", "run"]

WIDTH = 100
MOST_ITERATIONS = 10_000_000
COLOURS = {"agrees": "32", "rounded": "33", "differs": "31"}


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("worked", help="one of the five worked notes")
    command.add_argument("note", choices=worked.KEYS, help="the note")
    add_options(command)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand, which are also those of the command without one."""
    parser.add_argument("--json", action="store_true", help="the numbers as JSON")
    parser.add_argument(
        "--iterations",
        type=count("iterations", MOST_ITERATIONS),
        metavar="N",
        help="train note 5 for N iterations as well",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The note as a page of text, or as JSON."""
    module = worked.load(options.note)
    note: Note = module.note()
    if options.iterations is not None:
        if options.note != "5":
            raise ArgumentError("--iterations trains note 5 only; leave it out for the others")
        note.sections.append(module.training(options.iterations))
    return as_json(note.as_data()) if options.json else _note_text(note, painter())


def _note_text(note: Note, paint: Callable[[str, str], str]) -> str:
    blocks = [f"Note {note.key}: {note.title}"]
    blocks += [_section_text(section, paint) for section in note.sections]
    return "\n\n".join(blocks)


def _section_text(section: Section, paint: Callable[[str, str], str]) -> str:
    lines = [section.title, "-" * len(section.title)]
    compared = any(line.verdicts for line in section.lines)
    rows = [_row(line) for line in section.lines]
    if compared:
        says = "the notes print" if any(x.printed for x in section.lines) else "the notes' formula"
        rows.insert(0, ("quantity", "exact", says, "verdict"))
    widths = [max([len(row[i]) for row in rows], default=0) for i in range(3)]
    for row in rows:
        name, exact, notes = [
            cell.ljust(w) if i != 1 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=False))
        ]
        verdicts = ", ".join([paint(v, COLOURS.get(v, "")) for v in row[3].split(", ")])
        lines.append(f"{name}  {exact}  {notes}  {verdicts}".rstrip())
    for remark in section.remarks:
        indent = " " * (len(remark) - len(remark.lstrip()))
        lines.append(
            textwrap.fill(remark, WIDTH, subsequent_indent=indent or "  ", break_on_hyphens=False)
        )
    return "\n".join(lines)


def _row(line: Line) -> tuple[str, str, str, str]:
    printed = " / ".join(line.printed)
    notes = " = ".join([text for text in (line.formula, printed) if text])
    return (
        line.name,
        _number(line.exact),
        notes,
        ", ".join(dict.fromkeys(line.verdicts)) if line.formula else ", ".join(line.verdicts),
    )


def _number(x: float) -> str:
    """Ten decimals, as in the notes' table of exact numbers; ten digits for a very small one."""
    if x == int(x) and abs(x) < 1e15:
        return f"{x:.0f}"
    return f"{x:.10f}" if abs(x) >= 1e-4 else f"{x:.9e}"
