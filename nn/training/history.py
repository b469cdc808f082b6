"""What happened in training, epoch by epoch: printed, plotted, as a table for pandas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd.errors import UnknownNameError
from nn.optional import require
from nn.pictures.plots import plot_history

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["History"]

_HEAD = 5  # epochs printed at each end of a long table


class History:
    """The loss and the metrics of each epoch.

    `history["loss"]` is a list with one number an epoch; `history.names` are the columns: `loss`
    (mean over the epoch's batches, each before its update), the metrics, the same of the validation
    data with `val_` before them, and `learning_rate`. `iterations` counts the updates, and
    `stopped` says why training ended early (None where it did not). `engine` is what computed the
    iterations: "replay", or "eager" with the reason where there is one.

    >>> history = History()
    >>> history.add({"loss": 0.5, "accuracy": 0.75})
    >>> print(history)
    epoch      loss  accuracy
        1       0.5      0.75
    >>> history["loss"], len(history)
    ([0.5], 1)
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {}
        self.iterations = 0
        self.stopped: str | None = None
        self.engine = "eager"

    def add(self, epoch: dict[str, float]) -> None:
        """Append the numbers of one more epoch, by column."""
        for name, number in epoch.items():
            self._columns.setdefault(name, []).append(number)

    @property
    def names(self) -> list[str]:
        """The columns."""
        return list(self._columns)

    def __getitem__(self, name: str) -> list[float]:
        if name not in self._columns:
            raise UnknownNameError(f"the history has no {name!r}; it has {', '.join(self.names)}")
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), []))

    @property
    def last(self) -> dict[str, float]:
        """The numbers of the last epoch, by column; empty before the first."""
        return {name: column[-1] for name, column in self._columns.items()}

    def to_frame(self) -> Any:
        """A pandas frame with a row for each epoch. Raises ImportError without pandas."""
        pandas = require("pandas", "data", "History.to_frame()")
        return pandas.DataFrame(
            self._columns, index=pandas.RangeIndex(1, len(self) + 1, name="epoch")
        )

    def plot(self) -> Figure:
        """A figure of loss and metrics by epoch. Raises ImportError without matplotlib."""
        return plot_history(self)

    def __str__(self) -> str:
        if not len(self):
            return "no epoch was finished" + (f": {self.stopped}" if self.stopped else "")
        names = [name for name in self.names if name != "learning_rate" or self._rate_changes]
        widths = [max(9, len(name)) for name in names]
        head = " ".join([f"{name:>{w}}" for name, w in zip(names, widths, strict=True)])
        lines = [f"epoch {head}"]
        for k in self._shown():
            if k is None:
                lines.append("  ...")
                continue
            cells = [
                f"{self._columns[name][k]:>{w}.6g}" for name, w in zip(names, widths, strict=True)
            ]
            lines.append(f"{k + 1:>5} {' '.join(cells)}")
        if self.stopped:
            lines.append(self.stopped)
        if self.engine.startswith("eager ("):
            lines.append(f"computed node by node, not replayed: {self.engine[7:-1]}")
        return "\n".join(lines)

    @property
    def _rate_changes(self) -> bool:
        return len(set(self._columns.get("learning_rate", []))) > 1

    def _shown(self) -> Iterator[int | None]:
        """The epochs to print: all, or the first and last with a gap (None) between."""
        n = len(self)
        if n <= 2 * _HEAD + 1:
            yield from range(n)
        else:
            yield from range(_HEAD)
            yield None
            yield from range(n - _HEAD, n)

    def __repr__(self) -> str:
        last = ", ".join([f"{name}={number:.6g}" for name, number in self.last.items()])
        return f"<History of {len(self)} epochs, {self.iterations} iterations: {last}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The table, as a notebook shows it."""
        printer.text(str(self))
