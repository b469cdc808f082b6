"""Dates and time spans, which NumPy takes for whole numbers, are refused with what to do."""

import datetime
import operator

import numpy as np
import pytest
from extras import extra

import autograd
import nn
from autograd import Value, record
from nn.data import labels_of, rows_of

SPAN, DATE = np.timedelta64(1, "ns"), np.datetime64("2020-01-01", "ns")
TIMES = [SPAN, DATE, np.timedelta64(1, "D"), datetime.date(2020, 1, 1), datetime.timedelta(1)]
HINT = "dates and time spans have a unit: .* numpy.timedelta64"


@pytest.mark.parametrize("time", TIMES)
def test_values_refuse_them(time):
    v = Value(2.0, "v")
    calls = [
        lambda: Value(time), lambda: v + time, lambda: v - time, lambda: v * time, lambda: v / time,
        lambda: v**time, lambda: v < time, lambda: autograd.exp(time),
        lambda: autograd.maximum(v, time), lambda: autograd.where(v, time, 2.0),
        lambda: autograd.where(time, v, 2.0),
        lambda: autograd.dot([v], [time]), lambda: autograd.total([v, time]),
        lambda: autograd.grad(lambda x: x * x)(time), lambda: nn.Neuron(1)([time]),
        lambda: nn.Neuron(1, weights=[time]), lambda: nn.SGD(time),
        lambda: nn.mean_squared_error(v, time), lambda: record(lambda x: x * v, 1, example=[time]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(TypeError, match=HINT):
            call()


NUMPY_TIMES = [
    SPAN, DATE, np.timedelta64(1), np.timedelta64(1, "D"), np.datetime64("NaT"),
    np.array([1], "m8[ns]"), np.array([1], "m8"), np.array(1, "M8[s]"),
]  # fmt: skip
OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.lt,
    operator.ge, np.maximum, np.hypot,
]  # fmt: skip


@pytest.mark.parametrize("time", NUMPY_TIMES, ids=repr)
@pytest.mark.parametrize("operation", OPERATORS)
def test_numpy_leaves_the_refusal_to_values(time, operation):
    v = Value(2.0, "v")
    for operands in ((time, v), (v, time)):
        with pytest.raises(TypeError, match=HINT):
            operation(*operands)
    assert not np.any(time == v)


def test_other_numbers_of_numpy_work_on_both_sides():
    v, row = Value(2.0, "v"), np.array([1.0, 3.0])
    assert [x.data for x in row * v] == [x.data for x in v * row] == [2.0, 6.0]
    assert (np.float64(3.0) - v).data == 1.0
    assert (np.int64(3) ** v).data == 9.0
    assert np.float32(3.0) > v
    assert [x.data for x in np.add.outer(row, v)] == [3.0, 5.0]
    assert np.exp(v).partials == autograd.exp(v).partials
    assert np.maximum(row, v)[0] is v


@pytest.mark.parametrize("time", TIMES)
def test_tables_and_targets_refuse_them(time):
    for call in (
        lambda: rows_of([[1.0], [time]]),
        lambda: rows_of([[1.0], np.array([time])]),
        lambda: labels_of([1.0, time]),
        lambda: labels_of([[1.0, 2.0], [1.0, time]]),
        lambda: nn.accuracy([time], [1]),
    ):
        with pytest.raises(TypeError, match=HINT):
            call()


@pytest.mark.parametrize("dtype", ["m8[ns]", "M8[ns]", "m8[D]"])
def test_arrays_refuse_them(dtype):
    table = np.array([[1, 2], [3, 4]]).astype(dtype)
    w = Value(1.0)
    tape = record(lambda x, y: w * x + y, 2)
    for call in (
        lambda: tape(table),
        lambda: tape.prepare(table.tolist() if dtype == "M8[D]" else list(table)),
        lambda: tape.value_and_grad([[1.0, 2.0]], at=table[0, :1]),
        lambda: tape([[SPAN, 1.0]]),
        lambda: rows_of(table),
        lambda: labels_of(table[:, 0]),
        lambda: nn.fit(nn.Neuron(2), table, [1.0, 2.0]),
        lambda: nn.fit(nn.Neuron(2), [[1.0, 2.0], [3.0, 4.0]], table[:, 0]),
    ):
        with pytest.raises(TypeError, match=HINT):
            call()
    state = {"0.weight": table[:1], "0.bias": np.array([1.0])}
    with pytest.raises(ValueError, match="parameters are finite numbers"):
        nn.Layer(2, 1).load_state_dict(state)


def test_frames_refuse_them():
    pandas = extra("pandas")
    times = pandas.to_datetime(["2020-01-01", "2021-01-01"])
    for column in (times, times - times[0]):
        frame = pandas.DataFrame({"a": column})
        for call in (lambda f=frame: rows_of(f), lambda f=frame: labels_of(f["a"])):
            with pytest.raises(TypeError, match=HINT):
                call()
