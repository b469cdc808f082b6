"""Neuron, layer, MLP: labels, shapes, starting weights, errors; numbers against PyTorch."""

import random

import numpy as np
import pytest
from extras import extra

import nn
from autograd import Value, tanh
from nn.layers import ACTIVATIONS

torch = extra("torch")


def test_the_worked_network_gives_the_notes_numbers():
    model = nn.MLP(
        2, [2, 2], "sigmoid", "sigmoid", shared_bias=True,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]], biases=[0.35, 0.60],
    )  # fmt: skip
    outputs = model([0.05, 0.10])
    assert [round(a.data, 10) for a in outputs] == [0.7513650696, 0.7729284653]
    nn.half_squared_error(outputs, [0.01, 0.99]).backward()
    grads = {p.label: round(p.grad, 10) for p in model.parameters()}
    assert grads["w_11^1"] == 0.0004385677
    assert grads["w_11^2"] == 0.0821670406
    assert grads["b^1"] == 0.0187256094
    assert len(grads) == 10


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu"])
def test_outputs_and_gradients_equal_pytorchs(name):
    rng = random.Random(name)
    model = nn.MLP(3, [4, 2], name, name, initializer="uniform", seed=1)
    for p in model.parameters():
        p.data = rng.uniform(-1, 1)
    x, y = [rng.uniform(-1, 1) for _ in range(3)], [0.3, -0.2]
    t = torch.tensor(x, dtype=torch.float64)
    tensors = []
    for layer in model.layers:
        w = torch.tensor([[v.data for v in n.weights] for n in layer.neurons], dtype=torch.float64)
        b = torch.tensor([n.bias.data for n in layer.neurons], dtype=torch.float64)
        tensors += [w.requires_grad_(), b.requires_grad_()]
        z = w @ t + b
        t = z if name == "linear" else getattr(torch, name)(z)
    outputs = model(x)
    assert [a.data for a in outputs] == pytest.approx(t.tolist(), rel=1e-13)
    nn.mean_squared_error(outputs, y).backward()
    torch.nn.functional.mse_loss(t, torch.tensor(y, dtype=torch.float64)).backward()
    for i, layer in enumerate(model.layers):
        for j, neuron in enumerate(layer.neurons):
            found = [w.grad for w in neuron.weights] + [neuron.bias.grad]
            expected = [*tensors[2 * i].grad[j].tolist(), tensors[2 * i + 1].grad[j].item()]
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_labels_follow_the_notes():
    model = nn.MLP(2, [2, 1])
    labels = [p.label for p in model.parameters()]
    assert labels == [
        "w_11^1", "w_21^1", "b_1^1", "w_12^1", "w_22^1", "b_2^1", "w_11^2", "w_21^2", "b_1^2",
    ]  # fmt: skip
    wide = nn.Layer(12, 11)
    assert wide.neurons[10].weights[11].label == "w_12,11^1"
    assert wide.neurons[0].weights[0].label == "w_11^1"


def test_a_neuron_is_one_node_and_its_values_are_labelled():
    neuron = nn.Neuron(2, "sigmoid")
    a = neuron([1.0, 2.0])
    (z,) = a.operands
    assert (a.op, a.label, z.op, z.label) == ("sigmoid", "a_1^1", "dot", "z_1^1")
    assert set(z.operands) == set(neuron.parameters())


@pytest.mark.parametrize(
    "x", [[1.0, 2.0], (1, 2), np.array([1.0, 2.0]), [Value(1.0), 2], np.array([1, 2])]
)
def test_rows_of_every_kind(x):
    model = nn.MLP(2, [3, 2], "tanh", seed=4)
    assert [a.data for a in model(x)] == [a.data for a in model([1.0, 2.0])]


