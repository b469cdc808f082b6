"""Starting weights: their range, their spread, their seed."""

import random
import statistics

import numpy as np
import pytest

import nn
from autograd import SettingError
from nn.initializers import constant, generator_of, he, uniform, xavier, zeros

RANGES = [(xavier, 50, 25, (6 / 75) ** 0.5), (he, 50, 25, (6 / 50) ** 0.5), (uniform(), 5, 5, 1.0)]


@pytest.mark.parametrize(("initialize", "n_in", "n_out", "bound"), RANGES)
def test_weights_fill_their_range_evenly(initialize, n_in, n_out, bound):
    generator = random.Random(0)
    drawn = [initialize(n_in, n_out, generator) for _ in range(4000)]
    assert -bound <= min(drawn) < -0.99 * bound
    assert 0.99 * bound < max(drawn) <= bound
    assert statistics.fmean(drawn) == pytest.approx(0.0, abs=0.03 * bound)
    assert statistics.pstdev(drawn) == pytest.approx(bound / 3**0.5, rel=0.03)


def test_constants_draw_nothing():
    assert constant(0.25)(2, 2, None) == 0.25
    assert zeros(2, 2, None) == 0.0


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="below"):
        uniform(1.0, 1.0)


@pytest.mark.parametrize("seed", [3, np.int64(3)])
def test_a_seed_or_a_generator_decides(seed):
    assert generator_of(seed).random() == random.Random(3).random()
    own = np.random.default_rng(0)
    assert generator_of(own) is own


@pytest.mark.parametrize("seed", ["3", 3.0, []])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(SettingError, match="seed"):
        generator_of(seed)


def test_initialisers():
    rng = random.Random(0)
    draws = [nn.xavier(8, 16, rng) for _ in range(4000)]
    assert max(map(abs, draws)) <= 0.5
    assert np.var(draws) == pytest.approx(2 / 24, rel=0.1)
    draws = [nn.he(8, 16, rng) for _ in range(4000)]
    assert np.var(draws) == pytest.approx(2 / 8, rel=0.1)
    ones = nn.MLP(2, [2, 1], "linear", initializer=nn.constant(1.0))
    assert ones([80.0, 8.0]).data == 176.0
    assert {p.data for p in nn.MLP(2, [2], initializer="zeros").parameters()} == {0.0}
