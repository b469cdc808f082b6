"""Reading tables and targets: lists of rows, NumPy arrays, frames of pandas, polars and others.

What is wrong with one is said with the place where it is, as `X[3][0]`. Frames other than pandas'
are read by narwhals: it is maintained for just that, plain Python without dependencies, and brought
by scikit-learn; the interchange protocol `__dataframe__` is going away (polars 2 has none), and
Arrow's would need pyarrow. A pandas frame is read by itself: narwhals refuses equal names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.scalar import TIMES, as_float, is_time
from nn.optional import require

__all__ = [
    "Row",
    "Target",
    "columns_of",
    "is_number",
    "labels_of",
    "name_of",
    "numbers_in",
    "picked",
    "rows_of",
    "shown",
    "weights_of",
    "without_column",
]

Row = tuple[float, ...]
Target = float | int | list[float]
"""What a loss takes for one example: a number, the number of a class, or a row of numbers."""

_FEW = 6  # classes shown in a message


def rows_of(X: Any, name: str = "X") -> list[Row]:
    """The rows of a table as tuples of floats, all of one length.

    Raises TypeError or ValueError, with the place, for anything that is no finite number.

    >>> rows_of([[1, 2], [3, "n/a"]])
    Traceback (most recent call last):
    autograd.errors.ArgumentTypeError: X[1][1] is the text 'n/a': inputs are numbers; leave the \
column out or encode it
    """
    names = columns_of(X)
    rows = _listed(X if names is None else _frame_rows(X), name)
    table = []
    for i, row in enumerate(rows):
        cells = _plain(row)
        if not isinstance(cells, (list, tuple)):
            raise ArgumentTypeError(
                f"{name}[{i}] is {_short(cells)}, not a row: {name} has one row an example, and a "
                f"row lists its inputs; for one input a row write [[x] for x in {name}]"
            )
        if not all(type(x) is float and x - x == 0.0 for x in cells):
            cells = [_cell(x, f"{name}[{i}][{j}]", names, j) for j, x in enumerate(cells)]
        table.append(tuple(cells))
    width = len(table[0])
    for i, cells in enumerate(table):
        if len(cells) != width or width == 0:
            raise ArgumentError(f"{name}[{i}] has {len(cells)} numbers, but {name}[0] has {width}")
    return table


def labels_of(y: Any, name: str = "y") -> list[Any]:
    """The targets as plain numbers, texts, or lists of numbers; one an example."""
    rows = _listed(y if columns_of(y) is None else _frame_rows(y), name)
    labels = []
    for i, target in enumerate(rows):
        if type(target) in (int, str):
            labels.append(target)
            continue
        v = _plain(target)
        if isinstance(v, (list, tuple)):
            v = [_plain(x) for x in v] if len(v) != 1 else _plain(v[0])
        if _is_missing(v):
            raise ArgumentError(f"{name}[{i}] is missing ({v!r}): leave that row out")
        for x in v if isinstance(v, list) else [v]:
            if is_time(x):
                raise ArgumentTypeError(f"{name}[{i}] is {_short(x)}: {TIMES}")
        labels.append(v)
    return labels


def weights_of(weights: Any, n: int, name: str = "sample_weight") -> list[float]:
    """The weights of n examples. Raises ValueError or TypeError where they are none."""
    weights_read = [numbers_in(w, f"{name}[{i}]") for i, w in enumerate(labels_of(weights, name))]
    if len(weights_read) != n:
        raise ArgumentError(
            f"{name} has {len(weights_read)} numbers for {n} rows: one weight a row"
        )
    for i, w in enumerate(weights_read):
        if len(w) != 1 or w[0] < 0.0:
            raise ArgumentError(
                f"{name}[{i}] is {shown(map(str, w))}: a weight is a number from 0 on"
            )
    return [w for (w,) in weights_read]


def columns_of(X: Any) -> tuple[str, ...] | None:
    """The names of a frame's columns; None for what is no frame."""
    if not hasattr(X, "columns"):
        return None
    columns = X.columns if hasattr(X, "itertuples") else _by_narwhals(X).columns
    return tuple([str(c) for c in columns])


