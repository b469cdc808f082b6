"""Layers and time steps."""

from autograd.general.network import Network


def ranks(root):
    return {f.rank for f in Network(root).families if f.is_contraction}


def test_layers_count_from_one(networks):
    assert ranks(networks("mlp4")) == {1, 2, 3, 4}


def test_weights_have_the_rank_of_the_sum_that_they_feed(networks):
    network = Network(networks("mlp2"))
    for f in network.families:
        if f.is_contraction:
            weights = [s.family for s in f.slots.values()]
            assert any(
                w.rank == f.rank
                for product in weights
                for w in [product, *(s.family for s in product.slots.values())]
            )


def test_two_towers_have_no_layers(networks):
    assert ranks(networks("linear regression")) == {None}
