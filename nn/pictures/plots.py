"""Pictures of training and of trained networks, all in one style, drawn with matplotlib.

Each function returns the figure: `figure.savefig("loss.png")` keeps it, a notebook shows it, and
in a script `matplotlib.pyplot.show()` opens it. All raise ImportError without matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, Protocol

from autograd import Value, adjoints
from autograd.errors import ArgumentError
from nn import losses
from nn.data.reading import labels_of, rows_of
from nn.data.schema import Schema
from nn.layers import MLP, Layer
from nn.metrics import r2_score
from nn.module import Module, evaluating, outputs_of
from nn.optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "STYLE",
    "Regions",
    "draw_column",
    "plot_activations",
    "plot_decision_regions",
    "plot_gradients",
    "plot_history",
    "plot_predictions",
]

# Okabe and Ito's colours, which colour-blind readers tell apart; markers and dashes repeat them.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "osD^vPX*"
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
}
SATURATED = 0.01
"""An activation whose derivative is below this passes back next to nothing."""
RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}

_GRID = 80  # points along each side of the decision regions


class Columns(Protocol):
    """Named columns with one number for each epoch, such as a `History`."""

    @property
    def names(self) -> list[str]:
        """The columns."""

    def __len__(self) -> int: ...

    def __contains__(self, name: object) -> bool: ...

    def __getitem__(self, name: str) -> list[float]: ...


def plot_history(history: Columns) -> Figure:
    """Loss and metrics by epoch, those of the validation dashed.

    Raises ValueError where no epoch was finished.
    """
    if not len(history):
        raise ArgumentError("the history has no epoch to plot")
    names = [n for n in history.names if not n.startswith("val_") and n != "learning_rate"]
    figure, axes = _figure(1, len(names), 4.6, 3.3)
    for ax, name, colour in zip(axes, names, COLOURS, strict=False):
        draw_column(ax, history, name, colour)
        if name == "accuracy":
            ax.set_ylim(max(0.0, ax.get_ylim()[0]), 1.02)
    return figure


def draw_column(ax: Axes, history: Columns, name: str, colour: str) -> None:
    """A column by epoch, that of the validation dashed; a loss of many sizes on a log scale."""
    epochs = range(1, len(history) + 1)
    alone = "." if len(history) == 1 else ""
    ax.plot(epochs, history[name], colour, marker=alone, label="training")
    held = f"val_{name}"
    if held in history:
        ax.plot(epochs, history[held], "#444444", ls="--", marker=alone, label="validation")
        ax.legend()
    ax.set_title({"r2": "R²"}.get(name, name))
    ax.set_xlabel("epoch")
    ax.locator_params(axis="x", integer=True)
    spread = [x for n in (name, held) if n in history for x in history[n]]
    if name == "loss" and min(spread) > 0.0 and max(spread) > 50.0 * min(spread):
        ax.set_yscale("log")


def plot_decision_regions(model: Module, X: Any, y: Any) -> Figure:
    """Which class the model predicts where, over the plane of its two inputs, with the data.

    Of two classes the shade is the probability and the line the threshold of 0.5. Raises
    ValueError where there are not two inputs or the model was not fitted to classes.
    """
    regions = Regions(_fitted(model), X, y)
    figure, (ax,) = _figure(1, 1, 5.2, 4.2)
    regions.draw(ax, model)
    return figure


class Regions:
    """Data of two inputs in classes, and the points of their plane for which a model is asked.

    Args:
        schema: what the model knows of the data.
        X: the inputs, as given to `fit`.
        y: the classes.
        grid: points along each side of the plane.
        most: rows to draw; of more than these every k-th.

    Raises ValueError where there are no classes or not two inputs.
    """

    def __init__(self, schema: Schema, X: Any, y: Any, *, grid: int = _GRID, most: int = 10**9):
        import numpy as np

        if schema.classes is None:
            raise ArgumentError("decision regions are of classes; for numbers see plot_predictions")
        rows = np.array(rows_of(schema.in_order(X, "X")))
        if rows.shape[1] != 2:
            raise ArgumentError(f"decision regions need 2 inputs, but X has {rows.shape[1]}")
        margin = 0.08 * np.ptp(rows, axis=0) + 1e-9
        self.low, self.high = rows.min(axis=0) - margin, rows.max(axis=0) + margin
        step = -(-len(rows) // most)
        self.rows, self.labels = rows[::step], labels_of(y)[::step]
        self.xs, self.ys = [np.linspace(self.low[k], self.high[k], grid) for k in (0, 1)]
        points = [(float(a), float(b)) for b in self.ys for a in self.xs]
        self.points = schema.standardized(points)
        self.schema, self.classes = schema, schema.classes

    def draw(self, ax: Axes, model: Module) -> None:
        """What the model predicts where, as the axes' shades, and the rows."""
        import numpy as np

        schema, shape = self.schema, (len(self.ys), len(self.xs))
        outputs = outputs_of(model, self.points)
        if len(outputs[0]) == 1:
            known = schema.outputs != "numbers"
            p = schema.probabilities(outputs)[:, 1] if known else np.array(outputs)[:, 0]
            self._shade(ax, p.reshape(shape), "probability of" if known else "output for")
        else:
            table = np.array(outputs)
            for k in range(table.shape[1]):
                lead = table[:, k] - np.delete(table, k, axis=1).max(axis=1)
                levels = [0.0, max(float(lead.max()), 0.0) + 1.0]
                filled = lead.reshape(shape)
                ax.contourf(self.xs, self.ys, filled, levels, colors=[_colour(k)], alpha=0.3)
        self._scatter(ax)
        ax.legend(title=schema.target, frameon=True)
        names = schema.columns or ("x_1", "x_2")
        ax.set(xlabel=names[0], ylabel=names[1], title="what is predicted where")
        ax.grid(False)

    def _shade(self, ax: Axes, p: Any, what: str) -> None:
        """Of two classes: the probability, and the line where it is 0.5."""
        filled = ax.imshow(
            p,
            _shades([COLOURS[0], "#ffffff", COLOURS[1]]),
            extent=(self.low[0], self.high[0], self.low[1], self.high[1]),
            origin="lower",
            aspect="auto",
            vmin=0,
            vmax=1,
            alpha=0.6,
        )
        if p.min() <= 0.5 <= p.max():
            ax.contour(self.xs, self.ys, p, [0.5], colors="#222222", linewidths=1.2)
        name = f"{what} {self.classes[1]}"
        ax.figure.colorbar(filled, ax=ax, label=name, ticks=[0, 0.5, 1])

    def _scatter(self, ax: Axes) -> None:
        for k, c in enumerate(self.classes):
            own = self.rows[[i for i, label in enumerate(self.labels) if label == c]]
            ax.scatter(
                own[:, 0],
                own[:, 1],
                s=26,
                color=_colour(k),
                marker=MARKERS[k % len(MARKERS)],
                edgecolor="white",
                lw=0.6,
                label=str(c),
            )


