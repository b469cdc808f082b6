"""The matrix form of a layer's gradients (note N2) against the per-weight gradients."""

import numpy as np
import pytest

import nn
from autograd import Value

TEXT = """\
a^1 = [a_1^1] = [0.593270]
      [a_2^1]   [0.596884]

δ^2 = [δ_1^2] = [  0.138499]
      [δ_2^2]   [−0.0380982]

∂E/∂W^2 = a^1 (δ^2)ᵀ = [∂E/∂w_11^2  ∂E/∂w_12^2] = [0.0821670  −0.0226025]
                       [∂E/∂w_21^2  ∂E/∂w_22^2]   [0.0826676  −0.0227402]

∂E/∂b^2 = δ^2 = [∂E/∂b_1^2] = [  0.138499]
                [∂E/∂b_2^2]   [−0.0380982]"""


@pytest.fixture
def worked_model():
    return nn.MLP(
        2,
        [2, 2],
        "sigmoid",
        "sigmoid",
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        biases=[0.35, 0.60],
    )


def loss_of(model):
    loss = nn.half_squared_error(model([0.05, 0.10]), [0.01, 0.99])
    loss.label = "E"
    return loss


def test_the_worked_example_as_matrices(worked_model):
    form = nn.matrix_form(worked_model, loss_of(worked_model))
    assert str(form).endswith(TEXT)
    assert "δ^1 = σ'(z^1) ⊙ (W^2 δ^2) = [δ_1^1] = [0.00877135]" in str(form)
    assert form._repr_mimebundle_()["text/plain"] == str(form)
    latex = form.latex.split("\n")
    assert (
        r"\frac{\partial E}{\partial W^{2}} &= a^{1} (\delta^{2})^{\top} = "
        r"\begin{bmatrix} \frac{\partial E}{\partial w_{11}^{2}} & "
        r"\frac{\partial E}{\partial w_{12}^{2}} \\ \frac{\partial E}{\partial w_{21}^{2}} & "
        r"\frac{\partial E}{\partial w_{22}^{2}} \end{bmatrix} = "
        r"\begin{bmatrix} 0.0821670 & -0.0226025 \\ 0.0826676 & -0.0227402 \end{bmatrix} \\"
    ) in latex


@pytest.mark.parametrize("examples", [1, 4])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_it_equals_the_gradients_of_backward(examples, shared, activation):
    model = nn.MLP(3, [5, 4, 2], activation, "sigmoid", shared_bias=shared, seed=7)
    rows = [[0.3 * i - 0.2, 0.5, -1.0 + i] for i in range(examples)]
    loss = nn.binary_cross_entropy([model(row) for row in rows], [[1, 0]] * examples)
    form = nn.matrix_form(model, loss)
    assert all(p.grad == 0.0 for p in model.parameters())
    loss.backward()
    for layer, found in zip(model.layers, form.layers, strict=True):
        grads = np.array([[w.grad for w in n.weights] for n in layer.neurons]).T
        assert np.allclose(found.weights, grads, rtol=1e-12, atol=1e-15)
        biases = [n.bias.grad for n in (layer.neurons[:1] if shared else layer.neurons)]
        assert np.allclose(found.biases, biases, rtol=1e-12, atol=1e-15)
        assert np.allclose(found.weights, found.inputs.T @ found.delta)
    assert ("Σ a^0 (δ^1)ᵀ" in str(form)) == (examples > 1)


@pytest.mark.parametrize(("activation", "slope"), [
    ("sigmoid", lambda z: 1 / (1 + np.exp(-z)) / (1 + np.exp(z))),
    ("tanh", lambda z: 1 - np.tanh(z) ** 2),
    ("relu", lambda z: (z > 0) * 1.0),
    ("linear", np.ones_like),
])  # fmt: skip
def test_delta_of_a_hidden_layer_comes_from_the_next(activation, slope):
    model = nn.MLP(2, [3, 2], activation, seed=5)
    x = [0.4, -1.2]
    first, second = nn.matrix_form(model, nn.half_squared_error(model(x), [1.0, 0.0])).layers
    assert first.slope == activation
    assert second.slope is None
    w1, w2 = [np.array([[w.data for w in n.weights] for n in y.neurons]).T for y in model.layers]
    z = np.array(x) @ w1
    assert np.allclose(first.delta[0], slope(z) * (w2 @ second.delta[0]), rtol=1e-12)


def test_a_single_neuron_and_a_large_layer():
    neuron = nn.Neuron(2, weights=[1.0, 2.0])
    form = nn.matrix_form(neuron, neuron([3.0, 4.0]) * 2)
    assert form.layers[0].weights.tolist() == [[6.0], [8.0]]
    layer = nn.Layer(40, 30, seed=1)
    text = str(nn.matrix_form(layer, nn.half_squared_error(layer([0.1] * 40), [0.0] * 30)))
    assert "⋮" in text
    assert "…" in text
    assert max(map(len, text.splitlines())) < 250


def test_what_cannot_be_written_as_matrices(worked_model):
    loss = loss_of(worked_model)
    with pytest.raises(ValueError, match=r"layer 1 is not the sum of a δᵀ alone"):
        nn.matrix_form(worked_model, loss + worked_model.parameters()[0] ** 2)
    with pytest.raises(ValueError, match="does not depend on the neurons of layer 1"):
        nn.matrix_form(nn.MLP(2, [2], seed=0), loss)
    with pytest.raises(TypeError, match="takes a model and its loss"):
        nn.matrix_form(loss, worked_model)
    with pytest.raises(TypeError, match="the loss is a Value"):
        nn.matrix_form(worked_model, 0.5)
    with pytest.raises(ValueError, match="no layer"):
        nn.matrix_form(nn.Module(), Value(1.0))
