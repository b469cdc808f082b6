"""What is done to one partition of a table, on the worker that holds it.

A partition is a pair of arrays, or a pandas frame. Its rows become a table of numbers: the inputs,
the columns of the target, and a weight where rows have weights. What is wrong with one is said with
its number, counted from 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError
from nn.data.reading import columns_of, labels_of, rows_of, weights_of
from nn.data.schema import Schema

__all__ = ["Facts", "Packed", "Plan", "class_counts", "facts_of", "numbers_in", "packed"]

Floats = NDArray[np.float64]
_LABELS = 1000  # different targets of a partition that are looked at
_EXAMPLES = 8  # rows of a partition that the client sees


@dataclass(frozen=True)
class Facts:
    """What the client needs to know of a partition before the training."""

    rows: int  # without those of weight 0
    labels: list[Any]  # the different targets, or the smallest and largest of many
    examples: tuple[list[Any], list[Any]]  # a few rows, and their targets
    largest: float  # input, without its sign


@dataclass(frozen=True)
class Plan:
    """How partitions are read: what is known of the data, and which rows are held out.

    `held` has the rows to hold out of each partition, counted among those that have a weight.
    """

    schema: Schema
    inputs: int
    weighs: bool = False
    class_weights: dict[Any, float] | None = None
    held: dict[int, list[int]] = field(default_factory=dict)


class Packed:
    """A partition as tables of numbers: the rows to train on, and those that are held out."""

    def __init__(self, number: int, train: Floats, held: Floats):
        self.number, self.train, self.held = number, train, held
        self.batches: dict[str, Any] = {}  # made ready for a tape, by what they are for

    def __getstate__(self) -> dict[str, Any]:
        return {"number": self.number, "train": self.train, "held": self.held, "batches": {}}


def facts_of(number: int, X: Any, y: Any, weights: Any, inputs: int, schema: Schema) -> Facts:
    """Check a partition, and say what is in it."""
    with _naming(number):
        table, y, weights = _read(X, y, weights, inputs, schema)
        kept = slice(None) if weights is None else weights > 0.0
        table, y = table[kept], y[kept]
        labels, first = _different(y)
        chosen = sorted({*range(min(_EXAMPLES, len(y))), *first[:_EXAMPLES]})
        examples = table[chosen].tolist(), [y[i] for i in chosen]
        return Facts(len(y), labels, examples, float(np.abs(table).max(initial=0.0)))


def packed(number: int, X: Any, y: Any, weights: Any, plan: Plan) -> Packed:
    """The partition as tables of numbers."""
    with _naming(number):
        inputs, y, weights = _kept(X, y, weights, plan)
        columns = [_standardized(inputs, plan.schema), _encoded(y, plan.schema)]
        if plan.weighs:
            columns.append(_weights(y, weights, plan)[:, None])
        table = np.concatenate(columns, axis=1)
        held = np.zeros(len(table), bool)
        held[plan.held.get(number, [])] = True
        return Packed(number, table[~held], table[held])


def numbers_in(number: int, X: Any, y: Any, weights: Any, plan: Plan, targets: bool) -> Floats:
    """The rows to train on as plain numbers, for the means: inputs, weight, perhaps targets."""
    inputs, y, weights = _kept(X, y, weights, plan)
    columns = [inputs, np.ones(len(inputs)) if weights is None else weights]
    if targets:
        columns.append(_encoded(y, plan.schema))
    table = np.column_stack(columns)
    return np.delete(table, plan.held.get(number, []), axis=0)


def class_counts(number: int, X: Any, y: Any, weights: Any, plan: Plan) -> Counter[Any]:
    """How many rows to train on each class has."""
    _, y, _ = _kept(X, y, weights, plan)
    return Counter(np.delete(y, plan.held.get(number, [])).tolist())


def _kept(X: Any, y: Any, weights: Any, plan: Plan) -> tuple[Floats, Any, Any]:
    """Inputs, targets and weights of the rows that have a weight."""
    table, y, weights = _read(X, y, weights, plan.inputs, plan.schema)
    if weights is None:
        return table, y, None
    kept = weights > 0.0
    return table[kept], y[kept], weights[kept]


def _read(X: Any, y: Any, weights: Any, inputs: int, schema: Schema) -> tuple[Floats, Any, Any]:
    """The inputs as a table, the targets as an array, and the weights, if any; checked.

    Without y the target is a column of X.
    """
    names = schema.columns
    if y is None:
        if schema.target not in X.columns:
            raise ArgumentError(f"X has no column {schema.target!r}, the target")
        y = X[schema.target]
    if names is not None:
        columns = columns_of(X) or ()
        missing = [c for c in names if c not in columns]
        if missing:
            raise ArgumentError(f"X has no column {missing[0]!r}, but {', '.join(columns)}")
        X = X.iloc[:, [columns.index(c) for c in names]]
    count = len(X)
    if len(y) != count:
        raise ArgumentError(f"X has {count} rows but y has {len(y)}: one target a row")
    if not count:
        return np.empty((0, inputs)), np.asarray(y), None if weights is None else np.empty(0)
    table = _table(X)
    if table.shape[1] != inputs:
        raise ArgumentError(f"X has {table.shape[1]} columns, but the network {inputs} inputs")
    found_weights = None if weights is None else _column(weights)
    if found_weights is not None:
        found_weights = np.array(weights_of(found_weights, count))
    return table, _column(y), found_weights


def _table(X: Any) -> Floats:
    """Inputs as an array of finite numbers; what is none is told with its place."""
    table = np.asarray(X)
    if table.dtype.kind in "biuf" and table.ndim == 2:
        table = table.astype(np.float64, copy=False)
        if np.isfinite(table).all():
            return table
    return np.array(rows_of(X))


def _column(y: Any) -> Any:
    """Targets as an array, a row of it one target; what is missing is told with its place."""
    column = np.asarray(y)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.dtype.kind in "biu" or (column.dtype.kind == "f" and np.isfinite(column).all()):
        return column
    labels = labels_of(y)
    if any(isinstance(v, list) for v in labels):
        return np.array(labels, np.float64)
    listed = np.empty(len(labels), dtype=object)
    listed[:] = labels
    return listed


def _different(y: Any) -> tuple[list[Any], list[int]]:
    """The different targets (of very many some, with the least and the largest), and where."""
    if y.ndim > 1:
        return y[:_LABELS].tolist(), list(range(min(len(y), _LABELS)))
    if y.dtype.kind == "O":
        where: dict[Any, int] = {}
        for i, label in enumerate(y.tolist()):
            where.setdefault(label, i)
        return list(where), list(where.values())
    labels, first = np.unique(y, return_index=True)
    half = _LABELS // 2
    some = np.r_[: len(labels)] if len(labels) <= _LABELS else np.r_[:half, -half:0]
    return labels[some].tolist(), first[some].tolist()


def _encoded(y: Any, schema: Schema) -> Floats:
    """The columns of the targets, each different one encoded once."""
    if y.ndim > 1 or schema.encoding == "numbers":
        numbers = np.asarray(y, np.float64).reshape(len(y), -1)
        if schema.target_means is not None and schema.target_scales is not None:
            numbers = (numbers - np.array(schema.target_means)) / np.array(schema.target_scales)
        return numbers
    if y.dtype.kind == "O":
        targets = schema.encoded_labels(y.tolist())
        return np.array([schema.target_columns(t) for t in targets])
    labels, inverse = np.unique(y, return_inverse=True)
    targets = schema.encoded_labels(labels.tolist())
    encoded: Floats = np.array([schema.target_columns(t) for t in targets])[inverse.reshape(-1)]
    return encoded


def _standardized(inputs: Floats, schema: Schema) -> Floats:
    """The inputs as the network takes them."""
    if schema.means is None or schema.scales is None:
        return inputs
    standardized: Floats = (inputs - np.array(schema.means)) / np.array(schema.scales)
    return standardized


def _weights(y: Any, weights: Any, plan: Plan) -> Floats:
    """The factor of each row's loss."""
    factors: Floats = np.ones(len(y)) if weights is None else weights
    if plan.class_weights is not None:
        factors = factors * np.array([plan.class_weights[label] for label in y.tolist()])
    return factors


@contextmanager
def _naming(number: int) -> Iterator[None]:
    """Within, an error names the partition."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"partition {number}: {error}") from None