def plot_predictions(model: Module, X: Any, y: Any) -> Figure:
    """Predictions against targets: on the diagonal they are right. The title has R².

    Raises ValueError for a model of classes (see `confusion_matrix`) or of several outputs.
    """
    schema = model.schema or Schema()
    if not schema.is_regression:
        raise ArgumentError("plot_predictions is of numbers; for classes see nn.confusion_matrix")
    targets, predictions = labels_of(y), model.predict(X).tolist()
    if len(targets) != len(predictions):
        raise ArgumentError(f"X has {len(predictions)} rows but y has {len(targets)}")
    if isinstance(predictions[0], list):
        raise ArgumentError("plot_predictions is of one output; plot each by itself")
    figure, (ax,) = _figure(1, 1, 4.4, 4.2)
    ends = [min(targets + predictions), max(targets + predictions)]
    ax.plot(ends, ends, "#222222", ls="--", lw=1, label="perfect")
    ax.scatter(targets, predictions, s=18, color=COLOURS[0], alpha=0.6, edgecolor="none")
    name = schema.target or "y"
    ax.set(xlabel=f"true {name}", ylabel=f"predicted {name}")
    ax.set_title(f"R² = {r2_score(targets, predictions):.3f}")
    ax.set_aspect("equal", adjustable="datalim")
    ax.legend()
    return figure


