"""From a graph to a tape: what stands together, and that it is linear in the size."""

import nn
from autograd import Value, record
from autograd.replay.program import RULE_OF

KINDS = list(RULE_OF)


def records(f, inputs):
    return [KINDS[k] for k in record(f, inputs)._program.rows[:, 0]]


def test_a_layer_is_one_record():
    model = nn.MLP(3, [8, 8, 1], "tanh", seed=0)
    kinds = records(model, [3])
    assert kinds.count("DENSE") == 3
    assert len(kinds) <= 6


def test_like_operations_of_one_level_are_one_record():
    w = [Value(0.1 * k) for k in range(1, 9)]
    kinds = records(lambda x: sum([(v * x).exp() for v in w], Value(0.0)), 1)
    assert kinds.count("EXP") == 1


def test_a_tape_grows_with_the_graph_and_no_faster():
    def chain(n):
        def f(x):
            for _ in range(n):
                x = x.tanh()
            return x

        return record(f, 1)._program.rows.size

    assert chain(400) <= 2.1 * chain(200)
