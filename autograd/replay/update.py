"""The optimisers' update rules as numbers, for both interpreters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """How parameters θ follow their gradient g, with PyTorch's formulas; a bound of 0 is none.

    First g is clipped, each entry to ±clip_value, then all to the length clip_norm. Without
    `adam`: g ← g + λθ with the weight decay λ; v ← μv + g with the momentum μ; θ ← θ − ηv, or with
    `nesterov` θ − η(g + μv). With `adam`: m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; and
    θ ← θ − η m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε) in step t; with `decoupled` the weight decay is
    θ ← (1 − ηλ)θ before the step instead of a part of g.
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

    def as_array(self) -> Floats:
        """The settings as the compiled interpreter takes them."""
        return np.array(list(vars(self).values()), np.float64)

    def update(self, theta: Floats, gradient: Floats, state: Floats, rate: float, t: int) -> None:
        """Step t, counted from 1: change `theta` and the memory `state`, two rows of its length."""
        g = gradient
        if self.clip_value:
            g = np.clip(g, -self.clip_value, self.clip_value)
        if self.clip_norm:
            g = g * min(1.0, self.clip_norm / (math.sqrt(float(g @ g)) + 1e-6))
        if self.weight_decay and self.decoupled:
            theta *= 1.0 - rate * self.weight_decay
        elif self.weight_decay:
            g = g + self.weight_decay * theta
        if self.adam:
            m, v = state
            m += (1.0 - self.beta1) * (g - m)
            v += (1.0 - self.beta2) * (g * g - v)
            size = math.sqrt(1.0 - self.beta2**t)
            theta -= rate / (1.0 - self.beta1**t) * m / (np.sqrt(v) / size + self.epsilon)
        elif self.momentum:
            state[0] *= self.momentum
            state[0] += g
            theta -= rate * (g + self.momentum * state[0] if self.nesterov else state[0])
        else:
            theta -= rate * g
