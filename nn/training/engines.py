"""How an iteration is computed: forward, backward, update. The loop over them is `fit`'s.

An engine has a `Problem` to solve and is asked for iterations. This one builds the graph of each
example anew; whatever else computes the same numbers can stand in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autograd import (
    DomainError,
    PoleError,
    RangeError,
    StepError,
    Value,
    adjoints,
    topological,
)
from autograd.breaks import broken_in
from autograd.errors import ArgumentTypeError
from nn.data.reading import Target
from nn.data.schema import Schema
from nn.metrics import Metric
from nn.module import Module, evaluating, numbers_of
from nn.optimizers import Optimizer
from nn.training.data import Part

__all__ = ["BROKEN", "EagerEngine", "Engine", "Problem"]

BROKEN = (DomainError, PoleError, RangeError)


@dataclass(frozen=True)
class Problem:
    """What training minimises, and how.

    `loss` is of one example: of what the model returns for a row, and its target. A batch's loss
    is the mean of its examples' (or the sum, by `reduction`), each times its weight where there
    are weights, plus the `penalty`, once a batch.
    """

    model: Module
    loss: Callable[[Any, Target], Any]
    reduction: str
    penalty: Callable[[], Value] | None
    part: Part
    optimizer: Optimizer
    schema: Schema

    def share(self, n: int) -> float:
        """The weight of an example's loss in that of a batch of n."""
        return 1.0 / n if self.reduction == "mean" else 1.0

    def metrics_of(
        self, part: Part, outputs: Any, metrics: Mapping[str, Metric]
    ) -> dict[str, float]:
        """Each metric of these outputs for the rows of the part."""
        predictions = self.schema.decided(outputs)
        return {name: float(metric(part.truths, predictions)) for name, metric in metrics.items()}


class Engine(Protocol):
    """What `fit` asks of an engine; `why` says why a slow one does what a faster one could not."""

    name: str
    why: str

    def iterations(self, order: Sequence[int], batch_size: int) -> Iterator[float]:
        """Train on the rows in this order, batch by batch; yield each batch's loss.

        The loss is that before the batch's update. When the iterator ends, raises or is closed,
        the model's parameters hold the numbers of the last finished iteration. Raises StepError
        for a batch that gives a number that is not finite; the batches before it were yielded.
        """
        ...

    def renewed(self, thoroughly: bool) -> Engine:
        """The engine to go on with: asked for after callbacks, and now and then thoroughly.

        What the model or the loss reads apart from Values may have changed meanwhile.
        """
        ...

    def scores(self, part: Any, metrics: Mapping[str, Metric]) -> tuple[float, dict[str, float]]:
        """The mean (or sum) of the examples' losses without the penalty, and each metric.

        The model is in evaluation mode for it. Raises StepError where an output is not finite.
        """
        ...

    def close(self) -> None:
        """Let go of what is held outside this process."""
        ...


class EagerEngine:
    """One graph an example, built by the model's own Python code and freed after its sweep."""

    name = "eager"

    def __init__(self, problem: Problem, why: str = ""):
        self.why = why
        self.problem = problem
        self.parameters = problem.model.parameters()

    def iterations(self, order: Sequence[int], batch_size: int) -> Iterator[float]:
        """See `Engine`."""
        for start in range(0, len(order), batch_size):
            yield self.iteration(order[start : start + batch_size])

    def iteration(self, batch: Sequence[int]) -> float:
        """One iteration on these rows; its loss before the update."""
        for p in self.parameters:
            p.grad = 0.0
        loss = self._add_gradients(batch)
        if self.problem.penalty is not None:
            try:
                penalty = self.problem.penalty()
            except BROKEN as error:
                raise StepError(f"{error} (in the penalty)") from error
            penalty.backward()
            loss += penalty.data
        if not math.isfinite(loss):
            raise StepError(f"the loss, added over the batch, is {loss!r}")
        if not all(math.isfinite(p.grad) for p in self.parameters):
            raise StepError(self._first_bad_gradient(batch))
        try:
            self.problem.optimizer.step(self.parameters)
        except ArithmeticError as error:
            raise StepError(str(error)) from None
        return loss

    def loss(self, i: int) -> Value:
        """The graph of the loss of row i, times its weight."""
        problem, part = self.problem, self.problem.part
        try:
            output = problem.model(part.rows[i])
        except BROKEN as error:
            raise StepError(f"in the network, for row {i} of X, {error}") from error
        try:
            loss = problem.loss(output, part.targets[i])
        except BROKEN as error:
            numbers = [f"{_name(v)} = {v.data:.6g}" for v in values_in(output)[:3]]
            where = f"in the loss of row {i} of X, with {', '.join(numbers)}, {error}"
            raise StepError(where) from error
        if not isinstance(loss, Value):
            raise ArgumentTypeError(
                f"the loss must be a Value made of the model's outputs, not {type(loss).__name__}"
            )
        if not math.isfinite(loss.data):
            bad = next(v for v in topological(loss) if not math.isfinite(v.data))
            raise StepError(f"{_name(bad)} is {bad.data!r} (row {i} of X)")
        return loss if part.weights is None else loss * part.weights[i]

    def _add_gradients(self, batch: Sequence[int]) -> float:
        """The loss of the batch, its gradient added to that of the parameters."""
        share = self.problem.share(len(batch))
        losses = []
        for i in batch:
            loss = self.loss(i)
            (loss if share == 1.0 else loss * share).backward()
            losses.append(loss.data)
        return _sum(losses) * share

    def _first_bad_gradient(self, batch: Sequence[int]) -> str:
        """Which derivative, on the way from the loss back to the parameters, is not finite."""
        for i in batch:
            loss = self.loss(i)
            gradients = adjoints(loss)
            for v in reversed(topological(loss)):
                if not math.isfinite(gradients[v]):
                    bad = f"the derivative by {_name(v)} is {gradients[v]!r} (row {i} of X)"
                    return f"{bad}: it breaks in {broken_in(topological(loss))}"
        p = next(p for p in self.parameters if not math.isfinite(p.grad))
        return f"the gradient of {_name(p)}, added over the batch, is {p.grad!r}"

    def renewed(self, thoroughly: bool) -> Engine:
        """See `Engine`: every graph is new anyway."""
        return self

    def scores(self, part: Part, metrics: Mapping[str, Metric]) -> tuple[float, dict[str, float]]:
        """See `Engine`."""
        losses, outputs = [], []
        with evaluating(self.problem.model):
            for row, target in zip(part.rows, part.targets, strict=True):
                try:
                    output = self.problem.model(row)
                except BROKEN as error:
                    raise StepError(str(error)) from error
                outputs.append(numbers_of(output))
                losses.append(self._loss_or_infinity(output, target))
        if part.weights is not None:
            losses = [x * w for x, w in zip(losses, part.weights, strict=True) if w]
        return _sum(losses) * self.problem.share(len(part)), self.problem.metrics_of(
            part, outputs, metrics
        )

    def close(self) -> None:
        """See `Engine`: nothing is held elsewhere."""

    def _loss_or_infinity(self, output: Any, target: Target) -> float:
        """The loss; infinite where it is past what a float can hold, as −log 0 is."""
        try:
            return float(self.problem.loss(output, target))
        except BROKEN:
            return math.inf


def values_in(output: Any) -> list[Value]:
    """What a model returned for one row, as a list."""
    return list(output) if isinstance(output, (list, tuple)) else [output]


def _name(v: Value) -> str:
    return v.label or (f"the result of '{v.op}'" if v.op else "an unnamed parameter")


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except OverflowError:
        return math.inf
