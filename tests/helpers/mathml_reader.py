"""MathML written back as the LaTeX that `formula_reader` reads, by what its elements mean."""

import itertools
import xml.etree.ElementTree as ET

WORDS = {
    "·": r" \cdot ", "×": r" \times ", "−": "-", "\u2062": " ", "\u2061": "", "∂": r"\partial ",
    ">": r" \gt ", "<": r" \lt ", "≥": r" \ge ", "≤": r" \le ", "…": r"\dots", "∞": r"\infty",
    "π": r"\pi",
}  # fmt: skip
ACCENTS = {"^": r"\hat", "~": r"\tilde", "¯": r"\bar", "˙": r"\dot"}
FUNCTIONS = "arccos arcsin arctan cos cosh exp ln log max min sin sinh tan tanh"


class NotMathMLError(Exception):
    """An element that no browser knows, or one with the wrong number of parts."""


def parse(markup):
    """The `math` element, which must be well-formed."""
    return ET.fromstring(markup)


def as_latex(markup):
    """The formula of a `math` element as LaTeX."""
    return _row(parse(markup))


def rows_of(markup):
    """The rows of a `math` element's first table, each a list of its cells in LaTeX."""
    table = next(parse(markup).iter(_name("mtable")))
    return [[_row(cell) for cell in row] for row in table]


def _name(tag):
    return "{http://www.w3.org/1998/Math/MathML}" + tag


def _row(element):
    parts = list(element)
    text = ""
    for part, after in itertools.zip_longest(parts, parts[1:]):
        is_called = after is not None and after.text == "\u2061"
        text += _called(part) if is_called else _set(part)
    return text


def _called(part):
    """The name of a function."""
    name = part.text or ""
    if part.tag == _name("msub"):
        return f"{_called(part[0])}_{{{_set(part[1])}}}"
    if part.tag == _name("msup"):
        return f"{_called(part[0])}'"
    if name in FUNCTIONS.split():
        return f"\\{name}"
    return r"\sigma" if name == "σ" else rf"\operatorname{{{name}}}"


def _set(e):
    tag, parts = e.tag.removeprefix(_name("")), list(e)
    if tag in ("mi", "mn", "mo", "mtext"):
        if tag == "mtext":
            words = e.text.replace("\u00a0", " ")
            return rf"\text{{{words}}}"
        if e.get("fence") and e.text == "{":
            return ""
        if e.get("fence"):
            return {"prefix": r"\left", "postfix": r"\right"}[e.get("form")] + e.text
        if tag == "mi" and e.get("mathvariant"):
            return rf"\mathrm{{{e.text}}}"
        return WORDS.get(e.text, e.text)
    if tag == "mspace":
        return r"\quad "
    if tag == "mrow":
        return _row(e)
    if tag == "mfrac":
        above, below = map(_set, parts)
        return rf"\frac{{{above}}}{{{below}}}"
    if tag == "msqrt":
        return rf"\sqrt{{{_row(e)}}}"
    if tag == "mroot":
        of, degree = map(_set, parts)
        return rf"\sqrt[{degree}]{{{of}}}"
    if tag == "msup":
        base, above = map(_set, parts)
        return base + ("'" if above == "′" else f"^{{{above}}}")
    if tag in ("msub", "munder"):
        base, below = map(_set, parts)
        return f"{base}_{{{below}}}"
    if tag in ("msubsup", "munderover"):
        base, below, above = map(_set, parts)
        return f"{base}_{{{below}}}^{{{above}}}"
    if tag == "mover":
        base, above = map(_set, parts)
        return f"{ACCENTS[above]}{{{base}}}"
    if tag == "mtable":
        lines = r" \\ ".join([" & ".join([_row(cell) for cell in row]) for row in parts])
        return rf"\begin{{cases}} {lines} \end{{cases}}"
    raise NotMathMLError(tag)
