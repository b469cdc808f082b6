"""The engine behind `fit`: an example's graph recorded once, replayed on batches at machine speed.

It computes what `EagerEngine` does. Where a model or a loss cannot be recorded it says so at the
start (`UnrecordableError`); a step that meets a number that is not finite is given to the eager
engine, which finds out what went wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np

from autograd import StepError, Value, topological
from autograd.errors import ArgumentTypeError, GraphError
from autograd.replay import Batch, Steps, record
from autograd.replay.leaves import swap_grad
from autograd.replay.reach import values_of
from autograd.update import UpdateRule
from nn.errors import UnrecordableError
from nn.layers import Dropout
from nn.losses import PROBABILITIES, Choice, Shares
from nn.metrics import Metric
from nn.optimizers import Optimizer
from nn.training.data import Part
from nn.training.engines import BROKEN, EagerEngine, Engine, Problem, values_in
from nn.training.surroundings import Surroundings

__all__ = ["ReplayEngine"]

_CHECKED = 16  # rows on which a new tape is held against the eager engine
_TOLERANCE = 1e-9
_CHANGE = 1e-6  # of a loss or a gradient, relative: more than rounding
_MOST_RECORDINGS = 4  # of one training: a fifth would be followed by a sixth
_LOOKED_AT = 3  # more rows, with different targets, where something has changed
_STRIDE = 7919  # a prime: from check to check another row
_CHANGING = (
    "the loss or the model reads numbers that change during training, and not as Values: make them "
    "inputs of the model, or Values among its attributes"
)


class ReplayEngine:
    """Computes iterations on tapes; see `Engine`.

    A row of the batch holds an example's inputs, its target (a class as a row with a 1), in
    training also its weight where there are weights, the factors of dropout, and the penalty's
    share where losses are added. So many `threads` share the rows of a batch; None leaves that to
    the tapes.
    """

    name = "replay"
    why = ""

    def __init__(self, problem: Problem, threads: int | None = None):
        self.problem, self.threads = problem, threads
        self.eager = EagerEngine(problem)
        self.rule = _rule_of(problem.optimizer)  # read again for every epoch
        self.dropouts = _Dropouts([m for m in problem.model.modules() if isinstance(m, Dropout)])
        self.targets = _Targets(problem)
        self.tables: dict[int, tuple[Part, Any]] = {}  # by the part's id; it is kept with them
        self.batches: dict[tuple[int, bool], Batch] = {}
        self.has_weights = problem.part.weights is not None
        self.adds_penalty = problem.penalty is not None and problem.reduction == "sum"
        self.state = np.zeros((2, len(self.eager.parameters)))
        self.different = list({repr(t): i for i, t in enumerate(problem.part.targets)}.values())
        self.recordings = self.checks = 0
        self._record()
        self._look_around()

    @property
    def inputs(self) -> int:
        """How many inputs the model takes."""
        return len(self.problem.part.rows[0])

    @property
    def width(self) -> int:
        """How many columns an example has that stay the same from epoch to epoch."""
        return self.inputs + self.targets.width + self.has_weights

    # What is recorded

    def _record(self) -> None:
        """Make both tapes, as the model and the loss are now."""
        problem, parameters = self.problem, self.eager.parameters
        self.recordings += 1
        try:
            problem.model.train()
            with self.dropouts.counted():
                problem.model(problem.part.rows[0])
            width = self.width - self.has_weights
            inputs = self.width + self.dropouts.width + self.adds_penalty
            self._refuse_old_nodes(inputs)
            self.training = record(self._training_loss, [inputs], parameters=parameters)
            problem.model.eval()
            self.evaluation = record(self._outputs, [width], parameters=parameters)
            if self.threads is not None:
                self.training.threads = self.evaluation.threads = self.threads
            self._check()
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise UnrecordableError(f"{type(error).__name__}: {error}") from error
        finally:
            problem.model.train()

    def _training_loss(self, row: list[Value]) -> Value:
        n, k = self.inputs, self.targets.width
        with self.dropouts.replaced(row[self.width :]):
            loss: Value = self._loss(self.problem.model(tuple(row[:n])), row[n : n + k])
        if self.has_weights:
            loss = loss * row[n + k]
        if self.problem.penalty is None:
            return loss
        penalty = self.problem.penalty()
        return loss + (penalty * row[-1] if self.adds_penalty else penalty)

    def _outputs(self, row: list[Value]) -> list[Value]:
        n = self.inputs
        output = self.problem.model(tuple(row[:n]))
        return [self._loss(output, row[n:]), *values_in(output)]

    def _loss(self, output: Any, columns: list[Value]) -> Any:
        probabilities = self.problem.schema.outputs == "probabilities"
        if probabilities and not all(p.op in PROBABILITIES for p in values_in(output)):
            raise ArgumentTypeError(
                "probabilities that are no sigmoid and no softmax are checked number by number, "
                "which cannot be recorded"
            )
        return self.problem.loss(output, self.targets.target(columns))

    def _refuse_old_nodes(self, inputs: int) -> None:
        """Nodes made before the training keep their numbers; a tape would compute them anew."""
        made = {v for v in values_of(self.problem.model) if v.op}
        if made:
            loss = self._training_loss([Value(0.5) for _ in range(inputs)])
            for v in made.intersection(topological(loss)):
                raise GraphError(f"{v!r} was made before: make it where the model is called")

    def _check(self) -> None:
        """Hold the tape against the eager loss, on rows with different and with extreme numbers."""
        problem, part = self.problem, self.problem.part
        table = self._table(part)[:, : self.inputs]
        extremes = np.stack([table.argmin(axis=0), table.argmax(axis=0)], axis=1).ravel().tolist()
        chosen = [*self.different[:_CHECKED], *extremes[:_CHECKED]]
        known: dict[int, float] = {}
        for i in chosen:
            with suppress(*BROKEN):  # such a row is for the training to meet
                known[i] = float(problem.loss(problem.model(part.rows[i]), part.targets[i]))
        if not known:
            return
        found = self.evaluation(self._table(part)[list(known)])[:, 0]
        for (i, wanted), loss in zip(known.items(), found.tolist(), strict=True):
            if not math.isclose(loss, wanted, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
                raise GraphError(f"row {i} of X has the loss {wanted!r}, but replayed {loss!r}")

    def _table(self, part: Part) -> Any:
        """The inputs and the target of each row, made once."""
        if id(part) not in self.tables:
            rows = zip(part.rows, part.targets, strict=True)
            columns = self.problem.schema.target_columns
            table = np.array([[*row, *columns(target)] for row, target in rows])
            self.tables[id(part)] = part, table
        return self.tables[id(part)][1]

    def _with_weights(self, part: Part) -> Any:
        """The same with the weights, where there are any."""
        table = self._table(part)
        return table if part.weights is None else np.column_stack([table, part.weights])

    # Whether it still holds

    def renewed(self, thoroughly: bool) -> Engine:
        """See `Engine`: rows are computed eagerly, and the tapes are made anew if one differs.

        After callbacks that is done where something has changed that the model or the loss can
        reach; now and then it is done in any case.
        """
        has_changed = self.surroundings.changed()
        if not (has_changed or thoroughly):
            return self
        i = _STRIDE * self.checks % len(self.problem.part)
        self.checks += 1
        rows = [i, *self.different[:_LOOKED_AT]] if has_changed else [i]
        try:
            if not all(map(self._agrees, rows)):
                if self.recordings == _MOST_RECORDINGS:
                    raise UnrecordableError(_CHANGING)
                self._record()
        except UnrecordableError as reason:
            self.eager.why = str(reason)
            return self.eager
        if self.surroundings.changed():  # by callbacks, or as the model was called
            self._look_around()
        return self

    def _look_around(self) -> None:
        """Remember what the model and the loss can reach now."""
        problem = self.problem
        self.surroundings = Surroundings([problem.model, problem.loss])

    def _agrees(self, i: int) -> bool:
        """Whether the tape has the loss that row i has now, and the gradient."""
        factors = [1.0] * self.dropouts.width
        weights = self.problem.part.weights
        weight = [] if weights is None else [weights[i]]
        columns = self._table(self.problem.part)[i].tolist()
        row = [*columns, *weight, *factors, *[1.0] * self.adds_penalty]
        try:
            with self.dropouts.replaced(factors):
                loss = self.eager.loss(i)
            if self.problem.penalty is not None:
                loss = loss + self.problem.penalty()
            # Twice, as a batch: for one row by itself the tape would make code of its own.
            value, gradient = self.training.value_and_grad([row, row])
        except LookupError:  # other dropouts than were recorded
            return False
        except (*BROKEN, StepError):
            return True  # for the training to meet
        if not math.isclose(value, loss.data, rel_tol=_CHANGE, abs_tol=_TOLERANCE):
            return False
        wanted = self._gradient_of(loss)
        allowed = _CHANGE * np.abs(wanted) + _TOLERANCE * (1.0 + np.abs(wanted).max())
        return bool((np.abs(gradient - wanted) <= allowed).all())

    def _gradient_of(self, loss: Value) -> Any:
        """The gradient of a loss; those of the parameters stay as they were."""
        parameters = tuple(self.eager.parameters)
        numbers = np.zeros(len(parameters))
        swap_grad(parameters, numbers)
        try:
            loss.backward()
        finally:
            swap_grad(parameters, numbers)
        return numbers

    # Iterations

    def iterations(self, order: Sequence[int], batch_size: int) -> Iterator[float]:
        """See `Engine`."""
        optimizer = self.problem.optimizer
        self.rule = _rule_of(optimizer)
        batch = self._batch(order, batch_size)
        starts = [*range(0, len(order), batch_size), len(order)]
        done, count = 0, len(starts) - 1
        whole = count == 1 and len(order) == batch.rows
        self._load(optimizer)
        try:
            while done < count:
                rates = np.full(count - done, optimizer.rate)
                steps = Steps(rates) if whole else Steps(rates, order, starts[done:])
                found = np.empty(len(steps))
                taken = 0
                run = self.training.run(
                    batch, steps, self.rule, self.state, optimizer.steps, found,
                    reduction=self.problem.reduction,
                )  # fmt: skip
                try:
                    for k in run:
                        optimizer.steps += k - taken
                        yield from found[taken:k].tolist()
                        taken = k
                except (ArithmeticError, ValueError):
                    done += taken
                    yield self._by_eager(batch, order[starts[done] : starts[done + 1]])
                    done += 1
                else:
                    done = count
        finally:
            self._save(optimizer)

    def _by_eager(self, batch: Batch, rows: Sequence[int]) -> float:
        """One iteration by the eager engine, with the same factors of dropout."""
        optimizer = self.problem.optimizer
        self._save(optimizer)
        factors = batch.table[rows, self.width : self.width + self.dropouts.width].ravel()
        with self.dropouts.replaced(factors.tolist()):
            loss = self.eager.iteration(rows)
        self._load(optimizer)
        return loss

    def _batch(self, order: Sequence[int], batch_size: int) -> Batch:
        """The rows as this epoch sees them: factors of dropout are drawn in the rows' order."""
        part = self.problem.part
        if not self.dropouts.width and not self.adds_penalty:
            return self._prepared(self.training, part)
        extra = np.empty((len(part), self.dropouts.width + self.adds_penalty))
        for place, i in enumerate(order):
            start = place - place % batch_size
            share = [1.0 / min(batch_size, len(order) - start)] if self.adds_penalty else []
            extra[i] = self.dropouts.draw() + share
        return self.training.prepare(np.concatenate([self._with_weights(part), extra], axis=1))

    def _prepared(self, tape: Any, part: Part) -> Batch:
        """The rows of this part made ready for one of the tapes, once."""
        training = tape is self.training
        batch = self.batches.get((id(part), training))
        if batch is None:
            batch = tape.prepare(self._with_weights(part) if training else self._table(part))
            self.batches[id(part), training] = batch
        return batch

    # The optimiser's memory

    def _load(self, optimizer: Optimizer) -> None:
        self.state[:] = 0.0
        for row, name in zip(self.state, self.rule.memories, strict=False):
            row[:] = optimizer.state.get(name, 0.0)

    def _save(self, optimizer: Optimizer) -> None:
        if optimizer.steps:
            rows = zip(self.rule.memories, self.state, strict=False)
            optimizer.state = {name: row.tolist() for name, row in rows}

    def scores(self, part: Part, metrics: Mapping[str, Metric]) -> tuple[float, dict[str, float]]:
        """See `Engine`."""
        try:
            found = self.evaluation(self._prepared(self.evaluation, part))
        except (ArithmeticError, ValueError):
            return self.eager.scores(part, metrics)
        losses = found[:, 0]
        if part.weights is not None:
            weights = np.array(part.weights)
            losses = losses[weights > 0.0] * weights[weights > 0.0]
        loss = math.fsum(losses.tolist()) * self.problem.share(len(part))
        return loss, self.problem.metrics_of(part, found[:, 1:], metrics)

    def close(self) -> None:
        """See `Engine`: nothing is held elsewhere."""


