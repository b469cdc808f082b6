"""logsumexp where the largest operand and the logarithm of the rest cancel, on every engine."""

import random
from functools import cache

import mpmath
import numpy as np
import pytest

from autograd import logsumexp, record
from autograd.replay.tape import ENGINES


def nearly_cancelling(count, width):
    """Logarithms of probabilities, rounded, and moved by anything from 1e-18 to 0.5."""
    rng = random.Random(f"{count} {width}")
    for i in range(count):
        shares = np.array([rng.expovariate(1.0) for _ in range(width)])
        row = np.log(shares / shares.sum())
        if i % 3:
            row += rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-18.0, -0.3)
        if i % 5 == 0:
            row[0] = rng.uniform(-760.0, -30.0)
        yield row.tolist()


def exact(row):
    return _exact(tuple(row))


@cache  # asked again for every engine
def _exact(row):
    with mpmath.workdps(400):
        return float(mpmath.log(mpmath.fsum([mpmath.exp(mpmath.mpf(x)) for x in row])))


def off(found, wanted):
    return max(abs(y - w) / np.spacing(abs(w)) for y, w in zip(found, wanted, strict=True))


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("width", [2, 3, 11])
def test_the_digits_are_kept(engine, width):
    rows = list(nearly_cancelling(61, width))
    wanted = [exact(row) for row in rows]
    tape = record(lambda *xs: logsumexp(xs), width).with_engine(engine)
    assert off(tape(np.array(rows)), wanted) <= 4.0
    assert off([tape([row])[0] for row in rows], wanted) <= 4.0


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", [[0.0, -40.0], [-40.0, 0.0], [0.0, -700.0], [-745.0, 0.0, -1e300]])
def test_a_small_share_beside_zero(engine, row):
    tape = record(lambda *xs: logsumexp(xs), len(row)).with_engine(engine)
    for rows in ([row], [row] * 9):
        assert off(tape(rows), [exact(row)] * len(rows)) <= 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_infinite_stays_it(engine):
    tape = record(lambda *xs: logsumexp([*xs, -1.0]), 2).with_engine(engine)
    infinity = float("inf")
    assert tape([[-infinity, -infinity], [-infinity, -2.0]])[0] == -1.0
