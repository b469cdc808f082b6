"""Models and tapes with something in them changed: refused in a sentence, or harmless."""

import json
import random
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

import autograd
import nn
from autograd import TapeError, Value
from autograd.replay.tape import ENGINES
from fuzzing.checks import SPACE, Finding

_ODD = [-1, 0, 1, 2, 3, 5, 7, 100, 2**31, 2**40, 2**62, -(2**63)]
_STRANGE = [
    None, True, -1, 0, 1e308, float("nan"), "", "relu", "MLP", [], {}, [[1]], {"a": 1}, 10**9,
]  # fmt: skip


def check_damage(program):
    """One damaged model file, one forged one, and damaged tapes of the program."""
    rng = random.Random(repr(program))
    with tempfile.TemporaryDirectory() as folder:
        _check_model(rng, Path(folder) / "model.safetensors")
    _check_tape(program, rng)


def _check_model(rng, path):
    activation = rng.choice(["tanh", "relu", "sigmoid", "linear"])
    model = nn.MLP(2, [rng.randint(1, 3), 1], activation, seed=rng.randrange(99))
    nn.fit(model, [[0.0, 1.0], [1.0, 0.5]], [0.5, 1.0], epochs=1, standardize=rng.random() < 0.5,
           engine="eager", progress=False)  # fmt: skip
    model.save(path)
    whole = path.read_bytes()
    at = rng.randrange(len(whole))
    if rng.random() < 0.3:
        damaged = whole[:at]
    else:
        damaged = whole[:at] + bytes([whole[at] ^ rng.randint(1, 255)]) + whole[at + 1 :]
    path.write_bytes(damaged)
    loaded = _loaded(path, f"byte {at} of a saved model changed")
    if loaded is not None and _said(damaged) != _said(whole):
        raise Finding(f"a saved model with byte {at} changed is loaded as if it were whole")
    _forge(rng, path, whole)


def _said(file):
    """The header of a file as data, which spaces do not change, and the bytes that follow."""
    end = 8 + int.from_bytes(file[:8], "little")
    with suppress(ValueError):
        return json.loads(file[8:end]), file[end:]
    return file


def _forge(rng, path, whole):
    """Another description, with the checksum that fits it."""
    from nn import saving

    arrays, metadata = _parts(path, whole)
    which = rng.choice(["architecture", "schema"])
    data = json.loads(metadata[which])
    if isinstance(data, dict) and data:
        data[rng.choice(sorted(data))] = rng.choice(_STRANGE)
    else:
        data = rng.choice(_STRANGE)
    metadata[which] = json.dumps(data)
    del metadata["sha256"]
    metadata["sha256"] = saving._checksum(arrays, metadata)
    import safetensors.numpy

    path.write_bytes(safetensors.numpy.save(arrays, metadata))
    model = _loaded(path, f"{which} = {metadata[which]}")
    if model is not None:
        try:
            repr(model)
            model.predict([[0.5, 0.5]])
        except Exception as error:
            raise Finding(f"loaded with {which} = {metadata[which]}, then {error!r}") from error


def _parts(path, whole):
    from safetensors import safe_open

    path.write_bytes(whole)
    with safe_open(str(path), framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata())  # noqa: SIM118


def _loaded(path, what):
    try:
        return nn.load(path)
    except nn.ModelFileError:
        return None
    except Exception as error:
        raise Finding(f"{what}: nn.load raises {error!r}, not ModelFileError") from error


def _check_tape(program, rng):
    w, b = Value(0.3), Value(-0.2)
    leaves = [w, b, w * b]

    def f(x, y):
        values, error = program.run(SPACE, [x, y, *leaves][: len(program.leaves)])
        if error is not None:
            raise error
        return autograd.dot([w, b], [x, y], values[program.result]) + autograd.softmax([x, y, w])[0]

    try:
        whole = autograd.record(f, 2)._program
    except (ArithmeticError, ValueError, RuntimeError):
        return  # the program has no value here
    for _ in range(10):
        name = rng.choice(["shared", "rows", "index", "outputs", "clear", "place"])
        array = getattr(whole, name).copy()
        if not array.size:
            continue
        array.flat[rng.randrange(array.size)] = rng.choice(_ODD)
        try:
            _use(replace(whole, **{name: array}))
        except TapeError:
            continue


def _use(program):
    count = len(program.place)
    parameters = [Value(0.1) for _ in range(program.parameters)]
    others = [Value(0.2) for _ in range(count - program.parameters)]
    for engine in ENGINES:
        tape = autograd.Tape(program, parameters, others, engine=engine)
        for rows in (1, 40):
            try:
                tape(np.full((rows, program.columns), 0.5))
            except (ArithmeticError, ValueError):
                continue
