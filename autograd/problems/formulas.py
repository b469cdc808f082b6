"""A formula as it was read: a tree whose nodes know where they stand in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Call",
    "Constant",
    "Entry",
    "Formula",
    "Grid",
    "Name",
    "Negative",
    "Power",
    "Product",
    "Statement",
    "Sum",
    "Table",
    "Transposed",
    "names_in",
]


@dataclass(frozen=True)
class Constant:
    """A number."""

    number: float
    at: int


@dataclass(frozen=True)
class Name:
    """A name that is given a number or a formula somewhere."""

    name: str
    at: int


@dataclass(frozen=True)
class Negative:
    """−a."""

    inner: Formula
    at: int


@dataclass(frozen=True)
class Sum:
    """Terms in order; each with its sign, + or -, and where that stands."""

    terms: tuple[tuple[str, int, Formula], ...]
    at: int


@dataclass(frozen=True)
class Product:
    """Factors in order; each with its sign, * or / or ⊙, and where that stands."""

    factors: tuple[tuple[str, int, Formula], ...]
    at: int


@dataclass(frozen=True)
class Power:
    """base^exponent."""

    base: Formula
    exponent: Formula
    at: int


@dataclass(frozen=True)
class Call:
    """A function of the library of its arguments."""

    function: str
    arguments: tuple[Formula, ...]
    at: int


@dataclass(frozen=True)
class Entry:
    """An entry of a vector, h[1], or of a matrix, W[1, 2]."""

    of: Formula
    indices: tuple[int, ...]
    at: int


@dataclass(frozen=True)
class Grid:
    """A vector or matrix written out, row by row."""

    rows: tuple[tuple[Formula, ...], ...]
    at: int


@dataclass(frozen=True)
class Transposed:
    """The transposed matrix, Wᵀ."""

    inner: Formula
    at: int


Formula: TypeAlias = (
    Constant | Name | Negative | Sum | Product | Power | Call | Entry | Grid | Transposed
)


@dataclass(frozen=True)
class Statement:
    """name = formula, with the role that was written after it; a formula alone has no name."""

    name: str
    formula: Formula
    role: str
    at: int


@dataclass(frozen=True)
class Table:
    """A table of rows: its columns' names with their roles, and the numbers row by row."""

    columns: dict[str, str]
    rows: tuple[tuple[float, ...], ...]
    at: int


def names_in(formula: Formula) -> Iterator[Name]:
    """The names in a formula, in order.

    >>> [x.name for x in names_in(Negative(Name("w", 1), 0))]
    ['w']
    """
    stack: list[Formula] = [formula]
    while stack:
        f = stack.pop()
        if isinstance(f, Name):
            yield f
        else:
            stack += reversed(_parts(f))


def _parts(f: Formula) -> list[Formula]:
    match f:
        case Sum(terms=parts) | Product(factors=parts):
            return [part for _, _, part in parts]
        case Power():
            return [f.base, f.exponent]
        case Call():
            return list(f.arguments)
        case Grid():
            return [entry for row in f.rows for entry in row]
        case Negative(inner=inner) | Transposed(inner=inner) | Entry(of=inner):
            return [inner]
    return []