def _rule_of(optimizer: Optimizer) -> UpdateRule:
    try:
        return optimizer.rule()
    except TypeError as error:
        raise UnrecordableError(str(error)) from error


class _Dropouts:
    """The factors of dropout, as numbers of a batch instead of draws within the graph."""

    def __init__(self, modules: Sequence[Dropout]):
        self.modules = modules
        self.calls: list[tuple[Dropout, int]] = []

    @property
    def width(self) -> int:
        """How many factors an example takes."""
        return sum(n for _, n in self.calls)

    def draw(self) -> list[float]:
        """An example's factors, drawn in the order in which the model asks for them."""
        return [factor for dropout, n in self.calls for factor in dropout.mask(n)]

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Within, every call of a dropout is noted, and no number is drawn."""
        self.calls = []

        def noted(dropout: Dropout, n: int) -> list[float]:
            self.calls.append((dropout, n))
            return [1.0] * n

        with self._taking(noted):
            yield

    @contextmanager
    def replaced(self, factors: Sequence[Any]) -> Iterator[None]:
        """Within, dropouts take these factors one after another."""
        taken = 0

        def following(_: Dropout, n: int) -> Sequence[Any]:
            nonlocal taken
            taken += n
            if taken > len(factors):
                raise LookupError("the model drops more than when it was recorded")
            return factors[taken - n : taken]

        with self._taking(following):
            yield

    @contextmanager
    def _taking(self, source: Callable[[Dropout, int], Sequence[Any]]) -> Iterator[None]:
        before = [dropout.factors for dropout in self.modules]
        for dropout in self.modules:
            dropout.factors = partial(source, dropout)
        try:
            yield
        finally:
            for dropout, factors in zip(self.modules, before, strict=True):
                dropout.factors = factors


class _Targets:
    """Targets as columns of a batch, and columns as the target that the loss takes."""

    def __init__(self, problem: Problem):
        schema, sample = problem.schema, problem.part.targets[0]
        self.is_row = isinstance(sample, list)
        numbers = [x for t in problem.part.targets for x in (t if isinstance(t, list) else [t])]
        certain = schema.encoding == "index" or all(x in (0, 1) for x in numbers)
        self.kind = Choice if certain else Shares
        # The number of a class stands as a row with a 1; so may targets be given.
        self.classes = len(schema.classes or ()) if schema.encoding == "index" else 0
        self.outputs, self.has_classes = schema.outputs, schema.classes is not None
        self.width = self.classes or (len(sample) if isinstance(sample, list) else 1)

    def target(self, columns: list[Value]) -> Any:
        """The target that is in these columns."""
        if self.outputs == "numbers":
            targets: list[Any] = columns
        elif self.classes or (self.is_row and self.has_classes):
            return self.kind(columns)
        else:
            targets = [self.kind((1.0 - t, t)) for t in columns]
        return targets if self.is_row else targets[0]
