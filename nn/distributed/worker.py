"""What a worker does in training: it keeps its partitions packed, and answers with sums over them.

A `Holder` is an actor of Dask, one on each worker. It gets the tapes once, and with each question
the parameters. What goes wrong in a partition is an answer, too, so that an error that a question
raises is one of the cluster.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.replay import Batch, Tape
from autograd.replay.leaves import set_data
from nn.data.schema import Schema
from nn.distributed.partitions import Packed, Plan, packed

__all__ = ["Broken", "Gradient", "Holder", "Moments", "Piece", "Recipe", "Scores", "Weight"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """Rows of a partition: those from `start` to `stop` in the order of an epoch, or all."""

    partition: int
    start: int
    stop: int
    whole: bool


@dataclass(frozen=True)
class Recipe:
    """What a worker needs besides its partitions.

    `drops` is for each factor of dropout the share that is dropped. `seed` decides, with the epoch
    and the partition's number, these factors and (where it `shuffles`) the order of the rows.
    """

    training: Tape
    evaluation: Tape
    plan: Plan
    drops: list[float]
    shuffles: bool
    seed: int

    @property
    def schema(self) -> Schema:
        """What is known of the data."""
        return self.plan.schema


@dataclass(frozen=True)
class Gradient:
    """The sum of a piece's losses, and its gradient."""

    partition: int
    loss: float
    gradient: Floats


@dataclass(frozen=True)
class Moments:
    """Of numbers in columns: how many rows, their means, and the squares Σ(y − mean)²."""

    rows: int
    mean: Floats
    squares: Floats

    def __add__(self, other: Moments) -> Moments:
        """Those of all rows (Chan, Golub and LeVeque, 1979)."""
        rows, apart = self.rows + other.rows, other.mean - self.mean
        mean = self.mean + apart * (other.rows / rows)
        between = apart**2 * (self.rows * other.rows / rows)
        return Moments(rows, mean, self.squares + other.squares + between)


@dataclass(frozen=True)
class Scores:
    """What the metrics of a partition are computed from, besides the sum of its losses.

    `right` counts the numbers that are predicted exactly, of so many `told`; `missed` is Σ(y − ŷ)²
    of each column. `pairs` are targets and predictions themselves, for metrics of a user's own.
    """

    partition: int
    loss: float
    right: int
    told: int
    missed: Floats | None
    moments: Moments | None
    pairs: tuple[Any, Any] | None


@dataclass(frozen=True)
class Weight:
    """The sum of the weights of a partition's rows."""

    partition: int
    total: float


@dataclass(frozen=True)
class Broken:
    """What went wrong in a partition."""

    partition: int
    message: str


