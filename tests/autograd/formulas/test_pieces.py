"""Pieces of formulas and their parentheses, in text and in LaTeX."""

import pytest

from autograd.formulas.pieces import ATOM, POWER, PRODUCT, SUM, InLatex, InText


@pytest.mark.parametrize(
    ("style", "shown"), [(InText(), "(a + b)"), (InLatex(), r"\left(a + b\right)")]
)
def test_what_holds_less_tightly_is_parenthesised(style, shown):
    assert style.wrapped(("a + b", SUM), PRODUCT) == shown
    assert style.wrapped(("a + b", SUM), SUM) == "a + b"
    assert style.wrapped(("x²", POWER), PRODUCT) == "x²"
    assert style.wrapped(("a + b", ATOM), ATOM) == "a + b"
