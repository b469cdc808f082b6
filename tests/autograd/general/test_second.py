"""Second derivatives by two weights, in general letters."""

import numpy as np
import pytest
from extras import extra

import nn
from autograd import Error, Value, derive_general, dot, hessian, mean, sigmoid, softmax
from autograd.differentiate import second_derivatives
from autograd.errors import DerivationError
from autograd.general.calculus import Calculus
from autograd.general.terms import Constant, multiply
from nn.worked import load

torch = extra("torch")

PINNED = [
    ("linear regression", "w", "∂²L/∂w_i∂w_k = (2/n) Σ_r x_ri x_rk"),
    ("linear regression", "b", "∂²L/∂b² = 2"),
    ("logistic regression", "w", "∂²L/∂w_i∂w_k = (1/n) Σ_r a_r(1 − a_r) x_ri x_rk"),
    ("plain targets", "w", "∂²L/∂w_i∂w_k = (1/n) Σ_r a_r(1 − a_r) x_ri x_rk"),
    (
        "mlp1",
        "w",
        "∂²L/∂w_ij∂w_km = [j = m] a_j(1 − a_j) (a_j(1 − a_j) + (a_j − y_j) (1 − 2 a_j)) x_i x_k",
    ),
    ("convolution", "w", "∂²L/∂w_i∂w_k = 2 Σ_r [z_r > 0] v_(r+i−1) v_(r+k−1)"),
    ("embeddings", "v", "∂²L/∂v_ij∂v_kp = 2 w_i w_k Σ_r [m(r) = j] [m(r) = p]"),
]


@pytest.mark.parametrize(("name", "of", "formula"), PINNED)
def test_formulas_of_one_layer(networks, name, of, formula):
    found = derive_general(networks(name), of).second()
    assert found.formulas == (formula,)
    assert formula in str(found)
    assert found.difference < 1e-14


def test_softmax_regression():
    x = [Value(0.3, "x_1"), Value(-0.8, "x_2")]
    w = [[Value(0.1 * i - 0.3 * j, f"w_{i}{j}") for j in (1, 2, 3)] for i in (1, 2)]
    b = [Value(0.1 * j, f"b_{j}") for j in (1, 2, 3)]
    p = softmax([w[0][j] * x[0] + w[1][j] * x[1] + b[j] for j in range(3)])
    y = [Value(t, f"y_{j}") for j, t in enumerate([0.2, 0.5, 0.3], 1)]
    (formula,) = derive_general(nn.cross_entropy(p, y), "w").second().formulas
    assert formula == "∂²L/∂w_ij∂w_km = ([m = j] − q_m) q_j x_i x_k"


def test_by_values_of_two_families(networks):
    found = derive_general(networks("logistic regression"), "w").second("b")
    assert found.formulas == ("∂²L/∂w_i∂b = (1/n) Σ_r a_r(1 − a_r) x_ri",)
    assert found.count == 2


def test_the_printed_formula_is_the_hessian_of_pytorch():
    """(1/n) Σ_r a_r(1 − a_r) x_ri x_rk, as it is printed, beside PyTorch's own."""
    rows = np.array([[0.5, -1.0, 0.2], [1.5, 0.3, -0.7], [-0.4, 0.9, 1.1], [0.1, 0.2, 0.3]])
    targets, start = [1.0, 0.0, 1.0, 1.0], [0.3, -0.2, 0.5]
    w = [Value(x, f"w_{i}") for i, x in enumerate(start, 1)]
    b = Value(0.1, "b")
    a = [sigmoid(dot(w, list(row), b)) for row in rows]
    loss = nn.binary_cross_entropy(a, [Value(y, f"y_{r}") for r, y in enumerate(targets, 1)])
    (formula,) = derive_general(loss, "w").second().formulas
    assert formula == "∂²L/∂w_i∂w_k = (1/n) Σ_r a_r(1 − a_r) x_ri x_rk"
    x, y = torch.tensor(rows), torch.tensor(targets, dtype=torch.float64)

    def of(v):
        return torch.nn.functional.binary_cross_entropy_with_logits(x @ v + 0.1, y)

    want = torch.autograd.functional.hessian(of, torch.tensor(start, dtype=torch.float64))
    p = 1 / (1 + np.exp(-(rows @ start + 0.1)))
    by_formula = np.einsum("r,ri,rk->ik", p * (1 - p), rows, rows) / len(rows)
    np.testing.assert_allclose(by_formula, want, rtol=1e-12)
    np.testing.assert_allclose(second_derivatives(loss, w, w), want, rtol=1e-12)


