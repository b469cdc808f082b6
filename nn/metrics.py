"""How good predictions are: accuracy, R², the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd.errors import ArgumentError
from nn.data.reading import labels_of

__all__ = ["ConfusionMatrix", "Metric", "accuracy", "confusion_matrix", "r2_score"]

Metric: TypeAlias = Callable[[Any, Any], float]
"""(targets, predictions) -> a number; more is better."""


def accuracy(targets: Any, predictions: Any) -> float:
    """The share of predictions that are right: of rows, or of the numbers in them.

    Raises ValueError where the lengths differ or there are none.

    >>> accuracy(["cat", "dog", "dog"], ["cat", "dog", "cat"])
    0.6666666666666666
    """
    ys, ps = _arrays(targets, predictions)
    return float((ys == ps).mean())


def r2_score(targets: Any, predictions: Any) -> float:
    """R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²: the share of the variance that the predictions explain.

    1 is perfect, 0 as good as always predicting the mean, below 0 worse. Where all targets are
    equal there is no variance to explain: 1 for perfect predictions, else 0, as in scikit-learn.
    Of several outputs it is the average over them.

    >>> r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    import numpy as np

    ys, ps = [a.astype(np.float64) for a in _arrays(targets, predictions)]
    with np.errstate(over="ignore", invalid="ignore"):
        apart = ys - ys[0]  # from one of them, so that equal targets are 0 apart
        spread = np.square(apart - apart.mean(axis=0)).sum(axis=0)
        missed = np.square(ys - ps).sum(axis=0)
    return r2_of(missed, spread)


def r2_of(missed: Any, spread: Any) -> float:
    """R² of Σ(y − ŷ)² and Σ(y − ȳ)², averaged over the outputs that there is one of each for.

    >>> import numpy as np
    >>> r2_of(np.array([1.0]), np.array([2.0]))
    0.5
    """
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        flat = spread == 0.0
        scores = np.where(flat, missed == 0.0, 1.0 - missed / np.where(flat, 1.0, spread))
    return float(np.where(np.isfinite(missed), scores, -math.inf).mean())


@dataclass(frozen=True)
class ConfusionMatrix:
    """How often each class was taken for which: a row for each true class, columns as predicted.

    >>> print(confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"]))
            predicted
    true    cat  dog
    cat       1    0
    dog       1    1
    """

    classes: tuple[Any, ...]
    counts: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        names = [str(c) for c in self.classes]
        table: list[list[Any]] = [
            ["true", *names],
            *[[n, *row] for n, row in zip(names, self.counts, strict=True)],
        ]
        widths = [max(len(str(row[k])) for row in table) for k in range(len(table[0]))]
        lines = [" " * (widths[0] + 4) + "predicted"]
        for row in table:
            cells = zip(row[1:], widths[1:], strict=True)
            lines.append(
                f"{row[0]:<{widths[0]}}    " + "  ".join([f"{c!s:>{w}}" for c, w in cells])
            )
        return "\n".join(lines)


def confusion_matrix(
    targets: Any, predictions: Any, classes: Sequence[Any] | None = None
) -> ConfusionMatrix:
    """The matrix of true classes by predicted ones.

    The `classes` give the order; without them all that occur, sorted. Raises ValueError for a
    label that is not among them.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0]).counts
    ((1, 0), (1, 1))
    """
    pairs = _pairs(targets, predictions)
    if classes is None:
        occurring = {c for pair in pairs for c in pair}
        classes = sorted(occurring, key=lambda c: (isinstance(c, str), c))
    numbers = {c: k for k, c in enumerate(classes)}
    counts = [[0] * len(numbers) for _ in numbers]
    for t, p in pairs:
        if t not in numbers or p not in numbers:
            raise ArgumentError(
                f"{t if t not in numbers else p!r} is none of the classes {classes}"
            )
        counts[numbers[t]][numbers[p]] += 1
    return ConfusionMatrix(tuple(classes), tuple([tuple(row) for row in counts]))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "r2": r2_score}


def _arrays(targets: Any, predictions: Any) -> tuple[Any, Any]:
    """Both as arrays of one shape; of objects where labels are of several kinds."""
    ys, ps = _array(targets, "targets"), _array(predictions, "predictions")
    if len(ys) != len(ps):
        raise ArgumentError(f"{len(ys)} targets but {len(ps)} predictions")
    if ys.shape != ps.shape:
        raise ArgumentError(f"targets of the shape {ys.shape}, but predictions of {ps.shape}")
    return ys, ps


def _array(labels: Any, name: str) -> Any:
    import numpy as np

    whole = isinstance(labels, np.ndarray) and labels.size and labels.dtype.kind in "biufU"
    if whole and labels.shape[1:] != (1,) and not (labels != labels).any():
        return labels
    listed = labels_of(labels, name)
    kinds = {type(x) for x in listed}
    if len(kinds) == 1 and kinds <= {bool, int, float, str, list}:
        return np.array(listed)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _pairs(targets: Any, predictions: Any) -> list[tuple[Any, Any]]:
    """The labels in pairs; rows of several labels count each."""
    ys, ps = _arrays(targets, predictions)
    return list(zip(ys.ravel().tolist(), ps.ravel().tolist(), strict=True))
