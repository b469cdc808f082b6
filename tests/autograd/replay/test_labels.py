"""What a tape calls its inputs and results."""

import math

import pytest

from autograd import Value, record
from autograd.replay.labels import input_labels


@pytest.mark.parametrize(
    ("f", "inputs", "count", "labels"),
    [
        (lambda x, y: x, 2, 2, ("x", "y")),
        (lambda x: x, 1, 1, ("x",)),
        (lambda x: x, 3, 3, ("x1", "x2", "x3")),
        (lambda x, y: x, [2, None], 3, ("x1", "x2", "y")),
        (lambda *x: x, 2, 2, (None, None)),
        (lambda x, *y: x, 2, 2, (None, None)),
        (lambda x, y=1: x, 2, 2, ("x", "y")),
        (math.hypot, 2, 2, (None, None)),
        (lambda: 1, 0, 0, ()),
    ],
)
def test_inputs_have_the_names_of_parameters(f, inputs, count, labels):
    assert input_labels(f, inputs, count) == labels


def test_a_tape_keeps_them_with_its_engine():
    def f(a, b):
        y = a * b
        y.label = "area"
        return [y, y + Value(1.0, "w")]

    tape = record(f, 2).with_engine("numpy")
    assert tape._labels == (("a", "b"), ("area", None))
