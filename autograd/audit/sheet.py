"""Reading a sheet of hand-computed numbers: names, and numbers that keep their digits."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DecimalTuple
from numbers import Real
from typing import Any, TextIO, TypeAlias

from autograd.cached import cached_property
from autograd.errors import ArgumentTypeError, SheetError

__all__ = ["Entry", "Figure", "Sheet", "cells_of", "read_sheet"]

Sheet: TypeAlias = Mapping[str, Any] | str | os.PathLike[str] | TextIO
"""What an audit takes: a mapping, or a CSV file's path or open text, with `name,value` lines."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_FRACTION = re.compile(r"[+-]?\d+\s*/\s*0*[1-9]\d*", re.ASCII)
_POWER = re.compile(
    r"((?P<mantissa>[+-]?(\d+\.?\d*|\.\d+))\s*[*·×x⋅]\s*)?10\s*\^\s*[({]?(?P<exponent>[+-]?\d{1,3})[)}]?",
    re.ASCII,
)
_RAISED = {
    **{ord(c): f"^{d}" for c, d in zip("⁺⁻", "+-", strict=True)},
    **{ord(c): d for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)},
}
_EQUATION = re.compile(r"(?P<name>[^=]+?)\s*(?:[=≈]|:\s)\s*(?P<value>[≈~]?\s*[+\-−]?[\d.][^=;]*)")
_HEADS = ("name", "quantity", "entry")
_MANY_PROBLEMS = 12
_ANY_SIZE = Context(prec=1000)
_LONGEST = 60  # characters of a number, and of what a message shows
_LONGEST_NAME = 1000
_NOISE = 1e-12  # relative: what double precision loses on the way


@dataclass(frozen=True)
class Figure:
    """A written number: its text, and the step of its last digit.

    An exact one, a fraction or a whole number that was not rounded to, has no such step.

    >>> Figure("0.0821").match(0.0821670406)
    'truncated'
    """

    text: str
    is_exact: bool = False

    @cached_property
    def number(self) -> float:
        """The number that is written.

        >>> Figure("-.50").number
        -0.5
        """
        top, slash, bottom = self.text.partition("/")
        return float(top) / float(bottom) if slash else float(top)

    @cached_property
    def unit(self) -> float:
        """One step of the last digit.

        >>> Figure("0.0821").unit, Figure("3e4").unit
        (0.0001, 10000.0)
        """
        return 0.0 if self.is_exact else float(10.0 ** int(self._parts.exponent))

    @cached_property
    def decimals(self) -> int:
        """How many digits stand after the decimal point.

        >>> Figure("0.0820").decimals, Figure("3e4").decimals
        (4, 0)
        """
        return max(0, -int(self._parts.exponent))

    @cached_property
    def significant(self) -> int:
        """How many digits it has from the first that is not 0; none where all are 0.

        >>> Figure("0.0820").significant, Figure("0.00").significant
        (3, 0)
        """
        return len(str(int("".join(map(str, self._parts.digits))))) if self.number else 0

    @cached_property
    def _parts(self) -> DecimalTuple:
        return Decimal(repr(self.number) if "/" in self.text else self.text).as_tuple()

    def as_exact(self) -> Figure:
        """The same figure as an exact number."""
        return replace(self, is_exact=True)

    def match(self, x: float) -> str | None:
        """How the figure stands for x: "exact", "rounded", "truncated", or None where it does not.

        >>> Figure("0.2983").match(0.2983711088), Figure("0.2985").match(0.2983711088)
        ('truncated', None)
        """
        if abs(x - self.number) <= self._noise(x):
            return "exact"
        if self.is_rounded(x):
            return "rounded"
        return "truncated" if self.is_truncated(x) else None

    def is_rounded(self, x: float) -> bool:
        """Whether x, rounded, gives the figure."""
        return abs(x - self.number) <= self.unit / 2 + self._noise(x)

    def is_truncated(self, x: float) -> bool:
        """Whether x, cut off, gives the figure."""
        beyond = abs(x) - abs(self.number)
        noise = self._noise(x)
        same_side = x * self.number > 0.0 or self.number == 0.0
        return same_side and -noise <= beyond < self.unit - noise

    def _noise(self, x: float) -> float:
        return _NOISE * max(abs(x), abs(self.number)) if math.isfinite(x) else 0.0

    def like(self, x: float, truncated: bool = False) -> str:
        """x, rounded or truncated to as many decimals as this figure has.

        Where that would leave no digit of x, to two of its digits.

        >>> Figure("0.5963").like(0.5968843783), Figure("0.5963").like(0.5968843783, True)
        ('0.5969', '0.5968')
        """
        if self.is_exact:
            return f"{x:.6g}"
        if math.isfinite(x) and (abs(x) >= self.unit or not x):
            cut = Decimal(repr(x)).quantize(
                Decimal(self.text), ROUND_DOWN if truncated else ROUND_HALF_UP, _ANY_SIZE
            )
            return str(cut) if re.search("[eE]", self.text) else f"{cut:f}"
        return f"{x:.2g}"


