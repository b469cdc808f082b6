"""Paths: counted exactly, and walked in the order of the edges."""

from dataclasses import dataclass
from itertools import islice

from autograd import Value, topological
from autograd.graph.paths import count_paths, walk_paths


@dataclass(frozen=True)
class Edge:
    upper: Value
    lower: Value


def edges(v):
    return [Edge(v, o) for o in v.operands if o.op or o.label]


def tower(levels):
    bottom = v = Value(1.0, "x")
    for _ in range(levels):
        v = v + v
    return bottom, v


def test_every_level_doubles_the_paths():
    bottom, top = tower(200)
    counts = count_paths(topological(top), bottom, lambda v: v.operands)
    assert counts[top] == 2**200


def test_a_value_beside_the_way_has_none():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    root = x * y
    assert count_paths(topological(root), x, lambda v: v.operands)[y] == 0


def test_paths_are_walked_depth_first():
    x = Value(1.0, "x")
    a, b = x + 1.0, x * 2.0
    root = a * b
    ways = [[e.upper for e in way] for way in walk_paths(root, x, edges)]
    assert ways == [[root, a], [root, b]]


def test_a_few_of_very_many_are_had_at_once():
    bottom, top = tower(60)
    assert [len(way) for way in islice(walk_paths(top, bottom, edges), 3)] == [60] * 3


def test_the_bottom_itself_is_one_empty_path():
    x = Value(1.0, "x")
    assert list(walk_paths(x, x, edges)) == [()]
