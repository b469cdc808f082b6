"""Infinities, NaN, signed zeros and kinks: the same as PyTorch, value and gradient."""

import itertools
import math

import pytest
from extras import extra

import autograd
from autograd import Value

torch = extra("torch")

SPECIAL = [math.inf, -math.inf, math.nan, 0.0, -0.0, 1.0, -1.0, 2.5, -2.0, 5e-324, 1e308]
PAIRS = list(itertools.product(SPECIAL, SPECIAL))
UNARY = [
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus",
    "absolute", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf",
    "erfc", "log2", "log10", "exp2", "gelu", "silu", "leaky_relu", "elu",
]  # fmt: skip
# Where PyTorch's derivative is NaN, has overflowed or forgets a NaN, and ours does not
BETTER = [("gelu", math.inf), ("asinh", 1e308), ("acosh", 1e308), ("acosh", -math.inf),
          ("log10", 1e308)]  # fmt: skip
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}


def same_gradient(ours, theirs):
    """As `same`, but a gradient is added to 0, which takes the sign off a zero."""
    return same(ours + 0.0, theirs + 0.0)


def same(ours, theirs):
    """Equal to rounding, in NaN, and in the sign of zero."""
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) and math.isnan(ours)
    if ours == theirs:
        return math.copysign(1, ours) == math.copysign(1, theirs)
    return math.isclose(ours, theirs, rel_tol=1e-14, abs_tol=5e-324)


def tensors(*xs):
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]


def torch_function(name):
    if name == "softplus":  # PyTorch's own switches to x above its threshold
        return lambda t: torch.nn.functional.softplus(t, threshold=800)
    return getattr(torch, name, None) or getattr(torch.nn.functional, name)


def check_a_function_of_one(name, x):
    v = Value(x)
    try:
        y = getattr(autograd, name)(v)
    except (ValueError, OverflowError):
        assert math.isfinite(x)  # only a finite operand raises
        return
    y.backward()
    (t,) = tensors(x)
    expected = torch_function(name)(t)
    expected.backward()
    assert same(y.data, expected.item()), (y.data, expected.item())
    better = (name, x) in BETTER or (name == "elu" and x != x)
    assert better or same_gradient(v.grad, float(t.grad)), (v.grad, float(t.grad))


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one(name):
    for x in SPECIAL:
        check_a_function_of_one(name, x)


def check_a_function_of_two(op, x, y):
    a, b = Value(x), Value(y)
    z = getattr(autograd, op)(a, b)
    z.backward()
    t, u = tensors(x, y)
    expected = getattr(torch, op)(t, u)
    expected.backward()
    assert same(z.data, expected.item())
    if op == "hypot" or all(1e-150 < abs(v) < 1e150 or v != v for v in (x, y)):  # no overflow there
        assert same_gradient(a.grad, float(t.grad))
        assert same_gradient(b.grad, float(u.grad))


@pytest.mark.parametrize("op", ["hypot", "atan2"])
def test_a_function_of_two(op):
    for x, y in PAIRS:
        check_a_function_of_two(op, x, y)


def check_an_operator(op, x, y):
    a, b = Value(x), Value(y)
    try:
        z = BINARY[op](a, b)
    except (ArithmeticError, ValueError):
        assert math.isfinite(x)
        assert math.isfinite(y)
        return
    z.backward()
    t, u = tensors(x, y)
    expected = BINARY[op](t, u)
    expected.backward()
    assert same(z.data, expected.item()), (z.data, expected.item())
    assert same_gradient(a.grad, float(t.grad)), (a.grad, float(t.grad))
    assert same_gradient(b.grad, float(u.grad)), (b.grad, float(u.grad))


@pytest.mark.parametrize("op", BINARY)
def test_an_operator(op):
    for x, y in PAIRS:
        check_an_operator(op, x, y)


def check_the_larger_and_the_smaller(op, x, y):
    a, b = Value(x), Value(y)
    z = getattr(autograd, op)(a, b)
    z.backward()
    t, u = tensors(x, y)
    expected = getattr(torch, op)(t, u)
    expected.backward()
    assert same(z.data, expected.item()) or x == y == 0.0
    assert same_gradient(a.grad, float(t.grad))
    assert same_gradient(b.grad, float(u.grad))


@pytest.mark.parametrize("op", ["maximum", "minimum"])
def test_the_larger_and_the_smaller(op):
    for x, y in PAIRS:
        check_the_larger_and_the_smaller(op, x, y)


@pytest.mark.parametrize(
    "xs", [[1.0, math.inf], [1.0, -math.inf], [-math.inf] * 2, [1.0, math.nan], [math.inf] * 2]
)
def test_sums_of_exponentials(xs):
    values, (t,) = [Value(x) for x in xs], [torch.tensor(xs, dtype=torch.float64)]
    t.requires_grad_()
    y, expected = autograd.logsumexp(values), torch.logsumexp(t, 0)
    y.backward()
    expected.backward()
    assert same(y.data, expected.item())
    assert [same_gradient(v.grad, float(g)) for v, g in zip(values, t.grad, strict=True)] == [
        True
    ] * 2
    shares = autograd.softmax(values)
    theirs = torch.softmax(t.detach(), 0)
    assert [same(s.data, p.item()) for s, p in zip(shares, theirs, strict=True)] == [True] * 2


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (autograd.log, 0.0),
        (autograd.log, -1.0),
        (autograd.log1p, -1.0),
        (autograd.sqrt, -1.0),
        (autograd.asin, 1.5),
        (autograd.acos, -1.5),
        (autograd.acosh, 0.5),
        (autograd.atanh, 1.0),
        (autograd.log2, 0.0),
        (autograd.log10, -1.0),
        (autograd.sinh, 711.0),
        (autograd.cosh, -711.0),
        (autograd.exp2, 1024.0),
        (lambda v: autograd.hypot(v, v), 1.7e308),
        (lambda v: autograd.leaky_relu(v, 1e10), -1e300),
        (lambda v: 1 / v, 0.0),
        (lambda v: v / 0, 1.0),
        (lambda v: v**-1, 0.0),
        (lambda v: 0**v, -1.0),
        (lambda v: v**0.5, -1.0),
        (autograd.exp, 710.0),
        (autograd.expm1, 710.0),
        (lambda v: v * 1e300, 1e300),
        (lambda v: v + 1.7e308, 1.7e308),
        (lambda v: v - -1.7e308, 1.7e308),
        (lambda v: v / 1e-300, 1e300),
        (lambda v: v**3, 1e300),
        (lambda v: v * v, 1e300),
        (lambda v: autograd.dot([v, v], [1e300, 1.0]), 1e300),
        (lambda v: autograd.total([v, v]), 1.7e308),
    ],
)
def test_a_finite_operand_outside_the_domain_raises_and_is_named(f, x):
    with pytest.raises((ValueError, ZeroDivisionError, OverflowError), match=r"\bspeed\b.*= "):
        f(Value(x, "speed"))


def test_the_error_says_which_operation_number_and_label():
    with pytest.raises(autograd.DomainError, match=r"log\(p\) with p = -1\.0 is undefined"):
        autograd.log(Value(-1.0, "p"))
    with pytest.raises(autograd.PoleError, match=r"1\.0 / n with n = 0\.0: division by zero"):
        1 / Value(0.0, "n")
    with pytest.raises(autograd.RangeError, match=r"exp\(1000\.0\) overflows"):
        autograd.exp(1000.0)