@dataclass(frozen=True)
class Entry:
    """One line of a sheet: the name as written, its figure, and where it stands."""

    name: str
    figure: Figure
    place: str


class Problems:
    """What is wrong with the lines of a sheet, to be told all at once."""

    def __init__(self) -> None:
        self._told: list[tuple[int, str]] = []

    def add(self, line: int, message: str) -> None:
        """Note what is wrong in a line."""
        self._told.append((line, message))

    def check(self) -> None:
        """Raise SheetError with all of them, by line; of many the first two."""
        if not self._told:
            return
        told = [message for _, message in sorted(self._told, key=lambda x: x[0])]
        if len(told) > _MANY_PROBLEMS:
            told = [*told[:2], f"and {len(told) - 2:,} more lines that cannot be read"]
        raise SheetError("; ".join(told))


def read_sheet(sheet: Sheet, problems: Problems) -> list[Entry]:
    """The entries of a sheet, in its order; what cannot be read is noted in `problems`.

    These are lines of a CSV file, or entries of a mapping, where a name or a number is missing,
    is no text or no number, or comes twice.

    Raises SheetError where the file cannot be opened, or where there is no entry at all.
    """
    if isinstance(sheet, Mapping):
        return _entries(_mapped(sheet), problems, "entry")
    if isinstance(sheet, (str, os.PathLike)):
        with _open(sheet) as file:
            return _entries(_lines(file, problems), problems, "line")
    if hasattr(sheet, "readline"):
        return _entries(_lines(sheet, problems), problems, "line")
    raise ArgumentTypeError(
        f"a sheet is a mapping of names to numbers or a CSV file, not {type(sheet).__name__}"
    )


Row: TypeAlias = tuple[int, Any, Any]
"""The number of a line or an entry, its name and its value."""


def _mapped(sheet: Mapping[str, Any]) -> Iterator[Row]:
    for i, (name, value) in enumerate(sheet.items(), 1):
        yield i, name, value


def _open(path: str | os.PathLike[str]) -> TextIO:
    try:
        return open(path, encoding="utf-8-sig", errors="replace", newline="")
    except (OSError, ValueError) as error:  # a ValueError where the path has a null character
        why = getattr(error, "strerror", None) or error
        raise SheetError(f"the sheet {_short(str(path))} cannot be opened: {why}") from None


