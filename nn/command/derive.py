"""`whygrad derive`: where a gradient comes from, in names and numbers."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.derivation import derive
from autograd.derivation.writing import as_dict
from nn.command.options import digits, rate
from nn.command.output import as_json
from nn.command.source import add_source, completed_names, read_source

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("derive", help="where a gradient comes from, names and numbers")
    add_source(command)
    weight = command.add_argument("weight", help="a weight, bias or other value, such as w1")
    weight.completer = completed_names
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
    command.add_argument("--digits", type=digits, metavar="N", help="significant digits")
    command.add_argument(
        "--update", type=rate, metavar="η", help="then one step of gradient descent at this rate"
    )
    command.set_defaults(run=run, form="auto")


def run(options: argparse.Namespace) -> str:
    """The derivation in the form that is asked for."""
    found = derive(read_source(options).graph, options.weight, digits=options.digits)
    step = None if options.update is None else found.update(options.update)
    if options.json:
        data = as_dict(found)
        if step is not None:
            data["update"] = {"learning_rate": step.learning_rate, "value": step.value}
        return as_json(data)
    if options.latex:
        return "\n".join([found.to_latex(options.form), *([step.latex] if step else [])])
    return "\n\n".join([found.text(options.form), *([str(step)] if step else [])])
