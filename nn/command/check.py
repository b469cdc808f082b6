"""`whygrad check`: the gradient by every leaf, held against differences."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from autograd.formulas.labels import number_text
from autograd.graph import Graph, adjoints
from autograd.rules import RULES
from autograd.value import Value
from nn.command.output import as_json, columns
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]

_STEP = 2.0**-17  # relative: the cube root of the precision, where the error is least
_TOLERANCE = 1e-6


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("check", help="the gradient by every leaf, against differences")
    add_source(command)
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The table of both; ArithmeticError where they part."""
    graph = Graph(read_source(options).graph)
    gradients = adjoints(graph.root)
    rows = []
    for v in graph.order:
        if not v.operands and v in graph.names:
            h = _STEP * max(1.0, abs(v.data))
            above, below = [_number(graph, {v: v.data + d}) for d in (h, -h)]
            numeric = (above - below) / (2 * h)
            scale = max(1.0, abs(gradients[v]), abs(numeric))
            agrees = abs(gradients[v] - numeric) <= _TOLERANCE * scale
            rows.append((graph.names[v], gradients[v], numeric, agrees))
    if options.json:
        keys = ("name", "backward", "differences", "agrees")
        return as_json([dict(zip(keys, row, strict=True)) for row in rows])
    table = [("leaf", "by backward()", "by differences", "")]
    for name, exact, numeric, agrees in rows:
        shown = [number_text(exact, 10), number_text(numeric, 10)]
        table.append((name, shown[0], shown[1], "agrees" if agrees else "DIFFERS"))
    parted = [name for name, _, _, agrees in rows if not agrees]
    said = f"All {len(rows)} gradients agree with differences."
    if parted:
        said = (
            f"{', '.join(parted)}: backward() and differences part; at a kink, such as relu at 0, "
            "there is no derivative to agree on."
        )
    return f"{columns(table)}\n\n{said}"


def _number(graph: Graph, changed: Mapping[Value, float]) -> float:
    """The root's number with other numbers for some leaves."""
    numbers: dict[Value, float] = {}

    def on(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([on(a) for a in x])
        return numbers[x] if isinstance(x, Value) else x

    for v in graph.order:
        if v.operands:
            numbers[v] = float(RULES[v.op].evaluate(on(v.arguments)))
        else:
            numbers[v] = changed.get(v, v.data)
    return numbers[graph.root]
