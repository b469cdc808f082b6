"""The matrix form, and the formula as NumPy code."""

import numpy as np
import pytest
from extras import extra
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import derive_general
from autograd.errors import DerivationError
from autograd.general.blocks import Block, Blocks
from nn.worked import load


def formulas(root, of=None):
    return [line.formula for line in derive_general(root, of).matrix.lines]


def test_the_matrix_form_of_note_2():
    found = formulas(load("2").graph())
    assert "z^l = (W^l)ᵀ a^(l−1) + b^l" in found
    assert "∂L/∂W^l = a^(l−1) (δ^l)ᵀ" in found
    assert "∂L/∂b^l = δ^l" in found
    assert any(f.startswith("δ^l = (W^(l+1) δ^(l+1)) ⊙ σ'(z^l)") for f in found)
    assert any(f.startswith("δ^L = (a^L − y) ⊙ σ'(z^L)") for f in found)


def test_the_matrix_form_of_many_rows(networks):
    found = formulas(networks("rows"))
    assert "Z^l = A^(l−1) W^l + 𝟏 (b^l)ᵀ" in found
    assert "∂L/∂W^l = (A^(l−1))ᵀ Δ^l" in found
    assert "∂L/∂b^l = (Δ^l)ᵀ 𝟏" in found
    assert "δ = (2/n) (z − y)" in formulas(networks("linear regression"))
    assert "∂L/∂w = Xᵀ δ" in formulas(networks("linear regression"))


def test_parameters_of_all_steps_are_summed_over_the_steps(networks):
    assert "∂L/∂V = Σ_t x^(t) (δ^(t))ᵀ" in formulas(networks("elman"))


def test_shapes_stand_under_the_letters():
    lines = str(derive_general(load("2").graph(), "w").matrix).splitlines()
    i = next(i for i, line in enumerate(lines) if line.startswith("∂L/∂W^l"))
    assert lines[i].split() == ["∂L/∂W^l", "=", "a^(l−1)", "(δ^l)ᵀ"]
    assert lines[i + 1].split() == ["n_(l−1)×n_l", "n_(l−1)×1", "n_l×1"]
    for name, shape in (("a^(l−1)", "n_(l−1)×1"), ("(δ^l)ᵀ", "n_l×1")):
        assert lines[i].index(name) == lines[i + 1].rindex(shape)
    assert "W^l is n_in × n_out" in lines


def test_the_other_convention_is_named():
    from autograd import Value, dot, total

    w = [[Value(0.1 * (i + 2 * j), f"w_{j}{i}") for i in (1, 2, 3)] for j in (1, 2)]
    x = [Value(0.3 * i, f"x_{i}") for i in (1, 2, 3)]
    root = total([dot(row, x, Value(0.1 * j, f"b_{j}")) ** 2 for j, row in enumerate(w, 1)])
    assert "W is n_out × n_in" in str(derive_general(root, "w").matrix)


def test_latex_has_the_same_lines():
    found = derive_general(load("2").graph(), "w").matrix
    assert found.latex.count(r"\\") + 1 == len(found.lines)
    assert r"\frac{\partial L}{\partial W^{l}} &= a^{(l-1)} (\delta^{l})^{\top}" in found.latex


@pytest.mark.many
def test_every_matrix_line_and_the_code_hold(derivation):
    assert derivation.matrix.difference <= 1e-12
    assert derivation.code.check() <= 1e-12


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_code_of_random_networks(random_root, seed):
    found = derive_general(random_root(seed))
    assert found.matrix.difference <= 1e-12
    assert found.code.check() <= 1e-10


@pytest.mark.slow
def test_the_code_runs_by_itself_on_other_numbers(networks):
    """The program of note 2, run on other weights, gives PyTorch's gradients."""
    torch = extra("torch")
    found = derive_general(load("2").graph())
    space = {}
    exec(found.numpy(), space)
    generator = np.random.default_rng(0)
    arguments = {k: generator.normal(size=np.shape(v)) for k, v in found.code.arguments.items()}
    loss, gradients = space["gradients"](**arguments)
    t = {k: torch.tensor(v, requires_grad=True) for k, v in arguments.items()}
    a = torch.sigmoid(t["W1"].T @ t["a0"] + t["b1"])
    a = torch.sigmoid(t["W2"].T @ a + t["b2"])
    expected = 0.5 * ((t["y"] - a) ** 2).sum()
    expected.backward()
    assert np.isclose(loss, expected.item(), rtol=1e-12)
    for name, gradient in gradients.items():
        assert np.allclose(gradient, t[name].grad, rtol=1e-12)


def test_code_that_is_wrong_is_not_handed_out(monkeypatch):
    found = derive_general(load("2").graph())
    found.code.text = found.code.text.replace("(1 - a2)", "(2 - a2)")
    with pytest.raises(DerivationError, match="differs from the engine"):
        found.numpy()


def test_the_sign_of_a_number_is_not_written_before_its_letter(networks):
    """∂L/∂q = −3 and ∂L/∂w = ∂L/∂q x: the minus belongs to the number alone."""
    from autograd.formulas.pieces import ATOM
    from autograd.general.scripts import TEXT

    blocks = Blocks(TEXT)
    x = Block("x", ATOM, "x", ATOM, [1.0, 2.0], (2,))
    assert blocks.scaled(-3.0, 1, "q", "q", x).text == "q x"
    assert blocks.scaled(-3.0, -1, "q", "q", x).text == "−q x"
