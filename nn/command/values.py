"""`whygrad values`: every named number of a graph, forward and backward."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.formulas.labels import number_text
from autograd.formulas.typeset import TEXT
from autograd.formulas.values import Formulas
from autograd.graph import Graph, adjoints
from autograd.problems.roles import roles_of
from nn.command.options import digits
from nn.command.output import as_json, columns
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]

_LONGEST = 48  # characters of a formula in the table


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("values", help="every named number, forward and backward")
    add_source(command)
    command.add_argument("--json", action="store_true", help="as JSON")
    command.add_argument("--digits", type=digits, metavar="N", help="significant digits")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The table: each value's name, its formula or role, its number and its gradient."""
    source = read_source(options)
    graph = Graph(source.graph)
    formulas = Formulas(graph)
    stated = source.problem.roles if source.problem is not None else {}
    roles = roles_of(source.graph, stated)
    gradients = adjoints(source.graph)
    rows = []
    for v in graph.order:
        if v in graph.names:
            made = TEXT.formula(formulas.inside(v)) if v.operands else roles.get(v, "constant")
            rows.append((graph.names[v], made, v.data, gradients[v]))
    root = graph.names[source.graph]
    if options.json:
        keys = ("name", "formula", "value", "gradient")
        return as_json([dict(zip(keys, row, strict=True)) for row in rows])
    table = [("value", "made of", "number", f"∂{root}/∂value")]
    for name, made, x, gradient in rows:
        short = made if len(made) <= _LONGEST else made[: _LONGEST - 1] + "…"
        numbers = [number_text(number, options.digits) for number in (x, gradient)]
        table.append((name, short, numbers[0], numbers[1]))
    return columns(table)
