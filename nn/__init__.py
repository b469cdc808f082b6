"""A thin neural network on `autograd`: neuron, layer, MLP, losses, and the five worked notes.

>>> import nn
>>> model = nn.MLP(2, [2, 1], activation="sigmoid", seed=0)
>>> len(model.parameters())
9
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

import autograd as _autograd

if getattr(_autograd, "__distribution__", None) != "whygrad":
    raise ImportError(
        "nn needs the autograd of whygrad, but `import autograd` finds another package at "
        f"{getattr(_autograd, '__file__', None) or 'an unknown place'}: uninstall that one, or "
        "use a virtual environment of its own for whygrad"
    )

from nn.errors import (
    ClusterError,
    DivergenceError,
    ModelFileError,
    SymmetryWarning,
    UnrecordableError,
)
from nn.exchange import from_torch, load, to_torch
from nn.initializers import constant, he, uniform, xavier, zeros
from nn.layers import MLP, Dropout, Layer, Neuron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_with_logits,
    half_squared_error,
    l1_penalty,
    l2_penalty,
    mean_squared_error,
)
from nn.metrics import accuracy, confusion_matrix, r2_score
from nn.module import Module
from nn.optimizers import SGD, Adam, AdamW, CosineAnnealingLR, StepLR
from nn.pictures.plots import (
    plot_activations,
    plot_decision_regions,
    plot_gradients,
    plot_history,
    plot_predictions,
)
from nn.problems import as_problem
from nn.training import EarlyStopping, History, fit

if _TYPE_CHECKING:
    from nn.matrices import MatrixForm, matrix_form
    from nn.pictures.networks import draw_network

if _autograd.compiled:
    from autograd._source import show_source as _show_source

    _show_source("nn.module", "nn.layers")

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "ClusterError",
    "CosineAnnealingLR",
    "DivergenceError",
    "Dropout",
    "EarlyStopping",
    "History",
    "Layer",
    "MatrixForm",
    "ModelFileError",
    "Module",
    "Neuron",
    "StepLR",
    "SymmetryWarning",
    "UnrecordableError",
    "accuracy",
    "as_problem",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "confusion_matrix",
    "constant",
    "cross_entropy",
    "cross_entropy_with_logits",
    "draw_network",
    "fit",
    "from_torch",
    "half_squared_error",
    "he",
    "l1_penalty",
    "l2_penalty",
    "load",
    "matrix_form",
    "mean_squared_error",
    "plot_activations",
    "plot_decision_regions",
    "plot_gradients",
    "plot_history",
    "plot_predictions",
    "r2_score",
    "to_torch",
    "uniform",
    "xavier",
    "zeros",
]

_LOADED_ON_USE = {  # formulas and pictures, which training does without
    "MatrixForm": "nn.matrices",
    "matrix_form": "nn.matrices",
    "draw_network": "nn.pictures.networks",
}


def __getattr__(name: str) -> _Any:
    from importlib import import_module

    if name == "estimators":  # needs scikit-learn
        return import_module("nn.estimators")
    if name not in _LOADED_ON_USE:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    loaded = globals()[name] = getattr(import_module(_LOADED_ON_USE[name]), name)
    return loaded


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_ON_USE})
