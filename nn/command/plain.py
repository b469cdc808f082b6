"""Mathematics in plain letters, for terminals that have no others: ∂E/∂w1 is dE/dw1."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["escaped", "plain"]

_SIGNS = {
    "∂": "d", "·": "*", "×": "*", "⋅": "*", "−": "-", "–": "-", "÷": "/", "⁄": "/", "±": "+-",
    "⊙": "(*)", "Σ": "sum", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "←": "<-", "…": "...",
    "⋮": ":", "∞": "inf", "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "‖": "||", "∈": "in",
    "⌊": "floor(", "⌋": ")", "√": "sqrt ", "∛": "cbrt ", "\u0302": "hat", "\u0304": "bar",
}  # fmt: skip
_RAISED = re.compile("[⁻⁺ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹ⁿˣʸᶻᵗˡ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙ]+")


def plain(text: str) -> str:
    """The text in ASCII.

    >>> plain("∂E/∂w1 = δ_1 · ŷ² − ½")
    'dE/dw1 = delta_1 * yhat^2 - 1/2'
    """
    if text.isascii():
        return text
    text = _RAISED.sub(lambda m: "^" + unicodedata.normalize("NFKD", m[0]), text)
    text = _LOWERED.sub(lambda m: "_" + unicodedata.normalize("NFKD", m[0]), text)
    text = text.replace("√(", "sqrt(").replace("∛(", "cbrt(")
    return "".join([_letter(c) for c in unicodedata.normalize("NFKD", text)])


def escaped(text: str) -> str:
    """JSON in ASCII: it says the same.

    >>> escaped('{"name": "∂E"}')
    '{"name": "\\\\u2202E"}'
    """
    units = text.encode("utf-16-be", "surrogatepass")
    codes = [units[i] * 256 + units[i + 1] for i in range(0, len(units), 2)]
    return "".join([chr(c) if c < 128 else f"\\u{c:04x}" for c in codes])


def _letter(c: str) -> str:
    if c.isascii():
        return c
    if c in _SIGNS:
        return _SIGNS[c]
    kind, _, name = unicodedata.name(c, "").partition(" LETTER ")
    if kind.startswith("GREEK"):
        name = name.split()[0].replace("LAMDA", "LAMBDA").lower()
        return name.capitalize() if "CAPITAL" in kind else name
    return "" if unicodedata.combining(c) else "?"
