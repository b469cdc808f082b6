"""The fewest slips that explain what is wrong."""

from autograd import Value, audit, mean, sigmoid, sqrt


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


def layer_norm():
    """Of three numbers, as in the trial; a learner works its gradient out by a shorter formula."""
    x = [Value(v, f"x{i}") for i, v in enumerate((1.92, 1.36, -1.78), 1)]
    mu, gamma, beta = mean(x), Value(0.8, "γ"), Value(0.1, "β")
    mu.label = "μ"
    d = [v - mu for v in x]
    s = sqrt(mean([e**2 for e in d]) + 0.01)
    n = [e / s for e in d]
    y = [gamma * e + beta for e in n]
    s.label = "s"
    for letter, some in (("d", d), ("n", n), ("y", y)):
        for i, v in enumerate(some, 1):
            v.label = f"{letter}{i}"
    return (y[0] - Value(-0.19, "t")) ** 2 + y[1] * y[2]


def test_beside_a_slip_that_an_entry_follows_from_no_second_is_made_up():
    figures = {"d1": "1.420", "d2": "0.860", "d3": "-2.280", "s": "1.631", "n1": "8.71",
               "n2": "0.527", "n3": "-1.398", "y1": "7.068", "y2": "0.522", "y3": "-1.018",
               "L": "52.147", "dL/dy1": "14.516", "dL/dn1": "11.613", "dL/dn2": "-0.814",
               "dL/dn3": "0.418", "dL/dx1": "-11.366"}  # fmt: skip
    found = audit(layer_norm(), figures)
    assert [f.name for f in found.wrong] == ["n1"]
    assert found["n1"].diagnoses[0].kind == "decimal point"
    last = found["dL/dx1"]
    assert last.verdict == "cannot be judged"
    assert "cannot be judged before n1 = 8.71 is mended" in last.sentence
    assert last.sentence in str(found).replace("\n  ", " ")


def test_far_from_what_follows_an_entry_is_wrong_itself():
    found = sheet(z="0.8366", y="0.7698", E="0.2887", dE_over_dw="0.07943")
    assert "y" in [f.name for f in found.wrong]
