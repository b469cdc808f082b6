"""A tape on one row: arrays that stay the same, and no argument."""

import math

import numpy as np
import pytest

from autograd import DomainError, Value, record
from autograd.replay.tape import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_value_and_gradient_are_written_in_place(engine):
    w = Value(0.5, "w")
    call = record(lambda x, y: (w * x).exp() * y, 2).with_engine(engine).bind(wrt="parameters")
    value, gradient = call.value, call.gradient
    for x, y in ((1.0, 2.0), (-0.5, 3.0)):
        call.numbers[:2] = x, y
        call()
        assert value[0] == pytest.approx(math.exp(0.5 * x) * y, rel=1e-14)
        assert gradient[0] == pytest.approx(x * math.exp(0.5 * x) * y, rel=1e-14)
    assert call.value is value
    assert call.gradient is gradient


@pytest.mark.parametrize("engine", ENGINES)
def test_it_raises_what_the_eager_engine_raises(engine):
    call = record(lambda x: x.log(), 1, example=[1.0]).with_engine(engine).bind()
    call.numbers[:] = -1.0
    with pytest.raises(DomainError):
        call()


def test_an_array_of_ones_own_is_read():
    own = np.array([2.0, 3.0])
    call = record(lambda x, y: x * y, 2).bind(own)
    own[0] = 5.0
    call()
    assert call.value.tolist() == [15.0]
