"""Saving, loading, state dicts, and the way to PyTorch and back."""

import hashlib
import json
import random
from itertools import pairwise

import numpy as np
import pytest
import safetensors.numpy
from helpers.models import MODELS, numbers

import nn
from autograd import Value

X = [[0.3, -1.2], [1.5, 0.4], [-0.7, 0.9]]


@pytest.mark.parametrize("name", [*MODELS, "shared", "labelled"])
def test_round_trip_is_exact(name, tmp_path):
    if name == "shared":
        model = nn.MLP(2, [2, 2], "sigmoid", shared_bias=True, seed=3)
    elif name == "labelled":
        model = nn.Layer(2, 1, weights=[[Value(0.1, "w1"), Value(0.2, "w2")]])
    else:
        model = MODELS[name]()
    rough = random.Random(0)
    for p in model.parameters():
        p.data = rough.choice([-1, 1]) * rough.random() * 10.0 ** rough.randint(-300, 300)
    model.save(tmp_path / "model.safetensors")
    again = nn.load(tmp_path / "model.safetensors")
    assert numbers(again) == numbers(model)
    assert repr(again) == repr(model)
    assert [p.label for p in again.parameters()] == [p.label for p in model.parameters()]
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]
    assert not any(module.training for module in again.modules())


@pytest.mark.parametrize("labels", [["dog", "cat", "cat"], [True, False, False], [3, 7, 7]])
def test_what_fit_learnt_is_saved(labels, tmp_path):
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    nn.fit(
        model,
        X,
        labels,
        loss="binary_cross_entropy_with_logits",
        standardize=True,
        epochs=3,
        progress=False,
    )
    model.save(tmp_path / "m")
    again = nn.load(tmp_path / "m")
    assert again.schema == model.schema
    assert again.predict(X).tolist() == model.predict(X).tolist()
    assert again.predict_proba(X).tolist() == model.predict_proba(X).tolist()


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    MODELS["mlp"]().save(path)
    return path


def test_every_truncation_is_a_clear_error(saved):
    whole = saved.read_bytes()
    for n in [0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1]:
        saved.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=r"model\.safetensors"):
            nn.load(saved)


def test_every_damaged_byte_is_a_clear_error(saved):
    whole = saved.read_bytes()
    for i in range(0, len(whole), 7):
        saved.write_bytes(whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1 :])
        with pytest.raises(ValueError, match=r"model\.safetensors"):
            nn.load(saved)


def test_foreign_files(tmp_path):
    path = tmp_path / "other"
    with pytest.raises(FileNotFoundError):
        nn.load(path)
    path.write_bytes(b"PK\x03\x04" + bytes(500))
    with pytest.raises(ValueError, match="no intact safetensors file"):
        nn.load(path)
    path.write_bytes(safetensors.numpy.save({"0.weight": np.ones((1, 2))}))
    with pytest.raises(ValueError, match="not of a whygrad model"):
        nn.load(path)
    path.write_bytes(
        safetensors.numpy.save({"a": np.ones(1)}, {"format": "whygrad", "version": "2"})
    )
    with pytest.raises(ValueError, match="file version '2'"):
        nn.load(path)


def test_a_huge_architecture_builds_nothing(saved, monkeypatch):
    from nn import saving

    monkeypatch.setattr(saving, "_checksum", lambda arrays, metadata: "0")
    architecture = {"class": "MLP", "n_in": 10**9, "sizes": [10**9], "activations": ["relu"]}
    metadata = {
        "format": "whygrad",
        "version": "1",
        "sha256": "0",
        "schema": "null",
        "architecture": json.dumps(architecture),
    }
    saved.write_bytes(safetensors.numpy.save({"a": np.ones(1)}, metadata))
    with pytest.raises(ValueError, match="do not fit"):
        nn.load(saved)


# Forged files: the checksum is right, the rest is what anybody may have written

ARCHITECTURE = {
    "class": "MLP",
    "n_in": 2,
    "sizes": [2, 1],
    "activations": ["tanh", "sigmoid"],
    "dropout": [0.0],
    "shared_bias": False,
}
SCHEMA = {
    "columns": ["a", "b"],
    "target": "y",
    "means": [0.5, -1.0],
    "scales": [1.0, 2.0],
    "target_means": None,
    "target_scales": None,
    "classes": ["no", "yes"],
    "encoding": "binary",
    "outputs": "probabilities",
}
ARRAYS = {
    "0.weight": np.array([[0.1, 0.2], [0.3, 0.4]]),
    "0.bias": np.array([0.5, 0.6]),
    "2.weight": np.array([[0.7, 0.8]]),
    "2.bias": np.array([0.9]),
}


