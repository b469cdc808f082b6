"""Sums that are 0 or 1, and those that only look like it."""

import math

from autograd import derive_general, exp
from autograd.general.facts import computed, other_numbers
from autograd.general.nodes import LEAF, Node, normal_form
from autograd.value import Value


def test_targets_that_add_up_to_1_shorten_softmax(networks):
    text = str(derive_general(networks("probabilities")))
    assert "a_j^L − y_j" in text or "p_j − y_j" in text


def test_other_numbers_are_those_of_the_rules():
    nodes = normal_form(exp(Value(2.0) * Value(3.0)))
    other = other_numbers(nodes)
    leaves = [other[id(n)] for n in nodes if n.op == LEAF]
    assert other[id(nodes[-1])] == math.exp(leaves[0] * leaves[1])
    assert leaves != [2.0, 3.0]


def test_outside_a_domain_there_is_no_number():
    assert computed(Node("exp", [Node(LEAF)]), [1.0]) == math.e
    assert math.isnan(computed(Node("log", [Node(LEAF)]), [-1.0]))
