"""The algebra on general letters: products, sums, substitution."""

from autograd.general.terms import (
    ONE,
    ZERO,
    Affine,
    Constant,
    Entry,
    Over,
    Product,
    Sum,
    Summation,
    affine,
    contains,
    fixed,
    index,
    is_zero,
    multiply,
    plus,
    power,
    substitute,
    summands,
    variables,
    walk,
)

a, b = Entry(1, (index("i"),)), Entry(2, (index("j"),))
MINUS = Constant(-1.0)


def test_indices_add_up():
    shifted = affine(-1, [(1, index("l"))])
    assert shifted == Affine(-1, (("l", 1),))
    assert affine(2, [(1, index("t")), (-1, index("t"))]) == fixed(2)


def test_a_product_gathers_its_powers():
    assert multiply(a, a) == power(a, 2.0)
    assert multiply(a, power(a, -1.0)) == ONE
    assert multiply(Constant(2.0), Constant(0.5), b) == b
    assert is_zero(multiply(ZERO, a))
    assert variables(multiply(a, b)) == variables(multiply(b, a))


def test_a_sum_gathers_its_terms():
    assert plus(a, multiply(MINUS, a)) == ZERO
    assert plus(a, a) == Product(2.0, ((a, 1.0),))
    assert summands(plus(a, b)) == (a, b)
    assert summands(a) == (a,)


def test_minus_a_difference_is_the_other_difference():
    difference = plus(a, multiply(MINUS, b))
    assert multiply(MINUS, difference) == plus(b, multiply(MINUS, a))


def test_bound_variables_are_not_free():
    s = Summation(("j",), multiply(a, b), Over((2, 0), (index("j"),)))
    assert variables(s) == {"i"}
    assert variables(multiply(a, b)) == {"i", "j"}
    assert contains(s, Entry)
    assert not contains(s, Sum)
    assert list(walk(s))[-2:] == [a, b]


def test_substitution_reaches_every_index():
    assert substitute(multiply(a, b), "i", fixed(3)) == multiply(Entry(1, (fixed(3),)), b)
    assert substitute(a, "k", fixed(3)) == a
