"""Vectors and matrices of numbers and Values: shorthand for many scalars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd import functions
from autograd.errors import ArgumentError
from autograd.value import Number

__all__ = ["Array", "Neurons", "Thing", "elementwise", "entry_name", "product", "shape_text"]

Shape: TypeAlias = tuple[int, ...]


class Array:
    """A vector, of shape (n,), or a matrix of shape (m, n) with its entries row by row."""

    def __init__(self, shape: Shape, items: Sequence[Number]):
        self.shape = shape
        self.items = list(items)

    def rows(self) -> list[list[Number]]:
        """The rows of a matrix."""
        n = self.shape[1]
        return [self.items[i : i + n] for i in range(0, len(self.items), n)]

    def transposed(self) -> Array:
        """The matrix with rows and columns exchanged."""
        m, n = self.shape
        return Array((n, m), [self.items[i * n + j] for j in range(n) for i in range(m)])

    def indices(self) -> list[tuple[int, ...]]:
        """The places of the entries, counted from 1, in order."""
        if len(self.shape) == 1:
            return [(i + 1,) for i in range(self.shape[0])]
        return [(i + 1, j + 1) for i in range(self.shape[0]) for j in range(self.shape[1])]


Thing: TypeAlias = "Number | Array | Neurons"
"""What a formula comes to: a number, a Value, a vector or a matrix."""


@dataclass(frozen=True)
class Neurons:
    """The product of a matrix and a vector, while it waits for a bias: z = Σ w·x + b is one node.

    `terms` has for every entry its weights and its inputs.
    """

    terms: tuple[tuple[tuple[Number, ...], tuple[Number, ...]], ...]

    def summed(self, bias: Array | Number = 0.0) -> Array:
        """The vector of sums, with the bias of each."""
        n = len(self.terms)
        biases = bias.items if isinstance(bias, Array) else [bias] * n
        return Array(
            (n,),
            [functions.dot(ws, xs, b) for (ws, xs), b in zip(self.terms, biases, strict=True)],
        )

    def joined(self, other: Neurons) -> Neurons:
        """W x + U h as one sum over both."""
        pairs = zip(self.terms, other.terms, strict=True)
        return Neurons(tuple([(ws + vs, xs + ys) for (ws, xs), (vs, ys) in pairs]))


def elementwise(f: Callable[..., Any], *things: Array | Number) -> Array | Number:
    """f of every entry; a number stands for as many as are needed.

    Raises ValueError where the shapes differ.
    """
    arrays = [x for x in things if isinstance(x, Array)]
    if not arrays:
        number: Number = f(*things)
        return number
    shape = arrays[0].shape
    for other in arrays[1:]:
        if other.shape != shape:
            raise ArgumentError(
                f"{shape_text(arrays[0])} and {shape_text(other)} do not fit, entry by entry"
            )
    columns = [x.items if isinstance(x, Array) else [x] * len(arrays[0].items) for x in things]
    return Array(shape, [f(*row) for row in zip(*columns, strict=True)])


def product(a: Array | Number, b: Array | Number, multiply: Callable[..., Any]) -> Thing:
    """a · b: a number with anything, or a matrix with a matrix or vector.

    Raises ValueError where they do not fit, and for two vectors, whose product can mean two things.
    """
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return elementwise(multiply, a, b)
    if len(a.shape) == 1 and len(b.shape) == 1:
        raise ArgumentError(
            "the product of two vectors can be read two ways: write dot(w, x) for the sum of "
            "products, w ⊙ x for the product entry by entry"
        )
    if a.shape[-1] != b.shape[0]:
        raise ArgumentError(f"{shape_text(a)} times {shape_text(b)}: the inner lengths differ")
    if len(b.shape) == 1:
        return Neurons(tuple([(tuple(row), tuple(b.items)) for row in a.rows()]))
    columns = b.transposed().rows()
    if len(a.shape) == 1:
        return Neurons(tuple([(tuple(column), tuple(a.items)) for column in columns]))
    return Array((a.shape[0], b.shape[1]), [functions.dot(r, c) for r in a.rows() for c in columns])


def shape_text(a: Array) -> str:
    """The shape in words.

    >>> shape_text(Array((2,), [1.0, 2.0]))
    'a vector of 2'
    """
    if len(a.shape) == 1:
        return f"a vector of {a.shape[0]}"
    return f"a {a.shape[0]}×{a.shape[1]} matrix"


def entry_name(name: str, indices: tuple[int, ...]) -> str:
    """What the entry of a vector or matrix is called, before its primes and its ^.

    >>> entry_name("W", (1, 2)), entry_name("h^1", (2,)), entry_name("W", (1, 12))
    ('W_12', 'h_2^1', 'W_1,12')
    """
    stem, raised, rest = name.partition("^")
    bare = stem.rstrip("'’′")
    comma = "," if max(indices) > 9 else ""
    return f"{bare}_{comma.join(map(str, indices))}{stem[len(bare) :]}{raised}{rest}"
