"""The rules of the table on general letters."""

import math

import pytest

from autograd.general.letters import LETTERS, Letters, call_number, term_of
from autograd.general.terms import Constant, Entry, index, multiply, plus, power
from autograd.rules import RULES

x = Entry(0, (index("i"),))


def test_operators_make_terms():
    z = Letters(x)
    assert (2 * z - z).term == x
    assert (1 / z).term == power(x, -1.0)
    assert (3 - z).term == plus(Constant(3.0), multiply(Constant(-1.0), x))
    assert (-z).term == multiply(Constant(-1.0), x)


def test_the_partial_of_sigmoid_is_that_of_the_table():
    y = Letters(x)
    slope = eval(RULES["sigmoid"].partials[0], dict(LETTERS), {"y": y})
    assert slope.term == multiply(x, plus(Constant(1.0), multiply(Constant(-1.0), x)))


def test_numbers_become_terms():
    assert term_of(2) == Constant(2.0)
    assert term_of(Letters(x)) == x


@pytest.mark.parametrize(
    ("name", "xs", "y"), [("exp", [0.0], 1.0), ("tanh", [0.5], math.tanh(0.5))]
)
def test_a_function_of_numbers(name, xs, y):
    assert call_number(name, xs) == y


def test_a_comparison_of_numbers_is_1_or_0():
    assert (call_number(">", [2.0, 1.0]), call_number(">", [1.0, 1.0])) == (1.0, 0.0)
