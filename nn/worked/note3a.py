"""N3 (a): regression on a table, a linear 2-2-1 network, one example at a time.

o_j = x_1 w_1j^1 + x_2 w_2j^1 + b_1j, ŷ = o_1 w_11^2 + o_2 w_21^2 + b_21, L = (y − ŷ)².
"""

from __future__ import annotations

import math

from autograd import RangeError, Value, dot
from autograd.value import topological
from nn.worked.sheet import Line, Note, Section, named, nodes

TABLE = ((80.0, 8.0, 8.0, 1.0), (70.0, 7.0, 7.0, 1.0), (60.0, 6.0, 6.0, 0.0), (50.0, 5.0, 5.0, 0.0))
"""iq, cgpa, package, placed."""

START = {
    "w_11^1": 1.0, "w_21^1": 1.0, "w_12^1": 1.0, "w_22^1": 1.0, "b_11": 0.0, "b_12": 0.0,
    "w_11^2": 1.0, "w_21^2": 1.0, "b_21": 0.0,
}  # fmt: skip
USUAL_RATE = 0.001
"""The usual default of the learning rate (note 5); this note gives none."""
FIRST_ROW_PRINTED = {
    "w_11^2": "29568", "w_21^2": "29568", "b_21": "336",
    "w_11^1": "26880", "w_12^1": "26880", "w_21^1": "2688", "w_22^1": "2688",
    "b_11": "336", "b_12": "336",
}  # fmt: skip


def hidden_layer(p: dict[str, Value], x: list[Value]) -> list[Value]:
    """The two linear hidden neurons o_1 and o_2."""
    return [named(dot([p[f"w_1{j}^1"], p[f"w_2{j}^1"]], x, p[f"b_1{j}"]), f"o_{j}") for j in (1, 2)]


def parameters(start: dict[str, float]) -> dict[str, Value]:
    """The nine parameters, labelled."""
    return {k: Value(x, k) for k, x in start.items()}


def graph(row: tuple[float, ...] = TABLE[0][:3], start: dict[str, float] | None = None) -> Value:
    """The loss on one row (x_1, x_2, y), by default the table's first.

    >>> graph().data
    28224.0
    """
    p = parameters(start or START)
    x = [Value(row[0], "x_1"), Value(row[1], "x_2")]
    o = hidden_layer(p, x)
    prediction = named(dot([p["w_11^2"], p["w_21^2"]], o, p["b_21"]), "ŷ")
    return named((Value(row[2], "y") - prediction) ** 2, "L")


def gradient_lines(
    v: dict[str, Value], outer: float, symbol: str, printed: dict[str, str]
) -> list[Line]:
    """The nine gradients by the engine and by the note's formulas.

    `outer` is the factor that all nine share, `symbol` how the note writes it; `printed` are the
    numbers that the note gives, by parameter.
    """

    def line(k: str, formula: str, number: float) -> Line:
        texts = (printed[k],) if k in printed else ()
        return Line(f"∂L/∂{k}", v[k].grad, texts, formula, number)

    lines = []
    for j in (1, 2):
        lines.append(line(f"w_{j}1^2", f"{symbol} o_{j}", outer * v[f"o_{j}"].data))
    lines.append(line("b_21", symbol, outer))
    for j in (1, 2):
        through = outer * v[f"w_{j}1^2"].data
        for i in (1, 2):
            formula = f"{symbol} w_{j}1^2 x_{i}"
            lines.append(line(f"w_{i}{j}^1", formula, through * v[f"x_{i}"].data))
        lines.append(line(f"b_1{j}", f"{symbol} w_{j}1^2", through))
    return lines


def update_section(
    v: dict[str, Value], gradients: list[Line], start: dict[str, float], learning_rate: float
) -> Section:
    """Step 4: each of the nine parameters after θ ← θ − η ∂L/∂θ on the table's first row.

    `gradients` are the lines of `gradient_lines`, whose formulas give the numbers that the
    engine's step is held against.
    """
    lines = []
    for gradient in gradients:
        k = gradient.name.removeprefix("∂L/∂")
        assert gradient.by_formula is not None
        by_formula = start[k] - learning_rate * gradient.by_formula
        new = v[k].data - learning_rate * v[k].grad
        lines.append(Line(f"new {k}", new, (), f"{k} − η {gradient.name}", by_formula))
    return Section(f"Step 4: the nine updates on row 1, η = {learning_rate:g}", lines)


