"""What runs a flattened program: for each row, or summed over the rows."""

import numpy as np
import pytest

from autograd import Value, record
from autograd.replay.tape import ENGINES

TABLE = np.random.default_rng(0).uniform(-1, 1, (70, 2))


def function(x, y):
    return (x * y).tanh() * WEIGHT + x.exp()


WEIGHT = Value(0.5, "w")


@pytest.mark.parametrize("engine", ENGINES)
def test_sums_are_those_of_the_rows(engine):
    tape = record(function, 2).with_engine(engine)
    straight = tape._derivatives.of_gradients("inputs")
    batch, leaves = tape.prepare(TABLE), np.array([WEIGHT.data])
    each = straight.each(leaves, batch)
    assert each.shape == (3, 70)  # the value, and a derivative by each input
    np.testing.assert_allclose(straight.totals(leaves, batch, 2.0), 2.0 * each.sum(1), rtol=1e-12)
    x, y = TABLE.T
    np.testing.assert_allclose(each[0], 0.5 * np.tanh(x * y) + np.exp(x), rtol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_where_a_number_is_infinite_the_strict_program_runs(engine):
    tape = record(lambda x: x * x, 1).with_engine(engine)
    straight = tape._derivatives.of_gradients("inputs")
    (value, slope) = straight.each(np.zeros(0), tape.prepare([[np.inf], [2.0]]))
    assert value.tolist() == [np.inf, 4.0]
    assert slope.tolist() == [np.inf, 4.0]
