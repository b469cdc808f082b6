"""The problem files that ship, held against the notes, published numbers and PyTorch."""

import math

import pytest
from extras import extra

from autograd import check_gradients, problem
from autograd.problems.examples import EXAMPLES, example
from autograd.value import Value, topological

torch = extra("torch")


def gradients(p):
    p.graph.backward()
    return {name: v.grad for name, v in p.values.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_read_derived_and_written(name):
    p = problem(example(name))
    leaf = next(label for label, role in p.roles.items() if role == "parameter")
    p.graph.backward()
    assert p.derive(leaf).value == pytest.approx(p.values[leaf].grad, rel=1e-12, abs=1e-300)
    assert problem(p.text()).graph.data == p.graph.data
    assert "aligned" in p.latex()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_gradient_agrees_with_differences(name):
    p = problem(example(name))
    names = [k for k in p.roles if k not in p._built.data]
    check_gradients(
        lambda *xs: _set(p, dict(zip(names, xs, strict=True))), [p.values[k].data for k in names]
    )


def _set(p, values):
    """The problem's graph on other Values."""
    from autograd.rules import RULES

    made = {}

    def on(x):
        return tuple(map(on, x)) if isinstance(x, tuple) else made.get(x, x)

    for v in topological(p.graph):
        if not v.operands:
            made[v] = values.get(v.label, v)
        else:
            made[v] = RULES[v.op].evaluate(on(v.arguments))
    return made[p.graph]


@pytest.mark.parametrize("key", ["1", "2", "3a", "3b", "4", "5"])
def test_the_notes_are_those_of_the_engine(key):
    from nn.worked import load

    root = load(key).graph()
    p = problem(example(f"note{key}"))
    p = p.row(1) if p.rows else p
    root.backward()
    p.graph.backward()
    named = {v.label: v for v in topological(root) if v.label}
    assert p.graph.data == pytest.approx(root.data, rel=1e-14)
    for label, v in named.items():
        assert p.values[label].data == pytest.approx(v.data, rel=1e-14), label
        assert p.values[label].grad == pytest.approx(v.grad, rel=1e-12, abs=1e-16), label
    assert p.learning_rate == getattr(load(key), "LEARNING_RATE", None)


def test_the_notes_own_figures():
    grads = gradients(problem(example("note5")))
    assert grads["w1"] == pytest.approx(0.0004385677, abs=5e-11)
    assert grads["b2"] == pytest.approx(0.1004003251, abs=5e-11)
    grads = gradients(problem(example("note3a")).row(1))
    assert [grads[k] for k in ("w_11^1", "w_21^1", "w_11^2", "b_21")] == [26880, 2688, 29568, 336]


def test_the_lectures_neuron():
    p = problem(example("neuron"))
    grads = gradients(p)
    assert p.graph.data == pytest.approx(math.sqrt(0.5), rel=1e-12)
    assert [grads[k] for k in ("x1", "w1", "x2", "w2")] == pytest.approx([-1.5, 1, 0.5, 0])


def test_micrograds_example():
    p = problem(example("micrograd"))
    grads = gradients(p)
    assert f"{p.graph.data:.4f}" == "24.7041"
    assert (f"{grads['a']:.4f}", f"{grads['b']:.4f}") == ("138.8338", "645.5773")


def test_the_circuits_of_cs231n():
    grads = gradients(problem(example("circuit")))
    assert [grads[k] for k in ("x", "y", "z", "q")] == [-4, -4, 3, -4]
    p = problem(example("sigmoid_circuit"))
    grads = gradients(p)
    assert f"{p.graph.data:.2f}" == "0.73"
    printed = [f"{grads[k]:.2f}" for k in ("w0", "x0", "w1", "x1", "w2")]
    assert printed == ["-0.20", "0.39", "-0.39", "-0.59", "0.20"]


# Against PyTorch


def tensors(p, torch, *names):
    """The vectors and matrices of a problem as tensors."""
    found = []
    for name in names:
        entries = {k: v for k, v in p.values.items() if k.rpartition("_")[0] == name and not v.op}
        if name in p.values:
            found.append(torch.tensor(p.values[name].data, dtype=torch.float64))
        else:
            indices = [tuple(map(int, k.rpartition("_")[2])) for k in entries]
            shape = [max(column) for column in zip(*indices, strict=True)]
            found.append(
                torch.tensor([v.data for v in entries.values()], dtype=torch.float64).view(shape)
            )
        found[-1].requires_grad_()
    return found


def compare(p, names, leaves, loss):
    loss.backward()
    assert p.graph.data == pytest.approx(loss.item(), rel=1e-13)
    grads = gradients(p)
    for name, leaf in zip(names.split(), leaves, strict=True):
        ours = (
            [grads[name]]
            if name in grads
            else [g for k, g in grads.items() if k.rpartition("_")[0] == name]
        )
        assert ours == pytest.approx(leaf.grad.flatten().tolist(), rel=1e-11, abs=1e-16), name


def test_softmax_is_pytorchs():
    p = problem(example("softmax"))
    names = "x W b"
    x, w, b = leaves = tensors(p, torch, *names.split())
    loss = torch.nn.functional.cross_entropy((w @ x + b)[None], torch.tensor([0]))
    compare(p, names, leaves, loss)


def test_the_recurrent_net_is_pytorchs():
    p = problem(example("recurrent"))
    names = "x1 x2 x3 h0 W U b v t"
    x1, x2, x3, h, w, u, b, v, t = leaves = tensors(p, torch, *names.split())
    for x in (x1, x2, x3):
        h = torch.tanh(w @ x + u @ h + b)
    compare(p, names, leaves, 0.5 * (t - v @ h) ** 2)


def test_the_lstm_cell_is_pytorchs():
    p = problem(example("lstm"))
    names = "x h0 c0 t Wi Wf Wg Wo Ui Uf Ug Uo bi bf bg bo"
    x, h0, c0, t, *rest = leaves = tensors(p, torch, *names.split())
    joined = [torch.cat(rest[i : i + 4]) for i in (0, 4, 8)]
    h, _ = torch.ops.aten.lstm_cell(
        x[None], [h0[None], c0[None]], joined[0], joined[1], joined[2], torch.zeros_like(joined[2])
    )
    compare(p, names, leaves, 0.5 * ((t - h[0]) ** 2).sum())


def test_attention_is_pytorchs():
    p = problem(example("attention"))
    names = "x1 x2 t Wq Wk Wv"
    x1, x2, t, wq, wk, wv = leaves = tensors(p, torch, *names.split())
    tokens = torch.stack([x1, x2])
    o = torch.nn.functional.scaled_dot_product_attention(
        (wq @ x2)[None], tokens @ wk.T, tokens @ wv.T
    )
    compare(p, names, leaves, 0.5 * ((t - o[0]) ** 2).sum())


def test_batch_normalisation_is_pytorchs():
    p = problem(example("batch_norm"))
    names = "x t γ β"
    x, t, gamma, beta = leaves = tensors(p, torch, *names.split())
    y = torch.nn.functional.batch_norm(
        x[:, None], None, None, gamma[None], beta[None], training=True, eps=1e-5
    )
    compare(p, names, leaves, ((t - y[:, 0]) ** 2).mean())


def test_a_value_is_used_for_the_graph_on_other_values():
    p = problem(example("circuit"))
    assert _set(p, {"x": Value(1.0), "y": Value(1.0), "z": Value(3.0)}).data == 6
