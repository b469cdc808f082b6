"""General lines evaluated on the members of their families."""

import math

from autograd.general.equation import Equation
from autograd.general.network import Network
from autograd.general.numbers import larger
from autograd.general.terms import Constant, multiply, plus


def test_equations_give_the_engines_numbers(networks):
    network = Network(networks("mlp2"))
    for f in network.families:
        if not f.is_input:
            assert network.numbers.differences(network.calculus.equation(f), False)[1] <= 1e-12


def test_a_line_that_is_wrong_is_told_by_member(networks):
    network = Network(networks("mlp2"))
    f = next(f for f in network.families if f.is_contraction)
    e = network.calculus.equation(f)
    wrong = Equation(e.family, e.variables, plus(e.right, Constant(0.5)))
    told = network.numbers.deviations(wrong, False)
    assert len(told) == len(f.nodes)
    assert all(math.isclose(ours - theirs, 0.5) for _, ours, theirs in told)


def test_the_size_of_a_difference_is_that_of_its_terms(networks):
    network = Network(networks("mlp2"))
    t = plus(Constant(3.0), multiply(Constant(-1.0), Constant(3.0)), Constant(1.0))
    assert network.numbers.of(t, {}) == 1.0


def test_the_larger_of_two_is_nan_where_one_is():
    assert larger(1.0, 2.0) == 2.0
    assert math.isnan(larger(1.0, math.nan))
    assert math.isnan(larger(math.nan, 1.0))
