"""What is done in one piece: sums, products and neurons, however they were written."""

from collections import Counter

import pytest

from autograd import Value, dot, record
from autograd.replay.folding import fold
from autograd.replay.program import RULE_OF
from autograd.replay.reading import read

KINDS = list(RULE_OF)


def kinds(root, *inputs):
    """How many nodes of each kind are left."""
    folded = fold(read([root], inputs))
    return Counter(KINDS[k] for k in folded.kinds if k >= 0)


def test_a_neuron_by_hand_is_as_a_dot():
    w, b = [Value(0.1 * k) for k in range(1, 4)], Value(0.5)
    x = [Value(1.0) for _ in w]
    by_hand = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b
    assert kinds(by_hand, *x) == kinds(dot(w, x, b), *x) == {"DENSE": 1}


def test_a_long_sum_and_a_long_product_are_one_node():
    x = [Value(0.5 + k) for k in range(6)]
    total, product = x[0] * 1.0, x[0] * 1.0
    for v in x[1:]:
        total, product = total + v, product * v
    assert kinds(total, *x)["SUM"] == 1
    assert kinds(product, *x)["PRODUCT"] == 1


def test_what_is_used_elsewhere_stays():
    x = [Value(0.5 + k) for k in range(4)]
    part = x[0] + x[1] + x[2]
    both = part * (part + x[3])
    assert record(lambda *v: both_of(v), 4)([[v.data for v in x]])[0] == pytest.approx(both.data)
    assert sum(kinds(both, *x).values()) >= 3


def both_of(v):
    part = v[0] + v[1] + v[2]
    return part * (part + v[3])


def test_the_graph_that_was_read_is_not_changed():
    x = [Value(1.0) for _ in range(4)]
    graph = read([x[0] + x[1] + x[2] + x[3]], x)
    before = graph.kinds.copy()
    fold(graph)
    assert (graph.kinds == before).all()
