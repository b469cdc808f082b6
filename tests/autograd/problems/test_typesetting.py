"""A problem's formulas in LaTeX."""

from autograd import Value
from autograd.problems.typesetting import as_latex


def test_numbers_come_first_then_formulas():
    w, x = Value(0.5, "w_1"), Value(2.0, "x")
    z = w * x
    z.label = "z"
    lines = as_latex(z).splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{aligned}", r"\end{aligned}")
    assert [line.partition(" &= ")[0] for line in lines[1:-1]] == ["w_{1}", "x", "z"]
    assert "0.5" in lines[1]
