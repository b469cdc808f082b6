"""A thin neural network on `autograd`: neuron, layer, MLP, losses, and the five worked notes.

>>> import nn
>>> model = nn.MLP(2, [2, 1], activation="sigmoid", seed=0)
>>> len(model.parameters())
9
"""

import autograd as _autograd

if getattr(_autograd, "__distribution__", None) != "whygrad":
    raise ImportError(
        "nn needs the autograd of whygrad, but `import autograd` finds another package at "
        f"{getattr(_autograd, '__file__', None) or 'an unknown place'}: uninstall that one, or "
        "use a virtual environment of its own for whygrad"
    )

from nn.initializers import constant, he, uniform, xavier, zeros
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_with_logits,
    half_squared_error,
    mean_squared_error,
)
from nn.matrices import MatrixForm, matrix_form
from nn.module import MLP, Layer, Module, Neuron

__all__ = [
    "MLP",
    "Layer",
    "MatrixForm",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "constant",
    "cross_entropy",
    "cross_entropy_with_logits",
    "half_squared_error",
    "he",
    "matrix_form",
    "mean_squared_error",
    "uniform",
    "xavier",
    "zeros",
]
