"""The compiled part of tapes, where it could be built."""

import autograd
from autograd.replay.compiled import CODES, ENGINES, machine


def test_numpy_is_always_there_and_the_last():
    assert ENGINES[-1] == "numpy"
    assert (machine is None) == (ENGINES == ["numpy"])
    assert bool(CODES) == (machine is not None)


def test_the_fastest_engine_is_taken_compiled_and_numpy_pure():
    fastest = ENGINES[0] if autograd.compiled else "numpy"
    assert autograd.record(lambda x: x * 2.0, 1).engine == fastest
