"""A picture that is laid out once, and whose numbers then change in their places."""

from __future__ import annotations

from autograd.drawing import svg
from autograd.drawing.diagram import Diagram, diagram, label_of
from autograd.drawing.dot import dot_graph
from autograd.drawing.rendering import render
from autograd.drawing.text import DASH, MINUS, number
from autograd.graph import adjoints
from autograd.graph.names import ROOT
from autograd.value import Value

__all__ = ["LivingPicture"]

_DIGITS = 4
_WIDEST = f"{MINUS}8.888e{MINUS}88"  # as wide as any number of _DIGITS becomes
_ROWS = ("data", "grad")


class LivingPicture:
    """The graph of `root` as `draw` has it, for any numbers of its leaves.

    Laying it out takes Graphviz tens of milliseconds, other numbers take one. They are of graphs of
    the same shape, such as a copy of the root's: its values and edges have the same keys.

    Raises ValueError and DrawingError as `draw` does.

    >>> x = Value(3.0, "x")
    >>> LivingPicture(x * x).numbers(x * x)["v1.data"]
    '9'
    """

    def __init__(self, root: Value):
        shown = diagram(root)
        self.description = f"the graph of {label_of(root) or ROOT}, {len(shown.values)} values"
        """What the picture shows, in words: for screen readers."""
        self.keys = {key: label for v, key in _keys(shown).items() if (label := label_of(v))}
        """The label of each value by the class of its box in the SVG."""
        self._shown = shown

    @property
    def svg(self) -> str:
        """The picture, with room for every number: `data-cell` says where which one stands."""
        shown, keys = self._shown, _keys(self._shown)
        cells = {(v, row): _WIDEST for v in shown.values for row in _ROWS}
        graph = dot_graph(shown, cells, digits=_DIGITS, rankdir="LR", placeholder=_WIDEST)
        picture = svg.parse(render(graph.source))
        svg.refine(picture, self.description)
        svg.drop_titles(picture, "value", "partial")  # which have numbers in them
        for key in keys.values():
            texts = svg.texts(picture, "value", key)[-4:]
            for element, row in ((texts[1], "data"), (texts[3], "grad")):
                _reserve(element, f"{key}.{row}")
        for i, _ in enumerate(shown.edges()):
            _reserve(svg.texts(picture, "partial", f"e{i}")[0], f"e{i}")
        return svg.write(picture)

    def numbers(self, root: Value) -> dict[str, str]:
        """What stands in each cell: the data and gradients of the values, the local derivatives."""
        shown = diagram(root)
        gradients = adjoints(root)
        cells = {}
        for v, key in _keys(shown).items():
            cells[f"{key}.data"] = number(v.data, _DIGITS)
            cells[f"{key}.grad"] = number(gradients[v], _DIGITS) if v in gradients else DASH
        partials = {f"e{i}": number(e.partial, _DIGITS) for i, e in enumerate(shown.edges())}
        return cells | partials

    def way(self, root: Value, wrt: Value) -> list[str]:
        """The classes of the values and edges on the paths from `wrt` to the root."""
        shown = diagram(root)
        leading = shown.graph.depending_on(wrt)
        values = [key for v, key in _keys(shown).items() if v in leading]
        edges = [f"e{i}" for i, edge in enumerate(shown.edges()) if edge.lower in leading]
        return values + edges


def _keys(shown: Diagram) -> dict[Value, str]:
    return {v: f"v{i}" for i, v in enumerate(shown.values)}


def _reserve(element: svg.Element, cell: str) -> None:
    element.set("data-cell", cell)
    element.text = ""
