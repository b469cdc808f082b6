"""Formulas as a person writes them: in plain text and in LaTeX.

>>> from autograd.formulas.tree import Symbol
>>> y, t = Symbol("out_y1", 0.75), Symbol("t1", 0.01)
>>> TEXT.formula((y - t) * y * (1 - y))
'(out_y1 − t1)·out_y1(1 − out_y1)'
>>> LATEX.formula(y * (1 - y))
'\\\\mathrm{out}_{y1} \\\\left(1 - \\\\mathrm{out}_{y1}\\\\right)'
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from autograd.formulas.labels import (
    DIGITS,
    label_latex,
    label_text,
    magnitude_latex,
    magnitude_text,
    number_latex,
    number_text,
)
from autograd.formulas.pieces import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    SUPERSCRIPTS,
    InLatex,
    InText,
    Piece,
)
from autograd.formulas.relations import RELATIONS
from autograd.formulas.symbolic import symbols_in
from autograd.formulas.tree import (
    FORMULAS,
    Call,
    Choice,
    Condition,
    Derivative,
    Formula,
    Number,
    Product,
    Sum,
    Symbol,
    power,
)
from autograd.rules import FUNCTIONS, Rule

__all__ = ["LATEX", "TEXT", "Style"]

_ROOTS = ("√", "∛")  # signs that stand before what they are of
Write = Callable[[Formula], Piece]
"""Writes a part of a formula as the whole is written, with as many digits."""


_TIGHT = (*"⁰¹²³⁴⁵⁶⁷⁸⁹⁻^",)  # an exponent would be of the number without its sign


class Style(InText):
    """How a formula is set: in Unicode text, as it stands; `Latex` sets the pieces otherwise."""

    times = " · "

    def name(self, name: str) -> str:
        """The label as `label_text` has it."""
        return label_text(name)

    def number(self, x: float, digits: int | None = None) -> str:
        """As `number_text`."""
        return number_text(x, digits)

    def quotient(self, upper: Piece, lower: Piece) -> str:
        """∂E/∂w."""
        shown = [text if kind == ATOM else f"[{text}]" for text, kind in (upper, lower)]
        return f"∂{shown[0]}/∂{shown[1]}"

    def derivative(self, upper: str, lower: str) -> str:
        """∂upper/∂lower, of labels."""
        return self.ratio(self.name(upper), self.name(lower))

    def ratio(self, upper: str, lower: str) -> str:
        """∂upper/∂lower, of what is written already."""
        return self.quotient((upper, ATOM), (lower, ATOM))

    def words(self, text: str) -> str:
        """As they are."""
        return text

    def fraction(self, above: str, below: Piece, above_is: int) -> Piece:
        """above/below."""
        top = f"({above})" if above_is == SUM else above
        return f"{top}/{self.wrapped(below, POWER)}", PRODUCT

    def raised(self, base: Piece, exponent: Formula, write: Write) -> Piece:
        """x², x^b."""
        if "^" in base[0]:
            base = (base[0], SUM)
        text = self.wrapped(base, ATOM)
        n = exponent.number
        if isinstance(exponent, Number) and n == math.floor(n) and abs(n) < 1e6:
            return text + str(int(n)).translate(SUPERSCRIPTS), POWER
        return f"{text}^{self.wrapped(write(exponent), ATOM)}", POWER

    def exponential(self, exponent: Piece) -> Piece:
        """e^x, e^(−x)."""
        return f"e^{self.wrapped(exponent, ATOM)}", POWER

    def juxtaposed(self, parts: Sequence[Piece]) -> str:
        """2·x·y(1 − y): a dot between factors, none before a parenthesis.

        Unless what stands before would take the parenthesis for its own: an exponent, a root, a
        derivative, or a value that is called as a function is.
        """
        text, before = "", ("", ATOM)
        for i, piece in enumerate(parts):
            shown = self.wrapped(piece, PRODUCT if i == 0 else POWER)
            takes = (before[1] == POWER and any(sign in before[0] for sign in ("^", *_ROOTS))) or (
                before[0].startswith("∂") or before[0] in _FUNCTION_NAMES
            )
            alone = shown.startswith("(") and not takes and shown[:2] != "(−"
            text += shown if not text or alone else f"·{shown}"
            before = piece
        return text

    def call(self, f: Call, write: Write) -> Piece:
        """f(x), f'(x), √x, |x|."""
        xs = [write(a) for a in f.arguments]
        shown = [x[0] for x in xs]
        if f.name == "absolute":
            return magnitude_text(shown[0]), ATOM
        rule = FUNCTIONS.get(f.name)
        if rule is not None and rule.written:
            return write(_written(rule, f))
        if rule is not None and rule.symbol in _ROOTS:
            return rule.symbol + self.wrapped(xs[0], ATOM), POWER
        if f.by is not None:
            by = (self.name(f.own.parameters[f.by]), ATOM)
            name = self.quotient((self.name(f.name), ATOM), by)
            return f"{name}({', '.join(shown)})", ATOM
        name = (f.name if rule is None else rule.symbol) + ("'" if f.prime else "")
        index = "" if f.index is None else f"_{f.index + 1}"
        return f"{name}{index}({', '.join(_elided(shown, '…'))})", ATOM

    def choice(self, f: Choice, write: Write) -> Piece:
        """[x > 0], or (a if x > 0 else b)."""
        if _is(f.a, 1.0) and _is(f.b, 0.0):
            return f"[{self.condition(f.condition, write)}]", ATOM
        if _is(f.a, 0.0) and _is(f.b, 1.0):
            return f"[{self.condition(f.condition.negated(), write)}]", ATOM
        a, b = write(f.a)[0], write(f.b)[0]
        return f"({a} if {self.condition(f.condition, write)} else {b})", ATOM

    def condition(self, c: Condition, write: Write) -> str:
        """a > b."""
        return f"{write(c.left)[0]} {c.relation} {write(c.right)[0]}"

    # What is the same in LaTeX

    def formula(self, f: Formula, digits: int | None = None, *, in_numbers: bool = False) -> str:
        """The formula, its numbers with `digits` significant digits.

        With `in_numbers` each name is replaced by its number, a negative one in parentheses.
        """
        return self.piece(f, digits, in_numbers=in_numbers)[0]

    def piece(self, f: Formula, digits: int | None = None, *, in_numbers: bool = False) -> Piece:
        """The formula, and how tightly it holds together."""
        e_is_taken = not in_numbers and "e" in symbols_in(f)
        return _Writer(self, digits, e_is_taken, in_numbers).whole(f)

    def derivative_of(self, upper: Formula, lower: Formula) -> str:
        """∂upper/∂lower, of formulas."""
        return self.quotient(self.piece(upper), self.piece(lower))

    def factor(
        self, f: Formula, first: bool, digits: int | None = None, *, in_numbers: bool = False
    ) -> str:
        """The formula as a factor of a longer product: a sum in parentheses."""
        text, kind = self.piece(f, digits, in_numbers=in_numbers)
        wrap = kind == SUM or (not first and text.startswith(self.minus))
        return self.parenthesised(text) if wrap else text

    def numbers(self, xs: Iterable[float], digits: int | None = None) -> str:
        """The product of numbers, negative ones after the first in parentheses."""
        shown = [self.number(x, digits) for x in xs]
        return self.times.join(
            [
                self.parenthesised(s) if i and s.startswith(self.minus) else s
                for i, s in enumerate(shown)
            ]
        )

    def leading(self, text: str) -> str:
        """The text without parentheses around a negative number that it starts with."""
        opened, closed = self.parenthesised("|").split("|")
        number, _, rest = text.removeprefix(opened).partition(closed)
        digits = number.removeprefix(self.minus).replace(".", "")
        is_negative = text.startswith(opened + self.minus) and digits.isdigit()
        return number + rest if is_negative and not rest.startswith(_TIGHT) else text

    def signed_sum(self, terms: Sequence[str]) -> str:
        """Terms joined by + or, where one starts with a minus sign, by −."""
        text = self.leading(terms[0])
        for t in terms[1:]:
            sign = self.minus if t.startswith(self.minus) else "+"
            text += f" {sign} {t.removeprefix(self.minus)}"
        return text


