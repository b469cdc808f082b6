"""A derivation held to a formula by SymPy."""

import sympy

from autograd import derive
from autograd.formulas.symbolic import to_sympy


def by_factors(found):
    """The product of the printed factors, summed over the paths, as SymPy has it."""
    names = {name: sympy.Symbol(f"s_{i}") for i, name in enumerate(found.graph.names.texts())}
    paths = [sympy.Mul(*[to_sympy(f.formula, names) for f in p.factors]) for p in found.paths()]
    return sympy.Add(*paths), names


def check(root, label, note):
    """derive(root, label) equals the note's formula, given as a function of names."""
    found, names = by_factors(derive(root, label))
    assert sympy.simplify(found - note(lambda name: names[name])) == 0
