"""What an option may be set to; argparse puts the option's own name before these errors."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

__all__ = ["count", "digits", "points", "rate", "share"]


def count(what: str, most: int = 10_000_000) -> Callable[[str], int]:
    """How many of something there are: a whole number from 1."""

    def read(text: str) -> int:
        try:
            n = int(text)
        except ValueError:
            n = 0
        if not 1 <= n <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number of {what}; give 1 to {most:,}")
        return n

    return read


digits = count("digits", 17)
"""A number of significant digits."""


def _number(text: str) -> float:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return math.nan


def rate(text: str) -> float:
    """A learning rate: a positive number."""
    x = _number(text)
    if not (x > 0 and math.isfinite(x)):
        raise argparse.ArgumentTypeError(f"{text!r} is no learning rate; give a number above 0")
    return x


def points(text: str) -> float:
    """A number that is not negative."""
    x = _number(text)
    if not (x >= 0 and math.isfinite(x)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 0")
    return x


def share(text: str) -> float:
    """A part of a whole, from 0 to 1."""
    x = _number(text)
    if not 0 <= x <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; give a number from 0 to 1")
    return x
