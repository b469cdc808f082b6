"""A derivation set in text and LaTeX."""

from autograd.general.board import Step
from autograd.general.setting import latex_of, numbered, text_of

EQUATION = Step("z", ("w x",), "", kind="equation")
LINE = Step("∂L/∂w", ("∂L/∂z · ∂z/∂w", "δ x"), "by the chain rule")


def test_reasons_stand_in_a_column():
    text = text_of([EQUATION, LINE], {"w1": "w_1"}, {"n": 3}, "checked")
    lines = text.splitlines()
    assert lines[0].strip() == "z = w x"
    assert "by the chain rule" in text
    assert lines[-3:] == ["where w_1 is w1", "with n = 3", "checked"]


def test_numbered_has_each_form_in_a_line_of_its_own():
    lines = numbered([LINE], "i = 1..2", "checked").splitlines()
    assert sum(line.strip().startswith("= ") for line in lines) >= 1
    assert lines[-1] == "checked"


def test_latex_is_one_aligned_block():
    latex = latex_of([LINE])
    assert latex.startswith(r"\begin{aligned}")
    assert latex.count("&=") == 2
