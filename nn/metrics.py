"""How good predictions are: accuracy, R², the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from nn.data import labels_of

__all__ = ["ConfusionMatrix", "Metric", "accuracy", "confusion_matrix", "r2_score"]

Metric: TypeAlias = Callable[[Any, Any], float]
"""(targets, predictions) -> a number; more is better."""


def accuracy(targets: Any, predictions: Any) -> float:
    """The share of predictions that are right: of rows, or of the numbers in them.

    Raises ValueError where the lengths differ or there are none.

    >>> accuracy(["cat", "dog", "dog"], ["cat", "dog", "cat"])
    0.6666666666666666
    """
    hits = [t == p for t, p in _pairs(targets, predictions)]
    return hits.count(True) / len(hits)


def r2_score(targets: Any, predictions: Any) -> float:
    """R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²: the share of the variance that the predictions explain.

    1 is perfect, 0 as good as always predicting the mean, below 0 worse. Where all targets are
    equal there is no variance to explain: 1 for perfect predictions, else 0, as in scikit-learn.
    Of several outputs it is the average over them.

    >>> r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    ys, ps = _same_length(targets, predictions)
    if isinstance(ys[0], list):
        columns = zip(zip(*ys, strict=True), zip(*ps, strict=True), strict=True)
        scores = [r2_score(list(y), list(p)) for y, p in columns]
        return math.fsum(scores) / len(scores)
    center = math.fsum(ys) / len(ys)
    spread = math.fsum([(y - center) * (y - center) for y in ys])
    try:
        missed = math.fsum([(y - p) * (y - p) for y, p in zip(ys, ps, strict=True)])
    except OverflowError:
        return -math.inf
    if spread == 0.0:
        return 1.0 if missed == 0.0 else 0.0
    return 1.0 - missed / spread


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
        found = {c for pair in pairs for c in pair}
        classes = sorted(found, key=lambda c: (isinstance(c, str), c))
    numbers = {c: k for k, c in enumerate(classes)}
    counts = [[0] * len(numbers) for _ in numbers]
    for t, p in pairs:
        if t not in numbers or p not in numbers:
            raise ValueError(f"{t if t not in numbers else p!r} is none of the classes {classes}")
        counts[numbers[t]][numbers[p]] += 1
    return ConfusionMatrix(tuple(classes), tuple([tuple(row) for row in counts]))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "r2": r2_score}


def _same_length(targets: Any, predictions: Any) -> tuple[list[Any], list[Any]]:
    ys, ps = labels_of(targets, "targets"), labels_of(predictions, "predictions")
    if len(ys) != len(ps):
        raise ValueError(f"{len(ys)} targets but {len(ps)} predictions")
    return ys, ps


def _pairs(targets: Any, predictions: Any) -> list[tuple[Any, Any]]:
    """The labels in pairs; rows of several labels count each."""
    ys, ps = _same_length(targets, predictions)
    if isinstance(ys[0], list):
        ys = [t for row in ys for t in row]
        ps = [p for row in ps for p in row]
    return list(zip(ys, ps, strict=True))
