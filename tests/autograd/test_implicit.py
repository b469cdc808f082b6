"""Roots as nodes: against closed forms and mpmath, to second order and more."""

import copy
import math
import pickle

import mpmath
import pytest
import sympy

from autograd import (
    GraphError,
    SolveError,
    Value,
    audit,
    check_gradients,
    cos,
    derive,
    draw_dot,
    exp,
    grad,
    hessian,
    log,
    record,
    relu,
    solve,
    sqrt,
    where,
)


def number_of(text):
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_a_cube_root_has_the_derivatives_of_one(order):
    d = lambda a: solve(lambda x: x * x * x - a, 1.0)  # noqa: E731
    for _ in range(order):
        d = grad(d)
    exact = sympy.diff(sympy.Symbol("a") ** sympy.Rational(1, 3), "a", order).subs("a", 8)
    assert float(d(8.0)) == pytest.approx(float(exact), rel=1e-13)


def kepler(mean_anomaly, eccentricity):
    return solve(lambda e: e - eccentricity * e.sin() - mean_anomaly, 1.0)


def test_keplers_equation_equals_mpmath():
    def exact(m, e):
        return mpmath.findroot(lambda x: x - e * mpmath.sin(x) - m, 1.0)

    m, e = 1.1, 0.3
    assert float(kepler(Value(m), Value(e))) == pytest.approx(float(exact(m, e)), rel=1e-15)
    found = hessian(kepler)(m, e)
    with mpmath.workdps(40):
        for i in range(2):
            assert grad(kepler, wrt=i)(m, e) == pytest.approx(
                float(mpmath.diff(exact, (m, e), (1 - i, i))), rel=1e-13
            )
            for j in range(2):
                order = (2 - i - j, i + j)
                assert found[i][j] == pytest.approx(
                    float(mpmath.diff(exact, (m, e), order)), rel=1e-12
                )


def of_system(a, b):
    """x + y = a, x y = b: the roots of t² − a t + b."""
    x, y = solve(lambda v: [v[0] + v[1] - a, v[0] * v[1] - b], [3.0, 1.0])
    return x * x * y


def test_a_system_equals_its_closed_form():
    a, b = sympy.symbols("a b")
    x = (a + sympy.sqrt(a * a - 4 * b)) / 2
    closed = x * x * (a - x)
    at = {a: 5.0, b: 6.0}
    assert grad(of_system, wrt=(0, 1))(5.0, 6.0) == pytest.approx(
        tuple(float(closed.diff(s).subs(at)) for s in (a, b))
    )
    exact = [[float(closed.diff(s, t).subs(at)) for t in (a, b)] for s in (a, b)]
    for row, right in zip(hessian(of_system)(5.0, 6.0), exact, strict=True):
        assert row == pytest.approx(right, rel=1e-12)


def test_values_between_and_kinks_are_differentiated():
    def f(a, b):
        c = a * b + relu(a - 1.0)
        x = solve(lambda x: exp(x) + where(x - 1.0, 2.0 * x, x) + c * x - 4.0 * a - b, 0.5)
        return x * c + a

    check_gradients(f, [1.4, 0.6], tolerance=1e-8)
    check_gradients(grad(f), [1.4, 0.6], tolerance=1e-6)
    check_gradients(grad(f, wrt=1), [1.4, 0.6], tolerance=1e-6)


def test_three_unknowns_with_pivots():
    def f(a, b, c):
        x, y, z = solve(
            lambda v: [v[1] * v[2] - a, v[0] * v[0] + v[2] - b, v[0] + v[1] - c], [1.0, 1.0, 1.0]
        )
        return x * y + z * z

    check_gradients(f, [2.0, 3.0, 3.0], tolerance=1e-8)
    check_gradients(grad(f, wrt=2), [2.0, 3.0, 3.0], tolerance=1e-6)


def test_roots_at_zero_and_of_other_sizes_are_found():
    a = Value(0.0, "a")
    assert abs(solve(lambda x: exp(x) - 1.0 - a, 1.0).data) < 1e-15
    b = Value(1e-200, "b")
    assert solve(lambda x: x * 1e-190 - b, 1.0).data == pytest.approx(1e-10, rel=1e-12)
    assert solve(lambda x: log(x) - b, 1e-3).data == 1.0
    far = solve(lambda x: x.atan() - b, 5.0)  # plain Newton diverges from there
    assert abs(far.data) < 1e-15


def test_a_root_that_is_exact_can_be_found_again():
    a = Value(4.0, "a")
    y = solve(lambda x: x * x - a, 1.5)
    assert y._a.number(9.0) == 3.0  # where the residual is 0 to the last bit
    assert y._a.slopes(9.0) == [1 / 6]


