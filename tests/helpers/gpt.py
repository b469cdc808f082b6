"""A GPT over letters in the library's terms: its loss on one name is a function for record_each."""

import random

from autograd import Table, Value, dot, logsumexp, mean, softmax, take


class GPT:
    """Attention and a perceptron in every layer, each behind a norm and a shortcut."""

    def __init__(self, letters=27, width=16, heads=4, block=16, layers=1, chance=None):
        chance = chance or random.Random(1)

        def matrix(n, m):
            return [[Value(chance.gauss(0.0, 0.08)) for _ in range(m)] for _ in range(n)]

        self.each = width // heads
        self.letters, self.places = Table(matrix(letters, width)), matrix(block, width)
        self.head = matrix(letters, width)
        square, wide, narrow = (width, width), (4 * width, width), (width, 4 * width)
        shapes = [square, square, square, square, wide, narrow]
        self.layers = [[matrix(*shape) for shape in shapes] for _ in range(layers)]
        matrices = [self.letters, self.places, self.head]
        matrices += [matrix for layer in self.layers for matrix in layer]
        self.parameters = [p for matrix in matrices for row in matrix for p in row]

    def scores(self, tokens):
        """For each token, the scores of the next one."""
        places = self.places[: len(tokens)]
        xs = [norm(plus(self.letters[t], p)) for t, p in zip(tokens, places, strict=True)]
        for layer in self.layers:
            xs = self.through(layer, xs)
        return [linear(self.head, x) for x in xs]

    def through(self, layer, xs):
        """One layer at every place."""
        query, key, value, mix, wide, narrow = layer
        keys, values, found = [], [], []
        for shortcut in xs:
            x = norm(shortcut)
            keys.append(linear(key, x))
            values.append(linear(value, x))
            mixed = linear(mix, self.heads(linear(query, x), keys, values))
            y = plus(mixed, shortcut)
            inner = [z.relu() for z in linear(wide, norm(y))]
            found.append(plus(linear(narrow, inner), y))
        return found

    def heads(self, query, keys, values):
        """What the heads, one after the other, take from the places so far."""
        found = []
        for h in range(0, len(query), self.each):
            part = slice(h, h + self.each)
            shares = softmax([dot(query[part], k[part]) / self.each**0.5 for k in keys])
            found += [dot(shares, [v[j] for v in values]) for j in range(h, h + self.each)]
        return found

    def loss(self, tokens):
        """The mean of −log p(next token) over the name."""
        scores = self.scores(tokens[:-1])
        return mean([logsumexp(z) - take(z, t) for z, t in zip(scores, tokens[1:], strict=True)])


def linear(matrix, x):
    return [dot(row, x) for row in matrix]


def norm(x):
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [v * scale for v in x]


def plus(a, b):
    return [x + y for x, y in zip(a, b, strict=True)]


def tokens_of(names, block=16):
    """Every name as numbers, with the end before and after it."""
    letters = sorted(set("".join(names)))
    end = len(letters)
    return [[end, *[letters.index(c) for c in name], end][: block + 1] for name in names]
