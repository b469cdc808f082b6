"""Rows of numbers, and the same rows in blocks."""

import pickle

import numpy as np
import pytest

from autograd.replay.batch import Batch, rows_of


def test_a_vector_is_a_column_or_a_row():
    assert rows_of([1, 2, 3], 1).shape == (3, 1)
    assert rows_of([1, 2, 3], 3).shape == (1, 3)
    assert rows_of(None, 0).shape == (1, 0)


def test_the_rows_are_a_copy_that_cannot_be_written():
    given = np.ones((2, 2))
    table = rows_of(given, 2)
    given[:] = 5.0
    assert table.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 3.0


WRONG = [
    ([[1.0, 2.0]], 3, ValueError, "rows of 3 numbers"),
    (np.zeros((0, 2)), 2, ValueError, "empty"),
    (["a"], 1, TypeError, "table of numbers"),
    ([1j], 1, TypeError, "table of numbers"),
    (None, 2, ValueError, "2 numbers each"),
]


@pytest.mark.parametrize(("data", "columns", "kind", "told"), WRONG)
def test_what_is_no_such_table_is_refused(data, columns, kind, told):
    with pytest.raises(kind, match=told):
        rows_of(data, columns)


@pytest.mark.parametrize("lanes", [8, 32])
@pytest.mark.parametrize("rows", [2, 7, 8, 31, 32, 33, 71])
def test_every_row_is_in_its_block_the_last_one_repeated(rows, lanes):
    table = np.arange(rows * 3.0).reshape(rows, 3)
    packed = Batch(table, (3, lanes)).packed
    assert packed.ctypes.data % 64 == 0
    full = rows // 32 * 32 if lanes == 32 else 0
    head = packed[: full * 3].reshape(-1, 3, 32).transpose(0, 2, 1).reshape(-1, 3)
    tail = packed[full * 3 :].reshape(-1, 3, 8).transpose(0, 2, 1).reshape(-1, 3)
    unpacked = np.concatenate([head, tail])
    np.testing.assert_array_equal(unpacked[:rows], table)
    assert (unpacked[rows:] == table[-1]).all()


def test_a_batch_comes_back_from_a_pickle():
    batch = Batch(rows_of([[1.0, 2.0]] * 9, 2), (2, 8))
    again = pickle.loads(pickle.dumps(batch))
    np.testing.assert_array_equal(again.packed, batch.packed)
    assert (len(again), repr(again)) == (9, "Batch(9 rows of 2)")
