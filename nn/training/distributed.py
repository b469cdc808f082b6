"""Training where the rows are: `fit` with the client of a Dask cluster.

The loop over epochs is `fit`'s own, and so are schema, optimiser, penalty and early stopping; what
is asked of the workers are sums over partitions. They are added in the partitions' order, so that
neither the number of workers nor who answers first changes a number.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import dask
import dask.array
import numpy as np

from autograd import StepError
from autograd.errors import ArgumentError
from autograd.replay import record
from autograd.replay.leaves import get_data
from nn.data.schema import Schema, schema_of
from nn.distributed.cluster import Holders, check_client
from nn.distributed.partitions import Facts, Plan, class_counts, facts_of, numbers_in
from nn.distributed.tables import Table, table_of
from nn.distributed.worker import Broken, Moments, Piece, Recipe, Scores
from nn.errors import UnrecordableError
from nn.metrics import METRICS, Metric, r2_of
from nn.module import Module, numbers_of
from nn.training.data import Part, held_out, weights_of_classes
from nn.training.engines import Engine, Problem
from nn.training.replay import ReplayEngine

__all__ = ["DistributedEngine", "DistributedPart", "prepared_on"]

_SMALL_TABLE = 8  # bytes of a number


@dataclass
class DistributedPart:
    """Rows on the cluster: how many each partition has, and some of them as an example.

    `which` are the rows of a partition: those to "train" on, or those "held" out.
    """

    holders: Holders
    which: str
    counts: dict[int, int]
    example: Part
    largest: float

    def __len__(self) -> int:
        return sum(self.counts.values())

    def order(self) -> list[int]:
        """The partitions that have rows, by number."""
        return [n for n, count in self.counts.items() if count]


def prepared_on(
    client: Any,
    model: Module,
    X: Any,
    y: Any,
    loss: str | None,
    validation: float | tuple[Any, ...] | None,
    seed: int | None,
    standardize: bool,
    standardize_targets: bool,
    sample_weight: Any,
    class_weight: str | Mapping[Any, float] | None,
    known: Schema | None,
) -> tuple[Schema, DistributedPart, DistributedPart | None]:
    """What is known of the data on the cluster, and the rows to train on and to hold out."""
    check_client(client)
    table = table_of(X, y, sample_weight)
    inputs = getattr(model, "n_in", None) or len(table.names or range(X.shape[1]))
    names = known or Schema(columns=table.names, target=table.target)
    facts: list[Facts] = table.each(client, facts_of, inputs, names)
    counts = {n: f.rows for n, f in enumerate(facts) if f.rows}
    if not counts:
        raise ArgumentError("X is empty: there is nothing to learn from")
    if known is None:
        labels = _all_labels(facts)
        n_out = len(numbers_of(model(facts[next(iter(counts))].examples[0][0])))
        names = schema_of(names, labels, loss, n_out)
    plan = Plan(names, inputs, sample_weight is not None or class_weight is not None)
    plan = replace(plan, held=_held(validation, counts, seed))
    if standardize_targets and not names.is_regression:
        raise ArgumentError("standardize_targets is for targets that are numbers, not classes")
    outputs = len(np.atleast_1d(facts[next(iter(counts))].labels[0])) if standardize_targets else 0
    plan = _standardizing(client, table, list(counts), plan, standardize, outputs)
    if class_weight is not None:
        counted: Counter[Any] = sum(_on(client, table, list(counts), class_counts, plan), Counter())
        plan = replace(plan, class_weights=weights_of_classes(class_weight, plan.schema, counted))
    example = _example(facts, plan)
    largest = max(f.largest for f in facts)

    def part(table: Table, counts: dict[int, int], plan: Plan) -> DistributedPart:
        width = inputs + len(plan.schema.target_columns(example.targets[0])) + plan.weighs
        nbytes = _SMALL_TABLE * width * sum(counts.values())
        holders = Holders(client, table, list(counts), plan, nbytes)
        return DistributedPart(holders, "train", counts, example, largest)

    train = part(table, counts, plan)
    train.counts = {n: c - len(plan.held.get(n, [])) for n, c in counts.items()}
    held = None
    if plan.held:
        held = replace(train, which="held", counts={n: len(r) for n, r in plan.held.items()})
    elif isinstance(validation, tuple):
        pieces = [*validation, None][:3]
        given = table_of(pieces[0], pieces[1], pieces[2], "the validation ")
        checked = given.each(client, facts_of, inputs, names)
        rows = {n: f.rows for n, f in enumerate(checked) if f.rows}
        held = part(given, rows, replace(plan, weighs=given.weighs, class_weights=None, held={}))
    return plan.schema, train, held


def _on(client: Any, table: Table, numbers: Sequence[int], function: Any, *settings: Any) -> Any:
    """The function of some partitions, computed on the workers."""
    return client.gather(client.compute([table.task(n, function, *settings) for n in numbers]))


def _all_labels(facts: Sequence[Facts]) -> list[Any]:
    """The different targets of all partitions."""
    labels = [label for f in facts for label in f.labels]
    return labels if isinstance(labels[0], list) else list(dict.fromkeys(labels))


def _held(validation: Any, counts: Mapping[int, int], seed: int | None) -> dict[int, list[int]]:
    """The rows to hold out of each partition: those that one machine would hold out."""
    rows = sorted(held_out(validation, sum(counts.values()), seed))
    held: dict[int, list[int]] = {}
    first = k = 0
    for number, count in counts.items():
        while k < len(rows) and rows[k] < first + count:
            held.setdefault(number, []).append(rows[k] - first)
            k += 1
        first += count
    return held


def _standardizing(
    client: Any, table: Table, numbers: Sequence[int], plan: Plan, inputs: bool, outputs: int
) -> Plan:
    """The plan with means and deviations of the rows to train on, by Dask's reductions.

    Those of the inputs, and of so many columns of targets, where they are not known.
    """
    schema = plan.schema
    inputs = inputs and schema.means is None
    outputs = outputs if schema.target_means is None else 0
    if not inputs and not outputs:
        return plan
    width = plan.inputs + 1 + outputs
    pieces = [
        dask.array.from_delayed(
            table.task(n, numbers_in, plan, outputs > 0), (np.nan, width), np.float64
        )
        for n in numbers
    ]
    rows = dask.array.concatenate(pieces, allow_unknown_chunksizes=True)
    weights = rows[:, plan.inputs : plan.inputs + 1]
    whole, sums, least, most = client.gather(
        client.compute(
            [weights.sum(), (rows * weights).sum(axis=0), rows.min(axis=0), rows.max(axis=0)]
        )
    )
    means = np.where(least == most, least, sums / whole)
    squares = client.compute(((rows - means) ** 2 * weights).sum(axis=0)).result()
    scales = np.where(least == most, 1.0, np.sqrt(squares / whole))
    moments = [(tuple(m.tolist()), tuple(s.tolist())) for m, s in (
        (means[: plan.inputs], scales[: plan.inputs]),
        (means[plan.inputs + 1 :], scales[plan.inputs + 1 :]),
    )]  # fmt: skip
    if inputs:
        schema = replace(schema, means=moments[0][0], scales=moments[0][1])
    if outputs:
        schema = replace(schema, target_means=moments[1][0], target_scales=moments[1][1])
    return replace(plan, schema=schema)


def _example(facts: Sequence[Facts], plan: Plan) -> Part:
    """Some rows of the partitions, to record the tapes with and to hold them against."""
    schema = plan.schema
    rows = [tuple(row) for f in facts for row in f.examples[0]]
    labels = [
        label.tolist() if hasattr(label, "tolist") else label
        for f in facts
        for label in f.examples[1]
    ]
    encoded, targets = schema.standardized(rows), schema.encoded_labels(labels)
    weights = [1.0] * len(rows) if plan.weighs else None
    return Part(encoded, targets, schema.truths(targets), weights)


class DistributedEngine:
    """Computes iterations on the workers of a cluster; see `Engine`.

    An epoch takes the partitions in the given order, and where it `shuffles` the rows of each in a
    seeded one; a batch is that many rows of this sequence.
    """

    name = "replay"
    why = ""

    def __init__(self, problem: Problem, part: DistributedPart, shuffles: bool, seed: int | None):
        self.problem, self.part, self.shuffles = problem, part, shuffles
        self.seed = random.Random(seed).getrandbits(32)
        self.local = ReplayEngine(replace(problem, penalty=None))
        self.parameters = tuple(self.local.eager.parameters)
        self.penalty: Any = None
        if problem.penalty is not None:
            self.penalty = record(problem.penalty, 0, parameters=self.parameters)
        self.epoch = 0
        self.known: list[Holders] = []
        self.scales: dict[int, float] = {}

    # Iterations

    def iterations(self, order: Sequence[int], batch_size: int) -> Iterator[float]:
        """See `Engine`; the order is that of the partitions."""
        self.epoch += 1
        for holders in self.known:
            holders.look()
        for pieces in self._batches(order, batch_size):
            yield self._iteration(pieces)

    def _batches(self, order: Sequence[int], batch_size: int) -> Iterator[dict[int, Piece]]:
        """The pieces of partitions that make up each batch."""
        pieces: dict[int, Piece] = {}
        room = batch_size
        for number in order:
            count, start = self.part.counts[number], 0
            while start < count:
                stop = min(count, start + room)
                pieces[number] = Piece(number, start, stop, stop - start == count)
                room -= stop - start
                start = stop
                if room == 0:
                    yield pieces
                    pieces, room = {}, batch_size
        if pieces:
            yield pieces

    def _iteration(self, pieces: Mapping[int, Piece]) -> float:
        """One iteration on these pieces; its loss before the update."""
        at, epoch = get_data(self.parameters), self.epoch
        answers = self._ask(
            self.part,
            list(pieces),
            lambda holder, numbers: holder.gradients(at, [pieces[n] for n in numbers], epoch),
        )
        rows = sum(piece.stop - piece.start for piece in pieces.values())
        share = self.problem.share(rows) * self._scale(self.part)
        loss, gradient = 0.0, np.zeros(len(at))
        for number in sorted(answers):  # so that the sum does not depend on who answers first
            loss += answers[number].loss
            gradient += answers[number].gradient
        loss, gradient = loss * share, gradient * share
        if self.penalty is not None:
            try:
                value, slopes = self.penalty.value_and_grad()
            except (ArithmeticError, ValueError) as error:
                raise StepError(f"{error} (in the penalty)") from error
            loss, gradient = loss + value, gradient + slopes
        if not math.isfinite(loss):
            raise StepError(f"the loss, added over the batch, is {loss!r}")
        for p, slope in zip(self.parameters, gradient.tolist(), strict=True):
            p.grad = slope
        try:
            self.problem.optimizer.step(self.parameters)
        except ArithmeticError as error:
            raise StepError(str(error)) from None
        return loss

    def scores(self, part: Any, metrics: Mapping[str, Metric]) -> tuple[float, dict[str, float]]:
        """See `Engine`; a metric of a user's own gets all targets and predictions."""
        at = get_data(self.parameters)
        summed = {
            name
            for name, metric in metrics.items()
            if metric is METRICS.get(name) and (name != "r2" or self.problem.schema.is_regression)
        }
        whole = bool(set(metrics) - summed)
        answers = self._ask(
            part,
            part.order(),
            lambda holder, numbers: holder.scores(at, numbers, part.which, whole),
        )
        scores = [answers[n] for n in sorted(answers)]
        loss = math.fsum([s.loss for s in scores])
        return loss * self.problem.share(len(part)) * self._scale(part), {
            name: _summed(name, scores) if name in summed else _whole(metric, scores)
            for name, metric in metrics.items()
        }

    def renewed(self, thoroughly: bool) -> Engine:
        """See `Engine`: the example rows are looked at."""
        recordings = self.local.recordings
        if self.local.renewed(thoroughly) is not self.local:
            raise UnrecordableError(f"workers can only replay: {self.local.eager.why}")
        if self.local.recordings != recordings:
            for holders in self.known:
                holders.send(self._recipe(holders.plan))
        return self

    # What the workers have

    def _ask(self, part: DistributedPart, numbers: Sequence[int], question: Any) -> dict[int, Any]:
        """The answers of the holders of these partitions. Raises StepError for a broken one."""
        if all(holders is not part.holders for holders in self.known):
            part.holders.send(self._recipe(part.holders.plan))
            self.known.append(part.holders)
        answers = part.holders.ask(numbers, question)
        for answer in answers.values():
            if isinstance(answer, Broken):
                raise StepError(f"in partition {answer.partition}: {answer.message}")
        return answers

    def _recipe(self, plan: Plan) -> Recipe:
        local = self.local
        drops = [d.p for d, n in local.dropouts.calls for _ in range(n)]
        return Recipe(local.training, local.evaluation, plan, drops, self.shuffles, self.seed)

    def _scale(self, part: DistributedPart) -> float:
        """What brings the mean of the weights to 1, where a mean is wanted."""
        if not part.holders.plan.weighs or self.problem.reduction == "sum":
            return 1.0
        if id(part) not in self.scales:
            answers = self._ask(
                part, part.order(), lambda holder, numbers: holder.weights(numbers, part.which)
            )
            whole = math.fsum([answers[n].total for n in sorted(answers)])
            if not 0.0 < whole < math.inf:
                raise ArgumentError(
                    f"the weights of the rows add up to {whole!r}: they have no mean"
                )
            self.scales[id(part)] = len(part) / whole
        return self.scales[id(part)]

    def close(self) -> None:
        """See `Engine`: the workers may forget their partitions."""
        for holders in self.known:
            holders.close()


def _summed(name: str, scores: Sequence[Scores]) -> float:
    """A metric from the sums of the partitions."""
    if name == "accuracy":
        return sum(s.right for s in scores) / sum(s.told for s in scores)
    missed = np.sum([s.missed for s in scores if s.missed is not None], axis=0)
    moments: Moments = reduce(add, [s.moments for s in scores if s.moments is not None])
    return r2_of(missed, moments.squares)


def _whole(metric: Metric, scores: Sequence[Scores]) -> float:
    """A metric of all targets and predictions."""
    pairs = [s.pairs for s in scores if s.pairs is not None]
    targets, predictions = [np.concatenate(which) for which in zip(*pairs, strict=True)]
    return float(metric(targets, predictions))
