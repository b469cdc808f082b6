"""What a tape is, and that nothing in it can refer to what is not there."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

import autograd
import nn
from autograd import TapeError, Value, adjoints, record
from autograd.replay.program import is_narrow, is_of_single_operations


@pytest.fixture
def program():
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    return record(model, [3])._program


def changed(program, name, change):
    """The state of a program with one of its arrays changed."""
    state = pickle.loads(pickle.dumps(program.__getstate__()))
    array = np.array(state[name])
    change(array)
    state[name] = array
    again = object.__new__(type(program))
    again.__setstate__(state)
    return again


def test_its_arrays_cannot_be_written(program):
    for name in ("shared", "rows", "index", "scalars", "outputs"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(program, name)[...] = 0


def test_it_comes_back_from_a_pickle(program):
    again = pickle.loads(pickle.dumps(program))
    np.testing.assert_array_equal(again.rows, program.rows)
    assert again.nbytes == program.nbytes > 0


@pytest.mark.parametrize("far", [-1, 10**6, 2**62])
def test_a_slot_that_is_not_there_is_refused(program, far):
    def change(array):
        array[0] = far

    with pytest.raises(TapeError):
        changed(program, "outputs", change)


def test_every_damaged_record_is_refused_or_harmless(program):
    refused = 0
    for i in range(program.rows.size):
        for far in (-7, 10**9):

            def change(array, i=i, far=far):
                array.flat[i] = far

            try:
                changed(program, "rows", change)
            except TapeError:
                refused += 1
    assert refused > program.rows.size // 2


def test_a_chain_is_narrow_and_a_wide_sum_is_not():
    xs = [Value(0.1 * i) for i in range(1, 61)]

    def chain():
        y = xs[0]
        for x in xs:
            y = autograd.tanh(y * x + 0.5)
        return y

    def wide():
        return autograd.total([(b - a * a) ** 2 for a, b in pairwise(xs)])

    for f, narrow in ((chain, True), (wide, False)):
        tape = record(f, parameters=xs)
        assert is_of_single_operations(tape._program)
        assert is_narrow(tape._program) == narrow
        slopes = adjoints(f())
        assert tape.value_and_grad()[1] == pytest.approx([slopes[x] for x in xs], rel=1e-12)