def without_column(X: Any, name: str) -> tuple[Any, Any]:
    """A frame without the column of that name, and that column.

    Raises ValueError where there is no such column, or X is no frame.
    """
    names = columns_of(X)
    if names is None:
        raise ArgumentError(f"target={name!r} names a column of a frame, and X is none: give y")
    if name not in names:
        raise ArgumentError(f"X has no column {name!r}; its columns are {shown(names)}")
    others = [c for c in names if c != name]
    if hasattr(X, "itertuples"):
        return X[others], X[name]
    frame = _by_narwhals(X)
    return frame.select(others).to_native(), frame[name]


def picked(X: Any, which: list[int]) -> Any:
    """The columns of a frame with these numbers, in this order."""
    if hasattr(X, "iloc"):
        return X.iloc[:, which]
    return _by_narwhals(X)[:, which].to_native()


def shown(names: Iterable[str]) -> str:
    """A few of the names, for a message."""
    names = list(names)
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def name_of(y: Any) -> str | None:
    """The name of a column of targets, where it has one."""
    names = columns_of(y)
    if names is not None:
        return names[0] if len(names) == 1 else None
    name = getattr(y, "name", None)
    return None if name is None else str(name)


def _frame_rows(X: Any) -> Any:
    """The rows of a frame as tuples."""
    if hasattr(X, "itertuples"):
        return X.itertuples(index=False, name=None)
    return _by_narwhals(X).rows()


def _by_narwhals(X: Any) -> Any:
    return require("narwhals", "data", "a frame other than pandas'").from_native(X, eager_only=True)


def _listed(X: Any, name: str) -> list[Any]:
    if hasattr(X, "__dask_graph__"):
        raise ArgumentTypeError(
            f"{name} is Dask's: train with client=..., or give {name}.compute()"
        )
    if isinstance(X, (str, bytes, dict)) or not hasattr(X, "__iter__"):
        raise ArgumentTypeError(
            f"{name} is {_short(X)}: give a list of rows, a NumPy array or a frame"
        )
    if getattr(X, "ndim", 1) == 0:
        raise ArgumentTypeError(f"{name} is a single number, not a table")
    listed = list(_plain(X))
    if not listed:
        raise ArgumentError(f"{name} is empty: there is nothing to learn from")
    return listed


def _plain(x: Any) -> Any:
    """An array or NumPy scalar as a plain list or number; dates and time spans as they are."""
    if getattr(getattr(x, "dtype", None), "kind", "") in ("m", "M"):
        return list(x) if x.ndim else x
    return x.tolist() if hasattr(x, "tolist") else x


def _cell(x: Any, place: str, names: tuple[str, ...] | None, j: int) -> float:
    x = _plain(x)
    if names is not None:
        place = f"{place} (column {names[j]!r})"
    if isinstance(x, (str, bytes)):
        raise ArgumentTypeError(
            f"{place} is the text {x!r}: inputs are numbers; leave the column out or encode it"
        )
    if _is_missing(x):
        raise ArgumentError(f"{place} is missing ({x!r}): fill the gap or leave the row out")
    if is_time(x):
        raise ArgumentTypeError(f"{place} is {_short(x)}: {TIMES}")
    if not isinstance(x, Real):
        raise ArgumentTypeError(f"{place} is {_short(x)}, not a plain number")
    number = as_float(x, place)
    if not math.isfinite(number):
        raise ArgumentError(f"{place} is {number!r}, not a finite number")
    return number


def numbers_in(v: Any, place: str) -> Row:
    """A target, a number or a list of numbers, as a tuple of floats."""
    values = v if isinstance(v, list) else [v]
    for x in values:
        if isinstance(x, str):
            raise ArgumentTypeError(f"{place} is the text {x!r}, but here targets are numbers")
    return tuple([_cell(x, place, None, 0) for x in values])


def is_number(v: Any) -> bool:
    """Whether v is a real number; a truth is one."""
    return isinstance(v, Real)


def _is_missing(v: Any) -> bool:
    return v is None or type(v).__name__ in ("NAType", "NaTType") or (is_number(v) and v != v)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:37]}..."
