"""`fit`: the loop over epochs and mini-batches, with all that training on real data needs.

The words are the notes': one *iteration* is a forward and a backward pass over one batch, with the
update that follows; an *epoch* is one pass over all the data, items / batch size iterations.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

from autograd import StepError
from nn import losses
from nn.data.reading import Target
from nn.data.schema import Schema
from nn.errors import DivergenceError, UnrecordableError
from nn.layers import Dropout
from nn.metrics import METRICS, Metric
from nn.module import Module, write_data
from nn.optimizers import Optimizer, optimizer_of
from nn.training.engines import EagerEngine, Engine, Problem
from nn.training.history import History
from nn.training.preparation import Part, batch_size_of, prepared, whole_number
from nn.training.progress import Progress
from nn.training.symmetry import warn_of_symmetry

__all__ = ["Callback", "EarlyStopping", "fit"]

Callback: TypeAlias = Callable[[Module, History], Any]
"""Called after every epoch; what it returns, if true, ends the training."""


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when `monitor` has not improved by more than `min_delta` for `patience` epochs.

    `monitor` is a column of the history; by default the validation loss, or the loss where there
    is no validation. Losses should fall, metrics rise. With `restore_best` the model gets back the
    parameters of its best epoch.
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: str | None = None
    restore_best: bool = True

    def __post_init__(self) -> None:
        whole_number("patience", self.patience, 1)


@dataclass
class _Watch:
    """Early stopping at work: the best epoch so far and its parameters."""

    rule: EarlyStopping
    column: str
    best: float = math.inf
    epoch: int = 0
    kept: list[float] = field(default_factory=list)

    def is_over(self, model: Module, history: History) -> bool:
        now = history[self.column][-1]
        cost = now if self.column.endswith("loss") else -now
        if cost < self.best - (self.rule.min_delta if self.epoch else 0.0):
            self.best, self.epoch = cost, len(history)
            self.kept = [p.data for p in model.parameters()]
        return len(history) - self.epoch >= self.rule.patience

    def restore(self, model: Module) -> None:
        if self.rule.restore_best and self.kept:
            write_data(model.parameters(), self.kept)


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any] = "mean_squared_error",
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int | Literal["auto"] | None = "auto",
    shuffle: bool = True,
    validation: float | tuple[Any, Any] | None = None,
    seed: int | None = None,
    standardize: bool = False,
    standardize_targets: bool = False,
    reduction: str = "mean",
    l1: float = 0.0,
    l2: float = 0.0,
    metrics: Sequence[str | Metric] | None = None,
    early_stopping: int | EarlyStopping | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    engine: Literal["auto", "replay", "eager"] = "auto",
) -> History:
    """Train the model on the rows of X and the targets y, and return what happened.

    Data: X has one row an example, y one target a row (a number, a class of any kind, or a row of
    numbers); lists, NumPy arrays or pandas frames. `validation` is a share of the rows to hold
    out, or a pair (X, y). `standardize` brings every input to mean 0 and deviation 1, by the
    training rows; the model keeps the means and applies them in `predict` (and
    `standardize_targets` does the same to the targets of a regression). Classes are kept as well.

    Iterations: a batch of `batch_size` rows gives one gradient and one update. None takes all rows
    at once (the full batch), 1 is note N3's stochastic rule, "auto" 32 or all where there are
    fewer; the last batch of an epoch may be smaller. With `shuffle` every epoch takes the rows in
    a new order, drawn from `seed`, which also decides the held-out rows and dropout.

    Loss: a name or function of `nn.losses`, or a function (output, target) -> Value of one
    example. Examples are averaged, or added with reduction="sum". `l1` and `l2` add that much of
    Σ|w| and Σw² over all weights, without the biases. `metrics` are "accuracy", "r2" or functions
    (targets, predictions) -> number; by default accuracy for classes, R² for numbers.

    `early_stopping` is a patience in epochs or an `EarlyStopping`. `callbacks` are functions of
    the model and the history; a true answer ends the training. The optimiser starts afresh.
    Ctrl-C ends the training and returns the history so far. Afterwards the model is in evaluation
    mode.

    The graph of an example is recorded once and replayed at machine speed. Where that cannot be, as
    with a branch of Python code that depends on the numbers, it is built anew for every example, a
    hundred times slower; `history.engine` and the printed history say so, and why. engine="replay"
    makes it an error, and engine="eager" the rule. Numbers are the same up to rounding.

    Raises ValueError or TypeError for data and settings that cannot be right, with the place, and
    DivergenceError where a number is no longer finite: the parameters are then those of the last
    good step.

    >>> import nn
    >>> model = nn.MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], optimizer=nn.SGD(0.1),
    ...               epochs=200, batch_size=1, seed=0, progress=False)
    >>> model.predict([[10.0]]).round(6).tolist()
    [21.0]
    """
    _check_settings(model, callbacks, seed, reduction, engine)
    optimizer = optimizer_of(optimizer)
    whole_number("epochs", epochs, 1)
    name = losses.loss_name(loss)
    schema, train, held = prepared(
        model, X, y, name, validation, seed, standardize, standardize_targets
    )
    batch_size = batch_size_of(batch_size, len(train.rows))
    chosen = _metrics(metrics, schema, train)
    watch = _watch(early_stopping, chosen, held is not None)
    _check_outputs(model, name)
    penalty = _penalty(model, l1, l2)
    warn_of_symmetry(model)

    model.schema = schema
    loss_of_one = _loss(loss, name, reduction)
    computing = _engine(
        engine,
        Problem(model, loss_of_one, reduction, penalty, train.rows, train.targets, optimizer),
    )
    run = _Run(model, computing, optimizer, schema, train, held, chosen, reduction)
    run.history.engine = computing.name
    optimizer.reset()
    _seed_dropout(model, seed)
    with Progress(epochs, math.ceil(len(train.rows) / batch_size), progress) as bar:
        run.train(epochs, batch_size, shuffle, seed, watch, callbacks, bar)
    return run.history


@dataclass
class _Run:
    """One training: the loop, and what it has come to."""

    model: Module
    engine: Engine
    optimizer: Optimizer
    schema: Schema
    train_part: Part
    held: Part | None
    metrics: dict[str, Metric]
    reduction: str
    history: History = field(default_factory=History)
    epoch: int = 0
    batch: int = 0

    def train(
        self,
        epochs: int,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        watch: _Watch | None,
        callbacks: Sequence[Callback],
        bar: Progress,
    ) -> None:
        """Epoch after epoch, until the last or a reason to stop."""
        generator = random.Random(seed)
        order = list(range(len(self.train_part.rows)))
        shuffle = shuffle and batch_size < len(order)  # one batch is the same in any order
        self.model.train()
        try:
            for self.epoch in range(1, epochs + 1):
                if shuffle:
                    generator.shuffle(order)
                self.optimizer.start_epoch(self.epoch - 1)
                loss = self._epoch(order, batch_size, bar)
                self.history.add(self._numbers(loss))
                bar.epoch(self.epoch, self.history.last)
                if callbacks and self._stops(callbacks):
                    self.history.stopped = f"a callback stopped after epoch {self.epoch}"
                    break
                if watch is not None and watch.is_over(self.model, self.history):
                    self.history.stopped = (
                        f"stopped early after epoch {self.epoch}: {watch.column} was best in epoch "
                        f"{watch.epoch}"
                    )
                    break
            if watch is not None:
                watch.restore(self.model)
        except StepError as error:
            raise self._divergence(error) from error
        except KeyboardInterrupt:
            self.history.stopped = f"interrupted in epoch {self.epoch}, batch {self.batch}"
        finally:
            self.model.eval()

    def _stops(self, callbacks: Sequence[Callback]) -> bool:
        """Whether a callback ends the training; all of them are called."""
        answers = [callback(self.model, self.history) for callback in callbacks]
        self.model.train()
        return any(answers)

    def _epoch(self, order: Sequence[int], batch_size: int, bar: Progress) -> float:
        """One pass over all the data; the epoch's loss."""
        self.batch = 1
        found: list[float] = []
        for loss in self.engine.iterations(order, batch_size):
            found.append(loss)
            self.history.iterations += 1
            self.batch += 1
            bar.iteration()
        if self.reduction == "sum":
            return math.fsum(found)
        n = len(order)
        sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
        return math.fsum([loss * size / n for loss, size in zip(found, sizes, strict=True)])

    def _numbers(self, loss: float) -> dict[str, float]:
        """The numbers of the epoch that has just ended."""
        numbers = {"loss": loss}
        if self.metrics:
            numbers |= self._scores(self.train_part, "")[1]
        if self.held is not None:
            numbers["val_loss"], scores = self._scores(self.held, "val_")
            numbers |= scores
        return numbers | {"learning_rate": self.optimizer.rate}

    def _scores(self, part: Part, prefix: str) -> tuple[float, dict[str, float]]:
        loss, outputs = self.engine.evaluate(part.rows, part.targets)
        predictions = self.schema.decided(outputs)
        scores = {prefix + k: float(f(part.truths, predictions)) for k, f in self.metrics.items()}
        return loss, scores

    def _divergence(self, error: StepError) -> DivergenceError:
        rows = self.train_part.rows
        largest = max(abs(x) for row in rows for x in row)
        advice = [f"a learning rate lower than {self.optimizer.rate:g}"]
        if self.optimizer.clip_norm is None:
            advice.append("clip_norm=1.0 in the optimiser")
        if self.schema.means is None and largest > 3.0:
            advice.insert(0, f"standardize=True (the inputs reach {largest:g})")
        if "log" in str(error):
            advice.insert(0, "the same loss with_logits and a linear output")
        return DivergenceError(
            f"training diverged in epoch {self.epoch}, batch {self.batch}: {error}. The parameters "
            f"are those before that step. Try {', or '.join(advice)}.",
            self.epoch,
            self.batch,
            self.history,
        )


