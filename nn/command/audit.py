"""`whygrad audit`: a person's own numbers for a note, judged."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from autograd.audit import audit
from nn import worked
from nn.command.output import as_json

__all__ = ["add", "run"]

DESCRIPTION = """\
Judge a sheet of numbers computed by hand against a worked note: each is exact, rounded, truncated,
carried forward (right, given an earlier wrong number) or wrong, and for a wrong one the slip that
gives it is named.

The sheet is a CSV file with name,value on each line, - for the standard input. A name is a label
of the note (h1), a gradient (dE/dw1; an unlabelled loss is L) or an updated weight (w1').
"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser(
        "audit",
        help="your own numbers: which are wrong, and by what slip",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("note", choices=worked.KEYS, help="the note")
    command.add_argument("sheet", help="the CSV file")
    command.add_argument(
        "--learning-rate",
        type=float,
        metavar="η",
        help="for updated weights (default: that of the note)",
    )
    command.add_argument("--json", action="store_true", help="the findings as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The verdict on every number of the sheet."""
    module = worked.load(options.note)
    rate = options.learning_rate
    if rate is None:
        rate = getattr(module, "LEARNING_RATE", None)
    sheet = sys.stdin if options.sheet == "-" else options.sheet
    found = audit(module.graph(), sheet, learning_rate=rate)
    return as_json(found.as_data()) if options.json else str(found)
