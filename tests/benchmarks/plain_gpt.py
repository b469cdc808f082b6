"""A character-level GPT in which every number is a Value, trained on names by Adam."""

# ruff: noqa: B905 (a strict zip takes longer, in the innermost loop)

import random
from itertools import pairwise

from plain_value import Value

N_EMBD, N_HEAD, BLOCK = 16, 4, 8
N_EACH = N_EMBD // N_HEAD


class GPT:
    """One layer: multi-head attention and a perceptron, each behind a norm and a shortcut."""

    def __init__(self, names, seed=0):
        self.random = random.Random(seed)
        self.names = names
        letters = sorted(set("".join(names)))
        self.tokens = {c: i for i, c in enumerate(letters)}
        self.end = len(letters)  # before and after each name
        n = N_EMBD
        self.embedding = self.matrix(self.end + 1, n)
        self.position = self.matrix(BLOCK, n)
        self.query, self.key, self.value, self.mix = [self.matrix(n, n) for _ in range(4)]
        self.wide, self.narrow = self.matrix(4 * n, n), self.matrix(n, 4 * n)
        self.head = self.matrix(self.end + 1, n)
        matrices = [v for v in vars(self).values() if isinstance(v, list) and v is not names]
        self.parameters = [p for matrix in matrices for row in matrix for p in row]
        self.means = [0.0] * len(self.parameters)
        self.squares = [0.0] * len(self.parameters)
        self.steps = 0

    def matrix(self, n_out, n_in):
        return [[Value(self.random.gauss(0.0, 0.08)) for _ in range(n_in)] for _ in range(n_out)]

    def logits(self, token, place, keys, values):
        """The scores of the next token; the keys and values of the earlier ones are kept."""
        x = [a + b for a, b in zip(self.embedding[token], self.position[place])]
        shortcut, x = x, norm(x)
        query = linear(self.query, x)
        keys.append(linear(self.key, x))
        values.append(linear(self.value, x))
        heads = []
        for h in range(0, N_EMBD, N_EACH):
            part = slice(h, h + N_EACH)
            scores = [product(query[part], key[part]) / N_EACH**0.5 for key in keys]
            shares = softmax(scores)
            heads += [product(shares, [v[j] for v in values]) for j in range(h, h + N_EACH)]
        x = [a + b for a, b in zip(linear(self.mix, heads), shortcut)]
        inner = [z.relu() for z in linear(self.wide, norm(x))]
        x = [a + b for a, b in zip(linear(self.narrow, inner), x)]
        return linear(self.head, x)

    def loss(self, name):
        """The mean of -log p(next letter) over the name."""
        tokens = [self.end, *[self.tokens[c] for c in name], self.end][: BLOCK + 1]
        keys, values, losses = [], [], []
        for place, (token, target) in enumerate(pairwise(tokens)):
            shares = softmax(self.logits(token, place, keys, values))
            losses.append(-shares[target].log())
        return sum(losses) / len(losses)

    def step(self, rate=0.01, decay=(0.85, 0.99)):
        """One name, one update by Adam; the loss and the mean gradients so far."""
        loss = self.loss(self.names[self.steps % len(self.names)])
        loss.backward()
        self.steps += 1
        (b1, b2), means, squares = decay, self.means, self.squares
        rate, unbias = rate / (1 - b1**self.steps), 1 / (1 - b2**self.steps)
        for i, p in enumerate(self.parameters):
            g = p.grad
            means[i] = m = b1 * means[i] + (1 - b1) * g
            squares[i] = s = b2 * squares[i] + (1 - b2) * g * g
            p.data -= rate * m / ((s * unbias) ** 0.5 + 1e-8)
            p.grad = 0.0
        return loss.data, means


def product(a, b):
    return sum(x * y for x, y in zip(a, b))


def linear(matrix, x):
    return [product(row, x) for row in matrix]


def norm(x):
    scale = (product(x, x) / len(x) + 1e-5) ** -0.5
    return [v * scale for v in x]


def softmax(scores):
    largest = max(v.data for v in scores)
    shares = [(v - largest).exp() for v in scores]
    whole = sum(shares)
    return [share / whole for share in shares]
