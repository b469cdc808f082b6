"""While a function is recorded there are no collections; afterwards the collector is as it was."""

import gc

import pytest

from autograd import GraphError, Value, record
from autograd.replay.collecting import no_collections


def test_recording_makes_no_collections():
    seen = []

    def loss(x):
        seen.append(gc.isenabled())
        return x * Value(2.0)

    record(loss, 1)
    assert not any(seen)
    assert gc.isenabled()


def test_the_collector_is_on_again_after_an_error():
    with pytest.raises(GraphError):
        record(lambda x: x if x > 0.3 else -x, 1)
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with no_collections():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
