"""N2: hidden layers, matrices, cross-entropy, many classes, saturation.

δ_j^l = σ'(z_j^l) Σ_k δ_k^(l+1) w_jk^(l+1); ∂L/∂W^l = a^(l−1) (δ^l)ᵀ; ∂L/∂b^l = δ^l.
The notes give no numbers here, so the examples are ours.
"""

from __future__ import annotations

import math

import nn
from autograd import Value, derive, exp, log, relu, sigmoid, softmax
from autograd.value import topological
from nn.worked.sheet import Line, Note, Section, named, nodes

INPUTS = (0.4, -0.7)
TARGETS = (1.0, 0.0)
WEIGHTS = (((0.3, -0.2), (0.8, 0.5)), ((0.6, -0.9), (-0.4, 0.7)))  # a row for each neuron
BIASES = ((0.1, -0.1), (0.2, 0.05))
LEARNING_RATE = 0.5


def graph() -> Value:
    """The loss ½ Σ (y_j − a_j)² of a 2-2-2 sigmoid network on one example.

    >>> graph().label
    'L'
    """
    model = nn.MLP(2, [2, 2], "sigmoid", "sigmoid", weights=WEIGHTS, biases=BIASES)
    outputs = model([Value(x, f"a_{i}^0") for i, x in enumerate(INPUTS, 1)])
    targets = [Value(y, f"y_{j}") for j, y in enumerate(TARGETS, 1)]
    loss: Value = nn.half_squared_error(outputs, targets)
    return named(loss, "L")


def note() -> Note:
    """Each formula of the note on an example, beside the engine's gradient."""
    return Note(
        "2",
        "Hidden layers, matrices, cross-entropy, many classes",
        [
            _hidden(),
            _matrices(),
            _bias_updates(),
            _slope(),
            _binary(),
            _classes(),
            _saturation(),
            _relu(),
        ],
    )


def _deltas(v: dict[str, Value]) -> dict[int, list[float]]:
    """δ of both layers by the note's formulas."""
    a = {(j, layer): v[f"a_{j}^{layer}"].data for j in (1, 2) for layer in (1, 2)}
    output = [(a[j, 2] - TARGETS[j - 1]) * a[j, 2] * (1 - a[j, 2]) for j in (1, 2)]
    hidden = []
    for j in (1, 2):
        routes = sum(output[k - 1] * v[f"w_{j}{k}^2"].data for k in (1, 2))
        hidden.append(a[j, 1] * (1 - a[j, 1]) * routes)
    return {1: hidden, 2: output}


def _hidden() -> Section:
    loss = graph()
    loss.backward()
    v = nodes(topological(loss))
    deltas = _deltas(v)
    lines = []
    for layer in (2, 1):
        for j in (1, 2):
            formula = (
                f"(a_{j}^2 − y_{j}) σ'(z_{j}^2)"
                if layer == 2
                else f"σ'(z_{j}^1)(δ_1^2 w_{j}1^2 + δ_2^2 w_{j}2^2)"
            )
            z = f"z_{j}^{layer}"
            lines.append(Line(f"δ_{j}^{layer}", v[z].grad, (), formula, deltas[layer][j - 1]))
    return Section("Hidden layers: every route through the next layer adds up", lines)


def _matrices() -> Section:
    loss = graph()
    loss.backward()
    v = nodes(topological(loss))
    lines = []
    for layer, delta in sorted(_deltas(v).items()):
        before = [v[f"a_{i}^{layer - 1}"].data for i in (1, 2)]
        for i in (1, 2):
            for j in (1, 2):
                lines.append(
                    Line(
                        f"(∂L/∂W^{layer})_{i}{j}",
                        v[f"w_{i}{j}^{layer}"].grad,
                        (),
                        f"a_{i}^{layer - 1} δ_{j}^{layer}",
                        before[i - 1] * delta[j - 1],
                    )
                )
        for j in (1, 2):
            name = f"(∂L/∂b^{layer})_{j}"
            lines.append(Line(name, v[f"b_{j}^{layer}"].grad, (), f"δ_{j}^{layer}", delta[j - 1]))
    return Section("Matrix form: ∂L/∂W^l = a^(l−1) (δ^l)ᵀ, n_in × n_out; ∂L/∂b^l = δ^l", lines)


def _bias_updates() -> Section:
    """b ← b − η ∂L/∂b as vectors, entry by entry: the engine's step beside the note's δ."""
    loss = graph()
    loss.backward()
    v = nodes(topological(loss))
    lines = []
    for layer, delta in sorted(_deltas(v).items()):
        for j, b in enumerate(BIASES[layer - 1], 1):
            bias = v[f"b_{j}^{layer}"]
            bias.data -= LEARNING_RATE * bias.grad
            formula = f"b_{j}^{layer} − η δ_{j}^{layer}"
            by_formula = b - LEARNING_RATE * delta[j - 1]
            lines.append(Line(f"new b_{j}^{layer}", bias.data, (), formula, by_formula))
    return Section(f"Bias updates as vectors: b^l ← b^l − η δ^l, η = {LEARNING_RATE:g}", lines)


