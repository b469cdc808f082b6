"""An equation at other indices."""

from autograd.general.equation import Equation
from autograd.general.nodes import LEAF, Family, Node
from autograd.general.terms import Entry, fixed, index, multiply


def test_indices_are_put_in_for_the_variables():
    w, x = Entry(1, (index("i"), index("j"))), Entry(2, (index("i"),))
    e = Equation(Family(0, [Node(LEAF)]), ("i", "j"), multiply(w, x))
    assert e.indices == (index("i"), index("j"))
    assert e.at((fixed(2), fixed(3))) == multiply(
        Entry(1, (fixed(2), fixed(3))), Entry(2, (fixed(2),))
    )


def test_variables_do_not_run_into_each_other():
    e = Equation(Family(0, [Node(LEAF)]), ("i", "j"), Entry(1, (index("i"), index("j"))))
    assert e.at((index("p"), index("i"))).at == (index("p"), index("i"))
