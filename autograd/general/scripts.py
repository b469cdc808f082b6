"""How letters, sums and fractions are set: in Unicode text and in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.formulas.labels import (
    label_latex,
    magnitude_latex,
    magnitude_text,
    number_latex,
    number_text,
)
from autograd.formulas.pieces import (
    ATOM,
    POWER,
    PRODUCT,
    SUPERSCRIPTS,
    InLatex,
    InText,
    Piece,
)
from autograd.formulas.relations import RELATIONS
from autograd.rules import RULES, Rule

__all__ = ["LATEX", "TEXT", "Script"]


class Script(InText):
    """A way to set formulas: in Unicode text, as it stands; `Latex` sets the pieces otherwise."""

    dot = " · "
    delta, big_delta = "δ", "Δ"
    dots = ".."

    def name(self, letter: str, below: Sequence[str], above: str | None) -> str:
        """w_ij^l, w_(m(r),j)^(l−1)."""
        text = letter
        if below:
            if all(len(b) == 1 for b in below):
                text += "_" + "".join(below)
            elif all(b.isalnum() for b in below):
                text += "_" + ",".join(below)
            else:
                text += f"_({','.join(below)})"
        if above is not None:
            text += f"^{above}" if above.isalnum() else f"^({above.strip('()')})"
        return text

    def number(self, x: float) -> str:
        """½ and numbers as `number_text` has them."""
        return "½" if x == 0.5 else number_text(x)

    def number_of(self, x: float) -> str:
        """As `number_text` has it."""
        return number_text(x)

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        """(a − y)/(a(1 − a))."""
        return f"{self.wrapped(top, PRODUCT)}/{self.wrapped(bottom, POWER)}", PRODUCT

    def power(self, base: Piece, exponent: str) -> Piece:
        """x², (a_j^l)²."""
        text = self.wrapped(base, ATOM)
        if "^" in text and base[1] == ATOM:
            text = f"({text})"
        if exponent.isdecimal():
            return text + exponent.translate(SUPERSCRIPTS), POWER
        if not text.endswith(")") or not text.startswith("("):  # q^(2) would be the layer
            text = f"({text})"
        return f"{text}^{exponent if len(exponent) == 1 else f'({exponent})'}", POWER

    def call(self, name: str, below: str, arguments: Sequence[str]) -> Piece:
        """σ(z), e^z, √x, |x|, softmax_j(z)."""
        inner = ", ".join(arguments)
        if name == "exp":
            simple = len(inner) == 1
            return (f"e^{inner}", POWER) if simple else (f"exp({inner})", ATOM)
        if name == "absolute":
            return magnitude_text(inner), ATOM
        shown = self.function(name)
        if below:
            shown += f"_{below}" if below.isalnum() else f"_({below})"
        return f"{shown}({inner})", ATOM

    def function(self, name: str) -> str:
        """The function's sign: σ, √, tanh."""
        rule = _rule_of(name)
        return name if rule is None else rule.symbol

    def summed(self, sign: str, bound: Sequence[str], limits: str) -> str:
        """Σ_k; Σ_(s≤t) with limits."""
        under = limits or ("" if not bound else "".join(bound))
        if limits or any(len(b) > 1 for b in bound):
            under = f"({limits or ','.join(bound)})"
        return f"{sign}_{under}"

    def derivative(self, upper: str, lower: str) -> str:
        """∂L/∂w_ij."""
        return f"∂{upper}/∂{lower}"

    def second_derivative(self, upper: str, first: str, second: str) -> str:
        """∂²L/∂w_i∂w_k, ∂²L/∂b²."""
        if first == second:
            return f"∂²{upper}/∂{self.power((first, ATOM), '2')[0]}"
        return f"∂²{upper}/∂{first}∂{second}"

    def condition(self, left: str, sign: str, right: str) -> str:
        """[x > 0]."""
        return f"[{left} {sign} {right}]"

    def sign(self, sign: str) -> str:
        """A sign that compares."""
        return sign

    def transposed(self, text: str) -> str:
        """Wᵀ."""
        return f"{text}ᵀ"

    def norm(self, text: str) -> str:
        """‖y − a‖²."""
        return f"‖{text}‖²"

    def inline(self, formula: str) -> str:
        """The formula."""
        return formula

    def primed(self, name: str, argument: str) -> str:
        """σ'(z)."""
        return f"{self.function(name)}'{self.parenthesised(argument)}"

    # What is the same in LaTeX

    def signed_sum(self, terms: Sequence[str]) -> str:
        """Terms joined by + and −; a − y rather than −y + a."""
        first = 0
        if len(terms) == 2 and terms[0].startswith(self.minus) and not set(terms[0]) & set(" /"):
            first = next((i for i, t in enumerate(terms) if not t.startswith(self.minus)), 0)
        ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
        text = ordered[0]
        for t in ordered[1:]:
            sign = self.minus if t.startswith(self.minus) else "+"
            text += f" {sign} {t.removeprefix(self.minus)}"
        return text

    def juxtaposed(self, pieces: Sequence[Piece]) -> str:
        """Factors side by side: 2(y − a) w_j a_j(1 − a_j)."""
        text, before = "", ""
        for i, piece in enumerate(pieces):
            is_last = i == len(pieces) - 1
            is_sum_sign = piece[0].startswith(("Σ", r"\sum"))
            bare = is_sum_sign and is_last and piece[1] == PRODUCT
            shown = piece[0] if bare else self.wrapped(piece, POWER)
            is_bracket = piece[1] < POWER and not bare
            glued = is_bracket and before and (before in piece[0] or _is_short(before))
            text += shown if not text or glued else f" {shown}"
            before = shown if not is_bracket else ""
        return text


