"""Which nodes one record computes together."""

from autograd import Value, dot
from autograd.replay.folding import fold
from autograd.replay.grouping import grouping
from autograd.replay.reading import read


def grouped(roots, inputs):
    return grouping(fold(read(roots, inputs)), True)


def test_neurons_on_the_same_inputs_are_one_record():
    x = [Value(1.0), Value(2.0)]
    neurons = [dot([Value(0.1), Value(0.2)], x, Value(0.3)) for _ in range(5)]
    part = grouped(neurons, x)
    assert len(part.records) == 1
    assert len(part.nodes) == 5
    assert part.dense.tolist() == [True]


def test_neurons_on_other_inputs_are_others():
    x, y = [Value(1.0), Value(2.0)], [Value(1.0), Value(2.0), Value(3.0)]
    w = [Value(0.1), Value(0.2)]
    part = grouped([dot(w, x), dot([*w, Value(0.5)], y)], [*x, *y])
    assert len(part.records) == 2
