"""`fit`: the loop over epochs and mini-batches, with all that training on real data needs.

The words are the notes': one *iteration* is a forward and a backward pass over one batch, with the
update that follows; an *epoch* is one pass over all the data, items / batch size iterations.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from autograd import StepError
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.scalar import whole_number
from nn import losses
from nn.data.reading import without_column
from nn.data.schema import Schema
from nn.errors import DivergenceError, UnrecordableError
from nn.layers import Dropout
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optimizers import Optimizer, optimizer_of
from nn.optional import require
from nn.settings import one_of, registered, truth
from nn.training.callbacks import Callback, Callbacks
from nn.training.data import Part, Rows, batch_size_of, prepared, scaled
from nn.training.early_stopping import EarlyStopping, Watch, watch_of
from nn.training.engines import EagerEngine, Engine, Problem
from nn.training.history import History
from nn.training.live import Live, live_of
from nn.training.progress import Progress, progress_of
from nn.training.symmetry import warn_of_symmetry

__all__ = ["fit"]


def fit(
    model: Module,
    X: Any,
    y: Any = None,
    *,
    target: str | None = None,
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
    metrics: str | Metric | Sequence[str | Metric] | None = None,
    early_stopping: int | EarlyStopping | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    live: bool = False,
    engine: Literal["auto", "replay", "eager"] = "auto",
    sample_weight: Any = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    warm_start: bool = False,
    n_jobs: int | None = None,
    client: Any = None,
) -> History:
    """Train the model on the rows of X and the targets y, and return what happened.

    A batch of rows gives one gradient and one update, an iteration; an epoch takes every row once.
    The optimiser starts afresh, unless `warm_start`. Ctrl-C ends the training and returns the
    history so far. Afterwards the model is in evaluation mode and knows of the data what `predict`
    needs: the classes, the columns' names, the means and scales.

    The graph of an example is recorded once and replayed at machine speed. Where that cannot be, as
    with a branch of Python code that depends on the numbers, it is built anew for every example, a
    hundred times slower; `history.engine` and the printed history say so, and why. Numbers are the
    same up to rounding.

    What the loss or the model reads besides Values (a weight that a callback lowers, an attribute)
    is part of the recording. So callbacks are followed by a look at what holds such numbers: the
    attributes, closures, globals, lists, dicts and arrays that the loss and the model can reach
    (`nn.training.surroundings`). Where one has changed, and in any case after 1, 2, 4, 8, 16 ...
    epochs, the loss and the gradient of a few rows are computed eagerly and compared; where they
    differ the graph is recorded anew, and where that happens again and again the training goes on
    eagerly. What changes out of reach, as in a file, is noticed at the later of these epochs.

    Args:
        model: a `Module`; its call takes one row.
        X: one row an example: lists, a NumPy array or a frame of pandas, polars or others.
        y: one target a row: a number, a class of any kind, or a row of numbers.
        target: in place of y, the name of the column of a frame X that holds the targets.
        loss: the name or function of a loss of `nn.losses`, or a function (output, target) ->
            Value of one example.
        optimizer: one of nn's, such as `nn.SGD(0.1)`, or its name.
        epochs: how often every row is taken.
        batch_size: rows of an iteration; the last of an epoch may have fewer. None takes all rows
            at once (the full batch), 1 is note N3's stochastic rule, "auto" 32 or all where there
            are fewer.
        shuffle: whether every epoch takes the rows in a new order.
        validation: a share of the rows to hold out, or a pair (X, y), or (X, y, weights).
        seed: decides the order of the rows, the held-out rows and dropout.
        standardize: whether to bring every input to mean 0 and deviation 1, by the training rows.
        standardize_targets: whether to do the same to the targets of a regression.
        reduction: "mean" or "sum" of the examples of a batch.
        l1: strength of the penalty Σ|w| over all weights, without the biases.
        l2: strength of the penalty Σw².
        metrics: "accuracy", "r2", functions (targets, predictions) -> number, or a list of them;
            by default accuracy for classes, R² for numbers.
        early_stopping: a patience in epochs, or an `EarlyStopping`.
        callbacks: functions of the model and the history, called after every epoch, or objects
            with the methods of Keras' callbacks; see `nn.training.callbacks`, with writers for
            TensorBoard and MLflow. A true answer ends the training.
        progress: whether to show how far the training is: a bar in a notebook and on a terminal;
            in a log, where standard error is a file or a pipe, a line every ten seconds or so.
        live: whether to draw the loss and, of two inputs and classes, the decision regions while it
            trains: in a notebook, some twice a second and for a fifth of the time at most, with
            matplotlib. Elsewhere a warning says that there is nothing to draw on.
        engine: "auto" as above; with "replay" what cannot be replayed is an error, with "eager"
            nothing is.
        sample_weight: s_r, one a row from 0 on, a factor of the row's loss. A batch's loss is then
            the mean of s_r · loss_r, with the s_r brought to the mean 1 over all rows (as they are,
            with reduction="sum"). A weight 2 is as the same row twice in a full batch, 0 as no row.
            Standardising weighs the rows likewise, metrics do not.
        class_weight: the same by class: a mapping, 1 for classes that it leaves out, or "balanced":
            n / (classes · rows of the class). Weights of both kinds are multiplied.
        warm_start: whether to go on from an earlier training of this model: the optimiser keeps its
            memory and counts its steps and epochs on, and what was learnt of the data (classes,
            means and scales) stays as it was. So chunks of data can follow one another.
        n_jobs: threads that share the rows of a batch, -1 for all processors; by default as many
            as `Tape.threads`. It changes no number. Only replay has more than one.
        client: a `dask.distributed.Client`, to train where the rows are; X and y are then Dask's
            arrays, or X a dataframe with a target, and "auto" batches are full. See
            `nn.distributed`.

    Raises:
        TypeError, ValueError: data or settings that cannot be right, with the place.
        DivergenceError: a number is no longer finite; the parameters are those of the last good
            step.
        ClusterError: the client or all workers are lost; the parameters likewise.

    >>> import nn
    >>> model = nn.MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], optimizer=nn.SGD(0.1),
    ...               epochs=200, batch_size=1, seed=0, progress=False)
    >>> model.predict([[10.0]]).round(6).tolist()
    [21.0]
    """
    _check_model(model)
    for name, setting in (
        ("shuffle", shuffle),
        ("standardize", standardize),
        ("standardize_targets", standardize_targets),
        ("progress", progress),
        ("live", live),
        ("warm_start", warm_start),
    ):
        truth(name, setting)
    one_of("reduction", reduction, ("mean", "sum"))
    one_of("engine", engine, ("auto", "replay", "eager"))
    epochs = whole_number("epochs", epochs, 1)
    seed = None if seed is None else whole_number("seed", seed)
    called = Callbacks(callbacks)
    optimizer = optimizer_of(optimizer)
    loss_name = losses.loss_name(loss)
    if (y is None) == (target is None):
        raise ArgumentTypeError(
            "fit takes targets as y, or as target, the name of a column of X; not both"
        )
    if target is not None:
        X, y = without_column(X, target) if client is None else (X, target)
    threads = _threads(n_jobs)
    _check_memory(optimizer, model, warm_start)
    given = (
        model, X, y, loss_name, validation, seed, standardize, standardize_targets,
        sample_weight, class_weight, model.schema if warm_start else None,
    )  # fmt: skip
    train: Any
    if client is None:
        schema, train, held = _on_one_machine(reduction, *given)
    else:
        schema, train, held = _on_a_cluster(client, engine, *given)
        batch_size = None if batch_size == "auto" else batch_size
    batch_size = batch_size_of(batch_size, len(train))
    chosen = _metrics(metrics, schema, train.example)
    watch = watch_of(early_stopping, chosen, held is not None)
    _check_outputs(model, loss_name)
    penalty = _penalty(model, l1, l2)
    warn_of_symmetry(model)

    model.schema = schema
    loss_of_one: Any = loss
    if loss_name is not None:
        loss_of_one = partial(losses.LOSSES[loss_name], reduction=reduction)
    shuffle = shuffle and batch_size < len(train)  # one batch is the same in any order
    problem = Problem(model, loss_of_one, reduction, penalty, train.example, optimizer, schema)
    if client is None:
        chosen_engine = _engine(engine, problem, threads)
    else:
        from nn.training.distributed import DistributedEngine

        chosen_engine = DistributedEngine(problem, train, shuffle, seed)
    run = _Run(problem, chosen_engine, engine == "replay", train, held, chosen)
    if not warm_start:
        optimizer.reset()
    _seed_dropout(model, seed)
    picture = live_of(live, schema, *((X, y) if client is None else (None, None)))
    with progress_of(epochs, math.ceil(len(train) / batch_size), progress) as bar:
        run.train(epochs, batch_size, shuffle, seed, watch, called, bar, picture)
    return run.history


class _Run:
    """One training: the loop, and what it has come to."""

    def __init__(
        self,
        problem: Problem,
        engine: Engine,
        must_replay: bool,
        rows: Rows,
        held: Rows | None,
        metrics: dict[str, Metric],
    ):
        self.problem, self.rows, self.held, self.metrics = problem, rows, held, metrics
        self.model, self.schema, self.optimizer = problem.model, problem.schema, problem.optimizer
        self.history = History()
        self.epoch = self.batch = 0
        self.must_replay = must_replay
        self._use(engine)

    def _use(self, engine: Engine) -> None:
        """Go on with this engine, which the history names."""
        self.engine = engine
        self.history.engine = engine.name
        if engine.why:
            if self.must_replay:
                raise UnrecordableError(
                    f"this training cannot be replayed, only engine='eager': {engine.why}"
                )
            since = f"from epoch {self.epoch} on, " if self.epoch else ""
            self.history.engine = f"{engine.name} ({since}{engine.why})"

    def train(
        self,
        epochs: int,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        watch: Watch | None,
        callbacks: Callbacks,
        bar: Progress,
        picture: Live | None,
    ) -> None:
        """Epoch after epoch, until the last or a reason to stop."""
        generator = random.Random(seed)
        order = self.rows.order()
        self.model.train()
        try:
            callbacks.begin(self.model)
            for self.epoch in range(1, epochs + 1):
                if shuffle:
                    generator.shuffle(order)
                thoroughly = _is_power_of_two(self.epoch - 1)
                if self.epoch > 1 and (callbacks or thoroughly):
                    self._renew(thoroughly)
                self.optimizer.start_epoch(self.optimizer.epochs)
                loss = self._epoch(order, batch_size, bar)
                self.optimizer.epochs += 1
                self.history.add(self._numbers(loss))
                bar.epoch(self.epoch, self.history.last)
                if picture is not None:
                    picture.epoch(self.model, self.history)
                if callbacks and callbacks.stop(self.model, self.history):
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
            self.engine.close()
            callbacks.end(self.history)
            if picture is not None:
                picture.end(self.model, self.history)

    def _renew(self, thoroughly: bool) -> None:
        """Let the engine look whether what it has recorded still holds."""
        engine = self.engine.renewed(thoroughly)
        if engine is not self.engine:
            self._use(engine)

    def _epoch(self, order: Sequence[int], batch_size: int, bar: Progress) -> float:
        """One pass over all the data; the epoch's loss."""
        self.batch = 1
        losses: list[float] = []
        for loss in self.engine.iterations(order, batch_size):
            losses.append(loss)
            self.history.iterations += 1
            self.batch += 1
            bar.iteration()
        if self.problem.reduction == "sum":
            return math.fsum(losses)
        n = len(self.rows)
        sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
        return math.fsum([loss * size / n for loss, size in zip(losses, sizes, strict=True)])

    def _numbers(self, loss: float) -> dict[str, float]:
        """The numbers of the epoch that has just ended."""
        numbers = {"loss": loss}
        if self.metrics:
            numbers |= self.engine.scores(self.rows, self.metrics)[1]
        if self.held is not None:
            numbers["val_loss"], scores = self.engine.scores(self.held, self.metrics)
            numbers |= {f"val_{name}": score for name, score in scores.items()}
        return numbers | {"learning_rate": self.optimizer.rate}

    def _divergence(self, error: StepError) -> DivergenceError:
        largest = self.rows.largest
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


