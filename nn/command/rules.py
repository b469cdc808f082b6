"""`whygrad rules`: the derivative rules that all of it is made of."""

from __future__ import annotations

import argparse
from typing import Any

from autograd.formulas.general import rule_table
from autograd.rules import RULES
from nn.command.output import as_json

__all__ = ["add", "run"]

NOTE = """\
[x > 0] is 1 where x > 0 and 0 elsewhere. Where a = b, max and min give half to each.
dot, total, mean, logsumexp, softmax and take have any number of values; here they have two."""


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("rules", help="the derivative rules, the notes' six first")
    command.add_argument("--json", action="store_true", help="the rules as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The table of the rules."""
    if options.json:
        return as_json(
            [
                {
                    "name": r.name,
                    "parameters": r.parameters,
                    "value": r.value,
                    "partials": r.partials,
                }
                for r in RULES.values()
            ]
        )
    rows = [("rule", "y =", "dy ="), *rule_table()]
    widths = [max([len(row[i]) for row in rows]) for i in (0, 1)]
    lines = [f"{name:{widths[0]}}  {y:{widths[1]}}  {dy}" for name, y, dy in rows]
    return "\n".join([*lines, "", NOTE])
