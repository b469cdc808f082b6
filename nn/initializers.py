"""How weights start: functions of a layer's inputs, its outputs and a random generator.

None uses a global random state: a seed, or a generator of the caller's, decides everything.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Protocol, TypeAlias

from autograd import SettingError
from autograd.scalar import whole_number

__all__ = ["Initializer", "constant", "he", "uniform", "xavier", "zeros"]


class Generator(Protocol):
    """What an initialiser needs of a generator: `random.Random` and NumPy's both have it."""

    def uniform(self, low: float, high: float, /) -> float:
        """A number drawn evenly between the two."""
        ...


Initializer: TypeAlias = Callable[[int, int, Generator], float]
"""(n_in, n_out, generator) -> one weight."""

Seed: TypeAlias = int | Generator | None
"""A seed, or a generator to draw from; None draws anew each time."""


def constant(value: float) -> Initializer:
    """Every weight `value`, as note N3 starts with w = 1.

    All hidden neurons then get the same gradient and stay equal: the symmetry problem (N5).

    >>> constant(1.0)(2, 2, random.Random(0))
    1.0
    """

    def initialize(n_in: int, n_out: int, generator: Generator) -> float:
        return value

    return initialize


zeros = constant(0.0)
"""Every weight 0: the symmetry problem of note N5 in its purest form."""


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Evenly between low and high. Raises SettingError unless low < high.

    >>> -1.0 <= uniform()(2, 2, random.Random(0)) <= 1.0
    True
    """
    if not low < high:
        raise SettingError(f"uniform: low = {low!r} must be below high = {high!r}")

    def initialize(n_in: int, n_out: int, generator: Generator) -> float:
        return float(generator.uniform(low, high))

    return initialize


def xavier(n_in: int, n_out: int, generator: Generator) -> float:
    """Evenly within ±√(6 / (n_in + n_out)): for sigmoid and tanh (Glorot and Bengio, 2010).

    >>> abs(xavier(3, 3, random.Random(0))) <= 1.0
    True
    """
    a = math.sqrt(6.0 / (n_in + n_out))
    return float(generator.uniform(-a, a))


def he(n_in: int, n_out: int, generator: Generator) -> float:
    """Evenly within ±√(6 / n_in): for ReLU (He and others, 2015).

    >>> abs(he(6, 1, random.Random(0))) <= 1.0
    True
    """
    a = math.sqrt(6.0 / n_in)
    return float(generator.uniform(-a, a))


def generator_of(seed: Seed) -> Generator:
    """The generator itself, or a new one from the seed."""
    if seed is None or isinstance(seed, int):
        return random.Random(seed)
    if hasattr(seed, "uniform"):
        return seed
    if hasattr(seed, "__index__"):
        return random.Random(whole_number("seed", seed))
    raise SettingError(
        f"seed must be a whole number, a random.Random or a NumPy Generator, not {seed!r}"
    )
