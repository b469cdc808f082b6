"""The widget of an `Explorer`: its state as data that the browser and Python share."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import anywidget
from traitlets import Dict

from autograd.explorer.bundle import bundle
from autograd.formulas.mathml import STYLE
from autograd.page.answer import Data

__all__ = ["ExplorerWidget"]


@cache
def _script() -> str:
    """The page's modules that the widget shares, its own, and the look of both."""
    own, site = resources.files(__package__), resources.files("autograd.page") / "site"

    def read(name: str) -> str:
        if name == "style":
            return f"export const style = {json.dumps(_style(own, site))};"
        return str((site / f"{name}.js").read_text(encoding="utf-8"))

    return bundle((own / "explorer.js").read_text(encoding="utf-8"), read)


def _style(own: Any, site: Any) -> str:
    look, layout = [
        path.read_text(encoding="utf-8") for path in (site / "look.css", own / "explorer.css")
    ]
    return f"{look}{layout}{STYLE}"


class ExplorerWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """Requests come from the browser as messages, and an answer to each goes back.

    A message is quicker than a change of the state, which is echoed to every view before the answer
    is. The state has the newest answer for the views that are made later.
    """

    answer = Dict().tag(sync=True, to_json=lambda _, widget: widget.shown)
    picture = Dict().tag(sync=True)

    def __init__(self, answer: Callable[[Data], Data], picture: Data):
        self._esm = _script()
        self._answered = answer
        self.shown = answer({})
        super().__init__(picture=picture)
        self.on_msg(self._asked)

    def _asked(self, _widget: Any, request: Data, _buffers: Any) -> None:
        if not request:  # it was sent for its own sake: see explorer.js
            return
        found = self._answered(request)
        if "parts" in found:
            self.shown = found
        self.send(found)