def forged(path, architecture=None, schema=None, arrays=None):
    """A file as the first release wrote it, with a checksum that fits."""
    arrays = ARRAYS if arrays is None else arrays
    texts = [x if isinstance(x, str) else json.dumps(x) for x in (architecture, schema)]
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    metadata = {"format": "whygrad", "version": "1", "sha256": digest.hexdigest()}
    metadata |= dict(zip(("architecture", "schema"), texts, strict=True))
    path.write_bytes(safetensors.numpy.save(arrays, metadata))
    return path


def test_a_file_of_the_first_release_is_loaded(tmp_path):
    model = nn.load(forged(tmp_path / "m", ARCHITECTURE, SCHEMA))
    assert repr(model) == "MLP(Layer(2, 2, 'tanh'), Layer(2, 1, 'sigmoid'))"
    hidden = np.tanh(ARRAYS["0.weight"] @ [(0.3 - 0.5) / 1.0, (0.2 + 1.0) / 2.0] + ARRAYS["0.bias"])
    p = 1 / (1 + np.exp(-(ARRAYS["2.weight"] @ hidden + ARRAYS["2.bias"])[0]))
    assert model.predict_proba([[0.3, 0.2]]).tolist() == [pytest.approx([1 - p, p])]
    assert model.predict([[0.3, 0.2]]).tolist() == ["yes"]
    labels = ["u", None, "b", *[f"p{k}" for k in range(6)]]
    model = nn.load(forged(tmp_path / "m", ARCHITECTURE | {"labels": labels}))
    assert [p.label for p in model.parameters()] == labels


DEEP = "[" * 100_000 + "]" * 100_000
OTHER_ARCHITECTURES = [
    DEEP, "[1]", "7", "{", '"MLP"', "{}", "NaN",
    {"class": "Module"}, {"class": ["MLP"]}, {"class": None},
    {"n_in": 2.0}, {"n_in": -2}, {"n_in": True}, {"n_in": 10**30}, {"n_in": "2"},
    {"sizes": []}, {"sizes": 3}, {"sizes": [2, 1.0]}, {"sizes": [2, -1]}, {"sizes": [[2], 1]},
    {"class": "Layer"}, {"class": "Neuron"},
    {"activations": ["tanh"]}, {"activations": ["tanh", "evil"]}, {"activations": ["tanh", None]},
    {"activations": "tanh"},
    {"dropout": [1.0]}, {"dropout": [-0.1]}, {"dropout": []}, {"dropout": ["0.5"]},
    {"dropout": [float("nan")]}, {"dropout": [0.1, 0.1]},
    {"shared_bias": "no"}, {"shared_bias": 1}, {"shared_bias": True},
    {"labels": ["a"]}, {"labels": [1] * 9}, {"labels": "abcdefghi"}, {"surprise": 1},
]  # fmt: skip
OTHER_SCHEMAS = [
    DEEP, "[1]", "7", "{",
    {"columns": ["a"]}, {"columns": "ab"}, {"columns": [1, 2]}, {"target": 5},
    {"means": [1.0]}, {"means": ["a", "b"]}, {"means": None}, {"scales": None},
    {"scales": [1.0, 0.0]}, {"scales": [1.0, -1.0]}, {"scales": [1.0, float("inf")]},
    {"means": [float("nan"), 0.0]}, {"target_means": [1.0]},
    {"target_means": [1.0, 2.0], "target_scales": [1.0, 2.0]},
    {"classes": ["yes"]}, {"classes": []}, {"classes": ["a", "b", "c"]}, {"classes": "ab"},
    {"classes": ["a", "a"]}, {"classes": [["a"], ["b"]]}, {"classes": [None, "b"]},
    {"classes": None}, {"encoding": "binaries"}, {"encoding": None}, {"encoding": ["binary"]},
    {"outputs": "anything"}, {"outputs": 3}, {"surprise": 1},
]  # fmt: skip


