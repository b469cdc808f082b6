"""Orders: operands first, and in reading order the first operand first; what depends on what."""

import random

import pytest

import autograd
from autograd import GraphError, Value, dot
from autograd.graph import Graph, depending_on, reading_order, topological


def random_graph(seed, size=40):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(0.5, 2.0), f"x{i}") for i in range(4)]
    for _ in range(size):
        a, b, c = rng.choices(nodes, k=3)
        nodes.append(rng.choice([a + b, a * b, a.tanh(), dot([a, b], [c, a], b), a - 1.5]))
    return nodes[-1]


@pytest.mark.parametrize("seed", range(20))
def test_reading_order_is_the_recursive_one(seed):
    def recursive(v):
        for operand in v.operands:
            if operand not in order:
                recursive(operand)
        order[v] = None

    root, order = random_graph(seed), {}
    recursive(root)
    assert reading_order(root) == list(order)
    assert set(order) == set(topological(root))


@pytest.mark.parametrize("seed", range(20))
def test_mirrored_the_order_runs_down_with_the_first_operand_first(seed):
    def recursive(v):
        for operand in reversed(v.operands):
            if operand not in order:
                recursive(operand)
        order[v] = None

    root, order = random_graph(seed), {}
    recursive(root)
    assert reading_order(root, mirrored=True) == list(order)


def test_a_graph_keeps_the_order_in_which_it_was_typed():
    a, b, c = (Value(float(i), name) for i, name in enumerate("abc"))
    graph = Graph((a * b + c) * a)
    assert [graph.names[v] for v in graph.order if v in graph.names] == ["a", "b", "c", "L"]


@pytest.mark.skipif(autograd.compiled, reason="how a compiled value was made is read only")
def test_a_cycle_is_refused():
    x = Value(2.0)
    y = x * x
    z = y + 1.0
    y._a = z
    with pytest.raises(GraphError, match="cycle"):
        reading_order(z)


@pytest.mark.slow
def test_a_million_deep():
    v = Value(0.5)
    for _ in range(1_000_000):
        v = v + 1e-9
    assert len(reading_order(v)) == 1_000_001


@pytest.mark.parametrize("seed", range(10))
def test_what_depends_on_a_leaf_is_what_has_paths_to_it(seed):
    root = random_graph(seed)
    order = topological(root)
    leaf = next(v for v in order if not v.op)

    def depends(v):
        return v is leaf or any(map(depends, v.operands))

    assert depending_on([leaf], order) == {v for v in order if depends(v)}


def test_the_public_names_need_no_import_of_the_room():
    x = Value(3.0)
    y = x * x
    assert autograd.topological(y) == [x, y]
    assert autograd.adjoints(y) == {x: 6.0, y: 1.0}
