"""The progress of `fit`: a bar in notebooks and on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
import warnings
from types import TracebackType
from typing import Any

__all__ = ["Progress", "in_notebook", "progress_of"]

_PAUSE = 10.0  # seconds from one line of a log to the next


class Progress:
    """How far a training is, shown to nobody; the others show it."""

    def iteration(self) -> None:
        """Move on by one iteration."""

    def epoch(self, done: int, numbers: dict[str, float]) -> None:
        """Show that so many epochs are done, and the numbers of the last one."""

    def close(self) -> None:
        """After the last iteration."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def progress_of(epochs: int, iterations: int, shown: bool) -> Progress:
    """What shows the progress here of so many epochs of so many iterations.

    A notebook has a bar as a widget, or in text where it has no widgets; a terminal has one on
    standard error. Where standard error is a file or a pipe it gets whole lines: one at the end,
    and before that one at an epoch's end when ten seconds have passed, or within a long epoch.
    """
    if not shown:
        return Progress()
    if in_notebook():
        return _Bar(epochs, iterations, sys.stdout)  # a notebook shows stderr in red
    if sys.stderr is not None and sys.stderr.isatty():
        return _Bar(epochs, iterations, sys.stderr)
    return _Lines(epochs, iterations)


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, which shows what it is told to display."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")


class _Bar(Progress):
    """A bar over all iterations, with the epoch's numbers beside it."""

    def __init__(self, epochs: int, iterations: int, file: Any):
        self._epochs = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tqdm's, where a notebook has no widgets
            from tqdm.auto import tqdm

            total = epochs * iterations
            self._bar: Any = tqdm(total=total, unit="it", dynamic_ncols=True, file=file)
        self.epoch(0, {})

    def iteration(self) -> None:
        self._bar.update()

    def epoch(self, done: int, numbers: dict[str, float]) -> None:
        self._bar.set_description(f"epoch {done}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(", ".join(_told(numbers)), refresh=False)

    def close(self) -> None:
        self._bar.close()


class _Lines(Progress):
    """Lines on standard error, with the time that has passed."""

    def __init__(self, epochs: int, iterations: int):
        self._epochs, self._iterations = epochs, iterations
        self._started = time.monotonic()
        self._next = self._started + _PAUSE
        self._done = self._iteration = 0
        self._line = self._said = ""

    def iteration(self) -> None:
        self._iteration += 1
        if time.monotonic() >= self._next + _PAUSE:  # an epoch that lasts
            self._say(f"epoch {self._done + 1}/{self._epochs}, {self._place}")

    def epoch(self, done: int, numbers: dict[str, float]) -> None:
        self._done, self._iteration = done, 0
        self._line = ", ".join([f"epoch {done}/{self._epochs}", *_told(numbers)])
        if time.monotonic() >= self._next:
            self._say(self._line)

    def close(self) -> None:
        line = self._line
        if self._iteration:
            line = (
                f"{line}; then {self._place}" if line else f"epoch 1/{self._epochs}, {self._place}"
            )
        if line != self._said:
            self._say(line)

    @property
    def _place(self) -> str:
        return f"iteration {self._iteration}/{self._iterations}"

    def _say(self, line: str) -> None:
        now = time.monotonic()
        print(f"{line} ({now - self._started:.0f} s)", file=sys.stderr, flush=True)
        self._said, self._next = line, now + _PAUSE


def _told(numbers: dict[str, float]) -> list[str]:
    return [f"{k}={v:.4g}" for k, v in numbers.items() if k != "learning_rate"]
