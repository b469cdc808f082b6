"""A graph written as the text of a problem, or as a Python program on Values.

Both have one statement for every value that has a name, that is used more than once, or that would
make a formula too long to read. Numbers are written with all their digits, so that what is read
back is the same to the last bit.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograd import functions
from autograd.graph import check_fresh, reading_order
from autograd.problems.tokens import MARKS
from autograd.problems.vocabulary import CONSTANTS, ROLES, functions_by_name
from autograd.rules import RULES
from autograd.value import Value

__all__ = ["as_python", "as_text"]

_SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(5)  # how tightly a piece holds together
_LONGEST = 60  # characters of a formula without a name
_DEEPEST = 12


@dataclass(frozen=True)
class Piece:
    """A part of a formula: its text, how tightly it holds together, how deep it is."""

    text: str
    holds: int
    depth: int = 0


class _Style:
    """How a formula is written; what differs between the two."""

    def number(self, x: float) -> str:
        raise NotImplementedError

    def name(self, label: str) -> str:
        """The nearest name that may be used for a label."""
        raise NotImplementedError

    def power(self, base: Piece, exponent: Piece, names: Mapping[str, Value]) -> str:
        raise NotImplementedError

    def many(self, pieces: list[str]) -> str:
        """Arguments of a function of many values."""
        raise NotImplementedError

    def call(self, op: str) -> str:
        raise NotImplementedError

    times = "*"
    divided = "/"
    first = 1  # the index of the first entry


_SHORT = {"total": "sum", "maximum": "max", "minimum": "min", "absolute": "abs"}
_NO_LETTER = "²³¹⁰⁴-⁹½⅓⅔¼¾⅕-⅞ᵀ"  # letters in Python that are none in a formula
_NAME = re.compile(
    rf"[^\W\d_{_NO_LETTER}](?:[^\W{_NO_LETTER}]|[{MARKS}])*"
    r"(?:\^(?:[0-9]+|[^\W\d_]\w*|\([0-9]+\)))?['’′]*"
)


class _Text(_Style):
    def number(self, x: float) -> str:
        return {"inf": "∞", "-inf": "-∞", "nan": "NaN"}.get(repr(x), _short(x))

    def name(self, label: str) -> str:
        label = unicodedata.normalize("NFC", label).replace(",", "_")  # as in w_1,10^2
        reserved = (*ROLES, *CONSTANTS, "rows", "nan", "NaN", *functions_by_name())
        name = label
        if not _NAME.fullmatch(label):
            name = _legal(label)
        return name if name == "e" or name not in reserved else name + "_"

    def power(self, base: Piece, exponent: Piece, names: Mapping[str, Value]) -> str:
        is_name = f"{base.text}^{exponent.text}" in names
        return f"{base.text}{'**' if is_name else '^'}{exponent.text}"

    def many(self, pieces: list[str]) -> str:
        return ", ".join(pieces)

    def call(self, op: str) -> str:
        name = RULES[op].function
        return _SHORT.get(name, name)


class _Python(_Style):
    times = " * "
    divided = " / "
    first = 0

    def number(self, x: float) -> str:
        return f'float("{x!r}")' if repr(x).lstrip("-") in ("inf", "nan") else _short(x)

    def name(self, label: str) -> str:
        name = _legal(re.sub("['’′]", "_prime", label).replace("^", "_"))
        name = unicodedata.normalize("NFKC", name)
        taken = keyword.iskeyword(name) or hasattr(functions, name) or name in _PYTHON_NAMES
        return name + "_" if taken else name

    def power(self, base: Piece, exponent: Piece, names: Mapping[str, Value]) -> str:
        return f"{base.text} ** {exponent.text}"

    def many(self, pieces: list[str]) -> str:
        return f"[{', '.join(pieces)}]"

    def call(self, op: str) -> str:
        return RULES[op].function


_PYTHON_NAMES = ("Value", "print", "float")


def _short(x: float) -> str:
    """All digits; without a point where it is a whole number other than 0."""
    return repr(x).removesuffix(".0") if x else repr(x)


def _legal(label: str) -> str:
    name = re.sub(r"\W", "_", unicodedata.normalize("NFC", label))
    name = re.sub(f"[{_NO_LETTER}]", "_", name)
    return name if name[:1].isalpha() else f"v_{name}"


class _Writer:
    """The statements of a graph in one style, operands first."""

    def __init__(self, root: Value, style: _Style, root_name: str):
        self.root = root
        self.style = style
        self.order = reading_order(root)
        check_fresh(self.order)
        self.uses: dict[Value, int] = {}
        for v in self.order:
            for operand in v.operands:
                self.uses[operand] = self.uses.get(operand, 0) + 1
        self.names: dict[Value, str] = {}
        self.taken: dict[str, Value] = {}
        self._bases: set[str] = set()
        for v in self.order:
            if v.label:
                self._name(v, style.name(v.label))
        if root not in self.names and root_name:
            self._name(root, root_name)
        self.unnamed = 0
        self.pieces: dict[Value, Piece] = {}

    def _name(self, v: Value, wanted: str) -> None:
        """Give v the name, or one like it where that is taken or could be read as a power."""
        base, raised, _ = wanted.partition("^")
        plain = re.sub("['’′]", "", wanted.replace("^", "_"))
        clash = wanted in self.taken or wanted in self._bases or (raised and base in self.taken)
        name, n = wanted, 2
        while clash:
            name = f"{plain}_{n}"
            clash = name in self.taken or name in self._bases
            n += 1
        self.names[v] = name
        self.taken[name] = v
        if "^" in name:
            self._bases.add(base)

    def statements(self) -> Iterator[tuple[Value, str, str]]:
        """The values that have a statement: each with its name and its formula."""
        for v in self.order:
            if not v.operands:
                if v.op != "constant" or v.label or v is self.root:
                    yield v, self._named(v), self.style.number(v.data)
                continue
            piece = self._formula(v)
            if (
                v in self.names
                or v is self.root
                or v.op == "identity"
                or self.uses.get(v, 0) > 1
                or len(piece.text) > _LONGEST
                or piece.depth > _DEEPEST
            ):
                name = self.names.get(v, "") if v is self.root else self._named(v)
                yield v, name, piece.text
            else:
                self.pieces[v] = piece

    def _named(self, v: Value) -> str:
        if v not in self.names:
            self.unnamed += 1
            while f"v{self.unnamed}" in self.taken:
                self.unnamed += 1
            self._name(v, f"v{self.unnamed}")
        return self.names[v]

    # Formulas

    def _piece(self, x: Any) -> Piece:
        if isinstance(x, Value):
            if x in self.names:
                return Piece(self.names[x], _ATOM)
            if x in self.pieces:
                return self.pieces[x]
            x = x.data
        text = self.style.number(float(x))
        return Piece(text, _SIGNED if text.startswith("-") else _ATOM)

    def _formula(self, v: Value) -> Piece:
        arguments = v.arguments
        if v.op in _SIGNS:
            return self._binary(v.op, *[self._piece(a) for a in arguments])
        if v.op == "neg":
            inner = self._piece(arguments[0])
            return Piece(f"-{_held(inner, _POWER)}", _SIGNED, inner.depth + 1)
        if v.op == "identity":
            return self._identity(self._piece(arguments[0]))
        if v.op == "dot" and not arguments[0]:
            return self._identity(self._piece(arguments[2]))
        return self._call(v.op, arguments)

    def _identity(self, inner: Piece) -> Piece:
        if isinstance(self.style, _Python):  # there, y = z would be the same value
            return Piece(f"1.0 * {_held(inner, _SIGNED)}", _PRODUCT, inner.depth + 1)
        return inner

    def _binary(self, op: str, a: Piece, b: Piece) -> Piece:
        holds = _SIGNS[op]
        depth = max(a.depth, b.depth) + 1
        if op == "**":
            exponent = Piece(_held(b, _ATOM), _ATOM)
            text = self.style.power(Piece(_held(a, _ATOM), _ATOM), exponent, self.taken)
            return Piece(text, _POWER, depth)
        sign = {"*": self.style.times, "/": self.style.divided}.get(op, f" {op} ")
        right = _held(b, _POWER if holds == _PRODUCT or b.holds == _SIGNED else _PRODUCT)
        return Piece(f"{_held(a, holds)}{sign}{right}", holds, depth)

    def _call(self, op: str, arguments: tuple[Any, ...]) -> Piece:
        index = ""
        if op == "softmax":
            index = f"[{arguments[0] + self.style.first}]"
            arguments = arguments[1:]
        texts, depth = [], 0
        for argument in arguments:
            many = isinstance(argument, tuple)
            pieces = [self._piece(x) for x in argument] if many else [self._piece(argument)]
            depth = max([depth, *[p.depth for p in pieces]])
            shown = [p.text for p in pieces]
            if op in ("dot", "take") and many:
                texts.append(f"[{', '.join(shown)}]")
            else:
                texts.append(self.style.many(shown) if many else shown[0])
        if op == "dot" and repr(arguments[2]) == "0.0":
            texts.pop()
        return Piece(f"{self.style.call(op)}({', '.join(texts)}){index}", _ATOM, depth + 1)


_SIGNS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}


def _held(piece: Piece, at_least: int) -> str:
    return piece.text if piece.holds >= at_least else f"({piece.text})"


def as_text(root: Value, roles: Mapping[str, str], learning_rate: float | None = None) -> str:
    """The text of a problem that makes the same graph; see `Problem.text`."""
    writer = _Writer(root, _Text(), "")
    numbers, formulas = [], []
    for v, name, formula in writer.statements():
        said = f"{name} = {formula}" if name else formula
        if v.operands:
            formulas.append(said)
        else:
            numbers.append(f"{said}   {roles.get(v.label or '', '')}".rstrip())
    if learning_rate is not None:
        numbers.append(f"η = {_Text().number(learning_rate)}")
    return "\n".join([*numbers, *formulas, ""])


def as_python(root: Value) -> str:
    """A Python program that makes the same graph; see `Problem.python`."""
    writer = _Writer(root, _Python(), "L")
    leaves, inner = [], []
    used: set[str] = set()
    for v, name, formula in writer.statements():
        label = f", {v.label!r}" if v.label else ""
        if not v.operands:
            leaves.append(f"{name} = Value({formula}{label})")
            continue
        inner.append(f"{name} = {formula}")
        if v.label:
            inner.append(f"{name}.label = {v.label!r}")
    for v in writer.order:
        if v.operands and v.op not in (*_SIGNS, "neg", "identity"):
            used.add(RULES[v.op].function)
    root_name = writer.names[root]
    shown = [writer.names[v] for v in writer.order if not v.operands and v in writer.names]
    imports = ", ".join(["Value", *sorted(used)])
    prints = [f'print("∂{root_name}/∂{name} =", {name}.grad)' for name in shown]
    return "\n".join(
        [
            f"from autograd import {imports}",
            "",
            *leaves,
            "",
            *inner,
            "",
            f"{root_name}.backward()",
            f'print("{root_name} =", {root_name}.data)',
            *prints,
            "",
        ]
    )
