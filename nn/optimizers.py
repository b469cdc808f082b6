"""SGD, Adam and AdamW, learning-rate schedules and clipping, with PyTorch's names and formulas.

An optimiser holds the settings and the memory; how θ follows g stands in `autograd.update`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeAlias

from autograd import SettingError, StepError, Value
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.scalar import whole_number
from autograd.update import UpdateRule
from nn.module import write_data
from nn.settings import number, truth

__all__ = ["SGD", "Adam", "AdamW", "CosineAnnealingLR", "Optimizer", "Schedule", "StepLR"]

_MANY = 200  # parameters, from which on NumPy is faster

Schedule: TypeAlias = Callable[[int], float]
"""The learning rate of an epoch, counted from 0."""


@dataclass(frozen=True)
class StepLR:
    """η · γ^⌊epoch / step_size⌋: times γ every `step_size` epochs.

    >>> [round(StepLR(0.1, step_size=2, gamma=0.5)(epoch), 3) for epoch in range(5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    learning_rate: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        number("learning_rate", self.learning_rate)
        number("gamma", self.gamma)
        whole_number("step_size", self.step_size, 1)

    def __call__(self, epoch: int) -> float:
        """The learning rate of this epoch."""
        return self.learning_rate * self.gamma ** (epoch // self.step_size)


@dataclass(frozen=True)
class CosineAnnealingLR:
    """η_min + ½(η − η_min)(1 + cos(π · epoch / t_max)): down from η to η_min in t_max epochs.

    From Loshchilov and Hutter, 2016; after t_max epochs it rises again, as PyTorch's does.

    >>> [round(CosineAnnealingLR(0.1, t_max=4)(epoch), 4) for epoch in range(5)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0]
    """

    learning_rate: float
    t_max: int
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        number("learning_rate", self.learning_rate)
        number("eta_min", self.eta_min)
        whole_number("t_max", self.t_max, 1)

    def __call__(self, epoch: int) -> float:
        """The learning rate of this epoch."""
        wave = 1.0 + math.cos(math.pi * epoch / self.t_max)
        return self.eta_min + 0.5 * (self.learning_rate - self.eta_min) * wave


class Optimizer:
    """What the optimisers share: the learning rate, weight decay, clipping, their memory.

    `steps` counts the updates and `epochs` the passes over the data, `rate` is the learning rate in
    use, and `state` holds the optimiser's memory, lists as long as the parameters.

    Args:
        learning_rate: a number, or a schedule: a function of the epoch.
        weight_decay: λ, by which large weights are made smaller.
        clip_norm: the length to which the gradients are brought, all together, where it is more:
            g ← g · min(1, clip_norm / (‖g‖ + 10⁻⁶)).
        clip_value: the bound ±clip_value of each gradient, before that.

    Raises SettingError for settings outside their range.
    """

    def __init__(
        self,
        learning_rate: float | Schedule,
        *,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ):
        if not callable(learning_rate):
            number("learning_rate", learning_rate)
        for name, limit in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if limit is not None:
                number(name, limit, above=True)
        self.learning_rate = learning_rate
        self.weight_decay = number("weight_decay", weight_decay)
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.reset()

    def reset(self) -> None:
        """Forget every step, as before the first."""
        self.steps = self.epochs = 0
        self.state: dict[str, list[float]] = {}
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Set `rate` to the learning rate of this epoch, counted from 0."""
        rate = self.learning_rate
        self.rate = number(
            f"the learning rate of epoch {epoch}", rate(epoch) if callable(rate) else rate
        )

    def step(self, parameters: Sequence[Value]) -> None:
        """Update the parameters from their gradients, as in a loop of one's own.

        Raises ArithmeticError where a gradient or a new parameter is not finite; parameters and
        state are then as before.

        >>> w = Value(2.0, "w")
        >>> w.grad = 4.0
        >>> SGD(0.5).step([w])
        >>> w.data
        0.0
        """
        gradients = [p.grad for p in parameters]
        _check_finite(gradients, parameters, "the gradient of")
        before = self.steps, self.state
        values = self.update([p.data for p in parameters], gradients)
        try:
            for memory in self.state.values():
                _check_finite(memory, parameters, "the optimiser's memory of")
            _check_finite(values, parameters, "after the update,")
        except ArithmeticError:
            self.steps, self.state = before
            raise
        write_data(parameters, values)

    def update(self, values: list[float], gradients: list[float]) -> list[float]:
        """The new values of the parameters; counts the step and replaces `state`.

        A subclass may define its own, and is then obeyed by every engine of `fit`. Raises
        ValueError where the number of parameters is not that of the step before.
        """
        rule = self._rule()
        memory = [self.state.get(name) or [0.0] * len(values) for name in rule.memories]
        for numbers in memory:
            if len(numbers) != len(values):
                raise ArgumentError(
                    f"the optimiser's memory is of {len(numbers)} parameters, not {len(values)}: "
                    "use a new one for another model, or reset() it"
                )
        self.steps += 1
        update = (
            rule.update if len(values) < _MANY or _numpy() is None else partial(_by_arrays, rule)
        )
        values, memory = update(values, gradients, memory, self.rate, self.steps)
        self.state = dict(zip(rule.memories, memory, strict=True))
        return values

    def rule(self) -> UpdateRule:
        """The settings of the update, as `autograd.Tape.train` takes them.

        Raises TypeError where a subclass updates in a way of its own.
        """
        for name in ("step", "update"):
            if getattr(getattr(self, name), "__func__", None) is not getattr(Optimizer, name):
                raise ArgumentTypeError(
                    f"{type(self).__name__} has a {name}() of its own, but not a rule() for "
                    "machine code"
                )
        return self._rule()

    def _rule(self) -> UpdateRule:
        raise NotImplementedError(f"{type(self).__name__} defines no update()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.learning_rate!r})"


class SGD(Optimizer):
    """Stochastic gradient descent: θ ← θ − η g (note N3), here with weight decay and momentum.

    g ← g + λθ with the weight decay λ; v ← μv + g with the momentum μ (v = g at the first step);
    then θ ← θ − ηv, or with Nesterov's θ ← θ − η(g + μv). Other settings are those of `Optimizer`.

    Args:
        learning_rate: η.
        momentum: μ.
        nesterov: whether the momentum is Nesterov's.

    >>> SGD(0.5, momentum=0.9).update([1.0], [1.0])
    [0.5]
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ):
        self.momentum = number("momentum", momentum)
        self.nesterov = truth("nesterov", nesterov)
        if nesterov and momentum == 0.0:
            raise SettingError("nesterov needs a momentum: SGD(0.1, momentum=0.9, nesterov=True)")
        super().__init__(
            learning_rate, weight_decay=weight_decay, clip_norm=clip_norm, clip_value=clip_value
        )

    def _rule(self) -> UpdateRule:
        return UpdateRule(
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            clip_norm=self.clip_norm or 0.0,
            clip_value=self.clip_value or 0.0,
        )


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2014): steps scaled by the gradients' running mean and size.

    m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; with t the number of the step
    θ ← θ − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε). Weight decay λ adds λθ to g. Other settings are
    those of `Optimizer`.

    Args:
        learning_rate: η.
        betas: β₁ and β₂, each from 0 to below 1.
        eps: ε, above 0.

    >>> [round(v, 9) for v in Adam(0.1).update([1.0], [3.0])]
    [0.9]
    """

    decoupled = False  # whether weight decay stands apart from the gradient

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ):
        beta1, beta2 = betas
        self.betas = number("betas[0]", beta1, 0.0, 1.0), number("betas[1]", beta2, 0.0, 1.0)
        self.eps = number("eps", eps, above=True)
        super().__init__(
            learning_rate, weight_decay=weight_decay, clip_norm=clip_norm, clip_value=clip_value
        )

    def _rule(self) -> UpdateRule:
        return UpdateRule(
            adam=True,
            beta1=self.betas[0],
            beta2=self.betas[1],
            epsilon=self.eps,
            weight_decay=self.weight_decay,
            decoupled=self.decoupled,
            clip_norm=self.clip_norm or 0.0,
            clip_value=self.clip_value or 0.0,
        )


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2017).

    First θ ← θ − ηλθ, then the step of Adam.

    >>> AdamW(0.1, weight_decay=0.5).update([1.0], [0.0])
    [0.95]
    """

    decoupled = True

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ):
        super().__init__(
            learning_rate,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            clip_norm=clip_norm,
            clip_value=clip_value,
        )


