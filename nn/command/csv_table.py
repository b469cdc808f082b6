"""A person's CSV file as rows and targets; what is wrong in it is said by line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from typing import Any

from autograd.errors import ArgumentError
from nn.data.reading import shown

__all__ = ["Table", "read_csv"]


@dataclass(frozen=True)
class Table:
    """The inputs' names and rows, and the target's name and labels (all numbers, or all texts)."""

    inputs: tuple[str, ...]
    rows: list[list[float]]
    target: str
    labels: list[Any]


def read_csv(path: str | PathLike[str], target: str, inputs: Sequence[str] | None = None) -> Table:
    """Read the column `target` and the `inputs` (by default all other columns) of a CSV file.

    The first line has the names; commas, semicolons or tabs divide the cells. Targets are numbers
    where every one of them is, else texts. Raises ValueError, with line and column, for what is
    missing or no number; OSError where the file cannot be read.
    """
    lines = _lines(path)
    names = [name.strip() for name in lines[0][1]]
    _check_names(path, names)
    wanted = [n for n in names if n != target] if inputs is None else list(inputs)
    for name in [target, *wanted]:
        if name not in names:
            close = get_close_matches(name, names, 1)
            guess = f"; did you mean {close[0]!r}?" if close else ""
            raise ArgumentError(f"{path} has no column {name!r}: it has {shown(names)}{guess}")
    if not wanted or target in wanted:
        raise ArgumentError(f"{path}: the inputs must be other columns than the target {target!r}")
    if len(lines) == 1:
        raise ArgumentError(f"{path} has names in its first line but no rows below them")
    rows, labels = [], []
    for number, cells in lines[1:]:
        if len(cells) != len(names):
            raise ArgumentError(
                f"{path}, line {number}: {len(cells)} cells, but the first line names {len(names)}"
            )
        cell = dict(zip(names, [c.strip() for c in cells], strict=True))
        place = f"{path}, line {number}, column"
        rows.append([_number(cell[name], f"{place} {name!r}") for name in wanted])
        if not cell[target]:
            raise ArgumentError(f"{place} {target!r}: the cell is empty; leave the row out")
        labels.append(cell[target])
    return Table(tuple(wanted), rows, target, _labels(labels))


def _lines(path: str | PathLike[str]) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, with their numbers."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            delimiter = max(",;\t", key=first.count)
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if any(c.strip() for c in cells)]
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{path} is no text in UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise ArgumentError(f"{path}, line {reader.line_num}: this is no CSV: {error}") from error
    if not lines:
        raise ArgumentError(f"{path} is empty: its first line must name the columns")
    return lines


def _check_names(path: str | PathLike[str], names: Sequence[str]) -> None:
    for k, name in enumerate(names, 1):
        if not name:
            raise ArgumentError(f"{path}, line 1: column {k} has no name")
        if names.index(name) != k - 1:
            raise ArgumentError(f"{path}, line 1: two columns have the name {name!r}")


def _number(text: str, place: str) -> float:
    if not text:
        raise ArgumentError(f"{place}: the cell is empty; fill it or leave the row out")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentError(
            f"{place}: {text!r} is no finite number; inputs are numbers, --inputs chooses columns"
        )
    return number


def _labels(texts: list[str]) -> list[Any]:
    """The targets as numbers where all of them are, whole ones as int; else as they are."""
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return list(texts)
    if all(x.is_integer() for x in numbers):
        return [int(x) for x in numbers]
    return list(numbers)
