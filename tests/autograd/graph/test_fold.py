"""Folds between shown values, and the paths over them."""

import itertools
import math
import random

import pytest

from autograd import Value, adjoints, dot
from autograd.graph import Graph, count_paths, local_partials, walk_paths


def named(v, label):
    v.label = label
    return v


def random_graph(seed):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(0.5, 2.0), f"x{i}") for i in range(3)]
    for i in range(12):
        a, b, c = rng.choices(nodes, k=3)
        v = rng.choice([a + b, a * b, a.tanh(), dot([a, b], [c, a], b), a - b])
        nodes.append(named(v, f"n{i}") if rng.random() < 0.5 else v)
    return Graph(nodes[-1])


def folds(graph, wrt):
    within = graph.depending_on(wrt)
    ends = {v for v in within if v in graph.names}
    return {v: graph.fold(v, ends, within) for v in graph.order if v in ends and v is not wrt}


@pytest.mark.parametrize("seed", range(40))
def test_folded_derivatives_multiply_to_the_engines(seed):
    graph = random_graph(seed)
    leaf = next(v for v in graph.order if not v.op)
    total = {graph.root: 1.0}
    for v, fold in reversed(folds(graph, leaf).items()):
        partials = fold.accumulate(1.0, local_partials)
        for lower in fold.lowers:
            total[lower] = total.get(lower, 0.0) + total.get(v, 0.0) * partials[lower]
    assert math.isclose(total[leaf], adjoints(graph.root)[leaf], rel_tol=1e-12, abs_tol=1e-12)


def test_lowers_come_first_operand_first_even_behind_a_shared_value():
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    shared = a * 2.0
    graph = Graph(named((shared.tanh() * c) + shared * b, "y"))
    fold = graph.fold(graph.root, {a, b, c}, set(graph.order))
    assert fold.lowers == [a, c, b]
    assert fold.inner[0] is graph.root
    assert [v.op for v in fold.inner] == ["+", "*", "tanh", "*", "*"]
    assert fold.inner[-1] is shared


def test_a_dot_is_cut_open_weights_first_then_inputs_then_the_bias():
    w1, w2, x1, x2, b = (Value(float(i), s) for i, s in enumerate(["w1", "w2", "x1", "x2", "b"]))
    graph = Graph(dot([w1, w2], [x1, x2], b).tanh())
    fold = graph.fold(graph.root, {w1, w2, x1, x2, b}, set(graph.order))
    assert fold.lowers == [w1, w2, x1, x2, b]


def test_the_values_that_lead_to_one_of_the_lowers():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    by_a, by_b = a.tanh(), b.exp()
    graph = Graph(by_a * by_b)
    fold = graph.fold(graph.root, {a, b}, set(graph.order))
    assert fold.leading_to(a) == [graph.root, by_a]
    assert fold.leading_to(b) == [graph.root, by_b]


class Edge:
    def __init__(self, upper, lower):
        self.upper, self.lower = upper, lower


def paths_of(graph, leaf):
    by_value = folds(graph, leaf)
    edges = {v: [Edge(v, x) for x in fold.lowers] for v, fold in by_value.items()}
    found = list(walk_paths(graph.root, leaf, edges.__getitem__))
    counts = count_paths([leaf, *by_value], leaf, lambda v: by_value[v].lowers)
    return found, counts[graph.root]


@pytest.mark.parametrize("seed", range(40))
def test_as_many_paths_are_listed_as_are_counted(seed):
    graph = random_graph(seed)
    for leaf in [v for v in graph.order if not v.op]:
        found, count = paths_of(graph, leaf)
        assert len(found) == len(set(map(tuple, found))) == count
        for path in found:
            assert path[-1].lower is leaf
            assert all(e.lower is f.upper for e, f in itertools.pairwise(path))


def test_paths_come_in_one_order_for_every_leaf():
    """y1 before y2, h1 before h2, whichever weight the paths lead to."""
    x = Value(0.5, "x")
    ws = {n: Value(0.1 * i, n) for i, n in enumerate(["u1", "u2", "v11", "v12", "v21", "v22"], 1)}
    h1, h2 = named((x * ws["u1"]).tanh(), "h1"), named((ws["u2"] * x).tanh(), "h2")
    y1 = named(ws["v12"] * h2 + ws["v11"] * h1, "y1")
    y2 = named(dot([ws["v21"], ws["v22"]], [h1, h2]), "y2")
    graph = Graph(named(y1 * y1 + y2 * y2, "E"))

    def told(leaf):
        found, _ = paths_of(graph, leaf)
        return ["".join(graph.names[e.lower] for e in path[:-1]) for path in found]

    assert told(x) == ["y1h2", "y1h1", "y2h1", "y2h2"]
    assert told(ws["u1"]) == ["y1h1", "y2h1"]
    assert told(ws["u2"]) == ["y1h2", "y2h2"]
