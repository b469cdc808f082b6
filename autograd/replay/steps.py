"""Steps of training: which rows, at which learning rate; and what an optimiser must be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from autograd.errors import ArgumentError
from autograd.scalar import whole_number
from autograd.update import UpdateRule


class OptimizerLike(Protocol):
    """What `Tape.train` needs of an optimiser; those of `nn` are such."""

    rate: float

    def rule(self) -> UpdateRule:
        """The update rule."""

    def start_epoch(self, epoch: int) -> None:
        """Set `rate` to the learning rate of this epoch."""


class Steps:
    """Steps of training in the order in which they are taken.

    Step k takes the rows order[starts[k]:starts[k + 1]], all rows where there is no order, at the
    learning rate rates[k]; where several tapes share the steps, it is the turn of tape part[k].
    """

    __slots__ = ("order", "part", "rates", "starts")

    def __init__(self, rates: Any, order: Any = None, starts: Any = None, part: Any = None):
        self.rates = np.array(rates, np.float64)
        self.part = None if part is None else np.array(part, np.int64)
        self.order = None if order is None else np.array(order, np.int64)
        self.starts = None if starts is None else np.array(starts, np.int64)

    def __len__(self) -> int:
        return len(self.rates)

    def check(self, rows: int) -> None:
        """Raise ValueError where a step takes no row, or one that is not among so many."""
        if self.order is None or self.starts is None:
            return
        inside = self.order.ndim == 1 and bool(((self.order >= 0) & (self.order < rows)).all())
        starts = self.starts
        if not inside or starts.shape != (len(self) + 1,) or not (np.diff(starts) > 0).all():
            raise ArgumentError(f"the steps take rows that are not among the {rows} of the batch")
        if starts[0] < 0 or starts[-1] > len(self.order):
            raise ArgumentError("the steps go past the end of the order of rows")

    def part_of(self, k: int) -> int:
        """The tape whose turn step k is."""
        return 0 if self.part is None else int(self.part[k])

    def rows(self, k: int) -> Any:
        """The rows of step k, as an index."""
        if self.order is None or self.starts is None:
            return slice(None)
        return self.order[self.starts[k] : self.starts[k + 1]]

    def one_row_each(self, rows: int) -> bool:
        """Whether every step takes a single one of so many rows."""
        if self.order is None or self.starts is None:
            return rows == 1
        return bool(len(self.starts) - 1 == self.starts[-1] - self.starts[0])

    def after(self, k: int) -> Steps:
        """The steps from k on."""
        rest = Steps.__new__(Steps)
        rest.rates, rest.order = self.rates[k:], self.order
        rest.starts = None if self.starts is None else self.starts[k:]
        rest.part = None if self.part is None else self.part[k:]
        return rest


def epochs(
    rows: int, batch_size: int | None, iterations: int, optimizer: OptimizerLike, seed: int | None
) -> Iterator[Steps]:
    """The steps of each epoch; with a constant rate and all rows, all in one."""
    if batch_size is not None:
        batch_size = whole_number("batch_size", batch_size, 1)
    if batch_size is not None and batch_size > rows:
        raise ArgumentError(
            f"batch_size is from 1 to the {rows} rows there are, not {batch_size!r}"
        )
    generator = np.random.default_rng(seed)
    constant = not callable(getattr(optimizer, "learning_rate", None))
    done = epoch = 0
    while done < iterations:
        optimizer.start_epoch(epoch)
        epoch += 1
        if batch_size is None:
            count = iterations - done if constant else 1
            yield Steps(np.full(count, optimizer.rate))
        else:
            count = min(-(-rows // batch_size), iterations - done)
            starts = [min(k * batch_size, rows) for k in range(count + 1)]
            order = generator.permutation(rows)
            yield Steps(np.full(count, optimizer.rate), order, starts)
        done += count


class Descent:
    """Plain gradient descent at one learning rate, θ ← θ − ηg; `nn` has richer optimisers."""

    def __init__(self, rate: float):
        self.rate = float(rate)
        if not 0.0 <= self.rate < math.inf:
            raise ArgumentError(f"a learning rate is a number of at least 0, not {rate!r}")

    def rule(self) -> UpdateRule:
        """The update rule."""
        return UpdateRule()

    def start_epoch(self, epoch: int) -> None:
        """The same rate in every epoch."""
