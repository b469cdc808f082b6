"""The losses of the notes, as graphs.

Predictions come first, then targets. For one example they are its outputs (one Value, or a list)
and its targets; for many examples, one row each. Targets may be Values with labels: then the whole
formula is in the graph, for a derivation to show. They may be `Shares` where they are inputs of
a recorded graph. No formula asks what number a target is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from operator import sub
from typing import Any

from autograd import Value, absolute, dot, log, log1p, logsumexp, mean, softplus, total
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.scalar import as_float
from autograd.value import Number
from nn.settings import one_of, registered

__all__ = [
    "Choice",
    "Shares",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "cross_entropy_with_logits",
    "half_squared_error",
    "l1_penalty",
    "l2_penalty",
    "mean_squared_error",
]


class Shares(tuple[Any, ...]):
    """A target in a recorded graph: for each class a Value, its probability.

    It stands in place of such a row, or (as 1 − y and y) of a y between 0 and 1. The numbers have
    been checked before, and no loss looks at them.
    """

    def expected(self, loss_of: Callable[[Any], Any], row: Sequence[Any]) -> Any:
        """Σ y_c loss(x_c) over the classes."""
        return dot(self, [loss_of(x) for x in row])


class Choice(Shares):
    """The class of an example in a recorded graph: 1 for this one and 0 for the others.

    It stands in place of the number of the class, too.
    """

    def expected(self, loss_of: Callable[[Any], Any], row: Sequence[Any]) -> Any:
        """The loss of the class; those of the others may be infinite."""
        return loss_of(dot(self, row))


def half_squared_error(predictions: Any, targets: Any, reduction: str = "sum") -> Any:
    """½ Σ (y − a)² over an example's outputs (note N1); examples are added, or averaged.

    Raises ValueError where predictions and targets differ in shape.

    >>> half_squared_error([0.75, 0.25], [1.0, 0.0])
    0.0625
    """
    rows = [
        0.5 * _all([(t - p) ** 2 for p, t in row])
        for row in _paired(predictions, targets, "half_squared_error")
    ]
    return _reduced(rows, reduction)


def mean_squared_error(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """(1/n) Σ (ŷ − y)² over all n numbers (note N4); with reduction="sum" not divided by n.

    Raises ValueError where predictions and targets differ in shape.

    >>> mean_squared_error([1.0, 3.0], [0.0, 0.0])
    5.0
    """
    pairs = _flat(_paired(predictions, targets, "mean_squared_error"))
    return _reduced([(p - t) ** 2 for p, t in pairs], reduction)


def binary_cross_entropy(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """−(y log ŷ + (1 − y) log(1 − ŷ)), averaged, or added as note N2 has it.

    ŷ is a probability. With ŷ = σ(z) its derivative by z is ŷ − y.
    Raises ValueError where a prediction or target is outside [0, 1], DomainError where a
    prediction of exactly 0 or 1 is wrong: its loss is infinite.

    >>> binary_cross_entropy(0.5, 1) == math.log(2)
    True
    """
    name = "binary_cross_entropy"

    def loss(p: Number, t: Any) -> Any:
        _check_probability(p, f"{name}: a prediction", f"for other numbers use {name}_with_logits")
        _check_probability(t, f"{name}: a target", "the classes are 0 and 1")
        if isinstance(t, Shares):
            return t.expected(_surprise, [1.0 - p, p])
        return -_binary(t, lambda: log(p), lambda: log1p(-p))

    return _reduced([loss(p, t) for p, t in _flat(_paired(predictions, targets, name))], reduction)


def binary_cross_entropy_with_logits(
    predictions: Any, targets: Any, reduction: str = "mean"
) -> Any:
    """The same of ŷ = σ(z), given z: y log(1 + e⁻ᶻ) + (1 − y) log(1 + eᶻ), stable for any z.

    Raises ValueError where a target is outside [0, 1].

    >>> binary_cross_entropy_with_logits(1000.0, 0)
    1000.0
    """
    name = "binary_cross_entropy_with_logits"

    def loss(z: Number, t: Any) -> Any:
        _check_probability(t, f"{name}: a target", "the classes are 0 and 1")
        y = t[1] if isinstance(t, Shares) else t
        return _binary(y, lambda: softplus(-z), lambda: softplus(z))

    return _reduced([loss(z, t) for z, t in _flat(_paired(predictions, targets, name))], reduction)


def cross_entropy(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """−log p_k for the class k of an example, p its C probabilities; −Σ y_c log p_c in general.

    A target is the number of the class, from 0, or a row of C probabilities y. Raises ValueError
    where a class is unknown or the predictions are not probabilities that add up to 1.

    >>> cross_entropy([0.25, 0.5, 0.25], 1) == math.log(2)
    True
    """
    name = "cross_entropy"
    losses = []
    for row, target in _examples(predictions, targets, name):
        for p in row:
            _check_probability(
                p, f"{name}: a prediction", f"for other numbers use {name}_with_logits"
            )
        _check_whole(row, f"{name}: a row of predictions")
        losses.append(_expected(_surprise, row, target, name))
    return _reduced(losses, reduction)


def cross_entropy_with_logits(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """The same of p = softmax(z), given z: log Σ e^z_c − z_k, stable for any z.

    Its derivative by z is p − y, with y the row that is 1 at the class k and 0 elsewhere.

    >>> cross_entropy_with_logits([1000.0, 0.0], 1)
    1000.0
    """
    name = "cross_entropy_with_logits"
    losses = []
    for row, target in _examples(predictions, targets, name):
        losses.append(_expected(partial(sub, logsumexp(row)), row, target, name))
    return _reduced(losses, reduction)


def l1_penalty(parameters: Sequence[Number], strength: float) -> Any:
    """λ Σ |w|: keeps weights small and makes needless ones 0. Gradient λ sign(w).

    >>> l1_penalty([3.0, -4.0], 0.5)
    3.5
    """
    return _strength(strength, "l1") * _all([absolute(w) for w in parameters])


def l2_penalty(parameters: Sequence[Number], strength: float) -> Any:
    """λ Σ w²: keeps weights small. Gradient 2λw.

    >>> l2_penalty([3.0, -4.0], 0.5)
    12.5
    """
    return _strength(strength, "l2") * _all([w * w for w in parameters])


# By name

LOSSES: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        half_squared_error,
        mean_squared_error,
        binary_cross_entropy,
        binary_cross_entropy_with_logits,
        cross_entropy,
        cross_entropy_with_logits,
    )
}


def loss_name(loss: str | Callable[..., Any]) -> str | None:
    """The name of a loss of this module; None for a function of the user's own.

    Raises ValueError for an unknown name, TypeError for what is neither name nor function.

    >>> loss_name(cross_entropy)
    'cross_entropy'
    """
    if isinstance(loss, str):
        registered("loss", loss, LOSSES)
        return loss
    if not callable(loss):
        raise ArgumentTypeError(f"loss is a function or its name, not {loss!r}")
    return next((name for name, f in LOSSES.items() if f is loss), None)


PROBABILITIES = ("sigmoid", "softmax")
"""The operations whose results are probabilities whatever their operands."""


# Shapes


def _is_row(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return not isinstance(x, Shares)  # a row of shares is one target, not a list of them
    return getattr(x, "ndim", 0) > 0


def _number(x: Any, name: str) -> Number:
    return x if isinstance(x, Value) else as_float(x, name)


def _target(x: Any, name: str) -> Any:
    if _is_row(x) and len(x) == 1:
        x = x[0]
    if isinstance(x, Shares):
        return x
    t = _number(x, name)
    if not math.isfinite(float(t)):
        raise ArgumentError(f"{name}: a target is {float(t)!r}, not a finite number")
    return t


def _paired(predictions: Any, targets: Any, name: str) -> list[list[tuple[Any, Any]]]:
    """For each example the pairs of output and target."""
    if not _is_row(predictions):
        predictions, targets = [predictions], targets if _is_row(targets) else [targets]
    if not _is_row(targets) or len(predictions) != len(targets):
        n = len(targets) if _is_row(targets) else "a single number"
        raise ArgumentError(f"{name}: {len(predictions)} predictions but as targets {n}")
    if len(predictions) == 0:
        raise ArgumentError(f"{name} of no predictions: give at least one")
    if _is_row(predictions[0]):
        rows = zip(predictions, targets, strict=True)
        return [_paired(p, t if _is_row(t) else [t], name)[0] for p, t in rows]
    return [
        [(_number(p, name), _target(t, name)) for p, t in zip(predictions, targets, strict=True)]
    ]


def _flat(rows: list[list[tuple[Any, Any]]]) -> list[tuple[Any, Any]]:
    return [pair for row in rows for pair in row]


def _examples(predictions: Any, targets: Any, name: str) -> list[tuple[list[Any], Any]]:
    """For each example its row of outputs, one for each class, and its target."""
    if not _is_row(predictions) or len(predictions) == 0:
        raise ArgumentError(
            f"{name} takes a row of outputs, one for each class, not {predictions!r}"
        )
    if not _is_row(predictions[0]):
        return [([_number(p, name) for p in predictions], targets)]
    if not _is_row(targets) or len(targets) != len(predictions):
        raise ArgumentError(f"{name}: {len(predictions)} rows of outputs take as many targets")
    rows = zip(predictions, targets, strict=True)
    return [_examples(row, target, name)[0] for row, target in rows]


# Parts of the formulas


def _expected(loss_of: Callable[[Any], Any], row: Sequence[Number], target: Any, name: str) -> Any:
    """Σ y_c loss(x_c) over the classes; for one class, the loss of its x."""
    if isinstance(target, Shares):
        return target.expected(loss_of, row)
    if not _is_row(target):
        return loss_of(row[_class(target, len(row), name)])
    ys = [_target(y, name) for y in target]
    if len(ys) != len(row):
        raise ArgumentError(f"{name}: a target of {len(ys)} classes for {len(row)} outputs")
    for y in ys:
        _check_probability(y, f"{name}: a target", "it is the probability of a class")
    _check_whole(ys, f"{name}: a row of targets")
    pairs = zip(row, ys, strict=True)  # an infinite term may have the weight 0
    return _all([y * loss_of(x) for x, y in pairs if isinstance(y, Value) or y != 0.0])


def _surprise(p: Any) -> Any:
    return -log(p)


def _binary(y: Number, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """y · yes + (1 − y) · no; of a plain y, not what has the weight 0: it may be infinite."""
    if not isinstance(y, Value) and y in (0.0, 1.0):
        return yes() if y else no()
    return y * yes() + (1.0 - y) * no()


def _class(target: Any, n: int, name: str) -> int:
    k = float(_target(target, name))
    if k != int(k) or not 0 <= k < n:
        raise ArgumentError(f"{name}: there is no class {target!r}; classes are 0 to {n - 1}")
    return int(k)


def _check_probability(x: Any, what: str, remedy: str) -> None:
    if not _is_probability(x) and not 0.0 <= float(x) <= 1.0:
        raise ArgumentError(f"{what} is {float(x)!r}, not between 0 and 1; {remedy}")


def _is_probability(x: Any) -> bool:
    """Whether x is one whatever its number: then the number need not be looked at."""
    return isinstance(x, Shares) or (isinstance(x, Value) and x.op in PROBABILITIES)


def _check_whole(row: Sequence[Number], what: str) -> None:
    whole = math.fsum([float(x) for x in row])
    if abs(whole - 1.0) > 1e-6:
        raise ArgumentError(f"{what} adds up to {whole!r}, but probabilities add up to 1")


def _strength(strength: float, name: str) -> float:
    if not 0.0 <= as_float(strength, name) < math.inf:
        raise ArgumentError(f"{name} is a strength of at least 0, not {strength!r}")
    return float(strength)


def _all(terms: list[Any]) -> Any:
    return terms[0] if len(terms) == 1 else total(terms)


def _reduced(losses: list[Any], reduction: str) -> Any:
    one_of("reduction", reduction, ("mean", "sum"))
    if len(losses) == 1:
        return losses[0]
    return total(losses) if reduction == "sum" else mean(losses)
