"""A flattened program run by NumPy, an operation at a time, as its rules say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.replay.flat import OPERATIONS, Flat
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


def _uses(flat: Flat, slots: Sequence[int]) -> list[int]:
    """How often each slot is read."""
    uses = [0] * flat.slots
    for operation in flat.operations:
        for x in operation.operands:
            uses[x] += 1
    for x in slots:
        uses[x] += 1
    return uses
