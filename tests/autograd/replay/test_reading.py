"""From Values to a graph by numbers."""

import pytest

from autograd import Value, dot, sigmoid
from autograd.replay.reading import read


def test_each_value_is_numbered_once_operands_first():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    z = w * x
    graph = read([sigmoid(z) + z], [x])
    assert len(graph.kinds) == len(graph.a) == len(graph.levels)
    assert [v.label for v in graph.leaf_values] == ["w"]
    assert len(graph.inputs) == len(graph.outputs) == 1
    assert graph.levels.max() == 3


def test_equal_constants_are_one_node_but_0_has_a_sign():
    x = Value(2.0, "x")
    graph = read([(x * 3.0 + x**3.0) + (x * 0.0 + x * -0.0)], [x])
    numbers = sorted(map(repr, graph.constants.values()))
    assert numbers == ["-0.0", "0.0", "3.0"]


def test_a_chain_of_any_depth_is_read():
    x = y = Value(1.0)
    for _ in range(20_000):
        y = y + x
    assert read([y], [x]).levels.max() == 20_000


def test_on_rows_and_active_tell_what_depends_on_what():
    w, x = Value(0.5), Value(2.0)
    graph = read([dot([w], [x]) * (w * 2.0)], [x])
    assert graph.on_rows[graph.outputs].all()
    assert graph.active[graph.outputs].all()
    assert not graph.on_rows.all()


def test_parameters_may_be_chosen():
    w, v, x = Value(0.5, "w"), Value(1.0, "v"), Value(2.0)
    graph = read([w * v * x], [x], parameters=[v])
    assert graph.leaf_values[0] is v
    assert pytest.approx(0.5) in [*graph.constants.values(), *[u.data for u in graph.leaf_values]]
