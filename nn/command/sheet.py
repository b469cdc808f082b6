"""`whygrad sheet`: the blank sheet of a problem, to be filled by hand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from autograd.problems.questions import (
    Question,
    blank_csv,
    blank_latex,
    blank_markdown,
    questions,
)
from nn.command.options import digits, rate
from nn.command.source import add_source, read_source

__all__ = ["add", "asked_of", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("sheet", help="the blank sheet of a problem, to fill by hand")
    add_source(command)
    form = command.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as tables in Markdown")
    form.add_argument("--latex", action="store_true", help="as tables in LaTeX")
    command.add_argument("--digits", type=digits, default=4, metavar="N", help="asked for (4)")
    command.add_argument(
        "--learning-rate", type=rate, metavar="η", help="for updates (default: the problem's η)"
    )
    command.add_argument("-o", "--output", metavar="FILE", help="write it there")
    command.set_defaults(run=run)


def asked_of(options: argparse.Namespace) -> list[Question]:
    """What the sheet of a source asks for."""
    source = read_source(options)
    roles = source.problem.roles if source.problem is not None else {}
    return questions(source.graph, roles, options.learning_rate or source.learning_rate)


def run(options: argparse.Namespace) -> str:
    """The sheet as CSV, Markdown or LaTeX."""
    asked = asked_of(options)
    if options.markdown:
        text = blank_markdown(asked, options.digits)
    elif options.latex:
        text = blank_latex(asked, options.digits)
    else:
        text = blank_csv(asked)
    if options.output is None:
        return text.rstrip("\n")
    Path(options.output).write_text(text, encoding="utf-8")
    return f"written: {options.output}, {len(asked)} numbers to fill in"
