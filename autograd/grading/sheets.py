"""Reading the sheets that a class hands in: CSV as spreadsheets write it, or a spreadsheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograd.audit.sheet import cells_of
from autograd.errors import SheetError

__all__ = ["ENDINGS", "read_answers", "read_points"]

ENDINGS = (".csv", ".xlsx")
"""The files that are taken for sheets."""

_MOST_BYTES = 1_000_000
_HEADS = ("name", "names", "quantity", "entry")


def read_answers(path: Path) -> dict[str, str]:
    """The answers of a sheet by their names, as they are written; what is left open is left out.

    A line is a name and a value, as for `audit`; more cells, comments that begin with # and a
    heading are passed over.

    Raises SheetError where the file is no sheet or a name comes twice.
    """
    rows = _spreadsheet(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    answers: dict[str, str] = {}
    for line, cells in rows:
        name = cells[0].strip()
        if not name or name.startswith("#"):
            continue
        value = cells[1].strip() if len(cells) > 1 else ""
        if name.lower() in _HEADS and value.lower() in ("value", "values", "your value"):
            continue
        if name in answers:
            raise SheetError(f"line {line}: {name} comes twice")
        if value:
            answers[name] = value
    return answers


def read_points(path: Path) -> dict[str, float]:
    """The points of each entry, from a file with name,points on each line.

    Raises SheetError, with the line, where they are no numbers of at least 0.
    """
    points: dict[str, float] = {}
    for line, cells in _csv(path):
        name = cells[0].strip()
        text = cells[1].strip() if len(cells) > 1 else ""
        if not name or name.startswith("#") or (name.lower() in _HEADS and text == "points"):
            continue
        if name in points:
            raise SheetError(f"{path}, line {line}: {name} comes twice")
        try:
            points[name] = float(text)
        except ValueError:
            points[name] = math.nan
        if not (points[name] >= 0 and math.isfinite(points[name])):
            raise SheetError(
                f"{path}, line {line}: {name} has {text!r} points; give a number of at least 0"
            )
    if not sum(points.values()):
        raise SheetError(f"{path} gives no points; a line is name,points as in dE/dw1,2")
    return points


def _csv(path: Path) -> Iterable[tuple[int, Sequence[str]]]:
    for number, line in enumerate(_decoded(path).splitlines(), 1):
        try:
            cells = cells_of(line)
        except csv.Error as error:
            raise SheetError(f"line {number}: this is no CSV text ({error})") from None
        if cells:
            yield number, cells


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if len(data) > _MOST_BYTES:
        raise SheetError("the file is too large for a sheet")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # what spreadsheets on Windows write
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise SheetError("this is no CSV text")
    return text


def _spreadsheet(path: Path) -> Iterable[tuple[int, Sequence[str]]]:
    try:
        import pandas as pd

        if path.stat().st_size > _MOST_BYTES:
            raise SheetError("the file is too large for a sheet")
        frame = pd.read_excel(path, header=None, dtype=object, engine="openpyxl")
    except ImportError:
        raise SheetError(
            'to read .xlsx files install the extra: pip install "whygrad[spreadsheets]"'
        ) from None
    except SheetError:
        raise
    except Exception as error:  # whatever a broken archive brings out of the libraries
        raise SheetError(f"this is no spreadsheet: {error}") from None
    for number, row in enumerate(frame.itertuples(index=False), 1):
        cells = ["" if pd.isna(cell) else str(cell) for cell in row]
        if cells:
            yield number, cells