@pytest.mark.many
@pytest.mark.parametrize(
    ("architecture", "schema"),
    [
        *[(x if isinstance(x, str) else ARCHITECTURE | x, SCHEMA) for x in OTHER_ARCHITECTURES],
        *[(ARCHITECTURE, x if isinstance(x, str) else SCHEMA | x) for x in OTHER_SCHEMAS],
    ],
    ids=lambda x: repr(x)[-60:],
)
def test_forged_files_are_one_clear_error(architecture, schema, tmp_path):
    path = forged(tmp_path / "m", architecture, schema)
    with pytest.raises(nn.ModelFileError, match="this model cannot be loaded: "):
        nn.load(path)


def test_forged_arrays_are_one_clear_error(tmp_path):
    others = [
        ARRAYS | {"2.bias": np.array([np.nan])},
        ARRAYS | {"2.bias": np.array([[0.9]])},
        {k: v for k, v in ARRAYS.items() if k != "2.bias"} | {"bias": np.array([0.9])},
    ]
    for arrays in others:
        with pytest.raises(nn.ModelFileError, match="this model cannot be loaded: "):
            nn.load(forged(tmp_path / "m", ARCHITECTURE, SCHEMA, arrays))


def test_a_full_disk_leaves_the_old_file_and_no_other(saved, monkeypatch):
    before = saved.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.numpy.save", full)
    with pytest.raises(OSError, match="No space left"):
        MODELS["mlp"]().save(saved)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(2.0, "m"), Value(1.0, "c")

    def __call__(self, x):
        return self.slope * x[0] + self.offset


def test_a_model_with_code_of_its_own(tmp_path):
    path = tmp_path / "line"
    model = Line()
    model.slope.data = 5.0
    model.save(path)
    with pytest.raises(ValueError, match=r"nn\.load\(path, into=model\)"):
        nn.load(path)
    assert nn.load(path, into=Line()).predict([[1.0]]).tolist() == [6.0]
    with pytest.raises(ValueError, match="lacks 'weights"):
        nn.load(path, into=_Other())
    nn.MLP(2, [2, 1], lambda z: z * z).save(path)
    with pytest.raises(ValueError, match="code of its own"):
        nn.load(path)


class Doubled(nn.MLP):
    """A network whose output is its own business."""

    def __call__(self, x):
        return 2.0 * super().__call__(x)


def test_a_subclass_of_a_network_comes_back_into_its_own_kind(tmp_path):
    model, path = Doubled(2, [3, 1], seed=0), tmp_path / "doubled"
    model.save(path)
    with pytest.raises(ValueError, match=r"nn\.load\(path, into=model\)"):
        nn.load(path)
    again = nn.load(path, into=Doubled(2, [3, 1], seed=1))
    assert again.predict([[1.0, 2.0]]).tolist() == model.predict([[1.0, 2.0]]).tolist()


def test_weights_tied_across_layers_are_not_silently_untied(tmp_path):
    w = Value(0.5, "w")
    model = nn.MLP(1, [1, 1], "tanh", weights=[[[w]], [[w]]])
    model.save(tmp_path / "tied")
    with pytest.raises(ValueError, match="code of its own"):
        nn.load(tmp_path / "tied")
    w.data = 0.0
    nn.load(tmp_path / "tied", into=model)
    assert w.data == 0.5


class _Other(nn.Module):
    def __init__(self):
        self.weights = [Value(1.0)]


def test_state_dicts_are_checked_and_all_or_nothing():
    model = MODELS["mlp"]()
    state, before = model.state_dict(), numbers(model)
    bad = [
        ({**state, "9.bias": np.ones(1)}, KeyError, "'9.bias', which is unknown"),
        ({k: v for k, v in state.items() if k != "2.bias"}, KeyError, "lacks '2.bias'"),
        ({**state, "4.weight": np.ones((3, 1))}, ValueError, r"\(3, 1\).*needs \(1, 3\)"),
        ({**state, "4.bias": np.array([np.nan])}, ValueError, "holds nan"),
    ]
    for given, kind, message in bad:
        with pytest.raises(kind, match=message):
            model.load_state_dict(given)
        assert numbers(model) == before
    shared = nn.Layer(1, 2, shared_bias=True)
    with pytest.raises(ValueError, match=r"different numbers for b\^1"):
        shared.load_state_dict({"0.weight": np.ones((2, 1)), "0.bias": np.array([1.0, 2.0])})


def test_sizes_of_the_state_follow_the_layers():
    model = MODELS["mlp"]()
    shapes = [a.shape for k, a in model.state_dict().items() if k.endswith("weight")]
    assert shapes == [(m, n) for n, m in pairwise([2, 4, 3, 1])]
