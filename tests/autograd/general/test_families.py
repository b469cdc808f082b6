"""Numbers that play one part are one family."""

import pytest

from autograd import Value
from autograd.general.families import find_families, heights, stem_of
from autograd.general.nodes import normal_form


def sizes(root):
    return sorted(len(f.nodes) for f in find_families(normal_form(root)))


def test_the_weights_of_a_layer_are_one_family(networks):
    families = find_families(normal_form(networks("mlp1")))
    assert 6 in [len(f.nodes) for f in families if f.is_input]  # 3 inputs, 2 neurons
    assert len(families[0].nodes) == 1  # the root's comes first


def test_names_tell_apart_what_is_used_alike():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    assert sizes(x * y) == [1, 1, 1]


@pytest.mark.parametrize(
    ("label", "stem"), [("w_11^2", "w"), ("x1_3", "x"), ("W_o", "W_o"), (None, None)]
)
def test_the_stem_of_a_label(label, stem):
    assert stem_of(label) == stem


def test_height_counts_the_levels_below():
    nodes = normal_form((Value(1.0).exp() + 1.0).tanh())
    height = heights(nodes)
    assert height[id(nodes[-1])] == max(height.values())
    assert len({height[id(n)] for n in nodes if n.is_input}) == 1
    for n in nodes:
        assert height[id(n)] > max([height[id(k)] for k in n.operands], default=-1)
