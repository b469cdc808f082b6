"""draw_network(): a network as the notes draw it, circles by layer and weights on the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd import Value
from autograd.drawing import Drawing
from autograd.drawing.dot import ACCENT, FONT, INK, QUIET
from autograd.drawing.text import DASH, escaped, number, plain, tooltip
from autograd.errors import ArgumentError, ArgumentTypeError
from nn.layers import Network, Neuron
from nn.module import Module

if TYPE_CHECKING:
    from graphviz import Digraph

_ACROSS, _DOWN = 4.2, 1.15  # inches between layers, and between the neurons of one
_RADIUS = 0.3
_SHOWN = 8  # neurons of a layer: of a larger one the first and the last are drawn
_NAMED = 3  # neurons: past this the lines stand too close for a name on each,
_NUMBERED = 4  # and past this for a number
_SIGNS = {"sigmoid": "σ", "linear": "Σ"}
_THIN, _THICK = 0.6, 4.0  # points


def draw_network(model: Module, *, show: str = "data", digits: int = 4) -> Drawing:
    """The network as circles by layer: inputs at the left, weights on the lines, biases below.

    A line is the wider the larger its number is; it is dashed where the number is negative. Of a
    layer of more than eight neurons the first ones and the last are drawn.

    Args:
        model: an MLP, a Layer or a Neuron.
        show: "data" for the weights, "grad" for their gradients, a dash before any backward().
        digits: significant digits of the numbers.

    Raises:
        TypeError: the model is none of these.
        ValueError: another `show`.

    >>> import nn
    >>> picture = draw_network(nn.MLP(2, [2, 1], activation="sigmoid", initializer="zeros"))
    >>> picture.source.count("w_11^1 = 0")
    2
    """
    from graphviz import Digraph

    if show not in ("data", "grad"):
        raise ArgumentError(f"show is 'data' or 'grad', not {show!r}")
    if not isinstance(model, Network):
        raise ArgumentTypeError(
            f"draw_network draws an MLP, a Layer or a Neuron, not {type(model).__name__}; for "
            "another module draw a computation: draw(model(x))"
        )
    layers, activations = zip(*model.parts(), strict=True)
    graph = Digraph(
        graph_attr={"outputorder": "edgesfirst", "splines": "line", "bgcolor": "white"},
        node_attr={"fontname": FONT, "fontcolor": INK, "fontsize": "12"},
        edge_attr={"arrowhead": "none", "fontname": FONT},
    )
    numbers = _Numbers(show, digits, layers)
    n_in = len(layers[0][0].weights)
    bottom = -(min(max(n_in, *map(len, layers)), _SHOWN) / 2 + 0.1) * _DOWN
    _text(graph, "title0", "inputs", 0.0, bottom, QUIET)
    before = _column(graph, 0, n_in)
    for spot in before:
        _circle(graph, spot, f"x_{spot.index + 1}", _INPUT)
    for depth, (neurons, name) in enumerate(zip(layers, activations, strict=True), 1):
        _text(graph, f"title{depth}", f"layer {depth}: {name}", depth * _ACROSS, bottom, QUIET)
        column = _column(graph, depth, len(neurons))
        crowd = max(len(before), len(column))
        for spot in column:
            neuron = neurons[spot.index]
            _circle(graph, spot, _SIGNS.get(name, name), _NEURON)
            _bias(graph, spot, neuron.bias, numbers)
            for source in before:
                _line(graph, source, spot, neuron.weights[source.index], numbers)
                if crowd <= _NUMBERED:
                    weight = neuron.weights[source.index]
                    _weight(graph, source, spot, weight, numbers, named=crowd <= _NAMED)
        before = column
    _outputs(graph, before)
    legend = f"lines: {_MEANINGS[show]}, wider where larger, dashed where negative"
    _text(graph, "legend", legend, len(layers) * _ACROSS / 2, bottom - 0.3, QUIET, 10)
    sizes = "-".join([str(n) for n in [n_in, *map(len, layers)]])
    return Drawing(graph, f"a network {sizes} with its {_MEANINGS[show]}", layout="neato")


_MEANINGS = {"data": "weights", "grad": "gradients of the weights"}
_INPUT = {"style": "filled,dashed", "fillcolor": "#e9f5ec", "color": "#2e7d46"}
_NEURON = {"style": "filled", "fillcolor": "white", "color": INK}


@dataclass(frozen=True)
class _Spot:
    """The place of a circle: which neuron of its layer it is, and where it stands."""

    key: str
    index: int
    x: float
    y: float


class _Numbers:
    """The numbers to show, and how wide their lines are."""

    def __init__(self, show: str, digits: int, layers: Sequence[list[Neuron]]):
        self._show = show
        self._digits = digits
        weights = [w for neurons in layers for neuron in neurons for w in neuron.weights]
        biases = [neuron.bias for neurons in layers for neuron in neurons]
        # All gradients 0 means that no backward() has been called.
        self._known = show == "data" or any(p.grad != 0.0 for p in (*weights, *biases))
        self._largest = max(abs(self.of(w)) for w in weights) or 1.0

    def of(self, p: Value) -> float:
        return p.data if self._show == "data" else p.grad

    def text(self, p: Value) -> str:
        return number(self.of(p), self._digits) if self._known else DASH

    def named(self, p: Value) -> str:
        return f"{plain(p.label, 20)} = {self.text(p)}" if p.label else self.text(p)

    def width(self, p: Value) -> float:
        return _THIN + (_THICK - _THIN) * abs(self.of(p)) / self._largest


def _column(graph: Digraph, depth: int, size: int) -> list[_Spot]:
    """The places of a layer's circles, from the top; the middle of a large layer is left out."""
    x, rows = depth * _ACROSS, min(size, _SHOWN)
    top = (rows - 1) / 2 * _DOWN
    spots = [_Spot(f"l{depth}n{i + 1}", i, x, top - i * _DOWN) for i in range(rows)]
    if rows < size:
        spots[-1] = _Spot(f"l{depth}n{size}", size - 1, x, -top)
        left_out = spots.pop(-2)
        _text(graph, f"more{depth}", f"⋮ {size - len(spots)} more", x, left_out.y)
    return spots


