"""Numbers and labels as the text of a picture."""

import pytest

from autograd.drawing.text import escaped, factor, marked_up, number, plain, tooltip

NUMBERS = [(0.00043856773, "0.0004386"), (-2.0, "−2"), (0.0, "0"), (-0.0, "0"), (1e300, "1e300")]


@pytest.mark.parametrize(("x", "text"), NUMBERS)
def test_numbers_are_short(x, text):
    assert number(x).replace("+", "") == text


def test_a_negative_factor_is_in_parentheses_unless_first():
    assert factor(-2.0) == "(−2)"
    assert factor(-2.0, first=True) == "−2"
    assert factor(2.0) == "2"


def test_a_label_is_one_clean_line():
    assert plain("two\nlines\x00", 40) == "two lines"
    assert plain("\u202eabc", 40) == "abc"  # it would turn the text around
    assert len(plain("x" * 10**6, 40)) == 40


def test_markup_is_escaped():
    assert escaped('<b>"&') == "&lt;b&gt;&quot;&amp;"
    assert escaped("\\N") == "\\\\N"
    assert tooltip("\\N") == "\\\\\\\\N"


MARKED = [("w_11^2", "w<SUB>11</SUB><SUP>2</SUP>"), ("out_h1", "out_h1"), ("<", "&lt;")]


@pytest.mark.parametrize(("name", "html"), MARKED)
def test_indices_stand_below_and_layers_above(name, html):
    assert marked_up(name) == html
