"""record(): a function run once, kept as a tape."""

import pytest

import autograd
from autograd import Value, record


def test_as_many_inputs_as_are_said():
    w = Value(2.0, "w")
    assert record(lambda x, y: w * x + y, 2)([[1.0, 3.0]]).tolist() == [5.0]
    assert record(lambda row: w * row[0] + row[1], [2])([[1.0, 3.0]]).tolist() == [5.0]
    assert record(lambda: w * w)().tolist() == [4.0]


def test_a_branch_on_an_input_is_refused():
    def kinked(x):
        return x * x if x > 0.3 else -x

    with pytest.raises(autograd.GraphError):
        record(kinked, 1)


def test_leaves_are_as_they_were():
    w = Value(2.0, "w")
    record(lambda x: w * x, 1)
    assert (w.data, w.grad) == (2.0, 0.0)


def test_only_the_parameters_chosen_are_trained():
    w, v = Value(2.0, "w"), Value(3.0, "v")
    tape = record(lambda x: w * x + v, 1, parameters=[v])
    _, gradient = tape.value_and_grad([[5.0]])
    assert gradient.tolist() == [1.0]


@pytest.mark.parametrize("inputs", [-1, 2.5, "2"])
def test_what_is_no_number_of_inputs(inputs):
    with pytest.raises((TypeError, ValueError)):
        record(lambda x: x, inputs)


def test_what_returns_no_value_is_refused():
    with pytest.raises(TypeError, match="Value"):
        record(lambda x: "x", 1)
