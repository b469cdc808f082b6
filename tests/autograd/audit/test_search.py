"""The fewest slips that explain what is wrong."""

from autograd import Value, audit, sigmoid


def sheet(**figures):
    w, x, b, t = Value(0.4, "w"), Value(0.59, "x"), Value(0.6, "b"), Value(0.01, "t")
    z = w * x + b
    z.label = "z"
    y = sigmoid(z)
    y.label = "y"
    root = 0.5 * (t - y) ** 2
    root.label = "E"
    return audit(root, {k.replace("_over_", "/"): v for k, v in figures.items()}, learning_rate=0.5)


RIGHT = {"z": "0.8360", "y": "0.6976", "E": "0.2364", "dE_over_dw": "0.08557"}


def test_a_right_sheet_has_no_cause():
    assert sheet(**RIGHT).right


def test_one_slip_is_named_once_and_the_rest_carried_forward():
    found = sheet(z="0.2360", y="0.5587", E="0.1505", dE_over_dw="0.07981")
    assert [f.verdict for f in found] == ["wrong", *["carried forward"] * 3]
    assert found["z"].diagnoses[0].kind == "term left out"


def test_the_likeliest_reading_comes_first_and_few_are_told():
    (wrong,) = sheet(**{**RIGHT, "dE_over_dw": "-0.08557"}).wrong
    assert wrong.diagnoses[0].kind == "sign flipped"
    assert len(wrong.diagnoses) <= 3


def test_two_slips_have_two_causes():
    found = sheet(**{**RIGHT, "E": "0.4727", "dE_over_dw": "-0.08557"})
    assert [f.diagnoses[0].kind for f in found.wrong] == ["constant left out", "sign flipped"] or [
        f.name for f in found.wrong
    ] == ["E", "∂E/∂w"]


def test_what_no_slip_explains_is_said_to_be_so():
    (wrong,) = sheet(**{**RIGHT, "dE_over_dw": "0.04731"}).wrong
    assert not wrong.diagnoses
    assert "No slip" in wrong.sentence
