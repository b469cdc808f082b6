"""Numbers and labels as the text of a picture."""

from __future__ import annotations

import html
import re
import unicodedata

from autograd.formulas.labels import number_text

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EM DASH}"  # a gradient that no backward sweep has found yet


def number(x: float, digits: int = 4) -> str:
    """x to so many significant digits, without the zeros that it could end in.

    >>> number(0.00043856773), number(-2.0), number(29568.0), number(3.510854812e-09)
    ('0.0004386', '−2', '29568', '3.511e−9')
    """
    mantissa, e, exponent = number_text(x, digits).partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return "0" if mantissa == MINUS + "0" else mantissa + e + exponent


def factor(x: float, digits: int = 4, first: bool = False) -> str:
    """x as a factor of a product: in parentheses where it is negative, and not the first."""
    text = number(x, digits)
    return f"({text})" if text.startswith(MINUS) and not first else text


def plain(label: str, width: int) -> str:
    """A label on one line, without control characters, cut to so many characters.

    >>> plain("two\\nlines", 40), plain("x" * 50, 5)
    ('two lines', 'xxxx…')
    """
    label = label[: 4 * width]  # what is cut off need not be cleaned
    line = "".join(" " if c.isspace() else c for c in label if _printable(c)).strip()
    return line if len(line) <= width else line[: width - 1] + "…"


def _printable(c: str) -> bool:
    # Controls break XML, lone surrogates break UTF-8, and marks of writing direction would let a
    # label rearrange the text around it. Joiners stay: emoji are made with them.
    if c.isspace() or c == "\N{ZERO WIDTH JOINER}":
        return True
    return unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Cf")


def escaped(text: str) -> str:
    r"""Text for a DOT string or an HTML-like label: Graphviz reads entities in both.

    A backslash is doubled, or Graphviz would take \N for the node's name.

    >>> print(escaped('<script> "q" & {a|b} \\N'))
    &lt;script&gt; &quot;q&quot; &amp; {a|b} \\N
    """
    return html.escape(text).replace("\\", "\\\\")


_INDEXED = re.compile(r"([^\W\d_]+)_(\d+(?:,\d+)*|[^\W\d_])(?:\^(\w+|\(\w+\)))?")


def marked_up(name: str) -> str:
    """A name for an HTML-like label: w_11^2 with its index below and its layer above.

    >>> marked_up("w_11^2"), marked_up("out_h1")
    ('w<SUB>11</SUB><SUP>2</SUP>', 'out_h1')
    """
    match = _INDEXED.fullmatch(name)
    if not match:
        return escaped(name)
    stem, below, above = match.groups()
    return f"{escaped(stem)}<SUB>{below}</SUB>" + (f"<SUP>{above}</SUP>" if above else "")


def tooltip(text: str) -> str:
    """The same for a tooltip, in which Graphviz replaces escapes a second time."""
    return escaped(text).replace("\\\\", "\\\\\\\\")
