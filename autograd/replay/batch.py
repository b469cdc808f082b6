"""Rows of numbers, and the same rows packed in blocks for the compiled interpreter.

A block holds 32 or 8 rows, column by column: all numbers of a column side by side, so that one
instruction takes many rows. Rows come in blocks of 32 (if the tape's blocks are that long), the
rest in blocks of 8; the last block is filled up with copies of the last row. A single row is
packed as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.cached import cached_property
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.replay.arrays import as_floats

Floats = NDArray[np.float64]
_ALIGNMENT = 64


class Batch:
    """Rows made ready for a tape by `Tape.prepare`, so that calls need not do it again."""

    def __init__(self, table: Floats, layout: tuple[int, int]):
        self.table = table
        self.rows = len(table)
        self.layout = layout  # columns, and rows in a block, of the tapes that can take it

    @cached_property
    def packed(self) -> Floats:
        """The rows in blocks."""
        return _pack(self.table, self.layout[1])

    def __len__(self) -> int:
        return self.rows

    def __getstate__(self) -> dict[str, Any]:
        return {"table": self.table, "layout": self.layout}  # packed anew where it arrives

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(as_floats(state["table"]), state["layout"])  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"Batch({self.rows} rows of {self.table.shape[1]})"


def rows_of(data: Any, columns: int) -> Floats:
    """`data` as a table of float64 with so many columns; a vector is a single column or row.

    Raises TypeError for what is no table of real numbers, ValueError for one of another shape.
    """
    if data is None:
        if columns:
            raise ArgumentError(f"the tape takes a batch of rows with {columns} numbers each")
        return np.zeros((1, 0))
    try:
        table = as_floats(data, copy=True)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(
            f"a batch is a table of numbers, {columns} a row: {error}"
        ) from None
    if table.ndim == 1:
        table = table[:, None] if columns == 1 else table[None, :]
    if table.ndim != 2 or table.shape[1] != columns:
        raise ArgumentError(
            f"the tape takes rows of {columns} numbers, but the batch has the shape {table.shape}"
        )
    if not len(table):
        raise ArgumentError("the batch is empty: give at least one row")
    table.setflags(write=False)
    return table


def _pack(table: Floats, lanes: int) -> Floats:
    rows, columns = table.shape
    if rows == 1:
        return np.ascontiguousarray(table[0])
    full = rows // 32 * 32 if lanes == 32 else 0
    short = -(-(rows - full) // 8) * 8
    packed = aligned((full + short) * columns)
    head = table[:full].reshape(full // 32, 32, columns).transpose(0, 2, 1)
    packed[: full * columns] = head.ravel()
    if short:
        copies = np.repeat(table[-1:], full + short - rows, axis=0)
        tail = np.concatenate([table[full:], copies]).reshape(short // 8, 8, columns)
        packed[full * columns :] = tail.transpose(0, 2, 1).ravel()
    packed.setflags(write=False)
    return packed


def aligned(n: int) -> Floats:
    """Uninitialised numbers that begin at a multiple of a cache line."""
    raw = np.empty(n * 8 + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + n * 8].view(np.float64)
