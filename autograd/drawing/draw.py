"""draw(): a computation as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.drawing import svg
from autograd.drawing.diagram import LIMIT, Diagram, called, diagram, label_of
from autograd.drawing.dot import cells_of, check_look, dot_graph
from autograd.drawing.rendering import FORMATS, render
from autograd.drawing.text import number
from autograd.errors import ArgumentError
from autograd.graph.names import ROOT
from autograd.value import Value

if TYPE_CHECKING:
    from graphviz import Digraph


class Drawing:
    """A picture: shown by Jupyter as it is, saved with `save`, as DOT text in `source`.

    Nothing is rendered until it is asked for, so `source` needs no Graphviz.
    """

    def __init__(
        self,
        graph: Digraph,
        description: str,
        layout: str = "dot",
        keys: Mapping[str, str] | None = None,
    ):
        self.graph = graph
        """The `graphviz.Digraph`, to change before it is shown."""
        self.description = description
        """What the picture shows, in words: for screen readers."""
        self.layout = layout
        self.keys: Mapping[str, str] = keys or {}
        """The label of each value by the class of its box in the SVG."""

    @property
    def source(self) -> str:
        """The picture in DOT, Graphviz's language."""
        return str(self.graph.source)

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        picture = svg.parse(render(self.source, "svg", self.layout))
        svg.refine(picture, self.description)
        return svg.write(picture)

    def save(self, path: str | Path) -> Path:
        """Write the picture in the format that the file's ending names, and return the path.

        The endings are .svg, .png, .pdf and .dot (or .gv).
        """
        path = Path(path)
        ending = path.suffix.lower().removeprefix(".")
        if ending in ("dot", "gv"):
            path.write_text(self.source, encoding="utf-8")
        elif ending == "svg":
            path.write_text(self.svg, encoding="utf-8")
        elif ending in FORMATS:
            path.write_bytes(render(self.source, ending, self.layout))
        else:
            raise ArgumentError(
                f"the ending of {path.name!r} names no format: use .svg, .png, .pdf or .dot"
            )
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        picture = self.svg
        # As HTML too: as a mere image JupyterLab would neither shrink it nor show its tooltips.
        return {
            "image/svg+xml": picture,
            "text/html": f'<div style="overflow-x: auto">{picture}</div>',
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"<Drawing: {self.description}>"


def draw(
    root: Value,
    *,
    focus: Value | str | None = None,
    detail: str = "labelled",
    digits: int = 4,
    symbols: bool = False,
    rankdir: str = "LR",
    parameters: Iterable[Value] = (),
    limit: int = LIMIT,
) -> Drawing:
    """The computation of `root` as a picture.

    Each value is a box with its label, data and gradient, a dash for a gradient that no
    `backward()` has found yet; each operation is its sign; each edge carries its local
    derivative, the factor that the chain rule takes there. Inputs and parameters are told by
    their place in a `dot`, and by their outline; the root has a double one.

    Args:
        focus: draw only what lies on the paths from this value (or the one of this label) to the
            root, with the product of each path and their sum beneath.
        detail: "labelled" folds inner values without a label into the edges and formulas between
            those that have one (where none has, nothing is folded); "all" draws every operation.
        digits: significant digits of the numbers.
        symbols: write the local derivatives as formulas too.
        rankdir: "LR" from left to right, or "TB", "RL", "BT".
        parameters: values to draw as parameters, such as `model.parameters()`, where they cannot
            be told by a `dot`; the other leaves are then inputs.
        limit: a picture of more values than this is refused.

    Raises:
        ValueError: the root does not depend on `focus`, or there is too much to draw; the message
            says what to try.
        DrawingError: on showing or saving, where there is no Graphviz to draw with.

    >>> x = Value(3.0, "x")
    >>> draw(x * x)
    <Drawing: the graph of L = 9, 2 values>
    """
    check_look(digits, rankdir)
    shown = diagram(root, focus, detail, parameters, limit)
    cells = cells_of(shown, digits)
    graph = dot_graph(shown, cells, digits=digits, rankdir=rankdir, symbols=symbols)
    keys = {f"v{i}": label for i, v in enumerate(shown.values) if (label := label_of(v))}
    return Drawing(graph, _described(shown, digits), keys=keys)


def draw_dot(root: Value, rankdir: str = "LR") -> Drawing:
    """Every operation of the computation of `root`, by the name that a well-known lecture uses."""
    return draw(root, detail="all", rankdir=rankdir)


def _described(shown: Diagram, digits: int) -> str:
    root = shown.root
    text = f"the graph of {label_of(root) or ROOT} = {number(root.data, digits)}"
    if shown.focus is not None:
        text += f" on the paths from {called(shown.focus)}"
    return f"{text}, {len(shown.values)} values"
