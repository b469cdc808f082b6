"""How parameters follow their gradient: the update rules of gradient descent, each written once.

The formulas take the numbers of one parameter, or arrays of them, so that training without NumPy
is by the same ones. The machine code of tapes has them in `replay/machine/update.h`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["UpdateRule"]


class UpdateRule(NamedTuple):
    """How parameters θ follow their gradient g, with PyTorch's formulas; a bound of 0 is none.

    First g is clipped, each entry to ±clip_value, then all to the length clip_norm. Without
    `adam`: g ← g + λθ with the weight decay λ; v ← μv + g with the momentum μ; θ ← θ − ηv, or with
    `nesterov` θ − η(g + μv). With `adam`: m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; and
    θ ← θ − η m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε) in step t; with `decoupled` the weight decay is
    θ ← (1 − ηλ)θ before the step instead of a part of g.

    >>> UpdateRule(momentum=0.9).update([1.0], [4.0], [[0.0]], rate=0.25, t=1)
    ([0.0], [[4.0]])
    """

    adam: bool = False
    momentum: float = 0.0
    nesterov: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = False
    clip_norm: float = 0.0
    clip_value: float = 0.0

    @property
    def memories(self) -> tuple[str, ...]:
        """The names of what the rule remembers of each parameter."""
        if self.adam:
            return ("mean", "square")
        return ("momentum",) if self.momentum else ()

    def update(
        self, theta: Any, gradient: Any, memory: Sequence[Any], rate: float, t: int
    ) -> tuple[Any, list[Any]]:
        """θ and the memory after step t, counted from 1: all of them lists, or all arrays.

        `memory` has a list or an array for each name in `memories`.
        """
        g = self.clipped(gradient)
        if not isinstance(theta, list):
            moved, *memory = self._moved(theta, g, memory, rate, t)
            return moved, memory
        each = zip(theta, g, *memory, strict=True)
        found = [self._moved(x, y, m, rate, t) for x, y, *m in each]
        return [row[0] for row in found], [
            [row[k + 1] for row in found] for k in range(len(memory))
        ]

    def clipped(self, gradient: Any) -> Any:
        """The gradient after clipping: all of its entries, as a list or an array.

        >>> [round(g, 4) for g in UpdateRule(clip_norm=1.0).clipped([3.0, 4.0])]
        [0.6, 0.8]
        """
        g, limit, is_list = gradient, self.clip_value, isinstance(gradient, list)
        if limit:
            g = [max(-limit, min(limit, x)) for x in g] if is_list else g.clip(-limit, limit)
        if self.clip_norm:
            shrink = self.clip_norm / (math.hypot(*g) + 1e-6)
            if shrink < 1.0:
                g = [shrink * x for x in g] if is_list else shrink * g
        return g

    def _moved(
        self, theta: Any, g: Any, memory: Sequence[Any], rate: float, t: int
    ) -> tuple[Any, ...]:
        """θ and then the memory, of one parameter or of arrays of them."""
        if self.weight_decay and self.decoupled:
            theta = theta * (1.0 - rate * self.weight_decay)
        elif self.weight_decay:
            g = g + self.weight_decay * theta
        if self.adam:
            b1, b2 = self.beta1, self.beta2
            m, v = memory
            m = b1 * m + (1.0 - b1) * g
            v = b2 * v + (1.0 - b2) * g * g
            size = v**0.5 / math.sqrt(1.0 - b2**t) + self.epsilon
            return theta - rate / (1.0 - b1**t) * m / size, m, v
        if self.momentum:
            v = self.momentum * memory[0] + g
            return theta - rate * (g + self.momentum * v if self.nesterov else v), v
        return (theta - rate * g,)
