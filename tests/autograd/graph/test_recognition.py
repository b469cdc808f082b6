"""Activations built by hand are known again, and nothing else is taken for one."""

import math
import random

import pytest

from autograd import Value, cos, derive, exp, log, sin
from autograd.graph import recognise

z = Value(0.3, "z")
w = Value(0.7, "w")
ROW = [Value(x, f"z{i}") for i, x in enumerate([0.3, -1.2, 0.8])]


def is_labelled(v):
    return v.label is not None


def found(v):
    known = recognise(v, is_labelled)
    return known and (known.op, known.operands)


@pytest.mark.parametrize(
    ("v", "op"),
    [
        (1 / (1 + exp(-z)), "sigmoid"),
        ((1 + exp(-z)) ** -1, "sigmoid"),
        (exp(z) / (1 + exp(z)), "sigmoid"),
        (1 - 1 / (exp(z) + 1), "sigmoid"),
        ((exp(z) - exp(-z)) / (exp(z) + exp(-z)), "tanh"),
        ((exp(2 * z) - 1) / (exp(2 * z) + 1), "tanh"),
        (1 - 2 / (exp(2 * z) + 1), "tanh"),
        (log(1 + exp(z)), "softplus"),
    ],
)
def test_a_function_of_one_number(v, op):
    assert found(v) == (op, (z,))


def test_the_argument_may_have_no_label():
    v = 1 / (1 + exp(-(w * z + 1.0)))
    op, (argument,) = found(v)
    assert op == "sigmoid"
    assert argument.data == w.data * z.data + 1.0


def test_softmax_with_and_without_the_largest_taken_off():
    for shift in (0.0, 0.8):
        xs = [x - shift for x in ROW] if shift else ROW
        es = [exp(x) for x in xs]
        total = sum(es)
        for i, e in enumerate(es):
            known = recognise(e / total, is_labelled)
            assert known.op == "softmax"
            assert known.arguments == (i, tuple(xs))


@pytest.mark.parametrize(
    "v",
    [
        1 / (1 + exp(-z) + 1e-9),
        1 / (1 + exp(-1.000001 * z)) * w,
        1 / (1 + exp(z)),
        log(1 + exp(z) + 1e-10),
        (exp(z) - exp(-z)) / (exp(z) + exp(-w)),
        exp(ROW[0]) / (exp(ROW[0]) + 2 * exp(ROW[1])),
        exp(ROW[0]) / (exp(ROW[1]) + exp(ROW[2])),
        exp(z) / cos(z),
        z * 2,
    ],
)
def test_what_only_looks_like_one(v):
    assert found(v) is None


@pytest.mark.parametrize("seed", range(30))
def test_random_formulas_are_taken_for_one_only_by_its_numbers(seed):
    rng = random.Random(seed)
    nodes = [Value(0.4, "x"), exp(Value(0.4, "x"))]
    for _ in range(6):
        a, b = rng.choices(nodes, k=2)
        make = rng.choice([lambda a, b: a + b, lambda a, b: a / (b * b + 1), lambda a, b: -a, exp])
        nodes.append(make(a, b) if make is not exp else exp(sin(a)))
    for v in nodes[2:]:
        known = recognise(v, is_labelled)
        if known is not None and known.op == "sigmoid":
            (x,) = known.operands
            assert math.isclose(v.data, 1 / (1 + math.exp(-x.data)), rel_tol=1e-12)


def test_derivations_say_what_was_recognised():
    a = 1 / (1 + exp(-(w * z)))
    a.label = "a"
    assert "a(1 − a)·z" in str(derive((a - 1.0) ** 2, w))
    h = (exp(z) - exp(-z)) / (exp(z) + exp(-z))
    h.label = "h"
    assert str(derive(h, z)).split("\n")[0] == "∂h/∂z = 1 − h²"
    assert str(derive(log(1 + exp(z)), z)).split("\n")[0] == "∂L/∂z = σ(z)"
    es = [exp(x) for x in ROW]
    total = sum(es)
    ps = [e / total for e in es]
    for i, p in enumerate(ps):
        p.label = f"p{i}"
    loss = -log(ps[1])
    assert "p1(1 − p1)" in str(derive(loss, "z1"))
    assert "−p1·p0" in str(derive(loss * ps[0], "z0")) or "−p0·p1" in str(
        derive(loss * ps[0], "z0")
    )


@pytest.mark.slow
def test_a_million_deep_is_not_looked_through():
    v = exp(z)
    for _ in range(1_000_000):
        v = v + 1.0
    assert recognise(1 / v, is_labelled) is None
