"""Models as files and as named arrays: safetensors, with the architecture in the metadata.

The names are those of the same network in PyTorch, as `to_torch` builds it: `0.weight`, `0.bias`
and so on, counted with the activations between. Nothing is pickled, so a file runs no code.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import Value
from nn.data.schema import Schema
from nn.layers import ACTIVATIONS, MLP, Layer, Neuron
from nn.module import Module
from nn.optimizers import write_data

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

__all__ = ["Linear", "load", "load_state_dict", "save", "stages", "state_dict"]

_FORMAT = "whygrad"
_VERSION = "1"


@dataclass(frozen=True)
class Linear:
    """The affine part of a layer: its parameters, a row of weights and a bias for each neuron."""

    weights: list[tuple[Value, ...]]
    biases: list[Value]


def stages(model: Neuron | Layer | MLP) -> list[Linear | str | float]:
    """What a network does to a row, in order, as the items of a PyTorch `Sequential`.

    A `Linear`, the name of an activation, or the share that a dropout drops.

    >>> stages(MLP(2, [1], seed=0, output="sigmoid"))[1]
    'sigmoid'
    """
    layers = model.layers if isinstance(model, MLP) else [model]
    shares = [d.p for d in model.dropouts] if isinstance(model, MLP) else []
    found: list[Linear | str | float] = []
    for layer, share in zip(layers, [*shares, 0.0], strict=True):
        neurons = layer.neurons if isinstance(layer, Layer) else [layer]
        found.append(Linear([n.weights for n in neurons], [n.bias for n in neurons]))
        if layer.activation_name != "linear":
            found.append(layer.activation_name)
        if share:
            found.append(share)
    return found


# Named arrays


def state_dict(model: Module) -> Arrays:
    """See `Module.state_dict`."""
    import numpy as np

    return {
        name: np.array([p.data for p in parameters]).reshape(shape)
        for name, shape, parameters in _tensors(model)
    }


def load_state_dict(model: Module, state: Mapping[str, Any]) -> None:
    """See `Module.load_state_dict`."""
    import numpy as np

    expected = list(_tensors(model))
    names = [name for name, _, _ in expected]
    missing = [name for name in names if name not in state]
    unknown = [name for name in state if name not in names]
    if missing or unknown:
        what = f"lacks {missing[0]!r}" if missing else f"has {unknown[0]!r}, which is unknown here"
        raise KeyError(f"the state {what}; the model's names are {', '.join(names)}")
    numbers: dict[Value, float] = {}
    for name, shape, parameters in expected:
        array = np.asarray(state[name])
        if array.shape != shape:
            raise ValueError(f"{name!r} has the shape {array.shape}, but the model needs {shape}")
        for p, number in zip(parameters, array.ravel().tolist(), strict=True):
            if not math.isfinite(number):
                raise ValueError(f"{name!r} holds {number!r}: parameters are finite numbers")
            if numbers.setdefault(p, float(number)) != number:
                raise ValueError(
                    f"{name!r} holds different numbers for {p.label}, which the model shares"
                )
    write_data(list(numbers), list(numbers.values()))


def _tensors(model: Module) -> Iterator[tuple[str, tuple[int, ...], list[Value]]]:
    """The name, shape and parameters of each array."""
    if isinstance(model, (Neuron, Layer, MLP)):
        for i, stage in enumerate(stages(model)):
            if isinstance(stage, Linear):
                rows = stage.weights
                weights = [w for row in rows for w in row]
                yield f"{i}.weight", (len(rows), len(rows[0])), weights
                yield f"{i}.bias", (len(rows),), stage.biases
    else:
        for name, p in model.named_parameters():
            yield name, (), [p]


# Files


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """See `Module.save`.

    The metadata also holds what `fit` has learnt of the data (`model.schema`) and a checksum. The
    file appears under its name only when it is complete. A model with code of its own (another
    class, an activation that is the user's function) is saved without architecture: `load` then
    needs `into`. Raises ValueError for classes that are no texts, numbers or truths.
    """
    import safetensors.numpy

    arrays = state_dict(model)
    metadata = {
        "format": _FORMAT,
        "version": _VERSION,
        "architecture": json.dumps(_architecture(model)),
        "schema": _schema_text(model.schema),
    }
    metadata["sha256"] = _checksum(arrays, metadata)
    path = os.fspath(path)
    unfinished = f"{path}.unfinished"
    with open(unfinished, "wb") as file:
        file.write(safetensors.numpy.save(arrays, metadata))
    os.replace(unfinished, path)


def load(path: str | os.PathLike[str], into: Module | None = None) -> Module:
    """The model that `model.save(path)` wrote, in evaluation mode, equal to the last bit.

    With `into` the parameters go into that model, which is returned. Raises ValueError for a file
    that is damaged, truncated or not of this library, OSError where it cannot be read.
    """
    path = os.fspath(path)
    arrays, metadata = _read(path)
    try:
        architecture = json.loads(metadata["architecture"])
        schema = _schema_of(json.loads(metadata["schema"]))
        if metadata["sha256"] != _checksum(arrays, metadata):
            raise ValueError("its checksum does not fit")
        model = into if into is not None else _built(architecture, arrays)
        load_state_dict(model, arrays)
    except (KeyError, TypeError, ValueError) as error:
        reason = error.args[0] if error.args else error
        raise ValueError(f"{path}: this model cannot be loaded: {reason}") from error
    model.schema = schema
    return model.eval()


def _read(path: str) -> tuple[Arrays, dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    with open(path, "rb"):
        pass  # whether it is there and may be read: Python says so more clearly
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"{path} is no intact safetensors file: {error}") from error
    if metadata.get("format") != _FORMAT:
        raise ValueError(
            f"{path} is a safetensors file, but not of a whygrad model: to use its arrays, build "
            "the model and call model.load_state_dict(safetensors.numpy.load_file(path))"
        )
    if metadata.get("version") != _VERSION:
        raise ValueError(
            f"{path} has the file version {metadata.get('version')!r}; this whygrad reads "
            f"{_VERSION!r}: install a newer one"
        )
    return arrays, metadata


def _architecture(model: Module) -> dict[str, Any] | None:
    """What `_built` makes the same network of; None where it could not."""
    if type(model) not in (Neuron, Layer, MLP):  # a subclass may have code of its own
        return None
    assert isinstance(model, (Neuron, Layer, MLP))
    layers: list[Any] = model.layers if isinstance(model, MLP) else [model]
    names = [layer.activation_name for layer in layers]
    if any(name not in ACTIVATIONS and name != "softmax" for name in names):
        return None
    found = {
        "class": type(model).__name__,
        "n_in": model.n_in,
        "sizes": [len(getattr(layer, "neurons", [layer])) for layer in layers],
        "activations": names,
        "dropout": [d.p for d in model.dropouts] if isinstance(model, MLP) else [],
        "shared_bias": any(
            len(layer.neurons) > 1 and len({n.bias for n in layer.neurons}) == 1
            for layer in layers
            if isinstance(layer, Layer)
        ),
    }
    copy = _empty(found)
    if _sharing(copy) != _sharing(model):
        return None
    labels = [p.label for p in model.parameters()]
    if labels != [p.label for p in copy.parameters()]:
        found["labels"] = labels
    return found


def _built(architecture: Any, arrays: Arrays) -> Module:
    """A network of this architecture, where the arrays have as many numbers as it takes."""
    if architecture is None:
        raise ValueError(
            "it has code of its own, which no file holds: build it, then nn.load(path, into=model)"
        )
    widths = [int(n) for n in [architecture["n_in"], *architecture["sizes"]]]
    count = sum([(n + 1) * m for n, m in pairwise(widths)])
    if min(widths) < 1 or count != sum([a.size for a in arrays.values()]):
        raise ValueError("its architecture and its arrays do not fit")
    model = _empty(architecture)
    for p, label in zip(model.parameters(), architecture.get("labels", ()), strict=False):
        p.label = label
    return model


def _empty(architecture: Mapping[str, Any]) -> Module:
    n_in, sizes, names = [architecture[k] for k in ("n_in", "sizes", "activations")]
    kind, shared = architecture["class"], architecture["shared_bias"]
    if kind == "Neuron":
        return Neuron(n_in, names[0], initializer="zeros")
    if kind == "Layer":
        return Layer(n_in, sizes[0], names[0], shared_bias=shared, initializer="zeros")
    if kind != "MLP":
        raise ValueError(f"it is of an unknown class, {kind!r}")
    return MLP(
        n_in,
        sizes,
        names[:-1],
        names[-1],
        shared_bias=shared,
        initializer="zeros",
        dropout=architecture["dropout"],
    )


def _sharing(model: Module) -> list[int]:
    """For each number of the state the number of the parameter that it is."""
    numbers: dict[Value, int] = {}
    flat = [p for _, _, parameters in _tensors(model) for p in parameters]
    return [numbers.setdefault(p, len(numbers)) for p in flat]


def _checksum(arrays: Arrays, metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for text in (metadata["architecture"], metadata["schema"]):
        digest.update(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _schema_text(schema: Schema | None) -> str:
    for c in schema.classes or () if schema else ():
        if not isinstance(c, (str, int, float)):
            raise ValueError(f"the class {c!r} cannot be saved: fit with texts or numbers instead")
    return json.dumps(None if schema is None else asdict(schema))


def _schema_of(fields: dict[str, Any] | None) -> Schema | None:
    if fields is None:
        return None
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    return Schema(**plain)
