"""The `whygrad` command: the worked notes, and where their gradients come from.

A subcommand is a file here with a function `add(commands)`, which adds its parser and sets `run`, a
function of the options that returns the text to print. To add one, write the file and name it in
`SUBCOMMANDS`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd import __version__
from autograd.errors import Error
from nn.command import (
    audit,
    check,
    derive,
    draw,
    examples,
    exercise,
    fit,
    formula,
    grade,
    page,
    rules,
    sheet,
    sweep,
    values,
    worked,
)
from nn.command.output import Parser, complain, printed
from nn.command.source import SETTING

__all__ = ["main"]

SUBCOMMANDS = (  # in the order of the help
    worked, derive, formula, values, draw, sweep, check, audit, examples,
    sheet, exercise, grade, rules, fit, page,
)  # fmt: skip

DESCRIPTION = """\
Show where each gradient of a neural network comes from.

Without a command: the worked 2-2-2 example of the notes (note 5), every number beside the one
that the notes print, and what went wrong where they differ.
"""
EPILOG = """\
examples:
  whygrad                               the worked example, weight by weight
  whygrad --iterations 10000            the same, then trained
  whygrad worked 3a                     regression on a table, by hand and by the engine
  whygrad worked 5 --json               all its numbers for another program
  whygrad derive 5 w1                   where the gradient of w1 in note 5 comes from
  whygrad derive 5 w5 w6 w7 w8          several weights in one table; --update 0.5 for the step
  whygrad derive 3b w_11^1 --latex      the same for another note and weight, as LaTeX
  whygrad formula 2 w                   why the same line holds for every weight of every layer
  whygrad audit 5 sheet.csv             your own numbers: which are wrong, and by what slip
  whygrad derive "(x+y)*z" x x=-2 y=5 z=-4
                                        a formula of your own, its numbers on the line
  whygrad examples                      problem files to start from; whygrad examples lstm
  whygrad values note.txt               every number of a problem file, forward and backward
  whygrad draw note.txt -o graph.svg    its graph as a picture
  whygrad rules                         the derivative rules that all of it is made of
  whygrad page -o site                  the same as a page in a browser, for any web host
  whygrad fit table.csv --target placed --standardize --derive w_11
                                        train on a table of your own, derive a weight

notes: 1 output layer; 2 hidden layers, matrices, cross-entropy; 3a regression on a table;
3b classification on it; 4 sigmoid hidden neurons; 5 the worked 2-2-2 example
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command on `arguments` (those of the process if not given); its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _options(_parser(ascii_only="--ascii" in given), arguments)
    try:
        text: str = options.run(options)
    except (ValueError, ArithmeticError, OSError, Error) as error:
        complain(str(error), options.ascii)
        return 2
    is_json = getattr(options, "json", False)
    return printed(text, is_json=is_json, ascii_only=options.ascii)


def _options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> argparse.Namespace:
    """The options, among them the numbers that are set anywhere on the line as NAME=NUMBER."""
    _complete(parser)
    options, rest = parser.parse_known_args(arguments)
    wrong = [text for text in rest if not SETTING.fullmatch(text)]
    if wrong or (rest and not hasattr(options, "numbers")):
        parser.error(f"unrecognized arguments: {' '.join(wrong or rest)}")
    if rest:
        options.numbers = rest
    return options


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks how the line goes on, where argcomplete is installed."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def _parser(*, ascii_only: bool = False) -> argparse.ArgumentParser:
    kind = partial(Parser, ascii_only=ascii_only)
    parser = kind(
        prog="whygrad",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"whygrad {__version__}")
    worked.add_options(parser)
    parser.set_defaults(note="5")
    _add_ascii(parser, False)
    commands = parser.add_subparsers(  # type: ignore[call-overload]
        title="commands", metavar="", parser_class=kind
    )
    for subcommand in SUBCOMMANDS:
        subcommand.add(commands)
    for command in commands.choices.values():
        _add_ascii(command, argparse.SUPPRESS)  # what stands before the subcommand counts too
    return parser


def _add_ascii(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument(
        "--ascii", action="store_true", default=default, help="plain letters: dE/dw1 and not ∂E/∂w1"
    )
