"""A tape on one row, its numbers in one array: no argument is passed and nothing is allocated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.replay.batch import Batch
from autograd.replay.compiled import machine
from autograd.replay.straight import Straight

Floats = NDArray[np.float64]


def bind(straight: Straight, numbers: Floats, several: bool) -> Any:
    """A call of a flattened program's values and gradients; see `Tape.bind`."""
    flat = straight.flat
    value = np.zeros(len(flat.results))
    shape = np.shape(flat.gradients) if several else np.shape(flat.gradients)[1:]
    gradient = np.zeros(shape)

    def compute(bound: Any) -> None:
        _compute(straight, bound)

    if straight.code is not None:
        return machine.Bound(straight.code, numbers, value, gradient, compute)
    return Bound(numbers, value, gradient, compute)


class Bound:
    """What `machine.Bound` is where nothing is compiled."""

    def __init__(self, numbers: Floats, value: Floats, gradient: Floats, compute: Any):
        self.numbers, self.value, self.gradient = numbers, value, gradient
        self._compute = compute

    def __call__(self) -> None:
        """Compute value and gradient of what is in `numbers` now."""
        self._compute(self)


def _compute(straight: Straight, bound: Any) -> None:
    """Value and gradient by NumPy, or the eager engine's error."""
    columns = straight.flat.columns
    row = Batch(bound.numbers[None, :columns].copy(), (columns, 32))
    found = straight.by_numpy(bound.numbers[columns:], row)[:, 0]
    bound.value[:] = found[: len(bound.value)]
    bound.gradient[...] = found[len(bound.value) :].reshape(bound.gradient.shape)
