"""Functions of no inputs whose graphs have very different shapes, each of about `count` nodes.

Each returns the function to record; its leaves are made before and kept.
"""

import random
from itertools import pairwise

import nn
from autograd import (
    Value,
    absolute,
    cos,
    dot,
    exp,
    logsumexp,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
    total,
)


def leaves(count):
    generator = random.Random(0)
    return [Value(generator.uniform(0.5, 1.0)) for _ in range(count)]


def mixed(count):
    xs = leaves(count // 5)

    def f():
        y = xs[0]
        for a, b in pairwise(xs):
            y = y + (a * 0.5 + b).tanh() * a
        return y

    return f


def deep_chain(count):
    w, b = leaves(2)

    def f():
        y = w
        for _ in range(count // 3):
            y = tanh(y * w - b)
        return y

    return f


def rosenbrock(x):
    total = 0.0
    for a, b in pairwise(x):
        total = total + 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2
    return total


def speelpenning(x):
    product = x[0]
    for v in x[1:]:
        product = product * v
    return product


def of_variables(f, nodes):
    """A function of a list of variables, with so many nodes for each."""

    def shape(count):
        xs = leaves(count // nodes)
        return lambda: f(xs)

    return shape


def unary(count):
    xs = leaves(count // 12)
    steps = (sin, cos, exp, tanh, sigmoid, softplus, relu, sqrt, absolute, tanh)

    def one(x):
        for step in steps:
            x = step(x)
        return x

    return lambda: total([one(x) for x in xs])


def shared(count):
    xs = leaves(64)

    def f():
        row = xs
        for k in range(count // 192):
            row = [sin(a * b) - a for a, b in zip(row, row[k % 7 + 1 :] + row, strict=False)]
        return total(row)

    return f


def network(sizes, rows):
    """A perceptron on so many rows of numbers, unrolled; one row if there is no count of them."""

    def shape(count):
        model = nn.MLP(sizes[0], list(sizes[1:]), "tanh", seed=0)
        each = 2 * sum(sizes)
        generator = random.Random(0)
        count = max(1, count // each) if rows else 1
        table = [[generator.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(count)]
        return lambda: total([(model(x) - 1.0) ** 2 for x in table])

    return shape


def large_network(count):
    """A network of about so many weights."""
    width = max(2, int((count / 2) ** 0.5))
    return network((width, width, width, 1), False)(count)


def by_operators(count):
    """A network of + and * alone, its sums of products written out."""
    width = 16
    weights = [leaves(width) for _ in range(width)]
    bias = leaves(width)

    def f():
        row = bias
        for _ in range(count // (width * (2 * width + 1))):
            row = [
                tanh(sum((w * x for w, x in zip(ws, row, strict=True)), b))
                for ws, b in zip(weights, bias, strict=True)
            ]
        return total(row)

    return f


def recurrent(count):
    (u, w, b), xs = leaves(3), leaves(count // 3)

    def f():
        h = b
        for x in xs:
            h = tanh(dot([u, w], [x, h], b))
        return h

    return f


def deep_narrow(count):
    model = nn.MLP(2, [2] * (count // 10) + [1], "tanh", seed=0)
    return lambda: model([0.5, -0.5])


def attention(count):
    """One head over a growing past, as of a language model."""
    width = 8
    query, key, value = [[leaves(width) for _ in range(width)] for _ in range(3)]
    start = leaves(width)

    def f():
        x, keys, values, losses = start, [], [], []
        for step in range(count // 150):
            if step % 32 == 0:
                keys, values = [], []
            q, k, v = [[dot(row, x) for row in matrix] for matrix in (query, key, value)]
            keys.append(k)
            values.append(v)
            shares = softmax([dot(q, k) for k in keys])
            x = [tanh(a + dot(shares, [v[j] for v in values])) for j, a in enumerate(x)]
            losses.append(logsumexp(x) - x[step % width])
        return total(losses) / len(losses)

    return f


SHAPES = {
    "mixed": mixed,
    "deep chain": deep_chain,
    "wide sum by +": of_variables(sum, 2),
    "Speelpenning": of_variables(speelpenning, 2),
    "Rosenbrock": of_variables(rosenbrock, 9),
    "unary functions": unary,
    "shared": shared,
    "large MLP": large_network,
    "MLP 2-16-16-1, rows": network((2, 16, 16, 1), True),
    "MLP 64-64-1, rows": network((64, 64, 1), True),
    "MLP by + and *": by_operators,
    "recurrent": recurrent,
    "2-2-...-2-1": deep_narrow,
    "attention": attention,
}
