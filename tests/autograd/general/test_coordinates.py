"""Indices: where each number of a family stands."""

from autograd import Value, dot
from autograd.general.coordinates import Relation
from autograd.general.network import Network


def family_of(root, leaf):
    network = Network(root)
    return network, next(f for f in network.families for n in f.nodes if n.source is leaf)


def test_weights_of_a_layer_have_two_indices(networks):
    root = networks("mlp1")
    shapes = {
        f.dimension: [n.at for n in f.nodes] for f in Network(root).families if len(f.nodes) == 6
    }
    assert sorted(shapes[2]) in (
        [(i, j) for i in (1, 2, 3) for j in (1, 2)],
        [(j, i) for j in (1, 2) for i in (1, 2, 3)],
    )


def test_the_entries_of_a_vector_count_from_one():
    w, x = [Value(float(k)) for k in range(4)], [Value(k + 0.5) for k in range(4)]
    _, f = family_of(dot(w, x), w[2])
    assert f.members[(3,)].source is w[2]


def test_parameters_shared_by_rows_are_shared(networks):
    network = Network(networks("linear regression"))
    weights = next(f for f in network.families if f.is_input and f.nodes[0].label == "w_1")
    assert network.coordinates.is_shared_over(weights)


def test_a_relation_is_constant_plus_columns():
    assert Relation(1, ((0, 1),)) != Relation(0, ((0, 1),))
