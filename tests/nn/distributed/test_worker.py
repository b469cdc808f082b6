"""What a worker answers, without a cluster."""

import pickle
from functools import reduce
from operator import add

import numpy as np
import pytest

from autograd import Value, log, record
from nn.data.schema import Schema
from nn.distributed.partitions import Plan, packed
from nn.distributed.worker import Broken, Holder, Moments, Piece, Recipe

ROWS = np.array([[1.0], [2.0], [3.0], [4.0]])
Y = np.array([1.0, 3.0, 2.0, 5.0])


def holder(loss=lambda x, y, w: (w * x - y) ** 2, drops=(), shuffles=False):
    w = Value(2.0, "w")
    inputs = 2 + len(drops)
    training = record(
        lambda row: loss(row[0] * (row[2] if drops else 1.0), row[1], w), [inputs], parameters=[w]
    )
    evaluation = record(lambda row: [loss(row[0], row[1], w), w * row[0]], [2], parameters=[w])
    plan = Plan(Schema(), 1)
    recipe = Recipe(training, evaluation, plan, list(drops), shuffles, seed=3)
    held = [packed(k, ROWS[part], Y[part], None, plan) for k, part in ((0, [0, 1]), (1, [2, 3]))]
    return Holder(pickle.dumps(recipe), held, pickle.dumps({}), 1)


AT = np.array([1.5])


def test_gradients_are_sums_over_the_pieces():
    pieces = [Piece(0, 0, 2, True), Piece(1, 1, 2, False)]
    first, second = holder().gradients(AT, pieces, epoch=1)
    apart = 1.5 * ROWS[:, 0] - Y
    assert (first.partition, second.partition) == (0, 1)
    assert first.loss == pytest.approx((apart[:2] ** 2).sum())
    assert first.gradient == pytest.approx([(2 * apart * ROWS[:, 0])[:2].sum()])
    assert second.loss == pytest.approx(apart[3] ** 2)


def test_every_row_is_taken_once_an_epoch():
    for epoch in (1, 2):
        pieces = [[Piece(1, k, k + 1, False)] for k in range(2)]
        asked = holder(shuffles=True)
        losses = [asked.gradients(AT, piece, epoch)[0].loss for piece in pieces]
        assert sorted(losses) == pytest.approx(sorted((1.5 * ROWS[2:, 0] - Y[2:]) ** 2))


def test_factors_of_dropout_follow_from_seed_and_epoch():
    losses = [
        holder(drops=[0.5]).gradients(AT, [Piece(0, 0, 2, True)], epoch)[0].loss
        for epoch in (1, 1, 2, 3, 4)
    ]
    assert losses[0] == losses[1]
    assert len(set(losses)) > 1


def test_scores():
    found = holder().scores(AT, [0, 1], "train", True)
    predictions = 1.5 * ROWS[:, 0]
    assert sum(s.loss for s in found) == pytest.approx(((predictions - Y) ** 2).sum())
    assert np.concatenate([s.pairs[1] for s in found]).tolist() == predictions.tolist()
    whole = reduce(add, [s.moments for s in found])
    assert whole.mean == pytest.approx([Y.mean()])
    assert whole.squares == pytest.approx([((Y - Y.mean()) ** 2).sum()])


def test_equal_numbers_have_no_spread():
    parts = [Moments(n, np.array([0.1]), np.array([0.0])) for n in (3, 5, 7)]
    assert reduce(add, parts).squares.tolist() == [0.0]


def test_an_error_is_an_answer_that_names_the_partition():
    asked = holder(lambda x, y, w: log(w * x - 4.0) * y)
    assert isinstance(asked.gradients(AT, [Piece(0, 0, 2, True)], 1)[0], Broken)
    (answer,) = asked.scores(AT, [1], "train", False)
    assert answer.partition == 1 or answer.message.startswith("log(")
