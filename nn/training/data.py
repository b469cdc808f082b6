"""What `fit` does with a person's data before the first step: check, hold out, learn, encode."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.scalar import whole_number
from nn.data.reading import Row, Target, columns_of, labels_of, name_of, rows_of, shown, weights_of
from nn.data.schema import Schema, moments, outputs_for, schema_of
from nn.module import Module, numbers_of
from nn.settings import number

__all__ = ["Part", "batch_size_of", "held_out", "prepared", "scaled", "weights_of_classes"]


class Rows(Protocol):
    """Rows to train on or to judge by, in this process or on a cluster."""

    @property
    def largest(self) -> float:
        """The largest input, without its sign."""

    def __len__(self) -> int: ...

    def order(self) -> list[int]:
        """What an epoch takes one after another, by number."""

    @property
    def example(self) -> Part:
        """Rows that are in this process: all of them, or some."""


@dataclass(frozen=True)
class Part:
    """Rows with their targets, encoded, and the targets as a person reads them.

    `weights` are factors of the rows' losses; None where there are none.
    """

    rows: list[Row]
    targets: list[Target]
    truths: Any
    weights: list[float] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def order(self) -> list[int]:
        """What an epoch takes one after another."""
        return list(range(len(self.rows)))

    @property
    def example(self) -> Part:
        """See `Rows`."""
        return self

    @property
    def largest(self) -> float:
        """The largest input, without its sign."""
        return max(abs(x) for row in self.rows for x in row)


def prepared(
    model: Module,
    X: Any,
    y: Any,
    loss: str | None,
    validation: float | tuple[Any, ...] | None,
    seed: int | None,
    standardize: bool,
    standardize_targets: bool,
    sample_weight: Any = None,
    class_weight: str | Mapping[Any, float] | None = None,
    known: Schema | None = None,
) -> tuple[Schema, Part, Part | None]:
    """What is known of the data, and the rows to train on and to hold out.

    `known` is what was learnt from earlier data, and holds for these too.
    """
    names = known or Schema(columns=columns_of(X), target=name_of(y))
    rows, labels = rows_of(names.in_order(X, "X")), labels_of(y)
    if len(rows) != len(labels):
        raise ArgumentError(f"X has {len(rows)} rows but y has {len(labels)}: one target a row")
    n_in = getattr(model, "n_in", len(rows[0]))
    if len(rows[0]) != n_in:
        raise ArgumentError(f"X has {len(rows[0])} columns, but the network {n_in} inputs")
    weights = None if sample_weight is None else weights_of(sample_weight, len(rows))
    there = [i for i in range(len(rows)) if weights is None or weights[i]]
    if not there:
        raise ArgumentError("every row has the weight 0: there is nothing to learn from")
    held = sorted([there[k] for k in held_out(validation, len(there), seed)])
    kept = sorted(set(there).difference(held))
    told = [weights[i] for i in kept] if weights is not None else None
    if standardize and names.means is None:
        means, scales = moments([rows[i] for i in kept], told)
        names = replace(names, means=means, scales=scales)
    encoded = names.standardized(rows)
    n_out = len(numbers_of(model(encoded[0])))
    schema = schema_of(names, labels, loss, n_out) if known is None else _still(names, loss)
    targets = schema.encoded_labels(labels)
    if standardize_targets and schema.target_means is None:
        if not schema.is_regression:
            raise ArgumentError("standardize_targets is for targets that are numbers, not classes")
        numbers = [tuple(t) if isinstance(t, list) else (t,) for t in targets]
        centers, spreads = moments([numbers[i] for i in kept], told)
        schema = replace(schema, target_means=centers, target_scales=spreads)
        targets = schema.encoded_labels(labels)
    if class_weight is not None:
        counts = Counter([_class(labels[i]) for i in kept])
        factors = weights_of_classes(class_weight, schema, counts)
        weights = [
            w * factors[_class(label)]
            for w, label in zip(weights or [1.0] * len(rows), labels, strict=True)
        ]

    def part(which: list[int]) -> Part:
        told = [targets[i] for i in which]
        return Part(
            [encoded[i] for i in which],
            told,
            schema.truths(told),
            None if weights is None else [weights[i] for i in which],
        )

    if isinstance(validation, tuple):
        return schema, part(kept), _given(schema, *validation)
    return schema, part(kept), part(held) if held else None


def _still(known: Schema, loss: str | None) -> Schema:
    """What is known from an earlier training, if it was one by a loss of the same kind."""
    if known.outputs != outputs_for(loss):
        raise ArgumentError(
            f"the model was trained to outputs that are {known.outputs}, and this loss takes them "
            f"for {outputs_for(loss)}: train it by the same kind of loss, or without warm_start"
        )
    return known


def weights_of_classes(
    given: str | Mapping[Any, float], schema: Schema, counts: Mapping[Any, int]
) -> dict[Any, float]:
    """The weight of each class: as given (1 for others), or for "balanced" n / (classes · count).

    `counts` are the rows of each class that occurs. Raises ValueError or TypeError for what is no
    weight, for a class that is unknown, and where the targets are no classes.
    """
    if schema.classes is None or schema.encoding == "numbers":
        raise ArgumentError("class_weight is for targets that are classes, and these are none")
    if isinstance(given, str) and given == "balanced":
        whole = sum(counts.values())
        return {
            c: whole / (len(counts) * counts[c]) if c in counts else 0.0 for c in schema.classes
        }
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(
            f'class_weight is "balanced" or a mapping from classes to weights, not {given!r}'
        )
    unknown = [c for c in given if c not in schema.classes]
    if unknown:
        raise ArgumentError(
            f"class_weight names {unknown[0]!r}, which is no class of y; "
            f"its classes are {shown([repr(c) for c in schema.classes])}"
        )
    return {c: number(f"class_weight[{c!r}]", given.get(c, 1.0)) for c in schema.classes}


def _class(label: Any) -> Any:
    """A label as what can be counted."""
    return tuple(label) if isinstance(label, list) else label


def scaled(part: Part) -> Part:
    """The part with weights of mean 1, so that a mean of weighted losses is the weighted mean."""
    if part.weights is None:
        return part
    whole = math.fsum(part.weights)
    if not 0.0 < whole < math.inf:
        raise ArgumentError(f"the weights of the rows add up to {whole!r}: they have no mean")
    return replace(part, weights=[w * len(part) / whole for w in part.weights])


def _given(schema: Schema, X: Any, y: Any, sample_weight: Any = None) -> Part:
    """The validation data that a person gives."""
    rows = schema.encoded_rows(X, "the validation X")
    targets = schema.encoded_targets(y, "the validation y")
    if len(rows) != len(targets):
        raise ArgumentError(
            f"the validation X has {len(rows)} rows but the validation y has {len(targets)}"
        )
    weights = None
    if sample_weight is not None:
        weights = weights_of(sample_weight, len(rows), "the validation weights")
        there = [i for i, w in enumerate(weights) if w]
        rows, targets = [rows[i] for i in there], [targets[i] for i in there]
        weights = [weights[i] for i in there]
    return Part(rows, targets, schema.truths(targets), weights)


def held_out(validation: Any, n: int, seed: int | None) -> set[int]:
    """The rows to hold out for a share of them; none for a pair or None."""
    if validation is None or (isinstance(validation, tuple) and len(validation) in (2, 3)):
        return set()
    if not isinstance(validation, float) or not 0.0 < validation < 1.0:
        raise ArgumentError(
            f"validation is a share of the rows between 0 and 1, or a pair (X, y); "
            f"not {validation!r}"
        )
    count = round(n * validation)
    if not 0 < count < n:
        raise ArgumentError(f"validation={validation!r} of {n} rows leaves {n - count} to train on")
    return set(random.Random(seed).sample(range(n), count))


def batch_size_of(batch_size: int | str | None, n: int) -> int:
    """The rows of a batch: all of n for None, a default for "auto"."""
    if batch_size is None:
        return n
    if batch_size == "auto":
        return min(32, n)
    size = whole_number("batch_size", batch_size, 1)
    if size > n:
        raise ArgumentError(
            f"batch_size={batch_size} is more than the {n} rows to train on: give at most {n}, or "
            "None for all rows at once"
        )
    return size
