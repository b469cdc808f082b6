"""Networks as scikit-learn estimators: `MLPClassifier` and `MLPRegressor` over `nn.fit`.

They stand wherever an estimator stands (pipelines, searches, calibration, ...) and pass all checks
of `sklearn.utils.estimator_checks.check_estimator`. `model_` is the trained `nn.MLP`, to derive and
draw. Parameters are named as scikit-learn's own networks name them where they mean the same. Many
fits on a cluster need nothing of this library: a search within `joblib.parallel_config("dask")`
sends them to the workers of the current `dask.distributed.Client`.

Needs scikit-learn: `pip install "whygrad[sklearn]"`.

>>> from sklearn.datasets import load_iris
>>> from sklearn.model_selection import cross_val_score
>>> X, y = load_iris(return_X_y=True)
>>> network = MLPClassifier((8,), "tanh", learning_rate_init=0.03, max_iter=60, random_state=0)
>>> bool(cross_val_score(network, X, y, cv=3).mean() > 0.9)
True
>>> len(network.fit(X, y).model_.parameters())
67
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np

from autograd.errors import ArgumentError
from autograd.replay import record
from nn.data.schema import Schema, schema_of
from nn.layers import MLP
from nn.module import outputs_of
from nn.optimizers import SGD, Adam, AdamW, Optimizer, Schedule
from nn.optional import require
from nn.settings import one_of
from nn.training import EarlyStopping, fit
from nn.training.callbacks import Callback
from nn.training.engines import values_in

require("sklearn", "sklearn", "nn.estimators")
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin  # noqa: E402
from sklearn.utils import check_random_state  # noqa: E402
from sklearn.utils.multiclass import check_classification_targets  # noqa: E402
from sklearn.utils.validation import (  # noqa: E402
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

__all__ = ["MLPClassifier", "MLPRegressor"]

_SOLVERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}  # scikit-learn's names for two of ours
_SEEDS = 2**31 - 1
_MANY = 300  # rows from which on a tape is worth its recording


@dataclass(eq=False, repr=False)
class _Network(BaseEstimator):  # type: ignore[misc]
    """The settings of both, the building of the network, and its training."""

    hidden_layer_sizes: int | Sequence[int] = (100,)
    activation: str | Callable[..., Any] = "relu"
    _: KW_ONLY
    solver: str | Optimizer = "adam"
    l1: float = 0.0
    l2: float = 0.0
    batch_size: int | Literal["auto"] | None = "auto"
    learning_rate_init: float | Schedule = 0.001
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    verbose: bool = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_iter_no_change: int = 10
    standardize: bool = True
    callbacks: Sequence[Callback] = ()
    n_jobs: int | None = None
    engine: Literal["auto", "replay", "eager"] = "auto"

    _score_column: ClassVar[str]
    _regression: ClassVar[bool]

    # What the two differ in

    @abstractmethod
    def _read(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        """Check the data, and on the first call learn the classes or the outputs."""

    @abstractmethod
    def _loss_and_outputs(self) -> tuple[str, int, list[Any]]:
        """The loss's name, the number of outputs, and labels that show what targets are like."""

    # Training

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train on the rows of X and the targets y; self.

        With `warm_start` an earlier training goes on. A row of weight 0 is as one that is not
        there.
        Raises ValueError or TypeError for data or settings that cannot be right.
        """
        first = not (self.warm_start and hasattr(self, "model_"))
        return self._train(X, y, sample_weight, first, self.max_iter)

    def _train(self, X: Any, y: Any, sample_weight: Any, first: bool, epochs: int) -> Any:
        """So many epochs; on the first call with a new network and a new optimiser."""
        stopping = self._stopping() if epochs > 1 else None
        X, y = self._read(X, y, first)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        loss, n_out, labels = self._loss_and_outputs()
        if first:
            self._random_state = check_random_state(self.random_state)
            sizes = self.hidden_layer_sizes
            hidden = [sizes] if isinstance(sizes, Integral) else list(sizes)  # type: ignore[arg-type]
            activation = self.activation
            if isinstance(activation, str):
                activation = _ACTIVATIONS.get(activation, activation)
            self.model_ = MLP(
                X.shape[1], [*hidden, n_out], activation, seed=self._random_state.randint(_SEEDS)
            )
            names = getattr(self, "feature_names_in_", None)
            columns = None if names is None else tuple(names.tolist())
            self.model_.schema = schema_of(Schema(columns=columns), labels, loss, n_out)
            self.optimizer_ = self._optimizer()
        batch_size = 200 if self.batch_size == "auto" else self.batch_size
        held = self.validation_fraction if self.early_stopping and stopping else None
        rows = len(X) if sample_weight is None else np.count_nonzero(sample_weight)
        rows -= round(rows * (held or 0.0))
        self.history_ = fit(
            self.model_,
            X,
            y,
            loss=loss,
            optimizer=self.optimizer_,
            epochs=epochs,
            batch_size=None if batch_size is None or batch_size >= rows else batch_size,
            shuffle=self.shuffle,
            validation=held,
            seed=self._random_state.randint(_SEEDS),
            standardize=self.standardize,
            standardize_targets=self.standardize and self._regression,
            l1=self.l1,
            l2=self.l2,
            metrics=None if self.early_stopping else (),
            early_stopping=stopping,
            callbacks=self.callbacks,
            progress=bool(self.verbose),
            engine=self.engine,
            sample_weight=sample_weight,
            class_weight=getattr(self, "class_weight", None),
            warm_start=True,  # with the schema above; the optimiser is new where it should be
            n_jobs=self.n_jobs,
        )
        earlier: list[float] = [] if first else self.loss_curve_
        self.loss_curve_: list[float] = [*earlier, *self.history_["loss"]]
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _optimizer(self) -> Optimizer:
        """A new optimiser as the settings say, so that fits share no memory."""
        if isinstance(self.solver, Optimizer):
            optimizer = copy.deepcopy(self.solver)
            optimizer.reset()
            return optimizer
        one_of("solver", self.solver, list(_SOLVERS))
        if self.solver == "sgd":
            nesterov = self.nesterovs_momentum and self.momentum > 0.0
            return SGD(self.learning_rate_init, momentum=self.momentum, nesterov=nesterov)
        betas = self.beta_1, self.beta_2
        return _SOLVERS[self.solver](self.learning_rate_init, betas=betas, eps=self.epsilon)

    def _stopping(self) -> EarlyStopping:
        return EarlyStopping(
            self.n_iter_no_change,
            self.tol,
            f"val_{self._score_column}" if self.early_stopping else "loss",
            restore_best=bool(self.early_stopping),
        )

    # Prediction

    def _outputs(self, X: Any) -> tuple[Schema, Any]:
        """The network's outputs for each row of X, and what they mean."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        schema = self.model_.schema
        assert schema is not None
        rows = schema.standardized(X.tolist())
        if len(rows) < _MANY or callable(self.activation):  # which may not be recordable
            return schema, outputs_of(self.model_, rows)
        tape = record(lambda row: values_in(self.model_(tuple(row))), [X.shape[1]])
        return schema, tape(rows)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


