"""Slips of the pen: a number that was right before it was written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from autograd.audit.calculation import Node
from autograd.audit.function import Function
from autograd.audit.sheet import Figure
from autograd.audit.slips.slip import Slip
from autograd.audit.slips.surroundings import Surroundings

__all__ = ["miswritten", "one_digit"]

_POINT, _SWAPPED = 2.0, 2.2


def miswritten(n: Node, s: Surroundings, figures: Mapping[Node, Figure]) -> Iterator[Slip]:
    """The decimal point misplaced, or two digits swapped, in a figure of the sheet.

    The slip's function gives the figure where the number is what was meant, and else its own.
    """
    figure = figures[n]
    if figure.significant >= 2:
        for places in (1, -1, 2, -2, 3, -3):
            many = f"{abs(places)} place{'s' if abs(places) > 1 else ''}"
            side = "left" if places > 0 else "right"
            yield Slip(
                "decimal point",
                f"the decimal point is misplaced, {many} too far to the {side}",
                _POINT + 0.3 * abs(places),
                {n: _shifted(n, 10.0**-places)},
                n,
            )
    for text in swapped_digits(figure.text) if figure.significant >= 3 else ():
        yield Slip(
            "swapped digits",
            f"two digits are swapped: {figure.text} for {text}",
            _SWAPPED,
            {n: _added(n, figure.number - float(text))},
            n,
        )


def _shifted(n: Node, by: float) -> Function:
    return Function(lambda *a: n.function(*a) * by)


def _added(n: Node, more: float) -> Function:
    return Function(lambda *a: n.function(*a) + more)


def swapped_digits(text: str) -> Iterator[str]:
    """The text with two neighbouring digits swapped, in each way."""
    digits = [i for i, c in enumerate(text.lower().partition("e")[0]) if c.isdigit()]
    for i, j in pairwise(digits):
        if text[i] != text[j]:
            t = list(text)
            t[i], t[j] = t[j], t[i]
            yield "".join(t)


def one_digit(figure: Figure, right: float) -> str | None:
    """The right figure, where just one digit of the written one differs from it."""
    if figure.significant < 3:
        return None
    for text in (figure.like(right), figure.like(right, truncated=True)):
        differing = sum([c != d for c, d in zip(text, figure.text, strict=False)])
        if len(text) == len(figure.text) and differing == 1:
            return text
    return None
