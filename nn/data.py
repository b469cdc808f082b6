"""From a person's table to the rows and targets of a network, and back to their own classes.

Tables are lists of rows, NumPy arrays or pandas frames. What is wrong with one is said with the
place where it is, as `X[3][0]`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

from autograd import sigmoid, softmax
from autograd.scalar import as_float

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Row", "Schema", "Target", "rows_of"]

Row = tuple[float, ...]
Target = float | int | list[float]
"""What a loss takes for one example: a number, the number of a class, or a row of numbers."""

_FEW = 6  # classes shown in a message


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
    encoding: Literal["numbers", "binary", "index", "one_hot"] = "numbers"
    outputs: Literal["numbers", "probabilities", "logits"] = "numbers"

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
            raise ValueError(
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
            raise ValueError(
                f"{name} has no column {missing[0]!r}, to which the model was fitted; "
                f"its columns are {shown(names)}"
            )
        return X.iloc[:, [names.index(c) for c in self.columns]]

    def encoded_targets(self, y: Any, name: str = "y") -> list[Target]:
        """The targets as the loss takes them. Raises ValueError for a label that is unknown."""
        values = labels_of(y, name)
        if self.encoding == "numbers":
            rows = [_numbers(v, f"{name}[{i}]") for i, v in enumerate(values)]
            if self.target_means is not None and self.target_scales is not None:
                rows = [_standardized(r, self.target_means, self.target_scales) for r in rows]
            return [r[0] if len(r) == 1 else list(r) for r in rows]
        classes = self.classes or ()
        numbers = {c: k for k, c in enumerate(classes)}
        found: list[Target] = []
        for i, v in enumerate(values):
            k = numbers.get(v) if not isinstance(v, list) else None
            if k is None:
                raise ValueError(
                    f"{name}[{i}] is {v!r}, a class unknown to the model; "
                    f"it knows {shown([repr(c) for c in classes])}"
                )
            found.append([float(k == c) for c in numbers.values()] if self._one_hot else k)
        return found

    @property
    def _one_hot(self) -> bool:
        return self.encoding == "one_hot"

    def decided(
        self, outputs: Sequence[Sequence[float]], threshold: float = 0.5
    ) -> np.ndarray[Any, Any]:
        """The predictions that these outputs are: an array of classes, or of numbers."""
        import numpy as np

        if self.is_regression:
            return np.array(self._in_units(outputs))
        if self.classes is None:  # several yes-or-no questions, or shares between 0 and 1
            ps = self._shares(outputs, sigmoid)
            answers = [[int(p >= threshold) for p in row] for row in ps]
            return np.array([row[0] if len(row) == 1 else row for row in answers])
        if len(outputs[0]) == 1:
            ks = [int(p[0] >= threshold) for p in self._shares(outputs, sigmoid)]
        else:
            ks = [max(range(len(row)), key=row.__getitem__) for row in outputs]
        return self._named(ks)

    def truths(self, targets: Sequence[Target]) -> np.ndarray[Any, Any]:
        """Encoded targets back as an array of classes, or of numbers."""
        import numpy as np

        rows = [t if isinstance(t, list) else [t] for t in targets]
        if self.is_regression:
            return np.array(self._in_units(rows))
        if self.classes is None:
            return np.array([r[0] if len(r) == 1 else r for r in rows])
        if len(rows[0]) == 1:
            return self._named([int(r[0]) for r in rows])
        return self._named([max(range(len(r)), key=r.__getitem__) for r in rows])

    def _named(self, numbers: Sequence[int]) -> np.ndarray[Any, Any]:
        import numpy as np

        classes = self.classes or ()
        if len({type(c) for c in classes}) > 1 or isinstance(classes[0], tuple):
            found = np.empty(len(numbers), dtype=object)
            found[:] = [classes[k] for k in numbers]
            return found
        return np.array([classes[k] for k in numbers])

    def _in_units(self, rows: Sequence[Sequence[float]]) -> list[Any]:
        """Outputs of a regression in the units of y."""
        if self.target_means is not None and self.target_scales is not None:
            pairs = list(zip(self.target_means, self.target_scales, strict=True))
            rows = [[v * s + m for v, (m, s) in zip(row, pairs, strict=True)] for row in rows]
        return [row[0] if len(row) == 1 else list(row) for row in rows]

    def probabilities(self, outputs: Sequence[Sequence[float]]) -> np.ndarray[Any, Any]:
        """The probability of each class, one row an example."""
        import numpy as np

        if self.outputs == "numbers":
            raise ValueError(
                "the model's outputs are no probabilities: fit it with a cross-entropy loss, such "
                'as loss="binary_cross_entropy", or use predict(X)'
            )
        if len(outputs[0]) == 1:
            return np.array([[1.0 - p, p] for (p,) in self._shares(outputs, sigmoid)])
        if self.classes is None:
            return np.array(self._shares(outputs, sigmoid))
        return np.array([softmax(r) if self.outputs == "logits" else list(r) for r in outputs])

    def _shares(self, outputs: Sequence[Sequence[float]], function: Any) -> list[list[float]]:
        if self.outputs != "logits":
            return [list(row) for row in outputs]
        return [[function(z) for z in row] for row in outputs]


# Learning a schema


def schema_of(labels: list[Any], loss: str | None, n_out: int) -> Schema:
    """What these targets are for a loss of this name (None for a user's own): classes or numbers.

    Raises ValueError or TypeError for targets that the loss or the network cannot take.
    """
    outputs: Any = "logits" if loss and loss.endswith("logits") else "probabilities"
    if loss and loss.startswith("binary"):
        return _binary(Schema(outputs=outputs), labels, loss, n_out)
    if loss and loss.startswith("cross"):
        return _many(Schema(outputs=outputs), labels, loss, n_out)
    return _squared(Schema(), labels, loss, n_out)


def moments(rows: Sequence[Row]) -> tuple[Row, Row]:
    """Mean and standard deviation of each column; a column of one value keeps the scale 1.

    >>> moments([(1.0, 5.0), (3.0, 5.0)])
    ((2.0, 5.0), (1.0, 1.0))
    """
    means, scales = [], []
    for column in zip(*rows, strict=True):
        mean = math.fsum(column) / len(column)
        variance = math.fsum([(x - mean) ** 2 for x in column]) / len(column)
        means.append(mean)
        scales.append(math.sqrt(variance) or 1.0)
    return tuple(means), tuple(scales)


def _binary(schema: Schema, labels: list[Any], loss: str, n_out: int) -> Schema:
    if n_out > 1 or isinstance(labels[0], list):
        _check_width(labels, n_out)
        return schema
    if all(_is_number(v) and 0.0 <= v <= 1.0 for v in labels):
        if any(v not in (0, 1) for v in labels):
            return schema  # shares between 0 and 1
        pair = (False, True) if all(isinstance(v, bool) for v in labels) else (0, 1)
        return replace(schema, classes=pair, encoding="binary")
    classes = _distinct(labels)
    if len(classes) != 2:
        remedy = f"cross_entropy, with {len(classes)} outputs," if len(classes) > 2 else "two kinds"
        raise ValueError(
            f"{loss} tells two classes apart, but y has {len(classes)}: "
            f"{shown([repr(c) for c in classes])}; it takes {remedy} instead"
        )
    return replace(schema, classes=classes, encoding="binary")


def _many(schema: Schema, labels: list[Any], loss: str, n_out: int) -> Schema:
    if n_out == 1:
        raise ValueError(
            f"{loss} needs one output for each class, but the network has one output: give its "
            f"last layer as many neurons as there are classes, or use binary_{loss}"
        )
    if isinstance(labels[0], list):
        _check_width(labels, n_out)
        return replace(schema, classes=tuple(range(n_out)))
    classes = _distinct(labels)
    if all(_is_number(c) and c in range(n_out) for c in classes):
        classes = tuple(range(n_out))
    if len(classes) != n_out:
        raise ValueError(
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
        raise ValueError(
            f"y[0] is {labels[0]!r}, not a number: for classes use loss='binary_cross_entropy' "
            "(one output) or 'cross_entropy' (one output for each class); for numbers convert y"
        )
    return replace(schema, classes=classes, encoding="binary" if n_out == 1 else "one_hot")


def _check_width(labels: list[Any], n_out: int) -> None:
    for i, v in enumerate(labels):
        n = len(_numbers(v, f"y[{i}]"))
        if n != n_out:
            raise ValueError(
                f"y[{i}] has {n} {'number' if n == 1 else 'numbers'}, but the network has "
                f"{n_out} {'output' if n_out == 1 else 'outputs'}"
            )


def _distinct(labels: list[Any]) -> tuple[Any, ...]:
    try:
        found = set(labels)
    except TypeError:
        raise ValueError("y mixes rows of numbers with single labels") from None
    return tuple(sorted(found, key=lambda c: (isinstance(c, str), type(c).__name__, c)))


def _standardized(row: Row, means: Row, scales: Row) -> Row:
    return tuple([(x - m) / s for x, m, s in zip(row, means, scales, strict=True)])


# Reading tables


def rows_of(X: Any, name: str = "X") -> list[Row]:
    """The rows of a table as tuples of floats, all of one length.

    Raises TypeError or ValueError, with the place, for anything that is no finite number.

    >>> rows_of([[1, 2], [3, "n/a"]])
    Traceback (most recent call last):
    TypeError: X[1][1] is the text 'n/a': inputs are numbers; leave the column out or encode it
    """
    names = columns_of(X)
    rows = _listed(X.itertuples(index=False, name=None) if names is not None else X, name)
    found = []
    for i, row in enumerate(rows):
        cells = _plain(row)
        if not isinstance(cells, (list, tuple)):
            raise TypeError(
                f"{name}[{i}] is {_short(cells)}, not a row: {name} has one row an example, and a "
                f"row lists its inputs; for one input a row write [[x] for x in {name}]"
            )
        found.append(tuple([_cell(x, f"{name}[{i}][{j}]", names, j) for j, x in enumerate(cells)]))
    width = len(found[0])
    for i, cells in enumerate(found):
        if len(cells) != width or width == 0:
            raise ValueError(f"{name}[{i}] has {len(cells)} numbers, but {name}[0] has {width}")
    return found


def labels_of(y: Any, name: str = "y") -> list[Any]:
    """The targets as plain numbers, texts, or lists of numbers; one an example."""
    names = columns_of(y)
    rows = _listed(y.itertuples(index=False, name=None) if names is not None else y, name)
    found = []
    for i, target in enumerate(rows):
        v = _plain(target)
        if isinstance(v, (list, tuple)):
            v = [_plain(x) for x in v] if len(v) != 1 else _plain(v[0])
        if _is_missing(v):
            raise ValueError(f"{name}[{i}] is missing ({v!r}): leave that row out")
        found.append(v)
    return found


def columns_of(X: Any) -> tuple[str, ...] | None:
    """The names of a frame's columns; None for what is no frame."""
    if hasattr(X, "columns") and hasattr(X, "itertuples"):
        return tuple([str(c) for c in X.columns])
    return None


def shown(names: Iterable[str]) -> str:
    """A few of the names, for a message."""
    names = list(names)
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def name_of(y: Any) -> str | None:
    """The name of a column of targets, where it has one."""
    names = columns_of(y)
    if names is not None:
        return names[0] if len(names) == 1 else None
    name = getattr(y, "name", None)
    return None if name is None else str(name)


def _listed(X: Any, name: str) -> list[Any]:
    if isinstance(X, (str, bytes, dict)) or not hasattr(X, "__iter__"):
        raise TypeError(
            f"{name} is {_short(X)}: give a list of rows, a NumPy array or a pandas frame"
        )
    if getattr(X, "ndim", 1) == 0:
        raise TypeError(f"{name} is a single number, not a table")
    found = list(X.tolist() if hasattr(X, "tolist") else X)
    if not found:
        raise ValueError(f"{name} is empty: there is nothing to learn from")
    return found


def _plain(x: Any) -> Any:
    """An array or NumPy scalar as a plain list or number."""
    return x.tolist() if hasattr(x, "tolist") else x


def _cell(x: Any, place: str, names: tuple[str, ...] | None, j: int) -> float:
    x = _plain(x)
    if names is not None:
        place = f"{place} (column {names[j]!r})"
    if isinstance(x, (str, bytes)):
        raise TypeError(
            f"{place} is the text {x!r}: inputs are numbers; leave the column out or encode it"
        )
    if _is_missing(x):
        raise ValueError(f"{place} is missing ({x!r}): fill the gap or leave the row out")
    if not isinstance(x, Real):
        raise TypeError(f"{place} is {_short(x)}, not a plain number")
    number = as_float(x, place)
    if not math.isfinite(number):
        raise ValueError(f"{place} is {number!r}, not a finite number")
    return number


def _numbers(v: Any, place: str) -> Row:
    return tuple([_cell(x, place, None, 0) for x in (v if isinstance(v, list) else [v])])


def _is_number(v: Any) -> bool:
    return isinstance(v, Real)


def _is_missing(v: Any) -> bool:
    return v is None or type(v).__name__ in ("NAType", "NaTType") or (_is_number(v) and v != v)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:37]}..."
