"""N4: 2-2-1 with the mean squared error."""

from helpers.by_sympy import check

from autograd import derive
from nn import worked


def test_n4_nine_gradients():
    loss = worked.load("4").graph()

    def outer(s):
        return 2 * (s("ŷ") - s("y"))

    def through(s, j):
        return outer(s) * s(f"w_{j}1^2") * s(f"O_{j}") * (1 - s(f"O_{j}"))

    check(loss, "ŷ", outer)
    check(loss, "b_21", outer)
    for j in (1, 2):
        check(loss, f"O_{j}", lambda s, j=j: outer(s) * s(f"w_{j}1^2"))
        check(loss, f"w_{j}1^2", lambda s, j=j: outer(s) * s(f"O_{j}"))
        check(loss, f"b_1{j}", lambda s, j=j: through(s, j))
        for i in (1, 2):
            check(loss, f"w_{i}{j}^1", lambda s, i=i, j=j: through(s, j) * s(f"i_{i}"))
    assert "= 2(ŷ − y) · w_11^2 · O_1(1 − O_1) · i_1\n" in str(derive(loss, "w_11^1"))


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


def test_note_4_tells_the_two_namings():
    _, remarks = lines_of("4", "Output neuron")
    assert "w_21^2 for w_11^2, which multiplies O_1" in remarks
    assert "w_22^2 for w_21^2, which multiplies O_2" in remarks
