"""The derivatives of a tape by its inputs or parameters: of each row, or of the rows' mean or sum.

Each kind is a flattened program, made when it is first asked for and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.replay.arrays import as_floats
from autograd.replay.batch import Batch
from autograd.replay.collecting import no_collections
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
        self._both: dict[int, tuple[Any, Any]] = {}  # places of Hessians, which live as long as we

    def straight(
        self, flatten: Callable[..., Flat], outputs: Callable[[Flat], list[int]], wrt: str
    ) -> Straight:
        """A flattened program, made ready to give these of its slots."""
        key = outputs, wrt
        made = self._made.get(key)
        if made is None:
            of_this = partial(flatten, self._program, wrt)
            with no_collections():  # nothing that is made here is garbage
                made = Straight(of_this, outputs, self._check, self._engine)
            made = self._made.setdefault(key, made)  # another thread may have been quicker
        made.threads = self.threads
        return made

    def of_gradients(self, wrt: str) -> Straight:
        """What gives values and gradients."""
        return self.straight(flatten_with_gradients, _with_gradients, wrt)

    def of_both_orders(self, wrt: str) -> Straight:
        """What gives values, gradients, and the entries of the Hessians in the order of places."""
        return self.straight(flatten_with_hessians, _with_both_orders, wrt)

    def count(self, wrt: str) -> int:
        """How many numbers it is differentiated by."""
        return self._program.columns if wrt == INPUTS else self._program.parameters

    def gradients(
        self, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> tuple[Floats, Floats]:
        """Values, (r x) k, and gradients, (r x) k x n; with the rows where nothing is reduced."""
        straight = self.of_gradients(wrt)
        return self._parted(straight, _reduced(straight, leaves, batch, reduction), wrt)

    def finite_gradients(
        self, leaves: Floats, batch: Batch, wrt: str, weight: float
    ) -> tuple[Floats, Floats] | None:
        """The same of sums times `weight`, or None where a number was not finite."""
        straight = self.of_gradients(wrt)
        found = straight.finite_totals(leaves, batch, weight)
        return None if found is None else self._parted(straight, found, wrt)

    def _parted(self, straight: Straight, found: Floats, wrt: str) -> tuple[Floats, Floats]:
        """Values and gradients."""
        k = len(straight.flat.results)
        return found[..., :k], found[..., k:].reshape(*found.shape[:-1], k, self.count(wrt))

    def hessians(self, leaves: Floats, batch: Batch, wrt: str, reduction: str) -> Floats:
        """Second derivatives, (r x) k x n x n."""
        straight = self.straight(flatten_with_hessians, _with_hessians, wrt)
        found = _reduced(straight, leaves, batch, reduction)
        n, k = self.count(wrt), len(straight.flat.results)
        found = found[..., k:]
        if all(_is_full(hessian, n) for hessian in straight.flat.hessians):
            return found.reshape(*found.shape[:-1], k, n, n)
        whole = np.zeros((*found.shape[:-1], k, n, n))
        first = 0
        for which, hessian in enumerate(straight.flat.hessians):
            i, j = self._places(hessian)
            whole[..., which, i, j] = found[..., first : first + len(i)]
            first += len(i)
        return whole

    def sparse_hessian(
        self, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> tuple[Any, Any, Floats]:
        """The first result's second derivatives: their places i and j, and (r x) their numbers."""
        straight = self.straight(flatten_with_hessians, _with_hessians, wrt)
        found = _reduced(straight, leaves, batch, reduction)
        return *self._places(straight.flat.hessians[0]), found[..., 1:]

    def _places(self, hessian: dict[tuple[int, int], int]) -> tuple[Any, Any]:
        """The places of a Hessian's entries, found once."""
        found = self._both.get(id(hessian))
        if found is None:
            found = self._both[id(hessian)] = places(hessian)
        return found

    def products(
        self, vector: Floats, leaves: Floats, batch: Batch, wrt: str, reduction: str
    ) -> Floats:
        """The first result's Hessian times a vector, (r x) n."""
        straight = self.straight(flatten_with_products, _with_products, wrt)
        found = _reduced(straight, np.append(leaves, vector), batch, reduction)
        return found[..., -self.count(wrt) :]


def _reduced(straight: Straight, leaves: Floats, batch: Batch, reduction: str) -> Floats:
    """The outputs, last; before them the rows where nothing is reduced."""
    if reduction == "none":
        each: Floats = straight.each(leaves, batch).T
        return each
    weight = 1.0 / batch.rows if reduction == "mean" else 1.0
    return straight.totals(leaves, batch, weight)


# What is asked of a flattened program


def _with_gradients(flat: Flat) -> list[int]:
    return [*flat.results, *[slot for gradient in flat.gradients for slot in gradient]]


def _with_products(flat: Flat) -> list[int]:
    return [*flat.results, *[slot for product in flat.products for slot in product]]


def _with_hessians(flat: Flat) -> list[int]:
    return [*flat.results, *_entries(flat)]


def _with_both_orders(flat: Flat) -> list[int]:
    return [*_with_gradients(flat), *_entries(flat)]


def _entries(flat: Flat) -> list[int]:
    """The entries of each Hessian, row by row."""
    return [h[min(at), max(at)] for h in flat.hessians for at in _both(h)]


def _is_full(hessian: dict[tuple[int, int], int], n: int) -> bool:
    return 2 * len(hessian) == n * (n + 1)


def _both(hessian: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The places of the entries and those across the diagonal, row by row."""
    return sorted({*hessian, *[(j, i) for i, j in hessian]})


def places(hessian: dict[tuple[int, int], int]) -> tuple[Any, Any]:
    """The rows i and the columns j of a Hessian's entries, row by row; not to be written."""
    both = np.array(_both(hessian), np.int64).reshape(-1, 2).T.copy()
    both.setflags(write=False)
    i, j = both
    return i, j


# What is asked for, checked


def checked_wrt(wrt: object) -> str:
    """What is differentiated by, if it is one of both."""
    if wrt in (INPUTS, PARAMETERS):
        return str(wrt)
    raise ArgumentError(f"wrt is 'inputs' or 'parameters', not {wrt!r}")


def checked_reduction(reduction: object) -> str:
    """What becomes of the rows, if it is one of three."""
    if reduction in ("none", "mean", "sum"):
        return str(reduction)
    raise ArgumentError(f"reduction is 'none', 'mean' or 'sum', not {reduction!r}")


def checked_vector(vector: Any, count: int, wrt: str) -> Floats:
    """A vector with a number for each input or parameter."""
    try:
        numbers = as_floats(vector)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"the vector must hold numbers: {error}") from None
    if numbers.shape != (count,):
        raise ArgumentError(f"the vector must hold {count} numbers, one for each of the {wrt}, "
                         f"not the shape {numbers.shape}")  # fmt: skip
    return numbers
