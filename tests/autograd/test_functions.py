"""Values against mpmath over the whole double range; derivatives against PyTorch and mpmath."""

import math
import random
import struct

import mpmath
import pytest
from extras import extra

import autograd
from autograd import Value, logsumexp, mean, softmax, total

torch = extra("torch")

mpmath.mp.prec = 1200  # holds 1 + e**-745 to the last bit of a float

EXACT = {
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sqrt": mpmath.sqrt,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "absolute": abs,
    "relu": lambda x: max(x, mpmath.mpf(0)),
}
LIMITS = {"softplus": 4.0}
PARTIALS = {
    "exp": mpmath.exp,
    "expm1": mpmath.exp,
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "sqrt": lambda x: 1 / (2 * mpmath.sqrt(x)),
    "sin": mpmath.cos,
    "cos": lambda x: -mpmath.sin(x),
    "tanh": lambda x: mpmath.sech(x) ** 2,
    "sigmoid": lambda x: 1 / ((1 + mpmath.exp(-x)) * (1 + mpmath.exp(x))),
    "softplus": lambda x: 1 / (1 + mpmath.exp(-x)),
}
TORCH = {
    "softplus": lambda x: torch.nn.functional.softplus(x, threshold=800),
}


def whole_range(n, seed=0):
    """Floats of every size: by bits, by exponent, around 0 and 1, and the edges."""
    rng = random.Random(seed)
    found = [struct.unpack("<d", rng.randbytes(8))[0] for _ in range(n)]
    found += [rng.choice([-1, 1]) * 10 ** rng.uniform(-20, 3) for _ in range(n)]
    found += [rng.uniform(-40, 40) for _ in range(n)]
    found += [1 + rng.uniform(-1, 1) * 10 ** rng.uniform(-16, 0) for _ in range(n)]
    found += [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 709.78, -745.13, 0.0, 1.0]
    return [x for x in found if math.isfinite(x)]


def ulps(got, exact):
    """How many units in the last place of the exact number lie between."""
    nearest = float(exact)
    if math.isinf(nearest):
        return 0.0 if got == nearest else math.inf
    return float(abs(mpmath.mpf(got) - exact) / mpmath.mpf(math.ulp(nearest)))


@pytest.mark.parametrize("name", EXACT)
def test_a_function_is_within_two_ulps_over_the_whole_range(name):
    function, limit = getattr(autograd, name), LIMITS.get(name, 2.0)
    worst, tried = 0.0, 0
    for x in whole_range(900):
        try:
            got = function(x)
        except (ValueError, OverflowError):
            continue
        tried += 1
        worst = max(worst, ulps(got, EXACT[name](mpmath.mpf(x))))
    assert tried > 500
    assert worst <= limit


def test_the_power_is_within_two_ulps():
    rng = random.Random(3)
    for _ in range(2000):
        a, b = 10 ** rng.uniform(-20, 20), rng.uniform(-10, 10)
        got = (Value(a) ** b).data
        assert ulps(got, mpmath.mpf(a) ** mpmath.mpf(b)) <= 2
        got = (Value(-a) ** round(b)).data
        assert ulps(got, mpmath.mpf(-a) ** round(b)) <= 2


@pytest.mark.parametrize("spread", [0.5, 3.0, 40.0, 800.0])
def test_softmax_and_logsumexp_are_within_four_ulps(spread):
    rng = random.Random(spread)
    for _ in range(150):
        xs = [rng.uniform(-spread, spread) for _ in range(rng.randint(1, 9))]
        exact = [mpmath.exp(mpmath.mpf(x)) for x in xs]
        whole = mpmath.fsum(exact)
        assert ulps(logsumexp(xs), mpmath.log(whole)) <= 4
        for y, e in zip(softmax(xs), exact, strict=True):
            assert ulps(y, e / whole) <= 4


def test_logsumexp_keeps_its_digits_where_the_terms_cancel():
    rng = random.Random(5)
    for _ in range(200):
        xs = [-math.log(5) + rng.uniform(-1, 1) * 10 ** rng.uniform(-9, -1) for _ in range(5)]
        exact = mpmath.log(mpmath.fsum([mpmath.exp(mpmath.mpf(x)) for x in xs]))
        assert ulps(logsumexp(xs), exact) <= 4


def test_the_small_tail_is_kept():
    assert softmax([0.0, -700.0])[1] == pytest.approx(math.exp(-700), rel=1e-14)
    assert logsumexp([0.0, -700.0]) == pytest.approx(math.exp(-700), rel=1e-14)
    assert autograd.sigmoid(-700.0) == pytest.approx(math.exp(-700), rel=1e-14)
    assert autograd.softplus(-700.0) == pytest.approx(math.exp(-700), rel=1e-14)


def test_sums_are_exact_to_the_last_bit():
    rng = random.Random(7)
    xs = [rng.choice([-1, 1]) * 10 ** rng.uniform(-8, 8) for _ in range(999)]
    exact = mpmath.fsum([mpmath.mpf(x) for x in xs])
    assert total(xs) == float(exact)
    assert ulps(mean(xs), exact / 999) <= 2
    assert mean([1e308, 1.5e308]) == 1.25e308


@pytest.mark.parametrize("name", PARTIALS)
def test_a_derivative_is_at_least_as_accurate_as_pytorch(name):
    function = getattr(autograd, name)
    reference = TORCH.get(name) or getattr(torch, name)
    for x in whole_range(300, seed=1):
        v = Value(x)
        try:
            ours = function(v).partials[0]
        except (ValueError, OverflowError):
            continue
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        reference(t).backward()
        exact = PARTIALS[name](mpmath.mpf(x)) if x or name != "sqrt" else mpmath.inf
        assert ulps(ours, exact) <= max(3.5, ulps(float(t.grad), exact)), x
