"""Every row of the table against the operators, finite differences, SymPy and NumPy."""

import math
import random

import numpy as np
import pytest
import sympy

import autograd
from autograd import Value
from autograd.replay.tape import ENGINES
from autograd.rules import EAGER, RULES, arrays, symbols
from autograd.value import node

MAKE = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda x: -x,
    "abs": abs,
    "identity": lambda x: node(x.data, "identity", x, 1.0),
    "dot": lambda *xs: autograd.dot(xs[:2], xs[2:4], xs[4]),
    "total": lambda *xs: autograd.total(xs),
    "mean": lambda *xs: autograd.mean(xs),
    "logsumexp": lambda *xs: autograd.logsumexp(xs),
    "softmax": lambda *xs: autograd.softmax(xs)[1],
    "take": lambda *xs: autograd.take(xs, 1),
}
COUNTS = {"dot": 5, "total": 4, "mean": 4, "logsumexp": 4, "softmax": 4, "take": 4, "where": 3}


def count(name):
    return COUNTS.get(name, len(RULES[name].parameters))


def make(name, xs):
    return MAKE.get(name, getattr(autograd, name, None))(*xs)


DOMAINS = {"asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atanh": (-0.9, 0.9), "acosh": (1.1, 9.0),
           "tan": (-1.3, 1.3)}  # fmt: skip


def points(name, n=25):
    rng = random.Random(name)
    for _ in range(n):
        yield [rng.uniform(*DOMAINS.get(name, (0.2, 2.5))) for _ in range(count(name))]


def in_shape(name, flat):
    """A row of numbers as the rule of the operation takes them."""
    flat = tuple(flat)
    if name == "dot":
        return (flat[:2], flat[2:4], flat[4])
    if name == "softmax":
        return (1, flat)
    if name == "take":
        return (flat, 1)
    return (flat,) if RULES[name].parameters == ("values",) else flat


@pytest.mark.many
@pytest.mark.parametrize("name", RULES)
def test_the_operator_stores_the_rules_value_and_partials(name):
    for xs in points(name):
        values = [Value(x) for x in xs]
        y = make(name, values)
        assert y.op == name
        rule = RULES[name]
        assert float(rule.evaluate(y.arguments)) == pytest.approx(y.data, rel=1e-15)
        partials = [float(d) for d in rule.differentiate(y.arguments, y)]
        assert partials == pytest.approx(list(y.partials), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", RULES)
def test_the_partials_equal_finite_differences(name):
    for xs in points(name, 8):
        autograd.check_gradients(lambda *vs: make(name, vs), xs, tolerance=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_the_same_expressions_work_on_symbols(name):
    names = sympy.symbols(f"x:{count(name)}", positive=True)
    arguments = in_shape(name, names)
    value = RULES[name].evaluate(arguments, symbols())
    partials = RULES[name].differentiate(arguments, value, symbols())
    for xs in points(name, 3):
        at = dict(zip(names, xs, strict=True))
        y = make(name, [Value(x) for x in xs])
        assert float(sympy.sympify(value).subs(at)) == pytest.approx(y.data, rel=1e-12)
        found = [float(sympy.sympify(d).subs(at)) for d in partials]
        assert found == pytest.approx(list(y.partials), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_the_same_expressions_work_on_arrays(name):
    rows = list(points(name, 7))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    arguments = in_shape(name, columns)
    value = RULES[name].evaluate(arguments, arrays())
    partials = RULES[name].differentiate(arguments, value, arrays())
    for i, xs in enumerate(rows):
        y = make(name, [Value(x) for x in xs])
        assert value[i] == pytest.approx(y.data, rel=1e-14)
        found = [np.broadcast_to(d, len(rows))[i] for d in partials]
        assert found == pytest.approx(list(y.partials), rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("name", RULES)
def test_on_values_the_partials_give_second_derivatives(name):
    xs = next(points(name, 1))
    n = range(len(xs))
    ours = autograd.hessian(lambda *vs: make(name, vs))(*xs)
    for i in n:
        theirs = [
            autograd.differentiate.difference(
                lambda at, j=j: autograd.grad(lambda *vs: make(name, vs), wrt=j)(*at), xs, i
            )
            for j in n
        ]
        assert ours[i] == pytest.approx(theirs, rel=1e-7, abs=1e-8)


@pytest.mark.many
@pytest.mark.parametrize("name", RULES)
def test_a_row_is_all_that_derivations_pictures_and_tapes_need(name):
    xs = next(points(name, 1))
    values = [Value(x, f"x{i}") for i, x in enumerate(xs)]
    y = make(name, values)
    y.label = "y"
    partials = dict(zip(y.operands, y.partials, strict=True))
    at = {v.label: v.data for v in values}
    for v in values:
        d = autograd.derive(y, v)
        if len(values) < 3:  # else a sum of many
            found = d.expression.subs({s: at[s.name] for s in d.expression.free_symbols})
            assert float(found) == pytest.approx(partials[v], rel=1e-12)
        assert d.value == pytest.approx(partials[v], rel=1e-12)
        assert d.text("steps")
        assert r"\frac{\partial" in d.latex
    assert RULES[name].box in str(autograd.draw(y).source)
    assert "y = " in str(autograd.sweep(y))
    for engine in ENGINES:
        tape = autograd.record(lambda: make(name, values), parameters=values).with_engine(engine)
        value, gradient = tape.value_and_grad()
        assert value == pytest.approx(y.data, rel=1e-14)
        assert gradient == pytest.approx([partials[v] for v in values], rel=1e-12, abs=1e-15)


def test_every_space_names_what_the_expressions_use():
    for space in (EAGER, symbols(), arrays()):
        for rule in RULES.values():
            partials = rule.partials if space is symbols() else rule.accurate
            used = set()
            for expression in [rule.value, *filter(None, partials)]:
                used |= set(compile(expression, rule.name, "eval").co_names)
            assert used - set(rule.parameters) - {"y", "len", "int", "enumerate"} <= set(space)


def test_corners_follow_pytorch():
    zero_to_zero = Value(0.0) ** Value(0.0)
    assert (zero_to_zero.data, zero_to_zero.partials) == (1.0, (0.0, 0.0))
    power = RULES["**"]
    assert power.differentiate(zero_to_zero.arguments, zero_to_zero) == [0, 0]
    negative = Value(-2.0) ** Value(3.0)
    assert negative.partials[0] == 12.0
    assert math.isnan(negative.partials[1])
    assert math.isnan(power.differentiate(negative.arguments, negative)[1])
    assert autograd.relu(Value(0.0)).partials == (0.0,)
    assert abs(Value(0.0)).partials == (0.0,)
