"""A flattened program run by NumPy."""

import numpy as np
import pytest

from autograd import Value, record
from autograd.replay.evaluation import evaluate
from autograd.replay.flattening import flatten


def test_every_row_has_its_number():
    w = Value(0.5, "w")
    flat = flatten(record(lambda x, y: (w * x + y).tanh() * y, 2)._program)
    table = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0]])
    (found,), finite = evaluate(flat, table, np.array([w.data]), flat.results)
    assert finite
    np.testing.assert_allclose(found, [np.tanh(0.5 * x + y) * y for x, y in table], rtol=1e-15)


def test_where_there_is_no_number_there_is_nan():
    flat = flatten(record(lambda x: x.log(), 1)._program)
    (found,), finite = evaluate(flat, np.array([[1.0], [-1.0]]), np.zeros(0), flat.results)
    assert found[0] == pytest.approx(0.0)
    assert np.isnan(found[1])
    assert not finite
