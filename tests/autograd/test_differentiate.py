"""grad, value_and_grad, hessian: against SymPy and JAX, nested; and the checker itself."""

import math

import mpmath
import numpy as np
import pytest
import sympy
from extras import extra

import autograd
from autograd import (
    GradientError,
    Value,
    check_gradients,
    cos,
    exp,
    grad,
    hessian,
    log,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
    value_and_grad,
)
from autograd.value import node

FUNCTIONS = {
    "polynomial": (lambda x: x**3 - 2 * x**2 + 5 / x, "x**3 - 2*x**2 + 5/x"),
    "power": (lambda x: x**x, "x**x"),
    "base": (lambda x: 2**x, "2**x"),
    "waves": (lambda x: sin(x) * cos(2 * x) + tanh(x), "sin(x)*cos(2*x) + tanh(x)"),
    "sigmoid": (lambda x: sigmoid(3 * x - 1), "1/(1 + exp(1 - 3*x))"),
    "logs": (lambda x: log(x) * sqrt(x) - softplus(x), "log(x)*sqrt(x) - log(1 + exp(x))"),
    "tower": (lambda x: exp(-x * x) / (1 + x), "exp(-x*x)/(1 + x)"),
    "dot": (lambda x: autograd.dot([x, x * x], [sin(x), 2.0], x), "x*sin(x) + 2*x**2 + x"),
    "share": (lambda x: softmax([x, x * x, 1.0])[1], "exp(x**2)/(exp(x) + exp(x**2) + exp(1))"),
}


@pytest.mark.many
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_to_the_third_order_equal_sympys(name, order):
    f, text = FUNCTIONS[name]
    exact = sympy.diff(sympy.sympify(text), "x", order)
    d = f
    for _ in range(order):
        d = grad(d)
    for x in (0.4, 1.3):
        assert d(x) == pytest.approx(float(exact.subs("x", x)), rel=1e-11)


@pytest.mark.slow
def test_derivatives_to_the_third_order_equal_jax():
    jax = extra("jax")
    jax.config.update("jax_enable_x64", True)

    def f(m, x, y):
        return m.tanh(x * y) + m.log(x + y) * m.exp(-x) - m.sin(y) / x

    ours = lambda x, y: f(autograd, x, y)  # noqa: E731
    theirs = lambda x, y: f(jax.numpy, x, y)  # noqa: E731
    at = (0.7, 1.9)
    assert value_and_grad(ours)(*at)[0] == pytest.approx(float(theirs(*at)), rel=1e-14)
    for _ in range(3):
        ours, theirs = grad(ours), jax.grad(theirs)
        assert ours(*at) == pytest.approx(float(theirs(*at)), rel=1e-11)
    mixed = grad(grad(lambda x, y: f(autograd, x, y), wrt=1), wrt=0)(*at)
    expected = jax.grad(jax.grad(lambda x, y: f(jax.numpy, x, y), 1), 0)(*at)
    assert mixed == pytest.approx(float(expected), rel=1e-11)
    ours_h = hessian(lambda x, y: f(autograd, x, y))(*at)
    theirs_h = jax.hessian(lambda x, y: f(jax.numpy, x, y), (0, 1))(*at)
    assert np.allclose(ours_h, np.array(theirs_h), rtol=1e-11)


def test_an_inner_derivative_does_not_mix_with_the_outer_one():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(5.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * x * y)(2.0))(3.0) == 6.0


def test_high_order_at_zero():
    assert grad(grad(grad(lambda x: x**2)))(0.0) == 0.0
    assert grad(grad(grad(lambda x: x**3)))(0.0) == 6.0
    assert grad(grad(lambda x: (-x) ** 3))(2.0) == -12.0


