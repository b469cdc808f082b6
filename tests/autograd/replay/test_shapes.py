"""Graphs of very different shapes: their tapes give what the eager engine gives."""

import sys
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, adjoints, dot, record, softmax, tanh
from autograd.replay.program import DENSE, KIND, SOFTMAX, SUM

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from shapes import SHAPES


def kinds_of(tape):
    return sorted(tape._program.rows[:, 0].tolist())


@pytest.mark.many
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_gives_the_eager_value_and_gradient(name):
    f = SHAPES[name](3000)
    root = f()
    wanted = adjoints(root)
    tape = record(f)
    value, gradient = tape.value_and_grad()
    scale = max(1.0, *(abs(d) for d in wanted.values()))
    assert value == pytest.approx(root.data, rel=1e-12)
    assert len(gradient) > 0
    expected = np.array([wanted[p] for p in tape.parameters])
    assert np.abs(gradient - expected).max() <= 1e-11 * scale


def test_neurons_of_one_layer_become_one_record_in_rows_and_without():
    ws = [[Value(0.1 * i + j) for j in range(3)] for i in range(4)]

    def by_operators(*x):
        return sum(tanh(w[0] * x[0] + w[1] * x[1] + w[2]) for w in ws)

    def by_dot(*x):
        return sum(tanh(dot(w[:2], x, w[2])) for w in ws)

    def of_numbers():
        return sum(tanh(dot(w[:2], [0.5, 0.25], w[2])) for w in ws)

    for f, inputs in ((by_operators, 2), (by_dot, 2)):
        assert kinds_of(record(f, inputs)) == sorted([KIND["TANH"], DENSE, SUM])
    shared = record(of_numbers)._program.shared[:, 0].tolist()
    assert shared.count(DENSE) == 1
    assert len(shared) == 3


def test_products_and_a_term_of_the_rows_are_a_neuron_and_a_sum():
    u, v = Value(0.5), Value(-1.5)
    tape = record(lambda x, y, z: u * x + v * y + z, 3)
    assert kinds_of(tape) == sorted([DENSE, KIND["ADD"]])
    assert tape([[1.0, 2.0, 4.0]]).tolist() == [1.5]
    more = record(lambda x, y, z: u * x + v * y + z + x + 2.0, 3)
    assert kinds_of(more)[-2:] == sorted([DENSE, SUM])
    assert more([[1.0, 2.0, 4.0]]).tolist() == [4.5]


def test_the_same_softmax_asked_twice_is_one_record():
    w = Value(0.5)

    def f(x, y):
        one, two = softmax([x * w, y]), softmax([x * w, y])
        z = x * w
        first, again = softmax([z, y])[0], softmax([z, y])[0]
        return one[0] + two[1] + first * again

    tape = record(f, 2)
    x, y = Value(0.3), Value(-0.2)
    root = f(x, y)
    assert tape([[0.3, -0.2]])[0] == pytest.approx(root.data, rel=1e-14)
    assert tape.value_and_grad([[0.3, -0.2]])[1][0] == pytest.approx(adjoints(root)[w], rel=1e-13)
    records = tape._program.rows
    assert records[records[:, 0] == SOFTMAX, 2].tolist() == [3]  # three different x * w


def test_a_constant_that_depends_on_numbers_is_named_within_a_list():
    w = Value(0.5)
    with pytest.raises(RuntimeError, match="a constant in 'dot'"):
        record(lambda x: dot([w, w], [x.data, 2.0], x), 1)
