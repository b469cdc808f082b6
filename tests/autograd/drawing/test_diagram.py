"""What a picture shows."""

import pytest

from autograd import Value, adjoints, sigmoid
from autograd.drawing.diagram import diagram


def named(v, label):
    v.label = label
    return v


@pytest.fixture
def root():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    y = named(sigmoid(w * x + 1.0), "y")
    return named(y * y + 0.1 * w, "E")


def test_labelled_values_alone_or_all(root):
    assert [v.label for v in diagram(root).values] == ["w", "x", "y", "E"]
    assert len(diagram(root, detail="all").values) > 4


def test_a_focus_leaves_what_does_not_lead_there(root):
    shown = diagram(root, focus="x")
    assert {v.label for v in shown.values} == {"x", "y", "E"}
    assert shown.derivative == pytest.approx(adjoints(root)[shown.focus], rel=1e-15)


def test_paths_are_counted_and_the_first_listed(root):
    count, paths = diagram(root, focus="w").paths(1)
    assert count >= 2
    assert len(paths) == 1


def test_edges_have_the_partials(root):
    total = sum(e.partial for e in diagram(root, focus="y").edges() if e.lower.label == "y")
    assert total == pytest.approx(2 * root.operands[0].operands[0].data)


def test_what_cannot_be_shown_is_refused(root):
    with pytest.raises(ValueError, match="detail"):
        diagram(root, detail="some")
    with pytest.raises(ValueError, match="values"):
        diagram(root, detail="all", limit=2)
    with pytest.raises(TypeError, match="Value"):
        diagram(3.0)
