"""Roles come from the graph: what multiplies what, never what a label starts with."""

import pytest

from autograd import Value, dot, draw, sigmoid, softmax, tanh
from autograd.graph import Graph, roles_of, weights_of
from nn import worked


def named(v, label):
    v.label = label
    return v


def told(root, **options):
    return {v.label: role for v, role in roles_of(Graph(root), **options).items() if not v.op}


def two_layers(order):
    """A 2-2-1 network that is labelled in `order`: weights of h1, of h2, the inputs, the rest."""
    a, b, c, d, x, y, e, f, g, h, t = [Value(0.1 * i, name) for i, name in enumerate(order)]
    h1, h2 = tanh(a * x + y * b + g), tanh(x * c + d * y + h)
    return (h1 * e + f * h2 - t) ** 2


@pytest.mark.parametrize("order", ["abcdxyefght", "xyzwtbnmkpq"])
def test_a_network_typed_with_times_and_plus(order):
    roles = told(two_layers(order))
    names = dict(zip("abcdxyefght", order, strict=True))
    for letter, name in names.items():
        expected = "input" if letter in "xy" else "leaf" if letter == "t" else "parameter"
        assert roles[name] == expected


def test_a_dot_tells_its_weights_inputs_and_bias():
    w, x, b = Value(1.0, "x"), Value(2.0, "w"), Value(3.0, "i")
    assert told(sigmoid(dot([w], [x], b))) == {"x": "parameter", "w": "input", "i": "parameter"}


def test_what_cannot_be_told_apart_is_a_leaf():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    assert told(sigmoid(w * x)) == {"w": "leaf", "x": "leaf"}
    assert told(w * x, parameters=[w]) == {"w": "parameter", "x": "input"}
    assert told(x * x) == {"x": "leaf"}


def test_a_recurrent_weight_is_no_input():
    u, h, x1, x2 = (Value(0.1 * i, name) for i, name in enumerate(["u", "h0", "x1", "x2"]))
    for x in (x1, x2):
        h = tanh(u * h + x)
    assert told(h)["u"] == "parameter"
    assert told(h)["h0"] == "input"
    assert told(h)["x1"] == "leaf"


def test_a_weight_that_all_rows_share_is_no_input():
    m, c = Value(0.4, "x"), Value(0.1, "y")
    xs = [Value(0.1 * i, f"w{i}") for i in range(1, 4)]
    errors = [(m * x + c - Value(1.0, f"t{i}")) ** 2 for i, x in enumerate(xs)]
    roles = told(sum(errors[1:], errors[0]) / 3)
    assert [roles[name] for name in ("x", "y", "w1", "w3")] == ["parameter"] * 2 + ["input"] * 2


def test_a_weight_that_all_steps_share_is_no_input():
    u, w, b, h = (Value(0.2, name) for name in ("u", "w", "b", "h0"))
    for i in range(3):
        h = tanh(w * Value(0.3 + i, f"x{i}") + u * h + b)
    roles = told((h - 1) ** 2)
    assert [roles[name] for name in ("u", "w", "b")] == ["parameter"] * 3
    assert [roles[name] for name in ("x0", "x2", "h0")] == ["input"] * 3


@pytest.mark.parametrize("shared", [False, True])
def test_a_layer_is_told_from_rows_by_what_follows(shared):
    x, y, b = (Value(0.1 * i, name) for i, name in enumerate("xyb", 1))
    hs = []
    for k in "cd":
        w, v = Value(0.3, f"{k}1"), Value(0.4, f"{k}2")
        hs.append(sigmoid(w * x + v * y + (b if shared else Value(0.1, f"b{k}"))))
    out = Value(0.5, "e") * hs[0] + Value(0.6, "f") * hs[1]
    roles = told((out - Value(1.0, "t")) ** 2)
    assert {name for name, role in roles.items() if role == "input"} == {"x", "y"}
    assert {name for name, role in roles.items() if role == "leaf"} == {"t"}


def test_a_softmax_has_no_stray_constant_in_its_picture():
    p = softmax([Value(1.0, "s_1"), Value(2.0, "s_2")])[1]
    assert '"constant' not in draw(named(p, "p_2"), detail="all").source


def test_an_index_is_set_below_and_a_layer_above():
    w, x = Value(2.0, "w_11^2"), Value(3.0, "out_h1")
    source = draw(named(w * x, "y_1")).source
    assert "<B>w<SUB>11</SUB><SUP>2</SUP></B>" in source
    assert "<B>y<SUB>1</SUB></B>" in source
    assert "<B>out_h1</B>" in source


def weights(root, *names):
    graph = Graph(root)
    return [[w.label for w in weights_of(graph, graph.find(name))] for name in names]


def test_the_weights_of_a_neuron_before_and_after_its_activation():
    root = worked.load("5").graph()
    assert weights(root, "h1", "out_h1") == [["w1", "w2", "b1"]] * 2
    assert weights(root, "y2", "out_y2") == [["w7", "w8", "b2"]] * 2
    (every,) = weights(root, "E")
    assert sorted(every) == ["b1", "b2", *[f"w{i}" for i in range(1, 9)]]


@pytest.mark.parametrize("form", ["dot", "products"])
def test_the_weights_of_an_output_of_softmax(form):
    x = [Value(0.3, "x1"), Value(0.7, "x2")]
    scores = []
    for k in "ab":
        w, b = [Value(0.4, f"{k}1"), Value(0.2, f"{k}2")], Value(0.1, f"b{k}")
        s = dot(w, x, b) if form == "dot" else w[0] * x[0] + w[1] * x[1] + b
        scores.append(named(s, f"s_{k}"))
    p = [named(q, f"p_{k}") for q, k in zip(softmax(scores), "ab", strict=True)]
    assert weights(p[0] ** 2 + p[1], "p_b") == [["b1", "b2", "bb"]]


def test_a_linear_neuron_has_its_own_weights_only():
    w, x, v = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "v")
    h = named(w * x, "h")
    y = named(v * h + Value(0.1, "c"), "y")
    assert weights((y - 1) ** 2, "y") == [["v", "c"]]
