"""Letters, sums and fractions in text and in LaTeX."""

import pytest

from autograd.formulas.pieces import ATOM, SUM
from autograd.general.scripts import LATEX, TEXT

BOTH = [
    (lambda s: s.name("w", ["i", "j"], "l"), "w_ij^l", "w_{ij}^{l}"),
    (lambda s: s.number(0.5), "½", r"\tfrac{1}{2}"),
    (lambda s: s.power(("x", ATOM), "2")[0], "x²", "x^{2}"),
    (lambda s: s.power(("a + b", SUM), "2")[0], "(a + b)²", r"\left(a + b\right)^{2}"),
    (lambda s: s.call("sigmoid", "", ["z"])[0], "σ(z)", r"\sigma\left(z\right)"),
    (lambda s: s.call("cbrt", "", ["z"])[0], "∛(z)", r"\sqrt[3]{z}"),
    (lambda s: s.call("log2", "", ["z"])[0], "log₂(z)", r"\log_2\left(z\right)"),
    (lambda s: s.call("leaky_relu", "", ["z"])[0], "leaky_relu(z)",
     r"\operatorname{leaky\_relu}\left(z\right)"),
    (lambda s: s.summed("Σ", ["k"], ""), "Σ_k", r"\sum_{k}"),
    (lambda s: s.derivative("L", "w"), "∂L/∂w", r"\frac{\partial L}{\partial w}"),
    (lambda s: s.second_derivative("L", "b", "b"), "∂²L/∂b²",
     r"\frac{\partial^{2} L}{\partial b^{2}}"),
    (lambda s: s.transposed("W"), "Wᵀ", r"W^{\top}"),
    (lambda s: s.primed("sigmoid", "z"), "σ'(z)", r"\sigma'\left(z\right)"),
    (lambda s: s.parenthesised("a"), "(a)", r"\left(a\right)"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "text", "latex"), BOTH)
def test_pieces_in_both_scripts(said, text, latex):
    assert (said(TEXT), said(LATEX)) == (text, latex)


def test_a_sum_is_parenthesised_only_where_it_must_be():
    assert TEXT.wrapped(("a + b", SUM), ATOM) == "(a + b)"
    assert TEXT.wrapped(("a", ATOM), SUM) == "a"


def test_a_sum_begins_with_a_positive_term():
    assert TEXT.signed_sum(["−y", "a"]) == "a − y"
    assert TEXT.signed_sum(["a", "b", "−c"]) == "a + b − c"


def test_a_fraction_wraps_what_is_long():
    assert TEXT.fraction(("a − y", SUM), ("2 n", 2))[0].startswith("(a − y)/")
    assert LATEX.fraction(("a - y", SUM), ("n", ATOM))[0] == r"\frac{a - y}{n}"
