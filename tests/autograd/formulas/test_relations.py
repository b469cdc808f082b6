"""Comparisons: which holds, and what its opposite is."""

import itertools

import pytest

from autograd.formulas.relations import RELATIONS


@pytest.mark.parametrize("sign", RELATIONS)
def test_it_holds_as_python_compares(sign):
    relation = RELATIONS[sign]
    for a, b in itertools.product([-1.0, 0.0, 2.5], repeat=2):
        assert relation.holds(a, b) is eval(f"a {relation.code} b")


@pytest.mark.parametrize("sign", [sign for sign in RELATIONS if RELATIONS[sign].opposite])
def test_the_opposite_holds_where_it_does_not(sign):
    opposite = RELATIONS[RELATIONS[sign].opposite]
    for a, b in itertools.product([-1.0, 0.0, 2.5], repeat=2):
        assert opposite.holds(a, b) is not RELATIONS[sign].holds(a, b)
