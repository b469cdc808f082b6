"""`derive_general` on the notes and on networks of every kind."""

# ruff: noqa: N806 (matrices are capitals, as in the notes)

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import GraphError, Value, derive_general, dot, sigmoid, tanh, total
from autograd.errors import DerivationError
from autograd.general.calculus import Calculus
from autograd.general.terms import Constant, multiply
from autograd.rules import RULES
from nn.worked import load

EXAMPLE = """\
z_j^l = Σ_i w_ij^l a_i^(l−1) + b_j^l         a_j^l = σ(z_j^l)         L = ½ Σ_j (y_j − a_j^L)²
∂L/∂w_ij^l = ∂L/∂z_j^l · ∂z_j^l/∂w_ij^l      w_ij^l acts on L through z_j^l alone
∂z_j^l/∂w_ij^l = a_i^(l−1)                   of the sum only the term with w_ij^l depends on it
so  ∂L/∂w_ij^l = δ_j^l · a_i^(l−1)           with δ_j^l = ∂L/∂z_j^l
output layer, l = L:   δ_j^L = ∂L/∂a_j^L · σ'(z_j^L) = (a_j^L − y_j) · a_j^L(1 − a_j^L)
hidden layers, l < L:  a_j^l acts on L through all z_k^(l+1):  δ_j^l = (Σ_k δ_k^(l+1) w_jk^(l+1)) · a_j^l(1 − a_j^l)
checked on all 8 weights; largest difference """  # noqa: E501


def test_the_rule_of_note_2_reads_as_on_the_board():
    text = str(derive_general(load("2").graph(), "w"))
    assert text.startswith(EXAMPLE)
    assert float(text.removeprefix(EXAMPLE)) < 1e-15


BOXED = [
    ("1", "w", "∂L/∂w_ij^L = δ_j^L · a_i^(L−1)"),
    ("1", "w", "δ_j^L = ∂L/∂a_j^L · σ'(z_j^L) = (a_j^L − y_j) · a_j^L(1 − a_j^L)"),
    ("1", "b", "∂L/∂b_j^L = δ_j^L"),
    ("2", "w", "∂L/∂w_ij^l = δ_j^l · a_i^(l−1)"),
    ("2", "b", "∂L/∂b_j^l = δ_j^l"),
    ("3a", "w", "∂L/∂w_j1^2 = −2(y − ŷ) o_j"),
    ("3a", "w", "∂L/∂w_ij^1 = −2(y − ŷ) w_j1^2 x_i"),
    ("3a", "b", "∂L/∂b_21 = −2(y − ŷ)"),
    ("3a", "b", "∂L/∂b_1j = −2(y − ŷ) w_j1^2"),
    ("3b", "ŷ", "(−y + y ŷ + ŷ − ŷ y)/(ŷ(1 − ŷ)) = −(y − ŷ)/(ŷ(1 − ŷ))"),
    ("3b", "w", "= −(y − ŷ)"),
    ("3b", "w", "∂L/∂w_j1^2 = −(y − ŷ) o_j"),
    ("3b", "w", "∂L/∂w_ij^1 = −(y − ŷ) w_j1^2 x_i"),
    ("3b", "b", "∂L/∂b_21 = −(y − ŷ)"),
    ("3b", "b", "∂L/∂b_1j = −(y − ŷ) w_j1^2"),
    ("4", "ŷ", "∂L/∂ŷ = 2(ŷ − y)"),
    ("4", "O", "∂L/∂O_j = 2(ŷ − y) w_j1^2"),
    ("4", "w", "∂L/∂w_j1^2 = 2(ŷ − y) O_j"),
    ("4", "w", "∂L/∂w_ij^1 = 2(ŷ − y) w_j1^2 O_j(1 − O_j) i_i"),
    ("4", "b", "∂L/∂b_21 = 2(ŷ − y)"),
    ("4", "b", "∂L/∂b_1j = 2(ŷ − y) w_j1^2 O_j(1 − O_j)"),
    ("5", "w", "∂E/∂w_ij^l = δ_j^l · a_i^(l−1)"),
    ("5", "w", "δ_j^l = (Σ_k δ_k^(l+1) w_jk^(l+1)) · a_j^l(1 − a_j^l)"),
    ("5", "b", "∂E/∂b^l = Σ_k δ_k^l"),
]


@pytest.mark.parametrize(("note", "of", "formula"), BOXED)
def test_every_boxed_formula_of_the_notes(note, of, formula):
    assert formula in str(derive_general(load(note).graph(), of))


