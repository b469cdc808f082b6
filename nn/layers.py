# cython: annotation_typing=False
"""Neuron, layer, multi-layer perceptron and dropout, with the notes' names on every parameter.

w_ij^l runs from neuron i of layer l − 1 to neuron j of layer l;
z_j^l = Σ_i w_ij^l a_i^(l−1) + b_j^l and a_j^l = activation(z_j^l).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias

from autograd import SettingError, relu, softmax
from autograd import value as _value
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.rules import ACTIVATIONS as _NAMES
from autograd.rules import EAGER
from autograd.scalar import whole_number
from autograd.value import Number, Value
from nn.initializers import Initializer, Seed, generator_of, he, uniform, xavier, zeros
from nn.module import Module
from nn.saving import Architecture
from nn.settings import number, registered

__all__ = ["MLP", "Activation", "Dropout", "Layer", "Neuron"]

Activation: TypeAlias = Callable[[Value], Value]


def _linear(z: Value) -> Value:
    return z


ACTIVATIONS: dict[str, Activation] = {
    "linear": _linear,
    **{name: EAGER[name] for name in sorted(_NAMES)},
}
INITIALIZERS: dict[str, Initializer] = {
    "he": he,
    "uniform": uniform(),
    "xavier": xavier,
    "zeros": zeros,
}


@dataclass(frozen=True)
class Linear:
    """The affine part of a layer: its parameters, a row of weights and a bias for each neuron."""

    weights: list[tuple[Value, ...]]
    biases: list[Value]


class Network(Module):
    """What neuron, layer and MLP share: they are layers of neurons, one after the other."""

    def parts(self) -> list[tuple[list[Neuron], str]]:
        """The neurons of each layer, with the name of its activation."""
        raise NotImplementedError

    def shares(self) -> list[float]:
        """The share that dropout drops after each hidden layer."""
        return []

    def stages(self) -> list[Linear | str | float]:
        """What is done to a row, as the items of a PyTorch `Sequential`.

        A `Linear`, the name of an activation, or the share of a dropout.

        >>> MLP(2, [1], seed=0, output="sigmoid").stages()[1]
        'sigmoid'
        """
        stages: list[Linear | str | float] = []
        for (neurons, activation), share in zip(self.parts(), [*self.shares(), 0.0], strict=True):
            stages.append(Linear([n.weights for n in neurons], [n.bias for n in neurons]))
            stages += [activation] if activation != "linear" else []
            stages += [share] if share else []
        return stages

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...], list[Value]]]:
        """See `Module.tensors`; the names are those of the same network in PyTorch."""
        for i, stage in enumerate(self.stages()):
            if isinstance(stage, Linear):
                rows = stage.weights
                yield f"{i}.weight", (len(rows), len(rows[0])), [w for row in rows for w in row]
                yield f"{i}.bias", (len(rows),), stage.biases

    def architecture(self) -> Architecture | None:
        """See `Module.architecture`: None where sizes and names do not make the same network."""
        if type(self) not in (Neuron, Layer, MLP):  # a subclass may have code of its own
            return None
        layers, names = zip(*self.parts(), strict=True)
        if any(name not in ACTIVATIONS and name != "softmax" for name in names):
            return None
        several = [{n.bias for n in neurons} for neurons in layers if len(neurons) > 1]
        described = Architecture(
            type(self).__name__,
            layers[0][0].n_in,
            tuple([len(neurons) for neurons in layers]),
            names,
            tuple(self.shares()),
            shared_bias=bool(several) and all(len(biases) == 1 for biases in several),
        )
        parameters = self.parameters()
        if len(parameters) != described.parameters:  # some are shared in another way
            return None
        labels = tuple([p.label for p in parameters])
        return (
            described if labels == tuple(_labels(described)) else replace(described, labels=labels)
        )


class Neuron(Network):
    """activation(Σ wᵢxᵢ + b), its sum a single node z (note N1).

    Args:
        n_in: how many inputs.
        activation: a name, such as linear, relu, sigmoid or tanh, or a function of a Value.
        weights: one number an input, or Values to be shared; without them they are drawn.
        bias: a number, or a Value to be shared.
        initializer: how weights are drawn, a name or function of `nn.initializers`; by default
            He's for ReLU, else Xavier's.
        seed: a seed, or a generator to draw from.
        layer: l in the labels w_ij^l and b_j^l.
        number: j in them.
        n_out: how many neurons the layer has, for the initialiser.

    Raises ValueError where an input row or the weights have another length than `n_in`.

    >>> neuron = Neuron(2, "sigmoid", weights=[0.15, 0.20], bias=0.35)
    >>> round(neuron([0.05, 0.10]).data, 10)
    0.5932699921
    """

    activation: Activation
    weights: tuple[Value, ...]
    bias: Value

    def __init__(
        self,
        n_in: int,
        activation: str | Activation = "linear",
        *,
        weights: Sequence[Number] | None = None,
        bias: Number = 0.0,
        initializer: str | Initializer | None = None,
        seed: Seed = None,
        layer: int = 1,
        number: int = 1,
        n_out: int = 1,
    ):
        n_in = whole_number("the number of inputs", n_in, 1)
        self.activation = activation_of(activation)
        if weights is None:
            start = _initializer(initializer, self.activation)
            generator = generator_of(seed)
            weights = [start(n_in, n_out, generator) for _ in range(n_in)]
        if len(weights) != n_in:
            raise ArgumentError(
                f"a neuron of {n_in} inputs takes {n_in} weights, not {len(weights)}"
            )
        self.weights = tuple(
            [_parameter(w, _label("w", (i, number), layer)) for i, w in enumerate(weights, 1)]
        )
        self.bias = _parameter(bias, _label("b", (number,), layer))
        self._names = _label("z", (number,), layer), _label("a", (number,), layer)

    def __call__(self, x: Sequence[Number]) -> Value:
        """The output for one row of inputs."""
        return self.forward(inputs_of(x, self.n_in, "the neuron"))

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return len(self.weights)

    def forward(self, x: tuple[Number, ...]) -> Value:
        """The neuron's output for inputs that have been checked."""
        z = self.sum(x)
        a = self.activation(z)
        if a is not z:
            a.label = self._names[1]
        return a

    def sum(self, x: tuple[Number, ...]) -> Value:
        """z = Σ wᵢxᵢ + b, before the activation."""
        z = _value.dot(self.weights, x, self.bias)
        z.label = self._names[0]
        return z

    @property
    def activation_name(self) -> str:
        """The activation's name; that of the function where it has none here."""
        named = [name for name, f in ACTIVATIONS.items() if f is self.activation]
        return named[0] if named else getattr(self.activation, "__name__", repr(self.activation))

    def parts(self) -> list[tuple[list[Neuron], str]]:
        """See `Network.parts`."""
        return [([self], self.activation_name)]

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {self.activation_name!r})"


