"""The progress bar of `fit`."""

import pytest

from nn.training.progress import Progress


def test_it_counts_iterations_and_shows_the_epoch(capsys):
    with Progress(2, 5, shown=True) as bar:
        for epoch in (1, 2):
            for _ in range(5):
                bar.iteration()
            bar.epoch(epoch, {"loss": 0.123456, "learning_rate": 0.1})
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown
    assert "10/10" in shown
    assert "loss=0.1235" in shown
    assert "learning_rate" not in shown


def test_hidden_it_prints_nothing(capsys):
    with Progress(1, 2, shown=False) as bar:
        bar.iteration()
        bar.epoch(1, {"loss": 0.5})
    assert capsys.readouterr() == ("", "")


def test_an_error_is_not_swallowed():
    with pytest.raises(ZeroDivisionError), Progress(1, 1, shown=False):
        raise ZeroDivisionError
