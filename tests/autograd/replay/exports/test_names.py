"""Labels as names in programs of other languages."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.replay.exports.names import KEYWORDS, Names, in_comment

LABELS = [("w_11^2", "w_11_2"), ("σ", "sigma"), ("x'", "x_prime"), ("3 x", "v3_x"), ("é", "e")]


@pytest.mark.parametrize(("label", "name"), LABELS)
def test_a_label_is_kept_as_far_as_it_is_a_name(label, name):
    assert Names().new(label) == name


def test_no_name_is_given_twice_or_taken():
    names = Names({"exp"})
    assert [names.new(label) for label in ("a", "a", "exp", "while")] == [
        "a",
        "a_2",
        "exp_",
        "while_",
    ]
    assert names.all_new(["b", None, None], "x") == ["b", "x2", "x3"]
    assert [names.numbered("a_") for _ in range(3)] == ["a_1", "a_3", "a_4"]


@given(st.text(max_size=60))
def test_any_label_gives_a_valid_name(label):
    name = Names().new(label)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert name not in KEYWORDS


@given(st.text(max_size=60))
def test_no_label_ends_a_comment_or_a_string(label):
    assert not set(in_comment(label)) & set('*/"\\\n\r{}<>')
