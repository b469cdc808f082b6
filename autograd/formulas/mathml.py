"""Formulas as MathML, which every browser draws and screen readers read, with nothing to load.

It is made of the LaTeX that the rooms of the library write, and not by a third `Style`: a
derivation, a table, a matrix and the general formula are then all set by one rule. What is read
here is that LaTeX and no more of it; a page needs `STYLE` once for the columns of its tables, since
MathML as browsers have it leaves their alignment to CSS.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from autograd.errors import ArgumentError
from autograd.formulas.labels import GREEK

__all__ = ["STYLE", "mathml"]

STYLE = """\
math.whygrad mtd { padding: 0.3em 0.15em; text-align: center; text-align: -webkit-center; }
math.whygrad mtd.left { text-align: left; text-align: -webkit-left; }
math.whygrad mtd.right { text-align: right; text-align: -webkit-right; }
math.whygrad mtable.array mtd { padding: 0.4em 0.7em; }
math.whygrad mtd.barred { border-right: 1px solid; }
math.whygrad mtr.ruled > mtd { border-bottom: 1px solid; }
math.whygrad mtr.spaced > mtd { padding-top: 1.3em; }
"""

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_NUMBER = re.compile(r"\d+(\.\d+)?")
_OPERATORS = {
    r"\cdot": "·", r"\times": "×", r"\odot": "⊙", r"\gt": ">", r"\lt": "<", r"\ge": "≥",
    r"\le": "≤", r"\sim": "~", r"\colon": ":", r"\leftarrow": "←", r"\wedge": "∧",
    r"\partial": "∂", r"\sum": "∑", r"\cdots": "⋯", r"\vdots": "⋮", r"\dots": "…",
    r"\backslash": "\\", r"\%": "%", r"\&": "&", r"\#": "#", r"\$": "$", r"\_": "_",
    r"\{": "{", r"\}": "}", "-": "−",
}  # fmt: skip
_LETTERS = {
    **{f"\\{name}": letter for letter, name in GREEK.items()},
    r"\infty": "∞", r"\top": "⊤",
}  # fmt: skip
_FUNCTIONS = frozenset([
    r"\arccos", r"\arcsin", r"\arctan", r"\cos", r"\cosh", r"\exp", r"\ln", r"\log", r"\max",
    r"\min", r"\sin", r"\sinh", r"\tan", r"\tanh",
])  # fmt: skip
_ACCENTS = {r"\hat": "\u0302", r"\tilde": "\u0303", r"\bar": "\u0304", r"\dot": "\u0307"}
_ACCENTS_ALONE = {"\u0302": "^", "\u0303": "~", "\u0304": "¯", "\u0307": "˙"}
_SPACES = {r"\quad": "1em", r"\ ": "0.3em", r"\,": "0.2em"}
_COLUMNS = {"l": "left", "r": "right", "c": "center"}
_STOPS = frozenset(["}", "&", r"\\", r"\end", r"\right"])
_NO_OPERAND = re.compile(
    "(<m(sub|sup|subsup|under|over|underover)>)?"
    "<(mo\\b|mspace|mtable|mtext>(\u00a0|.*\u00a0</mtext>$))"
)
_TALL = re.compile("<(mfrac|msqrt|mroot|mtable|munder)")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_DOLLAR = re.compile(r"(?<!\\)\$")
_END_SPACE, _NO_BREAK = re.compile("^ | $"), "\u00a0"
_SUM = "<mo>∑</mo>"
_MINUS, _SIGN = "<mo>−</mo>", '<mo form="prefix">−</mo>'
_TIMES_FUNCTION = '<mo lspace="0" rspace="0.17em">\u2062</mo>'  # 2 sin(x), and not 2sin(x)
_TIMES, _APPLY = "<mo>\u2062</mo>", "<mo>\u2061</mo>"  # both invisible


@lru_cache(maxsize=256)  # a page asks for the same formulas each time that a number is moved
def mathml(latex: str) -> str:
    r"""The LaTeX of a formula, or of an `aligned` block, as a `math` element.

    Raises ValueError where it has a command that the library does not write.

    >>> mathml(r"\sigma'").partition("MathML\">")[2]
    '<msup><mi>σ</mi><mo>′</mo></msup></math>'
    """
    attributes = f'class="whygrad" display="block" xmlns="{_NAMESPACE}"'
    return f"<math {attributes}>{_Reader(latex).whole()}</math>"


_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


class _Reader:
    """Reads LaTeX from left to right; each method returns the element of what it read."""

    def __init__(self, latex: str):
        self.latex = latex
        self.tokens = _TOKEN.findall(latex)
        self.at = 0

    def whole(self) -> str:
        row = self.row()
        if self.at < len(self.tokens):
            raise self.unknown(self.tokens[self.at])
        return row

    def unknown(self, token: str) -> ArgumentError:
        return ArgumentError(f"{token!r} cannot be set in MathML, in {self.latex!r}")

    def peek(self) -> str:
        """The next token that is no space, "" at the end."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def need(self, token: str) -> None:
        if self.next() != token:
            raise ArgumentError(f"there is no {token!r} where one is needed, in {self.latex!r}")

    def row(self) -> str:
        """What stands here up to the end of the group, in one element."""
        elements: list[str] = []
        while (token := self.peek()) and token not in _STOPS:
            spaced = self.at > 0 and str(self.tokens[self.at - 1]).isspace()
            element = self.scripted()
            if element == _MINUS and (not elements or elements[-1].endswith("</mo>")):
                element = _SIGN  # of a number: a browser knows only the first in a row for one
            is_function = element.endswith(_APPLY)
            if elements and _is_operand(elements[-1]) and (is_function or _is_operand(element)):
                if spaced:
                    elements.append(_TIMES_FUNCTION if is_function else _TIMES)
                elif token == r"\left":
                    elements.append(_APPLY)
            elements.append(element)
        return _grouped(elements)

    def scripted(self) -> str:
        """An atom with what is below and above it."""
        base = self.atom()
        below = above = ""
        while (token := self.peek()) in ("_", "^", "'") and token:
            self.next()
            if token == "_":
                below = self.argument()
            else:
                above += "<mo>′</mo>" if token == "'" else self.argument()
        if not (below or above):
            return base
        names = ("under", "over") if base == _SUM else ("sub", "sup")
        above = above if above.count("<mo>′</mo>") < 2 else f"<mrow>{above}</mrow>"
        name = "m" + "".join([n for n, x in zip(names, (below, above), strict=True) if x])
        is_call = base.endswith(_APPLY)
        base = base.removesuffix(_APPLY)
        return f"<{name}>{base}{below}{above}</{name}>" + (_APPLY if is_call else "")

    def argument(self) -> str:
        """A group in braces, or a single atom: of a number its first digit, as TeX has it."""
        token = self.peek()
        if token == "{":
            return self.group()
        if _NUMBER.fullmatch(token):
            self.tokens[self.at : self.at + 1] = list(token)
        return self.atom()

    def group(self) -> str:
        self.need("{")
        row = self.row()
        self.need("}")
        return row

    def atom(self) -> str:
        token = self.peek()
        if token == "{":
            return self.group()
        self.next()
        if token in _COMMANDS:
            return _COMMANDS[token](self)
        if token in _LETTERS:
            return f"<mi>{_LETTERS[token]}</mi>"
        if token in _FUNCTIONS:
            return f"<mi>{token[1:]}</mi>{_APPLY}"
        if token in _OPERATORS:
            return f"<mo>{html.escape(_OPERATORS[token])}</mo>"
        if token in _SPACES:
            return f'<mspace width="{_SPACES[token]}"/>'
        if _NUMBER.fullmatch(token):
            return f"<mn>{token}</mn>"
        if token.startswith("\\") or not token:
            raise self.unknown(token)
        if token in "()[]|":
            return f'<mo stretchy="false">{token}</mo>'  # only \left and \right make it grow
        return f"<{_kind(token)}>{html.escape(token)}</{_kind(token)}>"

    # Commands

    def fraction(self) -> str:
        return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"

    def root(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.argument()}</msqrt>"
        degree = self.bracketed()
        return f"<mroot>{self.argument()}<mn>{degree}</mn></mroot>"

    def bracketed(self) -> str:
        """The text of an optional argument, [3]."""
        self.need("[")
        return "".join(iter(self.next, "]"))

    def fenced(self) -> str:
        left = self.next()
        inner = self.row()
        self.need(r"\right")
        right = self.next()
        grows = bool(_TALL.search(inner))
        return (
            f"<mrow>{_fence(left, 'prefix', grows)}{inner}{_fence(right, 'postfix', grows)}</mrow>"
        )

    def text(self) -> str:
        """Words, and the formulas between dollar signs among them."""
        parts = []
        for i, part in enumerate(_DOLLAR.split(self.raw())):
            if i % 2:
                parts.append(_Reader(part).whole())
            elif part:
                words = html.escape(part.replace(r"\_", "_"))
                # A browser drops the space at an end of words, where it divides from a formula.
                parts.append(f"<mtext>{_END_SPACE.sub(_NO_BREAK, words)}</mtext>")
        return _grouped(parts)

    def upright(self) -> str:
        words = _TEXT.sub(r"\1", self.raw().replace(r"\_", "_")).replace(" ", "")
        for name, accent in _ACCENTS.items():
            words = re.sub(rf"\{name}{{(.)}}", rf"\1{accent}", words)
        for name, letter in _LETTERS.items():
            words = words.replace(name, letter)
        if "\\" in words:
            raise self.unknown(words)
        return f'<mi mathvariant="normal">{html.escape(words)}</mi>'

    def operator(self) -> str:
        return f"{self.upright()}{_APPLY}"

    def raw(self) -> str:
        """The characters of a group in braces, as they are."""
        self.need("{")
        characters: list[str] = []
        depth = 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if not depth:
                return "".join(characters)
            characters.append(token)
        raise ArgumentError(f"a group has no end in {self.latex!r}")

    def accent(self, sign: str) -> str:
        base = self.argument()
        return f'<mover accent="true">{base}<mo>{_ACCENTS_ALONE[sign]}</mo></mover>'

    def environment(self) -> str:
        """`aligned` and its like; a matrix and cases with what stands around them."""
        name = self.raw()
        if name == "array":
            columns = self.raw()
            table = self.table(_columns_of(columns), "array")
        elif name == "aligned":
            table = self.table(_alternating, "aligned")
        elif name in ("gathered", "bmatrix", "cases"):
            align = _left if name == "cases" else _center
            table = self.table(align, "array" if name != "gathered" else "gathered")
        else:
            raise self.unknown(rf"\begin{{{name}}}")
        self.need(r"\end")
        if self.raw() != name:
            raise ArgumentError(f"{name!r} does not end in {self.latex!r}")
        if name == "bmatrix":
            return f"<mrow>{_fence('[', 'prefix')}{table}{_fence(']', 'postfix')}</mrow>"
        return f"<mrow>{_fence('{', 'prefix')}{table}</mrow>" if name == "cases" else table

    def table(self, align: Callable[[int], str], kind: str) -> str:
        """Rows of cells, up to the environment's end."""
        rows = "".join([f'<mtr class="{c}">{cells}</mtr>' for c, cells in self.rows(align)])
        return f'<mtable class="{kind}" displaystyle="true">{rows}</mtable>'

    def rows(self, align: Callable[[int], str]) -> Iterator[tuple[str, str]]:
        """The class and the cells of each row."""
        above = ""
        while True:
            cells = self.cells(align)
            more = self.peek() == r"\\"
            below = ""
            if more:
                self.next()
                gap = self.bracketed() if self.peek() == "[" else ""
                if self.peek() == r"\hline":
                    self.next()
                    below = "ruled"
            yield " ".join([c for c in (above, below) if c]), cells
            if not more:
                return
            above = "spaced" if gap else ""

    def cells(self, align: Callable[[int], str]) -> str:
        cells: list[str] = []
        while True:
            cells.append(f'<mtd class="{align(len(cells))}">{self.row()}</mtd>')
            if self.peek() != "&":
                return "".join(cells)
            self.next()


