"""Operations that are no row of the table."""

import pytest

from autograd import Value, custom
from autograd.own import checked_name


def test_a_node_brings_its_rule_along():
    square = custom(lambda x: x * x, lambda x: [2 * x], name="square")
    w = Value(3.0, "w")
    y = square(w)
    y.backward()
    assert (y.data, w.grad, y.op) == (9.0, 6.0, "square")
    assert square(3.0) == 9.0


@pytest.mark.parametrize("name", ["a b", "", "1x"])
def test_a_name_is_one_word(name):
    with pytest.raises(TypeError, match="one word"):
        checked_name(name)


def test_the_names_of_the_table_are_taken():
    assert checked_name("square") == "square"
    with pytest.raises(ValueError, match="exp"):
        checked_name("exp")
