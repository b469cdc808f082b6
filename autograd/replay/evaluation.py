"""A flattened program run by NumPy, an operation at a time, as its rules say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import functions
from autograd.replay.flat import OPERATIONS, SETTLED, Flat
from autograd.rules import arrays

Floats = NDArray[np.float64]


def evaluate(
    flat: Flat, table: Floats, leaves: Floats, slots: Sequence[int]
) -> tuple[Floats, bool]:
    """The numbers in some slots, a row for each slot and a column for each row of the table.

    `table` has the inputs, row by row, and `leaves` a number for each leaf. Where there is no
    number, NaN or an infinity is: also told is whether every number on the way was finite.
    """
    finite = True
    numbers: list[Floats | None] = [*table.T, *leaves[:, None], *np.array(flat.constants)[:, None]]
    left = _uses(flat, slots)
    with np.errstate(all="ignore"):
        for name, operands, result in flat.operations:
            given = tuple([numbers[x] for x in operands])
            if name == SETTLED:
                found = settled(*given)
            else:
                found = OPERATIONS[name].evaluate(given, arrays())
            numbers.append(np.asarray(found, np.float64))
            finite = finite and bool(np.isfinite(found).all())
            for x in operands:
                left[x] -= 1
                if not left[x]:
                    numbers[x] = None
            assert result == len(numbers) - 1
    chosen = np.empty((len(slots), len(table)))
    for k, slot in enumerate(slots):
        chosen[k] = numbers[slot]
    return chosen, finite


def settled(y: Any, top: Any, *values: Any) -> Floats:
    """logsumexp y of values, by the eager engine where it may have lost digits.

    That is where y and the largest, `top`, nearly cancel, and near 0, where what the differences of
    the values are rounded by counts. `settling.h` is the same.
    """
    near = np.abs(y)
    unsettled: NDArray[np.bool_] = (near < -0.5 * top) | ((near < 0.03125) & (np.abs(top) > 1e-18))
    if not unsettled.any():
        return np.asarray(y, np.float64)
    whole, *columns = np.broadcast_arrays(y, *values)
    found: Floats = whole.copy()
    for row in np.flatnonzero(np.broadcast_to(unsettled, found.shape)).tolist():
        found[row] = functions.logsumexp([float(x[row]) for x in columns])
    return found


def _uses(flat: Flat, slots: Sequence[int]) -> list[int]:
    """How often each slot is read."""
    uses = [0] * flat.slots
    for operation in flat.operations:
        for x in operation.operands:
            uses[x] += 1
    for x in slots:
        uses[x] += 1
    return uses
