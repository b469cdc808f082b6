"""`fit(live=True)`: loss and decision regions, drawn in a notebook while the training goes on."""

from __future__ import annotations

import time
import warnings
from base64 import b64encode
from typing import Any

from autograd.errors import ArgumentError
from nn.data.schema import Schema
from nn.module import Module
from nn.pictures.live import LivePlot
from nn.pictures.plots import Regions
from nn.training.history import History
from nn.training.progress import in_notebook

__all__ = ["Live", "live_of"]

_PAUSE = 0.4  # seconds at least from one picture to the next
_SHARE = 0.2  # of the time, at most, goes into pictures
_GRID = 40  # points along each side of the decision regions: a quarter of a plot's
_ROWS = 500  # that are drawn, at most

_ELSEWHERE = "live=True draws in a notebook; here the progress tells how far the training is"


class Live:
    """The picture beneath a notebook's cell, drawn again after an epoch when it is time to.

    After the first one at most a fifth of the time goes into pictures, some two a second at most.
    """

    def __init__(self, plot: LivePlot):
        self._plot = plot
        self._shown: Any = None
        self._next = 0.0

    def epoch(self, model: Module, history: History) -> None:
        """After an epoch: draw, if it is time to."""
        started = time.monotonic()
        if started >= self._next:
            is_first = self._shown is None  # which loads matplotlib
            self._draw(model, history)
            spent = time.monotonic() - started
            self._next = (
                started + spent + (0.0 if is_first else max(_PAUSE, spent / _SHARE - spent))
            )

    def end(self, model: Module, history: History) -> None:
        """After the training: the model as it was left."""
        if len(history):
            self._draw(model, history)

    def _draw(self, model: Module, history: History) -> None:
        from IPython.display import display

        told = f"after epoch {len(history)} the loss is {history['loss'][-1]:.4g}"
        png = b64encode(self._plot.png(model, history)).decode()
        # As HTML too: notebooks give a mere image no text for screen readers.
        shown = {
            "text/plain": told,
            "image/png": png,
            "text/html": f'<img src="data:image/png;base64,{png}" alt="{told}">',
        }
        if self._shown is None:
            self._shown = display(shown, raw=True, display_id=True)
        else:
            self._shown.update(shown, raw=True)


def live_of(asked: bool, schema: Schema, X: Any, y: Any) -> Live | None:
    """What draws, if it is asked for and this is a notebook; elsewhere a warning says so.

    X and y are the data as given; None where they are not in this process.

    Raises ImportError without matplotlib.
    """
    if not asked:
        return None
    if not in_notebook():
        warnings.warn(_ELSEWHERE, stacklevel=3)
        return None
    return Live(LivePlot(_regions(schema, X, y)))


def _regions(schema: Schema, X: Any, y: Any) -> Regions | None:
    """The regions, where there are classes and two inputs."""
    if X is None:
        return None
    try:
        return Regions(schema, X, y, grid=_GRID, most=_ROWS)
    except ArgumentError:
        return None
