"""N5: the worked 2-2-2 example, weight by weight.

Two inputs, two hidden neurons, two outputs, sigmoid on all four; one bias a layer, held fixed.
The forward and the backward pass together are one iteration.
"""

from __future__ import annotations

from autograd import Value, dot, sigmoid
from autograd.derivation import derive
from autograd.value import topological
from nn.worked.note3a import USUAL_RATE
from nn.worked.sheet import Line, Note, Section, named, nodes, verdict

LEARNING_RATE = 0.5
INPUTS = {"i1": 0.05, "i2": 0.10}
TARGETS = {"t1": 0.01, "t2": 0.99}
WEIGHTS = {
    "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30,
    "w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55,
}  # fmt: skip
BIASES = {"b1": 0.35, "b2": 0.60}

FORWARD_PRINTED = {
    "h1": ("0.3775",), "h2": ("0.3925",),
    "out_h1": ("0.5932",), "out_h2": ("0.5963", "0.5968"),
    "y1": ("1.7059", "1.1059"), "y2": ("1.2248",),
    "out_y1": ("0.7513",), "out_y2": ("0.7729",),
    "E": ("0.2983",),
}  # fmt: skip
GRADIENTS_PRINTED = {
    "w1": ("0.00066",), "w2": ("0.0013",),
    "w5": ("0.6827", "0.5997", "0.0821"), "w6": ("0.082",),
}  # fmt: skip
UPDATES_PRINTED = {
    "w1": ("0.14967",), "w2": ("0.19935",), "w3": ("0.2497",), "w4": ("0.29950",),
    "w5": ("0.3589",), "w6": ("0.4086",), "w7": ("0.5113",), "w8": ("0.5613",),
}  # fmt: skip


def neuron(z: str, weights: list[Value], inputs: list[Value], bias: Value) -> Value:
    """out_z = σ(z), z = Σ w·x + b."""
    return named(sigmoid(named(dot(weights, inputs, bias), z)), f"out_{z}")


def graph(weights: dict[str, float] | None = None, biases: dict[str, float] = BIASES) -> Value:
    """The error E of the example, at the given weights and biases or those that it starts from.

    >>> round(graph().data, 10)
    0.2983711088
    """
    i1, i2 = [Value(x, name) for name, x in INPUTS.items()]
    t1, t2 = [Value(x, name) for name, x in TARGETS.items()]
    b1, b2 = [Value(x, name) for name, x in biases.items()]
    w1, w2, w3, w4, w5, w6, w7, w8 = [Value(x, k) for k, x in (weights or WEIGHTS).items()]
    out_h1 = neuron("h1", [w1, w2], [i1, i2], b1)
    out_h2 = neuron("h2", [w3, w4], [i1, i2], b1)
    out_y1 = neuron("y1", [w5, w6], [out_h1, out_h2], b2)
    out_y2 = neuron("y2", [w7, w8], [out_h1, out_h2], b2)
    return named(0.5 * (t1 - out_y1) ** 2 + 0.5 * (t2 - out_y2) ** 2, "E")


def step(weights: dict[str, float]) -> tuple[Value, dict[str, float]]:
    """One iteration: E before it, and the weights after w ← w − η ∂E/∂w."""
    error = graph(weights)
    error.backward()
    values = nodes(topological(error))
    return error, {k: w - LEARNING_RATE * values[k].grad for k, w in weights.items()}


def note() -> Note:
    """All that the example computes, each number beside the ones that the notes print."""
    error, updated = step(WEIGHTS)
    values = nodes(topological(error))
    forward = [Line(k, values[k].data, printed) for k, printed in FORWARD_PRINTED.items()]
    weights = []
    for k in sorted(WEIGHTS, key=lambda k: k < "w5"):  # the output layer first, as the notes do
        weights.append(Line(f"∂E/∂{k}", values[k].grad, GRADIENTS_PRINTED.get(k, ())))
        weights.append(Line(f"new {k}", updated[k], UPDATES_PRINTED[k]))
    biases = [Line(f"∂E/∂{k}", values[k].grad) for k in BIASES]
    return Note(
        "5",
        "The worked 2-2-2 example, weight by weight",
        [
            Section("Forward pass", forward, [_carried(values["y2"])]),
            Section("Backward pass: gradients and new weights, η = 0.5", weights),
            Section("The biases (held fixed by the example)", biases),
            _usual_rate(values),
            _symmetry(),
            Section("The slip", remarks=_slips(error)),
        ],
    )


