"""Words and signs, each with its place."""

import pytest

from autograd import ProblemError
from autograd.problems.tokens import Text, tokens_of


def texts(line):
    return [t.text for t in tokens_of(Text(line))][:-1]


def test_words_numbers_and_signs():
    assert texts("z = w_1 x + 0.5e-3") == ["z", "=", "w_1", "x", "+", "0.5e-3"]
    assert texts("w'") == ["w'"]


def test_signs_have_a_plain_form():
    assert [t.sign for t in tokens_of(Text("a − b · c")) if t.sign] == ["-", "*"]


def test_places_and_spaces_are_kept():
    a, b, _ = list(tokens_of(Text("ab  cd")))
    assert (a.offset, a.end) == (0, 2)
    assert (b.offset, b.spaced) == (4, True)
    assert [t.spaced for t in tokens_of(Text("a(b"))][1:3] == [False, False]


def test_an_error_shows_its_line_and_place():
    text = Text("a = 1\nb = 2 2")
    assert text.line_of(8) == 2
    line, mark = text.marked(12).splitlines()[-2:]
    assert line.strip() == "b = 2 2"
    assert mark.index("^") == line.index("2 2") + 2


def test_a_strange_sign_is_named():
    with pytest.raises(ProblemError, match=r"\$"):
        list(tokens_of(Text("a = $")))