def _on_one_machine(reduction: str, *given: Any) -> tuple[Schema, Rows, Rows | None]:
    """The data in this process; for a mean, with weights of mean 1."""
    schema, train, held = prepared(*given)
    if reduction == "sum":
        return schema, train, held
    return schema, scaled(train), held and scaled(held)


def _on_a_cluster(client: Any, engine: str, *given: Any) -> tuple[Schema, Rows, Rows | None]:
    """The data where they are, on the workers."""
    if engine == "eager":
        raise ArgumentError("with a client the workers replay: engine='eager' has none")
    require("distributed", "dask", "fit(client=...)")
    from nn.training.distributed import prepared_on

    return prepared_on(client, *given)


def _engine(name: str, problem: Problem, threads: int | None) -> Engine:
    """The engine of that name; the eager one also where the problem cannot be recorded."""
    if name == "eager":
        return EagerEngine(problem)
    from nn.training.replay import ReplayEngine  # with NumPy

    try:
        return ReplayEngine(problem, threads)
    except UnrecordableError as reason:
        return EagerEngine(problem, str(reason))


def _threads(n_jobs: int | None) -> int | None:
    """The number of threads that this is: all processors for -1."""
    if n_jobs is None:
        return None
    count = whole_number("n_jobs", n_jobs)
    if count == -1:
        return os.cpu_count() or 1
    return whole_number("n_jobs", count, 1)


