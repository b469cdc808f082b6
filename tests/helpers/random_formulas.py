"""Formulas made at random by the rules of operations, over names that are hard to print."""

import math
import random

from autograd.formulas.tree import FORMULAS, Formula, Number, Symbol, formula
from autograd.formulas.typeset import LATEX, TEXT
from autograd.rules import RULES

NAMES = {
    "x": 0.7, "y": -1.3, "w_11^2": 0.4, "out_h1": 0.59, "e": -0.25, "ŷ": 0.83, "δ_1": -0.04,
    "σ": 1.7, "v12": 2.5, "t'": 3.0, "learning rate": 0.01, "max": 1.1, "h^(2)": 0.6,
}  # fmt: skip
SYMBOLS = [Symbol(name, x) for name, x in NAMES.items()]
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
        elif parameter in ("index", "place"):
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
