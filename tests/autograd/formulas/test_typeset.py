"""What is printed is a claim: formulas read back from text and from LaTeX give their numbers."""

import pytest
from helpers.formula_reader import LeftOutError, read_latex, read_text
from helpers.random_formulas import NAMES, SYMBOLS, check, random_formulas

from autograd.formulas.symbolic import symbols_in
from autograd.formulas.tree import FORMULAS, Symbol
from autograd.formulas.typeset import LATEX, TEXT

TEXT_NAMES = {TEXT.name(name): x for name, x in NAMES.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_printed_formulas_read_back(seed):
    read = {"text": 0, "latex": 0}
    for f in random_formulas(seed, 2_000):
        used = symbols_in(f)  # where no value is called e, e^x is a power of Euler's number
        for style, setter, reader in (("text", TEXT, read_text), ("latex", LATEX, read_latex)):
            printed = setter.formula(f, 17)
            try:
                found = float(reader(printed, {setter.name(name): NAMES[name] for name in used}))
            except (LeftOutError, ArithmeticError, ValueError):
                continue  # or rounding took an intermediate number outside its domain
            read[style] += 1
            check(f, found)
            check(f, float(reader(setter.formula(f, 17, in_numbers=True), {})))
    assert min(read.values()) > 1_900


def test_the_reader_sees_a_lost_parenthesis():
    x, y = SYMBOLS[:2]
    right = TEXT.formula(-(x + y))
    assert read_text(right, TEXT_NAMES) == pytest.approx(-(0.7 - 1.3))
    assert read_text(right.replace("(", "").replace(")", ""), TEXT_NAMES) != pytest.approx(0.6)


@pytest.mark.parametrize(
    ("f", "text", "latex"),
    [
        (lambda x, y, e: -(x + y), "−(x + y)", r"-\left(x + y\right)"),
        (lambda x, y, e: 1 - (x + y), "1 − (x + y)", r"1 - \left(x + y\right)"),
        (lambda x, y, e: x - y * (x + y), "x − y(x + y)", r"x - y \left(x + y\right)"),
        (lambda x, y, e: FORMULAS["exp"](-x), "e^(−x)", "e^{-x}"),
        (lambda x, y, e: FORMULAS["exp"](-(x + y)), "e^(−(x + y))", r"e^{-\left(x + y\right)}"),
        (lambda x, y, e: FORMULAS["exp"](x) * (1 - y), "e^x·(1 − y)", None),
        (lambda x, y, e: FORMULAS["sqrt"](x) * (1 - y), "√x·(1 − y)", None),
        (lambda x, y, e: FORMULAS["exp"](e), "exp(e)", r"\operatorname{exp}\left(e\right)"),
        (
            lambda x, y, e: FORMULAS["absolute"](1 - FORMULAS["absolute"](x)),
            "abs(1 − |x|)",  # bars within bars would be those of a norm
            r"\operatorname{abs}\left(1 - \left|x\right|\right)",
        ),
        (lambda x, y, e: Symbol("max", 1.1) * (1 - y), "max·(1 − y)", None),
    ],
)
def test_as_it_is_written(f, text, latex):
    found = f(SYMBOLS[0], SYMBOLS[1], SYMBOLS[4])
    assert TEXT.formula(found) == text
    assert latex is None or LATEX.formula(found) == latex


def test_digits_hold_inside_functions():
    x = Symbol("x", 0.5)
    f = FORMULAS["log"](0.1234567891 * x)
    assert TEXT.formula(f, 10) == "log(0.1234567891·x)"
    assert LATEX.formula(f, 10) == r"\log\left(0.1234567891 x\right)"
