"""Arrays as tapes need them, of whatever a person gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentTypeError
from autograd.scalar import TIMES, is_time

Floats = NDArray[np.float64]


def as_floats(data: Any, *, copy: bool = False) -> Floats:
    """The data as float64 in one piece of memory, with the bytes in this machine's order.

    An array that is so already is taken as it is, unless a copy is asked for. Raises TypeError for
    dates, time spans, texts and complex numbers, TypeError or ValueError for what is no array.
    """
    given = np.asarray(data)
    kind = given.dtype.kind
    things = given.ravel().tolist() if kind == "O" else []
    if kind in "mM" or any(map(is_time, things)):
        raise ArgumentTypeError(TIMES)
    if kind not in "biufO":
        raise ArgumentTypeError(f"these are no real numbers, but {given.dtype}")
    for x in things:
        if x is None or isinstance(x, (str, bytes)):  # which NumPy would take for numbers
            raise ArgumentTypeError(f"{x!r} is no number")
    found: Floats = np.require(given, np.float64, ["C_CONTIGUOUS", "ALIGNED"])
    return found.copy() if copy and np.may_share_memory(found, given) else found


def as_index(numbers: Any) -> NDArray[np.intp]:
    """The numbers as NumPy counts, repeats and indexes with: on some machines those have 32 bits.

    It does not narrow them of its own accord.
    """
    found: NDArray[np.intp] = numbers.astype(np.intp, copy=False)
    return found


def distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers that there are, each once, in order.

    As `np.unique`, which takes ten times as long for few, and loads NumPy's masked arrays.
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]
