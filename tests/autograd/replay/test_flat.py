"""The flattened program: single operations over numbered slots."""

from autograd import Value, record
from autograd.replay.flat import OPERATIONS
from autograd.replay.flattening import flatten


def test_every_slot_is_written_once_before_it_is_read():
    w = Value(0.5, "w")
    flat = flatten(record(lambda x, y: (w * x + y).sigmoid() * 3.0 + x, 2)._program)
    written = flat.first_operation
    assert flat.first_constant == flat.columns + flat.leaves == 3
    assert flat.first_operation == flat.first_constant + len(flat.constants)
    for operation in flat.operations:
        assert operation.result == written
        assert all(x < written for x in operation.operands)
        assert operation.name in OPERATIONS
        written += 1
    assert flat.slots == written
    assert all(r < written for r in flat.results)
