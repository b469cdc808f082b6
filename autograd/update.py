"""How parameters follow their gradient: the update rules of gradient descent, each written once.

The formulas take the numbers of one parameter, or arrays of them, so that training without NumPy
is by the same ones. The machine code of tapes has them in `replay/machine/update.h`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
        moved, g = self._formula(rate, t), self.clipped(gradient)
        if not isinstance(theta, list):
            theta, *kept = moved(theta, g, *memory)
            return theta, kept
        if not theta:
            return [], list(memory)
        theta, *kept = map(list, zip(*map(moved, theta, g, *memory)))  # noqa: B905
        return theta, kept

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

    def _formula(self, rate: float, t: int) -> Callable[..., tuple[Any, ...]]:
        """The step as a function of θ, g and the memory, which gives θ and the memory after it.

        They are numbers of one parameter, or arrays of those of many.
        """
        decay = 0.0 if self.decoupled else self.weight_decay
        kept = 1.0 - rate * self.weight_decay if self.decoupled else 1.0
        if self.adam:
            b1, b2, epsilon = self.beta1, self.beta2, self.epsilon
            step, size = rate / (1.0 - b1**t), math.sqrt(1.0 - b2**t)

            def adam(theta: Any, g: Any, m: Any, v: Any) -> tuple[Any, ...]:
                g = g + decay * theta if decay else g
                m = b1 * m + (1.0 - b1) * g
                v = b2 * v + (1.0 - b2) * g * g
                return kept * theta - step * m / (v**0.5 / size + epsilon), m, v

            return adam
        if self.momentum:
            momentum, nesterov = self.momentum, self.nesterov

            def moving(theta: Any, g: Any, v: Any) -> tuple[Any, ...]:
                g = g + decay * theta if decay else g
                v = momentum * v + g
                return theta - rate * (g + momentum * v if nesterov else v), v

            return moving
        return lambda theta, g: (theta - rate * (g + decay * theta if decay else g),)