class Layer(Network):
    """Neurons side by side on the same inputs; a call returns the list of their outputs.

    A layer of one neuron returns a Value, not a list.

    Args:
        n_in: how many inputs.
        n_out: how many neurons.
        activation: as of `Neuron`, or softmax, over the layer's outputs.
        weights: a row of `n_in` for each neuron.
        biases: one for each neuron, or one number for all.
        shared_bias: whether the one bias is a single parameter, as in note N5.
        initializer: as of `Neuron`.
        seed: as of `Neuron`.
        number: l in the labels.

    >>> layer = Layer(2, 2, "sigmoid", weights=[[0.15, 0.20], [0.25, 0.30]], biases=0.35)
    >>> [round(a.data, 10) for a in layer([0.05, 0.10])]
    [0.5932699921, 0.5968843783]
    """

    softmax: bool
    neurons: list[Neuron]

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "linear",
        *,
        weights: Sequence[Sequence[Number]] | None = None,
        biases: Number | Sequence[Number] = 0.0,
        shared_bias: bool = False,
        initializer: str | Initializer | None = None,
        seed: Seed = None,
        number: int = 1,
    ):
        n_out = whole_number("the number of outputs", n_out, 1)
        if weights is not None and len(weights) != n_out:
            raise ArgumentError(f"layer {number} of {n_out} neurons takes {n_out} rows of weights")
        self.softmax = activation == "softmax"
        generator = generator_of(seed)
        each = _biases(biases, n_out, number)
        if shared_bias:
            each = [_parameter(each[0], f"b^{number}")] * n_out
        self.neurons = [
            Neuron(
                n_in,
                "linear" if self.softmax else activation,
                weights=None if weights is None else weights[j],
                bias=each[j],
                initializer=initializer,
                seed=generator,
                layer=number,
                number=j + 1,
                n_out=n_out,
            )
            for j in range(n_out)
        ]

    def __call__(self, x: Sequence[Number]) -> Value | list[Value]:
        """The output for one row of inputs, or the list of outputs where there are several."""
        return one_or_all(self.forward(inputs_of(x, self.n_in, "the layer")))

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return len(self.neurons[0].weights)

    def forward(self, x: tuple[Number, ...]) -> list[Value]:
        """The list of outputs for inputs that have been checked."""
        outputs = [neuron.forward(x) for neuron in self.neurons]
        if self.softmax:
            outputs = softmax(outputs)
            for neuron, a in zip(self.neurons, outputs, strict=True):
                a.label = neuron._names[1]
        return outputs

    @property
    def activation_name(self) -> str:
        """The activation's name: softmax, or that of the neurons."""
        return "softmax" if self.softmax else self.neurons[0].activation_name

    def parts(self) -> list[tuple[list[Neuron], str]]:
        """See `Network.parts`."""
        return [(self.neurons, self.activation_name)]

    def __repr__(self) -> str:
        return f"Layer({self.n_in}, {len(self.neurons)}, {self.activation_name!r})"


