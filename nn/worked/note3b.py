"""N3 (b): classification on the same table, target `placed`.

Linear hidden neurons, ŷ = σ(z_f), L = −y log ŷ − (1 − y) log(1 − ŷ).
"""

from __future__ import annotations

from autograd import Value, dot, log, sigmoid
from autograd.value import topological
from nn.worked.note3a import TABLE, gradient_lines, hidden_layer, parameters
from nn.worked.sheet import Line, Note, Section, named, nodes

START = {
    "w_11^1": 0.02, "w_21^1": 0.3, "w_12^1": -0.01, "w_22^1": 0.1, "b_11": 0.0, "b_12": 0.1,
    "w_11^2": 0.4, "w_21^2": -0.3, "b_21": 0.0,
}  # fmt: skip
"""Ours: with w = 1 the outputs are 1 to the last bit, and log(1 − ŷ) is infinite."""


def graph(row: tuple[float, ...] = (*TABLE[0][:2], TABLE[0][3])) -> Value:
    """The loss on one row (x_1, x_2, y), by default the table's first.

    >>> graph().label
    'L'
    """
    p = parameters(START)
    x = [Value(row[0], "x_1"), Value(row[1], "x_2")]
    y = Value(row[2], "y")
    o = hidden_layer(p, x)
    z = named(dot([p["w_11^2"], p["w_21^2"]], o, p["b_21"]), "z_f")
    prediction = named(sigmoid(z), "ŷ")
    return named(-(y * log(prediction)) - (1 - y) * log(1 - prediction), "L")


def note() -> Note:
    """The nine gradients on every row of the table, and the slips in print."""
    sections = []
    for n, (iq, cgpa, _, placed) in enumerate(TABLE, 1):
        loss = graph((iq, cgpa, placed))
        loss.backward()
        v = nodes(topological(loss))
        y, p = v["y"].data, v["ŷ"].data
        lines = [
            *[Line(k, v[k].data) for k in ("o_1", "o_2", "z_f", "ŷ", "L")],
            Line("∂L/∂ŷ", v["ŷ"].grad, (), "−(y − ŷ)/(ŷ(1 − ŷ))", -(y - p) / (p * (1 - p))),
            Line("∂L/∂z_f", v["z_f"].grad, (), "−(y − ŷ)", -(y - p)),
            *gradient_lines(v, -(y - p), "−(y − ŷ)", {}),
        ]
        title = f"Row {n}: iq {iq:g}, cgpa {cgpa:g}, placed {placed:g}"
        sections.append(Section(title, lines, _slips(v) if n == 1 else []))
    return Note("3b", "Classification on the same table, 2-2-1", sections)


def _slips(v: dict[str, Value]) -> list[str]:
    """What the notes print wrongly on the way, beside the engine's numbers."""
    y, p = v["y"].data, v["ŷ"].data
    boxed = (y - p) / (p * (1 - p))
    found = v["ŷ"].grad
    sign = "the opposite sign of" if boxed * found < 0 else "the same sign as"
    by_w12 = v["o_2"].partials[0]
    x = next(name for name in ("x_1", "x_2") if v[name].data == by_w12)
    return [
        f"The notes box ∂L/∂ŷ = (y − ŷ)/(ŷ(1 − ŷ)) = {boxed:.6f}, {sign} the engine's "
        f"{found:.6f}; in the product the sign comes back.",
        f"One page writes x_i2 for ∂o_2/∂w_12^1; the engine has {by_w12:g}, which is {x}.",
        "Another page labels ∂L/∂w_11^1 as ∂o_11/∂w_11^1; the number belongs to L.",
    ]
