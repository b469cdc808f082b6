# cython: annotation_typing=False
"""The numbers of many Values as an array, and back: a few nanoseconds each when compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from autograd.value import Value, put

Floats = NDArray[np.float64]


def get_data(values: tuple[Value, ...]) -> Floats:
    """The `data` of each value."""
    numbers = np.empty(len(values))
    _get(values, numbers)
    return numbers


def set_data(values: tuple[Value, ...], numbers: Floats) -> None:
    """Set the `data` of each value, of all of them even if interrupted."""
    try:
        _set(values, numbers)
    except BaseException:
        _set(values, numbers)
        raise


def swap_grad(values: tuple[Value, ...], numbers: Floats) -> None:
    """Exchange the `grad` of each value with its number."""
    for i, v in enumerate(values):
        grad = v._grad
        v._grad = float(numbers[i])
        numbers[i] = grad


@contextmanager
def put_back(numbers: dict[Value, float]) -> Iterator[None]:
    """After the block, with the values' `data` what it was: all of it, even if interrupted."""
    values = tuple(numbers)
    before = np.fromiter(numbers.values(), np.float64, len(values))
    try:
        try:
            yield
        finally:
            set_data(values, before)
    finally:  # once more, where an interrupt came before the first one began
        set_data(values, before)


def _get(values: tuple[Value, ...], numbers: Floats) -> None:
    for i, v in enumerate(values):
        numbers[i] = v._data


def _set(values: tuple[Value, ...], numbers: Floats) -> None:
    for i, v in enumerate(values):
        put(v, float(numbers[i]))
