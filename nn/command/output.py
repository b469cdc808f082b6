"""What the subcommands print with: JSON, and colours where a terminal has them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["as_json", "columns", "painter"]


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
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lambda text, colour: text
    return lambda text, colour: f"\033[{colour}m{text}\033[0m" if colour else text
