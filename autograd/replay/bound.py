"""A tape on one row, its numbers in one array: no argument is passed and nothing is allocated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.replay.batch import Batch
from autograd.replay.compiled import machine
from autograd.replay.derivatives import places
from autograd.replay.flat import Flat
from autograd.replay.straight import Straight

Floats = NDArray[np.float64]


def bind(straight: Straight, numbers: Floats, *, several: bool, sparse: bool) -> Any:
    """A call of a flattened program's values, gradients and Hessians; see `Tape.bind`.

    It writes one array: the values, the gradients, then the Hessians, if the program has any.
    """
    flat = straight.flat
    k, n = len(flat.results), len(flat.gradients[0])
    head = k + k * n
    where = _places(flat, head, sparse)
    found = np.zeros(len(where) if sparse else head + len(flat.hessians) * n * n)
    shape = (k, n) if several else (n,)
    hessian: Any = None
    if sparse:
        hessian = *places(flat.hessians[0]), found[head:]
    elif flat.hessians:
        hessian = found[head:].reshape(*shape, n)
    views = found[:k], found[k:head].reshape(shape), hessian

    def compute(bound: Any) -> None:
        found[where] = _outputs(straight, bound.numbers)

    if straight.code is not None:
        return machine.Bound(straight.code, numbers, found, where, *views, compute)
    return Bound(numbers, *views, compute)


class Bound:
    """What `machine.Bound` is where nothing is compiled."""

    def __init__(
        self, numbers: Floats, value: Floats, gradient: Floats, hessian: Any, compute: Any
    ):
        self.numbers, self.value, self.gradient, self.hessian = numbers, value, gradient, hessian
        self._compute = compute

    def __call__(self) -> None:
        """Compute the derivatives of what is in `numbers` now."""
        self._compute(self)


def _places(flat: Flat, head: int, sparse: bool) -> NDArray[np.int64]:
    """Where each output of a program goes: behind the others, or to its place in a whole matrix."""
    n = len(flat.gradients[0])
    found = [np.arange(head)]
    for which, hessian in enumerate(flat.hessians):
        i, j = places(hessian)
        found.append(head + (np.arange(len(i)) if sparse else (which * n + i) * n + j))
    return np.concatenate(found).astype(np.int64)


def _outputs(straight: Straight, numbers: Floats) -> Floats:
    """All outputs by NumPy, or the eager engine's error."""
    columns = straight.flat.columns
    row = Batch(numbers[None, :columns].copy(), (columns, 32))
    found: Floats = straight.by_numpy(numbers[columns:], row)[:, 0]
    return found
