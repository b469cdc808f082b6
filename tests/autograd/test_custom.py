"""Operations of the user's own: their derivatives against mpmath's, in every reader of graphs."""

import math
import pickle
import warnings

import mpmath
import numpy as np
import pytest

from autograd import (
    DomainError,
    GraphError,
    Value,
    audit,
    check_gradients,
    custom,
    derive,
    derive_general,
    draw_dot,
    exp,
    grad,
    hessian,
    log,
    record,
    sqrt,
)


def ndtr(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def density(x):
    return exp(-x * x / 2) / math.sqrt(2 * math.pi)


normal = custom(ndtr, [density], name="normal")


def area(width, height):
    return width * height * height


box = custom(area, lambda w, h: [h * h, 2 * w * h])


def number_of(text):
    return float(text.replace("−", "-"))


def test_values_and_derivatives_are_those_that_were_given():
    w, h = Value(3.0, "w"), Value(2.0, "h")
    y = box(2 * w, h)
    y.backward()
    assert (y.data, w.grad, h.grad) == (24.0, 8.0, 24.0)
    assert box(6.0, 2.0) == 24.0
    assert box(6.0, h).operands[1] is h
    check_gradients(lambda a, b: box(a, b).log() * a, [1.3, 0.7])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_any_order_equal_mpmaths(order):
    d = normal
    for _ in range(order):
        d = grad(d)
    for x in (-1.3, 0.2, 2.1):
        assert d(x) == pytest.approx(float(mpmath.diff(mpmath.ncdf, x, order)), rel=1e-12)


def test_second_derivatives_by_two_arguments():
    assert hessian(box)(3.0, 2.0) == hessian(area)(3.0, 2.0) == [[0.0, 4.0], [4.0, 6.0]]


def test_a_numpy_number_and_array_results_are_numbers():
    f = custom(lambda x: np.float64(x) ** 2, lambda x: np.array([2.0 * x]), name="square")
    x = Value(3.0)
    f(x).backward()
    assert x.grad == 6.0


def test_without_partials_it_warns_and_takes_differences():
    with pytest.warns(UserWarning, match="ndtr is given no partials: .* differences"):
        f = custom(ndtr)
    assert grad(f)(0.7) == pytest.approx(float(mpmath.npdf(0.7)), rel=1e-9)
    with pytest.raises(GraphError, match=r"no second derivative of ndtr: .* differences"):
        hessian(f)(0.7)


def test_a_partial_that_reads_numbers_has_no_derivative():
    f = custom(ndtr, [lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi)], name="f")
    assert grad(f)(0.7) == pytest.approx(float(mpmath.npdf(0.7)), rel=1e-14)
    with pytest.raises(GraphError, match=r"no second derivative of f: .* they read numbers"):
        hessian(f)(0.7)
    g = custom(ndtr, [lambda x: x.is_integer() + x], name="g")
    with pytest.raises(GraphError, match=r"no second derivative of g: .*is_integer"):
        hessian(g)(1.0)


def test_derivations_write_it_by_its_name():
    s, k = Value(3.0, "s"), Value(0.5, "k")
    y = box(1.5 * s, k) * k
    y.label = "y"
    d = derive(y, s)
    assert "∂area/∂width(1.5·s, k)" in str(d)
    assert r"\frac{\partial \operatorname{area}}{\partial width}" in d.latex.replace(
        r"\mathrm{width}", "width"
    )
    assert number_of(str(d).rsplit("= ", 1)[1]) == pytest.approx(1.5 * 0.5**3)
    assert "area(1.5·s, k)" in d.text("steps")
    assert str(d.expression) == "3*k*area_width(3*s/2, k)/2"
    with pytest.raises(ValueError, match="second derivatives of area are no formulas"):
        d.second()


def test_the_change_of_its_value_is_written_by_its_partials():
    s, w = Value(3.0, "s"), Value(0.5, "w")
    y = (box(s, 2.0) * w) ** 2
    y.label = "y"
    second = derive(y, w).second("s")
    assert "∂area/∂width(s, 2)" in str(second)
    exact = hessian(lambda s, w: (area(s, 2.0) * w) ** 2)(3.0, 0.5)[0][1]
    assert number_of(str(second).rsplit("= ", 1)[1]) == pytest.approx(exact)


def test_pictures_show_its_name():
    y = box(Value(3.0, "s"), Value(0.5, "k"))
    y.label = "y"
    assert "area" in draw_dot(y).source


def test_audits_find_what_was_done_to_its_partial():
    s, k = Value(3.0, "s"), Value(0.5, "k")
    y = box(s, k) * 4.0
    y.label = "y"
    found = audit(y, {"y": 3.0, "∂y/∂s": 0.25, "∂y/∂k": 12.0})
    assert found["y"].verdict == "exact"
    assert found["∂y/∂k"].verdict == "exact"
    assert found["∂y/∂s"].verdict == "wrong"
    assert found["∂y/∂s"].diagnoses