def _is_short(text: str) -> bool:
    """Whether it is a number or one letter: 2(y − a), y(1 − a)."""
    return text[0] in "0123456789½" or len(text) == 1


class Latex(InLatex, Script):
    """LaTeX that MathJax renders, too."""

    dot = r" \cdot "
    delta, big_delta = r"\delta", r"\Delta"
    dots = r",\dots,"

    def name(self, letter: str, below: Sequence[str], above: str | None) -> str:
        """w_{ij}^{l}."""
        separator = "" if all(len(b) == 1 for b in below) else ","
        text = letter if letter.startswith("\\") else label_latex(letter)
        if below:
            if "_" in text:
                text = f"{{{text}}}"
            text += f"_{{{separator.join(below)}}}"
        if above is not None:
            text += f"^{{{above}}}" if above.isalnum() else f"^{{({above.strip('()')})}}"
        return text

    def number(self, x: float) -> str:
        r"""\tfrac{1}{2} and numbers as `number_latex` has them."""
        return r"\tfrac{1}{2}" if x == 0.5 else number_latex(x)

    def number_of(self, x: float) -> str:
        """As `number_latex` has it."""
        return number_latex(x)

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        r"""\frac{top}{bottom}."""
        return rf"\frac{{{top[0]}}}{{{bottom[0]}}}", POWER

    def power(self, base: Piece, exponent: str) -> Piece:
        """x^{2}."""
        text = self.wrapped(base, ATOM)
        if "^" in text and base[1] == ATOM:
            text = self.parenthesised(text)
        return f"{text}^{{{exponent}}}", POWER

    def call(self, name: str, below: str, arguments: Sequence[str]) -> Piece:
        r"""\sigma(z), e^{z}, \sqrt{x}."""
        inner = ", ".join(arguments)
        if name == "exp":
            return f"e^{{{inner}}}", POWER
        if name == "absolute":
            return magnitude_latex(inner), ATOM
        shown = self.function(name)
        if shown.startswith(r"\sqrt"):
            return f"{shown}{{{inner}}}", ATOM
        return f"{shown}{f'_{{{below}}}' if below else ''}{self.parenthesised(inner)}", ATOM

    def function(self, name: str) -> str:
        r"""\sigma, \sqrt, \tanh."""
        rule = _rule_of(name)
        return rf"\operatorname{{{name}}}" if rule is None else rule.latex

    def summed(self, sign: str, bound: Sequence[str], limits: str) -> str:
        r"""\sum_{k}."""
        shown = {"Σ": r"\sum", "max": r"\max", "min": r"\min"}[sign]
        return f"{shown}_{{{limits or ','.join(bound)}}}"

    def derivative(self, upper: str, lower: str) -> str:
        r"""\frac{\partial L}{\partial w_{ij}}."""
        return rf"\frac{{\partial {upper}}}{{\partial {lower}}}"

    def second_derivative(self, upper: str, first: str, second: str) -> str:
        r"""\frac{\partial^{2} L}{\partial w_{i} \, \partial w_{k}}."""
        lower = rf"\partial {first} \, \partial {second}"
        if first == second:
            lower = rf"\partial {self.power((first, ATOM), '2')[0]}"
        return rf"\frac{{\partial^{{2}} {upper}}}{{{lower}}}"

    def condition(self, left: str, sign: str, right: str) -> str:
        r"""\left[x \gt 0\right]."""
        return rf"\left[{left} {self.sign(sign)} {right}\right]"

    def sign(self, sign: str) -> str:
        r"""\gt."""
        return r"\wedge" if sign == "and" else RELATIONS[sign].latex

    def transposed(self, text: str) -> str:
        r"""W^{\top}."""
        return rf"{text}^{{\top}}"

    def norm(self, text: str) -> str:
        r"""\left\|y - a\right\|^{2}."""
        return rf"\left\|{text}\right\|^{{2}}"

    def inline(self, formula: str) -> str:
        """$formula$."""
        return f"${formula}$"


def _rule_of(name: str) -> Rule | None:
    """The row of a function that has a name of its own; a power is written as one."""
    return RULES.get("log" if name == "ln" else name)


TEXT = Script()
LATEX = Latex()
