"""Modules of one's own: their parameters, their mode."""

import nn
from autograd import Value


def test_parameters_of_a_module_of_ones_own():
    class Pair(nn.Module):
        def __init__(self):
            self.first = nn.Neuron(2)
            self.rest = [nn.Neuron(1), nn.Neuron(1)]
            self.scale = Value(2.0, "s")
            self.kept = self.scale * 3  # no leaf, so no parameter

    pair = Pair()
    names = [name for name, _ in pair.named_parameters()]
    assert names == [
        "first.weights.0", "first.weights.1", "first.bias", "rest.0.weights.0", "rest.0.bias",
        "rest.1.weights.0", "rest.1.bias", "scale",
    ]  # fmt: skip
    for p in pair.parameters():
        p.grad = 1.0
    pair.zero_grad()
    assert {p.grad for p in pair.parameters()} == {0.0}
    assert pair.eval() is pair
    assert not pair.rest[1].training
    assert pair.train().rest[1].training
