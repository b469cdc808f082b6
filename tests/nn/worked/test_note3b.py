"""N3 (b): classification on the same table."""

from helpers.by_sympy import check

from autograd import derive
from nn import worked


def test_n3b_nine_gradients():
    loss = worked.load("3b").graph()

    def outer(s):
        return -(s("y") - s("ŷ"))

    check(loss, "z_f", outer)
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
    text = str(derive(loss, "w_11^1"))
    assert "= (ŷ − y)/(ŷ(1 − ŷ)) · ŷ(1 − ŷ) · w_11^2 · x_1\n" in text
    assert "= (ŷ − y) · w_11^2 · x_1\n" in text


def test_note_3b_shows_the_missing_minus_sign():
    remarks = " ".join(worked.load("3b").note().sections[0].remarks)
    assert "the opposite sign of the engine's" in remarks
    assert "the engine has 80, which is x_1" in remarks


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


def test_note_3b_finds_the_slope_by_the_common_denominator():
    lines, _ = lines_of("3b", "∂L/∂ŷ by the common denominator")
    assert [line.formula for line in lines] == [
        "−y/ŷ + (1 − y)/(1 − ŷ)",
        "(−y(1 − ŷ) + (1 − y)ŷ)/(ŷ(1 − ŷ))",
        "(−y + yŷ + ŷ − yŷ)/(ŷ(1 − ŷ))",
        "−(y − ŷ)/(ŷ(1 − ŷ))",
    ]