_COMMANDS: dict[str, Callable[[_Reader], str]] = {
    r"\frac": _Reader.fraction,
    r"\tfrac": _Reader.fraction,
    r"\sqrt": _Reader.root,
    r"\left": _Reader.fenced,
    r"\text": _Reader.text,
    r"\mathrm": _Reader.upright,
    r"\mathbf": _Reader.upright,
    r"\operatorname": _Reader.operator,
    r"\begin": _Reader.environment,
    r"\displaystyle": lambda _: "",
    **{
        name: (lambda reader, sign=sign: reader.accent(sign))  # type: ignore[misc]
        for name, sign in _ACCENTS.items()
    },
}


def _grouped(elements: list[str]) -> str:
    """One element: the only one, or a row of them."""
    shown = [e for e in elements if e]
    return (
        shown[0]
        if len(shown) == 1 and not shown[0].endswith(_APPLY)
        else f"<mrow>{''.join(shown)}</mrow>"
    )


def _is_operand(element: str) -> bool:
    """Whether it can be a factor: no operator, no space, no words among formulas."""
    return not _NO_OPERAND.match(element) and not element.endswith(_APPLY)


def _kind(token: str) -> str:
    """Whether a character is an identifier or an operator."""
    return "mi" if token.isalpha() else "mo"


def _fence(sign: str, form: str, grows: bool = True) -> str:
    """A bracket; around a plain line it is not to grow, which browsers do too readily."""
    if sign == ".":
        return ""
    sign = _OPERATORS.get(sign, sign)
    stretchy = str(grows).lower()
    return f'<mo form="{form}" fence="true" stretchy="{stretchy}">{html.escape(sign)}</mo>'


def _columns_of(columns: str) -> Callable[[int], str]:
    """How the columns of `c|ll` are aligned, and which have a line on their right."""
    sides: list[str] = []
    for c in columns:
        if c == "|":
            sides[-1] += " barred"
        else:
            sides.append(_COLUMNS[c])
    return lambda i: sides[min(i, len(sides) - 1)]


def _alternating(i: int) -> str:
    return "left" if i % 2 else "right"


def _left(_: int) -> str:
    return "left"


def _center(_: int) -> str:
    return "center"
