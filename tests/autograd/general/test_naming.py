"""Which families have a letter, and which are written out."""

from autograd.general.families import find_families
from autograd.general.naming import choose_named, skeleton
from autograd.general.nodes import LITERAL, normal_form


def named(root):
    families = find_families(normal_form(root))
    choose_named(families)
    return families


def test_weights_sums_and_root_have_letters(networks):
    families = named(networks("mlp2"))
    assert families[0].named
    assert all(f.named for f in families if f.is_contraction)
    assert all(f.named for f in families if f.is_input and f.op != LITERAL)


def test_a_plain_number_is_itself(networks):
    constants = {f.constant for f in named(networks("mlp2")) if f.op == LITERAL}
    assert constants == {0.5, 2.0}


def test_layers_of_one_kind_have_one_skeleton(networks):
    sums = [skeleton(f) for f in named(networks("mlp4")) if f.is_contraction]
    assert len(sums) == 4
    assert len(set(sums)) == 1