def test_labels_that_are_running_numbers_get_the_notes_indices():
    found = derive_general(load("5").graph(), "w5")
    assert found.table == {
        "w1": "w_11^1", "w2": "w_21^1", "w3": "w_12^1", "w4": "w_22^1",
        "w5": "w_11^2", "w6": "w_21^2", "w7": "w_12^2", "w8": "w_22^2",
    }  # fmt: skip
    assert "w_12^1 is w3" in str(found)


@pytest.mark.many
def test_every_line_holds_on_every_instance(derivation):
    assert not derivation.exceptions
    assert all(case.relative <= 1e-12 for case in derivation.checked)
    assert "NOT" not in derivation.verdict


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_random_networks_have_formulas_that_hold(random_root, seed):
    found = derive_general(random_root(seed))
    assert not found.exceptions


@pytest.mark.parametrize("name", ["mlp2", "rows", "elman", "attention", "residual", "convolution"])
def test_a_wrong_partial_is_seen(monkeypatch, networks, name):
    partial = Calculus.partial

    def wrong(self, g, s, at, position):
        found = partial(self, g, s, at, position)
        is_one = g.op in ("sigmoid", "tanh", "relu", "-", "**")
        return multiply(Constant(1.0 + 1e-9), found) if is_one else found

    monkeypatch.setattr(Calculus, "partial", wrong)
    found = derive_general(networks(name))
    assert found.exceptions
    assert "do NOT hold" in str(found)
    deviation = found.exceptions[0]
    assert not math.isclose(deviation.by_formula, deviation.exact, rel_tol=1e-12)


def network_of(labels, order):
    """Three inputs, four and two neurons on two rows, with labels and in an order of neurons."""
    numbers = iter([math.sin(5.0 * n) for n in range(1000)])

    def value(name):
        return Value(next(numbers), labels(name))

    rows = [[value(f"x{r}_{i}") for i in range(3)] for r in range(2)]
    W = [[value(f"w_{i}{j}^1") for i in range(3)] for j in range(4)]
    b = [value(f"b_{j}^1") for j in range(4)]
    V = [[value(f"w_{i}{j}^2") for i in range(4)] for j in range(2)]
    y = [[value(f"y{r}_{j}") for j in range(2)] for r in range(2)]
    hidden, rows_in_order, outer = order([0, 1, 2, 3]), order([0, 1]), order([1, 0])
    losses = []
    for r in rows_in_order:
        a = {j: tanh(dot(W[j], rows[r], b[j])) for j in hidden}
        for j in outer:
            o = sigmoid(dot([V[j][i] for i in hidden], [a[i] for i in hidden]))
            losses.append((o - y[r][j]) ** 2)
    return total(losses)


def without_letters(formula):
    """A formula with letters by the order in which they come."""
    seen = {}
    return re.sub(
        r"∂L/∂|[^\W\d_]", lambda m: seen.setdefault(m[0], f"<{len(seen)}>"), formula
    )  # fmt: skip


@pytest.mark.parametrize("order", [list, lambda xs: xs[::-1]])
@pytest.mark.parametrize(
    "labels",
    [lambda s: s, lambda s: None, lambda s: f"q{abs(hash(s))}", lambda s: s.replace("w", "v")],
)
def test_names_and_the_order_of_rows_and_neurons_do_not_matter(labels, order):
    plain = derive_general(network_of(lambda s: s, list))
    other = derive_general(network_of(labels, order))
    expected = sorted({without_letters(f) for f in plain.formulas})
    assert sorted({without_letters(f) for f in other.formulas}) == expected


def test_a_sum_that_is_one_in_the_data_is_said():
    text = str(derive_general(softmax_network(), "w"))
    assert "δ_j^L = a_j^L(∂L/∂a_j^L − Σ_k ∂L/∂a_k^L a_k^L) = a_j^L − y_j" in text
    assert "as Σ_k y_k = 1 in the data" in text


def softmax_network():
    import nn

    model = nn.MLP(2, [3, 2], activation="tanh", output="softmax", seed=1)
    targets = [Value(0.25, "y_1"), Value(0.75, "y_2")]
    return nn.cross_entropy(model.forward((0.3, -0.2)), targets)


def test_token_and_position_embeddings_are_told_apart_by_label(networks):
    found = derive_general(networks("gpt"), "E")
    assert found.count in range(4, 13)  # only the rows of words that were taken
    assert derive_general(networks("gpt"), "P").count == 12


def test_the_first_step_of_an_lstm_is_a_step_like_the_others(networks):
    found = derive_general(networks("lstm"))
    assert len(found.formulas) == 12  # two matrices and a bias for each of four gates
    assert all(" = Σ_t ∂L/∂" in formula for formula in found.formulas)


def test_an_elman_net_without_a_start_has_a_first_step(networks):
    text = str(derive_general(networks("elman"), "u"))
    assert "so  ∂L/∂u_ij = Σ_(t=2..T) δ_j^(t) · a_i^(t−1)" in text
    text = str(derive_general(networks("elman"), "v"))
    assert "first step, t = 1:" in text
    assert "later steps, t > 1:" in text


