"""Nodes stand as low as their operands allow, whatever length the sums before them had."""

import random

import numpy as np

from autograd import Value, dot, maximum, record, softmax, total
from autograd.replay.folding import fold
from autograd.replay.leveling import level
from autograd.replay.program import KINDS
from autograd.replay.reading import read


def random_graph(seed):
    chance = random.Random(seed)
    nodes = [Value(chance.uniform(0.5, 1.0)) for _ in range(6)]
    for _ in range(60):
        a, b, c, d = [chance.choice(nodes) for _ in range(4)]
        nodes.append(
            chance.choice(
                [
                    lambda a, b, c, d: a + b + c + d,
                    lambda a, b, c, d: a * b + c * d,
                    lambda a, b, c, d: dot([a, b], [c, d], a).tanh(),
                    lambda a, b, c, d: maximum(total([a, b, c]), d).tanh(),
                    lambda a, b, c, d: softmax([a, b, c, d])[2],
                ]
            )(a, b, c, d)
        )
    return read(nodes[-3:], nodes[:2], None)


def lowest(graph):
    """The levels by a walk over single nodes."""
    found = {}

    def of(node):
        if graph.kinds[node] < 0:
            return 0
        if node not in found:
            most = 0
            for operand, listed in graph.operands(np.array([node])):
                if operand[0] >= 0 and listed[0]:
                    inside = graph.lists[operand].flat.tolist()
                    most = max(most, *[of(x) for x in inside])
                elif operand[0] >= 0:
                    most = max(most, of(int(operand[0])))
            found[node] = most + 1
        return found[node]

    return [of(node) for node in range(len(graph.kinds))]


def test_random_graphs_have_the_lowest_levels():
    for seed in range(40):
        graph = fold(random_graph(seed))
        assert graph.levels.tolist() == lowest(graph)


def test_layers_after_sums_of_many_lengths_are_one_record():
    weights = [[Value(0.1 * (i + j)) for j in range(3)] for i in range(3)]

    def f(row):
        found = []
        for n in (2, 3, 5):
            x = [sum(row[j : j + n]) * 0.5 for j in range(3)]
            found.append([sum(w * v for w, v in zip(ws, x, strict=True)).tanh() for ws in weights])
        return sum(y for ys in found for y in ys)

    records = record(f, 8)._program.rows
    dense = records[records[:, 0] == KINDS.index("DENSE")]
    assert dense[:, [2, 3, -1]].tolist() == [[3, 3, 3]]


def test_a_deep_graph_keeps_its_levels():
    x = y = Value(1.0)
    for _ in range(3000):
        y = (y * 0.5).tanh()
    graph = read([y], [x], None)
    before = graph.levels.copy()
    level(graph)
    assert graph.levels.tolist() == before.tolist()
