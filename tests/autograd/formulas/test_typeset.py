"""What is printed is a claim: formulas read back from text and from LaTeX give their numbers."""

import math
import random

import pytest
from helpers.formula_reader import LeftOutError, read_latex, read_text

from autograd.formulas.symbolic import symbols_in
from autograd.formulas.tree import FORMULAS, Formula, Number, Symbol, formula
from autograd.formulas.typeset import LATEX, TEXT
from autograd.rules import RULES

NAMES = {
    "x": 0.7, "y": -1.3, "w_11^2": 0.4, "out_h1": 0.59, "e": -0.25, "ŷ": 0.83, "δ_1": -0.04,
    "σ": 1.7, "v12": 2.5, "t'": 3.0, "learning rate": 0.01, "max": 1.1, "h^(2)": 0.6,
}  # fmt: skip
SYMBOLS = [Symbol(name, x) for name, x in NAMES.items()]
TEXT_NAMES = {TEXT.name(name): x for name, x in NAMES.items()}
NUMBERS = [0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -2.5, 1 / 3, 1e-9, 2e16, -4.2e7, 0.1, 10.0]
ELEMENTARY = ["+", "-", "*", "/", "neg", "**"]


def random_formula(chance, depth):
    """A formula over NAMES by the rules of operations chosen at random, or None where undefined."""
    if depth == 0 or chance.random() < 0.15:
        return chance.choice(SYMBOLS) if chance.random() < 0.8 else Number(chance.choice(NUMBERS))
    rule = RULES[chance.choice(ELEMENTARY if chance.random() < 0.6 else list(RULES))]

    def part():
        return random_formula(chance, depth - 1)

    def parts():
        return tuple([part() for _ in range(chance.randint(2, 4))])

    arguments = []
    for parameter in rule.parameters:
        if parameter == "values":
            arguments.append(parts())
        elif parameter in ("weights", "inputs"):
            arguments.append((part(), part()))
        elif parameter == "index":
            arguments.append(chance.randint(0, 1))
        else:
            arguments.append(part())
    if rule.name == "**" and chance.random() < 0.8:
        arguments[1] = Number(chance.choice([2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1 / 3]))
    value = formula(rule.evaluate(tuple(arguments), FORMULAS))
    if chance.random() < 0.5:
        return value
    partials = rule.differentiate(tuple(arguments), value, FORMULAS)
    return formula(chance.choice(partials)) if partials else value


def random_formulas(seed, count):
    chance = random.Random(seed)
    found = []
    while len(found) < count:
        try:
            f = random_formula(chance, chance.randint(1, 4))
        except (ArithmeticError, ValueError, TypeError):  # outside a domain, or a complex power
            continue
        if f.size <= 60 and math.isfinite(f.number) and math.isfinite(f.error):
            found.append(f)
    return found


def check(f: Formula, found):
    """The number that was read is the formula's, but for what rounding may do to it."""
    allowed = 1e-11 * max(abs(f.number), 1e-290) + 100 * f.error
    assert math.isclose(found, f.number, rel_tol=1e-11, abs_tol=allowed), (
        TEXT.formula(f, 17),
        LATEX.formula(f, 17),
        found,
        f.number,
    )


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