class _Writer:
    """Writes one formula in one style.

    Where a value is called e, e^x would be a power of it: exp(x) is then written so.
    """

    def __init__(self, style: Style, digits: int | None, e_is_taken: bool, in_numbers: bool):
        self.style, self.digits = style, digits
        self.e_is_taken, self.in_numbers = e_is_taken, in_numbers

    def whole(self, f: Formula) -> Piece:
        """A formula by itself, or as the argument of a function: a number needs no parentheses."""
        if self.in_numbers and isinstance(f, Symbol):
            return self.number(f.number)
        return self.piece(f)

    def piece(self, f: Formula) -> Piece:
        if isinstance(f, Symbol):
            return self.symbol(f)
        if isinstance(f, Number):
            return self.constant(f.number)
        if isinstance(f, Sum):
            return self.sum(f)
        if isinstance(f, Product):
            return self.product(f)
        if isinstance(f, Choice):
            return self.style.choice(f, self.whole)
        assert isinstance(f, Call)
        if f.name == "exp" and not self.e_is_taken:
            return self.style.exponential(self.whole(f.arguments[0]))
        return self.style.call(f, self.whole)

    def symbol(self, f: Symbol) -> Piece:
        if not self.in_numbers:
            if isinstance(f, Derivative):
                return self.style.derivative(f.upper, f.lower), POWER
            return self.style.name(f.name), ATOM
        text, kind = self.number(f.number)
        is_negative = text.startswith(self.style.minus)
        return (self.style.parenthesised(text), ATOM) if is_negative else (text, kind)

    def number(self, x: float) -> Piece:
        text = self.style.number(x, self.digits)
        return text, PRODUCT if x < 0.0 or "e" in text else ATOM

    def constant(self, x: float) -> Piece:
        """A number of the formula itself: 1/3 as a fraction, 2 ** 0.5 as a root."""
        return self.negated(self.quotient(*self.parts(abs(x), False)), x < 0.0)

    def parts(self, x: float, divided: bool) -> tuple[list[Piece], list[Piece]]:
        """A positive number as what stands above and below the line, 1 left out."""
        top, bottom = _as_fraction(x, divided)
        write: Callable[[float], Piece] = self.number
        root = _as_root(x) if bottom == 1.0 and len(repr(x)) > DIGITS + 2 else None
        if root is not None:
            (top, bottom), write = root, self.root
        return [write(top)] if top != 1.0 else [], [write(bottom)] if bottom != 1.0 else []

    def root(self, square: float) -> Piece:
        x = math.sqrt(square)
        if x.is_integer():
            return self.number(x)
        return self.style.call(Call("sqrt", [Number(square)]), self.whole)

    def quotient(self, above: list[Piece], below: list[Piece]) -> Piece:
        text, kind = self.joined(above)
        return self.style.fraction(text, self.joined(below), kind) if below else (text, kind)

    def negated(self, piece: Piece, is_negative: bool) -> Piece:
        if not is_negative:
            return piece
        text, kind = piece  # a lone sum is negated as a whole
        text = self.style.parenthesised(text) if kind == SUM else text
        return self.style.minus + text, PRODUCT

    def sum(self, f: Sum) -> Piece:
        terms = [self.piece(t)[0] for t in f.terms]
        first = next((i for i, t in enumerate(terms) if not t.startswith(self.style.minus)), 0)
        ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
        return self.style.signed_sum(ordered), SUM

    def product(self, f: Product) -> Piece:
        above, below = [], []
        for base, exponent in f.powers:
            if isinstance(exponent, Number) and exponent.number < 0.0:
                below.append(power(base, Number(-exponent.number)))
            else:
                above.append(power(base, exponent))
        top, bottom = self.parts(abs(f.coefficient), bool(below))
        whole = self.quotient(
            [*top, *[self.power(g) for g in above]], [*bottom, *[self.power(g) for g in below]]
        )
        return self.negated(whole, f.coefficient < 0.0)

    def power(self, f: Formula) -> Piece:
        if not isinstance(f, Product):
            return self.piece(f)
        ((base, exponent),) = f.powers
        return self.style.raised(self.piece(base), exponent, self.piece)

    def joined(self, pieces: list[Piece]) -> Piece:
        if not pieces:
            return self.number(1.0)
        return pieces[0] if len(pieces) == 1 else (self.style.juxtaposed(pieces), PRODUCT)


