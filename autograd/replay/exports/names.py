"""Labels as names in programs: valid, free, and what could do harm taken out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

__all__ = ["KEYWORDS", "Names", "in_comment"]


class Names:
    """Gives names that no one else has; `reserved` are taken from the start.

    >>> names = Names({"exp"})
    >>> [names.new(label) for label in ("w_11^2", "σ", "exp", "σ", "3 x", "x'", "*/ int")]
    ['w_11_2', 'sigma', 'exp_', 'sigma_2', 'v3_x', 'x_prime', 'int_']
    """

    def __init__(self, reserved: Collection[str] = ()):
        self._taken = set(reserved)
        self._count = 0
        self._reserved = frozenset(reserved) | KEYWORDS

    def new(self, label: str | None, otherwise: str = "v") -> str:
        """A name like the label, or like `otherwise` where there is none."""
        base = _plain(label or "") or otherwise
        if base in self._reserved or _MACRO.match(base):
            base += "_"
        name, n = base, 2
        while name in self._taken:
            name, n = f"{base}_{n}", n + 1
        self._taken.add(name)
        return name

    def numbered(self, stem: str) -> str:
        """The next of v1, v2, ... that is free."""
        while True:
            self._count += 1
            name = f"{stem}{self._count}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def all_new(self, labels: Iterable[str | None], otherwise: str) -> list[str]:
        """A name for each; those without a label are numbered."""
        return [self.new(label, f"{otherwise}{i + 1}") for i, label in enumerate(labels)]


def in_comment(label: str) -> str:
    """The label as it can stand in a comment or a string of any language.

    >>> in_comment('w_1 */ "x"')
    'w_1 __ _x_'
    """
    return re.sub(r"[^\w .,'()=^+-]", "_", _ascii(label), flags=re.ASCII)


def _plain(label: str) -> str:
    """Letters, digits and single underscores, beginning with a letter; empty where none is left."""
    text = re.sub("['’′]", "_prime", label)
    text = re.sub(r"\W", "_", _ascii(text), flags=re.ASCII)
    text = re.sub("_+", "_", text).strip("_")[:_LONGEST]
    return f"v{text}" if text[:1].isdigit() else text


def _ascii(label: str) -> str:
    """Greek letters by their names, accents left out, and _ for every other sign."""
    found = ""
    for c in unicodedata.normalize("NFKD", label):
        if c.isascii():
            found += c
        elif (name := unicodedata.name(c, "")).startswith("GREEK"):
            letter = name.split()[-1]
            found += letter.capitalize() if "CAPITAL" in name else letter.lower()
        elif not unicodedata.combining(c):
            found += "_"
    return found


_LONGEST = 40
_WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while main errno NULL INFINITY NAN j0 j1 jn y0 y1 yn gamma "
    "and as assert async await class def del elif except finally from global import in is lambda "
    "nonlocal not or pass raise try with yield None True False np math "
    "linux unix i386 asm delete new operator private public template this typename virtual bool"
)
_MACRO = re.compile(  # what C's headers define beside functions
    r"U?INT|SIZE_|PTRDIFF_|WCHAR_|WINT_|SIG_|FP_|MATH_|HUGE_|M_|_|math_errhandling$|std(in|out|err)$"
)
KEYWORDS = frozenset(_WORDS.split())
"""Words that are no names in C, C++ or Python, or that would hide something there."""
