"""A flattened program run by NumPy, an operation at a time, as its rules say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.replay.flat import OPERATIONS, Flat
from autograd.rules import arrays

Floats = NDArray[np.float64]


def evaluate(flat: Flat, table: Floats, leaves: Floats, slots: Sequence[int]) -> Floats:
    """The numbers in some slots, as a table with a row for each slot and a column for each row.

    `table` has the inputs, row by row, and `leaves` a number for each leaf. Nothing is checked:
    where there is no number, NaN or an infinity is.
    """
    numbers: list[Floats | None] = [*table.T, *leaves[:, None], *np.array(flat.constants)[:, None]]
    left = _uses(flat, slots)
    with np.errstate(all="ignore"):
        for name, operands, result in flat.operations:
            given = tuple([numbers[x] for x in operands])
            found = OPERATIONS[name].evaluate(given, arrays())
            numbers.append(np.asarray(found, np.float64))
            for x in operands:
                left[x] -= 1
                if not left[x]:
                    numbers[x] = None
            assert result == len(numbers) - 1
    found = np.empty((len(slots), len(table)))
    for k, slot in enumerate(slots):
        found[k] = numbers[slot]
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
