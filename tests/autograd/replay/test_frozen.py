"""Graphs that depend on the numbers are found when they are recorded, and the line is named."""

import functools
import math
import random
import re

import pytest

import nn
from autograd import GraphError, Value, log, record, total, where
from autograd.replay.reach import leaves_of

w, b = Value(0.5, "w"), Value(0.1, "b")


def branch(x, y):
    return w * x if x > 0 else w * y


def branch_on_a_weight(x, y):
    if w > 0:
        return w * x
    return w * y


def far_branch(x, y):
    return w * x if x > 1000 else w * y * y


def far_branch_on_a_weight(x, y):
    return w * x if w > 100 else w * y * y


def truth(x, y):
    return w * x if x else w * y


def missing(x, y):
    return w * y if math.isnan(x.data) else w * x


def number(x, y):
    return w * float(x) + y


def number_of_a_weight(x, y):
    return float(w) * b * x + y


def data(x, y):
    return w * x.data + y


def data_of_a_weight(x, y):
    return Value(w.data) * x * b + y


def mathematics(x, y):
    return w * math.exp(x) + y


def largest(x, y):
    return w * max(x, y)


def in_order(x, y):
    low, high = sorted([w * x, w * y])
    return low - 2 * high


def rounded(x, y):
    return w ** int(x.data) + y


def listed(x, y):
    return [w * x, w * y, b][int(abs(x.data)) % 3]


def looked_up(x, y):
    return w * {True: 1.0, False: 2.0}[x > y]


def loop(x, y):
    v = w * x
    while v.data < 3.0:
        v = v + 0.3 + y * y
    return v


def attempt(x, y):
    try:
        return w * log(x)
    except ValueError:
        return w * y


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (branch, 1),
        (branch_on_a_weight, 1),
        (far_branch, 1),
        (far_branch_on_a_weight, 1),
        (truth, 1),
        (missing, 1),
        (number, 1),
        (number_of_a_weight, 1),
        (data, 1),
        (data_of_a_weight, 1),
        (mathematics, 1),
        (largest, 1),
        (in_order, 1),
        (rounded, 1),
        (listed, 1),
        (looked_up, 1),
        (loop, 2),
        (attempt, 2),
    ],
)
def test_the_line_is_named(f, line):
    with pytest.raises(GraphError, match=r"depends on the numbers: .*: use where\(") as caught:
        record(f, 2)
    assert f"line {f.__code__.co_firstlineno + line} of test_frozen.py (" in str(caught.value)
    assert (w.data, b.data) == (0.5, 0.1)


calls = []


def remembers(x):
    calls.append(x)
    return w * total(calls)


def counts(x):
    calls.append(x)
    return w * x * len(calls)


def draws(x):
    return w * x * random.random()


def drops(x, dropout=nn.Dropout(0.5, seed=1)):  # noqa: B008
    return dropout([w * x])[0]


@pytest.mark.parametrize("f", [remembers, counts, draws, drops])
def test_a_function_that_is_never_the_same_is_told_apart(f):
    with pytest.raises(GraphError, match=r"another graph every time.*draws random numbers"):
        record(f, 1)


def test_a_lookup_that_fails_elsewhere_is_a_frozen_number():
    with pytest.raises(GraphError, match=r"it fails with IndexError.*look at line"):
        record(lambda x: w * [x, x][int(x.data)], 1)


def test_a_leaf_that_the_function_changes_is_refused_and_put_back():
    def f(x):
        w.data *= 0.9
        return w * x

    with pytest.raises(GraphError, match="changes w"):
        record(f, 1)
    assert w.data == 0.5


def test_what_is_no_branch_on_a_number_is_recorded():
    def f(x, y):
        steps = [v for v in (x, y, None) if v is not None]
        loss = total([where(v, v * w, abs(v)) for v in steps])
        return loss if isinstance(loss, Value) else 0.0

    tape = record(f, 2)
    assert tape([[1.0, -2.0]]).tolist() == [2.5]


class Holder:
    def __init__(self):
        self.weights = {"first": [Value(1.0)], "rest": (Value(2.0), {Value(3.0)})}

    def method(self, x):
        return x

    def __call__(self, x):
        return helper(x)


def helper(x, scale=b):
    return [x * w for _ in range(2)]


def test_the_leaves_in_reach_of_a_function():
    holder = Holder()
    assert {v.data for v in leaves_of(holder.method)} >= {1.0, 2.0, 3.0}
    assert set(leaves_of(helper)) == {w, b}
    assert set(leaves_of(functools.partial(helper, scale=holder))) >= {w, b}
    assert len(leaves_of(holder)) == 5
    assert set(leaves_of(lambda x: holder(x) * 2)) == set(leaves_of(holder))
    model = nn.MLP(2, [3, 1], seed=0)
    assert set(leaves_of(model)) == set(model.parameters())
    made = w * 2
    assert leaves_of(lambda: made) == []


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ("ab", TypeError),
        (1.5, TypeError),
        (True, TypeError),
        ([-1], ValueError),
        (["a"], TypeError),
    ],
)
def test_inputs_that_are_no_numbers_are_refused(inputs, error):
    with pytest.raises(error, match="inputs is a number"):
        record(lambda *xs: w * 1.0, inputs)


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        (w, TypeError, "not a Value"),
        (nn.MLP(1, [1], seed=0), TypeError, r"model.parameters\(\), not a MLP"),
        (["w"], TypeError, "holds 'w'"),
        ([w * b], ValueError, re.escape("'*' computed it")),
    ],
)
def test_parameters_that_are_no_leaves_are_refused(parameters, error, text):
    with pytest.raises(error, match=text):
        record(lambda x: w * x, 1, parameters=parameters)
