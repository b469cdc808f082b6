"""Which rows a step takes, and at which rate."""

import numpy as np
import pytest

import nn
from autograd.replay.steps import Descent, Steps, epochs


def taken(*, rows=10, batch_size=4, iterations=7, optimizer=None, seed=0):
    return list(epochs(rows, batch_size, iterations, optimizer or Descent(0.1), seed))


def test_an_epoch_takes_every_row_once():
    first, second, third = taken()
    assert [len(e) for e in (first, second, third)] == [3, 3, 1]
    assert sorted(np.concatenate([first.rows(k) for k in range(3)])) == list(range(10))
    assert len(first.rows(2)) == 2
    assert first.order.tolist() != second.order.tolist()


def test_a_seed_decides_the_order():
    assert taken(seed=3)[0].order.tolist() == taken(seed=3)[0].order.tolist()


def test_all_rows_at_a_constant_rate_are_one_piece():
    (whole,) = taken(batch_size=None, iterations=1000)
    assert len(whole) == 1000
    assert whole.rows(5) == slice(None)


def test_a_schedule_sets_the_rate_of_each_epoch():
    made = taken(batch_size=None, iterations=3, optimizer=nn.SGD(lambda epoch: 1.0 / (epoch + 1)))
    assert [e.rates.tolist() for e in made] == [[1.0], [0.5], [1 / 3]]


def test_the_rest_of_the_steps():
    rest = taken()[0].after(1)
    assert len(rest) == 2
    assert len(rest.rows(1)) == 2


def test_steps_that_leave_the_batch_are_refused():
    Steps([0.1], [0, 1], [0, 2]).check(2)
    for order, starts in (([0, 2], [0, 2]), ([0, 1], [0, 3]), ([0, 1], [0, 0]), ([-1, 0], [0, 2])):
        with pytest.raises(ValueError, match="rows"):
            Steps([0.1], order, starts).check(2)
    with pytest.raises(ValueError, match="batch_size is from 1 to the 10 rows"):
        taken(batch_size=11)


def test_a_learning_rate_is_a_number_from_0():
    for wrong in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="learning rate"):
            Descent(wrong)