# Checks of the settings, all before the first step


def _engine(name: str, problem: Problem) -> Engine:
    """The engine of that name; of "auto" the eager one where the problem cannot be recorded."""
    engine = EagerEngine(problem)
    if name == "eager":
        return engine
    from nn.training.replay import ReplayEngine

    try:
        return ReplayEngine(problem)
    except UnrecordableError as reason:
        if name == "replay":
            raise UnrecordableError(
                f"this training cannot be replayed, only engine='eager': {reason}"
            ) from reason
        engine.name = f"eager ({reason})"
    return engine


def _check_settings(model: Any, callbacks: Any, seed: Any, reduction: Any, engine: Any) -> None:
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, such as nn.MLP(2, [4, 1]), not {model!r}")
    if not model.parameters():
        raise ValueError(f"{model!r} has no parameters to train")
    for name, p in model.named_parameters():
        if not math.isfinite(p.data):
            raise ValueError(f"the parameter {p.label or name} is {p.data!r} before the first step")
    if not isinstance(callbacks, (list, tuple)):
        raise TypeError("callbacks are a list of functions of the model and the history")
    if seed is not None and not isinstance(seed, int):
        raise TypeError(f"seed must be a whole number or None, not {seed!r}")
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean' or 'sum', not {reduction!r}")
    if engine not in ("auto", "replay", "eager"):
        raise ValueError(f"engine is 'auto', 'replay' or 'eager', not {engine!r}")


