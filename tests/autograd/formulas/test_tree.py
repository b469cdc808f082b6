"""Formulas as trees, apart from any derivation."""

import subprocess
import sys

import pytest

from autograd import Value, atan2, derive


def test_a_formula_shows_itself_whichever_module_was_loaded_first():
    code = "from autograd.formulas.tree import Symbol; y = Symbol('y', 0.5); print(ascii(1 - y))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == r"1 \u2212 y"


@pytest.mark.parametrize("size", [1e155, 1e160, 1e170, 1e-160])
def test_a_power_past_the_range_of_floats_is_no_wrong_number(size):
    x, y = Value(size, "x"), Value(size, "y")
    (line,) = [line for line in derive(x / y, y).text().split("\n") if "²" not in line]
    assert float(line.replace("−", "-").removeprefix("      = ")) == pytest.approx(-1 / size)


@pytest.mark.parametrize("size", [1e-158, 1e-160, 1e-170, 1e160])
def test_a_sum_of_powers_past_the_range_of_floats_is_none_either(size):
    y, x = Value(size / 2, "y"), Value(size, "x")
    *_, line = derive(atan2(y, x), y).text().split("\n")  # x/(y² + x²)
    assert float(line.replace("−", "-").removeprefix("      = ")) == pytest.approx(0.8 / size)
