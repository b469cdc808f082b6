"""A network's loss on one example, as a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.errors import ArgumentError
from autograd.suggestions import did_you_mean
from nn.layers import MLP, Layer, Neuron
from nn.losses import LOSSES

if TYPE_CHECKING:
    from autograd.problems import Problem

__all__ = ["as_problem"]


def as_problem(
    model: MLP | Layer | Neuron,
    x: Sequence[float],
    y: Any,
    loss: str | Callable[..., Any] = "half_squared_error",
    sample_weight: float | None = None,
) -> Problem:
    """The loss of a network on one example, as a problem whose text stands for itself.

    Args:
        model: the network; its parameters keep their labels.
        x: the inputs, which are called x_1, x_2, ….
        y: the target: a number, one for each output (y_1, y_2, …), or for a cross-entropy the
            number of the class, from 0.
        loss: the name of a loss in `nn`, or a function of outputs and targets.
        sample_weight: the example's weight s, as a factor of its loss: L = s · loss.

    Raises ValueError for an unknown loss, for numbers that do not fit, and for a network that is
    too large to be written as text.

    >>> import nn
    >>> model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    >>> p = nn.as_problem(model, [0.5, -1.0], 1.0)
    >>> p.roles["w_11^1"], p.roles["x_1"], p.roles["y"]
    ('parameter', 'input', 'target')
    """
    from autograd.problems import problem
    from autograd.problems.writing import as_text

    if isinstance(loss, str) and loss not in LOSSES:
        raise ArgumentError(f"nn has no loss {loss!r}{did_you_mean(loss, LOSSES)}")
    of = LOSSES[loss] if isinstance(loss, str) else loss
    inputs = [Value(number, f"x_{i}") for i, number in enumerate(x, 1)]
    is_class = isinstance(loss, str) and loss.startswith("cross_entropy") and not _is_row(y)
    targets = y if is_class else _targets(y)
    root = of(model(inputs), targets)
    if sample_weight is not None:
        root = Value(sample_weight, "s") * root
    root.label = "L"
    roles = {v.label: "input" for v in inputs if v.label}
    roles |= {p.label: "parameter" for p in model.parameters() if p.label}
    for v in [] if is_class else targets if isinstance(targets, list) else [targets]:
        roles[v.label or ""] = "target"
    if sample_weight is not None:
        roles["s"] = "constant"
    return problem(as_text(root, roles))


def _is_row(y: Any) -> bool:
    return hasattr(y, "__len__")


def _targets(y: Any) -> Value | list[Value]:
    if _is_row(y):
        return [Value(number, f"y_{i}") for i, number in enumerate(y, 1)]
    return Value(y, "y")
