"""Terms written shorter, with the same number."""

from autograd.general.shortening import shortest
from autograd.general.terms import Constant, Entry, cost, expand, index, multiply, plus

a, b, c, d = [Entry(k, (index("i"),)) for k in range(4)]
MINUS = Constant(-1.0)


def test_what_all_terms_share_stands_before_a_bracket():
    assert shortest(plus(multiply(a, b), multiply(a, c))) == multiply(a, plus(b, c))
    assert shortest(plus(multiply(a, a, b), multiply(a, c))) == multiply(a, plus(multiply(a, b), c))


def test_what_two_of_three_terms_share_does_too():
    t = plus(multiply(a, b), multiply(a, c), d)
    assert shortest(t) == plus(multiply(a, plus(b, c)), d)


def test_a_difference_is_shared_with_the_other_way_round():
    difference = plus(b, multiply(MINUS, c))
    turned = plus(c, multiply(MINUS, b))
    t = plus(multiply(a, difference), multiply(d, turned))
    assert shortest(t) == multiply(difference, plus(a, multiply(MINUS, d)))


def test_it_is_the_same_term_and_never_longer():
    for t in (a, plus(a, b), multiply(plus(a, b), plus(c, d)), plus(multiply(a, b), c)):
        assert cost(shortest(t)) <= cost(t)
        assert expand(shortest(t)) == expand(t)