class MLP(Network):
    """A multi-layer perceptron: layers one after the other.

    A call takes one row of `n_in` numbers or Values and returns the output, or the list of them
    where there are several.

    Args:
        n_in: how many inputs.
        sizes: each layer's number of neurons, the last that of the outputs.
        activation: that of the hidden layers, or a list with one for each.
        output: that of the last layer, where softmax is usual.
        weights: one entry a layer, as `Layer` takes it.
        biases: likewise.
        shared_bias: as of `Layer`.
        initializer: as of `Neuron`.
        dropout: the share of the hidden outputs that training drops, or a list of shares.
        seed: as of `Neuron`; it decides dropout, too.

    >>> model = MLP(2, [2, 2], activation="sigmoid", output="sigmoid", shared_bias=True,
    ...             weights=[[[.15, .20], [.25, .30]], [[.40, .45], [.50, .55]]], biases=[.35, .60])
    >>> [round(a.data, 10) for a in model([0.05, 0.10])]
    [0.7513650696, 0.7729284653]
    >>> [p.label for p in model.layers[1].parameters()]
    ['w_11^2', 'w_21^2', 'b^2', 'w_12^2', 'w_22^2']
    """

    layers: list[Layer]
    dropouts: list[Dropout]

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: str | Activation | Sequence[str | Activation] = "relu",
        output: str | Activation = "linear",
        *,
        weights: Sequence[Sequence[Sequence[Number]]] | None = None,
        biases: Sequence[Number | Sequence[Number]] | None = None,
        shared_bias: bool = False,
        initializer: str | Initializer | None = None,
        dropout: float | Sequence[float] = 0.0,
        seed: Seed = None,
    ):
        if not isinstance(sizes, Sequence) or not sizes:
            raise SettingError(f"sizes must list each layer's neurons, as in [4, 1], not {sizes!r}")
        for name, given in (("weights", weights), ("biases", biases)):
            if given is not None and len(given) != len(sizes):
                raise SettingError(f"{name} has {len(given)} entries for {len(sizes)} layers")
        generator = generator_of(seed)
        last = len(sizes) - 1
        activations = [*_each(activation, last, "activations"), output]
        shares = _each(dropout, last, "shares of dropout")
        self.layers = [
            Layer(
                n,
                m,
                activations[k],
                weights=None if weights is None else weights[k],
                biases=0.0 if biases is None else biases[k],
                shared_bias=shared_bias,
                initializer=initializer,
                seed=generator,
                number=k + 1,
            )
            for k, (n, m) in enumerate(pairwise([n_in, *sizes]))
        ]
        self.dropouts = [Dropout(p, seed=int(generator.uniform(0, 2**32))) for p in shares]

    def __call__(self, x: Sequence[Number]) -> Value | list[Value]:
        """The output for one row of inputs, or the list of outputs where there are several."""
        return one_or_all(self.forward(inputs_of(x, self.n_in, "the network")))

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return self.layers[0].n_in

    def forward(self, x: tuple[Number, ...]) -> list[Value]:
        """The list of outputs for inputs that have been checked."""
        outputs: tuple[Number, ...] = x
        for layer, dropout in zip(self.layers, [*self.dropouts, None], strict=True):
            outputs = tuple(layer.forward(outputs))
            if dropout is not None:
                outputs = tuple(dropout(outputs))
        return list(outputs)  # type: ignore[arg-type]

    def parts(self) -> list[tuple[list[Neuron], str]]:
        """See `Network.parts`."""
        return [part for layer in self.layers for part in layer.parts()]

    def shares(self) -> list[float]:
        """See `Network.shares`."""
        return [dropout.p for dropout in self.dropouts]

    def __repr__(self) -> str:
        parts: list[Module] = []
        for layer, dropout in zip(self.layers, [*self.dropouts, None], strict=True):
            parts += [layer, dropout] if dropout is not None and dropout.p else [layer]
        return f"MLP({', '.join(map(repr, parts))})"


