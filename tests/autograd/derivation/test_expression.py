"""The gradient as one SymPy expression."""

import pytest

from autograd import Value, derive, exp, sigmoid


def test_its_number_is_the_engines():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    d = derive(sigmoid(w * x + 0.25) ** 2, "w")
    numbers = {"w": 0.4, "x": 0.5}
    number = d.expression.subs({s: numbers[s.name] for s in d.expression.free_symbols})
    assert float(number) == pytest.approx(d.value, rel=1e-12)


def test_it_is_simplified():
    x = Value(0.5, "x")
    assert str(derive(exp(x) / exp(x) * x, "x").expression) == "1"
    assert str(derive(x * x * x, "x").expression) == "3*x**2"
