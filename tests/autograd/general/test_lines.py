"""Lines that are said of all layers at once."""

from autograd import derive_general
from autograd.general.lines import Lines
from autograd.general.network import Network
from autograd.general.writing import Writer


def lines(root):
    network = Network(root)
    return network, Lines(network, Writer(network.calculus, network.alphabet))


def test_layers_that_read_alike_are_one_line(networks):
    network, found = lines(networks("mlp4"))
    sums = [f for f in network.families if f.is_contraction]
    (case,) = found.folded(sums, found.forward)
    assert case.holds
    assert case.ranks == [1, 2, 3, 4]
    assert case.count == sum(len(f.nodes) for f in sums)
    assert f"{found.left(case)} = {found.right(case)}".startswith("z_j^l = ")


def test_a_last_layer_that_differs_is_said_for_itself(networks):
    text = str(derive_general(networks("mlp4")))
    assert "output layer, l = L" in text or "l = L" in text
