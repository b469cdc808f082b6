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
    """One request at a time goes from the browser to Python, and its answer comes back."""

    request = Dict().tag(sync=True)
    answer = Dict().tag(sync=True)
    picture = Dict().tag(sync=True)

    def __init__(self, answer: Callable[[Data], Data], picture: Data):
        self._esm = _script()
        super().__init__(answer=answer({}), picture=picture)
        self._answer = answer
        self.observe(self._asked, "request")

    def _asked(self, change: Any) -> None:
        self.answer = self._answer(change["new"])
