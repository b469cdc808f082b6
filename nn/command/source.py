"""What a subcommand is about: a note, an example, a file, a formula, or the standard input."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograd.errors import ArgumentError, ProblemError
from autograd.problems import Problem, problem
from autograd.problems.examples import EXAMPLES, example
from autograd.suggestions import did_you_mean
from autograd.value import Value, topological
from nn import worked

__all__ = ["SETTING", "Source", "add_source", "completed_names", "read_source", "without_settings"]

SETTING = re.compile(r"[^-=\s][^=\s]*=\S+")
"""A number that is set on the line, as NAME=NUMBER."""

_SIGNS = frozenset("=+*·^()[]√½−;\n ")  # one of these and it is a formula


@dataclass(frozen=True)
class Source:
    """A graph to show, and where it is from: a problem, or a note as a program has it.

    `text` and `numbers` make the problem again, `learning_rate` is the note's or the text's.
    """

    graph: Value
    learning_rate: float | None
    problem: Problem | None
    text: str
    numbers: dict[str, float]


def add_source(command: argparse.ArgumentParser) -> None:
    """Add the positional argument, and the options that go with a problem."""
    source = command.add_argument(
        "source",
        metavar="SOURCE",
        help="a problem file, a formula in quotes, an example (see whygrad examples), a note "
        f"({', '.join(worked.KEYS)}), or - for the standard input",
    )
    source.completer = completed_sources  # type: ignore[attr-defined]
    command.add_argument("--of", metavar="NAME", help="the result, where several could be it")
    command.add_argument("--row", type=int, metavar="N", help="one row of the problem's table")
    command.set_defaults(numbers=[])
    command.epilog = "Numbers can be set on the line, as in w=0.4 x=1."


def completed_sources(prefix: str, **_: object) -> list[str]:
    """What may be completed: notes, examples and files."""
    return [*worked.KEYS, *EXAMPLES, *[path.name for path in Path().iterdir()]]


def completed_names(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """The names in the problem that stands on the line already."""
    try:
        graph = read_source(parsed_args).graph
    except (ValueError, ArithmeticError, OSError):
        return []
    return [v.label for v in topological(graph) if v.label]


def without_settings(options: argparse.Namespace, names: list[str]) -> list[str]:
    """The names of a list that may have settings among them, which go to `options.numbers`.

    The first is always a name.
    """
    settings = [text for text in names[1:] if SETTING.fullmatch(text)]
    options.numbers = [*options.numbers, *settings]
    return [names[0], *[text for text in names[1:] if not SETTING.fullmatch(text)]]


def read_source(options: argparse.Namespace) -> Source:
    """The graph that the options name, with the numbers that they set.

    Raises ValueError, which names the file, where the text cannot be taken.
    """
    text: str = options.source
    numbers = _numbers(options.numbers)
    if text in worked.KEYS and not (numbers or options.row or options.of):
        module = worked.load(text)
        rate = getattr(module, "LEARNING_RATE", None)
        return Source(module.graph(), rate, None, example(f"note{text}"), {})
    place = ""
    if text in worked.KEYS:
        text = example(f"note{text}")
        if options.row is None and "\nrows:" in text:
            options.row = 1  # a note shows the first row of its table
    elif text == "-":
        place, text = "standard input: ", sys.stdin.read()
    elif Path(text).is_file():
        place, text = f"{text}: ", Path(text).read_text(encoding="utf-8-sig", errors="replace")
    elif text in EXAMPLES:
        text = example(text)
    elif _SIGNS.isdisjoint(text):
        raise ArgumentError(_unknown(text))
    try:
        stated = problem(text, numbers, of=options.of)
        if options.row is not None:
            stated = stated.row(options.row)
    except ProblemError as error:
        raise ArgumentError(f"{place}{error}{_how_to_set(error, options.source)}") from error
    return Source(stated.graph, stated.learning_rate, stated, text, numbers)


def _numbers(settings: Iterable[str]) -> dict[str, float]:
    """The numbers that were set as NAME=NUMBER."""
    numbers: dict[str, float] = {}
    for setting in settings:
        name, _, number = setting.partition("=")
        try:
            numbers[name] = float(number.replace("−", "-"))
        except ValueError:
            raise ArgumentError(f"{setting}: {number!r} is no number") from None
    return numbers


def _how_to_set(error: ProblemError, source: str) -> str:
    missing = "has no number: give it one" in error.what and "\n" not in source
    name = error.what.split(" ", 1)[0]
    return f"\nOn the command line, add {name}=0.5 or so at the end." if missing else ""


def _unknown(text: str) -> str:
    files = [path.name for path in Path().iterdir() if path.is_file()]
    hint = did_you_mean(text, [*files, *EXAMPLES, *worked.KEYS])
    hint = hint or "; whygrad examples lists the examples"
    return f"there is no file, example or note {text!r}{hint}"
