"""Model files: safetensors, with the architecture and the schema in the metadata.

Nothing is pickled, so a file runs no code. What is read is believed in no point: sizes, names and
numbers must be what `Module.save` could have written, or the file is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.errors import ArgumentError
from nn.data.schema import ENCODINGS, OUTPUTS, Schema
from nn.errors import ModelFileError

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

__all__ = ["Architecture", "SavedModel", "read", "write"]

_FORMAT = "whygrad"
_VERSION = "1"


@dataclass(frozen=True)
class Architecture:
    """What a network is made of anew: its kind, its sizes, the names of its activations.

    `dropout` has a share for each hidden layer of an MLP. `labels` are those of the parameters,
    where they are other ones than the notes' w_ij^l and b_j^l.
    """

    kind: str
    n_in: int
    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    dropout: tuple[float, ...] = ()
    shared_bias: bool = False
    labels: tuple[str | None, ...] | None = None

    @property
    def parameters(self) -> int:
        """How many parameters the network has; a shared bias is one."""
        pairs = pairwise([self.n_in, *self.sizes])
        return sum([n * m + (1 if self.shared_bias else m) for n, m in pairs])


@dataclass(frozen=True)
class SavedModel:
    """What a file holds; without architecture it is of a model with code of its own."""

    arrays: Arrays
    architecture: Architecture | None
    schema: Schema | None


def write(
    path: str | os.PathLike[str],
    arrays: Arrays,
    architecture: Architecture | None,
    schema: Schema | None,
) -> None:
    """Write a model file, which appears under its name only when it is complete.

    Raises ValueError for classes that are no texts, numbers or truths, OSError where the file
    cannot be written.
    """
    import safetensors.numpy

    for c in (schema and schema.classes) or ():
        if not isinstance(c, (str, int, float)):
            raise ArgumentError(
                f"the class {c!r} cannot be saved: fit with texts or numbers instead"
            )
    metadata = {
        "format": _FORMAT,
        "version": _VERSION,
        "architecture": json.dumps(architecture and _as_data(architecture)),
        "schema": json.dumps(schema and asdict(schema)),
    }
    metadata["sha256"] = _checksum(arrays, metadata)
    unfinished = f"{os.fspath(path)}.unfinished"
    try:
        with open(unfinished, "wb") as file:
            file.write(safetensors.numpy.save(arrays, metadata))
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


def read(path: str | os.PathLike[str]) -> SavedModel:
    """What a model file holds.

    Raises ModelFileError for a file that is damaged, truncated, forged or not of this library,
    OSError where it cannot be read.
    """
    path = os.fspath(path)
    arrays, metadata = _read(path)
    try:
        if metadata["sha256"] != _checksum(arrays, metadata):
            raise ArgumentError("its checksum does not fit")
        numbers = sum([a.size for a in arrays.values()])
        architecture = _architecture(_parsed(metadata["architecture"]), numbers)
        return SavedModel(arrays, architecture, _schema(_parsed(metadata["schema"]), architecture))
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: this model cannot be loaded: {error.args[0]}") from error


def _read(path: str) -> tuple[Arrays, dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    with open(path, "rb"):
        pass  # whether it is there and may be read: Python says so more clearly
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ModelFileError(f"{path} is no intact safetensors file: {error}") from error
    if metadata.get("format") != _FORMAT:
        raise ModelFileError(
            f"{path} is a safetensors file, but not of a whygrad model: to use its arrays, build "
            "the model and call model.load_state_dict(safetensors.numpy.load_file(path))"
        )
    if metadata.get("version") != _VERSION:
        raise ModelFileError(
            f"{path} has the file version {metadata.get('version')!r}; this whygrad reads "
            f"{_VERSION!r}: install a newer one"
        )
    return arrays, metadata


def _checksum(arrays: Arrays, metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for text in (metadata["architecture"], metadata["schema"]):
        digest.update(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _as_data(architecture: Architecture) -> dict[str, Any]:
    """The architecture under the names of the file."""
    data = asdict(architecture)
    data = {"class": data.pop("kind"), **data}
    if architecture.labels is None:
        del data["labels"]
    return data


# What a file may say


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ArgumentError("its metadata is nested without end") from None


def _architecture(data: Any, numbers: int) -> Architecture | None:
    """The architecture of a file whose arrays hold so many numbers."""
    if data is None:
        return None
    _demand(isinstance(data, dict), "its architecture is no object")
    n_in, sizes = data.get("n_in"), data.get("sizes")
    widths = [n_in, *sizes] if isinstance(sizes, list) else []
    fit = len(widths) > 1 and all(type(n) is int and 0 < n <= numbers for n in widths)
    if not fit or sum([(n + 1) * m for n, m in pairwise(widths)]) != numbers:
        raise ArgumentError("its architecture and its arrays do not fit")
    known = {"class", "n_in", "sizes", "activations", "dropout", "shared_bias", "labels"}
    _demand(known - {"labels"} <= data.keys() <= known, "its architecture has other entries")
    kind, names = data["class"], _list(data, "activations", str, len(sizes))
    _demand(kind in ("Neuron", "Layer", "MLP"), "it is of an unknown class")
    _demand(kind == "MLP" or len(sizes) == 1, f"it is a {kind} of several layers")
    _demand(kind != "Neuron" or sizes == [1], "it is a Neuron with several outputs")
    shares = _list(data, "dropout", float, len(sizes) - 1 if kind == "MLP" else 0)
    _demand(all(0.0 <= p < 1.0 for p in shares), "a share of dropout is not from 0 to below 1")
    _demand(type(data["shared_bias"]) is bool, "shared_bias is neither true nor false")
    architecture = Architecture(
        kind, n_in, tuple(sizes), tuple(names), tuple(shares), data["shared_bias"]
    )
    if "labels" not in data:
        return architecture
    labels = _list(data, "labels", (str, type(None)), architecture.parameters)
    return replace(architecture, labels=tuple(labels))


def _schema(data: Any, architecture: Architecture | None) -> Schema | None:
    """The schema of a file; its widths are those of the architecture where there is one."""
    if data is None:
        return None
    _demand(isinstance(data, dict), "its schema is no object")
    _demand(data.keys() <= {f.name for f in fields(Schema)}, "its schema has other entries")
    n_in = architecture.n_in if architecture else _length(data, "columns", "means", "scales")
    n_out = architecture.sizes[-1] if architecture else _length(data, "target_means")
    plain: dict[str, Any] = {
        "columns": _row(data, "columns", str, n_in),
        "target": data.get("target"),
        "means": _row(data, "means", float, n_in),
        "scales": _row(data, "scales", float, n_in),
        "target_means": _row(data, "target_means", float, n_out),
        "target_scales": _row(data, "target_scales", float, n_out),
        "classes": None,
        "encoding": data.get("encoding", "numbers"),
        "outputs": data.get("outputs", "numbers"),
    }
    _demand(isinstance(plain["target"], (str, type(None))), "the target's name is no text")
    for name in ("", "target_"):
        means, scales = plain[f"{name}means"], plain[f"{name}scales"]
        _demand((means is None) == (scales is None), f"it has {name}means or {name}scales alone")
        _demand(scales is None or min(scales) > 0.0, f"{name}scales are not above 0")
    _demand(plain["encoding"] in ENCODINGS, "its encoding of targets is unknown")
    _demand(plain["outputs"] in OUTPUTS, "what its outputs mean is unknown")
    if data.get("classes") is not None:
        n = len(data["classes"]) if isinstance(data["classes"], list) else 0
        classes = _list(data, "classes", (str, int, float, bool), n)
        _demand(n > 1 and len(set(classes)) == n, "its classes are not two or more")
        _demand(not architecture or n == max(2, n_out), f"it has {n} classes, {n_out} outputs")
        plain["classes"] = tuple(classes)
    _demand(
        plain["encoding"] == "numbers" or plain["classes"] is not None,
        "it encodes classes but names none",
    )
    return Schema(**plain)


def _length(data: Mapping[str, Any], *names: str) -> int:
    """The length of the first of these that is a list; the others must have it too."""
    return next((len(data[k]) for k in names if isinstance(data.get(k), list)), 0)


def _row(
    data: Mapping[str, Any], name: str, kind: type | tuple[type, ...], n: int
) -> tuple[Any, ...] | None:
    return None if data.get(name) is None else tuple(_list(data, name, kind, n))


def _list(data: Mapping[str, Any], name: str, kind: type | tuple[type, ...], n: int) -> list[Any]:
    """A list of n things of this kind; numbers are finite."""
    things = data[name]
    _demand(isinstance(things, list) and len(things) == n, f"{name} is no list of {n}")
    for x in things:
        right = type(x) in kind if isinstance(kind, tuple) else type(x) is kind
        finite = not isinstance(x, float) or math.isfinite(x)
        _demand(right and finite, f"{name} holds what does not belong there")
    return list(things)


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise ArgumentError(what)
