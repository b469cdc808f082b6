"""Settings of every kind: right, or refused in a sentence, before anything is changed."""

import math

import numpy as np
import pytest

import nn
from autograd import SettingError, Value, record
from autograd.scalar import whole_number
from nn.settings import number, one_of, truth

X, Y = [[0.1, 0.2], [0.3, -0.4], [-0.5, 0.6], [0.7, 0.8]], [1.0, 2.0, 3.0, 4.0]


def fit(**settings):
    return nn.fit(nn.Neuron(2, seed=0), X, Y, **{"progress": False, "epochs": 2, **settings})


@pytest.mark.parametrize("n", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_every_kind_are_taken(n):
    assert whole_number("n", n, 1) == 3
    assert type(whole_number("n", n)) is int
    assert fit(epochs=n, batch_size=n, seed=n).iterations == 6
    assert len(nn.Layer(n, n, seed=n).neurons) == 3
    assert nn.StepLR(0.1, step_size=n)(3) == pytest.approx(0.01)
    w = Value(1.0)
    assert len(record(lambda x: w * x, 1).train([[1.0]] * 4, nn.SGD(0.1), n, batch_size=n)) == 3


NOT_WHOLE = [True, 2.0, "3", None, np.float64(3), np.array([3, 4]), np.bool_(1), np.array(True)]


@pytest.mark.parametrize("n", NOT_WHOLE)
def test_what_is_no_whole_number_is_refused(n):
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="n must be a whole number of at least 1, not"):
            whole_number("n", n, 1)


def test_whole_numbers_have_a_least():
    with pytest.raises(SettingError, match=r"epochs must be a whole number of at least 1, not 0$"):
        whole_number("epochs", 0, 1)
    assert whole_number("seed", -5) == -5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shuffle": "no"}, "shuffle must be True or False, not 'no'"),
        ({"standardize": "no"}, "standardize must be True or False, not 'no'"),
        ({"standardize_targets": 1}, "standardize_targets must be True or False, not 1"),
        ({"progress": None}, "progress must be True or False, not None"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"metrics": "f1"}, "no metric is called 'f1'; known are accuracy, r2"),
        ({"early_stopping": 2.5}, "patience must be a whole number of at least 1, not 2.5"),
    ],
)
def test_settings_of_fit(settings, message):
    with pytest.raises(SettingError, match=message):
        fit(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_delta": math.nan}, "min_delta must be a finite number of at least 0, not nan"),
        ({"min_delta": -1.0}, "min_delta must be a finite number of at least 0"),
        ({"restore_best": "yes"}, "restore_best must be True or False, not 'yes'"),
        ({"mode": "up"}, "mode is 'min' or 'max', not 'up'"),
        ({"patience": 0}, "patience must be a whole number of at least 1, not 0"),
    ],
)
def test_settings_of_early_stopping(settings, message):
    with pytest.raises(SettingError, match=message):
        nn.EarlyStopping(**settings)


def test_settings_of_optimisers_are_numbers():
    for make in (lambda: nn.SGD(True), lambda: nn.Adam(0.1, eps=math.inf)):
        with pytest.raises(SettingError, match="must be a finite number"):
            make()
    assert nn.SGD(np.float64(0.5)).rate == 0.5


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Dropout("half"),
        lambda: nn.Dropout(float("nan")),
        lambda: nn.SGD("0.1"),
        lambda: nn.SGD(0.1, nesterov=True),
        lambda: nn.MLP(2, [2, 1], "sigmoidal"),
        lambda: nn.MLP(2, [2, 1], 3),
        lambda: nn.MLP(2, []),
        lambda: nn.uniform(1.0, 0.0),
        lambda: fit(optimizer="newton"),
        lambda: fit(early_stopping=nn.EarlyStopping(monitor="nothing")),
    ],
)
def test_every_wrong_setting_is_a_setting_error(make):
    with pytest.raises(SettingError):
        make()


def test_numpys_truths_are_truths():
    assert truth("shuffle", np.bool_(True)) is True
    assert fit(shuffle=np.bool_(False)).iterations == 2


def test_numbers_lie_between_their_bounds():
    assert number("p", 0, 0.0, 1.0) == 0.0
    for x in (1.0, -0.1, math.nan, math.inf):
        with pytest.raises(SettingError, match=r"p must be a finite number of at least 0 and belo"):
            number("p", x, 0.0, 1.0)
    with pytest.raises(SettingError, match="greater than 0, not 0"):
        number("eps", 0, above=True)
    assert one_of("mode", "min", ("min", "max")) == "min"


def test_a_metric_alone_is_a_list_of_one():
    def error(targets, predictions):
        return float(abs(targets - predictions).mean())

    assert fit(metrics="r2").names == ["loss", "r2", "learning_rate"]
    assert fit(metrics=error).names == ["loss", "error", "learning_rate"]


# Early stopping


def stopped_after(scores, **settings):
    """How many epochs a training lasts whose validation metric takes these values."""
    given = iter([*scores, *[0.0] * 100])

    def score(targets, predictions):
        return next(given)

    history = fit(epochs=len(scores), metrics=[score], early_stopping=nn.EarlyStopping(**settings))
    return len(history)


def test_improvements_below_min_delta_do_not_count():
    rising = [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]
    settings = {"monitor": "score", "mode": "max", "patience": 2}
    assert stopped_after(rising, **settings) == 8
    assert stopped_after(rising, min_delta=0.4, **settings) == 4
    assert stopped_after(rising, min_delta=0.05, **settings) == 8


def test_mode_says_which_way_is_better():
    falling = [5.0, 4.0, 3.0, 2.0, 1.0, 0.5]
    assert stopped_after(falling, monitor="score", mode="min", patience=2) == 6
    assert stopped_after(falling, monitor="score", mode="max", patience=2) == 3


def test_a_metric_of_ones_own_needs_a_mode():
    with pytest.raises(SettingError, match="metric of your own"):
        stopped_after([1.0], monitor="score")


def test_known_columns_need_no_mode():
    for monitor in ("loss", "r2", "val_loss", "val_r2"):
        fit(validation=0.5, early_stopping=nn.EarlyStopping(monitor=monitor))
    # R² rises while the loss falls: neither stops a training that gets better
    for monitor in ("loss", "r2"):
        rule = nn.EarlyStopping(2, monitor=monitor)
        assert (
            len(fit(epochs=30, batch_size=None, optimizer=nn.SGD(0.01), early_stopping=rule)) == 30
        )
