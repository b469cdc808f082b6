"""What a person may have meant."""

from autograd.suggestions import did_you_mean, nearest


def test_other_capitals_come_first_then_the_nearest():
    assert nearest("W1", ["x1", "w11", "w1"]) == ["w1", "w11"]
    assert nearest("out_h1", ["out_h2", "out_h1"])[0] == "out_h1"
    assert nearest("sigmiod", ["sin", "sigmoid"]) == ["sigmoid"]
    assert nearest("q", ["w", "x"]) == []


def test_as_the_end_of_a_sentence():
    assert did_you_mean("wx", ["w", "xw", "wx2"]) == "; did you mean wx2 or w?"
    assert did_you_mean("q", ["w"]) == ""
