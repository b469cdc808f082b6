"""`whygrad derive`: where a gradient of a note comes from, in names and numbers."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.derivation import derive
from autograd.derivation.writing import as_dict
from nn import worked
from nn.command.output import as_json

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser(
        "derive", help="where a gradient of a note comes from, in names and numbers"
    )
    command.add_argument("note", choices=worked.KEYS, help="the note")
    command.add_argument("weight", help="a weight, bias or other value of the note, such as w1")
    form = command.add_mutually_exclusive_group()
    form.add_argument(
        "--paths", dest="form", action="store_const", const="paths", help="path by path"
    )
    form.add_argument(
        "--deltas", dest="form", action="store_const", const="deltas", help="by deltas"
    )
    form.add_argument(
        "--steps", dest="form", action="store_const", const="steps", help="rule by rule"
    )
    command.add_argument("--latex", action="store_true", help="as a LaTeX aligned block")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.add_argument("--digits", type=_digits, metavar="N", help="significant digits")
    command.set_defaults(run=run, form="auto")


def _digits(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 17:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of digits; give 1 to 17")


def run(options: argparse.Namespace) -> str:
    """The derivation in the form that is asked for."""
    found = derive(worked.load(options.note).graph(), options.weight, digits=options.digits)
    if options.json:
        return as_json(as_dict(found))
    return found.to_latex(options.form) if options.latex else found.text(options.form)
