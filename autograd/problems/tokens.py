"""The words and signs of a problem's text, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from autograd.errors import ProblemError

__all__ = ["LONGEST", "MARKS", "PRIMES", "Text", "Token", "tokens_of"]

LONGEST = 200_000
"""The most characters in a text."""

_LONGEST_NAME = 80

PRIMES = "'’′"

_FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NOT_IN_NAMES = _FRACTIONS + _SUPERSCRIPTS + "ᵀ"
MARKS = (
    "\u0300-\u036f"  # accents that have no letter of their own: θ̂
    "\u0591-\u05c7\u064b-\u065f"  # Hebrew and Arabic points
    "\u0900-\u0963\u0981-\u0df3\u0e31-\u0e4e\u0eb1-\u0ecd"  # vowel signs from Hindi to Lao
)
"""What may stand in a name after its first letter, though Unicode has it for no letter."""

_SHOWN = 90  # characters of a line that an error shows

_TOKEN = re.compile(
    rf"""
    (?P<space>[^\S\n]+ | \#[^\n]* )
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)? | ∞ | [{_FRACTIONS}])
  | (?P<name>[^\W\d_{_NOT_IN_NAMES}](?:[^\W{_NOT_IN_NAMES}]|[{MARKS}])*[{PRIMES}]*)
  | (?P<raised>[{_SUPERSCRIPTS}]+)
  | (?P<sign>\*\*|[-+−–*·×⋅∙⊙/÷^()\[\],=:√ᵀ{PRIMES}])
  | (?P<end>\n|;)
    """,
    re.VERBOSE,
)
_PLAIN = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/"})
_HINTS = {
    "|": "write abs(x)",
    ">": "where(c, a, b) is a where c > 0",
    "<": "where(c, a, b) is a where c > 0",
    "%": "write a number as 0.05",
    "!": "there is no factorial here",
    "_": "a name begins with a letter",
    '"': "a comment begins with #",
    "{": "write parentheses",
    "}": "write parentheses",
    "∂": "a derivative is asked for by derive, not written",
}


@dataclass(frozen=True)
class Text:
    """The text of a problem, and where its lines are."""

    text: str

    def line_of(self, offset: int) -> int:
        """The number of the line at an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def marked(self, offset: int) -> str:
        """The line at an offset, and a mark under the place."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : len(self.text) if end < 0 else end].replace("\t", " ")
        column = offset - start
        if len(line) > _SHOWN:
            cut = max(0, column - _SHOWN // 2)
            before = "…" if cut else ""
            after = "…" if cut + _SHOWN < len(line) else ""
            line = before + line[cut : cut + _SHOWN] + after
            column += len(before) - cut
        shown = "".join([c if c.isprintable() else "�" for c in line])
        wide = sum([unicodedata.combining(c) == 0 for c in shown[:column]])
        return f"    {shown}\n    {' ' * wide}^"

    def error(self, what: str, offset: int) -> ProblemError:
        """An error at a place of this text."""
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        return ProblemError(what, self.line_of(offset), column, self.marked(offset))


class Token(NamedTuple):
    """A word or sign: its kind, its text, where it begins, and whether a space stands before it.

    The kinds are number, name, raised (a superscript), sign and end (of a statement).
    """

    kind: str
    text: str
    offset: int
    spaced: bool

    @property
    def end(self) -> int:
        """Where the next character stands."""
        return self.offset + len(self.text)

    @property
    def sign(self) -> str:
        """The sign in its plain form, − as - and · as *; empty for anything else."""
        return self.text.translate(_PLAIN) if self.kind == "sign" else ""

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the line" if self.text != ";" else '";"'
        return f'"{self.text}"' if len(self.text) <= 40 else f'"{self.text[:39]}…"'


def tokens_of(text: Text) -> Iterator[Token]:
    """The words and signs of the text in order, the last one an end.

    Raises ProblemError at a character that has no meaning here.
    """
    offset, spaced = 0, True
    source = text.text
    if len(source) > LONGEST:
        raise text.error(f"more than {LONGEST:,} characters: too large a text", 0)
    while offset < len(source):
        match = _TOKEN.match(source, offset)
        if match is None:
            raise text.error(_strange(source[offset]), offset)
        kind = match.lastgroup or ""
        if kind == "name" and len(match[0]) > _LONGEST_NAME:
            raise text.error(f"a name of more than {_LONGEST_NAME} letters", offset)
        if kind != "space":
            yield Token(kind, match[0], offset, spaced)
        spaced = kind == "space"
        offset = match.end()
    yield Token("end", "", offset, spaced)


def _strange(c: str) -> str:
    shown = f'"{c}"' if c.isprintable() else f"the character U+{ord(c):04X}"
    hint = f"; {_HINTS[c]}" if c in _HINTS else ""
    return f"{shown} has no meaning in a formula{hint}"