OPTIMIZERS: dict[str, type[SGD | Adam]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


def optimizer_of(given: str | Optimizer) -> Optimizer:
    """The optimiser itself, or that of the name with its default settings.

    >>> optimizer_of("adam")
    Adam(0.001)
    """
    if isinstance(given, Optimizer):
        return given
    if isinstance(given, str) and given.lower() in OPTIMIZERS:
        return OPTIMIZERS[given.lower()]()
    raise SettingError(
        f"optimizer is one of nn's, such as nn.SGD(0.1) or nn.Adam(0.01), or one of the names "
        f"{', '.join(OPTIMIZERS)}; not {given!r}"
    )


def _check_finite(numbers: list[float], parameters: Sequence[Value], what: str) -> None:
    if not all(map(math.isfinite, numbers)):
        x, p = next(
            (x, p) for x, p in zip(numbers, parameters, strict=True) if not math.isfinite(x)
        )
        raise StepError(f"{what} {p.label or 'a parameter'} is {x!r}")


@cache
def _numpy() -> Any:
    """NumPy, where it is installed; loaded by the first large model."""
    try:
        import numpy as np
    except ImportError:
        return None
    return np


def _by_arrays(
    rule: UpdateRule,
    values: list[float],
    gradients: list[float],
    memory: list[list[float]],
    rate: float,
    t: int,
) -> tuple[list[float], list[list[float]]]:
    """`rule.update` by way of arrays: faster for many parameters."""
    np = _numpy()
    theta, g, *kept = [np.array(numbers) for numbers in (values, gradients, *memory)]
    with np.errstate(all="ignore"):
        theta, kept = rule.update(theta, g, kept, rate, t)
    return theta.tolist(), [m.tolist() for m in kept]
