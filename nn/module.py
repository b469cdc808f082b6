# cython: annotation_typing=False
"""What every model is: its parameters, its modes, its predictions, its state."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any

from autograd.errors import ArgumentError, UnknownNameError
from autograd.value import Value
from nn.data.schema import Schema
from nn.saving import Architecture, write

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Module"]


class Module:
    """What has parameters: every Value, Module, or list of them among its attributes.

    A subclass sets attributes in `__init__` and computes in `__call__`, from one row of inputs.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0, "m"), Value(1.0, "c")
    ...     def __call__(self, x):
    ...         return self.slope * x[0] + self.offset
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'offset']
    >>> Line().predict([[1.0], [2.0]]).tolist()
    [3.0, 5.0]
    """

    training: bool = True
    schema: Schema | None = None  # what `fit` has learnt of the data, apart from the parameters

    def __call__(self, x: Any) -> Any:
        """The output for one row of inputs, or the list of outputs where there are several."""
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(self, x)")

    def parameters(self) -> list[Value]:
        """Every parameter, each once, in the order of the attributes.

        >>> import nn
        >>> len(nn.Layer(3, 2).parameters())
        8
        """
        return [p for _, p in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The pairs of a parameter's path of attributes and the parameter.

        >>> import nn
        >>> dict(nn.Neuron(1).named_parameters()).keys()
        dict_keys(['weights.0', 'bias'])
        """
        paths: dict[Value, str] = {}
        for name, part in _parts(self, ""):
            if isinstance(part, Value):
                paths.setdefault(part, name)
        return [(name, p) for p, name in paths.items()]

    def modules(self) -> list[Module]:
        """This module and all modules inside, each once."""
        inside = [part for _, part in _parts(self, "") if isinstance(part, Module)]
        return list(dict.fromkeys(inside))

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, as before each backward pass."""
        for p in self.parameters():
            p.grad = 0.0

    def train(self, mode: bool = True) -> Module:
        """Put this and all modules inside into training (or, with False, evaluation); self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """The same as `train(False)`.

        >>> import nn
        >>> nn.Neuron(2).eval().training
        False
        """
        return self.train(False)

    # Predictions

    def predict(self, X: Any, threshold: float = 0.5) -> np.ndarray[Any, Any]:
        """One prediction for each row of X: a class in its own name, or the output itself.

        For two classes the second is predicted where its probability is at least `threshold`
        (note N1 decides at 0.5); for C classes that of the largest output. Inputs are standardised
        as `fit` did. Raises ValueError or TypeError where X does not fit the network.

        >>> import nn
        >>> nn.Neuron(1, weights=[2.0]).predict([[3.0], [4.0]]).tolist()
        [6.0, 8.0]
        """
        schema = self.schema or Schema()
        return schema.decided(outputs_of(self, schema.encoded_rows(X)), threshold)

    def predict_proba(self, X: Any) -> np.ndarray[Any, Any]:
        """An array of m rows and C columns: for each row of X the probability of each class.

        The classes stand in the order of `model.schema.classes`. Raises ValueError where the
        model was not fitted to classes.
        """
        schema = self.schema or Schema()
        return schema.probabilities(outputs_of(self, schema.encoded_rows(X)))

    # State

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """The parameters as NumPy arrays, by the names that PyTorch gives the same network.

        >>> import nn
        >>> {name: array.shape for name, array in nn.MLP(2, [3, 1]).state_dict().items()}
        {'0.weight': (3, 2), '0.bias': (3,), '2.weight': (1, 3), '2.bias': (1,)}
        """
        import numpy as np

        return {
            name: np.array([p.data for p in parameters]).reshape(shape)
            for name, shape, parameters in self.tensors()
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the arrays (or tensors) of these names.

        Raises KeyError for missing or unknown names, ValueError for another shape or for a number
        that is not finite; the parameters are then as before.
        """
        import numpy as np

        expected = list(self.tensors())
        names = [name for name, _, _ in expected]
        missing = [name for name in names if name not in state]
        unknown = [name for name in state if name not in names]
        if missing or unknown:
            what = f"lacks {missing[0]!r}" if missing else f"has {unknown[0]!r}, which is unknown"
            raise UnknownNameError(f"the state {what}; the model's names are {', '.join(names)}")
        numbers: dict[Value, float] = {}
        for name, shape, parameters in expected:
            array = np.asarray(state[name])
            if array.shape != shape:
                raise ArgumentError(
                    f"{name!r} has the shape {array.shape}, but the model needs {shape}"
                )
            if array.dtype.kind not in "biuf":
                raise ArgumentError(f"{name!r} holds {array.dtype}: parameters are finite numbers")
            for p, number in zip(parameters, array.ravel().tolist(), strict=True):
                if not math.isfinite(number):
                    raise ArgumentError(f"{name!r} holds {number!r}: parameters are finite numbers")
                if numbers.setdefault(p, float(number)) != number:
                    raise ArgumentError(
                        f"{name!r} holds different numbers for {p.label}, which the model shares"
                    )
        write_data(list(numbers), list(numbers.values()))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a safetensors file, for `nn.load`.

        It holds the parameters, the architecture, and what `fit` has learnt of the data. A model
        with code of its own (another class, an activation that is the user's function) is saved
        without architecture: `nn.load` then needs `into`. Raises ValueError for classes that are no
        texts, numbers or truths, OSError where the file cannot be written.
        """
        write(path, self.state_dict(), self.architecture(), self.schema)

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...], list[Value]]]:
        """The name, the shape and the parameters of each array of the state."""
        for name, p in self.named_parameters():
            yield name, (), [p]

    def architecture(self) -> Architecture | None:
        """What `nn.load` builds the same model of; None for one with code of its own."""
        return None


def write_data(parameters: Sequence[Value], values: Sequence[float]) -> None:
    """Set all the parameters, or, when interrupted, none."""
    before = [p.data for p in parameters]
    try:
        for p, v in zip(parameters, values, strict=True):
            p.data = v
    except BaseException:
        for p, v in zip(parameters, before, strict=True):
            p.data = v
        raise


def outputs_of(model: Module, rows: Any) -> list[list[float]]:
    """The model's outputs for each row, in evaluation mode; no gradient is touched.

    >>> import nn
    >>> outputs_of(nn.Layer(1, 2, weights=[[1.0], [2.0]]), [[3.0]])
    [[3.0, 6.0]]
    """
    with evaluating(model):
        return [numbers_of(model(row)) for row in rows]


def numbers_of(output: Any) -> list[float]:
    """What a model returned for one row, as a list of floats."""
    return [float(v) for v in output] if isinstance(output, (list, tuple)) else [float(output)]


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """With the model in evaluation mode; afterwards every module is in the mode it was in."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


def _parts(part: Any, name: str) -> list[tuple[str, Module | Value]]:
    """The modules and leaf Values in a module, itself first, with their paths of attributes."""
    parts: list[tuple[str, Module | Value]] = []
    _gather(part, name, parts)
    return parts


def _gather(part: Any, name: str, parts: list[tuple[str, Module | Value]]) -> None:
    if isinstance(part, Value):
        if part.op in ("", "constant"):
            parts.append((name, part))
    elif isinstance(part, Module):
        parts.append((name, part))
        for key, inner in vars(part).items():
            _gather(inner, f"{name}.{key}" if name else key, parts)
    elif isinstance(part, (list, tuple)):
        for i, inner in enumerate(part):
            _gather(inner, f"{name}.{i}", parts)