def test_a_root_that_depends_on_nothing_is_a_constant():
    x = solve(lambda x: cos(x) - x, 1.0, label="x")
    assert (x.op, x.label) == ("constant", "x")
    assert x.data == pytest.approx(
        float(mpmath.findroot(lambda x: mpmath.cos(x) - x, 1)), rel=1e-15
    )


def root_of_two():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    x = solve(lambda x: x * x - a, 1.0, label="x")
    y = x * b + a
    y.label = "y"
    return y, a


def test_derivations_write_the_implicit_derivative():
    y, _ = root_of_two()
    d = derive(y, "a")
    assert "1/(2·x)" in str(d)
    assert number_of(str(d).rsplit("= ", 1)[1]) == pytest.approx(1.0 + 1.5 / math.sqrt(2.0), 1e-5)
    second = str(d.second())
    assert number_of(second.rsplit("= ", 1)[1]) == pytest.approx(-0.75 * 2.0**-1.5, 1e-5)
    assert str(d.expression) == "b/(2*solve(a)) + 1"


def test_pictures_and_audits_read_it():
    y, _ = root_of_two()
    assert "solve" in draw_dot(y).source
    found = audit(y, {"x": 1.4142, "∂y/∂a": 2.0607, "∂y/∂x": 2.0})
    verdicts = {name: found[name].verdict for name in ("x", "∂y/∂a", "∂y/∂x")}
    assert verdicts == {"x": "rounded", "∂y/∂a": "rounded", "∂y/∂x": "wrong"}


def test_a_system_derives_too():
    a = Value(5.0, "a")
    x, _ = solve(lambda v: [v[0] + v[1] - a, v[0] * v[1] - 6.0], [3.0, 1.0], label=["x", "y"])
    root = x * a
    root.label = "r"
    # x = (a + √(a² − 24))/2, so dx/da = (1 + a/√(a² − 24))/2 = 3
    assert number_of(str(derive(root, "a")).rsplit("= ", 1)[1]) == pytest.approx(3.0 + 15.0)


def test_copies_and_pickles_keep_the_derivative():
    y, a = root_of_two()
    y.backward()
    for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        leaf = next(v for v in other.operands if v.label == "a")
        leaf.grad = 0.0
        other.backward()
        assert leaf.grad == a.grad


def test_numbers_changed_and_put_back_are_noticed():
    y, a = root_of_two()
    a.data = 2.5
    with pytest.raises(GraphError, match="a was changed"):
        y.backward()
    a.data = 2.0
    y.backward()
    assert a.grad == pytest.approx(1.0 + 1.5 / math.sqrt(2.0))


@pytest.mark.parametrize(
    ("solving", "error", "says"),
    [
        (lambda a: solve(lambda x: x * x + a, 1.0, label="vol"), SolveError, "for vol|by vol"),
        (
            lambda a: solve(lambda x: x * x - a, 0.0, label="vol"),
            SolveError,
            "derivative by vol is 0",
        ),
        (lambda a: solve(lambda x: a, 1.0), SolveError, "derivative by x is 0"),
        (
            lambda a: solve(lambda v: [v[0] + v[1] - a, 2 * v[0] + 2 * v[1]], [1.0, 2.0]),
            SolveError,
            "singular: its derivative by x2 is 0 or a combination",
        ),
        (lambda a: solve(lambda x: x * x - a, 1.0, max_steps=1), SolveError, "after 1 steps"),
        (
            lambda a: solve(lambda x: sqrt(x - 5.0) + a, 9.0),
            SolveError,
            "no solution for x|by x is",
        ),
        (lambda a: solve(lambda x: [x, a], 1.0), ValueError, "as many residuals, not 2"),
        (lambda a: solve(3, 1.0), TypeError, "takes a function"),
        (lambda a: solve(lambda x: x - a, "1"), TypeError, "x0: expected a real number"),
        (lambda a: solve(lambda x: x - a, []), ValueError, "x0 is empty"),
        (lambda a: solve(lambda v: v, [1.0, 2.0], label="x"), ValueError, "2 labels in a list"),
        (lambda a: solve(lambda x: x - a, 1.0, max_steps=0), ValueError, "max_steps"),
        (
            lambda a: record(lambda q: solve(lambda x: x - q, 1.0), 1),
            GraphError,
            "cannot be recorded",
        ),
    ],
)
def test_what_cannot_be_solved_is_said(solving, error, says):
    with pytest.raises(error, match=says):
        solving(Value(2.0, "a"))
