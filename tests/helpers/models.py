"""Models of every kind that is saved and exchanged."""

import nn

MODELS = {
    "neuron": lambda: nn.Neuron(2, "tanh", seed=1),
    "layer": lambda: nn.Layer(2, 3, "softmax", seed=1),
    "mlp": lambda: nn.MLP(2, [4, 3, 1], "relu", "sigmoid", seed=1),
    "mixed": lambda: nn.MLP(2, [4, 3, 2], ["tanh", "linear"], "softmax", seed=1),
    "dropout": lambda: nn.MLP(2, [4, 2], "sigmoid", dropout=0.25, seed=1).eval(),
    "leaky": lambda: nn.MLP(2, [4, 3, 2], ["leaky_relu", "gelu"], "elu", seed=1),
}


def numbers(model):
    """Its parameters to the last bit."""
    return [p.data.hex() for p in model.parameters()]
