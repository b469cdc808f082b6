"""A graph with its order, its names and the numbers that it had."""

import pytest

from autograd import GraphError, Value
from autograd.graph import Graph


@pytest.fixture
def leaves():
    return Value(3.0, "w"), Value(2.0, "x")


def test_operands_come_first_and_ranks_count_from_the_root(leaves):
    w, x = leaves
    root = (w * x).tanh()
    graph = Graph(root)
    assert graph.order == [w, x, root.operands[0], root]
    assert [graph.rank[v] for v in (root, root.operands[0], w, x)] == [0, 1, 2, 3]
    assert graph.names[root] == "L"


def test_numbers_are_those_of_the_time(leaves):
    w, x = leaves
    graph = Graph(w * x)
    w.data = 5.0
    assert graph.data[w] == 3.0


def test_a_value_is_found_by_itself_or_by_name(leaves):
    w, x = leaves
    graph = Graph(w * x)
    assert graph.find("w") is graph.find(w) is w
    with pytest.raises(ValueError, match="v"):
        graph.find("v")
    with pytest.raises(TypeError, match="label"):
        graph.find(3)


def test_a_stranger_is_not_in_the_graph(leaves):
    w, x = leaves
    graph = Graph(w * x)
    assert w in graph
    assert Value(3.0, "w") not in graph


def test_what_depends_on_a_value(leaves):
    w, x = leaves
    a, b = w * 2.0, x * 2.0
    root = a + b
    assert Graph(root).depending_on(w) == {w, a, root}


def test_only_a_fresh_graph_of_a_value_is_taken(leaves):
    w, x = leaves
    with pytest.raises(TypeError, match="Value"):
        Graph(3.0)
    root = w * x
    w.data = 5.0
    with pytest.raises(GraphError, match="forward pass"):
        Graph(root)
