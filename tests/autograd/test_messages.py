"""What messages call a value: its label, else how it was made, else its number."""

from autograd import Value, dot
from autograd.messages import named, named_arguments


def test_a_value_is_named_by_the_first_that_it_has():
    x = Value(2.0)
    assert named(x) == "Value(2.0)"
    assert named(x * 3.0) == "the result of '*'"
    x.label = "x"
    assert named(x) == "x"


def test_all_that_a_value_was_computed_from_is_named_in_order():
    x, w = Value(2.0, "x"), Value(3.0)
    assert named_arguments(x * 4) == [("x", 2.0), (None, 4.0)]
    assert named_arguments(dot([w, x], [5.0, 6.0], x)) == [
        (None, 3.0), ("x", 2.0), (None, 5.0), (None, 6.0), ("x", 2.0)
    ]  # fmt: skip
    assert named_arguments(x) == []