def test_shapes_of_arguments_are_kept():
    f = lambda xs, k: xs[0] * xs[1] ** k  # noqa: E731
    assert grad(f)([2.0, 3.0], 2) == [9.0, 12.0]
    assert grad(f)((2.0, 3.0), 2) == (9.0, 12.0)
    found = grad(lambda m: (m @ np.array([1.0, 2.0])).sum())(np.ones((2, 2)))
    assert found.dtype == float
    assert found.tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert grad(lambda w: (w["a"] if isinstance(w, dict) else w) * 2)(1) == 2.0
    assert grad(lambda x, y: x * y, wrt=(1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert grad(lambda x, y: x * y, wrt=-1)(2.0, 3.0) == 2.0


def test_a_function_that_does_not_depend_on_its_argument():
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert value_and_grad(lambda x, y: y * 2)(1.0, 2.0) == (4.0, 0.0)
    assert hessian(lambda x, y: x)(1.0, 2.0) == [[0.0, 0.0], [0.0, 0.0]]


def test_values_from_outside_stay_and_keep_their_gradients():
    w = Value(3.0, "w")
    slope = grad(lambda x: w * x * x)(2.0)
    assert slope.data == 12.0
    assert w.grad == 0.0
    (slope**2).backward()
    assert w.grad == 2 * 12.0 * 4.0


def test_grad_inside_a_graph():
    x = Value(2.0)
    y = grad(lambda v: v**3)(x) * x
    y.backward()
    assert y.data == 24.0
    assert x.grad == 36.0


@pytest.mark.parametrize("bad", [[1.0], "1", None])
def test_a_result_that_is_no_number_is_refused(bad):
    with pytest.raises(TypeError, match="the function's result"):
        grad(lambda x: bad)(1.0)


def test_a_wrong_position_is_named():
    with pytest.raises(IndexError, match="wrt=2, but the function was given 1"):
        grad(lambda x: x, wrt=2)(1.0)
    with pytest.raises(TypeError):
        grad(lambda x: x)("1")


# The checker


def wrong(x, partial):
    return node(math.tanh(x.data), "tanh", x, partial)


def test_the_checker_passes_a_right_derivative():
    check_gradients(lambda x: wrong(x, 1 - math.tanh(x.data) ** 2), [0.3])
    check_gradients(lambda v: v[0] ** v[1] + log(v[0]), [[0.5, 3.0]])
    check_gradients(log, [1e-9], tolerance=1e-3)
    check_gradients(exp, [30.0])


@pytest.mark.parametrize("factor", [1 + 1e-5, -1.0, 0.0, 2.0, math.nan])
def test_the_checker_fails_on_a_wrong_derivative(factor):
    partial = (1 - math.tanh(0.3) ** 2) * factor
    with pytest.raises(GradientError, match=r"value 0 = 0\.3 is .* but differences give 0\.915"):
        check_gradients(lambda x: wrong(x, partial), [0.3])


def test_the_checker_names_parameters_and_leaves_their_data():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    check_gradients(lambda: sigmoid(w * 2 + b), [w, b])
    assert (w.data, b.data, w.grad) == (0.5, 0.1, 0.0)
    with pytest.raises(GradientError, match=r"by w = 0\.5 is"):
        check_gradients(lambda: wrong(w, 3.0), [w])
    assert w.data == 0.5
    with pytest.raises(TypeError, match="takes no arguments"):
        check_gradients(lambda: w * 1, [0.5])


def test_second_derivatives_of_a_power_at_its_edges():
    a, b = 2.0, 0.0
    found = hessian(lambda a, b: a**b)(a, b)
    assert found == [[0.0, 1 / a], [1 / a, math.log(a) ** 2]]
    assert grad(grad(lambda x: x**0.5))(0.0) == -math.inf
    assert grad(grad(lambda x: x**-1.0))(1e-300) == math.inf
    assert grad(grad(autograd.sqrt))(0.0) == -math.inf


SECOND = {
    "sigmoid": (40.0, lambda x: mpmath.diff(lambda v: 1 / (1 + mpmath.exp(-v)), x, 2)),
    "tanh": (20.0, lambda x: mpmath.diff(mpmath.tanh, x, 2)),
    "erf": (26.0, lambda x: -4 * x * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi)),
    "erfc": (26.0, lambda x: 4 * x * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi)),
    "gelu": (-30.0, lambda x: (2 - x * x) * mpmath.npdf(x)),
    "silu": (-300.0, lambda x: mpmath.exp(x) * (x + 2)),
    "softplus": (-300.0, mpmath.exp),
    "asin": (1e-160, lambda x: x * (1 - x * x) ** -1.5),
    "acos": (1e-160, lambda x: -x * (1 - x * x) ** -1.5),
    "atanh": (1e-160, lambda x: 2 * x / (1 - x * x) ** 2),
}
AT = [
    *[(name, x) for name, (x, _) in SECOND.items()],
    *[(name, x) for name in ("asin", "acos", "atanh") for x in (1e-6, -0.3, 0.6, 1 - 1e-9)],
]


@pytest.mark.parametrize(("name", "x"), AT)
def test_nested_derivatives_lose_no_digits(name, x):
    exact = SECOND[name][1]
    with mpmath.workdps(400):
        wanted = float(exact(mpmath.mpf(x)))
    value, slope = autograd.value_and_grad(grad(getattr(autograd, name)))(x)
    assert value == pytest.approx(getattr(autograd, name)(Value(x)).partials[0], rel=1e-14)
    assert slope == pytest.approx(wanted, rel=1e-12)
