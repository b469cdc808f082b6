"""Slips of the pen: in a number that was right before it was written down."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from autograd.audit.sheet import Figure
from autograd.audit.slips.case import Case, Slip


def copied_wrongly(case: Case) -> Iterator[Slip]:
    """The decimal point misplaced, or two digits swapped, in a number that was right."""
    figure, right = case.figure, case.right
    if figure.significant >= 2:
        for places in (1, -1, 2, -2, 3, -3):
            if case.fits(figure.moved(places), right):
                many = f"{abs(places)} place{'s' if abs(places) > 1 else ''}"
                side = "left" if places > 0 else "right"
                what = f"the decimal point is misplaced, {many} too far to the {side}"
                yield Slip("decimal point", what, figure.number)
    for i, j in _neighbouring_digits(figure.text):
        text = list(figure.text)
        text[i], text[j] = text[j], text[i]
        if figure.text[i] != figure.text[j] and case.fits(Figure("".join(text)), right):
            what = f"two digits are swapped: {figure.text} for {''.join(text)}"
            yield Slip("swapped digits", what, figure.number)


def _neighbouring_digits(text: str) -> Iterator[tuple[int, int]]:
    digits = [i for i, c in enumerate(text.lower().partition("e")[0]) if c.isdigit()]
    yield from pairwise(digits)


def rounded_early(case: Case) -> Iterator[Slip]:
    """Off by so little that the numbers before it were rounded too early."""
    right = case.right
    if case.figure.nearly(right):
        what = "the last digit is off: the numbers before it were rounded too early"
        yield Slip("rounded too early", what, right)


def one_digit(case: Case) -> Iterator[Slip]:
    """One digit miscopied: a late guess, for it fits much."""
    figure, right = case.figure, case.right
    if figure.significant < 3:
        return
    for text in (figure.like(right), figure.like(right, truncated=True)):
        differing = sum([c != d for c, d in zip(text, figure.text, strict=False)])
        if len(text) == len(figure.text) and differing == 1:
            what = f"one digit differs: {figure.text} for {text}"
            yield Slip("wrong digit", what, figure.number)
            return
