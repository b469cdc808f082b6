"""N3 (a): regression on a table."""

import math

import sympy
from sympy import Symbol, simplify

from autograd import derive
from autograd.formulas.symbolic import to_sympy
from nn import worked
from nn.worked import note3a


def by_factors(found):
    """The product of the printed factors, summed over the paths, as SymPy has it."""
    names = {name: Symbol(f"s_{i}") for i, name in enumerate(found.graph.names.texts())}
    paths = [sympy.Mul(*[to_sympy(f.formula, names) for f in p.factors]) for p in found.paths()]
    return sympy.Add(*paths), names


def check(root, label, note):
    """derive(root, label) equals the note's formula, given as a function of names."""
    found, names = by_factors(derive(root, label))
    assert simplify(found - note(lambda name: names[name])) == 0


def test_n3a_nine_gradients():
    loss = worked.load("3a").graph()

    def outer(s):
        return -2 * (s("y") - s("ŷ"))

    check(loss, "b_21", outer)
    for j in (1, 2):
        check(loss, f"w_{j}1^2", lambda s, j=j: outer(s) * s(f"o_{j}"))
        check(loss, f"b_1{j}", lambda s, j=j: outer(s) * s(f"w_{j}1^2"))
        for i in (1, 2):
            check(
                loss,
                f"w_{i}{j}^1",
                lambda s, i=i, j=j: outer(s) * s(f"w_{j}1^2") * s(f"x_{i}"),
            )
    found = derive(loss, "w_11^1")
    assert found.value == 26880.0
    assert "= −2(y − ŷ) · w_11^2 · x_1\n" in str(found)


def test_note_3a_is_right_in_row_1_and_diverges_on_raw_inputs():
    first = note3a.note().sections[0]
    printed = {x.name: x for x in first.lines if x.printed}
    assert len(printed) == 13
    assert {v for x in printed.values() for v in x.verdicts} == {"agrees"}
    rows = [row[:3] for row in note3a.TABLE]
    assert math.isinf(note3a.train(rows, 0.01, 100)[-1])
    assert note3a.train(note3a.standardised(rows), 0.01, 100)[-1] < 1e-6