class Holder:
    """Partitions on one worker, each packed once; or their recipes, to be read again.

    `recipe` and `sources` are pickled: a `Recipe`, and for each partition that is not `held` what
    computes its X, y and weights by Dask on this worker. Of those one at a time is kept.
    """

    def __init__(self, recipe: bytes, held: Sequence[Packed], sources: bytes, threads: int):
        self.recipe: Recipe = pickle.loads(recipe)
        self.recipe.training.threads = self.recipe.evaluation.threads = threads
        self.held = {p.number: p for p in held}
        self.sources: dict[int, Any] = pickle.loads(sources)
        self.last: Packed | None = None
        self.drawn: tuple[tuple[int, int], Any] | None = None

    def gradients(self, at: Floats, pieces: Sequence[Piece], epoch: int) -> list[Gradient | Broken]:
        """The sums of losses and of gradients over each piece."""
        gradients: list[Gradient | Broken] = []
        for piece in pieces:
            try:
                batch = self._batch(self._packed(piece.partition), piece, epoch)
                loss, gradient = self.recipe.training.value_and_grad(batch, at=at, reduction="sum")
            except (ArithmeticError, TypeError, ValueError) as error:
                return [Broken(piece.partition, str(error))]
            gradients.append(Gradient(piece.partition, float(loss), gradient))
        return gradients

    def weights(self, numbers: Sequence[int], which: str) -> list[Weight]:
        """The sum of the weights of each of these partitions."""
        return [Weight(n, float(self._table(self._packed(n), which)[:, -1].sum())) for n in numbers]

    def scores(
        self, at: Floats, numbers: Sequence[int], which: str, with_pairs: bool
    ) -> list[Scores | Broken]:
        """What the metrics of these partitions are computed from."""
        tape = self.recipe.evaluation
        set_data(tape.parameters, at)
        scores: list[Scores | Broken] = []
        for number in numbers:
            try:
                packed = self._packed(number)
                scores.append(self._scored(packed, which, with_pairs))
            except (ArithmeticError, TypeError, ValueError) as error:
                return [Broken(number, str(error))]
        return scores

    def _scored(self, packed: Packed, which: str, with_pairs: bool) -> Scores:
        schema, plan = self.recipe.schema, self.recipe.plan
        outputs = self.recipe.evaluation(self._ready(packed, which))
        table = self._table(packed, which)
        losses = outputs[:, 0]
        if plan.weighs:
            losses = losses * table[:, -1]
        last = table.shape[1] - plan.weighs
        truths = schema.truths_in(table[:, plan.inputs : last])
        predictions = schema.decided(outputs[:, 1:])
        right, missed, moments = int((truths == predictions).sum()), None, None
        if schema.is_regression:
            ys = truths.reshape(len(truths), -1)
            missed = np.square(ys - predictions.reshape(ys.shape)).sum(axis=0)
            apart = ys - ys[0]  # so that equal targets are exactly 0 apart
            mean = apart.mean(axis=0)
            moments = Moments(len(ys), ys[0] + mean, np.square(apart - mean).sum(axis=0))
        pairs = (truths, predictions) if with_pairs else None
        loss = float(losses.sum())
        return Scores(packed.number, loss, right, truths.size, missed, moments, pairs)

    # Partitions

    def _packed(self, number: int) -> Packed:
        """The partition, read again where it is not kept."""
        if number in self.held:
            return self.held[number]
        if self.last is None or self.last.number != number:
            import dask

            self.last = None  # so that only one is in memory
            X, y, weights = dask.compute(*self.sources[number], scheduler="synchronous")
            self.last = packed(number, X, y, weights, self.recipe.plan)
        return self.last

    @staticmethod
    def _table(packed: Packed, which: str) -> Floats:
        """The rows of a partition to train on, or those that are held out."""
        return packed.train if which == "train" else packed.held

    def _ready(self, packed: Packed, which: str) -> Batch:
        """The rows of a partition made ready for the evaluation."""
        if which not in packed.batches:
            table = self._table(packed, which)
            columns = table.shape[1] - self.recipe.plan.weighs
            packed.batches[which] = self.recipe.evaluation.prepare(table[:, :columns])
        batch: Batch = packed.batches[which]
        return batch

    def _batch(self, packed: Packed, piece: Piece, epoch: int) -> Batch:
        """The rows of a piece made ready for the training."""
        recipe = self.recipe
        if piece.whole and not recipe.drops:
            if "gradient" not in packed.batches:
                packed.batches["gradient"] = recipe.training.prepare(packed.train)
            batch: Batch = packed.batches["gradient"]
            return batch
        order, factors = self._drawn(packed, epoch)
        rows = order[piece.start : piece.stop]
        return recipe.training.prepare(np.column_stack([packed.train[rows], factors[rows]]))

    def _drawn(self, packed: Packed, epoch: int) -> tuple[Any, Any]:
        """The order of the partition's rows in this epoch, and its factors of dropout."""
        key = packed.number, epoch
        if self.drawn is None or self.drawn[0] != key:
            n, drops = len(packed.train), np.array(self.recipe.drops)
            order = np.arange(n)
            generator = np.random.default_rng([self.recipe.seed, epoch, packed.number])
            if self.recipe.shuffles:
                generator.shuffle(order)
            kept = generator.random((n, len(drops))) >= drops
            self.drawn = key, (order, kept / (1.0 - drops))
        order, factors = self.drawn[1]
        return order, factors
