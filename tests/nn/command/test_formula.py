"""`whygrad formula`."""

import pytest

from autograd import derive_general
from nn.command import main
from nn.worked import KEYS, load


@pytest.mark.parametrize("note", KEYS)
def test_the_command_prints_the_derivation(note, capsys):
    assert main(["formula", note, "w"]) == 0
    assert capsys.readouterr().out.rstrip("\n") == str(derive_general(load(note).graph(), "w"))


def test_as_latex_and_line_by_line(capsys):
    assert main(["formula", "2", "w", "--latex"]) == 0
    assert capsys.readouterr().out.startswith(r"\begin{aligned}")
    assert main(["formula", "2", "w", "--steps"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == " 4. ∂L/∂w_ij^l = ∂L/∂z_j^l · ∂z_j^l/∂w_ij^l"
    assert lines[4] == "    (w_ij^l acts on L through z_j^l alone)"


def test_an_unknown_family_is_an_error_with_the_letters(capsys):
    assert main(["formula", "5", "q"]) == 2
    assert "its letters are" in capsys.readouterr().err