def _as_fraction(x: float, divided: bool) -> tuple[float, float]:
    """x as the numbers above and below the line: 1/3 and, where there is a line, 1/2."""
    if not math.isfinite(x) or x == math.floor(x):
        return x, 1.0
    fraction = Fraction(x).limit_denominator(1000)
    p, q = fraction.numerator, fraction.denominator
    is_short = len(number_text(x, 2 * DIGITS)) <= DIGITS + 2
    if math.isclose(p / q, x, rel_tol=1e-15) and (not is_short or (divided and p == 1)):
        return float(p), float(q)
    return x, 1.0


def _as_root(x: float) -> tuple[float, float] | None:
    """p and q where x is √p/√q, as √2 and 1/√2 are."""
    if not 1e-6 < x < 1e6:
        return None
    square = Fraction(x * x).limit_denominator(100)
    p, q = float(square.numerator), float(square.denominator)
    is_fraction = math.sqrt(p).is_integer() and math.sqrt(q).is_integer()
    return (p, q) if math.isclose(math.sqrt(p / q), x, rel_tol=4e-16) and not is_fraction else None


_FUNCTION_NAMES = frozenset([*FUNCTIONS, *[rule.symbol for rule in FUNCTIONS.values()]])


def _elided(pieces: list[str], dots: str) -> list[str]:
    return pieces if len(pieces) <= 4 else [pieces[0], pieces[1], dots, pieces[-1]]


