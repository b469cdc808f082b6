"""A flattened program made ready to run: all its outputs for each row, or summed over the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autograd.replay.batch import Batch
from autograd.replay.evaluation import evaluate
from autograd.replay.flat import Flat

Floats = NDArray[np.float64]
_PART = 2**17  # so many numbers are computed at once, as in `interpreter`


class Straight:
    """What runs a flattened program. Its outputs are `results`, then derivatives, in one list.

    `check` raises what the eager engine raises on these leaves and rows, and is asked where a
    number that is not finite came out.
    """

    def __init__(self, flat: Flat, check: Callable[[Floats, Batch], None]):
        self.flat = flat
        self._check = check
        self.slots = [
            *flat.results,
            *[slot for gradient in flat.gradients for slot in gradient],
            *[slot for hessian in flat.hessians for slot in hessian.values()],
            *[slot for product in flat.products for slot in product],
        ]

    def each(self, leaves: Floats, batch: Batch) -> Floats:
        """The outputs of each row: a table, outputs x rows."""
        found = np.empty((len(self.slots), batch.rows))
        size = max(1, _PART // max(1, self.flat.slots))
        finite = True
        for first in range(0, batch.rows, size):
            part = batch.table[first : first + size]
            numbers, fine = evaluate(self.flat, part, leaves, self.slots)
            found[:, first : first + size] = numbers
            finite = finite and fine
        if not finite:
            self._check(leaves, batch)
        return found

    def totals(self, leaves: Floats, batch: Batch, weight: float) -> Floats:
        """The sums of the outputs over the rows, each row times `weight`."""
        totals: Floats = self.each(leaves, batch).sum(axis=1) * weight
        return totals
