"""What is written down wrongly: decimal points and digits."""

from autograd.audit.sheet import Figure
from autograd.audit.slips.writing import one_digit, swapped_digits


def test_neighbours_are_swapped_in_every_way():
    assert list(swapped_digits("0.123")) == ["1.023", "0.213", "0.132"]
    assert list(swapped_digits("11")) == []
    assert list(swapped_digits("12e3")) == ["21e3"]


def test_one_digit_that_was_miscopied():
    assert one_digit(Figure("0.3275"), 0.3775) == "0.3775"
    assert one_digit(Figure("0.3285"), 0.3775) is None
    assert one_digit(Figure("0.3"), 0.4) is None  # with so few digits it says nothing