def test_the_engine_on_a_graph_is_hessian():
    x, w = Value(2.0), Value(-3.0)
    root = mean([sigmoid(x * w), x**3 * w])
    want = hessian(lambda x, w: mean([sigmoid(x * w), x**3 * w]))(2.0, -3.0)
    assert second_derivatives(root, [x, w], [x, w]) == want


@pytest.mark.slow
def test_formulas_hold_or_an_error_says_why_there_is_none(derivation):
    letter_of = derivation.network.alphabet.letter
    for letter in dict.fromkeys(letter_of(f) for f in derivation.families):
        found, said = None, ""
        try:
            found = derive_general(derivation.root, letter).second()
        except Error as error:
            said = str(error)
        assert found or "fit a page" in said or "no common formula" in said
        assert not found or found.formulas
        assert not found or all("∂²" in s for s in found.omitted)


def test_a_count_inside_another_sum(random_root):
    found = derive_general(random_root(122), "w").second()
    assert found.formulas
    assert found.difference < 1e-14


@pytest.mark.slow
def test_a_deep_network_says_what_is_left_out(networks):
    found = derive_general(networks("mlp4"), "w").second()
    assert any(f.startswith("∂²L/∂w_j1^L∂w_k1^L = ") for f in found.formulas)
    assert any("does not fit a page" in s for s in found.omitted)
    assert found.omitted[0] in str(found)


def test_an_unrolled_network_is_refused_in_words(networks):
    with pytest.raises(DerivationError, match=r"does not fit a page.*autograd\.hessian"):
        derive_general(networks("elman"), "v").second()


def test_where_some_pairs_share_no_place(networks):
    with pytest.raises(DerivationError, match="no common formula: for v_1 and v_4"):
        derive_general(networks("convolution"), "v").second()


def test_a_wrong_partial_is_seen(monkeypatch, networks):
    partial = Calculus.partial
    root = networks("logistic regression")
    found = derive_general(root, "w")
    found.network.calculus.derivative(found.families[0])

    def wrong(self, g, s, at, position):
        found = partial(self, g, s, at, position)
        return multiply(Constant(1.0 + 1e-9), found) if g.op == "sigmoid" else found

    monkeypatch.setattr(Calculus, "partial", wrong)
    with pytest.raises(DerivationError, match="no common formula"):
        found.second()


def test_computed_values_and_unknown_letters_are_refused():
    root = load("3a").graph()
    with pytest.raises(DerivationError, match="computed from other values"):
        derive_general(root, "ŷ").second()
    with pytest.raises(ValueError, match="its letters are"):
        derive_general(root, "w").second("q")


def test_values_that_are_0_count(networks):
    """A Value of 0 is false in Python; it is still one of the family."""
    w = [Value(x, f"w_{i}") for i, x in enumerate((0.0, 0.5, 0.0), 1)]
    loss = mean([(dot(w, row) - 1.0) ** 2 for row in ([1.0, 2.0, 3.0], [0.5, 0.1, 0.2])])
    found = derive_general(loss, "w").second()
    assert found.count == 9
    assert found.formulas == ("∂²L/∂w_i∂w_k = (2/n) Σ_r x_ri x_rk",)


def test_latex(networks):
    latex = derive_general(networks("linear regression"), "w").second().latex
    assert latex == (
        "\\begin{aligned}\n"
        r"\frac{\partial L}{\partial w_{i}} &= \sum_{r} \delta_{r} x_{ri} \\"
        "\n"
        r"\frac{\partial^{2} L}{\partial w_{i} \, \partial w_{k}} &= \frac{2}{n} "
        r"\sum_{r} x_{ri} x_{rk}"
        "\n\\end{aligned}"
    )
    assert r"\partial b^{2}" in derive_general(networks("linear regression"), "b").second().latex