@dataclass(eq=False, repr=False)
class MLPClassifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A network that tells classes apart, as a scikit-learn estimator.

    Two classes have one output, more have one each; all are logits, trained by the cross-entropy.

    Args:
        hidden_layer_sizes: the neurons of each hidden layer.
        activation: that of the hidden layers, by scikit-learn's name or ours, or a function.
        solver: "adam", "adamw" or "sgd", with the settings below, or one of nn's optimisers, of
            which a copy is used.
        l1, l2: strengths of the penalties Σ|w| and Σw² over the weights, without the biases.
            (scikit-learn's `alpha` is another: it halves, and divides by the rows of a batch.)
        batch_size: rows of an iteration; "auto" is 200, or all where there are fewer; None all.
        learning_rate_init: η, or a schedule, a function of the epoch.
        max_iter: epochs at most.
        shuffle: whether every epoch takes the rows in a new order.
        random_state: decides everything random.
        tol, n_iter_no_change: the training ends where for so many epochs the loss (the score of
            the held-out rows with `early_stopping`) has not become better by more than `tol`.
        class_weight: "balanced" or a mapping from classes to weights, as `nn.fit` takes it.
        verbose: whether to show a bar.
        warm_start: whether `fit` goes on from the last one, with the optimiser's memory.
        momentum, nesterovs_momentum: of "sgd".
        beta_1, beta_2, epsilon: of "adam" and "adamw".
        early_stopping: whether to hold out rows, and to keep the parameters best for these.
        validation_fraction: the share of rows to hold out for that.
        standardize: whether to bring inputs (of a regressor also targets) to mean 0, deviation 1.
        callbacks: see `nn.training.callbacks`.
        n_jobs: threads that share the rows of a batch; None for all processors. No number changes.
        engine: see `nn.fit`.

    Attributes:
        model_: the trained `nn.MLP`; it takes rows that are standardised, `predict` does it itself.
        history_, loss_curve_, n_iter_: what happened: the `nn.History`, the loss of each epoch, and
            their number.
        optimizer_: the optimiser with its memory.
        classes_: the classes, in the order of `predict_proba`.
        n_features_in_, feature_names_in_: the inputs.

    >>> network = MLPClassifier((2,), max_iter=500, learning_rate_init=0.05, random_state=0)
    >>> network.fit([[1.0], [2.0], [3.0], [4.0]], ["low", "low", "high", "high"]).predict([[0.0]])
    array(['low'], dtype='<U4')
    """

    _: KW_ONLY
    class_weight: Any = None

    _score_column, _regression = "accuracy", False

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        """One epoch over these rows, on from what was learnt before; self.

        `classes` are all that will ever come; needed at the first call, unless y has them all. The
        means and scales are those of the first rows.
        """
        first = not hasattr(self, "model_")
        if classes is not None and first:
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ArgumentError(f"classes={classes!r} is not what it was at first: {self.classes_}")
        self._given_classes = classes is not None
        return self._train(X, y, sample_weight, first, 1)

    def _read(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(y)
        if first and not self.__dict__.pop("_given_classes", False):
            self.classes_ = np.unique(y)
            if len(self.classes_) < 2:
                raise ArgumentError(
                    f"y has one class only, {self.classes_[0]!r}: nothing to tell apart"
                )
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            named = unknown.tolist()[0]
            raise ArgumentError(f"y has the class {named!r}, which is none of {self.classes_}")
        return X, y

    def _loss_and_outputs(self) -> tuple[str, int, list[Any]]:
        labels, several = self.classes_.tolist(), len(self.classes_) > 2
        if several:
            return "cross_entropy_with_logits", len(labels), labels
        return "binary_cross_entropy_with_logits", 1, labels

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, a row for each row of X."""
        schema, outputs = self._outputs(X)
        return schema.probabilities(outputs)

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """The likeliest class of each row of X."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]


class MLPRegressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A network that predicts numbers, one or several a row, as a scikit-learn estimator.

    It is trained by the mean squared error. Settings and attributes are those of `MLPClassifier`,
    without the classes.

    >>> network = MLPRegressor((), solver="sgd", learning_rate_init=0.1, tol=0.0, random_state=0)
    >>> network.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[10.0]]).round(1)
    array([21.])
    """

    _score_column, _regression = "r2", True

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """One epoch over these rows, on from what was learnt before; self.

        The means and scales are those of the first rows.
        """
        return self._train(X, y, sample_weight, not hasattr(self, "model_"), 1)

    def _read(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=first
        )
        self._outputs_in_y = 1 if y.ndim == 1 else y.shape[1]
        return X, y

    def _loss_and_outputs(self) -> tuple[str, int, list[Any]]:
        n_out = self._outputs_in_y
        return "mean_squared_error", n_out, [[0.0] * n_out if n_out > 1 else 0.0]

    def predict(self, X: Any) -> Any:
        """The prediction for each row of X; a column each where y had several."""
        schema, outputs = self._outputs(X)
        return schema.decided(outputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