def _metrics(given: Sequence[str | Metric] | None, schema: Schema, part: Part) -> dict[str, Metric]:
    if given is None:
        if schema.is_regression:
            return {"r2": METRICS["r2"]}
        shares = schema.classes is None and any(t not in (0, 1) for t in part.truths.flat)
        return {} if shares else {"accuracy": METRICS["accuracy"]}
    found: dict[str, Metric] = {}
    for metric in given:
        if isinstance(metric, str):
            if metric not in METRICS:
                raise ValueError(f"no metric is called {metric!r}; known are {', '.join(METRICS)}")
            found[metric] = METRICS[metric]
        else:
            found[getattr(metric, "__name__", "metric")] = metric
    return found


def _watch(
    given: int | EarlyStopping | None, metrics: dict[str, Metric], validates: bool
) -> _Watch | None:
    if given is None:
        return None
    rule = given if isinstance(given, EarlyStopping) else EarlyStopping(given)
    column = rule.monitor or ("val_loss" if validates else "loss")
    names = ["loss", *metrics]
    known = names + ["val_" + n for n in names] * validates
    if column not in known:
        raise ValueError(f"early stopping monitors one of {', '.join(known)}; not {column!r}")
    return _Watch(rule, column)


def _check_outputs(model: Module, loss: str | None) -> None:
    """A loss of logits after a sigmoid or softmax would squash twice, silently."""
    layers = getattr(model, "layers", [model])
    last = layers[-1] if layers else model
    activation = getattr(last, "activation_name", None)
    if loss and loss.endswith("with_logits") and activation in ("sigmoid", "softmax"):
        plain = loss.removesuffix("_with_logits")
        raise ValueError(
            f"{loss} applies the {activation} itself, but the network's output has it already: use "
            f"loss={plain!r}, or output='linear'"
        )


def _loss(loss: Any, name: str | None, reduction: str) -> Callable[[Any, Target], Any]:
    return loss if name is None else partial(losses.LOSSES[name], reduction=reduction)


def _penalty(model: Module, l1: float, l2: float) -> Callable[[], Any] | None:
    """The penalty on all weights, as a function of nothing: it is computed once a batch."""
    weights = [p for name, p in model.named_parameters() if name.rsplit(".", 1)[-1] != "bias"]
    terms = [
        partial(penalty, weights, strength)
        for penalty, strength in ((losses.l1_penalty, l1), (losses.l2_penalty, l2))
        if strength != 0.0
    ]
    for term in terms:
        term()  # a strength out of range is an error now, not in the first batch
    return (lambda: sum([term() for term in terms])) if terms else None


def _seed_dropout(model: Module, seed: int | None) -> None:
    if seed is not None:
        dropouts = [m for m in model.modules() if isinstance(m, Dropout)]
        generator = random.Random(seed)
        for dropout in dropouts:
            dropout.seed(generator.getrandbits(32))
