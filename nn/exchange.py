"""Networks from elsewhere: from a file that `model.save` wrote, to PyTorch and back."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import Any

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.rules import ACTIVATIONS, RULES
from nn.errors import ModelFileError
from nn.layers import MLP, Layer, Linear, Network, Neuron
from nn.module import Module
from nn.optional import require
from nn.saving import Architecture, read

__all__ = ["from_torch", "load", "to_torch"]

_TORCH = {name: RULES[name].torch for name in ACTIVATIONS}
_SETTINGS = {"softplus": {"threshold": 800.0}}  # above it PyTorch's own is x itself


def load(path: str | PathLike[str], into: Module | None = None) -> Module:
    """The model that `model.save(path)` wrote, in evaluation mode, equal to the last bit.

    Args:
        path: the file.
        into: a model that gets the parameters and is returned; needed for one with code of its
            own, which no file holds.

    Raises:
        ModelFileError: the file is damaged, truncated, forged, not of this library, or its
            parameters do not fit the model; `into` is then as it was.
        OSError: the file cannot be read.
    """
    saved = read(path)
    try:
        if into is None:
            if saved.architecture is None:
                raise ArgumentError(
                    "it has code of its own, which no file holds: build it, then "
                    "nn.load(path, into=model)"
                )
            into = network_of(saved.architecture)
        into.load_state_dict(saved.arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: this model cannot be loaded: {error.args[0]}") from error
    into.schema = saved.schema
    return into.eval()


def network_of(given: Architecture) -> Network:
    """A network of this architecture, all of its weights 0."""
    activations, shared = list(given.activations), given.shared_bias
    model: Network
    if given.kind == "Neuron":
        model = Neuron(given.n_in, activations[0], initializer="zeros")
    elif given.kind == "Layer":
        [size] = given.sizes
        model = Layer(given.n_in, size, activations[0], shared_bias=shared, initializer="zeros")
    else:
        model = MLP(
            given.n_in,
            given.sizes,
            activations[:-1],
            activations[-1],
            shared_bias=shared,
            initializer="zeros",
            dropout=given.dropout,
        )
    if given.labels is not None:
        for p, label in zip(model.parameters(), given.labels, strict=True):
            p.label = label
    return model


def to_torch(model: Network) -> Any:
    """A `torch.nn.Sequential` in float64 with the same parameters, outputs and gradients.

    It takes an array of m rows and has the names of `model.state_dict()`. Inputs are standardised
    outside, as by `model`: give it `model.schema.encoded_rows(X)`. A bias that neurons share
    becomes one for each, whose gradients add up to the shared one's. It is in the same mode,
    training or evaluation. Raises TypeError or ValueError for a model that has none.
    """
    torch: Any = require("torch", None, "to_torch")
    if not isinstance(model, Network):
        raise ArgumentTypeError(
            f"to_torch takes a Neuron, Layer or MLP, not {type(model).__name__}"
        )
    items = []
    for stage in model.stages():
        if isinstance(stage, Linear):
            linear = torch.nn.Linear(len(stage.weights[0]), len(stage.weights), dtype=torch.float64)
            items.append(linear)
        elif isinstance(stage, float):
            items.append(torch.nn.Dropout(stage))
        elif stage == "softmax":
            items.append(torch.nn.Softmax(dim=-1))
        elif stage in _TORCH:
            items.append(getattr(torch.nn, _TORCH[stage])(**_SETTINGS.get(stage, {})))
        else:
            raise ArgumentError(
                f"the activation {stage!r} is a function of your own; PyTorch is known to have "
                f"{', '.join(_TORCH)} and softmax"
            )
    network = torch.nn.Sequential(*items)
    network.load_state_dict({k: torch.from_numpy(v) for k, v in model.state_dict().items()})
    return network.train(model.training)


def from_torch(module: Any) -> MLP:
    """The `MLP` that equals a `torch.nn.Sequential` of linear layers, activations and dropouts.

    An activation (ReLU, Sigmoid, Tanh, GELU, ... with its usual settings, and Softmax at the end)
    stands after a Linear, a Dropout after that. Parameters are taken as they are, float32 exactly.
    A Softplus has no threshold here, which changes it by less than 3e-9. Raises ValueError, naming
    the item, for a network of another kind.
    """
    torch: Any = require("torch", None, "from_torch")
    linears: list[Any] = []
    names: list[str] = []
    shares: list[float] = []
    known = {getattr(torch.nn, theirs): ours for ours, theirs in _TORCH.items()}
    for place, item in _items(torch, module, ""):
        if type(item) is torch.nn.Linear:
            if item.bias is None:
                raise ArgumentError(f"{place} has no bias, but every neuron here has one")
            linears.append(item)
            names.append("linear")
            shares.append(0.0)
        elif not linears or shares[-1]:
            raise ArgumentError(f"{place} stands where a Linear is expected")
        elif type(item) is torch.nn.Dropout:
            shares[-1] = item.p
        elif names[-1] == "linear" and type(item) in known and _is_plain(item):
            names[-1] = known[type(item)]
        elif names[-1] == "linear" and type(item) is torch.nn.Softmax and item.dim in (-1, 1):
            names[-1] = "softmax"
        else:
            raise ArgumentError(
                f"{place} has no counterpart at its place: after a Linear comes one of "
                f"{', '.join(_TORCH.values())}, with PyTorch's own settings, then perhaps a "
                "Dropout; Softmax(dim=-1) at the end"
            )
    if not linears:
        raise ArgumentError("the module holds no Linear")
    if shares[-1]:
        raise ArgumentError("a Dropout after the last Linear has no counterpart")
    if "softmax" in names[:-1]:
        raise ArgumentError("a Softmax before the last Linear has no counterpart")
    return MLP(
        linears[0].in_features,
        [linear.out_features for linear in linears],
        names[:-1],
        names[-1],
        weights=[linear.weight.tolist() for linear in linears],
        biases=[linear.bias.tolist() for linear in linears],
        dropout=shares[:-1],
    )


def _is_plain(item: Any) -> bool:
    """Whether an activation has the settings that it has without any being given."""
    ours, plain = vars(item), vars(type(item)())
    kept = {name for name in plain if name not in ("training", "inplace", "threshold")}
    return all(ours[name] == plain[name] for name in kept if not name.startswith("_"))


def _items(torch: Any, module: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The items of nested Sequentials in order, with names for messages."""
    if isinstance(module, torch.nn.Sequential):
        for name, item in module.named_children():
            yield from _items(torch, item, f"{place}{name}.")
    elif type(module) is not torch.nn.Identity:
        yield f"item {place.rstrip('.') or 0}, {module},", module
