"""The derivatives of a tape by its inputs or parameters: of each row, or of the rows' mean or sum.

Each kind is a flattened program, made when it is first asked for and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.replay.arrays import as_floats
from autograd.replay.batch import Batch
from autograd.replay.flat import Flat
from autograd.replay.flattening import (
    INPUTS,
    PARAMETERS,
    flatten_with_gradients,
    flatten_with_hessians,
    flatten_with_products,
)
from autograd.replay.program import Program
from autograd.replay.straight import Straight

Floats = NDArray[np.float64]


class Derivatives:
    """The derivatives of a program, computed as they are asked for.

    Shapes: r rows, k results, n inputs or parameters. `leaves` are the numbers of all leaves,
    `reduction` is "none", "mean" or "sum".
    """

    def __init__(self, program: Program, check: Callable[[Floats, Batch], None], engine: str):
        self._program = program
        self._check = check
        self._engine = engine
        self.threads = 1
        self._made: dict[tuple[Any, str], Straight] = {}

    def straight(self, flatten: Callable[..., Flat], wrt: str) -> Straight:
        """A flattened program, made ready."""
        key = flatten, wrt
        if key not in self._made:
            of_this = partial(flatten, self._program, wrt)
            self._made[key] = Straight(of_this, self._check, self._engine)
        made = self._made[key]
        made.threads = self.threads
        return made

    def count(self, wrt: str) -> int:
        """How many numbers it is differentiated by."""
        return self._program.columns if wrt == INPUTS else self._program.parameters

    def gradients(
        self, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> tuple[Floats, Floats]:
        """Values, (r x) k, and gradients, (r x) k x n; with the rows where nothing is reduced."""
        straight = self.straight(flatten_with_gradients, wrt)
        found = _reduced(straight, leaves, batch, reduction)
        k = len(straight.flat.results)
        return found[..., :k], found[..., k:].reshape(*found.shape[:-1], k, self.count(wrt))

    def hessian_entries(
        self, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> tuple[list[dict[tuple[int, int], int]], Floats]:
        """For each result the places (i, j), i <= j, that may not be 0, and all their numbers.

        The places tell where in the numbers, (r x) entries, their entry is.
        """
        straight = self.straight(flatten_with_hessians, wrt)
        found = _reduced(straight, leaves, batch, reduction)
        first = len(straight.flat.results) * (1 + self.count(wrt))
        places = []
        for hessian in straight.flat.hessians:
            places.append({at: first + k for k, at in enumerate(hessian)})
            first += len(hessian)
        return places, found

    def hessians(self, leaves: Floats, batch: Batch, wrt: str, reduction: str) -> Floats:
        """Second derivatives, (r x) k x n x n."""
        places, found = self.hessian_entries(leaves, batch, wrt, reduction)
        n = self.count(wrt)
        whole = np.zeros((*found.shape[:-1], len(places), n, n))
        for k, entries in enumerate(places):
            if entries:
                i, j = np.array(list(entries)).T
                whole[..., k, i, j] = whole[..., k, j, i] = found[..., list(entries.values())]
        return whole

    def sparse_hessian(
        self, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> tuple[Any, Any, Floats]:
        """The first result's second derivatives: their places i and j, and (r x) their numbers."""
        (places, *_), found = self.hessian_entries(leaves, batch, wrt, reduction)
        both = [(i, j, at) for (i, j), at in places.items()]
        both += [(j, i, at) for i, j, at in both if i != j]
        i, j, at = np.array(both, np.int64).reshape(-1, 3).T
        return i, j, found[..., at]

    def products(
        self, vector: Floats, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> Floats:
        """The first result's Hessian times a vector, (r x) n."""
        straight = self.straight(flatten_with_products, wrt)
        found = _reduced(straight, np.append(leaves, vector), batch, reduction)
        return found[..., -self.count(wrt) :]


def _reduced(straight: Straight, leaves: Floats, batch: Batch, reduction: str) -> Floats:
    """The outputs, last; before them the rows where nothing is reduced."""
    if reduction == "none":
        each: Floats = straight.each(leaves, batch).T
        return each
    weight = 1.0 / batch.rows if reduction == "mean" else 1.0
    return straight.totals(leaves, batch, weight)


def checked_wrt(wrt: object) -> str:
    """What is differentiated by, if it is one of both."""
    if wrt in (INPUTS, PARAMETERS):
        return str(wrt)
    raise ValueError(f"wrt is 'inputs' or 'parameters', not {wrt!r}")


def checked_reduction(reduction: object) -> str:
    """What becomes of the rows, if it is one of three."""
    if reduction in ("none", "mean", "sum"):
        return str(reduction)
    raise ValueError(f"reduction is 'none', 'mean' or 'sum', not {reduction!r}")


def checked_vector(vector: Any, count: int, wrt: str) -> Floats:
    """A vector with a number for each input or parameter."""
    try:
        numbers = as_floats(vector)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"the vector must hold numbers: {error}") from None
    if numbers.shape != (count,):
        raise ValueError(f"the vector must hold {count} numbers, one for each of the {wrt}, "
                         f"not the shape {numbers.shape}")  # fmt: skip
    return numbers