def test_a_general_formula_says_that_there_is_none():
    with pytest.raises(NotImplementedError, match="area has no general form"):
        derive_general(box(Value(1.0, "w_1"), Value(2.0, "w_2")), "w")


def test_a_tape_records_an_expression():
    f = custom(
        lambda x, a: exp(-a * x), lambda x, a: [-a * exp(-a * x), -x * exp(-a * x)], name="f"
    )
    a = Value(0.7, "a")
    tape = record(lambda x: f(x, a) ** 2, inputs=1)
    value, gradient = tape.value_and_grad([[2.0]])
    assert value == pytest.approx(math.exp(-2.8), rel=1e-14)
    assert gradient[0] == pytest.approx(-4.0 * math.exp(-2.8), rel=1e-14)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (custom(math.gamma, [lambda x: 1.0], name="gamma"), "given Values it returns float"),
        (custom(lambda x: x.is_integer() + x, [lambda x: 1.0], name="g"), "no expression.*is_int"),
        (custom(lambda x: x * x, [lambda x: x], name="half"), r"partial by x is [\d.]+ at x"),
    ],
)
def test_a_tape_refuses_what_is_no_expression(f, why):
    with pytest.raises(GraphError, match=f"{f.name} cannot be recorded: .*{why}"):
        record(f, inputs=1)


def test_a_tape_refuses_a_node_that_was_made_before():
    y = normal(Value(0.3, "x"))
    with pytest.raises(GraphError, match="'normal' cannot be recorded"):
        record(lambda x: x * y, inputs=1)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((3,), TypeError, "takes a function"),
        ((math.exp, [math.exp]), ValueError, "an operation exp already"),
        ((area, [1.0, 2.0]), TypeError, "partials of area are functions"),
        ((area, "ab"), TypeError, "partials of area are functions"),
        ((area, [lambda w, h: 1.0]), ValueError, r"area takes \(width, height\) but has 1"),
        ((lambda *xs: xs[0],), ValueError, "does not tell how many"),
        ((area, [area, area], "a b"), TypeError, "is one word"),
    ],
)
def test_bad_definitions_are_refused(arguments, error, says):
    f, partials, name = (*arguments, None, None)[:3]
    with pytest.raises(error, match=says):
        custom(f, partials, name=name)


@pytest.mark.parametrize(
    ("f", "partials", "error", "says"),
    [
        (lambda x: "a", [lambda x: 1.0], TypeError, "f: expected a real number"),
        (lambda x: x, [lambda x: "a"], TypeError, "a partial of f: expected a real number"),
        (lambda x: x, lambda x: [1.0, 2.0], ValueError, "partials of f are 2 numbers"),
        (lambda x: x, [lambda x: math.nan], DomainError, "has a partial by x that is nan"),
        (lambda x: x, [lambda x: math.inf], DomainError, "f.x. with x = 2.0 has a partial by x"),
        (lambda x: math.inf, [lambda x: 1.0], DomainError, r"f\(x\) with x = 2.0 is inf"),
        (lambda x: x / 0, [lambda x: 1.0], DomainError, r"f\(x\) with x = 2.0 is undefined"),
    ],
)
def test_bad_results_are_refused(f, partials, error, says):
    with pytest.raises(error, match=says):
        custom(f, partials, name="f")(Value(2.0))


def test_calls_with_other_counts_are_refused():
    with pytest.raises(TypeError, match=r"area takes \(width, height\), but is given 1"):
        box(Value(1.0))


def test_stale_numbers_are_noticed():
    x = Value(0.5, "x")
    y = normal(x) * 2.0
    x.data = 0.7
    with pytest.raises(GraphError, match="normal"):
        y.backward()
    x.data = 0.5
    y.backward()
    assert x.grad == pytest.approx(2.0 * float(mpmath.npdf(0.5)))


def test_it_pickles_where_its_functions_do():
    operation = custom(ndtr, [log], name="by_name")
    x = Value(0.5, "x")
    y = pickle.loads(pickle.dumps(operation(x) * x))
    y.backward()
    assert y.operands[1].grad == pytest.approx(ndtr(0.5) + 0.5 * math.log(0.5))


def test_a_name_of_the_module_is_no_operation():
    f = custom(sqrt, [lambda x: 0.5 / sqrt(x)], name="math")
    x = Value(4.0, "x")
    y = f(x)
    x.data = 4.0
    x.data = 9.0
    x.data = 4.0
    y.backward()
    assert x.grad == 0.25


def test_no_warning_where_partials_are_given():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        custom(area, [area, area], name="quiet")