def test_one_output_is_a_value_and_hidden_layers_of_one_work():
    assert isinstance(nn.MLP(2, [1, 1])([1.0, 2.0]), Value)
    assert isinstance(nn.Layer(2, 1)([1.0, 2.0]), Value)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0], ValueError, "takes 2 inputs, but the row has 1"),
        ([[1.0, 2.0], [3.0, 4.0]], TypeError, r"model\(row\) for row in rows"),
        (np.ones((2, 2)), TypeError, r"model\(row\) for row in rows"),
        (3.0, TypeError, "takes a row of 2 numbers"),
        ([1.0, float("nan")], ValueError, "input 1 is nan"),
        ([float("inf"), 1.0], ValueError, "input 0 is inf"),
        (["1", 2], TypeError, "expected a real number"),
        ("12", TypeError, "expected a real number"),
        ([None, 2], TypeError, "expected a real number"),
    ],
)
def test_a_bad_row_is_named(x, error, message):
    with pytest.raises(error, match=message):
        nn.MLP(2, [2, 1])(x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.MLP(2, []), "sizes must list"),
        (lambda: nn.MLP(2, 3), "sizes must list"),
        (lambda: nn.MLP(2, [0]), "outputs must be a whole number"),
        (lambda: nn.MLP(0, [1]), "inputs must be a whole number"),
        (lambda: nn.MLP(2, [1], output="sigmoidal"), "no activation is called 'sigmoidal'"),
        (lambda: nn.MLP(2, [1], initializer="magic"), "no initializer is called 'magic'"),
        (lambda: nn.MLP(2, [1], weights=[]), "weights has 0 entries for 1 layers"),
        (lambda: nn.MLP(2, [1], biases=[1, 2]), "biases has 2 entries for 1 layers"),
        (lambda: nn.Layer(2, 2, weights=[[1, 2]]), "2 rows of weights"),
        (lambda: nn.Layer(2, 2, biases=[1]), "takes 2 biases"),
        (lambda: nn.Neuron(2, weights=[1]), "takes 2 weights, not 1"),
        (lambda: nn.uniform(1, 0), "must be below"),
    ],
)
def test_a_bad_network_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_activation_may_be_a_function():
    square = nn.Neuron(1, lambda z: z * z, weights=[3.0])
    assert square([2.0]).data == 36.0
    assert nn.Neuron(1, tanh, weights=[1.0])([0.5]).op == "tanh"
    with pytest.raises(TypeError, match="a function or its name"):
        nn.Neuron(1, 3)
    assert set(ACTIVATIONS) >= {"linear", "sigmoid", "tanh", "relu", "softplus"}


def test_softmax_outputs():
    model = nn.MLP(2, [3], output="softmax", seed=0)
    outputs = model([0.5, -1.0])
    assert sum(a.data for a in outputs) == pytest.approx(1.0, rel=1e-15)
    assert [a.label for a in outputs] == ["a_1^1", "a_2^1", "a_3^1"]


def test_starting_weights_come_from_the_seed_alone():
    state = random.getstate()
    first, second = nn.MLP(3, [4, 1], seed=7), nn.MLP(3, [4, 1], seed=7)
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert [p.data for p in nn.MLP(3, [4, 1], seed=8).parameters()] != [
        p.data for p in first.parameters()
    ]
    assert random.getstate() == state
    for seed in (random.Random(1), np.random.default_rng(1), None):
        assert len({p.data for p in nn.Layer(5, 5, seed=seed).parameters()}) == 26
    with pytest.raises(TypeError, match="seed must be"):
        nn.MLP(1, [1], seed="a")


def test_a_shared_bias_is_one_parameter_and_given_values_are_kept():
    b, w = Value(0.35, "b1"), Value(0.5)
    layer = nn.Layer(1, 3, weights=[[w], [w], [1.0]], biases=b, shared_bias=True)
    assert layer.parameters() == [w, b, layer.neurons[2].weights[0]]
    assert (b.label, w.label) == ("b1", "w_11^1")


def test_how_a_network_prints():
    assert repr(nn.MLP(2, [3, 1], "tanh")) == "MLP(Layer(2, 3, 'tanh'), Layer(3, 1, 'linear'))"
    assert repr(nn.Neuron(2, "relu")) == "Neuron(2, 'relu')"
