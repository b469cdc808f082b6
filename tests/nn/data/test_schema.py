"""From a person's table to rows and targets, and back to classes."""

import math
import statistics

import numpy as np
import pytest

from nn.data.schema import Schema, moments, outputs_for, schema_of


def learnt(labels, loss, n_out=1):
    return schema_of(Schema(), labels, loss, n_out)


def test_two_classes_and_back():
    schema = learnt(["no", "yes", "no"], "binary_cross_entropy_with_logits")
    assert schema.encoded_labels(["yes", "no"]) == [1, 0]
    assert schema.decided([[3.0], [-3.0]]).tolist() == ["yes", "no"]
    assert schema.truths([1, 0]).tolist() == ["yes", "no"]
    p = schema.probabilities([[0.0], [2.0]])
    np.testing.assert_allclose(p[:, 1], [0.5, 1 / (1 + math.exp(-2.0))], rtol=1e-15)


def test_many_classes_and_back():
    schema = learnt(["a", "c", "b"], "cross_entropy_with_logits", 3)
    codes = schema.encoded_labels(["a", "b", "c"])
    assert schema.truths(codes).tolist() == ["a", "b", "c"]
    assert schema.decided([[0.0, 5.0, 1.0]]).tolist() == ["b"]
    np.testing.assert_allclose(schema.probabilities([[0.0, 5.0, 1.0]]).sum(1), 1.0)


def test_numbers_have_no_probabilities():
    schema = learnt([1.5, 2.5], "mean_squared_error")
    assert schema.is_regression
    with pytest.raises(ValueError, match="no probabilities"):
        schema.probabilities([[0.5]])


def test_an_unknown_class_is_named_with_those_known():
    with pytest.raises(ValueError, match=r"y\[1\] is 'maybe'.*'no', 'yes'"):
        learnt(["no", "yes"], "binary_cross_entropy").encoded_labels(["no", "maybe"])


LOSSES = [
    (None, "numbers"), ("mean_squared_error", "numbers"), ("cross_entropy", "probabilities"),
    ("binary_cross_entropy_with_logits", "logits"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "outputs"), LOSSES)
def test_the_loss_says_what_outputs_are(loss, outputs):
    assert outputs_for(loss) == outputs


def test_moments_are_those_of_the_columns():
    rows = [(1.0, 5.0), (2.0, 5.0), (4.5, 5.0)]
    means, scales = moments(rows)
    column = [a for a, _ in rows]
    assert means == (pytest.approx(statistics.fmean(column)), 5.0)
    assert scales == (pytest.approx(statistics.pstdev(column)), 1.0)


def test_a_row_of_weight_2_is_as_the_row_twice():
    rows = [(1.0,), (2.0,), (4.5,)]
    weighted, doubled = moments(rows, [1.0, 2.0, 0.0]), moments([(1.0,), (2.0,), (2.0,)])
    assert weighted[0] == pytest.approx(doubled[0])
    assert weighted[1] == pytest.approx(doubled[1])
