"""N1: the output layer, one neuron at a time.

L = ½ Σ_j (y_j − a_j)²; δ_j = ∂L/∂z_j = (a_j − y_j) σ'(z_j); ∂L/∂w_ij = δ_j a_i; ∂L/∂b_j = δ_j.
The notes give no numbers here, so the example is ours.
"""

from __future__ import annotations

from autograd import Value, dot, sigmoid, total
from autograd.value import topological
from nn.worked.sheet import Line, Note, Section, named, nodes

HIDDEN = (0.6, 0.9)  # a_1^1, a_2^1: what the layer before hands over
WEIGHTS = ((0.3, -0.8), (0.5, 0.7))  # w_1j^2 and w_2j^2 for j = 1, 2
BIASES = (0.1, -0.4)
TARGETS = (1.0, 0.0)


def graph() -> Value:
    """The loss of two output neurons.

    >>> sorted(v.label for v in topological(graph()) if v.label)[:4]
    ['L', 'a_1^1', 'a_1^2', 'a_2^1']
    """
    hidden = [Value(a, f"a_{i}^1") for i, a in enumerate(HIDDEN, 1)]
    errors = []
    for j, (weights, bias, target) in enumerate(zip(WEIGHTS, BIASES, TARGETS, strict=True), 1):
        w = [Value(x, f"w_{i}{j}^2") for i, x in enumerate(weights, 1)]
        z = named(dot(w, hidden, Value(bias, f"b_{j}^2")), f"z_{j}^2")
        a = named(sigmoid(z), f"a_{j}^2")
        errors.append((Value(target, f"y_{j}") - a) ** 2)
    return named(0.5 * total(errors), "L")


def note() -> Note:
    """The factors and gradients of each output neuron, by the engine and by the formula."""
    loss = graph()
    loss.backward()
    v = nodes(topological(loss))
    sections = []
    for j in (1, 2):
        a, y = v[f"a_{j}^2"].data, v[f"y_{j}"].data
        delta = (a - y) * a * (1 - a)
        lines = [
            Line(
                f"∂L/∂a_{j}", v[f"a_{j}^2"].grad, formula=f"−(y_{j} − a_{j})", by_formula=-(y - a)
            ),
            Line(
                f"∂a_{j}/∂z_{j}",
                v[f"a_{j}^2"].partials[0],
                formula=f"σ'(z_{j}) = a_{j}(1 − a_{j})",
                by_formula=a * (1 - a),
            ),
            Line(
                f"δ_{j} = ∂L/∂z_{j}",
                v[f"z_{j}^2"].grad,
                formula=f"(a_{j} − y_{j}) σ'(z_{j})",
                by_formula=delta,
            ),
        ]
        for i, hidden in enumerate(HIDDEN, 1):
            w = f"w_{i}{j}"
            formula = f"δ_{j} a_{i}^1"
            lines.append(Line(f"∂L/∂{w}", v[f"{w}^2"].grad, (), formula, delta * hidden))
        lines.append(Line(f"∂L/∂b_{j}", v[f"b_{j}^2"].grad, (), f"δ_{j}", delta))
        side = "above" if a > 0.5 else "below"
        animal = "cat" if a > 0.5 else "dog"
        decision = f"As a binary decision a_{j} = {a:.4f} is {side} 0.5: {animal}."
        sections.append(Section(f"Output neuron {j}", lines, [decision]))
    return Note("1", "Output layer, one neuron at a time", sections)