def test_plain_targets_of_0_and_1_are_one_formula(networks):
    text = str(derive_general(networks("plain targets"), "w"))
    assert "L = (1/n) Σ_r (−y_r log(a_r) − (1 − y_r) log(1 − a_r))" in text
    assert "= (1/n) (a_r − y_r)" in text
    assert "n = 4" in text


def test_weights_with_a_penalty_keep_their_layers(networks):
    found = derive_general(networks("penalty"), "w")
    assert "∂L/∂w_ij^l = δ_j^l a_i^(l−1) + 2 ∂L/∂q w_ij^l" in found.formulas


def test_one_value_with_its_numbers():
    found = derive_general(load("5").graph(), "w").instance("w5")
    assert found.name == "w_11^2"
    assert str(found).startswith(
        """\
w5 is w_11^2

∂E/∂w_11^2 = δ_1^2 a_1^1
           = 0.138499 · 0.593270
           = 0.0821670

δ_1^2 = (a_1^2 − t_1) a_1^2(1 − a_1^2)"""
    )
    assert math.isclose(found.value, found.derivation.value, rel_tol=1e-12)
    assert "0.4 − 0.5 · 0.0821670" in found.update(0.5)
    hidden = str(derive_general(load("5").graph(), "w").instance("w_11^1"))
    assert "δ_1^1 = (δ_1^2 w_11^2 + δ_2^2 w_12^2) a_1^1(1 − a_1^1)" in hidden
    assert "= (0.138499 · 0.4 + (−0.0380982) · 0.5) · 0.593270 · (1 − 0.593270)" in hidden
    with pytest.raises(ValueError, match="no value"):
        derive_general(load("5").graph(), "w").instance("w9")


def test_the_update_rule_and_one_step():
    found = derive_general(load("5").graph(), "w")
    assert found.update_rule == ("w_ij^l ← w_ij^l − η δ_j^l a_i^(l−1)",)
    new = found.updated(0.5)
    assert round(new["w5"], 10) == 0.3589164797
    assert round(new["w1"], 10) == 0.1497807161
    with pytest.raises(ValueError, match="finite"):
        found.updated(math.inf)


OPERATIONS = [name for name, rule in RULES.items() if rule.elementwise and name != "where"]


@pytest.mark.many
@pytest.mark.parametrize("op", OPERATIONS)
def test_any_operation_of_the_table(op):
    """A layer of it: its row in the table is all that the derivation knows."""
    rule = RULES[op]
    parts = [(0.2, 0.5), (0.7, 0.3), (0.4, 0.6)]
    weights = [Value(w, f"w_{i}") for i, (w, _) in enumerate(parts, 1)]
    losses = []
    for i, (_, x) in enumerate(parts):
        z = weights[i] * Value(x, f"x_{i + 1}")
        arguments = (z,) if len(rule.parameters) == 1 else (z, Value(0.9 + 0.1 * i, f"v_{i + 1}"))
        if op == "acosh":
            arguments = (z + 1.5,)
        losses.append(rule.evaluate(arguments) * (1.0 + 0.5 * i) - 0.3)
    found = derive_general(total([v * v for v in losses]), "w")
    assert not found.exceptions
    assert found.count == 3


def test_what_is_looked_up_is_said(networks):
    found = derive_general(networks("embeddings"))
    text = str(found)
    assert "[m(r) = j]" in text  # of a table only the rows that were taken
    (listed,) = re.findall(r"with m = ([\d, ]+)", text)
    words = listed.split(", ")  # the words 3, 1, 3, 0
    assert len(words) == 4
    assert words[0] == words[2]
    assert len(set(words)) == 3


def test_errors_tell_what_to_do():
    root = load("5").graph()
    with pytest.raises(ValueError, match="its letters are"):
        derive_general(root, "nonsense")
    with pytest.raises(ValueError, match="not in the graph"):
        derive_general(root, Value(1.0))
    with pytest.raises(TypeError):
        derive_general(3.0, "w")
    with pytest.raises(DerivationError):
        derive_general(root, "E")
    leaf = next(v for v in (root,) if v)
    leaf.data += 1.0
    with pytest.raises(GraphError, match="after the forward pass"):
        derive_general(root, "w")


def test_no_gradient_is_touched():
    root = load("5").graph()
    derive_general(root)
    assert root.grad == 0.0


def test_a_layer_may_be_left_out_where_that_leaves_no_doubt():
    loss = load("1").graph()
    assert str(derive_general(loss, "w_11")) == str(derive_general(loss, "w_11^2"))
