"""N3 (a): regression on a table."""

import math

from helpers.by_sympy import check

from autograd import derive
from nn import worked
from nn.worked import note3a


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
