"""Every line of the tables: the number that it gives is told by its words."""

import math

import pytest

from autograd import Value, audit, where
from autograd.audit.function import formula
from autograd.audit.slips.mistaken import DERIVATIVES, VALUES
from autograd.rules import RULES

NUMBERS = {  # where each function has distinct values, by operation
    "acosh": (1.7,), "**": (1.7, 2.4), "where": (0.6, 1.31, -0.71), "leaky_relu": (-1.3, 0.13),
    "elu": (-1.3, 0.7), "relu": (0.83,), "abs": (-0.83,),
}  # fmt: skip
ANOTHER = {("relu", "off"): (-0.83,), ("leaky_relu", "on"): (1.3, 0.13), ("elu", "on"): (1.3, 0.7)}


def arguments(op, side=None):
    numbers = ANOTHER.get((op, side)) or NUMBERS.get(op)
    return numbers or (0.3719, 0.8343)[: len(RULES[op].parameters)]


def cases(table):
    for key, lines in table.items():
        for i in range(len(lines)):
            yield pytest.param(key, i, id=f"{key} {lines[i][1]}")


def mistaken(op, expression, numbers):
    """What the line gives, at the numbers where it differs from what is right."""
    y = RULES[op].evaluate(numbers)
    return formula(f"{' '.join(RULES[op].parameters)} y", expression)(*numbers, y)


def graph(op, numbers):
    values = [Value(x, name) for x, name in zip(numbers, "xuv", strict=False)]
    y = where(*values) if op == "where" else RULES[op].evaluate(tuple(values))
    y.label = "y"
    error = (y - Value(2.6, "t")) ** 2
    error.label = "E"
    return error


def is_told(found, words, x):
    """By its words, or by those of another row that gives the same number, as a flipped sign."""
    start = words.removeprefix("rare:").split("{")[0].strip()
    return any(start in d.what or math.isclose(d.number, x, rel_tol=1e-8) for d in found.diagnoses)


@pytest.mark.many
@pytest.mark.parametrize(("op", "i"), list(cases(VALUES)))
def test_a_value_mistaken_is_told(op, i):
    _, expression, words = VALUES[op][i]
    for side in (None, "off", "on"):
        numbers = arguments(op, side)
        x = mistaken(op, expression, numbers)
        root = graph(op, numbers)
        if math.isfinite(x) and not math.isclose(x, root.operands[0].operands[0].data):
            break
    else:
        pytest.skip("it gives no other number here")
    found = audit(root, {"t": "2.60000000", "y": f"{x:.9g}"})["y"]
    assert found.verdict == "wrong"
    assert is_told(found, words, float(f"{x:.9g}")), found.sentence


@pytest.mark.many
@pytest.mark.parametrize(("key", "i"), list(cases(DERIVATIVES)))
def test_a_derivative_mistaken_is_told(key, i):
    op, slot = key
    _, expression, words = DERIVATIVES[key][i]
    for side in (None, "off", "on"):
        numbers = arguments(op, side)
        root = graph(op, numbers)
        y = root.operands[0].operands[0]
        right = y.partials[slot]
        slope = mistaken(op, expression, numbers)
        if math.isfinite(slope) and not math.isclose(slope, right, abs_tol=1e-12):
            break
    else:
        pytest.skip("it gives no other number here")
    up = 2 * (y.data - 2.6)
    sheet = {"y": f"{y.data:.9g}", "dE/dy": f"{up:.9g}", f"dE/d{'xuv'[slot]}": f"{up * slope:.9g}"}
    found = audit(root, sheet)[f"dE/d{'xuv'[slot]}"]
    assert found.verdict == "wrong"
    assert is_told(found, words, float(found.text)), found.sentence


def test_every_line_is_of_an_operation_and_has_words():
    keys = [key if isinstance(key, str) else key[0] for key in [*VALUES, *DERIVATIVES]]
    assert set(keys) <= set(RULES)
    assert all(kind and words for lines in DERIVATIVES.values() for kind, _, words in lines)
