"""Layers at many sites: few and many inputs and results, in blocks of rows of every length."""

import numpy as np
import pytest

from autograd import Value, dot, record
from autograd.replay.program import DENSE
from autograd.replay.tape import ENGINES


def layer_at_sites(n, m, sites):
    """The sum of tanh of what a layer of n results gives at each site, by turns in reverse."""
    weights = [[Value(0.01 * (j + 1) - 0.02 * i) for i in range(m)] for j in range(n)]
    biases = [Value(0.1 * j) for j in range(n)]

    def f(*x):
        found = []
        for s in range(sites):
            at = x[s * m : (s + 1) * m]
            found += [
                dot(w, at[:: 1 - s % 2 * 2], b).tanh() for w, b in zip(weights, biases, strict=True)
            ]
        return sum(found)

    return f, [*(w for row in weights for w in row), *biases]


@pytest.mark.parametrize("engine", ENGINES[:-1])
@pytest.mark.parametrize(("n", "m"), [(1, 9), (16, 16), (9, 17), (11, 3)])
@pytest.mark.parametrize("sites", [3, 20])
def test_weights_and_biases_get_the_sum_over_all_sites_and_rows(engine, n, m, sites):
    f, parameters = layer_at_sites(n, m, sites)
    tape = record(f, m * sites, parameters=parameters)
    assert tape._program.rows[:, 0].tolist().count(DENSE) == 1
    for rows in (1, 5, 8, 45):
        data = np.random.default_rng(rows).normal(0.0, 0.5, (rows, m * sites))
        value, gradient = tape.with_engine(engine).value_and_grad(data)
        wanted, expected = tape.with_engine("numpy").value_and_grad(data)
        assert value == pytest.approx(wanted, rel=1e-13)
        assert np.abs(gradient - expected).max() <= 1e-13 * max(1.0, np.abs(expected).max())
