"""Audits as automatic graders take them."""

import pytest

from autograd.grading.exports import check, partial_scores

TEXT = "x = 3 input; w = 0.5 parameter; t = 1.1 target; y = w x; E = (t - y)^2"


def test_a_right_answer_passes_in_silence(capsys):
    check(TEXT, {"y": "1.50", "dE/dw": "2.40"})
    assert capsys.readouterr().out == ""


def test_a_wrong_answer_fails_with_the_slip():
    with pytest.raises(AssertionError, match=r"-2\.40 is wrong.*sign"):
        check(TEXT, {"dE/dw": "-2.40"})


def test_what_follows_a_wrong_answer_passes_where_wished():
    answers = {"y": "1.60", "E": "0.250"}
    with pytest.raises(AssertionError) as caught:
        check(TEXT, answers)
    assert str(caught.value).count("\n") == 1  # both are told
    with pytest.raises(AssertionError) as caught:
        check(TEXT, answers, carried=True)
    assert "E =" not in str(caught.value)


def test_scores_have_the_names_that_were_given():
    found = partial_scores(TEXT, {"dE/dw": "-2.40", "y": "1.50"}, {"dE/dw": 3, "y": 1})
    assert found["y"] == {"score": 1.0, "weight": 1.0, "feedback": ""}
    assert (found["dE/dw"]["score"], found["dE/dw"]["weight"]) == (0.0, 3.0)
    assert "sign" in found["dE/dw"]["feedback"]
