"""The lines of what is mistaken for what can all be read, and none is right."""

import math
import random

import pytest

from autograd.audit.function import formula
from autograd.audit.slips.mistaken import DERIVATIVES, VALUES
from autograd.rules import RULES

LINES = [(name, RULES[name].value, *line) for name, lines in VALUES.items() for line in lines]


def parameters(name):
    return " ".join([*RULES[name].parameters, "y"])


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line[0]}: {line[3]}")
def test_a_line_is_not_the_operations_own_value(line):
    name, right, _, expression, words = line
    rng = random.Random(0)
    differs = 0
    for _ in range(20):
        xs = [rng.uniform(-0.9, 0.9) for _ in RULES[name].parameters]
        y = formula(" ".join(RULES[name].parameters), right)(*xs)
        instead = formula(parameters(name), expression)(*xs, y)
        differs += not (math.isnan(y) or math.isclose(instead, y, rel_tol=1e-9))
    assert differs >= 1, words


def test_every_line_is_of_an_operation_and_has_words():
    keys = [key if isinstance(key, str) else key[0] for key in [*VALUES, *DERIVATIVES]]
    assert set(keys) <= set(RULES)
    assert all(kind and words for lines in DERIVATIVES.values() for kind, _, words in lines)
