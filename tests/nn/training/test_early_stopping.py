"""Early stopping: patience, the least gain, the direction, the best weights."""

import math

import pytest

import nn
from autograd import SettingError
from nn import EarlyStopping, History
from nn.metrics import METRICS
from nn.training.early_stopping import watch_of


def epochs_until_over(costs, rule, column="loss", metrics=()):
    watch = watch_of(rule, dict(metrics), False)
    model, history = nn.Neuron(1, weights=[0.0]), History()
    for k, cost in enumerate(costs, 1):
        model.weights[0].data = float(k)
        history.add({column: cost})
        if watch.is_over(model, history):
            break
    watch.restore(model)
    return len(history), model.weights[0].data


def test_it_ends_so_many_epochs_after_the_best():
    assert epochs_until_over([3.0, 2.0, 2.5, 2.5, 1.0], EarlyStopping(2)) == (4, 2.0)
    assert epochs_until_over([3.0, 2.0, 2.5, 2.5, 1.0], EarlyStopping(3)) == (5, 5.0)


def test_a_smaller_gain_than_min_delta_is_none():
    costs = [1.0, 0.95, 0.93, 0.85, 0.84]
    assert epochs_until_over(costs, EarlyStopping(2, min_delta=0.1)) == (3, 1.0)
    assert epochs_until_over(costs, EarlyStopping(2)) == (5, 5.0)


def test_the_last_weights_stay_where_wished():
    rule = EarlyStopping(1, restore_best=False)
    assert epochs_until_over([1.0, 2.0], rule) == (2, 2.0)


def test_the_direction_is_known_of_our_own_metrics():
    known = {"accuracy": METRICS["accuracy"]}
    rule = EarlyStopping(1, monitor="accuracy")
    assert epochs_until_over([0.5, 0.75, 0.6], rule, "accuracy", known) == (3, 2.0)
    own = {"cost": lambda targets, predictions: 0.0}
    with pytest.raises(SettingError, match="say whether it should fall"):
        watch_of(EarlyStopping(monitor="cost"), own, False)
    assert watch_of(EarlyStopping(monitor="cost", mode="max"), own, False).sign == -1.0


def test_the_validation_is_watched_where_there_is_one():
    assert watch_of(5, {}, True).column == "val_loss"
    assert watch_of(5, {}, False).column == "loss"
    assert watch_of(None, {}, True) is None
    with pytest.raises(ValueError, match="monitors one of loss"):
        watch_of(EarlyStopping(monitor="val_loss"), {}, False)


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"min_delta": math.nan}, {"min_delta": -1.0},
                                   {"mode": "up"}, {"restore_best": "no"}])  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        EarlyStopping(**wrong)
