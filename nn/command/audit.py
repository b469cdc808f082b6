"""`whygrad audit`: a person's own numbers, judged."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from autograd.audit import audit
from autograd.errors import ArgumentError
from nn.command.options import rate
from nn.command.output import as_json
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]

DESCRIPTION = """\
Judge a sheet of numbers computed by hand: each is exact, rounded, truncated, carried forward
(right, given an earlier wrong number) or wrong, and for a wrong one the slip that gives it is
named.

The sheet is a CSV file with name,value on each line, - for the standard input. A name is a label
(h1), a gradient (dE/dw1; an unlabelled loss is L) or an updated weight (w1').
"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser(
        "audit",
        help="your own numbers: which are wrong, and by what slip",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_source(command)
    command.add_argument("sheet", help="the CSV file")
    command.add_argument(
        "--learning-rate",
        type=rate,
        metavar="η",
        help="for updated weights (default: the note's, or the problem's η)",
    )
    command.add_argument("--json", action="store_true", help="the findings as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The verdict on every number of the sheet."""
    if options.source == options.sheet == "-":
        raise ArgumentError("only one of the problem and the sheet can be the standard input")
    source = read_source(options)
    learning_rate = options.learning_rate or source.learning_rate
    sheet = sys.stdin if options.sheet == "-" else options.sheet
    audited = audit(source.graph, sheet, learning_rate=learning_rate)
    return as_json(audited.as_data()) if options.json else str(audited)
