"""The picture of a training under way, read back from its figure."""

import numpy as np
from extras import extra

import nn
from nn.pictures.live import LivePlot
from nn.pictures.plots import Regions

mpl = extra("matplotlib")
X = np.random.default_rng(0).normal(size=(30, 2))
LABELS = np.where(X[:, 0] > 0, "up", "down")


def test_loss_and_regions_are_drawn_anew():
    mpl.use  # noqa: B018 - skipped without it
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    settings = {"loss": "binary_cross_entropy_with_logits", "seed": 0, "progress": False}
    first = nn.fit(model, X, LABELS, epochs=3, validation=0.3, **settings)
    plot = LivePlot(Regions(model.schema, X, LABELS, grid=10))
    before = plot.png(model, first)
    second = nn.fit(model, X, LABELS, epochs=9, validation=0.3, **settings)
    after = plot.png(model, second)
    assert before.startswith(b"\x89PNG")
    assert after != before
    loss, where, _ = plot._figure.axes
    lines = {line.get_label(): list(line.get_ydata()) for line in loss.get_lines()}
    assert lines == {"training": second["loss"], "validation": second["val_loss"]}
    (image,) = where.images
    at = [[x, y] for y in plot._regions.ys for x in plot._regions.xs]
    wanted = model.predict_proba(at)[:, 1].reshape(10, 10)
    assert np.allclose(image.get_array(), wanted)
