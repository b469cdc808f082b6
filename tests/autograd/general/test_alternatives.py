"""Two kinds of summands become one, with a letter y."""

from autograd import Value, log, mean, sigmoid
from autograd.general.alternatives import join_alternatives
from autograd.general.nodes import normal_form, reachable


def loss(targets):
    ps = [sigmoid(Value(0.3 * k)) for k in range(len(targets))]
    return mean([-log(p) if t else -log(1.0 - p) for p, t in zip(ps, targets, strict=True)])


def test_both_kinds_become_one_of_the_same_number():
    nodes = normal_form(loss([1, 0, 1]))
    before = nodes[-1].data
    assert join_alternatives(nodes)
    joined = reachable(nodes[-1])
    assert nodes[-1].data == before
    assert [k.op for k in nodes[-1].operands] == ["sum"] * 3
    assert sorted(n.data for n in joined if n.op == "data") == [0.0, 1.0, 1.0]


def test_one_kind_stays_as_it_is():
    assert not join_alternatives(normal_form(loss([1, 1, 1])))
