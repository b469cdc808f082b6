"""A network's loss as a problem."""

import pytest

import nn
from autograd import Value, problem

NETWORKS = [
    (nn.MLP(2, [2, 2], "sigmoid", "sigmoid", seed=1), [0.05, -1.5], [0.0, 1.0], None),
    (nn.MLP(3, [4, 1], "tanh", seed=2), [1.0, 2.0, 3.0], 0.5, "mean_squared_error"),
    (nn.MLP(2, [3, 1], "relu", "sigmoid", seed=3), [1.0, 2.0], 1.0, "binary_cross_entropy"),
    (nn.MLP(2, [3], output="softmax", seed=4), [1.0, -2.0], 2, "cross_entropy"),
    (nn.MLP(2, [3], output="linear", seed=4), [1.0, -2.0], 1, "cross_entropy_with_logits"),
    (nn.MLP(12, [11, 1], seed=5), [0.1] * 12, 0.0, "half_squared_error"),
    (nn.Layer(2, 2, "tanh"), [0.1, 0.2], [1.0, 0.0], "half_squared_error"),
]


@pytest.mark.parametrize(("model", "x", "y", "loss"), NETWORKS)
def test_the_problem_is_the_networks_loss(model, x, y, loss):
    p = nn.as_problem(model, x, y, *([loss] if loss else []))
    of = nn.losses.LOSSES[loss or "half_squared_error"]
    expected = of(model(x), y)
    assert p.graph.data == expected.data
    model.zero_grad()
    expected.backward()
    p.graph.backward()
    for parameter in model.parameters():
        name = parameter.label.replace(",", "_")
        assert p.values[name].data == parameter.data
        assert p.values[name].grad == parameter.grad
        assert p.roles[name] == "parameter"
    assert p.roles["x_1"] == "input"
    assert problem(p.text()).graph.data == p.graph.data


def test_a_loss_of_ones_own():
    model = nn.MLP(2, [1], seed=0)
    p = nn.as_problem(model, [1.0, 2.0], 0.5, lambda output, target: abs(output - target))
    assert p.graph.data == abs(model([1.0, 2.0]) - Value(0.5)).data


def test_an_unknown_loss_is_said():
    with pytest.raises(ValueError, match="did you mean cross_entropy"):
        nn.as_problem(nn.MLP(2, [1]), [1.0, 2.0], 0.5, "cross_entropie")
