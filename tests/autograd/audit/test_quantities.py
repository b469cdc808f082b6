"""What an entry stands for: equal where it is the same number of the same graph."""

from autograd import Value
from autograd.audit.quantities import Derivative, Forward, Updated


def test_they_are_told_apart_and_found_again():
    v, w = Value(1.0), Value(1.0)
    assert len({Forward(v), Forward(v), Forward(w), Updated(v), Derivative(v, w)}) == 4
    assert Derivative(v, w) != Derivative(w, v)
