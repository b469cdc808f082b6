"""explore(): move the leaves of a computation, and see numbers, gradients and formulas follow."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from autograd.cached import cached_property
from autograd.drawing import draw
from autograd.drawing.living import LivingPicture
from autograd.errors import (
    ArgumentError,
    ArgumentTypeError,
    DrawingError,
    MissingLibraryError,
)
from autograd.explorer.copies import Copy
from autograd.page.answer import Data, Subject, about, asked_for, guarded, view
from autograd.problems import Problem
from autograd.problems.vocabulary import ROLES
from autograd.value import Value

__all__ = ["Explorer", "explore"]

_MOST = 300
"""Leaves that get a slider: past this nobody finds one."""

_WITHOUT = "Sliders need anywidget: pip install 'whygrad[explore]'"
_FROZEN = (
    "A branch of Python code (if, while, float(…)) stays as it was when this graph was made; "
    "where, maximum and relu follow."
)


def explore(subject: Value | Problem) -> Explorer:
    """The computation with a slider for every leaf; numbers, gradients, formulas and graph follow.

    As the last line of a notebook's cell it is a widget (JupyterLab, Notebook 7, VS Code, Colab,
    marimo), where anywidget is installed: `pip install 'whygrad[explore]'`. Without it, and where
    no widgets are shown (on GitHub), it is the derivation and the picture as they stand.

    What is moved is a copy: no Value of yours is touched. Of a `Problem` it is made by its text.
    Of a Value it is made by computing the operations of its graph once more, `where`, `dot`,
    `softmax` and those of `custom` and `solve` among them. So what Python code decided when the
    graph was made stays as it was, and that is said beneath. A leaf without a label is called v1,
    v2, ...

    A slider goes from x − r to x + r around the number x that it starts from, with r = 2|x| but at
    least 1; any finite number can be typed in the field beside it.

    Args:
        subject: the result of a computation, or a problem.

    Raises:
        TypeError: it is neither.
        ValueError: it has no leaf to move, more than 300, or one that is infinite or NaN.
        GraphError: the graph has a cycle, or its data was changed since.

    >>> from autograd import sigmoid
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> explorer = explore(sigmoid(w * x))
    >>> explorer
    <Explorer of L = 0.731059: w, x>
    >>> explorer.numbers
    {'w': 0.5, 'x': 2.0}
    """
    if isinstance(subject, Value):
        return Explorer(Copy(subject))
    if isinstance(subject, Problem):
        return Explorer(subject)
    raise ArgumentTypeError(f"explore takes a Value or a problem, not {type(subject).__name__}")


class Explorer:
    """A computation whose leaves can be moved; see `explore`."""

    def __init__(self, subject: Subject):
        leaves = _leaves(subject)
        if not subject.graph.operands:
            raise ArgumentError("there is nothing to explore: the value is made of no other")
        if len(leaves) > _MOST:
            raise ArgumentError(
                f"the computation has {len(leaves)} leaves, more than {_MOST}: too many to find "
                "one. Explore one example, or a part of it"
            )
        for leaf in leaves:
            if not math.isfinite(leaf["number"]):
                raise ArgumentError(
                    f"the leaf {leaf['name']} is {leaf['number']!r}: a slider needs a finite number"
                )
        self._start = subject
        self._now = subject

    @property
    def graph(self) -> Value:
        """The result at the numbers where the sliders stand: a graph of its own."""
        return self._now.graph

    @property
    def numbers(self) -> dict[str, float]:
        """Where the sliders stand, by the names of the leaves."""
        return {leaf["name"]: leaf["number"] for leaf in _leaves(self._now)}

    def answer(self, request: Mapping[str, Any]) -> Data:
        """What the widget shows of a request: plain data, as in `autograd.page.answer`.

        Args:
            request: `numbers` where the sliders stand (the others as they were at first), `wrt` and
                `form` of the derivation; `show` "expression" asks for that alone.

        Returns:
            `ok`, and each part with its own `ok`; or the sentence that says what is wrong.
        """
        return {**guarded(lambda: self._answered(request)), "id": request.get("id")}

    def _answered(self, request: Mapping[str, Any]) -> Data:
        numbers = dict(request.get("numbers") or {})
        for name, number in numbers.items():
            if isinstance(number, float) and not math.isfinite(number):
                raise ArgumentError(f"{name} takes a finite number, not {number!r}")
        now = self._start.at(numbers)
        if request.get("show") == "expression":
            return view("expression", now, request)
        facts = {**about(now), "leaves": _leaves(now)}
        parts = {
            name: guarded(lambda name=name: view(name, now, request))  # type: ignore[misc]
            for name in ("values", "derivation")
        }
        self._now = now
        return {**facts, "note": self._note, "parts": {**parts, "graph": self._picture_at(request)}}

    @property
    def _note(self) -> str:
        return _FROZEN if isinstance(self._start, Copy) else ""

    def _picture_at(self, request: Mapping[str, Any]) -> Data:
        """The numbers of the picture, and what is marked in it."""
        now = self._now
        return guarded(
            lambda: {
                "cells": self._picture.numbers(now.graph),
                "marked": self._picture.way(now.graph, now.values[asked_for(now, request)]),
            }
        )

    @cached_property
    def _picture(self) -> LivingPicture:
        return LivingPicture(self._start.graph)

    @property
    def picture(self) -> Data:
        """The picture without its numbers, which are in each answer."""
        return guarded(
            lambda: {
                "svg": self._picture.svg,
                "keys": self._picture.keys,
                "description": self._picture.description,
            }
        )

    @cached_property
    def widget(self) -> Any:
        """The widget, an `anywidget.AnyWidget`. MissingLibraryError without anywidget."""
        if not find_spec("anywidget"):
            raise MissingLibraryError(_WITHOUT)
        from autograd.explorer.widget import ExplorerWidget

        return ExplorerWidget(self.answer, self.picture)

    @property
    def html(self) -> str:
        """The derivation and the picture as they stand: what needs neither kernel nor script."""
        now = self._now
        parts = [now.derive(asked_for(now, {}))._repr_mimebundle_()["text/html"]]
        now.graph.backward()
        try:
            parts.append(f'<div style="overflow-x: auto">{draw(now.graph).svg}</div>')
        except (ValueError, DrawingError) as error:
            parts.append(f"<p>{html.escape(str(error))}</p>")
        if not find_spec("anywidget"):
            parts.append(f"<p>{html.escape(_WITHOUT)}</p>")
        return "\n".join(parts)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        static = {"text/html": self.html, "text/plain": repr(self)}
        if not find_spec("anywidget"):
            return static
        bundle = self.widget._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **static}, metadata

    def _display_(self) -> Any:
        """What marimo shows."""
        return self.widget if find_spec("anywidget") else None

    def __repr__(self) -> str:
        facts = about(self._now)
        names = list(self.numbers)
        shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        return f"<Explorer of {facts['result']} = {facts['number']}: {shown}>"


def _leaves(subject: Subject) -> list[Data]:
    """The leaves as they stand below each other: by role, then by name, w2 before w10."""

    def place(leaf: Data) -> tuple[int, list[tuple[int, str]]]:
        parts = re.findall(r"\d+|\D+", leaf["name"])
        in_numbers = [(int(x), "") if x.isdecimal() else (-1, x) for x in parts]
        return ROLES.index(leaf["role"]), in_numbers

    return sorted(about(subject)["leaves"], key=place)
