"""Callbacks of `fit`: a function of the model and the history, or an object as Keras knows them.

A function is called after every epoch; a true answer ends the training. An object may have any of
Keras' methods, called with Keras' arguments: `set_model(model)` and `on_train_begin(logs)` before
the first epoch, `on_epoch_end(epoch, logs)` after each, counted from 0, `on_train_end(logs)` at the
end, also after an error or Ctrl-C. `logs` are the epoch's numbers by column, such as `loss`,
`val_loss` and `learning_rate`. Where `on_epoch_end` answers true the training ends.

For TensorBoard (`pip install tensorboard`; then `tensorboard --logdir runs`):

    from tensorboard.summary import Writer

    class TensorBoard:
        def __init__(self, folder):
            self.writer = Writer(folder)
        def on_epoch_end(self, epoch, logs):
            for name, number in logs.items():
                self.writer.add_scalar(name, number, epoch + 1)
        def on_train_end(self, logs):
            self.writer.close()

For MLflow (`pip install mlflow`; then `mlflow ui`):

    import mlflow

    class MLflow:
        def on_train_begin(self, logs):
            self.run = mlflow.start_run()
        def on_epoch_end(self, epoch, logs):
            mlflow.log_metrics(logs, step=epoch + 1)
        def on_train_end(self, logs):
            mlflow.end_run()

Each is given as `fit(..., callbacks=[TensorBoard("runs")])`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from autograd.errors import ArgumentTypeError
from nn.module import Module
from nn.training.history import History

__all__ = ["Callback", "Callbacks", "Observer"]


class Observer(Protocol):
    """An object as Keras' callbacks are; other methods than this one may be left out."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> Any:
        """What to do after each epoch, counted from 0; a true answer ends the training."""
        ...


Callback: TypeAlias = Callable[[Module, History], Any] | Observer

_METHODS = ("set_model", "on_train_begin", "on_epoch_end", "on_train_end")


class Callbacks:
    """The callbacks of one training, called in their order.

    Raises TypeError for what is neither a function nor has one of Keras' methods.

    >>> Callbacks([3])
    Traceback (most recent call last):
    autograd.errors.ArgumentTypeError: a callback is a function of the model and the \
history, or has on_epoch_end; not 3
    """

    def __init__(self, given: Sequence[Callback]):
        if not isinstance(given, (list, tuple)):
            raise ArgumentTypeError(
                "callbacks are a list of functions of the model and the history"
            )
        for callback in given:
            if not callable(callback) and not any(hasattr(callback, name) for name in _METHODS):
                raise ArgumentTypeError(
                    "a callback is a function of the model and the history, or has on_epoch_end; "
                    f"not {callback!r}"
                )
        self._given = given
        self._modules: list[Module] = []  # of the model

    def __len__(self) -> int:
        return len(self._given)

    def begin(self, model: Module) -> None:
        """Before the first epoch."""
        self._modules = model.modules() if self._given else []
        self._tell("set_model", model)
        self._tell("on_train_begin", {})

    def stop(self, model: Module, history: History) -> bool:
        """After an epoch: whether one of them ends the training; all are called.

        The model is in training mode again afterwards, whatever they asked of it.
        """
        answers = [
            callback.on_epoch_end(len(history) - 1, history.last)
            if hasattr(callback, "on_epoch_end")
            else callable(callback) and callback(model, history)
            for callback in self._given
        ]
        for module in self._modules:
            module.training = True
        return any(answers)

    def end(self, history: History) -> None:
        """After the last epoch."""
        self._tell("on_train_end", history.last)

    def _tell(self, method: str, argument: Any) -> None:
        for callback in self._given:
            if hasattr(callback, method):
                getattr(callback, method)(argument)
