"""The plots: what they show, read back from the figure, and how they look is looked at by hand."""

import subprocess
import sys

import numpy as np
import pytest
from extras import extra

import nn

mpl, pyplot = extra("matplotlib"), extra("matplotlib.pyplot")
pytestmark = pytest.mark.slow  # Matplotlib draws every figure

DRAWN = np.random.default_rng(0)
X = DRAWN.normal(size=(40, 2))
LABELS = np.where(X[:, 0] + X[:, 1] > 0, "up", "down")


@pytest.fixture(autouse=True)
def _without_a_window():
    mpl.use("Agg")
    yield
    pyplot.close("all")


def trained(y=LABELS, sizes=(4, 1), loss="binary_cross_entropy_with_logits", **settings):
    model = nn.MLP(2, sizes, "tanh", seed=0)
    history = nn.fit(
        model,
        X,
        y,
        loss=loss,
        epochs=8,
        optimizer=nn.Adam(0.05),
        seed=0,
        progress=False,
        **settings,
    )
    return model, history


def drawn(figure, tmp_path):
    """The figure renders, at a size for a page."""
    figure.savefig(tmp_path / "plot.png")
    assert 2_000 < (tmp_path / "plot.png").stat().st_size < 200_000
    return figure.axes


def test_history(tmp_path):
    _, history = trained(validation=0.25)
    axes = drawn(history.plot(), tmp_path)
    assert [ax.get_title() for ax in axes] == ["loss", "accuracy"]
    for ax, name in zip(axes, ["loss", "accuracy"], strict=True):
        lines = {line.get_label(): list(line.get_ydata()) for line in ax.get_lines()}
        assert lines == {"training": history[name], "validation": history[f"val_{name}"]}
    with pytest.raises(ValueError, match="no epoch to plot"):
        nn.History().plot()


def test_decision_regions(tmp_path):
    model, _ = trained(standardize=True)
    ax, bar = drawn(nn.plot_decision_regions(model, X, LABELS), tmp_path)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["down", "up"]
    assert bar.get_ylabel() == "probability of up"
    shade = ax.get_images()[0]
    left, right, bottom, top = shade.get_extent()
    corners = model.predict_proba([[left, bottom], [right, top]])[:, 1]
    assert [shade.get_array()[0, 0], shade.get_array()[-1, -1]] == pytest.approx(corners.tolist())
    points = sum(len(c.get_offsets()) for c in ax.collections if len(c.get_offsets()) > 1)
    assert points == 40

    three = np.array(["a", "b", "c"])[np.arange(40) % 3]
    model, _ = trained(three, (4, 3), "cross_entropy_with_logits")
    drawn(nn.plot_decision_regions(model, X, three), tmp_path)

    model, _ = trained(X[:, 0], loss="mean_squared_error")
    with pytest.raises(ValueError, match="are of classes"):
        nn.plot_decision_regions(model, X, X[:, 0])
    with pytest.raises(ValueError, match="fit it first"):
        nn.plot_decision_regions(nn.MLP(2, [1]), X, LABELS)


def test_predictions(tmp_path):
    y = X[:, 0] * 3.0
    model, _ = trained(y, loss="mean_squared_error")
    (ax,) = drawn(nn.plot_predictions(model, X, y), tmp_path)
    points = ax.collections[0].get_offsets()
    assert np.array(points) == pytest.approx(np.column_stack([y, model.predict(X)]))
    assert ax.get_title() == f"R² = {nn.r2_score(y, model.predict(X)):.3f}"
    with pytest.raises(ValueError, match="confusion_matrix"):
        nn.plot_predictions(trained()[0], X, LABELS)


def test_gradients(tmp_path):
    model, _ = trained()
    before = [p.grad for p in model.parameters()]
    name = "binary_cross_entropy_with_logits"
    axes = drawn(nn.plot_gradients(model, X, LABELS, name), tmp_path)
    assert [p.grad for p in model.parameters()] == before
    predictions = [model(row) for row in X]
    model.zero_grad()
    nn.binary_cross_entropy_with_logits(predictions, [float(c == "up") for c in LABELS]).backward()
    for layer, ax in zip(model.layers, axes[2:], strict=True):
        gradients = [w.grad for n in layer.neurons for w in n.weights]
        assert ax.get_title() == f"mean |∂L/∂w| = {np.abs(gradients).mean():.2g}"
        assert sum(p.get_height() for p in ax.patches) == len(gradients)


def test_activations_say_how_much_is_saturated(tmp_path):
    model = nn.MLP(2, [2, 1], "sigmoid", "linear", weights=[[[0, 0], [0, 0]], [[1, 1]]])
    titles = [ax.get_title() for ax in drawn(nn.plot_activations(model, X), tmp_path)]
    assert titles == ["layer 1, sigmoid\n0% saturated", "layer 2, linear\n"]
    model.layers[0].neurons[0].bias.data = 50.0
    axes = drawn(nn.plot_activations(model, X), tmp_path)
    assert axes[0].get_title() == "layer 1, sigmoid\n50% saturated"
    assert sum(p.get_height() for p in axes[0].patches) == 80


def test_matplotlib_is_loaded_on_use_and_missed_by_name():
    code = (
        "import sys, nn\n"
        "assert not {'matplotlib', 'pandas', 'torch', 'tqdm', 'safetensors'} & set(sys.modules)\n"
        "sys.modules['matplotlib'] = sys.modules['pandas'] = None\n"
        "history = nn.History()\n"
        "history.add({'loss': 1.0})\n"
        "for call in (history.plot, history.to_frame):\n"
        "    try:\n"
        "        call()\n"
        "    except ImportError as error:\n"
        "        print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [
        'a plot needs matplotlib: pip install "whygrad[plot]"',
        'History.to_frame() needs pandas: pip install "whygrad[data]"',
    ]


def test_an_unknown_loss_is_named():
    with pytest.raises(ValueError, match="no loss is called 'hinge'"):
        nn.plot_gradients(nn.MLP(1, [1], seed=0), [[1.0]], [1.0], "hinge")
