"""From a person's table to the rows and targets of a network, and back to their own classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from autograd.errors import ArgumentError
from autograd.rules import arrays
from nn.data.reading import (
    Row,
    Target,
    columns_of,
    is_number,
    labels_of,
    numbers_in,
    picked,
    rows_of,
    shown,
)

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ENCODINGS", "OUTPUTS", "Schema", "moments", "outputs_for", "schema_of"]

Encoding: TypeAlias = Literal["numbers", "binary", "index", "one_hot"]
Outputs: TypeAlias = Literal["numbers", "probabilities", "logits"]
ENCODINGS: tuple[str, ...] = get_args(Encoding)
OUTPUTS: tuple[str, ...] = get_args(Outputs)


@dataclass(frozen=True)
class Schema:
    """What a model knows of its data: names, standardisation, classes, what its outputs mean.

    `columns` are the inputs' names and `target` that of what is predicted. Inputs are (x − mean) /
    scale where there are `means` and `scales`; targets of a regression likewise. `classes` are the
    labels as they stand in y, in the order of the outputs. `encoding` is how a label is told to
    the loss: itself, as 0 or 1, as the class's number, or as a row with a 1. `outputs` says whether
    the network's outputs are plain numbers, probabilities or logits.

    >>> schema = Schema(classes=("cat", "dog"), encoding="binary", outputs="logits")
    >>> schema.decided([[-1.0], [1.0]]).tolist()
    ['cat', 'dog']
    """

    columns: tuple[str, ...] | None = None
    target: str | None = None
    means: Row | None = None
    scales: Row | None = None
    target_means: Row | None = None
    target_scales: Row | None = None
    classes: tuple[Any, ...] | None = None
    encoding: Encoding = "numbers"
    outputs: Outputs = "numbers"

    @property
    def is_regression(self) -> bool:
        """Whether numbers are predicted, and not classes."""
        return self.classes is None and self.outputs == "numbers"

    def encoded_rows(self, X: Any, name: str = "X") -> list[Row]:
        """The rows of X as the network takes them: checked, in order, standardised."""
        return self.standardized(rows_of(self.in_order(X, name), name), name)

    def standardized(self, rows: Sequence[Row], name: str = "X") -> list[Row]:
        """The rows as (x − mean) / scale, where the schema has means and scales."""
        if self.means is None or self.scales is None:
            return list(rows)
        if len(rows[0]) != len(self.means):
            raise ArgumentError(
                f"{name} has {len(rows[0])} columns, but the model was fitted to {len(self.means)}"
            )
        return [_standardized(row, self.means, self.scales) for row in rows]

    def in_order(self, X: Any, name: str) -> Any:
        """A frame's columns in the order of the fit, where both have names."""
        names = columns_of(X)
        if names is None or self.columns is None or names == self.columns:
            return X
        missing = [c for c in self.columns if c not in names]
        if missing:
            raise ArgumentError(
                f"{name} has no column {missing[0]!r}, to which the model was fitted; "
                f"its columns are {shown(names)}"
            )
        return picked(X, [names.index(c) for c in self.columns])

    def encoded_targets(self, y: Any, name: str = "y") -> list[Target]:
        """The targets as the loss takes them. Raises ValueError for a label that is unknown."""
        return self.encoded_labels(labels_of(y, name), name)

    def encoded_labels(self, values: Sequence[Any], name: str = "y") -> list[Target]:
        """The same for targets that have been read."""
        if self.encoding == "numbers":
            rows = [numbers_in(v, f"{name}[{i}]") for i, v in enumerate(values)]
            if self.target_means is not None and self.target_scales is not None:
                rows = [_standardized(r, self.target_means, self.target_scales) for r in rows]
            return [r[0] if len(r) == 1 else list(r) for r in rows]
        classes = self.classes or ()
        numbers = {c: k for k, c in enumerate(classes)}
        targets: list[Target] = []
        for i, v in enumerate(values):
            k = numbers.get(v) if not isinstance(v, list) else None
            if k is None:
                raise ArgumentError(
                    f"{name}[{i}] is {v!r}, a class unknown to the model; "
                    f"it knows {shown([repr(c) for c in classes])}"
                )
            one_hot = self.encoding == "one_hot"
            targets.append([float(k == c) for c in numbers.values()] if one_hot else k)
        return targets

    def decided(self, outputs: Any, threshold: float = 0.5) -> np.ndarray[Any, Any]:
        """The predictions that these rows of outputs are: an array of classes, or of numbers."""
        import numpy as np

        table = np.asarray(outputs, np.float64)
        if self.is_regression:
            return self._in_units(table)
        if self.classes is None:  # several yes-or-no questions, or shares between 0 and 1
            return _squeezed((self._shares(table) >= threshold).astype(np.int64))
        if table.shape[1] == 1:
            return self._named((self._shares(table)[:, 0] >= threshold).astype(np.int64))
        return self._named(table.argmax(axis=1))

    def truths(self, targets: Sequence[Target]) -> np.ndarray[Any, Any]:
        """Encoded targets back as an array of classes, or of numbers."""
        import numpy as np

        return self.truths_in(np.array([t if isinstance(t, list) else [t] for t in targets]))

    def truths_in(self, columns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The same for targets that stand in columns of an array."""
        import numpy as np

        if self.is_regression:
            return self._in_units(columns)
        if self.classes is None:
            return _squeezed(columns)
        alone = columns.shape[1] == 1
        return self._named(columns[:, 0].astype(np.int64) if alone else columns.argmax(1))

    def target_columns(self, target: Target) -> list[float]:
        """A target as columns of a table: the number of a class becomes a row with a 1.

        >>> Schema(classes=("cat", "dog", "emu"), encoding="index").target_columns(1)
        [0.0, 1.0, 0.0]
        """
        if self.encoding == "index":
            return [float(c == target) for c in range(len(self.classes or ()))]
        return list(target) if isinstance(target, list) else [float(target)]

    def _named(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The classes of these numbers."""
        import numpy as np

        classes = self.classes or ()
        if len({type(c) for c in classes}) > 1 or isinstance(classes[0], tuple):
            names = np.empty(len(classes), dtype=object)
            names[:] = classes
        else:
            names = np.array(classes)
        named: np.ndarray[Any, Any] = names[numbers]
        return named

    def _in_units(self, table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Outputs of a regression in the units of y; a vector where it is one number a row."""
        import numpy as np

        if self.target_means is not None and self.target_scales is not None:
            table = table * np.array(self.target_scales) + np.array(self.target_means)
        return _squeezed(table)

    def probabilities(self, outputs: Any) -> np.ndarray[Any, Any]:
        """The probability of each class, one row an example."""
        import numpy as np

        if self.outputs == "numbers":
            raise ArgumentError(
                "the model's outputs are no probabilities: fit it with a cross-entropy loss, such "
                'as loss="binary_cross_entropy", or use predict(X)'
            )
        table = np.asarray(outputs, np.float64)
        if table.shape[1] == 1:
            share = self._shares(table)
            return np.concatenate([1.0 - share, share], axis=1)
        if self.classes is None:
            return self._shares(table)
        return arrays()["softmax"](table.T).T if self.outputs == "logits" else table

    def _shares(self, table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Probabilities of yes or no."""
        shares: np.ndarray[Any, Any] = table
        if self.outputs == "logits":
            shares = arrays()["sigmoid"](table)
        return shares


def _squeezed(table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A table of one column as a vector."""
    return table.reshape(-1) if table.shape[1] == 1 else table


# Learning a schema


def schema_of(names: Schema, labels: list[Any], loss: str | None, n_out: int) -> Schema:
    """The schema with what these targets are for a loss of this name (None for a user's own).

    Raises ValueError or TypeError for targets that the loss or the network cannot take.
    """
    names = replace(names, outputs=outputs_for(loss))
    if loss and loss.startswith("binary"):
        return _binary(names, labels, loss, n_out)
    if loss and loss.startswith("cross"):
        return _many(names, labels, loss, n_out)
    return _squared(names, labels, loss, n_out)


def outputs_for(loss: str | None) -> Outputs:
    """What the loss of this name (None for a user's own) takes a network's outputs for."""
    if loss is None or not loss.startswith(("binary", "cross")):
        return "numbers"
    return "logits" if loss.endswith("logits") else "probabilities"


def moments(rows: Sequence[Row], weights: Sequence[float] | None = None) -> tuple[Row, Row]:
    """Mean and standard deviation of each column; a column of one value keeps the scale 1.

    With weights those are Σ w x / Σ w and √(Σ w (x − mean)² / Σ w).

    >>> moments([(1.0, 5.0), (3.0, 5.0)])
    ((2.0, 5.0), (1.0, 1.0))
    """
    if weights is None:
        weights = [1.0] * len(rows)
    pairs = [_moments(column, weights) for column in zip(*rows, strict=True)]
    return tuple([mean for mean, _ in pairs]), tuple([scale for _, scale in pairs])


def _moments(column: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    if min(column) == max(column):
        return column[0], 1.0
    n = math.fsum(weights)
    try:
        mean = math.fsum([w * x for w, x in zip(weights, column, strict=True)]) / n
    except OverflowError:
        mean = math.fsum([w / n * x for w, x in zip(weights, column, strict=True)])
    apart = max([abs(x - mean) for x in column])
    if apart == math.inf:
        raise ArgumentError(
            f"numbers as far apart as {min(column):g} and {max(column):g} have no "
            "standard deviation that a float can hold"
        )
    squares = [w * ((x - mean) / apart) ** 2 for w, x in zip(weights, column, strict=True)]
    return mean, apart * math.sqrt(math.fsum(squares) / n)


def _binary(schema: Schema, labels: list[Any], loss: str, n_out: int) -> Schema:
    if n_out > 1 or isinstance(labels[0], list):
        _check_width(labels, n_out)
        return schema
    if all(is_number(v) and 0.0 <= v <= 1.0 for v in labels):
        if any(v not in (0, 1) for v in labels):
            return schema  # shares between 0 and 1
        pair = (False, True) if all(isinstance(v, bool) for v in labels) else (0, 1)
        return replace(schema, classes=pair, encoding="binary")
    classes = _distinct(labels)
    if len(classes) != 2:
        remedy = f"cross_entropy, with {len(classes)} outputs," if len(classes) > 2 else "two kinds"
        raise ArgumentError(
            f"{loss} tells two classes apart, but y has {len(classes)}: "
            f"{shown([repr(c) for c in classes])}; it takes {remedy} instead"
        )
    return replace(schema, classes=classes, encoding="binary")


def _many(schema: Schema, labels: list[Any], loss: str, n_out: int) -> Schema:
    if n_out == 1:
        raise ArgumentError(
            f"{loss} needs one output for each class, but the network has one output: give its "
            f"last layer as many neurons as there are classes, or use binary_{loss}"
        )
    if isinstance(labels[0], list):
        _check_width(labels, n_out)
        return replace(schema, classes=tuple(range(n_out)))
    classes = _distinct(labels)
    if all(is_number(c) and c in range(n_out) for c in classes):
        classes = tuple(range(n_out))
    if len(classes) != n_out:
        raise ArgumentError(
            f"y has {len(classes)} classes, {shown([repr(c) for c in classes])}, but the network "
            f"has {n_out} outputs: {loss} needs one for each class"
        )
    return replace(schema, classes=classes, encoding="index")


def _squared(schema: Schema, labels: list[Any], loss: str | None, n_out: int) -> Schema:
    if isinstance(labels[0], list) or not any(isinstance(v, (str, bool)) for v in labels):
        _check_width(labels, n_out)
        return schema
    classes = _distinct(labels)
    if loss is None or len(classes) != max(2, n_out):
        raise ArgumentError(
            f"y[0] is {labels[0]!r}, not a number: for classes use loss='binary_cross_entropy' "
            "(one output) or 'cross_entropy' (one output for each class); for numbers convert y"
        )
    return replace(schema, classes=classes, encoding="binary" if n_out == 1 else "one_hot")


def _check_width(labels: list[Any], n_out: int) -> None:
    for i, v in enumerate(labels):
        n = len(numbers_in(v, f"y[{i}]"))
        if n != n_out:
            raise ArgumentError(
                f"y[{i}] has {n} {'number' if n == 1 else 'numbers'}, but the network has "
                f"{n_out} {'output' if n_out == 1 else 'outputs'}"
            )


def _distinct(labels: list[Any]) -> tuple[Any, ...]:
    try:
        classes = set(labels)
    except TypeError:
        raise ArgumentError("y mixes rows of numbers with single labels") from None
    return tuple(sorted(classes, key=lambda c: (isinstance(c, str), type(c).__name__, c)))


def _standardized(row: Row, means: Row, scales: Row) -> Row:
    return tuple([(x - m) / s for x, m, s in zip(row, means, scales, strict=True)])
