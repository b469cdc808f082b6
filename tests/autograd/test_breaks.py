"""Sweeps that are checked: what makes a gradient infinite or NaN is named."""

import math
import threading
from contextvars import Context

import pytest

import autograd
from autograd import StepError, Value, dot, where


def products(a, b):
    return Value(a, "a") * Value(b, "b")


@pytest.mark.parametrize(
    ("root", "told"),
    [
        (lambda x: x.sqrt() * 2, r"sqrt\(x\) with x = 0.0: the partial by x is inf$"),
        (lambda x: (x / 1e-300).relu() + x / 1e-310, "x / 1e-310 with x = 0.0: .* is inf$"),
        (lambda x: products(1e200, 1e-200) * 1e300, "by b is 1e\\+200, times the adjoint 1e\\+300"),
        (lambda x: dot([x.sqrt()], [3.0], 1.0), r"sqrt\(x\) with x = 0.0"),
        (lambda x: x * math.nan, "x \\* nan with x = 0.0: the partial by x is nan"),
        (lambda x: x * 1e308 + x * 1e308, "and with what x had it is inf"),
    ],
)
def test_a_checked_sweep_names_what_breaks_the_gradient(root, told):
    x = Value(0.0, "x")
    for sweep in (lambda y: y.backward(check=True), checked):
        with pytest.raises(StepError, match=told):
            sweep(root(x))
        assert x.grad == 0.0
    root(x).backward()  # unchecked, as ever


def checked(y):
    with autograd.checking():
        y.backward()


def test_a_checked_sweep_of_a_sound_graph_is_any_other():
    x = Value(0.0, "x")
    y = x.exp() * 3.0 + where(x, x * 5.0, 1.0)
    y.backward(check=True)
    assert x.grad == 3.0


def test_checking_ends_with_its_block_and_is_of_one_thread():
    x = Value(0.0, "x")
    other = threading.Thread(target=Context().run, args=(x.sqrt().backward,))
    with autograd.checking():
        other.start()
        other.join()
        with pytest.raises(StepError):
            x.sqrt().backward()
    assert x.grad == math.inf
    x.sqrt().backward()
