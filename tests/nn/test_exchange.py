"""Models from and to PyTorch: the same parameters, outputs and gradients."""

import numpy as np
import pytest
from extras import extra, needs
from helpers.models import MODELS, numbers

import nn
from autograd import Value
from autograd.rules import ACTIVATIONS

torch = extra("torch")


X = [[0.3, -1.2], [1.5, 0.4], [-0.7, 0.9]]


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(2.0, "m"), Value(1.0, "c")

    def __call__(self, x):
        return self.slope * x[0] + self.offset


@needs("torch")
@pytest.mark.parametrize("name", MODELS)
def test_to_torch_has_equal_outputs_and_gradients(name):
    model = MODELS[name]()
    network = nn.to_torch(model)
    assert list(network.state_dict()) == list(model.state_dict())
    outputs = network(torch.tensor(X, dtype=torch.float64))
    expected = [model(row) for row in X]
    for row, found in zip(outputs.tolist(), expected, strict=True):
        ours = found if isinstance(found, list) else [found]
        assert row == pytest.approx([v.data for v in ours], rel=1e-12)
        sum([v * (k + 1.0) for k, v in enumerate(ours)]).backward()
    (outputs * torch.arange(1.0, outputs.shape[1] + 1)).sum().backward()
    ours = [p.grad for p in model.parameters()]
    layers = getattr(model, "layers", [model])
    linears = [m for m in network if isinstance(m, torch.nn.Linear)]
    theirs = []
    for layer, linear in zip(layers, linears, strict=True):
        for j in range(len(getattr(layer, "neurons", [layer]))):
            theirs += [*linear.weight.grad[j].tolist(), linear.bias.grad[j].item()]
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@needs("torch")
@pytest.mark.parametrize("name", ["mlp", "mixed", "dropout", "leaky"])
def test_there_and_back(name):
    model = MODELS[name]()
    again = nn.from_torch(nn.to_torch(model))
    assert numbers(again) == numbers(model)
    assert repr(again) == repr(model)


@needs("torch")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_goes_to_torch_and_to_a_file_and_back(name, tmp_path):
    model = nn.MLP(2, [3, 1], name, name, seed=1)
    x = [[0.5, -1.25], [30.0, 40.0], [-2.0, 0.25]]
    ours = [model(row).data for row in x]
    theirs = nn.to_torch(model)(torch.tensor(x, dtype=torch.float64)).reshape(-1).tolist()
    assert theirs == pytest.approx(ours, rel=1e-12, abs=1e-15)
    model.save(tmp_path / "model")
    for again in (nn.from_torch(nn.to_torch(model)), nn.load(tmp_path / "model")):
        assert repr(again) == repr(model)
        assert [again(row).data for row in x] == ours


def test_from_torch_takes_float32_exactly_and_nested_networks():
    torch.manual_seed(0)
    inner = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    network = torch.nn.Sequential(inner, torch.nn.Identity(), torch.nn.Linear(3, 2))
    model = nn.from_torch(network)
    outputs = network.double()(torch.tensor(X, dtype=torch.float64)).tolist()
    for row, expected in zip(X, outputs, strict=True):
        assert [v.data for v in model(row)] == pytest.approx(expected, rel=1e-12)
    model.load_state_dict(nn.to_torch(model).state_dict())  # tensors are taken too


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (lambda: [torch.nn.ReLU()], "where a Linear is expected"),
        (lambda: [torch.nn.Linear(2, 2, bias=False)], "has no bias"),
        (lambda: [torch.nn.Linear(2, 2), torch.nn.Hardswish()], "Hardswish.*no counterpart"),
        (lambda: [torch.nn.Linear(2, 2), torch.nn.GELU("tanh")], "GELU.*no counterpart"),
        (lambda: [torch.nn.Linear(2, 2), torch.nn.LeakyReLU(0.2)], "LeakyReLU.*no counterpart"),
        (lambda: [torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Tanh()], "Tanh.*no counterpart"),
        (lambda: [torch.nn.Linear(2, 2), torch.nn.Dropout(0.1)], "Dropout after the last"),
        (
            lambda: [torch.nn.Linear(2, 2), torch.nn.Softmax(-1), torch.nn.Linear(2, 1)],
            "Softmax before",
        ),
        (list, "no Linear"),
    ],
)
def test_from_torch_names_what_has_no_counterpart(items, message):
    with pytest.raises(ValueError, match=message):
        nn.from_torch(torch.nn.Sequential(*items()))


@needs("torch")
def test_to_torch_refuses_what_pytorch_cannot_know():
    with pytest.raises(ValueError, match="function of your own"):
        nn.to_torch(nn.Neuron(2, lambda z: z * z))
    with pytest.raises(TypeError, match="not Line"):
        nn.to_torch(Line())


@needs("torch")
def test_shared_biases_become_one_each_with_the_same_sum():
    model = nn.MLP(2, [2, 1], "tanh", shared_bias=True, seed=0)
    network = nn.to_torch(model)
    model(X[0]).backward()
    network(torch.tensor(X[0], dtype=torch.float64)).sum().backward()
    shared = model.layers[0].neurons[0].bias
    assert shared.grad == pytest.approx(network[0].bias.grad.sum().item(), rel=1e-12)


@needs("torch")
def test_the_model_trains_on_in_pytorch():
    """The same network, data and optimiser: the same parameters after 50 more steps."""
    y = [0.5, -0.2, 0.1]
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    nn.fit(model, X, y, epochs=20, batch_size=None, optimizer=nn.SGD(0.1), progress=False)
    network = nn.to_torch(model)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    rows, targets = torch.from_numpy(np.array(X)), torch.from_numpy(np.array(y))[:, None]
    for _ in range(50):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(network(rows), targets).backward()
        optimizer.step()
    nn.fit(model, X, y, epochs=50, batch_size=None, optimizer=nn.Adam(0.01), progress=False)
    for name, array in network.state_dict().items():
        assert array.numpy() == pytest.approx(model.state_dict()[name], rel=1e-10), name
