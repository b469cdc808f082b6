"""sweep(): a computation step by step, forward and then backward."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from autograd.drawing import svg
from autograd.drawing.diagram import LIMIT, Diagram, diagram, label_of
from autograd.drawing.dot import check_look, dot_graph
from autograd.drawing.rendering import render
from autograd.drawing.steps import Step, StepWriter
from autograd.drawing.text import DASH
from autograd.errors import ArgumentError
from autograd.formulas.mathml import STYLE, mathml
from autograd.formulas.typeset import LATEX
from autograd.graph.names import ROOT
from autograd.value import Value


def sweep(
    root: Value,
    *,
    detail: str = "labelled",
    digits: int = 6,
    rankdir: str = "LR",
    parameters: Iterable[Value] = (),
    limit: int = LIMIT,
) -> Sweep:
    """The computation of `root` step by step: forward, value by value, then backward.

    Each backward step is one edge: operand.grad += (gradient of what it made) · (local
    derivative), in names and in numbers. In a notebook it is an element with a slider; it needs
    no kernel and no network, so it lives on in an exported page. No `grad` is touched.

    The arguments are those of `draw`.

    >>> x = Value(3.0, "x")
    >>> for step in sweep(x * x).steps:
    ...     print(step["text"])
    The leaves are given: x = 3
    L = x² = 3² = 9
    Backward starts at the end: L.grad = ∂L/∂L = 1
    x.grad += L.grad · x = 1 · 3 = 3
    x.grad += L.grad · x = 1 · 3 = 3; with the 3 it had: 6
    """
    check_look(digits, rankdir)
    return Sweep(diagram(root, None, detail, parameters, limit), digits, rankdir)


class Sweep:
    """A forward and a backward pass, step by step; see `sweep`."""

    def __init__(self, shown: Diagram, digits: int, rankdir: str):
        self._shown = shown
        self._digits = digits
        self._rankdir = rankdir
        self._steps = list(StepWriter(shown, digits).steps())
        self._in_latex = StepWriter(shown, digits, LATEX)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps as plain data: phase, text, and the value in hand with its numbers."""
        return [
            {
                "phase": step.phase,
                "text": step.text,
                "value": step.value and step.value.label,
                "data": step.value and step.value.data,
                "grad": step.grad,
            }
            for step in self._steps
        ]

    @property
    def frames(self) -> list[dict[str, Any]]:
        """What each step marks and writes in the picture, by the classes of its parts."""
        edges = {id(edge): f"e{i}" for i, edge in enumerate(self._shown.edges())}
        keys = self._keys
        return [
            {
                "phase": step.phase,
                "marked": _marked(step, keys, edges),
                "cells": {f"{keys[v]}.{row}": text for (v, row), text in step.cells.items()},
            }
            for step in self._steps
        ]

    @property
    def formulas(self) -> list[str]:
        """The steps as MathML."""
        return [mathml(step.text) for step in self._in_latex.steps()]

    @property
    def html(self) -> str:
        """One self-contained HTML element."""
        script, style, version = _assets()
        frames = self.frames
        return _ELEMENT.format(
            name=f"whygrad-sweep-{version}",
            style=style,
            script=script,
            last=len(frames) - 1,
            picture=self.picture,
            formulas="\n".join(self.formulas),
            items="\n".join(f"<li>{html.escape(step.text)}</li>" for step in self._steps),
            frames=json.dumps(frames),  # numbers and our own keys: nothing that could end it early
        )

    def save(self, path: str | Path) -> Path:
        """Write a page of its own, to open in any browser, and return the path."""
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ArgumentError(f"a sweep is saved as a page: {path.name!r} should end in .html")
        head = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Sweep</title>\n'
        path.write_text(head + self.html + "</html>\n", encoding="utf-8")
        return path

    @property
    def _keys(self) -> dict[Value, str]:
        return {v: f"v{i}" for i, v in enumerate(self._shown.values)}

    @property
    def picture(self) -> str:
        """The picture, an SVG, with every number at its last, in boxes wide enough for all."""
        keys = self._keys
        last: dict[tuple[Value, str], str] = {}
        widest: dict[tuple[Value, str], str] = {(v, "grad"): DASH for v in keys}
        for step in self._steps:
            last.update(step.cells)
            for cell, text in step.cells.items():
                widest[cell] = max(widest.get(cell, ""), text, key=len)
        graph = dot_graph(self._shown, widest, digits=self._digits, rankdir=self._rankdir)
        picture = svg.parse(render(graph.source))
        svg.refine(
            picture, f"the graph of {label_of(self._shown.root) or ROOT}, at the step in hand"
        )
        for v, key in keys.items():
            texts = svg.texts(picture, "value", key)[-4:]
            for element, row in ((texts[1], "data"), (texts[3], "grad")):
                element.set("data-cell", f"{key}.{row}")
                element.text = last.get((v, row), DASH)
        return svg.write(picture)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "\n".join(f"{i}. {step.text}" for i, step in enumerate(self._steps, 1))


def _marked(step: Step, keys: dict[Value, str], edges: dict[int, str]) -> list[str]:
    """The classes of what the step has in hand: a value, and how it was reached."""
    if step.value is None:
        return []
    key = keys[step.value]
    if step.edge is not None:
        return [key, edges[id(step.edge)]]
    return [key, f"{key}op"] if step.phase == "forward" else [key]


_ELEMENT = """\
<{name} tabindex="0" role="group" aria-label="A computation, step by step" \
data-lm-suppress-shortcuts="true">
<style media="not all">{style}</style>
<div class="controls" hidden>
<button name="previous" aria-label="Previous step">◀</button>
<button name="play" aria-label="Play">▶</button>
<button name="next" aria-label="Next step">▶❘</button>
<input type="range" min="0" max="{last}" step="1" value="0" aria-label="Step">
<output></output>
</div>
<div class="line" aria-live="polite"></div>
<div class="formulas" hidden>{formulas}</div>
<div class="picture" tabindex="0">{picture}</div>
<details open><summary>All steps as text</summary><ol>
{items}
</ol></details>
<script type="application/json">{frames}</script>
</{name}>
<script>{script}</script>
"""


@cache
def _assets() -> tuple[str, str, str]:
    """The script, the style, and a version by which pages tell two of them apart."""
    folder = resources.files(__package__)
    script = (folder / "sweep.js").read_text(encoding="utf-8")
    style = (folder / "sweep.css").read_text(encoding="utf-8") + STYLE
    version = hashlib.sha256((script + style).encode()).hexdigest()[:8]
    return script.replace("VERSION", version), style, version
