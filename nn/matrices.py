"""The gradients of a layer as vectors and matrices, as note N2 writes them.

∂L/∂W^l = a^(l−1) (δ^l)ᵀ, n_in × n_out, and ∂L/∂b^l = δ^l; for m examples the sum over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import Value, adjoints
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.formulas.blocks import Typeset
from autograd.formulas.tree import Call, Symbol
from autograd.formulas.typeset import LATEX, TEXT, Style
from autograd.rules import ACTIVATIONS
from nn.layers import Network, Neuron
from nn.module import Module

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LayerGradients", "MatrixForm", "matrix_form"]

_SHOWN = 6  # rows and columns of a matrix that are written before its middle is left out


def matrix_form(model: Module, loss: Value) -> MatrixForm:
    """The gradients of every layer of the model by a loss computed with it, in matrix form.

    `loss` is the Value of one example or of many. No `grad` is touched.

    Raises TypeError where model is no Module or loss no Value, ValueError where the loss does not
    come from the model, or uses its weights in another way than through its neurons.

    >>> from nn import MLP, half_squared_error
    >>> model = MLP(2, [1], weights=[[[1.0, 2.0]]])
    >>> loss = half_squared_error(model([3.0, 4.0]), 10.0)
    >>> matrix_form(model, loss).layers[0].weights.tolist()
    [[3.0], [4.0]]
    """
    if not isinstance(model, Module):
        raise ArgumentTypeError(
            f"matrix_form takes a model and its loss, not {type(model).__name__}"
        )
    if not isinstance(loss, Value):
        raise ArgumentTypeError(
            f"the loss is a Value computed with the model, not {type(loss).__name__}"
        )
    derivatives = adjoints(loss)
    rows = _layers(model)
    if not rows:
        raise ArgumentError("the model has no layer of neurons, so there is no matrix to write")
    used = _uses(derivatives)
    layers = [_of_layer(n, neurons, used, derivatives) for n, neurons in enumerate(rows, 1)]
    for n, (lower, upper) in enumerate(pairwise(rows)):
        layers[n] = replace(layers[n], slope=_slope(lower, upper, used))
    return MatrixForm(loss.label or "L", tuple(layers))


def _layers(model: Module) -> list[list[Neuron]]:
    """The neurons of each layer in the model, in order."""
    if isinstance(model, Network):
        return [neurons for neurons, _ in model.parts()]
    layers: list[list[Neuron]] = []
    for part in vars(model).values():
        for inner in part if isinstance(part, (list, tuple)) else (part,):
            if isinstance(inner, Module):
                layers += _layers(inner)
    return layers


def _uses(derivatives: dict[Value, float]) -> dict[tuple[Value, ...], list[Value]]:
    """The sums z in the graph by the weights that they use, one z for each example."""
    uses: dict[tuple[Value, ...], list[Value]] = {}
    for v in derivatives:
        if v.op == "dot":
            uses.setdefault(v.arguments[0], []).append(v)
    return uses


def _slope(
    lower: Sequence[Neuron], upper: Sequence[Neuron], used: dict[tuple[Value, ...], list[Value]]
) -> str | None:
    """The activation between two layers, where δ of the lower is activation'(z) ⊙ W δ."""
    zs = [used[neuron.weights][0] for neuron in lower]
    outputs = used[upper[0].weights][0].arguments[1]
    if len(outputs) != len(zs):
        return None
    pairs = list(zip(outputs, zs, strict=True))
    if all(a is z for a, z in pairs):
        return "linear"
    ops = {a.op for a, z in pairs if isinstance(a, Value) and a.operands == (z,)}
    alone = len(ops) == 1 and all(isinstance(a, Value) and a.operands == (z,) for a, z in pairs)
    return ops.pop() if alone and ops <= set(ACTIVATIONS) else None