def _check_memory(optimizer: Optimizer, model: Module, warm_start: bool) -> None:
    """A memory to go on from is of this model's parameters."""
    count = len(model.parameters())
    for numbers in optimizer.state.values() if warm_start else ():
        if len(numbers) != count:
            raise ArgumentError(
                f"the optimiser remembers {len(numbers)} parameters, but the model has {count}: "
                "it cannot go on from another model's training"
            )


def _is_power_of_two(n: int) -> bool:
    return n > 0 and n & (n - 1) == 0


def _check_model(model: Any) -> None:
    if not isinstance(model, Module):
        raise ArgumentTypeError(f"fit trains a Module, such as nn.MLP(2, [4, 1]), not {model!r}")
    if not model.parameters():
        raise ArgumentError(f"{model!r} has no parameters to train")
    for name, p in model.named_parameters():
        if not math.isfinite(p.data):
            raise ArgumentError(
                f"the parameter {p.label or name} is {p.data!r} before the first step"
            )


def _metrics(
    given: str | Metric | Sequence[str | Metric] | None, schema: Schema, part: Part
) -> dict[str, Metric]:
    if given is None:
        if schema.is_regression:
            return {"r2": METRICS["r2"]}
        shares = schema.classes is None and any(t not in (0, 1) for t in part.truths.flat)
        return {} if shares else {"accuracy": METRICS["accuracy"]}
    metrics: dict[str, Metric] = {}
    for metric in [given] if isinstance(given, str) or callable(given) else given:
        if callable(metric):
            metrics[getattr(metric, "__name__", "metric")] = metric
        else:
            metrics[metric] = registered("metric", metric, METRICS)
    return metrics


def _check_outputs(model: Module, loss: str | None) -> None:
    """A loss of logits after a sigmoid or softmax would squash twice, silently."""
    layers = getattr(model, "layers", [model])
    last = layers[-1] if layers else model
    activation = getattr(last, "activation_name", None)
    if loss and loss.endswith("with_logits") and activation in ("sigmoid", "softmax"):
        plain = loss.removesuffix("_with_logits")
        raise ArgumentError(
            f"{loss} applies the {activation} itself, but the network's output has it already: use "
            f"loss={plain!r}, or output='linear'"
        )


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