def _slope() -> Section:
    """σ' step by step from (1 + e^(−z))^−1, each line as a number beside the engine's."""
    z = Value(0.3, "z")
    sigmoid(z).backward()
    e = math.exp(-z.data)
    s = 1 / (1 + e)
    steps = [
        ("−(1 + e^(−z))^−2 · e^(−z) · (−1)", -((1 + e) ** -2) * e * -1),
        ("e^(−z)/(1 + e^(−z))²", e / (1 + e) ** 2),
        ("1/(1 + e^(−z)) · (1 − 1/(1 + e^(−z)))", 1 / (1 + e) * (1 - 1 / (1 + e))),
        ("σ(z)(1 − σ(z))", s * (1 - s)),
    ]
    lines = [Line("d(1 + e^(−z))^−1/dz", z.grad, (), formula, number) for formula, number in steps]
    by_hand = (1 + exp(-z)) ** -1
    remarks = ["Rule by rule, as derive writes it for the sigmoid typed by hand:"]
    remarks += [f"    {line}" for line in derive(named(by_hand, "a"), z).text("steps").split("\n")]
    return Section("σ' step by step, at z = 0.3", lines, remarks)


def _binary() -> Section:
    examples = ((0.8, 1.0), (-1.2, 0.0), (0.3, 0.0))
    zs = [Value(z, f"z_{i}") for i, (z, _) in enumerate(examples, 1)]
    predictions = [named(sigmoid(z), f"ŷ_{i}") for i, z in enumerate(zs, 1)]
    loss = nn.binary_cross_entropy(predictions, [y for _, y in examples], reduction="sum")
    loss.backward()
    by_hand = -sum(y * log(p.data) + (1 - y) * log(1 - p.data)
                   for p, (_, y) in zip(predictions, examples, strict=True))  # fmt: skip
    lines = [Line("L, 3 examples", loss.data, (), "−Σ (y log ŷ + (1 − y) log(1 − ŷ))", by_hand)]
    for i, (z, p, (_, y)) in enumerate(zip(zs, predictions, examples, strict=True), 1):
        outer = -y / p.data + (1 - y) / (1 - p.data)
        lines.append(Line(f"∂L/∂ŷ_{i}", p.grad, (), "−y/ŷ + (1 − y)/(1 − ŷ)", outer))
        lines.append(Line(f"δ_{i} = ∂L/∂z_{i}", z.grad, (), "ŷ − y", p.data - y))
    return Section("Binary cross-entropy: the factor ŷ(1 − ŷ) cancels", lines)


def _classes() -> Section:
    rows = (((1.2, -0.3, 0.4), 0), ((0.1, 0.9, -1.5), 2))
    lines = []
    for m, (row, k) in enumerate(rows, 1):
        zs = [Value(z, f"z_{m}{c}") for c, z in enumerate(row, 1)]
        outputs = softmax(zs)
        loss = nn.cross_entropy(outputs, k)
        loss.backward()
        whole = math.fsum([math.exp(z) for z in row])
        for c, (z, a) in enumerate(zip(zs, outputs, strict=True)):
            share = math.exp(row[c]) / whole
            lines.append(Line(f"ŷ_{m}{c + 1}", a.data, (), "e^z_c / Σ e^z", share))
            lines.append(Line(f"∂L/∂z_{m}{c + 1}", z.grad, (), "ŷ − y", share - (c == k)))
    return Section("C = 3 classes, m = 2 examples: an m × C matrix of outputs", lines)


def _saturation() -> Section:
    lines = []
    for x in (0.0, 5.0, -20.0, 20.0):
        z = Value(x)
        sigmoid(z).backward()
        a = 1 / (1 + math.exp(-x))
        lines.append(Line(f"σ'({x:g})", z.grad, (), "σ(z)(1 − σ(z))", a * (1 - a)))
    remark = (
        "For large or small z the sigmoid saturates: σ'(z) → 0, so w − η·0 = w and nothing is "
        "learnt. Cross-entropy undoes it: for a wrong answer its δ = ŷ − y stays near 1."
    )
    return Section("Saturation", lines, [remark])


def _relu() -> Section:
    lines = []
    for x in (-1.5, 0.0, 2.0):
        z = Value(x)
        a = relu(z)
        a.backward()
        lines.append(Line(f"ReLU({x:g})", a.data, (), "z if z ≥ 0 else 0", x if x >= 0 else 0.0))
        lines.append(Line(f"ReLU'({x:g})", z.grad, (), "1 if z > 0 else 0", float(x > 0)))
    return Section("ReLU", lines)
