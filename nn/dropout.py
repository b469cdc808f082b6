"""Dropout: the remedy against overfitting that note N2 ends with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from autograd.value import Number
from nn.base import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, each input is dropped with probability p and else divided by 1 − p.

    So its expectation stays what it was, and in evaluation mode the inputs pass unchanged
    ("inverted" dropout, Srivastava and others, 2014). Masks are drawn from `seed`.
    Raises ValueError unless 0 ≤ p < 1.

    >>> dropout = Dropout(0.5, seed=1)
    >>> dropout([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    >>> dropout.eval()([1.0, 1.0])
    [1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, *, seed: int | None = None):
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0.0 <= p < 1.0:
            raise ValueError(f"the share dropped must be at least 0 and below 1, not {p!r}")
        self.p = float(p)
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Draw the masks from this seed on."""
        self._generator = random.Random(seed)

    def mask(self, n: int) -> list[float]:
        """For each of n inputs its factor, 0 or 1 / (1 − p).

        >>> Dropout(0.0).mask(2)
        [1.0, 1.0]
        """
        kept = 1.0 / (1.0 - self.p)
        return [kept if self._generator.random() >= self.p else 0.0 for _ in range(n)]

    def __call__(self, x: Sequence[Number]) -> list[Any]:
        """The row of inputs, some of them dropped where the module is in training."""
        if not self.training or self.p == 0.0:
            return list(x)
        return [v * m for v, m in zip(x, self.mask(len(x)), strict=True)]

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"
