"""The DOT source of a diagram: boxes for values, signs for operations, numbers on the edges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from autograd.drawing.captions import Captions, constants
from autograd.drawing.diagram import Diagram, label_of
from autograd.drawing.text import DASH, MINUS, escaped, factor, marked_up, number, tooltip
from autograd.errors import ArgumentError
from autograd.formulas.typeset import TEXT
from autograd.value import Value

if TYPE_CHECKING:
    from graphviz import Digraph

INK, QUIET, ACCENT = "#1f2933", "#5b6673", "#b3261e"
FONT = "Helvetica,Arial,sans-serif"
_TOOLTIP = 200
_PATHS = 6  # paths written out beneath a picture with a focus
_LINE = 30  # characters of a formula on one line

# Each role has an outline of its own besides its colour, to be told apart in print and by any eye.
_LOOKS = {
    "input": {"style": "filled,dashed", "fillcolor": "#e9f5ec", "color": "#2e7d46"},
    "parameter": {"style": "filled,rounded", "fillcolor": "#e8effb", "color": "#2c5aa0"},
    "leaf": {"style": "filled", "fillcolor": "#f4f5f7", "color": QUIET},
    "inner": {"style": "filled", "fillcolor": "white", "color": INK},
    "root": {"style": "filled", "fillcolor": "#fff4e0", "color": INK, "peripheries": "2"},
}
_TABLE = '<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">'
_TAGGED = ("input", "parameter")

Cells = Mapping[tuple[Value, str], str]
"""What to write in the box of a value, by the value and "data" or "grad"."""


_DIRECTIONS = ("LR", "TB", "RL", "BT")


def check_look(digits: int, rankdir: str) -> None:
    """Raise ValueError where a picture cannot have so many digits, or go that way."""
    if not 1 <= digits <= 17:
        raise ArgumentError(f"digits is a number from 1 to 17, not {digits!r}")
    if rankdir not in _DIRECTIONS:
        raise ArgumentError(f"rankdir is one of {', '.join(_DIRECTIONS)}, not {rankdir!r}")


def cells_of(shown: Diagram, digits: int) -> dict[tuple[Value, str], str]:
    """The data and gradient of every value as they stand, a dash for a gradient not found yet.

    Until a backward sweep has passed the root, a gradient of 0 says nothing about the root.
    """
    swept = bool(shown.root.op) and shown.root.grad != 0.0
    cells = {}
    for v in shown.values:
        cells[v, "data"] = number(v.data, digits)
        cells[v, "grad"] = number(v.grad, digits) if swept or v.grad != 0.0 else DASH
    return cells


def dot_graph(
    shown: Diagram,
    cells: Cells,
    *,
    digits: int,
    rankdir: str,
    symbols: bool = False,
    placeholder: str = "",
) -> Digraph:
    """The diagram as a `graphviz.Digraph`. Every part carries a class, for what animates it.

    A placeholder stands for every local derivative where their numbers are written in later.
    """
    from graphviz import Digraph

    graph = Digraph(
        graph_attr={
            "rankdir": rankdir,
            "nodesep": "0.16",
            "ranksep": "0.14",
            "fontname": FONT,
            "fontsize": "12",
            "labelloc": "b",
            "labeljust": "l",
            "ordering": "in",  # what comes first in a formula is drawn first
            "bgcolor": "white",
        },
        node_attr={"fontname": FONT, "fontsize": "12", "fontcolor": INK, "shape": "box"},
        edge_attr={"fontname": FONT, "fontsize": "10", "color": QUIET, "arrowsize": "0.6"},
    )
    ids = {v: f"v{i}" for i, v in enumerate(shown.values)}
    captions = Captions(shown)
    for v, key in ids.items():
        _add_value(graph, v, key, shown.roles[v], captions.label(v), cells)
        if v.op and v is not shown.focus:
            _add_operation(graph, key, captions.operation(v), captions.expression(v))
            _add_constants(graph, v, key, shown, digits)
    keys = iter([f"e{i}" for i in range(len(shown.edges()))])
    for v, edges in shown.below.items():
        terms = captions.partials(v) if symbols else {}
        for edge in edges:
            text = placeholder or number(edge.partial, digits)
            term = terms.get((edge.lower, edge.position))
            if term is not None and TEXT.formula(term) != text:
                text = f"{TEXT.formula(term)} = {text}"
            name = f"∂{captions.short(v)}/∂{captions.short(edge.lower)} = {edge.partial!r}"
            marked = shown.focus is not None
            _add_edge(graph, ids[edge.lower], ids[v], next(keys), text, name, marked)
    if shown.focus is not None:
        graph.attr(label=_caption(shown, shown.focus, captions, digits))
    return graph


def _add_value(graph: Digraph, v: Value, key: str, role: str, name: str, cells: Cells) -> None:
    bold = f"<B>{marked_up(name)}</B>" if name else ""
    tag = _quiet(("  " if name else "") + role, 9) if role in _TAGGED else ""
    head = f'<TR><TD ALIGN="LEFT">{bold}{tag}</TD></TR>' if bold or tag else ""
    rows = "".join(
        f'<TR><TD ALIGN="LEFT">{_quiet(row + "  ", 10)}{escaped(cells[v, row])}</TD></TR>'
        for row in ("data", "grad")
    )
    whole = label_of(v, _TOOLTIP) or name or "a value without a label"
    graph.node(
        key,
        f"<{_TABLE}{head}{rows}</TABLE>>",
        **{
            "class": f"value {key}",
            "tooltip": tooltip(f"{whole}: data = {v.data!r}"),
            "margin": "0.06,0.04",
        },
        **_LOOKS[role],
    )


def _add_operation(graph: Digraph, key: str, sign: str, whole: str) -> None:
    circle = {"shape": "circle", "fixedsize": "true", "width": "0.3", "fontsize": "13"}
    pill = {"style": "rounded", "margin": "0.07,0.03", "height": "0.3", "fontsize": "11"}
    graph.node(
        f"{key}op",
        _wrapped(sign),
        **{"class": f"operation {key}op", "tooltip": tooltip(whole), "color": QUIET},
        **(circle if len(sign) <= 2 else pill),
    )
    graph.edge(f"{key}op", key, **{"class": f"made {key}op"}, weight="8", arrowhead="none")


def _add_constants(graph: Digraph, v: Value, key: str, shown: Diagram, digits: int) -> None:
    """Plain numbers among the arguments, small; a folded formula has them written in it."""
    if shown.focus is not None or shown.has_folded(v):
        return
    for i, x in enumerate(constants(v)):
        graph.node(
            f"{key}c{i}",
            escaped(number(x, digits)),
            **{"class": f"constant {key}op", "shape": "plaintext", "fontsize": "10"},
            **{"fontcolor": QUIET, "margin": "0.02", "width": "0", "height": "0"},
        )
        graph.edge(f"{key}c{i}", f"{key}op", arrowsize="0.4", **{"class": f"made {key}op"})


def _add_edge(
    graph: Digraph, source: str, target: str, key: str, text: str, name: str, marked: bool
) -> None:
    look = {"penwidth": "1.8", "color": ACCENT} if marked else {}
    graph.edge(
        source,
        f"{target}op",
        _wrapped(text, below='<BR/><FONT POINT-SIZE="3"> </FONT>'),  # clear of the arrow
        **{
            "class": f"partial {key} {target}in",
            "tooltip": tooltip(name),
            "labeltooltip": tooltip(name),
        },
        **look,
    )


def _caption(shown: Diagram, focus: Value, captions: Captions, digits: int) -> str:
    """The product of each path and their sum: the derivative of the root by the focus."""
    count, paths = shown.paths(_PATHS)
    rows = []
    for path in paths if count <= _PATHS else []:
        way = " ← ".join([captions.short(v) for v in (shown.root, *[e.lower for e in path])])
        factors = TEXT.times.join(factor(e.partial, digits, first=e is path[0]) for e in path)
        product = number(math.prod(e.partial for e in path), digits)
        rows.append((way, factors, product))
    of = f"∂{captions.short(shown.root)}/∂{captions.short(focus)}"
    summed = f", the sum over {count} paths" if count > 1 else ""
    rows.append((of + summed, "", number(shown.derivative, digits)))
    gap = '<TD WIDTH="18"></TD>'
    lines = [gap.join([f'<TD ALIGN="LEFT">{escaped(text)}</TD>' for text in row]) for row in rows]
    cells = "".join(f"<TR>{line}</TR>" for line in lines)
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{cells}</TABLE>>'


def _quiet(text: str, size: int) -> str:
    return f'<FONT COLOR="{QUIET}" POINT-SIZE="{size}">{text}</FONT>'


def _wrapped(text: str, below: str = "") -> str:
    """A formula as a label, in lines of readable length, broken before its own additions."""
    lines = [""]
    depth = 0
    for word in text.split(" "):
        if word in ("+", MINUS) and depth == 0 and len(lines[-1]) > _LINE // 2:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
        depth += word.count("(") - word.count(")")
    return f"<{'<BR/>'.join([escaped(line) for line in lines])}{below}>"
