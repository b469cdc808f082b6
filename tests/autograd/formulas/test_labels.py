"""Labels as they are written in formulas."""

import pytest

from autograd.formulas.labels import number_text
from autograd.formulas.typeset import LATEX, TEXT


@pytest.mark.parametrize(
    ("label", "text", "latex"),
    [
        ("w5", "w5", "w_{5}"),
        ("w_11^2", "w_11^2", "w_{11}^{2}"),
        ("w_1,10^2", "w_1,10^2", "w_{1,10}^{2}"),
        ("out_y1", "out_y1", r"\mathrm{out}_{y1}"),
        ("ŷ", "ŷ", r"\hat{y}"),
        ("ŷ_1", "ŷ_1", r"\hat{y}_{1}"),
        ("x\u03021", "x\u03021", r"\hat{x}_{1}"),  # a letter and a combining accent
        ("x\u0304_1^2", "x\u0304_1^2", r"\bar{x}_{1}^{2}"),
        ("y\u03022", "y\u03022", r"\hat{y}_{2}"),
        ("η", "η", r"\eta"),
        ("δ_y1", "δ_y1", r"\delta_{y_{1}}"),
        ("learning rate", "“learning rate”", r"\text{learning rate}"),
        ("a-b", "“a-b”", r"\text{a-b}"),
        ("5%", "5%", r"\text{5}\%"),
        ("\\x{", "\\x{", r"\backslash \text{x}\{"),
    ],
)
def test_a_label_in_text_and_latex(label, text, latex):
    assert TEXT.name(label) == text
    assert LATEX.name(label) == latex


def test_a_rounded_number_does_not_look_like_a_whole_one():
    assert number_text(14167.03) == "14167.0"
    assert number_text(14167.0) == "14167"
