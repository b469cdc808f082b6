"""Early stopping: the remedy against overfitting that watches one column of the history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from autograd import SettingError
from autograd.scalar import whole_number
from nn.metrics import METRICS, Metric
from nn.module import Module, write_data
from nn.settings import number, one_of, truth
from nn.training.history import History

__all__ = ["EarlyStopping", "Watch", "watch_of"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a column of the history has not become better for some epochs.

    Args:
        patience: so many epochs without a better number end the training.
        min_delta: a number is better only where it is so by more than this.
        monitor: the column; by default the validation loss, or the loss without validation.
        restore_best: whether the model gets back the parameters of its best epoch.
        mode: "min" where the column should fall, "max" where it should rise. Losses fall, accuracy
            and R² rise; for a metric of your own it must be given.

    Raises SettingError for a setting out of range.
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: str | None = None
    restore_best: bool = True
    mode: Literal["min", "max"] | None = None

    def __post_init__(self) -> None:
        whole_number("patience", self.patience, 1)
        number("min_delta", self.min_delta)
        truth("restore_best", self.restore_best)
        if self.mode is not None:
            one_of("mode", self.mode, ("min", "max"))


@dataclass
class Watch:
    """Early stopping at work: the best epoch so far and its parameters."""

    rule: EarlyStopping
    column: str
    sign: float
    best: float = math.inf
    epoch: int = 0
    kept: list[float] = field(default_factory=list)

    def is_over(self, model: Module, history: History) -> bool:
        """Whether the training ends after the epoch that is last in the history."""
        cost = self.sign * history[self.column][-1]
        if cost < self.best - (self.rule.min_delta if self.epoch else 0.0):
            self.best, self.epoch = cost, len(history)
            self.kept = [p.data for p in model.parameters()]
        return len(history) - self.epoch >= self.rule.patience

    def restore(self, model: Module) -> None:
        """Give the model the parameters of the best epoch, where they are wanted."""
        if self.rule.restore_best and self.kept:
            write_data(model.parameters(), self.kept)


def watch_of(
    given: int | EarlyStopping | None, metrics: Mapping[str, Metric], validates: bool
) -> Watch | None:
    """Early stopping as it is given to `fit`: a patience, a rule, or None for none."""
    if given is None:
        return None
    rule = given if isinstance(given, EarlyStopping) else EarlyStopping(given)
    column = rule.monitor or ("val_loss" if validates else "loss")
    names = ["loss", *metrics]
    known = names + ["val_" + n for n in names] * validates
    if column not in known:
        raise SettingError(f"early stopping monitors one of {', '.join(known)}; not {column!r}")
    name = column if column in names else column.removeprefix("val_")
    mode = rule.mode
    if mode is None and name == "loss":
        mode = "min"
    elif mode is None and metrics[name] is METRICS.get(name):
        mode = "max"
    elif mode is None:
        raise SettingError(
            f"early stopping monitors {column!r}, a metric of your own: say whether it should fall "
            f"or rise, as in EarlyStopping(monitor={column!r}, mode='min')"
        )
    return Watch(rule, column, 1.0 if mode == "min" else -1.0)
