"""The errors of training; their root and all others stand in `autograd.errors`."""

from __future__ import annotations

from typing import Any

from autograd.errors import Error

__all__ = [
    "ClusterError",
    "DivergenceError",
    "ModelFileError",
    "SymmetryWarning",
    "UnrecordableError",
]


class DivergenceError(Error, ArithmeticError):
    """Training met a number that is not finite; parameters are those of the last good step.

    `epoch` and `batch` (both from 1) say where, and `history`, a `History`, the epochs before.
    """

    def __init__(self, message: str, epoch: int, batch: int, history: Any):
        super().__init__(message)
        self.epoch, self.batch, self.history = epoch, batch, history

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is pickled by its `args` alone; this one comes back from another process.
        return type(self), (*self.args, self.epoch, self.batch, self.history)


class UnrecordableError(Error, ValueError):
    """The model, the loss or the optimiser cannot be replayed; the message says why."""


class ModelFileError(Error, ValueError):
    """A file holds no model that can be loaded; the message says why."""


class SymmetryWarning(Error, UserWarning):  # noqa: N818 - a warning
    """Hidden neurons start equal, so training cannot tell them apart."""


class ClusterError(Error, RuntimeError):
    """The cluster of a distributed training cannot go on; parameters are those of the last step."""
