"""Labels and numbers as a person writes them, in plain text and in LaTeX."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

__all__ = [
    "count_text",
    "label_latex",
    "label_text",
    "magnitude_latex",
    "magnitude_text",
    "number_latex",
    "number_text",
]

DIGITS = 6
"""How many significant digits a number is printed with, where it has more."""

_EXACT = 14
"""How many significant digits of a float are free of the rounding of a few operations."""

# Numbers


@lru_cache(maxsize=4096)  # a derivation has the same numbers in many places
def number_text(x: float, digits: int | None = None) -> str:
    """x with as many digits as are useful: all of a short number, else six significant ones.

    With `digits` another number is short, and the others have that many.

    >>> [number_text(x) for x in (0.4, 0.0821670405642, -28224.0, 3.51e-9)]
    ['0.4', '0.0821670', '−28224', '3.51e−9']
    >>> number_text(0.1 + 0.2)
    '0.3'
    >>> number_text(0.0821670405642, 3)
    '0.0822'
    """
    if not math.isfinite(x):
        return {math.inf: "∞", -math.inf: "−∞"}.get(x, "NaN")
    digits = DIGITS if digits is None else digits
    meant = float(f"{x:.{_EXACT}g}") if digits < _EXACT else x  # 0.1 + 0.2 is 0.3
    shown = repr(meant + 0.0)  # −0.0 is written as 0.0
    written = shown.split("e")[0].removesuffix(".0").replace(".", "").lstrip("-0")
    is_rounded = len(written) > digits and not (x.is_integer() and abs(x) < 1e6)
    if is_rounded:
        shown = _significant(x, digits)
    mantissa, _, exponent = shown.partition("e")
    if not is_rounded:  # 14167.03 is 14167.0 and not 14167, which would read as exact
        mantissa = mantissa.removesuffix(".0")
    return (mantissa + (f"e{int(exponent)}" if exponent else "")).replace("-", "−")


def _significant(x: float, digits: int) -> str:
    scientific = f"{x:.{digits - 1}e}"
    exponent = int(scientific.partition("e")[2])
    if x == 0.0 or -6 < exponent < max(digits, 16):
        return f"{x:.{max(digits - 1 - exponent, 0)}f}"
    return scientific


def number_latex(x: float, digits: int | None = None) -> str:
    r"""3.51 \times 10^{-9}."""
    return in_latex(number_text(x, digits))


def in_latex(number: str) -> str:
    r"""A number that `number_text` wrote, as LaTeX.

    >>> in_latex("−3.51e−9")
    '-3.51 \\times 10^{-9}'
    """
    text = number.replace("−", "-").replace("∞", r"\infty")
    if text == "NaN":
        return r"\mathrm{NaN}"
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{exponent}}}" if exponent else mantissa


def magnitude_text(inner: str) -> str:
    """|inner|, and abs(inner) where there are bars in it: ||x|| would be a norm.

    >>> magnitude_text("x"), magnitude_text("1 − |x|")
    ('|x|', 'abs(1 − |x|)')
    """
    return f"abs({inner})" if "|" in inner else f"|{inner}|"


def magnitude_latex(inner: str) -> str:
    r"""\left|inner\right|, and abs(inner) where there are bars in it."""
    if "|" in inner:
        return rf"\operatorname{{abs}}\left({inner}\right)"
    return rf"\left|{inner}\right|"


def count_text(n: int) -> str:
    """A count with its digits in groups, or its size where it has very many.

    >>> count_text(1234), count_text(2**1000)
    ('1,234', 'about 1.1·10^301')
    """
    if n < 10**15:
        return f"{n:,}"
    exponent, rest = divmod(math.log10(n), 1.0)
    return f"about {10**rest:.1f}·10^{exponent:.0f}"


# Labels

_ONE_NAME = re.compile(r"[^\s+\-−*·/()\[\]=<>“”]+(\(\d+\))?")


def label_text(name: str) -> str:
    """The label as it is; in quotes where it would not read as one name."""
    printable = "".join(c if c.isprintable() else " " for c in name)
    if name.startswith("∂"):
        return name
    return printable if _ONE_NAME.fullmatch(printable) else f"“{printable}”"


_INDEXED = re.compile(
    r"(?P<stem>[^\W\d_][\u0300-\u036f]?[^\W_]*?)(?:_(?P<sub>\w+(?:,\w+)*))?(?:\^(?P<sup>\w+|\(\d+\)))?(?P<primes>[′']*)"
)
# fmt: off
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η":
    "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ":
    "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ":
    "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}
# fmt: on
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
_SPECIAL = {
    "\\": r"\backslash ",
    "<": r"\lt ",
    ">": r"\gt ",
    "^": r"\hat{\ }",
    "~": r"\sim ",
    **{c: "\\" + c for c in "{}$&#%_"},
}


def _stem(stem: str) -> str:
    """One letter in italics, with its accent; a word upright."""
    parts = unicodedata.normalize("NFD", stem)
    if len(parts) == 2 and parts[1] in _ACCENTS:
        return rf"\{_ACCENTS[parts[1]]}{{{_letter(parts[0])}}}"
    return _letter(stem) if len(stem) == 1 else rf"\mathrm{{{_index(stem)}}}"


def _letter(c: str) -> str:
    return "\\" + GREEK[c] if c in GREEK else c if c.isascii() else _literal(c)


def _index(text: str) -> str:
    """A subscript or superscript: letters and digits, an inner underscore escaped."""
    spaced = [f"{_letter(c)} " if c in GREEK else c for c in text]
    inner = "".join(spaced).strip().replace("_", r"\_")
    accented = any(unicodedata.normalize("NFD", c) != c for c in inner)
    return "".join(_stem(c) for c in text) if accented else inner


def _literal(text: str) -> str:
    """Any text, as itself: what means something to TeX or to HTML is set in mathematics mode."""
    literal = ""
    for run in re.findall(r"[\\<>^~{}$&#%_`]|[^\\<>^~{}$&#%_`]+", text):
        printable = "".join(c if c.isprintable() else " " for c in run)
        literal += _SPECIAL.get(run) or rf"\text{{{printable}}}"
    return literal


def label_latex(name: str) -> str:
    r"""`w_11^2` as w_{11}^{2}, `ŷ` as \hat{y}; any other text as \text{...}, escaped."""
    if name.startswith("δ_") and name[2:3].isalpha():  # δ of a value called otherwise than z
        return rf"\delta_{{{label_latex(name[2:])}}}"
    match = _INDEXED.fullmatch(name)
    if not match:
        return _literal(name)
    stem, sub, sup = match["stem"], match["sub"], match["sup"]
    primes = "'" * (len(match["primes"]))
    if sub is None and len(stem) > 1:  # w5
        digits = re.fullmatch(r"(\D[\u0300-\u036f]?)(\d+)", stem)
        if digits:
            stem, sub = digits[1], digits[2]
    text = _stem(stem)
    text += "" if sub is None else f"_{{{_index(sub)}}}"
    text += "" if sup is None else f"^{{{_index(sup)}}}"
    return f"{{{text}}}{primes}" if primes else text
