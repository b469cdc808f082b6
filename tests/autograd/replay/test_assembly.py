"""From a flattened program to instructions."""

import numpy as np

import autograd
from autograd import Value, record
from autograd.replay.assembly import assemble
from autograd.replay.derivatives import _with_gradients
from autograd.replay.flattening import flatten, flatten_with_gradients


class Codes(dict):
    """A number for each instruction that is asked for."""

    def __missing__(self, name):
        self[name] = len(self)
        return self[name]

    def __contains__(self, name):
        return True


def assembled(f, inputs):
    flat = flatten(record(f, inputs)._program)
    return flat, assemble(flat, list(flat.results), Codes())


def test_what_depends_on_leaves_alone_is_done_once():
    w = Value(0.5, "w")
    _, made = assembled(lambda x: x * w.exp(), 1)
    assert len(made.once) >= 1
    _, made = assembled(lambda x: x.exp() * 2.0, 1)
    assert len(made.once) == 0


def test_without_columns_all_is_done_in_one_piece():
    w = Value(0.5, "w")
    _, made = assembled(lambda: w.exp() * w, 0)
    assert len(made.once) == 0


def test_instructions_are_six_whole_numbers():
    _, made = assembled(lambda x, y: (x * y + 1.0).tanh() / y, 2)
    assert made.rows.dtype == np.int64
    assert made.rows.reshape(-1, 6).shape[1] == 6
    assert sorted(made.used.tolist()) == [0, 1]


def test_a_column_that_is_not_read_is_not_used():
    _, made = assembled(lambda x, y: y.exp(), 2)
    assert made.used.tolist() == [1]


def test_a_sum_of_many_terms_needs_few_slots():
    def f(x):
        return autograd.total([(x[k % 4] * x[k % 3] * (k + 1.0)).sin() for k in range(300)])

    flat = flatten_with_gradients(record(f, [4])._program, "inputs")
    made = assemble(flat, _with_gradients(flat), Codes())
    assert len(made.start) - flat.first_operation < 40
