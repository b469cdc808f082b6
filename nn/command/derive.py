"""`whygrad derive`: where a gradient comes from, in names and numbers."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.derivation import Derivation, derive
from autograd.derivation.writing import as_dict
from autograd.errors import ArgumentError
from autograd.value import Value
from nn.command.options import digits, rate
from nn.command.output import as_json
from nn.command.source import add_source, completed_names, read_source, without_settings

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("derive", help="where a gradient comes from, names and numbers")
    add_source(command)
    weight = command.add_argument(
        "weights",
        metavar="weight",
        nargs="+",
        help="a weight, bias or other value, such as w1; several of them make a table",
    )
    weight.completer = completed_names
    command.add_argument(
        "--weights",
        dest="of_neurons",
        action="store_true",
        help="a table of all weights of the neurons named, of the loss: of the network",
    )
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
    form.add_argument(
        "--second",
        dest="form",
        action="store_const",
        const="second",
        help="the second derivative, of two weights the mixed one",
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
    names = without_settings(options, options.weights)
    graph = read_source(options).graph
    if options.form == "second":
        if options.of_neurons:
            raise ArgumentError(
                "--second is for one weight, or for two: leave out --weights for it"
            )
        return _second(options, graph, names)
    if len(names) > 1 or options.of_neurons:
        return _table(options, graph, names)
    return _one(options, derive(graph, names[0], digits=options.digits))


def _one(options: argparse.Namespace, derivation: Derivation) -> str:
    step = None if options.update is None else derivation.update(options.update)
    if options.json:
        data = as_dict(derivation)
        if step is not None:
            data["update"] = {"learning_rate": step.learning_rate, "value": step.value}
        return as_json(data)
    if options.latex:
        return "\n".join([derivation.to_latex(options.form), *([step.latex] if step else [])])
    return "\n\n".join([derivation.text(options.form), *([str(step)] if step else [])])


def _table(options: argparse.Namespace, graph: Value, names: list[str]) -> str:
    """Several gradients beside each other."""
    if options.form != "auto":
        raise ArgumentError(f"--{options.form} is for one weight; several weights make a table")
    table = derive(graph, names, weights=options.of_neurons, digits=options.digits)
    if options.update is not None:
        table = table.update(options.update)
    if not options.json:
        return table.latex if options.latex else str(table)
    data: dict[str, Any] = {"rows": [as_dict(d) for d in table.derivations]}
    if options.update is not None:
        data["update"] = {"learning_rate": options.update, "values": table.new_values}
    return as_json({**data, "text": str(table), "latex": table.latex})


def _second(options: argparse.Namespace, graph: Value, names: list[str]) -> str:
    """The second derivative by one weight, or by two."""
    if len(names) > 2:
        raise ArgumentError("--second is for one weight, or for two: the mixed second derivative")
    if options.update is not None:
        raise ArgumentError("--update is a step along the gradient: leave out --second for it")
    second = derive(graph, names[0], digits=options.digits).second(names[-1])
    if not options.json:
        return second.latex if options.latex else str(second)
    root, wrt, by = second.names
    data = {"root": root, "wrt": wrt, "by": by, "value": second.value}
    return as_json({**data, "text": str(second), "latex": second.latex})
