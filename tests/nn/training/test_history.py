"""What happened in training, epoch by epoch."""

import pytest
from extras import needs

from nn import History


def history(n=3, **columns):
    made = History()
    for k in range(n):
        made.add({"loss": 1.0 / (k + 1), **{name: xs[k] for name, xs in columns.items()}})
    return made


def test_columns_and_epochs():
    h = history(accuracy=[0.5, 0.75, 1.0])
    assert (len(h), h.names, h["accuracy"]) == (3, ["loss", "accuracy"], [0.5, 0.75, 1.0])
    assert h.last == {"loss": 1 / 3, "accuracy": 1.0}
    assert "loss" in h
    with pytest.raises(KeyError, match="it has loss, accuracy"):
        h["r2"]


def test_a_long_history_shows_its_ends():
    lines = str(history(100)).splitlines()
    assert lines[1].split() == ["1", "1"]
    assert lines[-1].split() == ["100", "0.01"]
    assert "  ..." in lines
    assert len(lines) < 20


def test_a_learning_rate_is_shown_where_it_changes():
    assert "learning_rate" not in str(history(2, learning_rate=[0.1, 0.1]))
    assert "learning_rate" in str(history(2, learning_rate=[0.1, 0.05]))


def test_why_it_ended_and_what_it_ran_on_is_said():
    h = history()
    h.stopped, h.engine = "stopped early", "eager (a branch)"
    assert str(h).endswith("stopped early\ncomputed node by node, not replayed: a branch")
    assert str(History()) == "no epoch was finished"
    assert "3 epochs" in repr(h)


@needs("pandas")
def test_a_frame_has_a_row_for_each_epoch():
    frame = history().to_frame()
    assert frame.index.tolist() == [1, 2, 3]
    assert frame["loss"].tolist() == [1.0, 0.5, 1 / 3]