def _circle(graph: Digraph, spot: _Spot, text: str, look: dict[str, str]) -> None:
    graph.node(
        spot.key,
        escaped(plain(text, 8)),
        shape="circle",
        width=str(2 * _RADIUS),
        fixedsize="true",
        pos=_position(spot.x, spot.y),
        **look,
    )


def _outputs(graph: Digraph, column: list[_Spot]) -> None:
    for spot in column:
        key = f"{spot.key}out"
        _text(graph, key, f"ŷ_{spot.index + 1}", spot.x + 0.75, spot.y)
        graph.edge(spot.key, key, arrowhead="normal", arrowsize="0.6", color=QUIET)


def _bias(graph: Digraph, spot: _Spot, bias: Value, numbers: _Numbers) -> None:
    _text(graph, f"{spot.key}bias", numbers.named(bias), spot.x, spot.y - _RADIUS - 0.15, QUIET, 9)


def _line(graph: Digraph, source: _Spot, target: _Spot, weight: Value, numbers: _Numbers) -> None:
    negative = numbers.of(weight) < 0.0
    graph.edge(
        source.key,
        target.key,
        penwidth=f"{numbers.width(weight):.2f}",
        color=ACCENT if negative else "#2c5aa0",
        style="dashed" if negative else "solid",
        tooltip=tooltip(numbers.named(weight)),
    )


def _weight(
    graph: Digraph, source: _Spot, target: _Spot, weight: Value, numbers: _Numbers, named: bool
) -> None:
    """The number on a line, near its source: there the lines of two circles lie apart."""
    text = numbers.named(weight) if named else numbers.text(weight)
    t = 0.27 if named else 0.17
    x = source.x + t * (target.x - source.x)
    y = source.y + t * (target.y - source.y)
    _text(graph, f"{source.key}{target.key}", text, x, y, INK, 9)


def _text(
    graph: Digraph, key: str, text: str, x: float, y: float, color: str = INK, size: int = 12
) -> None:
    graph.node(
        key,
        escaped(text),
        pos=_position(x, y),
        shape="plaintext",
        style="filled",
        fillcolor="white",
        fontcolor=color,
        fontsize=str(size),
        margin="0.02",
        width="0",
        height="0",
    )


def _position(x: float, y: float) -> str:
    return f"{x:.3f},{y:.3f}!"
