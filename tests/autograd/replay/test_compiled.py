"""The compiled part of tapes, where it could be built."""

import autograd
from autograd.replay.compiled import CODES, ENGINES, machine


def test_numpy_is_always_there_and_the_last():
    assert ENGINES[-1] == "numpy"
    assert (machine is None) == (ENGINES == ["numpy"])
    assert bool(CODES) == (machine is not None)


def test_the_fastest_engine_is_the_one_taken():
    assert autograd.record(lambda x: x * 2.0, 1).engine == ENGINES[0]
