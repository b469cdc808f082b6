"""The DOT source of a diagram."""

import pytest

from autograd import Value
from autograd.drawing.diagram import diagram
from autograd.drawing.dot import cells_of, check_look, dot_graph


@pytest.fixture
def shown():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    y = w * x
    y.label = "y"
    return diagram(y)


def test_cells_have_data_and_gradient(shown):
    w = shown.values[0]
    assert cells_of(shown, 4)[w, "data"] == "0.4"
    assert cells_of(shown, 4)[w, "grad"] == "—"
    shown.root.backward()
    assert cells_of(shown, 4)[w, "grad"] == "0.5"


def test_boxes_signs_and_edges(shown):
    source = dot_graph(shown, cells_of(shown, 4), digits=4, rankdir="LR").source
    assert "rankdir=LR" in source
    assert source.count("->") >= 3
    assert "×" in source or "·" in source or "*" in source


def test_looks_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="digits"):
        check_look(0, "LR")
    with pytest.raises(ValueError, match="rankdir"):
        check_look(4, "XX")
