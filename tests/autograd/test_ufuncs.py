"""NumPy's functions of a single Value."""

import math

import numpy as np
import pytest

from autograd import Value
from autograd.ufuncs import applied


def test_a_value_is_one_element_among_arrays():
    row = applied(Value, np.multiply, "__call__", (np.array([1.0, 2.0]), Value(3.0, "w")), {})
    assert [v.data for v in row] == [3.0, 6.0]
    assert {type(v) for v in row} == {Value}


def test_a_function_of_a_value_has_its_gradient():
    w = Value(0.5, "w")
    y = np.sin(w)
    y.backward()
    assert (y.data, w.grad) == (math.sin(0.5), pytest.approx(math.cos(0.5)))


def test_dates_are_refused_but_compared():
    date = np.datetime64("2026-01-01")
    with pytest.raises(TypeError, match="date"):
        applied(Value, np.add, "__call__", (date, Value(1.0)), {})
    assert not applied(Value, np.equal, "__call__", (date, Value(1.0)), {})