def _of_layer(
    number: int,
    neurons: Sequence[Neuron],
    used: dict[tuple[Value, ...], list[Value]],
    derivatives: dict[Value, float],
) -> LayerGradients:
    import numpy as np

    zs = [used.get(neuron.weights, []) for neuron in neurons]
    if not zs[0] or len({len(z) for z in zs}) > 1:
        raise ArgumentError(
            f"the loss does not depend on the neurons of layer {number}: give the loss computed "
            "from this model's own outputs"
        )
    inputs = np.array([[float(x) for x in z.arguments[1]] for z in zs[0]])
    deltas = np.array([[derivatives[z] for z in row] for row in zs]).T
    weights, sums = inputs.T @ deltas, deltas.sum(axis=0)
    biases = [neuron.bias for neuron in neurons]
    shared = len(biases) > 1 and all(b is biases[0] for b in biases)
    if shared:
        sums = sums.sum(keepdims=True)
    layer = LayerGradients(
        number=number,
        inputs=inputs,
        delta=deltas,
        weights=weights,
        biases=sums,
        weight_names=tuple([tuple([w.label or "w" for w in n.weights]) for n in neurons]),
        bias_names=tuple([b.label or "b" for b in (biases[:1] if shared else biases)]),
        input_names=_names(zs[0][0].arguments[1], number),
    )
    swept = np.array([[derivatives[w] for w in neuron.weights] for neuron in neurons]).T
    scale = np.abs(inputs).T @ np.abs(deltas)
    if not np.all(np.abs(swept - weights) <= 1e-12 * scale + 1e-300):
        raise ArgumentError(
            f"∂L/∂W of layer {number} is not the sum of a δᵀ alone: its weights are used elsewhere "
            "in the loss too (a penalty on them?); give the loss without that part"
        )
    return layer


def _names(inputs: Sequence[Any], number: int) -> tuple[str, ...]:
    """The labels of the inputs, or a_i^(l−1), as the notes call them."""
    return tuple(
        [
            x.label if isinstance(x, Value) and x.label else f"a_{i}^{number - 1}"
            for i, x in enumerate(inputs, 1)
        ]
    )


@dataclass(frozen=True, eq=False)
class LayerGradients:
    """The gradients of one layer: arrays, with the names of their entries.

    `inputs` is a^(l−1), m × n_in for m examples, and `delta` δ^l, m × n_out; `weights` is ∂L/∂W^l,
    n_in × n_out, and `biases` ∂L/∂b^l, n_out (one number where the layer shares one bias). `slope`
    is the operation of a hidden layer's activation, by which δ^l = activation'(z^l) ⊙ W δ^(l+1).
    """

    number: int
    inputs: np.ndarray[Any, Any]
    delta: np.ndarray[Any, Any]
    weights: np.ndarray[Any, Any]
    biases: np.ndarray[Any, Any]
    weight_names: tuple[tuple[str, ...], ...]
    bias_names: tuple[str, ...]
    input_names: tuple[str, ...]
    slope: str | None = None

    @property
    def delta_names(self) -> tuple[str, ...]:
        """δ_j^l of each neuron."""
        return tuple([f"δ_{j + 1}^{self.number}" for j in range(self.delta.shape[1])])


