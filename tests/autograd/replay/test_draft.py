"""Code under construction: equal operations once, and derivatives as more of the same."""

import math

from autograd.replay.draft import Draft


def make():
    draft = Draft()
    return draft, draft.input(0), draft.input(1)


def test_equal_operations_are_one():
    draft, x, y = make()
    assert draft.write("*", x, y) == draft.write("*", x, y)
    assert draft.number(2.0) == draft.number(2.0)
    assert draft.number(0.0) != draft.number(-0.0)
    assert draft.number(math.nan) == draft.number(math.nan)


def test_what_is_known_is_computed_at_once():
    draft, x, _ = make()
    two = draft.number(2.0)
    assert draft.holds(draft.write("+", two, two), 4.0)
    assert draft.write("*", x, draft.number(1.0)) == x


def test_two_factors_of_a_derivative_are_one_where_that_changes_no_digit():
    draft, x, _ = make()

    def times(factor, node):
        return draft.write("*", draft.number(factor), node)

    assert times(100.0, times(2.0, x)) != times(200.0, x)  # what the user wrote stays as it stands
    draft.primal = False
    assert times(100.0, times(2.0, x)) == times(200.0, x)
    assert times(0.5, times(3.0, x)) == times(1.5, x)
    assert times(100.0, times(3.0, x)) != times(300.0, x)  # which may be rounded otherwise
    assert times(5e-324, times(2.0, x)) != times(1e-323, x)  # where numbers have few digits
    assert times(1e308, times(2.0, x)) != times(math.inf, x)


def test_a_sign_moves_outward_until_a_sum_takes_it():
    draft, x, y = make()
    minus = draft.write("-", draft.write("neg", x), y)
    assert draft.names[minus] == "-"  # of the recorded function: 0 - 0 has its sign
    draft.primal = False
    z = draft.input(2)
    minus = draft.write("-", draft.write("neg", x), z)
    assert (draft.names[minus], draft.operands[minus]) == ("neg", (draft.write("+", x, z),))
    assert draft.operands[draft.write("+", y, minus)] == (y, draft.write("+", x, z))


def test_a_gradient_is_written_with_what_is_there():
    draft, x, y = make()
    root = draft.write("*", x, y)
    by_x, by_y = draft.gradient(root, [x, y], draft.depending_on([x, y]))
    assert (by_x, by_y) == (y, x)


def test_what_does_not_depend_has_the_derivative_0():
    draft, x, y = make()
    root = draft.write("exp", x)
    (by_y,) = draft.gradient(root, [y], draft.depending_on([y]))
    assert draft.holds(by_y, 0.0)


def test_what_is_held_passes_no_derivative():
    draft, x, _ = make()
    root = draft.write("*", draft.hold(x), x)
    (by_x,) = draft.gradient(root, [x], draft.depending_on([x]))
    assert draft.needed([by_x])[-1] == by_x
    assert not draft.holds(by_x, 0.0)


def test_depth_first_each_term_stands_together():
    draft, x, y = make()
    sines = [draft.write("sin", draft.write("*", x, draft.number(k))) for k in (2.0, 3.0)]
    squares = [draft.written("*", (s, draft.hold(y))) for s in sines]
    root = draft.write("+", *squares)
    new, number = draft.depth_first([x, y], [root])
    names = [new.names[n] for n in new.needed([number[root]])]
    assert names == ["input", "input", "constant", "*", "sin", "identity", "*",
                     "constant", "*", "sin", "*", "+"]  # fmt: skip
    assert [new.places[number[n]] for n in (x, y)] == [0, 1]
    assert len(new.held) == 1