def _written(rule: Rule, f: Call) -> Formula:
    """A function that has no sign of its own, as what it means: log1p(x) as log(1 + x)."""
    meaning: Formula = rule.means(rule.written, FORMULAS)(*f.arguments)
    return meaning


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def _is(f: Formula, x: float) -> bool:
    return isinstance(f, Number) and f.number == x


class Latex(InLatex, Style):
    r"""LaTeX that MathJax renders too; labels are escaped, whatever they are."""

    times = r" \cdot "

    def name(self, name: str) -> str:
        """The label as `label_latex` has it."""
        return label_latex(name)

    def number(self, x: float, digits: int | None = None) -> str:
        """The number as `number_latex` has it."""
        return number_latex(x, digits)

    def quotient(self, upper: Piece, lower: Piece) -> str:
        r"""\frac{\partial E}{\partial w}."""
        above, below = [
            text if kind >= POWER else rf"\left[{text}\right]" for text, kind in (upper, lower)
        ]
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def words(self, text: str) -> str:
        r"""\text{words}."""
        return rf"\text{{{text}}}"

    def fraction(self, above: str, below: Piece, above_is: int) -> Piece:
        r"""\frac{above}{below}."""
        return rf"\frac{{{self.leading(above)}}}{{{below[0]}}}", PRODUCT

    def raised(self, base: Piece, exponent: Formula, write: Write) -> Piece:
        """x^{2}."""
        text = self.wrapped(base if "^" not in base[0] else (base[0], SUM), ATOM)
        return f"{text}^{{{write(exponent)[0]}}}", POWER

    def exponential(self, exponent: Piece) -> Piece:
        """e^{x}."""
        return f"e^{{{exponent[0]}}}", POWER

    def juxtaposed(self, parts: Sequence[Piece]) -> str:
        """2 x y (1 - y): factors side by side."""
        text = ""
        for i, piece in enumerate(parts):
            shown = self.wrapped(piece, PRODUCT if i == 0 else POWER)
            is_number = shown[0].isdigit() or shown.startswith(r"\left(-")
            between = r" \cdot " if is_number else " "
            text += between + shown if text else shown
        return text

    def call(self, f: Call, write: Write) -> Piece:
        r"""\sigma(x), \sigma'(x), \sqrt{x}."""
        shown = [write(a)[0] for a in f.arguments]
        if f.name == "absolute":
            return magnitude_latex(shown[0]), ATOM
        rule = FUNCTIONS.get(f.name)
        if rule is not None and rule.written:
            return write(_written(rule, f))
        if rule is not None and rule.symbol in _ROOTS:
            return f"{rule.latex}{{{shown[0]}}}", ATOM
        name = rule.latex if rule else rf"\operatorname{{{_escaped(f.name)}}}"
        if f.by is not None:
            name = self.quotient((name, ATOM), (self.name(f.own.parameters[f.by]), ATOM))
        index = "" if f.index is None else f"_{{{f.index + 1}}}"
        listed = ", ".join(_elided(shown, r"\dots"))
        return f"{name}{index}{chr(39) * f.prime}{self.parenthesised(listed)}", ATOM

    def choice(self, f: Choice, write: Write) -> Piece:
        r"""[x > 0], or \begin{cases}."""
        if _is(f.a, 1.0) and _is(f.b, 0.0):
            return rf"\left[{self.condition(f.condition, write)}\right]", ATOM
        if _is(f.a, 0.0) and _is(f.b, 1.0):
            return rf"\left[{self.condition(f.condition.negated(), write)}\right]", ATOM
        a, b, when = write(f.a)[0], write(f.b)[0], self.condition(f.condition, write)
        cases = rf"{a} & \text{{if }} {when} \\ {b} & \text{{else}}"
        return rf"\begin{{cases}} {cases} \end{{cases}}", ATOM

    def condition(self, c: Condition, write: Write) -> str:
        r"""a \gt b."""
        return f"{write(c.left)[0]} {RELATIONS[c.relation].latex} {write(c.right)[0]}"


TEXT = Style()
LATEX = Latex()
Formula.writer = TEXT.formula
