"""Hidden neurons that start equal stay equal: said before the training."""

import warnings

import pytest

import nn
from nn.training.symmetry import distinct_neurons, warn_of_symmetry


def told(model):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_symmetry(model)
    return [str(w.message) for w in caught]


def test_equal_neurons_are_counted():
    model = nn.MLP(2, [3, 1], seed=0)
    assert distinct_neurons(*model.layers) == 3
    model.layers[0].neurons[1].weights[0].data = model.layers[0].neurons[0].weights[0].data
    assert distinct_neurons(*model.layers) == 3  # one weight alone is no symmetry


@pytest.mark.parametrize("initializer", ["zeros", nn.constant(0.5)])
def test_an_equal_start_is_told(initializer):
    (message,) = told(nn.MLP(2, [3, 1], initializer=initializer))
    assert "all 3 neurons of hidden layer 1" in message
    assert "worth 1 neuron:" in message


def test_random_weights_and_single_neurons_are_fine():
    assert told(nn.MLP(2, [3, 1], seed=0)) == []
    assert told(nn.MLP(2, [1, 1], initializer="zeros")) == []
    assert told(nn.Neuron(2, initializer="zeros")) == []


def test_dropout_tells_the_neurons_apart():
    assert told(nn.MLP(2, [3, 1], initializer="zeros", dropout=0.5)) == []
    assert len(told(nn.MLP(2, [3, 3, 1], initializer="zeros", dropout=[0.5, 0.0]))) == 1


def test_the_symmetry_problem():
    model = nn.MLP(2, [2, 1], "sigmoid", "sigmoid", initializer="zeros")
    for _ in range(50):
        model.zero_grad()
        nn.binary_cross_entropy(model([0.3, -0.8]), 1).backward()
        for p in model.parameters():
            p.data -= 0.5 * p.grad
    first, second = model.layers[0].neurons
    assert [w.data for w in first.weights] == [w.data for w in second.weights]
    assert first.weights[0].data != 0.0
