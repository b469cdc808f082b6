"""`whygrad draw`: the graph as a picture, in a file."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.drawing import draw
from nn.command.source import add_source, completed_names, read_source

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("draw", help="the graph as a picture, in a file")
    add_source(command)
    command.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="a .svg, .png, .pdf or .dot file"
    )
    focus = command.add_argument("--focus", metavar="NAME", help="the paths of this value, marked")
    focus.completer = completed_names
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """Draw, with the gradients on the values, and say where the picture is."""
    graph = read_source(options).graph
    graph.backward()
    return f"drawn: {draw(graph, focus=options.focus).save(options.output)}"
