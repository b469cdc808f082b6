"""Reading a sheet of hand-computed numbers: names, and numbers that keep their digits."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from numbers import Real
from typing import Any, TextIO, TypeAlias

from autograd.errors import SheetError

__all__ = ["Entry", "Figure", "Sheet", "read_sheet"]

Sheet: TypeAlias = Mapping[str, Any] | str | os.PathLike[str] | TextIO
"""What an audit takes: a mapping, or a CSV file's path or open text, with `name,value` lines."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_ANY_SIZE = Context(prec=1000)
_LONGEST = 60  # characters of a number, and of what a message shows
_LONGEST_NAME = 1000
_FEW_STEPS = 3  # of the last digit, that rounding on the way may cost
_NOISE = 1e-12  # relative: what double precision loses on the way


@dataclass(frozen=True)
class Figure:
    """A written number: its text, and the step of its last digit.

    >>> Figure("0.0821").match(0.0821670406)
    'truncated'
    """

    text: str

    @property
    def number(self) -> float:
        """The number that is written.

        >>> Figure("-.50").number
        -0.5
        """
        return float(self.text)

    @property
    def unit(self) -> float:
        """One step of the last digit.

        >>> Figure("0.0821").unit, Figure("3e4").unit
        (0.0001, 10000.0)
        """
        return float(10.0 ** int(Decimal(self.text).as_tuple().exponent))

    @property
    def decimals(self) -> int:
        """How many digits stand after the decimal point.

        >>> Figure("0.0820").decimals, Figure("3e4").decimals
        (4, 0)
        """
        return max(0, -int(Decimal(self.text).as_tuple().exponent))

    @property
    def significant(self) -> int:
        """How many digits it has from the first that is not 0.

        >>> Figure("0.0820").significant
        3
        """
        return len(str(int("".join(map(str, Decimal(self.text).as_tuple().digits)))))

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

    def nearly(self, x: float) -> bool:
        """Whether x comes within a few steps of the last digit; only for three digits or more.

        >>> Figure("1.2248").nearly(1.2249214), Figure("1.22").nearly(1.28)
        (True, False)
        """
        return self.significant >= 3 and abs(x - self.number) <= _FEW_STEPS * self.unit

    def like(self, x: float, truncated: bool = False) -> str:
        """x, rounded or truncated to as many decimals as this figure has.

        Where that would leave no digit of x, to two of its digits.

        >>> Figure("0.5963").like(0.5968843783), Figure("0.5963").like(0.5968843783, True)
        ('0.5969', '0.5968')
        """
        if math.isfinite(x) and (abs(x) >= self.unit or not x):
            cut = Decimal(repr(x)).quantize(
                Decimal(self.text), ROUND_DOWN if truncated else ROUND_HALF_UP, _ANY_SIZE
            )
            return str(cut) if re.search("[eE]", self.text) else f"{cut:f}"
        return f"{x:.2g}"

    def moved(self, places: int) -> Figure:
        """The same digits with the decimal point moved to the right by so many places.

        >>> Figure("0.0821").moved(1).text
        '0.821'
        """
        return Figure(str(Decimal(self.text).scaleb(places)))


@dataclass(frozen=True)
class Entry:
    """One line of a sheet: the name as written, its figure, and where it stands."""

    name: str
    figure: Figure
    place: str


def read_sheet(sheet: Sheet) -> list[Entry]:
    """The entries of a sheet, in its order.

    Raises SheetError, which names the line of a CSV file or the entry of a mapping, where a name
    or a number is missing, is no text or no number, or comes twice, and where there is no entry.
    """
    if isinstance(sheet, Mapping):
        rows: Iterable[tuple[str, Any, Any]] = (
            (f"entry {i}", name, value) for i, (name, value) in enumerate(sheet.items(), 1)
        )
    elif isinstance(sheet, (str, os.PathLike)):
        with _open(sheet) as file:
            return _entries(_csv_rows(file))
    elif hasattr(sheet, "readline"):
        rows = _csv_rows(sheet)
    else:
        raise TypeError(
            f"a sheet is a mapping of names to numbers or a CSV file, not {type(sheet).__name__}"
        )
    return _entries(rows)


def _open(path: str | os.PathLike[str]) -> TextIO:
    try:
        return open(path, encoding="utf-8-sig", errors="replace", newline="")
    except (OSError, ValueError) as error:  # a ValueError where the path has a null character
        why = getattr(error, "strerror", None) or error
        raise SheetError(f"the sheet {_short(str(path))} cannot be opened: {why}") from None


def _entries(rows: Iterable[tuple[str, Any, Any]]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for place, written, value in rows:
        name = written.strip() if isinstance(written, str) else ""
        if not name:
            raise SheetError(f"{place}: the name is {_short(written)}, but it must be a text")
        if len(name) > _LONGEST_NAME:
            raise SheetError(f"{place}: {_short(name)} is too long for a name")
        if name in found:
            raise SheetError(
                f"{place}: {name} comes twice, first in {found[name].place}; keep one of them"
            )
        found[name] = Entry(name, Figure(_digits(value, f"{place}: {name}")), place)
    if not found:
        raise SheetError("the sheet is empty: give at least one name and number, as in h1,0.3775")
    return list(found.values())


def _csv_rows(file: TextIO) -> Iterator[tuple[str, Any, Any]]:
    """The place, name and value of each line that is not blank; a first line of words is a head."""
    reader = csv.reader(file, skipinitialspace=True)
    first = True
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as error:
            raise SheetError(f"line {reader.line_num + 1}: this is no CSV text ({error})") from None
        place = f"line {reader.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != 2:
            raise SheetError(
                f"{place}: {_short(','.join(row))} has {len(row)} "
                f"{'field' if len(row) == 1 else 'fields'}; a line is name,value, as in h1,0.3775"
            )
        head, first = first and [cell.strip().lower() for cell in row] == ["name", "value"], False
        if not head:
            yield place, row[0], row[1]


def _digits(value: Any, where: str) -> str:
    """The digits of a value: of a text as written, of a number as Python prints it."""
    if isinstance(value, str):
        text = value.strip().replace("−", "-")
        if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
            if math.isinf(float(text)):
                raise SheetError(f"{where}: {_short(value)} is too large a number")
            return text
        hint = "; write a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", text) else ""
        raise SheetError(f"{where}: {_short(value)} is no number{hint}")
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise SheetError(f"{where}: the number is too large") from None
        if math.isfinite(number):
            return str(value) if _NUMBER.fullmatch(str(value)) else repr(number)
    raise SheetError(f"{where}: {_short(value)} is no number")


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
