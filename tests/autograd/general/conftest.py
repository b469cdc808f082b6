"""Networks of every kind on which formulas are derived; the code knows none of their kinds."""

# ruff: noqa: E741, N806

import math
import random
from functools import cache

import pytest

import nn
from autograd import (
    Value,
    derive_general,
    dot,
    exp,
    log,
    maximum,
    mean,
    relu,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    tanh,
    total,
)


class Maker:
    """Makes networks with numbers from a generator of its own."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)

    def u(self):
        return self.random.uniform(-1, 1)

    def named(self, n, letter):
        return [Value(self.u(), f"{letter}_{i}") for i in range(1, n + 1)]

    def row(self, n):
        return [Value(self.u()) for _ in range(n)]

    def matrix(self, n, m):
        return [self.row(m) for _ in range(n)]

    def mlp(
        self, sizes, act="sigmoid", out="sigmoid", loss="half", labels=False, rows=1,
        classes=False, shared=False, dropout=0.0,
    ):  # fmt: skip
        model = nn.MLP(
            sizes[0], sizes[1:], activation=act, output=out, seed=3, shared_bias=shared,
            biases=[self.random.uniform(-0.5, 0.5) for _ in sizes[1:]], dropout=dropout,
        )  # fmt: skip
        outputs, targets = [], []
        for _ in range(rows):
            x = self.named(sizes[0], "x") if labels else [self.u() for _ in range(sizes[0])]
            outputs.append(model.forward(tuple(x)))
            if classes:
                targets.append(self.random.randrange(sizes[-1]))
            elif loss == "ce":
                e = [math.exp(self.u()) for _ in range(sizes[-1])]
                targets.append([Value(t / sum(e), f"y_{i}") for i, t in enumerate(e, 1)])
            else:
                y = self.named(sizes[-1], "y") if labels else [self.u() for _ in range(sizes[-1])]
                targets.append(y)
        of = {
            "half": nn.half_squared_error,
            "mse": nn.mean_squared_error,
            "ce": nn.cross_entropy,
            "cel": nn.cross_entropy_with_logits,
        }[loss]
        return of(outputs, targets) if rows > 1 else of(outputs[0], targets[0])

    def linear_regression(self):
        w, b = self.named(2, "w"), Value(0.3, "b")
        return mean([(dot(w, [self.u(), self.u()], b) - self.u()) ** 2 for _ in range(3)])

    def logistic_regression(self):
        w, b = self.named(2, "w"), Value(0.3, "b")
        predictions = [sigmoid(dot(w, [self.u(), self.u()], b)) for _ in range(3)]
        targets = [Value(t, f"y_{r}") for r, t in enumerate([1.0, 0.0, 1.0], 1)]
        return nn.binary_cross_entropy(predictions, targets)

    def plain_targets(self):
        w, b = self.named(2, "w"), Value(0.3, "b")
        predictions = [sigmoid(dot(w, [self.u(), self.u()], b)) for _ in range(4)]
        return nn.binary_cross_entropy(predictions, [1.0, 0.0, 1.0, 0.0])

    def elman(self, start=False, every=True, n=2, m=3, steps=4):
        U, W, b, v, c = self.matrix(m, n), self.matrix(m, m), self.row(m), self.row(m), Value(0.1)
        h = self.row(m) if start else None
        losses = []
        for t in range(steps):
            x = self.row(n)
            before, h = h, []
            for j in range(m):
                z = dot(U[j], x, b[j])
                h.append(tanh(z + dot(W[j], before) if before else z))
            if every or t == steps - 1:
                losses.append(0.5 * (dot(v, h, c) - Value(self.u())) ** 2)
        return total(losses) if every else losses[0]

    def lstm(self, steps=3, n=2, m=2):
        gates = {g: (self.matrix(m, n), self.matrix(m, m), self.row(m)) for g in "ifog"}
        h, c = self.row(m), self.row(m)
        for _ in range(steps):
            x = self.row(n)
            z = {
                g: [dot([*U[j], *W[j]], [*x, *h], b[j]) for j in range(m)]
                for g, (U, W, b) in gates.items()
            }
            c = [sigmoid(z["f"][j]) * c[j] + sigmoid(z["i"][j]) * tanh(z["g"][j]) for j in range(m)]
            h = [sigmoid(z["o"][j]) * tanh(c[j]) for j in range(m)]
        return total([(a - self.u()) ** 2 for a in h])

    def softmax_by_hand(self):
        e = [exp(z) for z in self.row(3)]
        return -log(e[1] / (e[0] + e[1] + e[2]))

    def typed(self, n=3, m=2, k=2):
        x, W, b = self.row(n), self.matrix(n, m), self.row(m)
        V, c, y = self.matrix(m, k), self.row(k), self.row(k)
        h = [sigmoid(sum(W[i][j] * x[i] for i in range(n)) + b[j]) for j in range(m)]
        o = [sigmoid(sum(h[i] * V[i][j] for i in range(m)) + c[j]) for j in range(k)]
        return 0.5 * (y[0] - o[0]) ** 2 + 0.5 * (y[1] - o[1]) ** 2

    def layer_norm(self):
        x, g, b, y = [self.named(3, letter) for letter in "xgby"]
        m = mean(x)
        s = sqrt(mean([(v - m) ** 2 for v in x]) + 1e-5)
        return total([(g[i] * ((x[i] - m) / s) + b[i] - y[i]) ** 2 for i in range(3)])

    def attention(self, causal=False, tokens=3, n=2, d=2):
        X, Y = self.matrix(tokens, n), self.matrix(tokens, d)

        def projected():
            M = self.matrix(n, d)
            return [[dot([M[i][j] for i in range(n)], x) for j in range(d)] for x in X]

        q, k, v = projected(), projected(), projected()
        loss = []
        for t in range(tokens):
            met = range(t + 1) if causal else range(tokens)
            a = softmax([dot(q[t], k[s]) / math.sqrt(d) for s in met])
            loss += [(dot(a, [v[s][j] for s in met]) - Y[t][j]) ** 2 for j in range(d)]
        return total(loss)

    def residual(self, n=3):
        x, y = self.row(n), self.row(n)
        for _ in range(2):
            W, b = self.matrix(n, n), self.row(n)
            x = [x[j] + tanh(dot([W[i][j] for i in range(n)], x, b[j])) for j in range(n)]
        return total([(a - t) ** 2 for a, t in zip(x, y, strict=True)])

    def convolution(self):
        x, w, b = self.row(6), self.row(3), Value(0.1)
        z = [relu(dot(w, x[t : t + 3], b)) for t in range(4)]
        return total([(a - self.u()) ** 2 for a in z])

    def convolution_2d(self):
        X, K = self.matrix(4, 4), self.matrix(2, 2)
        patches = [
            [X[i + a][j + b] for a in range(2) for b in range(2)]
            for i in range(3)
            for j in range(3)
        ]
        w = [K[a][b] for a in range(2) for b in range(2)]
        return total([(dot(w, patch) - self.u()) ** 2 for patch in patches])

    def max_pooling(self):
        x, w = self.row(6), self.row(3)
        z = [dot(w, x[t : t + 3]) for t in range(4)]
        return (maximum(z[0], z[1]) + maximum(z[2], z[3]) - self.u()) ** 2

    def embeddings(self):
        E, w = self.matrix(5, 2), self.row(2)
        return total([(dot(w, E[k]) - self.u()) ** 2 for k in (3, 1, 3, 0)])

    def two_towers(self):
        W, b = self.matrix(2, 2), self.row(2)

        def tower(x):
            return [tanh(dot(W[j], x, b[j])) for j in range(2)]

        pairs = zip(tower(self.row(2)), tower(self.row(2)), strict=True)
        return total([(s - t) ** 2 for s, t in pairs])

    def tied(self):
        x, A = self.row(3), self.matrix(3, 3)
        for _ in range(2):
            x = [tanh(dot(A[j], x)) for j in range(3)]
        return total([(a - self.u()) ** 2 for a in x])

    def penalty(self):
        model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
        weights = [w for layer in model.layers for n in layer.neurons for w in n.weights]
        outputs = model.forward((0.3, -0.2))
        return nn.half_squared_error(outputs, [0.4]) + nn.l2_penalty(weights, 0.1)

    def cosine(self):
        a, b = self.row(3), self.row(3)
        return dot(a, b) / (sqrt(dot(a, a)) * sqrt(dot(b, b)))

    def skip(self):
        x, A, B, C = self.row(3), self.matrix(4, 3), self.matrix(2, 4), self.matrix(2, 3)
        h = [tanh(dot(A[j], x)) for j in range(4)]
        return total([(dot(B[j], h) + dot(C[j], x) - self.u()) ** 2 for j in range(2)])

    def pruned(self):
        x, A, b, B = self.row(3), self.matrix(4, 3), self.row(4), self.matrix(2, 4)
        kept = [[i for i in range(3) if (i, j) != (1, 0)] for j in range(4)]
        h = [tanh(dot([A[j][i] for i in kept[j]], [x[i] for i in kept[j]], b[j])) for j in range(4)]
        return total([(dot(B[j], h) - self.u()) ** 2 for j in range(2)])

    def odd_one(self):
        x, A, b, B = self.row(3), self.matrix(4, 3), self.row(4), self.matrix(2, 4)
        h = [(sigmoid if j == 2 else tanh)(dot(A[j], x, b[j])) for j in range(4)]
        return total([(dot(B[j], h) - self.u()) ** 2 for j in range(2)])

    def gpt(self, tokens=3, n=4, heads=2, words=5):
        d = n // heads
        E, P = self.matrix(words, n), self.matrix(tokens, n)
        for letter, M in (("E", E), ("P", P)):
            for i, row in enumerate(M, 1):
                for j, v in enumerate(row, 1):
                    v.label = f"{letter}_{i}{j}"
        Q, K, W, M = [self.matrix(n, n) for _ in range(4)]
        A, B, O = self.matrix(2 * n, n), self.matrix(n, 2 * n), self.matrix(words, n)

        def linear(matrix, x):
            return [dot(r, x) for r in matrix]

        def norm(x):
            s = (dot(x, x) / len(x) + 1e-5) ** -0.5
            return [v * s for v in x]

        text = [self.random.randrange(words) for _ in range(tokens + 1)]
        keys, values, losses = [], [], []
        for t in range(tokens):
            x = [a + b for a, b in zip(E[text[t]], P[t], strict=True)]
            before, x = x, norm(x)
            q = linear(Q, x)
            keys.append(linear(K, x))
            values.append(linear(W, x))
            mixed = []
            for h in range(0, n, d):
                a = softmax([dot(q[h : h + d], k[h : h + d]) / d**0.5 for k in keys])
                mixed += [dot(a, [v[j] for v in values]) for j in range(h, h + d)]
            x = [a + b for a, b in zip(linear(M, mixed), before, strict=True)]
            wide = [relu(z) for z in linear(A, norm(x))]
            x = [a + b for a, b in zip(linear(B, wide), x, strict=True)]
            losses.append(-log(softmax(linear(O, x))[text[t + 1]]))
        return mean(losses)


def random_network(seed):
    """A network of such parts, one after the other."""
    make, r = Maker(seed), random.Random(seed)
    rows, n = r.choice([1, 1, 3]), r.randint(1, 4)
    X = [make.row(n) for _ in range(rows)]
    for _ in range(r.randint(1, 4)):
        kind, m = r.choice(["dense", "dense", "residual", "norm", "scale", "softmax"]), len(X[0])
        f = r.choice([tanh, sigmoid, relu, softplus, lambda z: z])
        if kind == "dense":
            k = r.randint(1, 4)
            W, b = make.matrix(k, m), make.row(k)
            X = [[f(dot(W[j], x, b[j])) for j in range(k)] for x in X]
        elif kind == "residual":
            W = make.matrix(m, m)
            X = [[x[j] + f(dot(W[j], x)) for j in range(m)] for x in X]
        elif kind == "norm" and m > 1:
            normed = []
            for x in X:
                mu = mean(x)
                s = sqrt(mean([(v - mu) ** 2 for v in x]) + 1e-5)
                normed.append([(v - mu) / s for v in x])
            X = normed
        elif kind == "scale":
            g = make.row(m)
            X = [[g[j] * x[j] for j in range(m)] for x in X]
        elif kind == "softmax" and m > 1:
            X = [softmax(x) for x in X]
    losses = [total([(v - make.u()) ** 2 for v in x]) for x in X]
    return mean(losses) if rows > 1 else losses[0]


# fmt: off
NETWORKS = {
    "mlp1": lambda m: m.mlp([3, 2], labels=True),
    "mlp2": lambda m: m.mlp([3, 4, 2], "tanh", "sigmoid", labels=True),
    "mlp3": lambda m: m.mlp([3, 4, 3, 2], "tanh", "linear", "mse"),
    "mlp4": lambda m: m.mlp([2, 3, 3, 2, 1], labels=True),
    "mlp6": lambda m: m.mlp([2, 3, 2, 3, 2, 3, 2], ["tanh", "sigmoid", "relu", "tanh", "tanh"]),
    "mixed": lambda m: m.mlp([2, 3, 3, 2], ["relu", "tanh"], labels=True),
    "shared bias": lambda m: m.mlp([2, 3, 2], shared=True),
    "dropout": lambda m: m.mlp([3, 4, 4, 2], "tanh", "linear", dropout=0.5),
    "rows": lambda m: m.mlp([3, 4, 2], "tanh", "linear", "mse", rows=3),
    "class": lambda m: m.mlp([3, 4, 3], "relu", "softmax", "ce", classes=True),
    "probabilities": lambda m: m.mlp([3, 4, 3], "relu", "softmax", "ce", labels=True),
    "class rows": lambda m: m.mlp([3, 4, 3], "tanh", "softmax", "ce", classes=True, rows=4),
    "logit rows": lambda m: m.mlp([3, 4, 3], "tanh", "linear", "cel", classes=True, rows=4),
    "linear regression": Maker.linear_regression,
    "logistic regression": Maker.logistic_regression,
    "plain targets": Maker.plain_targets,
    "elman": Maker.elman,
    "elman, last": lambda m: m.elman(start=True, every=False),
    "lstm": Maker.lstm,
    "softmax by hand": Maker.softmax_by_hand,
    "typed": Maker.typed,
    "layer norm": Maker.layer_norm,
    "attention": Maker.attention,
    "causal attention": lambda m: m.attention(causal=True),
    "residual": Maker.residual,
    "convolution": Maker.convolution,
    "convolution 2d": Maker.convolution_2d,
    "max pooling": Maker.max_pooling,
    "embeddings": Maker.embeddings,
    "two towers": Maker.two_towers,
    "tied": Maker.tied,
    "penalty": Maker.penalty,
    "cosine": Maker.cosine,
    "skip": Maker.skip,
    "pruned": Maker.pruned,
    "odd one": Maker.odd_one,
    "gpt": Maker.gpt,
}
# fmt: on


LARGE = {"gpt", "lstm"}


@cache
def derived(name):
    return derive_general(NETWORKS[name](Maker()))


@pytest.fixture(
    params=[pytest.param(n, marks=[pytest.mark.slow] if n in LARGE else []) for n in NETWORKS]
)
def derivation(request):
    """What `derive_general` finds on one network after the other, each derived once."""
    return derived(request.param)


@pytest.fixture(scope="session")
def networks():
    """A function from a name, and perhaps a seed, to the root of the network."""
    return lambda name, seed=1: NETWORKS[name](Maker(seed))


@pytest.fixture(scope="session")
def random_root():
    """A function from a seed to the root of a random network."""
    return random_network
