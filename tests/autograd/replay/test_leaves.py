"""The numbers of many Values as an array, and back."""

import numpy as np
import pytest

from autograd import Value
from autograd.replay.leaves import get_data, put_back, set_data, swap_grad


@pytest.fixture
def values():
    return tuple(Value(x) for x in (1.0, -2.0, 0.5))


def test_numbers_there_and_back(values):
    assert get_data(values).tolist() == [1.0, -2.0, 0.5]
    set_data(values, np.array([3.0, 4.0, 5.0]))
    assert [v.data for v in values] == [3.0, 4.0, 5.0]
    assert all(type(v.data) is float for v in values)


def test_gradients_change_places(values):
    values[0].grad = 7.0
    numbers = np.array([1.0, 2.0, 3.0])
    swap_grad(values, numbers)
    assert [v.grad for v in values] == [1.0, 2.0, 3.0]
    assert numbers.tolist() == [7.0, 0.0, 0.0]


def test_numbers_come_back_after_an_error(values):
    def fail():
        with put_back({v: v.data for v in values}):
            set_data(values, np.zeros(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [v.data for v in values] == [1.0, -2.0, 0.5]
