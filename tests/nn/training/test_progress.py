"""The progress of `fit`: a bar where it can move, whole lines where it cannot."""

import io
import re
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

import nn
from nn.training import progress
from nn.training.progress import in_notebook, progress_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test moves it."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: now.seconds)
    return now


@pytest.fixture
def notebook(monkeypatch):
    """As in the kernel of a notebook."""
    shell = SimpleNamespace(kernel=object(), config={})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def trained(**settings):
    nn.fit(nn.MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0], epochs=3, seed=0, **settings)


def test_a_terminal_has_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_of(2, 5, shown=True) as bar:
        for epoch in (1, 2):
            for _ in range(5):
                bar.iteration()
            bar.epoch(epoch, {"loss": 0.123456, "learning_rate": 0.1})
    shown = sys.stderr.getvalue()
    assert "\r" in shown
    assert "epoch 2/2" in shown
    assert "10/10" in shown
    assert "loss=0.1235" in shown
    assert "learning_rate" not in shown
    assert capsys.readouterr().out == ""


def test_a_notebook_has_its_bar_in_the_output(notebook, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", __import__("tqdm"))  # as without widgets
    assert in_notebook()
    with progress_of(1, 1, shown=True) as bar:
        bar.iteration()
    found = capsys.readouterr()
    assert "1/1" in found.out
    assert found.err == ""


def test_a_log_has_one_whole_line_of_a_short_training(capsys):
    trained()
    found = capsys.readouterr()
    assert found.out == ""
    assert re.fullmatch(r"epoch 3/3, loss=\S+, r2=\S+ \(\d+ s\)\n", found.err)


def test_a_log_has_a_line_now_and_then(clock, capsys):
    with progress_of(50, 2, shown=True) as bar:
        for epoch in range(1, 51):
            for _ in range(2):
                clock.seconds += 0.5
                bar.iteration()
            bar.epoch(epoch, {"loss": 1 / epoch})
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"epoch {n}/50, loss={1 / n:.4g} ({n} s)" for n in (10, 20, 30, 40, 50)]


def test_a_log_tells_of_an_epoch_that_lasts(clock, capsys):
    with suppress(ZeroDivisionError), progress_of(5, 100, shown=True) as bar:
        for _ in range(100):
            clock.seconds += 1
            bar.iteration()
        bar.epoch(1, {"loss": 0.5})
        for _ in range(45):
            clock.seconds += 1
            bar.iteration()
        raise ZeroDivisionError
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "epoch 1/5, iteration 20/100 (20 s)",
        "epoch 1/5, iteration 40/100 (40 s)",
        "epoch 1/5, iteration 60/100 (60 s)",
        "epoch 1/5, iteration 80/100 (80 s)",
        "epoch 1/5, iteration 100/100 (100 s)",
        "epoch 2/5, iteration 20/100 (120 s)",
        "epoch 2/5, iteration 40/100 (140 s)",
        "epoch 1/5, loss=0.5; then iteration 45/100 (145 s)",
    ]


def test_hidden_it_prints_nothing(capsys):
    trained(progress=False)
    assert capsys.readouterr() == ("", "")


def test_an_error_is_not_swallowed():
    with pytest.raises(ZeroDivisionError), progress_of(1, 1, shown=False):
        raise ZeroDivisionError


def test_this_is_no_notebook():
    assert not in_notebook()
