"""N3 (b): classification on the same table, target `placed`.

Linear hidden neurons, ŷ = σ(z_f), L = −y log ŷ − (1 − y) log(1 − ŷ).
"""

from __future__ import annotations

from autograd import Value, dot, log, sigmoid
from autograd.value import topological
from nn.worked.note3a import (
    TABLE,
    USUAL_RATE,
    gradient_lines,
    hidden_layer,
    parameters,
    update_section,
    wrong_input,
)
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
    """The nine gradients on every row, ∂L/∂ŷ as the page finds it, the updates, the misprints."""
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
        ]
        gradients = gradient_lines(v, -(y - p), "−(y − ŷ)", {})
        title = f"Row {n}: iq {iq:g}, cgpa {cgpa:g}, placed {placed:g}"
        sections.append(Section(title, lines + gradients, _slips(v) if n == 1 else []))
        if n == 1:
            after = [_common_denominator(v), update_section(v, gradients, START, USUAL_RATE)]
    sections += after
    return Note("3b", "Classification on the same table, 2-2-1", sections)


def _common_denominator(v: dict[str, Value]) -> Section:
    """∂L/∂ŷ the way the page does it: common denominator, expanded, cancelled."""
    y, p = v["y"].data, v["ŷ"].data
    below = p * (1 - p)
    steps = [
        ("−y/ŷ + (1 − y)/(1 − ŷ)", -y / p + (1 - y) / (1 - p)),
        ("(−y(1 − ŷ) + (1 − y)ŷ)/(ŷ(1 − ŷ))", (-y * (1 - p) + (1 - y) * p) / below),
        ("(−y + yŷ + ŷ − yŷ)/(ŷ(1 − ŷ))", (-y + y * p + p - y * p) / below),
        ("−(y − ŷ)/(ŷ(1 − ŷ))", -(y - p) / below),
    ]
    lines = [Line("∂L/∂ŷ", v["ŷ"].grad, (), formula, number) for formula, number in steps]
    return Section("∂L/∂ŷ by the common denominator, on row 1", lines)


def _slips(v: dict[str, Value]) -> list[str]:
    """What part (b) of the notes prints wrongly, beside the engine's numbers."""
    y, p = v["y"].data, v["ŷ"].data
    boxed = (y - p) / (p * (1 - p))
    right = v["ŷ"].grad
    sign = "the opposite sign of" if boxed * right < 0 else "the same sign as"
    return [
        f"The notes box ∂L/∂ŷ = (y − ŷ)/(ŷ(1 − ŷ)) = {boxed:.6f}, {sign} the engine's "
        f"{right:.6f}; in the product the sign comes back.",
        f"Part 2 writes ∂L/∂ŷ = −(y − ŷ), which is {-(y - p):.6f}: that is "
        f"∂L/∂z_f = {v['z_f'].grad:.6f}.",
        wrong_input(v),
    ]
