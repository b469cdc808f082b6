"""draw_network: the network as circles and weighted lines."""

import html
import re

import pytest
from extras import extra, needs

import nn
from autograd import Value

pygraphviz = extra("pygraphviz")


def network(**options):
    return nn.MLP(
        2,
        [2, 2],
        activation="sigmoid",
        output="sigmoid",
        shared_bias=True,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, -0.45], [0.50, 0.55]]],
        biases=[0.35, 0.60],
        **options,
    )


def parsed(model, **options):
    return pygraphviz.AGraph(string=nn.draw_network(model, **options).source)


def labels(graph):
    return [html.unescape(n.attr["label"]) for n in graph.nodes()]


def test_a_circle_for_each_neuron_and_a_line_for_each_weight():
    graph = parsed(network())
    circles = [n for n in graph.nodes() if n.attr["shape"] == "circle"]
    assert [n.attr["label"] for n in circles] == ["x_1", "x_2", "σ", "σ", "σ", "σ"]
    assert len(graph.edges()) == 8 + 2  # and an arrow to each output
    assert {"ŷ_1", "ŷ_2"} <= set(labels(graph))
    assert {"w_12^1 = 0.25", "w_21^2 = −0.45", "b^1 = 0.35", "layer 2: sigmoid"} <= set(
        labels(graph)
    )


def test_layers_stand_from_left_to_right():
    graph = parsed(network())
    across = [float(graph.get_node(f"l{k}n1").attr["pos"].split(",")[0]) for k in range(3)]
    assert across == sorted(across)
    assert len(set(across)) == 3


def test_lines_are_wider_where_larger_and_dashed_where_negative():
    graph = parsed(network())
    smallest, negative, largest = (
        graph.get_edge(*ends) for ends in (("l0n1", "l1n1"), ("l1n2", "l2n1"), ("l1n2", "l2n2"))
    )
    assert float(smallest.attr["penwidth"]) < float(negative.attr["penwidth"])
    assert float(negative.attr["penwidth"]) < float(largest.attr["penwidth"])
    assert (smallest.attr["style"], negative.attr["style"]) == ("solid", "dashed")


def test_gradients_are_dashes_before_backward_and_numbers_after():
    model = network()
    assert "w_11^1 = —" in labels(parsed(model, show="grad"))
    nn.half_squared_error(model([0.05, 0.10]), [0.01, 0.99]).backward()
    shown = labels(parsed(model, show="grad"))
    gradient = model.layers[0].neurons[0].weights[0].grad
    assert f"w_11^1 = {gradient:.4}" in shown


def test_a_large_layer_is_cut_with_how_many_are_left_out():
    graph = parsed(nn.MLP(30, [16, 1], seed=0))
    assert "⋮ 23 more" in labels(graph)
    assert "⋮ 9 more" in labels(graph)
    assert len(graph.edges()) == 7 * 7 + 7 + 1
    assert not [text for text in labels(graph) if re.match("w_", text)]


@needs("pygraphviz")
@pytest.mark.many
@pytest.mark.parametrize("model", [nn.Neuron(3), nn.Layer(3, 2), nn.MLP(784, [100, 10])])
def test_any_network_draws(model):
    assert nn.draw_network(model).svg.startswith("<svg")


@needs("pygraphviz")
def test_weights_of_zero_and_hostile_labels():
    model = nn.Neuron(2, weights=[Value(0.0, '<b>"\\N'), 0.0])
    assert "<b>" not in nn.draw_network(model).svg


def test_what_is_no_network():
    with pytest.raises(TypeError, match="MLP, a Layer or a Neuron"):
        nn.draw_network(nn.Module())
    with pytest.raises(ValueError, match="'data' or 'grad'"):
        nn.draw_network(network(), show="both")
