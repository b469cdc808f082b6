"""A tape as the functions that SciPy's optimisers and solvers ask for, with exact derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError
from autograd.replay.flattening import INPUTS
from autograd.replay.leaves import get_data, set_data
from autograd.value import Value

Floats = NDArray[np.float64]


class Objective:
    """A tape's function of one vector x, with its derivatives; made by `Tape.objective`.

    x are n numbers: the tape's parameters on a batch, or the inputs of one row. A call gives the
    value, a float, and the gradient, n numbers; `hess` is n x n and `hessp` a product with it.
    `residuals` and `jacobian` are of all results of all rows, one after another: m and m x n.
    What is not finite raises the eager engine's error, naming the row. `tape` is a `Tape`.
    """

    def __init__(self, tape: Any, others: tuple[Value, ...], batch: Any, wrt: str, reduction: str):
        self._tape = tape
        self._wrt = wrt
        self._reduction = reduction
        if wrt == INPUTS:
            if batch is not None:
                raise ArgumentError(
                    "an objective of the inputs has them in x, so it takes no batch"
                )
            self._count = tape.columns
            self._batch: Any = None
        else:
            self._count = len(tape.parameters)
            self._batch = tape.prepare(batch)
        self._others = others

    @property
    def start(self) -> Floats:
        """The parameters' numbers of now, where a search may begin."""
        if self._wrt == INPUTS:
            raise ArgumentError("an objective of the inputs has no numbers to start from")
        return get_data(self._tape.parameters)

    def put(self, x: Any) -> None:
        """Set the parameters' `data` to x, such as the `x` of an optimiser's result."""
        if self._wrt == INPUTS:
            raise ArgumentError("an objective of the inputs has no parameters to set")
        set_data(self._tape.parameters, self._numbers(x))

    def __call__(self, x: Any) -> tuple[float, Floats]:
        """Value and gradient, as `scipy.optimize.minimize(..., jac=True)` asks for them."""
        if self._tape.several:
            raise ArgumentError(
                "the recorded function returns a list, of which there is no one value: take "
                ".residuals and .jacobian, or record one of them"
            )
        value, gradient = self._tape.value_and_grad(**self._at(x), reduction=self._reduction)
        return float(value), gradient

    def hess(self, x: Any) -> Floats:
        """The second derivatives, n x n."""
        found: Floats = self._tape.hessian(**self._at(x), reduction=self._reduction)
        return found

    def hessp(self, x: Any, vector: Any) -> Floats:
        """The second derivatives times a vector, n numbers, without the matrix."""
        found: Floats = self._tape.hvp(vector, **self._at(x), reduction=self._reduction)
        return found

    def residuals(self, x: Any) -> Floats:
        """All results of all rows, m numbers, as `least_squares` and `root` ask for them."""
        values, _ = self._tape.value_and_grad(**self._at(x), reduction="none")
        found: Floats = values.reshape(-1)
        return found

    def jacobian(self, x: Any) -> Floats:
        """The derivatives of `residuals`, m x n."""
        found: Floats = self._tape.jacobian(**self._at(x)).reshape(-1, self._count)
        return found

    def _at(self, x: Any) -> dict[str, Any]:
        """The arguments of the tape's methods for this x."""
        numbers = self._numbers(x)
        if self._wrt == INPUTS:
            return {"batch": numbers[None, :], "wrt": self._wrt}
        return {
            "batch": self._batch,
            "at": np.append(numbers, get_data(self._others)),
            "wrt": self._wrt,
        }

    def _numbers(self, x: Any) -> Floats:
        numbers = np.asarray(x, np.float64)
        if numbers.shape != (self._count,):
            raise ArgumentError(
                f"x is {self._count} numbers, one for each of the {self._wrt}, not the shape "
                f"{numbers.shape}"
            )
        return numbers
