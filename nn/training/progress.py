"""The progress bar of `fit`, on a terminal and in notebooks."""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import Any

__all__ = ["Progress"]


class Progress:
    """A bar over all iterations, with the epoch's numbers beside it; `shown` False hides it."""

    def __init__(self, epochs: int, iterations: int, shown: bool):
        self.epochs = epochs
        self._bar: Any = _bar(epochs * iterations) if shown else None
        self.epoch(0, {})

    def iteration(self) -> None:
        """Move on by one iteration."""
        if self._bar is not None:
            self._bar.update()

    def epoch(self, done: int, numbers: dict[str, float]) -> None:
        """Show that so many epochs are done, and the numbers of the last one."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {done}/{self.epochs}", refresh=False)
            shown = {k: f"{v:.4g}" for k, v in numbers.items() if k != "learning_rate"}
            self._bar.set_postfix(shown, refresh=False)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(total: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm's, where a notebook has no widgets: text is fine
        from tqdm.auto import tqdm

        notebook = "ipykernel" in sys.modules  # which shows stderr in red
        file = sys.stdout if notebook else sys.stderr
        return tqdm(total=total, unit="it", dynamic_ncols=True, file=file)
