"""Numbers, vectors and matrices with the formula that they came from, in letters and as code.

A `Block` is what a matrix form is made of: every operation on blocks joins their formulas and works
out their numbers, so that a matrix line that is written is also one that was computed. Plain Python
lists do: nothing here needs NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from autograd.formulas.pieces import ATOM, POWER, PRODUCT, SUM
from autograd.general.scripts import Script

__all__ = ["Block", "Blocks", "Numbers"]

Numbers: TypeAlias = Any  # a number, a list of numbers, or a list of rows


@dataclass(frozen=True)
class Block:
    """A number, vector or matrix: its formula in a script, as NumPy code, and its numbers."""

    text: str
    kind: int
    code: str
    code_kind: int
    numbers: Numbers
    shape: tuple[int, ...]

    @property
    def is_matrix(self) -> bool:
        """Whether it has rows and columns."""
        return len(self.shape) == 2


class Blocks:
    """The operations on blocks, written in one script."""

    def __init__(self, script: Script):
        self.script = script

    def _text(self, b: Block, at_least: int) -> str:
        return self.script.wrapped((b.text, b.kind), at_least)

    def scaled(self, factor: float, sign: int, text: str, code: str, b: Block) -> Block:
        """A number times a block; `sign` and `text` are how the number is written."""
        if sign > 0 and not text:
            return b
        minus, code_minus = (self.script.minus, "-") if sign < 0 else ("", "")
        shown = self._text(b, PRODUCT)
        is_glued = not text or (shown.startswith("(") and b.kind == SUM and text[-1].isdigit())
        shown = f"{minus}{text}{'' if is_glued else ' '}{shown}"
        coded = f"{code_minus}{code}{' * ' if code else ''}{_code(b, PRODUCT)}"
        numbers = _each(lambda x: factor * x, b.numbers)
        return Block(shown, PRODUCT, coded, PRODUCT, numbers, b.shape)

    def plus(self, parts: Sequence[Block]) -> Block:
        """The sum of blocks of one shape."""
        text = self.script.signed_sum([p.text for p in parts])
        code = " + ".join([p.code for p in parts]).replace("+ -", "- ")
        numbers = parts[0].numbers
        for p in parts[1:]:
            numbers = _both(lambda x, y: x + y, numbers, p.numbers)
        return Block(text, SUM, code, SUM, numbers, parts[0].shape)

    def product(self, parts: Sequence[Block]) -> Block:
        """The product of blocks of one shape, entry by entry."""
        if len(parts) == 1:
            return parts[0]
        sign = " ⊙ " if self.script.minus == "−" else r" \odot "
        text = sign.join([self._text(p, POWER) for p in parts])
        code = " * ".join([_code(p, PRODUCT) for p in parts])
        numbers = parts[0].numbers
        for p in parts[1:]:
            numbers = _both(lambda x, y: x * y, numbers, p.numbers)
        return Block(text, PRODUCT, code, PRODUCT, numbers, parts[0].shape)

    def power(self, b: Block, n: float) -> Block:
        """Every entry raised to n."""
        shown = f"{n:g}".replace("-", self.script.minus)
        mark = f"⊙{shown}" if self.script.minus == "−" else rf"\odot {shown}"
        text = f"({b.text})" if b.kind != ATOM or "^" in b.text else b.text
        text = f"{text}^({mark})" if self.script.minus == "−" else f"{text}^{{{mark}}}"
        code = f"{_code(b, ATOM)}**{n:g}" if n >= 0.0 else f"{_code(b, ATOM)}**({n:g})"
        return Block(text, POWER, code, POWER, _each(lambda x: x**n, b.numbers), b.shape)

    def call(self, name: str, code: str, f: Callable[[float], float], b: Block) -> Block:
        """A function of every entry."""
        argument = b.text
        if name == "log1p":  # log(1 + x)
            name, argument = "log", self.script.signed_sum([self.one if b.shape else "1", b.text])
        text = self.script.call(name, "", [argument])[0]
        return Block(text, ATOM, code.format(b.code), ATOM, _each(f, b.numbers), b.shape)

    def outer(self, a: Block, b: Block) -> Block:
        """a bᵀ, a matrix of two vectors."""
        text = f"{self._text(a, POWER)} {self._transposed_text(b)}"
        numbers = [[x * y for y in b.numbers] for x in a.numbers]
        code = f"np.outer({a.code}, {b.code})"
        return Block(text, PRODUCT, code, ATOM, numbers, (*a.shape, *b.shape))

    def matmul(self, a: Block, b: Block) -> Block:
        """The product of two matrices, or of a matrix and a vector."""
        text = f"{self._text(a, POWER)} {self._text(b, POWER)}"
        code = f"{_code(a, POWER)} @ {_code(b, POWER)}"
        shape = (a.shape[0], *b.shape[1:])
        numbers: Numbers
        if b.is_matrix:
            columns = list(zip(*b.numbers, strict=True))
            numbers = [[_dot(row, column) for column in columns] for row in a.numbers]
        else:
            numbers = [_dot(row, b.numbers) for row in a.numbers]
        return Block(text, PRODUCT, code, SUM, numbers, shape)

    def inner(self, a: Block, b: Block) -> Block:
        """aᵀ b, a number of two vectors."""
        text = f"{self._transposed_text(a)} {self._text(b, POWER)}"
        code = f"{_code(a, POWER)} @ {_code(b, POWER)}"
        return Block(text, PRODUCT, code, SUM, _dot(a.numbers, b.numbers), ())

    def squared(self, a: Block) -> Block:
        """‖a‖², the sum of the squares of all entries."""
        text = self.script.norm(a.text)
        code = f"({_code(a, ATOM)}**2).sum()"
        numbers = math.fsum([x * x for x in _flat(a.numbers)])
        return Block(text, POWER, code, ATOM, numbers, ())

    def row_sums(self, a: Block) -> Block:
        """A 𝟏, the sums of the rows."""
        text = f"{self._text(a, POWER)} {self.one}"
        numbers: Numbers = [math.fsum(row) for row in a.numbers]
        return Block(text, PRODUCT, f"{_code(a, ATOM)}.sum(axis=1)", ATOM, numbers, a.shape[:1])

    def summed(self, a: Block) -> Block:
        """𝟏ᵀ a, the sum of all entries; 𝟏ᵀ A 𝟏 of a matrix."""
        text = f"{self.script.transposed(self.one)} {self._text(a, POWER)}"
        if a.is_matrix:
            text += f" {self.one}"
        numbers = math.fsum(_flat(a.numbers))
        return Block(text, PRODUCT, f"{_code(a, ATOM)}.sum()", ATOM, numbers, ())

    def spread(self, b: Block, axis: int | None, shape: tuple[int, ...]) -> Block:
        """A number or vector b in every entry of a shape; `axis` is the one that b runs along."""
        if b.shape == shape:
            return b
        if not b.shape:
            numbers: Numbers = _filled(b.numbers, shape)
            text = self.one if b.text == "1" else f"{self._text(b, POWER)} {self.one}"
            if math.prod(shape) == 1:  # a single output is a number, too
                text = b.text
            return replace(b, text=text, numbers=numbers, shape=shape)
        if axis == 0:
            numbers = [[x] * shape[1] for x in b.numbers]
            text = f"{self._text(b, POWER)} {self.script.transposed(self.one)}"
            return Block(text, PRODUCT, f"{_code(b, ATOM)}[:, None]", ATOM, numbers, shape)
        text = f"{self.one} {self._transposed_text(b)}"
        numbers = [list(b.numbers) for _ in range(shape[0])]
        return Block(text, PRODUCT, b.code, b.code_kind, numbers, shape)

    def transpose(self, b: Block) -> Block:
        """The matrix with rows and columns exchanged."""
        numbers = [list(column) for column in zip(*b.numbers, strict=True)]
        text = self._transposed_text(b)
        return Block(text, POWER, f"{_code(b, ATOM)}.T", ATOM, numbers, b.shape[::-1])

    def _transposed_text(self, b: Block) -> str:
        text = b.text if b.kind == ATOM and "^" not in b.text else f"({b.text})"
        return self.script.transposed(text)

    @property
    def one(self) -> str:
        """The vector or matrix of ones."""
        return "𝟏" if self.script.minus == "−" else r"\mathbf{1}"


def _code(b: Block, at_least: int) -> str:
    return b.code if b.code_kind >= at_least else f"({b.code})"


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum([x * y for x, y in zip(a, b, strict=True)])


def _flat(x: Numbers) -> list[float]:
    return [y for part in x for y in _flat(part)] if isinstance(x, list) else [x]


def _each(f: Callable[[float], float], x: Numbers) -> Numbers:
    return [_each(f, part) for part in x] if isinstance(x, list) else f(x)


def _both(f: Callable[[float, float], float], x: Numbers, y: Numbers) -> Numbers:
    if isinstance(x, list):
        return [_both(f, a, b) for a, b in zip(x, y, strict=True)]
    return f(x, y)


def _filled(x: float, shape: tuple[int, ...]) -> Numbers:
    return [_filled(x, shape[1:]) for _ in range(shape[0])] if shape else x
