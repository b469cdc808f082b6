"""How the subcommands print: JSON, colours where a terminal has them, letters that it can show."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TextIO

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
    return _written(text + "\n", is_json=is_json, ascii_only=ascii_only)


def _written(text: str, *, is_json: bool = False, ascii_only: bool = False) -> int:
    if sys.stdout is None:
        return 0
    try:
        show(text, sys.stdout, is_json=is_json, ascii_only=ascii_only)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_the_rest(sys.stdout)
    except OSError as error:
        _forget_the_rest(sys.stdout)
        complain(f"the output cannot be written: {error.strerror or error}", ascii_only)
        return 1
    return 0


def complain(message: str, ascii_only: bool = False) -> None:
    """One line on the error output, if there is one."""
    _told(f"whygrad: {message}\n", ascii_only)


def _told(text: str, ascii_only: bool) -> None:
    """Write on the error output; where that fails there is nobody left to tell."""
    if sys.stderr is None:
        return
    try:
        show(text, sys.stderr, ascii_only=ascii_only)
        sys.stderr.flush()
    except OSError:
        _forget_the_rest(sys.stderr)


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

    def __init__(self, *, ascii_only: bool = False, **settings: Any):
        super().__init__(**settings)
        self._ascii_only = ascii_only

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the line, and end with status 2."""
        if sys.stderr is None:  # argparse would show the usage on the output
            sys.exit(2)
        super().error(message)

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is None:  # argparse names the closed output
            return
        if file is sys.stderr:
            _told(message, self._ascii_only)
        elif _written(message, ascii_only=self._ascii_only):
            sys.exit(1)
