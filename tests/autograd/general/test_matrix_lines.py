"""The derivation in matrices, with the shapes of the letters."""

from autograd import derive_general
from autograd.general.matrix_lines import MatrixLine
from nn.worked import load


def test_a_line_has_its_shapes_below():
    line = MatrixLine("z", ("Wᵀ a",), {"W": "2×3", "a": "2"}, "", 0.0)
    assert line.formula == "z = Wᵀ a"
    formula, shapes = str(line).splitlines()
    assert shapes.index("2×3") >= formula.index("W") - 2


def test_the_lines_of_note_2_are_held_to_the_engine():
    matrix = derive_general(load("2").graph()).matrix
    assert matrix.difference < 1e-12
    assert "W" in matrix.convention
    assert matrix.latex.count(r"\begin{aligned}") == 1
