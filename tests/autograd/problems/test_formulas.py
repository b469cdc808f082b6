"""Formulas as they were read."""

from autograd.problems.formulas import Call, Constant, Name, Negative, Power, Sum, names_in


def test_names_are_found_in_order_with_their_places():
    f = Sum(
        (
            ("+", 0, Call("exp", (Name("a", 4),), 0)),
            ("-", 7, Power(Name("b", 9), Negative(Constant(2.0, 12), 11), 10)),
            ("+", 14, Name("a", 16)),
        ),
        0,
    )
    assert [(n.name, n.at) for n in names_in(f)] == [("a", 4), ("b", 9), ("a", 16)]
    assert list(names_in(Constant(1.0, 0))) == []
