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
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "exp2": lambda x: mpmath.power(2, x),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "leaky_relu": lambda x: x if x > 0 else x * mpmath.mpf(0.01),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
}
LIMITS = {"softplus": 4.0, "erfc": 4.0, "gelu": 4.0}
ENDED = {"erf": 30, "erfc": 30, "gelu": 60, "silu": 2000, "elu": 2000, "exp2": 2000, "cosh": 2000,
         "sinh": 2000}  # fmt: skip
"""Where nothing happens any more, and mpmath takes for ever."""
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
    "tan": lambda x: mpmath.sec(x) ** 2,
    "asin": lambda x: 1 / mpmath.sqrt(1 - x * x),
    "acos": lambda x: -1 / mpmath.sqrt(1 - x * x),
    "atan": lambda x: 1 / (1 + x * x),
    "sinh": mpmath.cosh,
    "cosh": mpmath.sinh,
    "asinh": lambda x: 1 / mpmath.sqrt(x * x + 1),
    "acosh": lambda x: 1 / mpmath.sqrt(x * x - 1),
    "atanh": lambda x: 1 / (1 - x * x),
    "erf": lambda x: 2 * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi),
    "erfc": lambda x: -2 * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi),
    "log2": lambda x: 1 / (x * mpmath.log(2)),
    "log10": lambda x: 1 / (x * mpmath.log(10)),
    "exp2": lambda x: mpmath.power(2, x) * mpmath.log(2),
    "gelu": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    "silu": lambda x: (1 + x / (1 + mpmath.exp(x))) / (1 + mpmath.exp(-x)),
    "elu": lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x),
}
ROOTS = {"gelu": -0.7517915246935645, "silu": -1.2784645427610738}  # of these derivatives
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


@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
def test_a_function_is_within_two_ulps_over_the_whole_range(name):
    function, limit = getattr(autograd, name), LIMITS.get(name, 2.0)
    worst, tried = 0.0, 0
    for x in whole_range(900):
        if abs(x) > ENDED.get(name, math.inf):
            continue
        try:
            got = function(x)
        except (ValueError, OverflowError):
            continue
        tried += 1
        worst = max(worst, ulps(got, EXACT[name](mpmath.mpf(x))))
    assert tried > 500
    assert worst <= limit


@pytest.mark.slow
def test_the_power_is_within_two_ulps():
    rng = random.Random(3)
    for _ in range(2000):
        a, b = 10 ** rng.uniform(-20, 20), rng.uniform(-10, 10)
        got = (Value(a) ** b).data
        assert ulps(got, mpmath.mpf(a) ** mpmath.mpf(b)) <= 2
        got = (Value(-a) ** round(b)).data
        assert ulps(got, mpmath.mpf(-a) ** round(b)) <= 2


@pytest.mark.slow
def test_functions_of_two_are_within_two_ulps():
    rng = random.Random(4)
    for _ in range(3000):
        size = rng.uniform(-300, 300)
        near = rng.choice([-1, 1]) * 10 ** (size + rng.uniform(-3, 3))
        a, b = rng.choice([-1, 1]) * 10**size, near
        x, y = mpmath.mpf(a), mpmath.mpf(b)
        assert ulps(autograd.hypot(a, b), mpmath.sqrt(x * x + y * y)) <= 2
        assert ulps(autograd.atan2(a, b), mpmath.atan2(x, y)) <= 2


@pytest.mark.many
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


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTIALS)
def test_a_derivative_is_at_least_as_accurate_as_pytorch(name):
    function = getattr(autograd, name)
    reference = TORCH.get(name) or getattr(torch, name, None) or getattr(torch.nn.functional, name)
    for x in whole_range(300, seed=1):
        if abs(x) > ENDED.get(name, math.inf) or abs(x - ROOTS.get(name, math.inf)) < 0.2:
            continue
        v = Value(x)
        try:
            ours = function(v).partials[0]
        except (ValueError, OverflowError):
            continue
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        reference(t).backward()
        poles = {("sqrt", 0.0): mpmath.inf, ("asin", 1.0): mpmath.inf, ("acos", 1.0): -mpmath.inf,
                 ("acosh", 1.0): mpmath.inf}  # fmt: skip
        exact = poles[name, x] if (name, x) in poles else PARTIALS[name](mpmath.mpf(x))
        assert ulps(ours, exact) <= max(3.5, ulps(float(t.grad), exact)), x
