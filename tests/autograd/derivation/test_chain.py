"""A derivative as the sum over its paths, and as deltas."""

import math

import pytest

from autograd import Value, adjoints, derive, sigmoid
from nn.worked import load


@pytest.fixture
def d():
    return derive(load("5").graph(), "w1")


def test_the_paths_add_up_to_the_gradient(d):
    paths = d.paths()
    assert len(paths) == d.path_count == 2
    assert sum(p.value for p in paths) == pytest.approx(d.value, rel=1e-14)
    assert all(p.value == pytest.approx(math.prod(f.value for f in p.factors)) for p in paths)
    assert all((p.names[0], p.names[-1]) == ("E", "w1") for p in paths)


def test_deltas_are_the_engines_adjoints(d):
    below = adjoints(d.root)
    for delta in d.deltas:
        assert delta.value == pytest.approx(below[delta.node], rel=1e-13)
    assert d.last.value == pytest.approx(d.value)


def test_a_delta_is_called_by_its_value(d):
    assert {delta.symbol for delta in d.deltas} >= {"δ_h1"}


def test_paths_may_be_capped(d):
    with pytest.raises(ValueError, match="2 paths, more than limit=1"):
        d.paths(1)
    assert len(d.paths(None)) == 2


def test_the_root_by_itself_has_no_path_to_walk():
    y = sigmoid(Value(0.5, "w"))
    y.label = "y"
    assert derive(y, y).value == 1.0
    assert derive(y, y).last is None
