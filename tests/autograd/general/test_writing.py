"""Terms written with the letters of an alphabet."""

import pytest

from autograd.general.network import Network
from autograd.general.nodes import LEAF
from autograd.general.scripts import LATEX, TEXT
from autograd.general.terms import Constant, Entry, fixed, multiply, plus
from autograd.general.writing import Scope, Writer

NOWHERE = Scope({}, "", None)


def writer(network, script=TEXT):
    return Writer(network.calculus, network.alphabet, script, absolute=True)


def test_a_member_is_its_letter_with_its_indices(networks):
    network = Network(networks("mlp1"))
    f = next(f for f in network.families if f.op == LEAF and f.dimension == 2)
    at = tuple(fixed(i) for i in f.nodes[0].at)
    assert writer(network).entry(f, at, NOWHERE).startswith("w_")
    assert writer(network, LATEX).entry(f, at, NOWHERE).startswith("w_{")


@pytest.mark.parametrize(("script", "text"), [(TEXT, "abs(|x|)"), (LATEX, r"abs")])
def test_a_magnitude_in_bars_is_no_norm(script, text):
    inner = script.call("absolute", "", ["x"])[0]
    assert text in script.call("absolute", "", [inner])[0]


def test_a_sum_in_a_product_is_parenthesised(networks):
    network = Network(networks("mlp1"))
    f = next(f for f in network.families if f.op == LEAF and len(f.nodes) == 3)
    x = Entry(f.number, (fixed(1),))
    t = multiply(Constant(2.0), x, plus(Constant(1.0), x))
    assert writer(network).text(t, NOWHERE) == "2 x_1(1 + x_1)"
