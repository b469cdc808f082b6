"""How the subcommands print: JSON, colours where a terminal has them, letters that it can show."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from nn.command.plain import escaped, plain

__all__ = ["Parser", "as_json", "columns", "complain", "painter", "printed"]


def as_json(data: Any) -> str:
    """The data as JSON of several lines."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)])
        for row in rows
    ]
    return "\n".join([line.rstrip() for line in lines])


def painter() -> Callable[[str, str], str]:
    """Colours on a terminal only, and not where NO_COLOR asks for none."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lambda text, colour: text
    return lambda text, colour: f"\033[{colour}m{text}\033[0m" if colour else text


def printed(text: str, *, is_json: bool = False, ascii_only: bool = False) -> int:
    """Print the text, in plain letters where that is asked for or must be; the exit status.

    A reader that has had enough (`head`) is no error, nor is a closed output; a full disk is one.
    """
    if sys.stdout is None:
        return 0
    try:
        show(text + "\n", sys.stdout, is_json=is_json, ascii_only=ascii_only)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_the_rest(sys.stdout)
    except OSError as error:
        _forget_the_rest(sys.stdout)
        complain(f"the output cannot be written: {error.strerror or error}")
        return 1
    return 0


def complain(message: str) -> None:
    """One line on the error output, if there is one."""
    if sys.stderr is not None:
        show(f"whygrad: {message}\n", sys.stderr)


def show(text: str, file: TextIO, *, is_json: bool = False, ascii_only: bool = False) -> None:
    """Write the text, in plain letters where that is asked for or the file cannot encode it."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    try:
        text.encode("ascii" if ascii_only else encoding)
    except UnicodeEncodeError:
        text = escaped(text) if is_json else plain(text)
    file.write(text)


def _forget_the_rest(file: TextIO) -> None:
    """What is still in the buffer would be an error again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


class Parser(argparse.ArgumentParser):
    """A parser whose help, too, is in letters that the terminal can show."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if message and (file or sys.stderr) is not None:
            show(message, file or sys.stderr)
