"""N4: 2-2-1 with sigmoid hidden neurons, a linear output and the mean squared error.

ŷ = w_11^2 O_1 + w_21^2 O_2 + b_21, O_j = σ(w_1j^1 i_1 + w_2j^1 i_2 + b_1j), L = (1/n) Σ (ŷ − y)².
"""

from __future__ import annotations

from autograd import Value, dot, sigmoid
from autograd.value import topological
from nn.worked.note3a import parameters
from nn.worked.sheet import Line, Note, Section, named, nodes

LEARNING_RATE = 0.1
INPUTS = (0.5, -1.0)
TARGET = 1.0
START = {
    "w_11^1": 0.2, "w_21^1": -0.4, "b_11": 0.1, "w_12^1": 0.7, "w_22^1": 0.3, "b_12": -0.2,
    "w_11^2": 0.6, "w_21^2": -0.5, "b_21": 0.3,
}  # fmt: skip


def graph() -> Value:
    """The loss on one example (n = 1); the numbers are ours.

    >>> graph().label
    'L'
    """
    p = parameters(START)
    inputs = [Value(x, f"i_{i}") for i, x in enumerate(INPUTS, 1)]
    hidden = []
    for j in (1, 2):
        z = named(dot([p[f"w_1{j}^1"], p[f"w_2{j}^1"]], inputs, p[f"b_1{j}"]), f"z_{j}")
        hidden.append(named(sigmoid(z), f"O_{j}"))
    prediction = named(dot([p["w_11^2"], p["w_21^2"]], hidden, p["b_21"]), "ŷ")
    return named((prediction - Value(TARGET, "y")) ** 2, "L")


def note() -> Note:
    """The nine gradients, by the engine and by the note's formulas, and the nine updates."""
    loss = graph()
    loss.backward()
    v = nodes(topological(loss))
    outer = 2 * (v["ŷ"].data - v["y"].data)
    output = [Line("∂L/∂ŷ", v["ŷ"].grad, (), "2(ŷ − y)", outer)]
    hidden = []
    for j in (1, 2):
        o, w = v[f"O_{j}"].data, v[f"w_{j}1^2"].data
        k = f"w_{j}1^2"
        output.append(Line(f"∂L/∂{k}", v[k].grad, (), f"2(ŷ − y) O_{j}", outer * o))
        hidden.append(Line(f"∂L/∂O_{j}", v[f"O_{j}"].grad, (), f"2(ŷ − y) {k}", outer * w))
        through = f"2(ŷ − y) {k} O_{j}(1 − O_{j})"
        delta = outer * w * o * (1 - o)
        for i in (1, 2):
            p = f"w_{i}{j}^1"
            hidden.append(
                Line(f"∂L/∂{p}", v[p].grad, (), f"{through} i_{i}", delta * v[f"i_{i}"].data)
            )
        hidden.append(Line(f"∂L/∂b_1{j}", v[f"b_1{j}"].grad, (), through, delta))
    output.append(Line("∂L/∂b_21", v["b_21"].grad, (), "2(ŷ − y)", outer))
    updates = [Line(f"new {k}", v[k].data - LEARNING_RATE * v[k].grad) for k in START]
    return Note(
        "4",
        "2-2-1 with sigmoid hidden neurons, mean squared error",
        [
            Section("Forward pass", [Line(k, v[k].data) for k in ("O_1", "O_2", "ŷ", "L")]),
            Section("Output neuron", output, [_namings(v)]),
            Section("Through the hidden neurons", hidden),
            Section(
                f"The nine updates θ ← θ − η ∂L/∂θ, η = {LEARNING_RATE:g}",
                updates,
                ["Here the slides write w_11^2 and w_21^2, as this page does throughout."],
            ),
        ],
    )


def _namings(v: dict[str, Value]) -> str:
    """The slides' two namings of the output weights, told by what each weight multiplies."""
    weights, hidden, _ = v["ŷ"].arguments
    pairs = zip(("w_21^2", "w_22^2"), weights, hidden, strict=True)
    same = " and ".join(
        [f"{slide} for {w.label}, which multiplies {o.label}" for slide, w, o in pairs]
    )
    return (
        f"In the forward pass and the gradients the slides write {same}; in the updates they write "
        "w_11^2 and w_21^2. They are the same two weights."
    )