def note() -> Note:
    """The nine gradients on every row, the updates, the misprints, and the training."""
    sections = []
    for n, row in enumerate(TABLE, 1):
        loss = graph(row[:3])
        loss.backward()
        v = nodes(topological(loss))
        y, prediction = v["y"].data, v["ŷ"].data
        lines = [Line(k, v[k].data, texts) for k, texts in _forward_printed(n).items()]
        printed = FIRST_ROW_PRINTED if n == 1 else {}
        gradients = gradient_lines(v, -2 * (y - prediction), "−2(y − ŷ)", printed)
        title = f"Row {n}: iq {row[0]:g}, cgpa {row[1]:g}, w = 1, b = 0"
        sections.append(Section(title, lines + gradients, _slips(v) if n == 1 else []))
        if n == 1:
            updates = update_section(v, gradients, START, USUAL_RATE)
    sections.append(updates)
    symmetry = "Both hidden neurons get the same gradients: the symmetry problem of note 5."
    sections.append(Section("Training, one example at a time", remarks=[symmetry, *_training()]))
    return Note("3a", "Regression on a table, linear 2-2-1", sections)


def wrong_input(v: dict[str, Value]) -> str:
    """The slip of both parts: ∂o_12/∂w_12^1 is once written with the wrong input."""
    by_w12 = v["o_2"].partials[0]
    x = next(name for name in ("x_1", "x_2") if v[name].data == by_w12)
    return f"One page writes x_i2 for ∂o_2/∂w_12^1; the engine has {by_w12:g}, which is {x}."


def _slips(v: dict[str, Value]) -> list[str]:
    """What part (a) of the notes labels wrongly, beside the engine's numbers."""
    local, whole = v["o_1"].partials[0], v["w_11^1"].grad
    return [
        f"A box with −2(y − ŷ) w_11^2 x_i1 is labelled ∂o_11/∂w_11^1; that is x_1 = {local:g}, "
        f"and the box's number {whole:g} is ∂L/∂w_11^1.",
        f"One labelled ∂L/∂ŷ = −2(y − ŷ) o_12 is ∂L/∂w_21^2 = {v['w_21^2'].grad:g}; ∂L/∂ŷ is "
        f"{v['ŷ'].grad:g}.",
        f"∂L/∂w^12 stands for ∂L/∂w_21^1 = {v['w_21^1'].grad:g}.",
        wrong_input(v),
    ]


def _forward_printed(n: int) -> dict[str, tuple[str, ...]]:
    if n > 1:
        return {"o_1": (), "o_2": (), "ŷ": (), "L": ()}
    return {"o_1": ("88",), "o_2": ("88",), "ŷ": ("176",), "L": ("28224",)}


def train(rows: list[tuple[float, ...]], learning_rate: float, epochs: int) -> list[float]:
    """The mean loss of each epoch of θ ← θ − η ∂L/∂θ after every row; ends where it blows up."""
    start = dict(START)
    history: list[float] = []
    for _ in range(epochs):
        losses = []
        for row in rows:
            try:
                loss = graph(row, start)
            except RangeError:
                return [*history, math.inf]
            loss.backward()
            v = nodes(topological(loss))
            start = {k: x - learning_rate * v[k].grad for k, x in start.items()}
            losses.append(loss.data)
        history.append(math.fsum(losses) / len(losses))
    return history


def standardised(rows: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The rows with every input column shifted to mean 0 and scaled to deviation 1."""
    columns = list(zip(*rows, strict=True))
    scaled = []
    for column in columns[:-1]:
        middle = math.fsum(column) / len(column)
        deviation = math.sqrt(math.fsum([(x - middle) ** 2 for x in column]) / len(column))
        scaled.append([(x - middle) / deviation for x in column])
    return [(*xs, row[-1]) for *xs, row in zip(*scaled, rows, strict=True)]


def _training() -> list[str]:
    rows: list[tuple[float, ...]] = [row[:3] for row in TABLE]
    lines = []
    for rate in (0.01, 0.0001):
        history = train(rows, rate, 100)
        shown = ", ".join([f"{x:.3g}" for x in history[:3]])
        if math.isinf(history[-1]):
            fate = f"it overflows in epoch {len(history)}"
        else:
            fate = f"after {len(history)} epochs it is {history[-1]:.3g}"
        lines.append(f"Raw iq and cgpa, η = {rate:g}: mean loss by epoch {shown}, ...; {fate}.")
    history = train(standardised(rows), 0.01, 100)
    lines.append(
        f"Standardised inputs, η = 0.01: mean loss {history[0]:.3g} in the first epoch, "
        f"{history[-1]:.3g} in epoch {len(history)}."
    )
    return lines
