"""Functions of numbers and of columns, from the table of rules."""

import math

import numpy as np
import pytest

from autograd.audit.function import Function, constant, formula, of_operation, softmax
from autograd.rules import RULES


@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "relu", "sqrt", "softplus", "gelu"])
def test_columns_are_the_same_as_numbers(name):
    f = of_operation(RULES[name], (0.5,))
    xs = [0.25, 0.5, 2.0, 30.0]
    columns = f.columns(np.array(xs))
    assert columns == pytest.approx([f(x) for x in xs], rel=1e-14)


def test_outside_its_domain_there_is_no_number():
    assert math.isnan(formula("x", "log(x)")(-1.0))
    assert math.isnan(formula("x", "1 / x")(0.0))


def test_expressions_are_those_of_the_table():
    assert formula("x y", "y * (1 - y)")(0.0, 0.25) == 0.1875
    assert constant(3.0)(1.0, 2.0) == 3.0


def test_softmax_is_the_share_of_one():
    xs = [1.0, 2.0, 0.5]
    expected = math.exp(2.0) / sum(math.exp(x) for x in xs)
    assert softmax(1)(*xs) == pytest.approx(expected, rel=1e-15)
    assert sum(softmax(k)(*xs) for k in range(3)) == pytest.approx(1.0, rel=1e-15)


def test_a_function_without_columns_is_taken_one_by_one():
    assert Function(lambda x: 2.0 * x)(4.0) == 8.0