@dataclass(frozen=True, eq=False)
class MatrixForm(Typeset):
    """The gradients of all layers of a model in matrix form; prints as the notes write them."""

    loss_name: str
    layers: tuple[LayerGradients, ...]

    def __str__(self) -> str:
        return "\n\n".join(
            [_text_line(line) for layer in self.layers for line in self._lines(layer, TEXT)]
        )

    @property
    def latex(self) -> str:
        """The same as one LaTeX `aligned` block of `bmatrix`."""
        lines = [_latex_line(line) for layer in self.layers for line in self._lines(layer, LATEX)]
        rows = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"

    def _lines(self, layer: LayerGradients, style: Style) -> list[list[Any]]:
        """The equations of a layer, each a list of texts and matrices that are equal."""
        n = layer.number
        many = len(layer.inputs) > 1
        deltas = [[style.name(name)] for name in layer.delta_names]
        by_weight = [
            [style.derivative(self.loss_name, name) for name in column]
            for column in zip(*layer.weight_names, strict=True)
        ]
        by_bias = [[style.derivative(self.loss_name, name)] for name in layer.bias_names]
        whole = {
            key: style.derivative(self.loss_name, name)
            for key, name in (("W", f"W^{n}"), ("b", f"b^{n}"))
        }
        right = "a^{n0} (δ^{n})ᵀ" if style is TEXT else r"a^{{{n0}}} (\delta^{{{n}}})^{{\top}}"
        right = right.format(n0=n - 1, n=n)
        right = f"Σ {right}" if many and style is TEXT else rf"\sum {right}" if many else right
        delta = style.name(f"δ^{n}")
        bias = (
            delta
            if len(layer.biases) == layer.delta.shape[1] and not many
            else (f"Σ {delta}" if style is TEXT else rf"\sum {delta}")
        )
        lines: list[list[Any]] = []
        if not many:
            inputs = [[style.name(name)] for name in layer.input_names]
            lines.append([style.name(f"a^{n - 1}"), inputs, _numbers(layer.inputs.T, style)])
            back = _back(layer, style)
            lines.append([delta, *back, deltas, _numbers(layer.delta.T, style)])
        lines.append([whole["W"], right, by_weight, _numbers(layer.weights, style)])
        lines.append([whole["b"], bias, by_bias, _numbers(layer.biases[:, None], style)])
        return lines


def _back(layer: LayerGradients, style: Style) -> list[str]:
    """δ of a hidden layer from that of the next: σ'(z) ⊙ (W δ)."""
    n = layer.number
    if layer.slope is None:
        return []
    product = f"{style.name(f'W^{n + 1}')} {style.name(f'δ^{n + 1}')}"
    if layer.slope == "linear":
        return [product]
    z = style.formula(Call(layer.slope, [Symbol(f"z^{n}", 0.0)], prime=True))
    return [f"{z} {'⊙' if style is TEXT else chr(92) + 'odot'} {style.parenthesised(product)}"]


def _numbers(rows: np.ndarray[Any, Any], style: Style) -> list[list[str]]:
    return [[style.number(float(x)) for x in row] for row in rows]


def _shortened(items: list[Any], dots: Any) -> list[Any]:
    return items if len(items) <= _SHOWN else [*items[: _SHOWN - 2], dots, items[-1]]


def _text_line(parts: list[Any]) -> str:
    """Equal texts and matrices side by side, joined by = in the first row."""
    height = max([1, *[len(_cells(p, "⋮", "…")) for p in parts if isinstance(p, list)]])
    lines = [""] * height
    for i, part in enumerate(parts):
        shown = [part] if isinstance(part, str) else _text_matrix(_cells(part, "⋮", "…"))
        width = max(map(len, shown))
        for k in range(height):
            sign = "" if i == 0 else " = " if k == 0 else "   "
            lines[k] += sign + (shown[k] if k < len(shown) else "").ljust(width)
    return "\n".join([line.rstrip() for line in lines])


def _cells(rows: list[list[str]], down: str, across: str) -> list[list[str]]:
    """The matrix with the middle of what is too long left out."""
    wide = [_shortened(row, across) for row in rows]
    return _shortened(wide, [down] * len(wide[0]))


def _text_matrix(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "[" + "  ".join([x.rjust(w) for x, w in zip(row, widths, strict=True)]) + "]"
        for row in rows
    ]


def _latex_line(parts: list[Any]) -> str:
    shown = [
        part
        if isinstance(part, str)
        else "\\begin{bmatrix} "
        + " \\\\ ".join([" & ".join(row) for row in _cells(part, r"\vdots", r"\cdots")])
        + " \\end{bmatrix}"
        for part in parts
    ]
    return f"{shown[0]} &= " + " = ".join(shown[1:])
