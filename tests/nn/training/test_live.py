"""fit(live=True): drawn in a notebook, seldom enough, and the training is the same."""

import sys
from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import pytest
from extras import extra

import nn
from autograd import Error
from nn.pictures.live import LivePlot
from nn.training import live
from nn.training.history import History

mpl = extra("matplotlib")
DRAWN = np.random.default_rng(0)
X = DRAWN.normal(size=(40, 2))
LABELS = np.where(X[:, 0] > 0, "up", "down")
PNG = b"\x89PNG"


class Notebook:
    """A kernel's display: what was shown, and what it was changed to."""

    def __init__(self):
        self.shown, self.updates = [], []

    def display(self, shown, raw, display_id):
        self.shown.append(shown)
        return self

    def update(self, shown, raw):
        self.updates.append(shown)


@pytest.fixture
def notebook(monkeypatch):
    mpl.use  # noqa: B018 - without it nothing is drawn
    opened = Notebook()
    shell = SimpleNamespace(kernel=object())
    shown = SimpleNamespace(display=opened.display)
    ipython = SimpleNamespace(get_ipython=lambda: shell, display=shown, version_info=(9, 0))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    return opened


def trained(y=LABELS, inputs=2, epochs=5, **settings):
    model = nn.MLP(inputs, [3, 1], "tanh", seed=0)
    loss = "mean_squared_error" if y.dtype == float else "binary_cross_entropy_with_logits"
    data = DRAWN.normal(size=(40, inputs)) if inputs != 2 else X
    nn.fit(model, data, y, loss=loss, epochs=epochs, seed=0, progress=False, **settings)
    return model


def is_picture(shown):
    return b64decode(shown["image/png"]).startswith(PNG)


def numbers(model):
    return [p.data for p in model.parameters()]


def test_it_is_shown_once_and_then_changed(notebook):
    trained(live=True)
    assert len(notebook.shown) == 1
    assert notebook.updates
    assert all(is_picture(shown) for shown in (*notebook.shown, *notebook.updates))
    assert notebook.shown[0]["text/plain"].startswith("after epoch 1 the loss is 0.")
    assert 'alt="after epoch 5 the loss' in notebook.updates[-1]["text/html"]


def test_the_numbers_are_those_without_it(notebook):
    assert numbers(trained(live=True)) == numbers(trained())


@pytest.mark.parametrize(("y", "inputs"), [(LABELS, 3), (X[:, 0], 2), (X[:, 0], 1)])
def test_where_there_are_no_regions_the_loss_is_drawn(notebook, monkeypatch, y, inputs):
    plots = []

    class Kept(LivePlot):
        def __init__(self, regions):
            super().__init__(regions)
            plots.append(regions)

    monkeypatch.setattr(live, "LivePlot", Kept)
    trained(y, inputs, live=True)
    assert plots == [None]
    assert is_picture(notebook.updates[-1])


def test_pictures_take_a_fifth_of_the_time(notebook, monkeypatch):
    now = [0.0]

    class Slow:
        drawn = 0

        def png(self, model, history):
            now[0] += 0.5
            self.drawn += 1
            return PNG

    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    plot, history = Slow(), History()
    picture = live.Live(plot)
    for _ in range(1000):  # epochs of 10 ms
        now[0] += 0.01
        history.add({"loss": 1.0})
        picture.epoch(None, history)
    assert plot.drawn * 0.5 <= 0.2 * now[0] + 0.5
    assert plot.drawn >= 0.15 * now[0] / 0.5
    picture.end(None, history)
    assert notebook.updates[-1]["text/plain"].startswith("after epoch 1000")


def test_quick_pictures_are_drawn_twice_a_second(notebook, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    picture, history = live.Live(SimpleNamespace(png=lambda *_: PNG)), History()
    for _ in range(1000):
        now[0] += 0.01
        history.add({"loss": 1.0})
        picture.epoch(None, history)
    assert 20 <= 1 + len(notebook.updates) <= 26  # in ten seconds


def test_elsewhere_a_warning_says_what_to_expect(capsys):
    with pytest.warns(UserWarning, match="live=True draws in a notebook"):
        trained(live=True)
    assert capsys.readouterr() == ("", "")


def test_without_matplotlib_it_is_said_before_the_training(notebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    model = nn.MLP(2, [1], seed=0)
    before = numbers(model)
    with pytest.raises(ImportError, match=r"fit\(live=True\) needs matplotlib: pip install"):
        nn.fit(model, X, LABELS, loss="binary_cross_entropy_with_logits", live=True)
    assert numbers(model) == before


def test_a_model_without_a_value_somewhere_goes_on(notebook, monkeypatch):
    def broken(self, ax, model):
        raise Error("exp(800) is too large")

    monkeypatch.setattr(live.Regions, "draw", broken)
    trained(live=True)
    assert is_picture(notebook.updates[-1])


def test_many_rows_are_thinned_out():
    schema = trained().schema
    many = np.repeat(X, 50, axis=0)
    regions = live.Regions(schema, many, np.repeat(LABELS, 50), most=500)
    assert len(regions.rows) == len(regions.labels) == 500