def training(iterations: int) -> Section:
    """E in the last iteration, and E and the outputs after its update."""
    weights = dict(WEIGHTS)
    for _ in range(iterations):
        error, weights = step(weights)
    after = graph(weights)
    values = nodes(topological(after))
    lines = [
        Line(f"E in iteration {iterations:,}", error.data),
        Line(f"E after {iterations:,} updates", after.data),
        *[Line(k, values[k].data) for k in ("out_y1", "out_y2")],
        *[Line(k, weights[k]) for k in WEIGHTS],
    ]
    return Section(f"Training: {iterations:,} iterations, η = 0.5, biases fixed", lines)


def _usual_rate(values: dict[str, Value]) -> Section:
    """How far the first step goes at the usual learning rate."""
    lines = [Line(f"new {k}", values[k].data - USUAL_RATE * values[k].grad) for k in ("w1", "w5")]
    remark = (
        f"The learning rate is a hyperparameter: the example takes {LEARNING_RATE:g}, the usual "
        f"default is {USUAL_RATE:g}, whose steps are {LEARNING_RATE / USUAL_RATE:g} times smaller."
    )
    return Section(f"The learning rate: one step at η = {USUAL_RATE:g}", lines, [remark])


def _symmetry(iterations: int = 100) -> Section:
    """The symmetry problem: from an all-zero start the hidden neurons stay one and the same."""
    weights, biases = dict.fromkeys(WEIGHTS, 0.0), dict.fromkeys(BIASES, 0.0)
    start = graph(weights, biases)
    start.backward()
    first = nodes(topological(start))
    for _ in range(iterations):
        error = graph(weights, biases)
        error.backward()
        v = nodes(topological(error))
        weights = {k: w - LEARNING_RATE * v[k].grad for k, w in weights.items()}
        biases = {k: b - LEARNING_RATE * v[k].grad for k, b in biases.items()}
    lines = [Line(f"{k} at the start", first[k].data) for k in ("h1", "out_h1", "out_h2", "out_y1")]
    lines += [Line(f"∂E/∂{k} at the start", first[k].grad) for k in ("w1", "w3", "w5", "w6")]
    lines += [Line(f"{k} after {iterations} iterations", w) for k, w in weights.items()]
    twins = [("w1", "w3"), ("w2", "w4"), ("w5", "w6"), ("w7", "w8")]
    equal = ", ".join([f"{a} = {b}" for a, b in twins if weights[a] == weights[b]])
    remark = (
        "With every weight and bias at zero both hidden neurons compute the same z, every output "
        f"is σ(0) = {sigmoid(0.0):g}, and both get the same gradients. After {iterations} "
        f"iterations (biases trained too) still {equal}: the hidden layer is one neuron. Random "
        "initial weights break the symmetry."
    )
    return Section("The symmetry problem: everything starts at zero", lines, [remark])


def _slips(error: Value) -> list[str]:
    """For each gradient that the notes print wrongly: which of its paths gives their number."""
    slips = []
    for k, printed in GRADIENTS_PRINTED.items():
        derivation = derive(error, k)
        if any(verdict(derivation.value, text) != "differs" for text in printed):
            continue
        paths = derivation.paths()
        for path in paths:
            if verdict(path.value, printed[0]) == "differs":
                continue
            slips.append(
                f"{k}: the notes followed one of {len(paths)} paths, "
                f"{' → '.join(path.names)}, which gives {path.value:.10f}: "
                f"they print {printed[0]}."
            )
            for other in paths:
                if other is not path:
                    slips.append(
                        f"    The path {' → '.join(other.names)} adds {other.value:.10f}; "
                        f"the sum is ∂E/∂{k} = {derivation.value:.10f}."
                    )
    return slips


def _carried(y2: Value) -> str:
    """What y2 is when computed from the outputs as the notes print them."""
    weights, _, bias = y2.arguments
    printed = [float(FORWARD_PRINTED[k][-1]) for k in ("out_h1", "out_h2")]
    z = dot([w.data for w in weights], printed, bias.data)
    return f"y2 from the printed out_h1 and out_h2 is {z:.5f}: the notes carried their rounding on."
