"""`whygrad examples`: problem files to start from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from autograd.problems.examples import EXAMPLES, example
from nn.command.output import columns

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("examples", help="problem files to start from")
    name = command.add_argument("name", nargs="?", help="the example to print")
    name.completer = lambda **_: EXAMPLES
    command.add_argument("-o", "--output", metavar="FOLDER", help="write all of them there")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The text of an example; or their list; or where they were written."""
    if options.name is not None:
        return example(options.name).rstrip("\n")
    if options.output is not None:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        for name in EXAMPLES:
            (folder / f"{name}.txt").write_text(example(name), encoding="utf-8")
        return f"written: {len(EXAMPLES)} files in {folder}"
    rows = [(name, example(name).split("\n", 1)[0].lstrip("# ")) for name in EXAMPLES]
    return columns(rows)
