"""`whygrad sweep`: the forward and backward pass step by step, as a page."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.drawing import sweep
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("sweep", help="forward and backward step by step, as a page")
    add_source(command)
    command.add_argument("-o", "--output", metavar="FILE", help="an .html file; else as text")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The page in a file, or the steps as text."""
    shown = sweep(read_source(options).graph)
    if options.output is not None:
        return f"written: {shown.save(options.output)}"
    return "\n".join([str(step["text"]) for step in shown.steps])