def _entries(rows: Iterable[Row], problems: Problems, unit: str) -> list[Entry]:
    """The entries that have a number; what a sheet leaves open is passed over, if not all is."""
    entries: dict[str, Entry] = {}
    left_open: list[tuple[int, str]] = []
    empty = True
    for number, written, value in rows:
        empty = False
        place = f"{unit} {number}"
        try:
            entry = _entry(place, written, value)
        except SheetError as error:
            if isinstance(value, str) and not value.strip() and str(written).strip():
                left_open.append((number, str(error)))
            else:
                problems.add(number, str(error))
            continue
        if entry.name in entries:
            problems.add(
                number,
                f"{place}: {entry.name} comes twice, first in {entries[entry.name].place}; "
                "keep one of them",
            )
        else:
            entries[entry.name] = entry
    if not entries:
        for number, error_text in left_open:
            problems.add(number, error_text)
    if empty:
        problems.check()
        raise SheetError("the sheet is empty: give at least one name and number, as in h1,0.3775")
    return list(entries.values())


def _entry(place: str, written: Any, value: Any) -> Entry:
    name = written.strip() if isinstance(written, str) else ""
    if not name:
        raise SheetError(f"{place}: the name is {_short(written)}, but it must be a text")
    if len(name) > _LONGEST_NAME:
        raise SheetError(f"{place}: {_short(name)} is too long for a name")
    return Entry(name, _figure(value, f"{place}: {name}"), place)


# Lines of text


def _lines(file: TextIO, problems: Problems) -> Iterator[Row]:
    """The number, name and value of each line with text; a first line of words is a head."""
    number = 0
    try:
        for number, line in enumerate(file, 1):
            cells = cells_of(line)
            if len(cells) == 2:
                if number > 1 or cells[0].strip().lower() not in _HEADS:
                    yield number, cells[0], cells[1]
            elif any(cell.strip() for cell in cells):
                fields = "field" if len(cells) == 1 else "fields"
                problems.add(
                    number,
                    f"line {number}: {_short(','.join(cells))} has {len(cells)} {fields}; "
                    "a line is name,value, as in h1,0.3775",
                )
    except (csv.Error, UnicodeDecodeError) as error:
        problems.add(number + 1, f"line {number + 1}: this is no CSV text ({error})")


def cells_of(line: str) -> list[str]:
    """The cells of a line: between semicolons, tabs or commas, or on the sides of a = or a colon.

    A comma within a number is a decimal comma where the cells are not divided by commas.
    """
    line = line.rstrip("\r\n")
    for divider in (";", "\t"):
        if divider in line:
            cells = next(csv.reader([line], delimiter=divider, skipinitialspace=True))
            return [*cells[:1], *[_with_point(cell) for cell in cells[1:]]]
    equation = _EQUATION.fullmatch(line)
    if equation:
        return [equation["name"], _with_point(equation["value"])]
    return next(csv.reader([line], skipinitialspace=True), [])


def _with_point(number: str) -> str:
    return number.replace(",", ".") if number.count(",") == 1 and "." not in number else number


# Numbers as people write them


def _figure(value: Any, where: str) -> Figure:
    """A value's figure: of a text as written, of a number as Python prints it."""
    if isinstance(value, str):
        text = _plainly(value)
        if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
            if math.isinf(float(text)):
                raise SheetError(f"{where}: {_short(value)} is too large a number")
            return Figure(text)
        if len(text) <= _LONGEST and _FRACTION.fullmatch(text):
            return Figure(text, is_exact=True)
        hint = "; write a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", text) else ""
        raise SheetError(f"{where}: {_short(value)} is no number{hint}")
    if isinstance(value, Decimal) and value.is_finite():
        return Figure(str(value))
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise SheetError(f"{where}: the number is too large") from None
        if math.isfinite(number):
            return Figure(str(value) if _NUMBER.fullmatch(str(value)) else repr(number))
    raise SheetError(f"{where}: {_short(value)} is no number")


def _plainly(text: str) -> str:
    """A number as it is written by hand, in the way that programs write it: 4.4*10^-4 as 4.4e-4."""
    text = text.strip().lstrip("≈~≃=").strip().replace("−", "-").replace("–", "-")
    power = _POWER.fullmatch(text.translate(_RAISED) if "10" in text else text)
    if power and len(text) <= _LONGEST:
        return f"{power['mantissa'] or '1'}e{power['exponent']}"
    return text


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
