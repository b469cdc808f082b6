"""N1: the output layer, one neuron at a time.

L = ½ Σ_j (y_j − a_j)²; δ_j = ∂L/∂z_j = (a_j − y_j) σ'(z_j); ∂L/∂w_ij = δ_j a_i; ∂L/∂b_j = δ_j.
The notes give numbers only in a little table of outputs and targets; the network is ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd import Number, Value, dot, grad, hessian, log, mean, sigmoid, total
from autograd.errors import ArgumentError
from autograd.value import topological
from nn.worked.sheet import Line, Note, Section, named, nodes

HIDDEN = (0.6, 0.9)  # a_1^1, a_2^1: what the layer before hands over
WEIGHTS = ((0.3, -0.8), (0.5, 0.7))  # w_1j^2 and w_2j^2 for j = 1, 2
BIASES = (0.1, -0.4)
TARGETS = (1.0, 0.0)

TABLE = ((0.3, 0.0, "0.3"), (0.5, 1.0, "-0.5"))
"""The page's little table: an output a, its target y, and ∂L/∂a for the ½ squared error."""

ROWS = ((1.0, 1.0), (-3.0, 0.0))
"""Two rows (x, y) for a classifier ŷ = σ(w x) of a single weight; ours."""


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
    sections += [_table(), _convexity()]
    return Note("1", "Output layer, one neuron at a time", sections)


def _table() -> Section:
    """∂L/∂a on the page's table, by the engine beside the printed numbers."""
    outputs = [Value(a, f"a_{j}") for j, (a, _, _) in enumerate(TABLE, 1)]
    errors = [(y - a) ** 2 for a, (_, y, _) in zip(outputs, TABLE, strict=True)]
    (0.5 * total(errors)).backward()
    lines = []
    for j, (a, (_, y, printed)) in enumerate(zip(outputs, TABLE, strict=True), 1):
        formula = f"−(y_{j} − a_{j})"
        lines.append(Line(f"∂L/∂a_{j}", a.grad, (printed,), formula, -(y - a.data)))
    return Section("The page's table: outputs 0.3 and 0.5, targets 0 and 1", lines)


# Why squared error is not the loss for classification


def squared_error(w: Number) -> Number:
    """The mean of ½(y − σ(w x))² over ROWS: flat on its plateau, bent the wrong way before it.

    >>> abs(grad(squared_error)(-8.0)) < 2e-4, hessian(squared_error)(-2.0)[0][0] < 0
    (True, True)
    """
    return mean([0.5 * (y - sigmoid(w * x)) ** 2 for x, y in ROWS])


def cross_entropy(w: Number) -> Number:
    """The mean of −y log ŷ − (1 − y) log(1 − ŷ) over ROWS, ŷ = σ(w x): convex in w.

    >>> hessian(cross_entropy)(-2.0)[0][0] > 0
    True
    """
    # 1 − σ(z) is σ(−z), which keeps its digits
    return mean([-log(sigmoid(w * x)) if y else -log(sigmoid(-w * x)) for x, y in ROWS])


def inflection(loss: Callable[[Number], Number], low: float, high: float) -> float:
    """Where between low and high the loss changes from bending down to bending up, by halving.

    Raises ValueError where the second derivative has one sign at both ends.

    >>> round(inflection(squared_error, -3.0, 1.0), 4)
    -0.2475
    """

    def bend(w: float) -> float:
        return float(hessian(loss)(w)[0][0])

    if bend(low) * bend(high) > 0:
        raise ArgumentError(f"the loss bends one way at both {low!r} and {high!r}")
    while not math.isclose(low, high, rel_tol=1e-12, abs_tol=1e-12):
        middle = (low + high) / 2
        low, high = (middle, high) if bend(middle) * bend(low) > 0 else (low, middle)
    return low


def _convexity() -> Section:
    """One weight, two rows: the slope and the bend of both losses along w."""
    lines = []
    for w in (-8.0, -2.0, 0.0, 2.0):
        for name, loss in (("squared error", squared_error), ("cross-entropy", cross_entropy)):
            slope, bend = grad(loss)(w), hessian(loss)(w)[0][0]
            lines += [Line(f"dL/dw at w = {w:g}, {name}", slope),
                      Line(f"d²L/dw² at w = {w:g}, {name}", bend)]  # fmt: skip
    turn = inflection(squared_error, -3.0, 1.0)
    rows = " and ".join([f"(x = {x:g}, y = {y:g})" for x, y in ROWS]).replace("-", "−")
    remarks = [
        f"One weight, ŷ = σ(w x), two rows {rows}: the squared error has an inflection at "
        f"w = {turn:.4f}. Left of it d²L/dw² < 0, so it is not convex, and it runs into a "
        f"plateau: at w = −8, where both rows are as wrong as can be, its slope is "
        f"{grad(squared_error)(-8.0):.6f}, and gradient descent hardly moves.",
        f"−log ŷ is convex: d²L/dw² > 0 everywhere, and at w = −8 its slope is "
        f"{grad(cross_entropy)(-8.0):.6f}. Hence cross-entropy for classification.",
    ]
    return Section("Why squared error is not the loss for classification", lines, remarks)
