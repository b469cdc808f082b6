"""What families and their indices are called."""

import pytest

from autograd.general.alphabet import read_label
from autograd.general.network import Network

READ = [
    ("w_11^2", "w", ("11",), 2),
    ("x1", "x", ("1",), None),
    ("b", "b", (), None),
    ("w_1,12^3", "w", ("1", "12"), 3),
]


@pytest.mark.parametrize(("label", "stem", "below", "above"), READ)
def test_a_label_is_a_letter_and_numbers(label, stem, below, above):
    found = read_label(label)
    assert (found.stem, found.below, found.above) == (stem, below, above)


def test_what_is_no_such_label_is_not_read():
    assert read_label(None) is None


def test_the_letters_of_a_network(networks):
    network = Network(networks("mlp2"))
    letters = {network.alphabet.letter(f) for f in network.families if f.named}
    assert {"w", "b", "z", "a", "y", "L"} <= letters


def test_roles_are_told_by_use(networks):
    network = Network(networks("linear regression"))
    role = {n.label: network.alphabet.role(f) for f in network.families for n in f.nodes}
    assert (role["w_1"], role["b"]) == ("weight", "bias")


def test_the_sums_of_a_layer_have_the_deltas(networks):
    network = Network(networks("mlp2"))
    assert all(network.alphabet.is_delta(f) for f in network.families if f.is_contraction)
    assert not network.alphabet.is_delta(network.families[0])