class Dropout(Module):
    """In training, each input is dropped with probability p and else divided by 1 − p.

    So its expectation stays what it was, and in evaluation mode the inputs pass unchanged
    ("inverted" dropout, Srivastava and others, 2014): the remedy that note N2 ends with.
    `factors` is where an input's factors come from, a function of their number; without it they
    are drawn from `seed`. Raises SettingError unless 0 ≤ p < 1.

    >>> dropout = Dropout(0.5, seed=1)
    >>> dropout([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    >>> dropout.eval()([1.0, 1.0])
    [1.0, 1.0]
    """

    p: float
    factors: Callable[[int], Sequence[Number]] | None

    def __init__(
        self,
        p: float = 0.5,
        *,
        seed: int | None = None,
        factors: Callable[[int], Sequence[Number]] | None = None,
    ):
        self.p = number("the share dropped", p, below=1.0)
        self.factors = factors
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Draw the factors from this seed on."""
        self._generator = random.Random(seed)

    def mask(self, n: int) -> list[float]:
        """The factors of n inputs as they are drawn: each 0 or 1 / (1 − p).

        >>> Dropout(0.0).mask(2)
        [1.0, 1.0]
        """
        kept = 1.0 / (1.0 - self.p)
        return [kept if self._generator.random() >= self.p else 0.0 for _ in range(n)]

    def __call__(self, x: Sequence[Number]) -> list[Any]:
        """The row of inputs, some of them dropped where the module is in training."""
        if not self.training or self.p == 0.0:
            return list(x)
        factors = self.mask(len(x)) if self.factors is None else self.factors(len(x))
        return [v * m for v, m in zip(x, factors, strict=True)]

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"


def _labels(layout: Architecture) -> Iterator[str]:
    """The notes' names of the parameters, in their order."""
    for layer, (n_in, n_out) in enumerate(pairwise([layout.n_in, *layout.sizes]), 1):
        for j in range(1, n_out + 1):
            for i in range(1, n_in + 1):
                yield _label("w", (i, j), layer)
            if not layout.shared_bias:
                yield _label("b", (j,), layer)
            elif j == 1:
                yield f"b^{layer}"


def activation_of(activation: str | Activation) -> Activation:
    """The activation of that name, or the function itself.

    Raises SettingError for an unknown name, or for what is neither.
    """
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise SettingError(f"an activation is a function or its name, not {activation!r}")
    return registered("activation", activation, ACTIVATIONS)


def inputs_of(x: Any, n: int, who: str) -> tuple[Number, ...]:
    """The row x as a tuple of floats and Values, checked.

    Raises TypeError where it is no row of numbers, ValueError for another length than n or a
    number that is infinite or NaN.
    """
    try:
        row = tuple(x)
    except TypeError:
        raise ArgumentTypeError(f"{who} takes a row of {n} numbers, not {x!r}") from None
    if len(row) != n:
        raise ArgumentError(f"{who} takes {n} inputs, but the row has {len(row)}")
    return tuple([v if isinstance(v, Value) else _input(v, i, who) for i, v in enumerate(row)])


def _input(v: Any, i: int, who: str) -> float:
    if isinstance(v, (list, tuple)) or getattr(v, "ndim", 0) > 0:
        raise ArgumentTypeError(
            f"{who} takes one row of numbers, but input {i} is itself a row; "
            "for many rows write [model(row) for row in rows]"
        )
    number = Value(v).data
    if not math.isfinite(number):
        raise ArgumentError(f"{who}: input {i} is {number!r}, not a finite number")
    return number


def one_or_all(outputs: list[Value]) -> Value | list[Value]:
    """The output itself where there is only one."""
    return outputs[0] if len(outputs) == 1 else outputs


def _each(given: Any, n: int, what: str) -> list[Any]:
    """One for each of the n hidden layers: the list given, or n times the same."""
    if not isinstance(given, (list, tuple)):
        return [given] * n
    if len(given) != n:
        raise SettingError(f"{len(given)} {what} for {n} hidden layers; give one for each, or one")
    return list(given)


def _initializer(given: str | Initializer | None, activation: Activation) -> Initializer:
    if given is None:
        return he if activation is relu else xavier
    if callable(given):
        return given
    return registered("initializer", given, INITIALIZERS)


def _biases(biases: Number | Sequence[Number], n_out: int, number: int) -> list[Number]:
    if isinstance(biases, (float, int, Value)):
        return [biases] * n_out
    if len(biases) != n_out:
        raise ArgumentError(f"layer {number} of {n_out} neurons takes {n_out} biases")
    return list(biases)


def _parameter(start: Number, label: str) -> Value:
    """A new parameter; a Value is taken as it is, and named if it has no name yet."""
    if not isinstance(start, Value):
        return Value(start, label)
    if start.label is None:
        start.label = label
    return start


def _label(letter: str, indices: tuple[int, ...], layer: int) -> str:
    """The notes' w_ij^l and b_j^l; with a comma where an index has two digits."""
    comma = "," if max(indices) > 9 else ""
    return f"{letter}_{comma.join(map(str, indices))}^{layer}"
