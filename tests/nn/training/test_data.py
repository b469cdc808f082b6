"""What `fit` does with a person's data before the first step."""

import pytest

import nn
from nn.training.data import batch_size_of, held_out, prepared, scaled

X = [[0.0, 10.0], [1.0, 20.0], [2.0, 30.0], [3.0, 40.0]]


def parts(y, loss=None, **settings):
    given = {"validation": None, "seed": 0, "standardize": False, "standardize_targets": False}
    return prepared(nn.MLP(2, [1], seed=0), X, y, loss, **{**given, **settings})


def test_classes_become_numbers_and_stay_known():
    schema, part, held = parts(["no", "no", "yes", "yes"], "binary_cross_entropy_with_logits")
    assert list(part.targets) == [0.0, 0.0, 1.0, 1.0]
    assert list(schema.classes) == ["no", "yes"]
    assert held is None


def test_inputs_are_standardised_by_the_training_rows_alone():
    _, part, held = parts([1.0, 2.0, 3.0, 4.0], validation=0.25, standardize=True)
    kept = len(part)
    assert (kept, len(held)) == (3, 1)
    for column in zip(*part.rows, strict=True):
        assert sum(column) == pytest.approx(0.0, abs=1e-12)
        assert sum(x * x for x in column) == pytest.approx(kept)


def test_a_share_is_held_out_by_the_seed():
    assert held_out(0.5, 10, 3) == held_out(0.5, 10, 3)
    assert len(held_out(0.5, 10, 3)) == 5
    assert held_out(0.5, 100, 3) != held_out(0.5, 100, 4)
    assert held_out(None, 10, 3) == set()


def test_weights_are_scaled_to_the_mean_1():
    _, part, _ = parts([1.0, 2.0, 3.0, 4.0], sample_weight=[1.0, 1.0, 2.0, 4.0])
    assert scaled(part).weights == [0.5, 0.5, 1.0, 2.0]


def test_rows_of_weight_0_are_left_out():
    _, part, _ = parts([1.0, 2.0, 3.0, 4.0], sample_weight=[0.0, 1.0, 1.0, 0.0])
    assert list(part.targets) == [2.0, 3.0]
    with pytest.raises(ValueError, match="weight 0"):
        parts([1.0, 2.0, 3.0, 4.0], sample_weight=[0.0] * 4)


def test_what_does_not_fit_is_said_with_its_size():
    with pytest.raises(ValueError, match="4 rows but y has 3"):
        parts([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="2 columns, but the network 3 inputs"):
        prepared(nn.MLP(3, [1]), X, [1.0] * 4, None, None, 0, False, False)


def test_the_size_of_a_batch():
    assert [batch_size_of(b, 100) for b in (None, "auto", 7)] == [100, 32, 7]
    assert batch_size_of("auto", 10) == 10
