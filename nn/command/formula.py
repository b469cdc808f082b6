"""`whygrad formula`: the formula for all weights of a network at once, in indices."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.general import derive_general
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("formula", help="the formula for all weights at once, in indices")
    add_source(command)
    command.add_argument(
        "family",
        nargs="?",
        help="a letter such as w, or one of its values, such as w5; all parameters if not given",
    )
    command.add_argument("--matrix", action="store_true", help="in matrices, with their shapes")
    command.add_argument("--steps", action="store_true", help="line by line, each with its reason")
    command.add_argument("--latex", action="store_true", help="as a LaTeX aligned block")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The formula in the form that is asked for."""
    derivation = derive_general(read_source(options).graph, options.family)
    if options.matrix:
        return derivation.matrix.latex if options.latex else str(derivation.matrix)
    if options.latex:
        return derivation.latex
    if options.steps:
        return derivation.line_by_line()
    return derivation.text()
