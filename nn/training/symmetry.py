"""The symmetry problem of note N5: neurons that start equal stay equal."""

from __future__ import annotations

import warnings
from itertools import pairwise

from nn.errors import SymmetryWarning
from nn.layers import MLP, Layer
from nn.module import Module

__all__ = ["warn_of_symmetry"]


def warn_of_symmetry(model: Module) -> None:
    """Warn where hidden neurons of a network have the same weights, in and out.

    Such neurons compute the same z, get the same gradient and stay equal for ever: together they
    are one neuron. Dropout tells them apart, so a layer followed by it is left out.
    """
    if not isinstance(model, MLP):
        return
    for k, (layer, following) in enumerate(pairwise(model.layers)):
        n, distinct = len(layer.neurons), distinct_neurons(layer, following)
        if distinct < n and model.dropouts[k].p == 0.0:
            warnings.warn(
                f"{'all' if distinct == 1 else 'some of the'} {n} neurons of hidden layer {k + 1} "
                "start with the same weights. They will get the same gradients and stay equal for "
                f"ever, so the layer is worth {distinct} neuron{'s' * (distinct > 1)}: start from "
                "random weights, as with MLP(..., seed=0)",
                SymmetryWarning,
                stacklevel=3,
            )


def distinct_neurons(layer: Layer, following: Layer) -> int:
    """How many neurons of a hidden layer differ in a weight, in or out.

    >>> import nn
    >>> distinct_neurons(*nn.MLP(2, [3, 1], initializer="zeros").layers)
    1
    """
    states = set()
    for j, neuron in enumerate(layer.neurons):
        incoming = [w.data for w in neuron.weights]
        outgoing = [after.weights[j].data for after in following.neurons]
        states.add((*incoming, neuron.bias.data, *outgoing))
    return len(states)
