"""Random labelled graphs, of the kind that people type: for tests of what is printed of them."""

import random

import autograd
from autograd import Value, dot, exp, log, mean, sigmoid, softmax, softplus, sqrt, tanh

NUMBERS = [2.0, 3.0, 0.5, -1.0, 1 / 3, 2**0.5, 0.25]
MAKE = [
    lambda a, b, k: a + b,
    lambda a, b, k: a - b,
    lambda a, b, k: k - a,
    lambda a, b, k: a * b,
    lambda a, b, k: a * k,
    lambda a, b, k: a / (b * b + 1),
    lambda a, b, k: a / k,
    lambda a, b, k: -a,
    lambda a, b, k: (a - b) ** 2,
    lambda a, b, k: 0.5 * (b - a) ** 2,
    lambda a, b, k: tanh(a),
    lambda a, b, k: sigmoid(-(a + b)),
    lambda a, b, k: 1 / (1 + exp(-(a * b))),
    lambda a, b, k: exp(-tanh(a)),
    lambda a, b, k: log(a * a + 0.5),
    lambda a, b, k: sqrt(a * a + b * b + 1),
    lambda a, b, k: softplus(a - b),
    lambda a, b, k: (a - k).relu(),
    lambda a, b, k: autograd.absolute(a - (b + k)),
    lambda a, b, k: autograd.maximum(a, b),
    lambda a, b, k: dot([a, b], [b, k], a),
    lambda a, b, k: mean([a, b, a * b]),
    lambda a, b, k: softmax([a, b, a - b])[1],
    lambda a, b, k: autograd.sin(a) * k,
]


def random_graph(seed, size=9):
    """The root of a graph whose leaves, and some of whose other values, are labelled."""
    chance = random.Random(seed)
    nodes = [Value(chance.uniform(-2, 2), f"x{i}") for i in range(3)]
    for i in range(chance.randint(2, size)):
        a, b = chance.choice(nodes[-4:]), chance.choice(nodes)
        v = chance.choice(MAKE)(a, b, chance.choice(NUMBERS))
        if v.op and chance.random() < 0.5:
            v.label = v.label or f"n{i}"
        nodes.append(v)
    return nodes[-1]