def plot_gradients(
    model: MLP, X: Any, y: Any, loss: str | Callable[[Any, Any], Any] = "mean_squared_error"
) -> Figure:
    """Each layer's weights, and below them their gradients of the mean loss over X and y.

    All layers share an axis, so gradients that vanish from layer to layer are seen to. The
    model's gradients and mode are left as they were.
    """
    schema = model.schema or Schema()
    rows, targets = schema.encoded_rows(X), schema.encoded_targets(y)
    name = losses.loss_name(loss)
    function: Any = loss if name is None else losses.LOSSES[name]
    gradients = _gradients(model, rows, targets, function)
    layers = model.layers
    figure, axes = _figure(2, len(layers), 2.9, 2.3, sharex="row")
    for k, layer in enumerate(layers):
        weights = [w for neuron in layer.neurons for w in neuron.weights]
        slopes = [gradients[w] for w in weights]
        _histogram(axes[k], [w.data for w in weights], COLOURS[0])
        _histogram(axes[len(layers) + k], slopes, COLOURS[1])
        size = sum([abs(g) for g in slopes]) / len(slopes)
        axes[k].set_title(_layer_title(k, layer))
        axes[k].set_xlabel("weights")
        axes[len(layers) + k].set_title(f"mean |∂L/∂w| = {size:.2g}")
        axes[len(layers) + k].set_xlabel("gradients")
    return figure


def plot_activations(model: MLP, X: Any) -> Figure:
    """Histograms of each layer's outputs over the rows of X, with the share that is saturated.

    Saturated means that the activation's derivative is below 0.01: then next to nothing of a
    gradient passes (note N2), and a ReLU at 0 passes nothing.
    """
    schema = model.schema or Schema()
    outputs: list[list[float]] = [[] for _ in model.layers]
    slopes: list[list[float]] = [[] for _ in model.layers]
    with evaluating(model):
        for row in schema.encoded_rows(X):
            values: Any = row
            for k, layer in enumerate(model.layers):
                values = layer.forward(tuple(values))
                outputs[k] += [a.data for a in values]
                if layer.activation_name not in ("linear", "softmax"):
                    slopes[k] += [abs(a.partials[0]) for a in values]
    figure, axes = _figure(1, len(model.layers), 2.9, 2.7)
    for k, (ax, layer) in enumerate(zip(axes, model.layers, strict=True)):
        _histogram(ax, outputs[k], COLOURS[2], RANGES.get(layer.activation_name))
        ax.set_title(f"{_layer_title(k, layer)}\n")
        ax.set_xlabel("outputs")
        if slopes[k]:
            share = sum([s < SATURATED for s in slopes[k]]) / len(slopes[k])
            ax.set_title(f"{_layer_title(k, layer)}\n{share:.0%} saturated")
    return figure


# Parts


def _figure(
    n_rows: int,
    n_columns: int,
    width: float,
    height: float,
    sharex: Literal["none", "row"] = "none",
) -> tuple[Figure, Sequence[Axes]]:
    """A figure of n_rows × n_columns plots, each so many inches wide and high."""
    require("matplotlib", "plot", "a plot")
    import matplotlib as mpl
    from matplotlib import pyplot

    figure = pyplot.figure(
        FigureClass=_figure_class(),
        figsize=(width * n_columns, height * n_rows),
        dpi=110,
        layout="constrained",
    )
    with mpl.rc_context(STYLE):
        axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=sharex)
    if "inline" in mpl.get_backend().lower():
        pyplot.close(figure)  # open, the notebook would show it twice
    return figure, list(axes.flat)


@cache
def _figure_class() -> type[Figure]:
    """matplotlib's figure, which shows itself where it is the result of a notebook's cell."""
    from matplotlib.figure import Figure

    class Plot(Figure):
        def _repr_png_(self) -> bytes:
            self.savefig(png := BytesIO(), format="png")
            return png.getvalue()

    return Plot


def _gradients(
    model: MLP, rows: Sequence[Any], targets: Sequence[Any], loss: Callable[[Any, Any], Any]
) -> dict[Value, float]:
    gradients = dict.fromkeys(model.parameters(), 0.0)
    with evaluating(model):
        for row, target in zip(rows, targets, strict=True):
            by_value = adjoints(loss(model(row), target))
            for p in gradients:
                gradients[p] += by_value.get(p, 0.0) / len(rows)
    return gradients


def _histogram(
    ax: Axes,
    numbers: Sequence[float],
    colour: str,
    ends: tuple[float, float] | None = None,
) -> None:
    ax.hist(numbers, bins=30, range=ends, color=colour)
    ax.grid(axis="x", visible=False)
    ax.set_ylabel("count")
    ax.ticklabel_format(axis="x", scilimits=(-3, 4))


def _layer_title(k: int, layer: Layer) -> str:
    return f"layer {k + 1}, {layer.activation_name}"


def _fitted(model: Module) -> Schema:
    if model.schema is None:
        raise ArgumentError("the model knows nothing of the data yet: fit it first")
    return model.schema


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]


def _shades(colours: Sequence[str]) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("whygrad", colours)
