"""A person's Dask collections as partitions: pieces of X, y and weights that belong together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import dask

from autograd.errors import ArgumentError, ArgumentTypeError
from nn.data.reading import columns_of

__all__ = ["Table", "is_dask", "table_of"]


class Table:
    """Partitions that can be computed again: for each the triple (X, y, weights), delayed.

    Where y is None the target is a column of X.

    `names` are the columns' names and `target` that of y, where there are any.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Any, Any, Any]],
        names: tuple[str, ...] | None,
        target: str | None,
        weighs: bool,
    ):
        self.parts = list(parts)
        self.names, self.target, self.weighs = names, target, weighs

    def __len__(self) -> int:
        return len(self.parts)

    def each(self, client: Any, function: Callable[..., Any], *settings: Any) -> list[Any]:
        """`function(number, X, y, weights, *settings)` of every partition, computed on the workers.

        Raises what the function raises.
        """
        tasks = [self.task(k, function, *settings) for k in range(len(self.parts))]
        answers: list[Any] = client.gather(client.compute(tasks))
        return answers

    def task(self, number: int, function: Callable[..., Any], *settings: Any) -> Any:
        """The same of one partition, delayed."""
        return dask.delayed(function, pure=False)(number, *self.parts[number], *settings)

    @property
    def in_memory(self) -> bool:
        """Whether the cluster holds the partitions already, as after `persist()`."""
        from distributed import Future

        return any(
            isinstance(value, Future)
            for part in self.parts
            for x in part
            if x is not None
            for value in dict(x.__dask_graph__()).values()
        )


def is_dask(x: Any) -> bool:
    """Whether this is one of Dask's collections."""
    return bool(dask.is_dask_collection(x))


def table_of(X: Any, y: Any, weights: Any, what: str = "") -> Table:
    """The partitions of X, y (and weights, if any).

    y may be the name of a column of X. Arrays are cut by rows, as X is. Raises TypeError for what
    is no collection of Dask, ValueError where pieces do not belong together.
    """
    target: str | None = y if isinstance(y, str) else None
    if target is not None:
        y = None
    for name, x in (("X", X), ("y", y), ("sample_weight", weights)):
        if x is not None and not is_dask(x):
            raise ArgumentTypeError(
                f"with a client {what}{name} is a dask array or dataframe, not "
                f"{type(x).__name__}: make one by dask.array.from_array or "
                "dask.dataframe.from_pandas"
            )
    if _is_array(X):
        if X.ndim != 2:
            raise ArgumentError(f"{what}X has {X.ndim} dimensions: it has one row an example")
        X = X.rechunk({1: -1})
        y, weights = _aligned(y, X), _aligned(weights, X)
    given = [x for x in (X, y, weights) if x is not None]
    pieces = [_pieces(x, True) for x in given]
    if len({len(each) for each in pieces}) > 1:  # Dask may have fused some of one's partitions
        pieces = [_pieces(x, False) for x in given]
    for others in pieces[1:]:
        if len(others) != len(pieces[0]):
            raise ArgumentError(
                f"{what}X has {len(pieces[0])} partitions, but y or the weights {len(others)}: cut "
                "them alike"
            )
    nothing = [None] * len(pieces[0])
    if target is not None:
        pieces.insert(1, nothing)
    if weights is None:
        pieces.append(nothing)
    names = None if _is_array(X) else columns_of(X)
    if target is None:
        label = None if _is_array(y) else getattr(y, "name", None)
        target = None if label is None else str(label)
    elif names is None or target not in names:
        raise ArgumentError(f"X has no column {target!r}, the target")
    else:
        names = tuple([n for n in names if n != target])
    return Table(list(zip(*pieces, strict=True)), names, target, weights is not None)


def _is_array(x: Any) -> bool:
    return hasattr(x, "chunks") and hasattr(x, "rechunk")


def _aligned(x: Any, X: Any) -> Any:
    """The array x cut by rows as X is, where the sizes are known."""
    if x is None or not _is_array(x):
        return x
    known = not any(math.isnan(n) for n in (*x.chunks[0], *X.chunks[0]))
    if known and sum(x.chunks[0]) != sum(X.chunks[0]):
        raise ArgumentError(
            f"X has {sum(X.chunks[0])} rows but y has {sum(x.chunks[0])}: one target a row"
        )
    if x.ndim == 2:
        x = x.rechunk({1: -1})
    return x.rechunk({0: X.chunks[0]}) if known and x.chunks[0] != X.chunks[0] else x


def _pieces(x: Any, optimized: bool) -> list[Any]:
    """The partitions of a collection, delayed."""
    delayed = x.to_delayed(optimize_graph=optimized)
    return list(delayed.ravel()) if hasattr(delayed, "ravel") else list(delayed)
