"""What `fit` does with a person's data before the first step: check, hold out, learn, encode."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from autograd.scalar import whole_number
from nn.data.reading import Row, Target, columns_of, labels_of, name_of, rows_of
from nn.data.schema import Schema, moments, schema_of
from nn.module import Module, numbers_of

__all__ = ["Part", "batch_size_of", "held_out", "prepared"]


@dataclass(frozen=True)
class Part:
    """Rows with their targets, encoded, and the targets as a person reads them."""

    rows: list[Row]
    targets: list[Target]
    truths: Any


def prepared(
    model: Module,
    X: Any,
    y: Any,
    loss: str | None,
    validation: float | tuple[Any, Any] | None,
    seed: int | None,
    standardize: bool,
    standardize_targets: bool,
) -> tuple[Schema, Part, Part | None]:
    """What is known of the data, and the rows to train on and to hold out."""
    rows, labels = rows_of(X), labels_of(y)
    if len(rows) != len(labels):
        raise ValueError(f"X has {len(rows)} rows but y has {len(labels)}: one target a row")
    n_in = getattr(model, "n_in", len(rows[0]))
    if len(rows[0]) != n_in:
        raise ValueError(f"X has {len(rows[0])} columns, but the network {n_in} inputs")
    held = sorted(held_out(validation, len(rows), seed))
    kept = sorted(set(range(len(rows))).difference(held))
    names = Schema(columns=columns_of(X), target=name_of(y))
    if standardize:
        means, scales = moments([rows[i] for i in kept])
        names = replace(names, means=means, scales=scales)
    encoded = names.standardized(rows)
    n_out = len(numbers_of(model(encoded[0])))
    schema = schema_of(names, labels, loss, n_out)
    targets = schema.encoded_labels(labels)
    if standardize_targets:
        if not schema.is_regression:
            raise ValueError("standardize_targets is for targets that are numbers, not classes")
        numbers = [tuple(t) if isinstance(t, list) else (t,) for t in targets]
        centers, spreads = moments([numbers[i] for i in kept])
        schema = replace(schema, target_means=centers, target_scales=spreads)
        targets = schema.encoded_labels(labels)

    def part(which: list[int]) -> Part:
        told = [targets[i] for i in which]
        return Part([encoded[i] for i in which], told, schema.truths(told))

    if isinstance(validation, tuple):
        return schema, part(kept), _given(schema, *validation)
    return schema, part(kept), part(held) if held else None


def _given(schema: Schema, X: Any, y: Any) -> Part:
    """The validation data that a person gives."""
    rows = schema.encoded_rows(X, "the validation X")
    targets = schema.encoded_targets(y, "the validation y")
    if len(rows) != len(targets):
        raise ValueError(
            f"the validation X has {len(rows)} rows but the validation y has {len(targets)}"
        )
    return Part(rows, targets, schema.truths(targets))


def held_out(validation: Any, n: int, seed: int | None) -> set[int]:
    """The rows to hold out for a share of them; none for a pair or None."""
    if validation is None or (isinstance(validation, tuple) and len(validation) == 2):
        return set()
    if not isinstance(validation, float) or not 0.0 < validation < 1.0:
        raise ValueError(
            f"validation is a share of the rows between 0 and 1, or a pair (X, y); "
            f"not {validation!r}"
        )
    count = round(n * validation)
    if not 0 < count < n:
        raise ValueError(f"validation={validation!r} of {n} rows leaves {n - count} to train on")
    return set(random.Random(seed).sample(range(n), count))


def batch_size_of(batch_size: int | str | None, n: int) -> int:
    """The rows of a batch: all of n for None, a default for "auto"."""
    if batch_size is None:
        return n
    if batch_size == "auto":
        return min(32, n)
    size = whole_number("batch_size", batch_size, 1)
    if size > n:
        raise ValueError(
            f"batch_size={batch_size} is more than the {n} rows to train on: give at most {n}, or "
            "None for all rows at once"
        )
    return size
