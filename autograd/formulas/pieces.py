"""What every way to set formulas shares: how tightly a piece holds together, its parentheses."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["ATOM", "POWER", "PRODUCT", "SUM", "SUPERSCRIPTS", "InLatex", "InText", "Piece"]

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece holds together
Piece: TypeAlias = tuple[str, int]
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class InText:
    """Unicode text, as it stands."""

    minus = "−"

    def parenthesised(self, text: str) -> str:
        """(text)."""
        return f"({text})"

    def wrapped(self, piece: Piece, at_least: int) -> str:
        """The piece, in parentheses where it holds together less tightly than `at_least`."""
        return piece[0] if piece[1] >= at_least else self.parenthesised(piece[0])


class InLatex(InText):
    """LaTeX that MathJax renders, too."""

    minus = "-"

    def parenthesised(self, text: str) -> str:
        r"""\left(text\right)."""
        return rf"\left({text}\right)"
