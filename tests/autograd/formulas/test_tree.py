"""Formulas as trees, apart from any derivation."""

import subprocess
import sys


def test_a_formula_shows_itself_whichever_module_was_loaded_first():
    code = "from autograd.formulas.tree import Symbol; y = Symbol('y', 0.5); print(ascii(1 - y))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == r"1 \u2212 y"
