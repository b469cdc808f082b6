"""A picture of a training that is under way."""

from __future__ import annotations

from io import BytesIO

from autograd.errors import Error
from nn.module import Module
from nn.optional import require
from nn.pictures.plots import COLOURS, STYLE, Columns, Regions, draw_column

__all__ = ["LivePlot"]


class LivePlot:
    """The loss by epoch and, where there are regions, what is predicted where, as often as asked.

    The figure is matplotlib's without pyplot: nothing stays open, and no window appears.

    Raises ImportError without matplotlib.
    """

    def __init__(self, regions: Regions | None):
        require("matplotlib", "plot", "fit(live=True)")
        from matplotlib.figure import Figure

        width = 9.2 if regions else 4.6
        self._figure = Figure(figsize=(width, 3.6), dpi=100, layout="constrained")
        self._regions = regions

    def png(self, model: Module, history: Columns) -> bytes:
        """The picture of the model as it is now, after the epochs of the history."""
        import matplotlib as mpl

        self._figure.clear()
        with mpl.rc_context(STYLE):
            axes = self._figure.subplots(1, 2 if self._regions else 1, squeeze=False)[0]
            draw_column(axes[0], history, "loss", COLOURS[0])
            if self._regions:
                try:
                    self._regions.draw(axes[1], model)
                except Error as error:  # at one of the points; the training is not to end of it
                    axes[1].set_title("what is predicted where: no number everywhere", wrap=True)
                    axes[1].set_xlabel(str(error), wrap=True)
        self._figure.savefig(png := BytesIO(), format="png")
        return png.getvalue()
