"""A graph seen in general."""

import pytest

from autograd.general.network import Network
from autograd.general.nodes import DATA


def test_the_root_is_the_first_family(networks):
    root = networks("mlp2")
    network = Network(root)
    assert network.families[0].nodes[0].source is root


@pytest.mark.many
def test_members_are_told_apart_by_their_indices(derivation):
    for f in derivation.network.families:
        if f.named and f.op != DATA:  # a plain number stands there once for each use
            assert len({n.at for n in f.nodes}) == len(f.nodes)


@pytest.mark.parametrize(("name", "layers"), [("mlp4", 4), ("mlp2", 2)])
def test_the_layers_are_ranks_of_one_group(networks, name, layers):
    sums = [f for f in Network(networks(name)).families if f.is_contraction]
    assert sorted(f.rank for f in sums) == list(range(1, layers + 1))
    assert len({f.group for f in sums}) == 1
