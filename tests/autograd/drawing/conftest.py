"""The worked 2-2-2 example (note N5), labelled as the note labels it."""

import pytest

from autograd import Value, dot, sigmoid


def labelled(v, label):
    v.label = label
    return v


@pytest.fixture
def worked():
    """E and a dictionary of its leaves by label."""
    given = {"i1": 0.05, "i2": 0.10, "t1": 0.01, "t2": 0.99, "b1": 0.35, "b2": 0.60}
    given |= {"w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30}
    given |= {"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55}
    at = {label: Value(x, label) for label, x in given.items()}

    def neuron(weights, inputs, bias, name):
        z = labelled(dot([at[w] for w in weights], inputs, at[bias]), name)
        return labelled(sigmoid(z), f"out_{name}")

    inputs = [at["i1"], at["i2"]]
    hidden = [neuron(["w1", "w2"], inputs, "b1", "h1"), neuron(["w3", "w4"], inputs, "b1", "h2")]
    y1 = neuron(["w5", "w6"], hidden, "b2", "y1")
    y2 = neuron(["w7", "w8"], hidden, "b2", "y2")
    error = 0.5 * (at["t1"] - y1) ** 2 + 0.5 * (at["t2"] - y2) ** 2
    return labelled(error, "E"), at
