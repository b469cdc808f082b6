"""The five notes: every number of the notes' table, to its last printed digit."""

import math

import pytest

from autograd.value import topological
from nn import worked
from nn.worked import note1, note2, note3a, note5
from nn.worked.sheet import verdict

EXACT = {
    "h1": "0.3775", "h2": "0.3925", "out_h1": "0.5932699921", "out_h2": "0.5968843783",
    "y1": "1.1059059671", "y2": "1.2249214041", "out_y1": "0.7513650696",
    "out_y2": "0.7729284653", "E": "0.2983711088",
    "∂E/∂w5": "0.0821670406", "new w5": "0.3589164797",
    "∂E/∂w6": "0.0826676278", "new w6": "0.4086661861",
    "∂E/∂w7": "-0.0226025405", "new w7": "0.5113012702",
    "∂E/∂w8": "-0.0227402422", "new w8": "0.5613701211",
    "∂E/∂w1": "0.0004385677", "new w1": "0.1497807161",
    "∂E/∂w2": "0.0008771355", "new w2": "0.1995614323",
    "∂E/∂w3": "0.0004977127", "new w3": "0.2497511436",
    "∂E/∂w4": "0.0009954255", "new w4": "0.2995022873",
    # 0.1004003251 by mpmath too: δ_y1 + δ_y2 = 0.1384985616 − 0.0380982365
    "∂E/∂b1": "0.0187256094", "∂E/∂b2": "0.1004003251",
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_note_5_to_the_last_printed_digit(name):
    line = next(x for x in note5.note().lines if x.name == name)
    decimals = len(EXACT[name].split(".")[1])
    assert f"{line.exact:.{decimals}f}" == EXACT[name]


def test_note_5_trained_for_ten_thousand_iterations():
    found = {line.name: line.exact for line in note5.training(10_000).lines}
    assert f"{found['E in iteration 10,000']:.9e}" == "3.510854812e-05"
    assert f"{found['E after 10,000 updates']:.9e}" == "3.510187783e-05"
    assert f"{found['out_y1']:.10f}" == "0.0159136204"
    assert f"{found['out_y2']:.10f}" == "0.9840642735"


def test_note_5_finds_the_forgotten_path_by_itself(monkeypatch):
    slips = " ".join(note5.note().sections[-1].remarks)
    for number in ("0.0006683960", "-0.0002298283", "0.0004385677"):
        assert number in slips
    assert "w1: the notes followed one of 2 paths, E → out_y1" in slips
    assert "w2: the notes followed one of 2 paths, E → out_y1" in slips
    assert "w5" not in slips
    # Had the notes followed the other path, it would say that; had they been right, nothing.
    monkeypatch.setitem(note5.GRADIENTS_PRINTED, "w1", ("-0.00022",))
    monkeypatch.setitem(note5.GRADIENTS_PRINTED, "w2", ("0.00087",))
    slips = " ".join(note5.note().sections[-1].remarks)
    assert "w1: the notes followed one of 2 paths, E → out_y2" in slips
    assert "w2" not in slips.replace("→ w2", "")


@pytest.mark.parametrize("key", worked.KEYS)
def test_the_engine_agrees_with_every_formula_of_the_notes(key):
    lines = [x for x in worked.load(key).note().lines if x.by_formula is not None]
    assert len(lines) >= 10 or key == "5"
    for line in lines:
        assert math.isclose(line.exact, line.by_formula, rel_tol=1e-12, abs_tol=1e-15), line.name
        assert line.verdicts[-1] == "agrees"


def test_note_3_has_nine_gradients_on_every_row():
    for key in ("3a", "3b"):
        for section in worked.load(key).note().sections[:4]:
            of_parameters = [x for x in section.lines if x.name.startswith(("∂L/∂w", "∂L/∂b"))]
            assert len(of_parameters) == 9


def test_note_3a_is_right_in_row_1_and_diverges_on_raw_inputs():
    first = note3a.note().sections[0]
    printed = {x.name: x for x in first.lines if x.printed}
    assert len(printed) == 13
    assert {v for x in printed.values() for v in x.verdicts} == {"agrees"}
    rows = [row[:3] for row in note3a.TABLE]
    assert math.isinf(note3a.train(rows, 0.01, 100)[-1])
    assert note3a.train(note3a.standardised(rows), 0.01, 100)[-1] < 1e-6


def test_note_3b_shows_the_missing_minus_sign():
    remarks = " ".join(worked.load("3b").note().sections[0].remarks)
    assert "the opposite sign of the engine's" in remarks
    assert "the engine has 80, which is x_1" in remarks


@pytest.mark.parametrize("key", worked.KEYS)
def test_every_note_has_a_labelled_graph(key):
    root = worked.load(key).graph()
    labels = [v.label for v in topological(root) if v.label]
    assert root.label in ("E", "L")
    assert len(labels) == len(set(labels)) >= 9


@pytest.mark.parametrize(
    ("exact", "printed", "expected"),
    [
        (0.3775, "0.3775", "agrees"),
        (0.37749999999999995, "0.3775", "agrees"),
        (28224.0, "28224", "agrees"),
        (0.5932699921, "0.5932", "rounded"),
        (0.5932699921, "0.5933", "rounded"),
        (0.5932699921, "0.5934", "differs"),
        (-0.0226, "0.0226", "differs"),
        (0.2995022873, "0.29950", "rounded"),
        (math.nan, "0.1", "differs"),
    ],
)
def test_verdicts(exact, printed, expected):
    assert verdict(exact, printed) == expected


def test_an_unknown_note_is_named():
    with pytest.raises(ValueError, match="no note '6'"):
        worked.load("6")


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


def test_note_1_has_the_pages_table():
    lines, _ = lines_of("1", "The page's table")
    assert [line.exact for line in lines] == pytest.approx([0.3, -0.5], abs=1e-15)
    assert [line.verdicts for line in lines] == [("agrees", "agrees")] * 2


def test_note_1_squared_error_is_not_convex_and_cross_entropy_is():
    def second_difference(loss, w, h=1e-3):
        return (loss(w + h) - 2 * loss(w) + loss(w - h)) / h**2

    turn = note1.inflection(note1.squared_error, -3.0, 1.0)
    assert second_difference(note1.squared_error, turn - 0.1) < 0
    assert second_difference(note1.squared_error, turn + 0.1) > 0
    for w in (-8.0, -4.0, -1.0, 0.0, 1.0, 4.0):
        assert second_difference(note1.cross_entropy, w) > 0
    assert f"w = {turn:.4f}" in lines_of("1", "Why squared")[1]
    with pytest.raises(ValueError, match="one way at both"):
        note1.inflection(note1.cross_entropy, -3.0, 1.0)


def test_note_2_updates_its_biases_and_takes_the_slope_step_by_step():
    lines, _ = lines_of("2", "Bias updates")
    assert [line.name for line in lines] == ["new b_1^1", "new b_2^1", "new b_1^2", "new b_2^2"]
    assert all(line.exact != b for line, b in zip(lines, sum(note2.BIASES, ()), strict=True))
    lines, remarks = lines_of("2", "σ' step by step")
    assert [line.verdicts for line in lines] == [("agrees",)] * 4
    assert "= 1/(1 + e^(−z)) · (1 − 1/(1 + e^(−z)))" in remarks


@pytest.mark.parametrize("key", ["3a", "3b"])
def test_note_3_updates_all_nine_parameters(key):
    lines, _ = lines_of(key, "Step 4")
    assert len({line.name for line in lines}) == 9
    assert {line.verdicts for line in lines} == {("agrees",)}
    start = worked.load(key).START
    gradient = worked.load(key).graph()
    gradient.backward()
    for v in topological(gradient):
        if v.label in start:
            line = next(x for x in lines if x.name == f"new {v.label}")
            assert line.exact == pytest.approx(start[v.label] - 0.001 * v.grad, rel=1e-12)


def test_note_3b_finds_the_slope_by_the_common_denominator():
    lines, _ = lines_of("3b", "∂L/∂ŷ by the common denominator")
    assert [line.formula for line in lines] == [
        "−y/ŷ + (1 − y)/(1 − ŷ)",
        "(−y(1 − ŷ) + (1 − y)ŷ)/(ŷ(1 − ŷ))",
        "(−y + yŷ + ŷ − yŷ)/(ŷ(1 − ŷ))",
        "−(y − ŷ)/(ŷ(1 − ŷ))",
    ]


def test_each_misprint_of_note_3_stands_with_its_part():
    of_a, of_b = (" ".join(worked.load(k).note().sections[0].remarks) for k in ("3a", "3b"))
    assert "labelled ∂o_11/∂w_11^1; that is x_1 = 80, and the box's number 26880 is" in of_a
    assert "is ∂L/∂w_21^2 = 29568; ∂L/∂ŷ is 336" in of_a
    assert "∂L/∂w^12 stands for ∂L/∂w_21^1 = 2688" in of_a
    assert "Part 2 writes ∂L/∂ŷ = −(y − ŷ)" in of_b
    assert all("x_i2 for ∂o_2/∂w_12^1" in text for text in (of_a, of_b))


def test_note_4_tells_the_two_namings():
    _, remarks = lines_of("4", "Output neuron")
    assert "w_21^2 for w_11^2, which multiplies O_1" in remarks
    assert "w_22^2 for w_21^2, which multiplies O_2" in remarks


def test_note_5_from_an_all_zero_start_the_hidden_neurons_stay_one():
    lines, remarks = lines_of("5", "The symmetry problem")
    exact = {line.name: line.exact for line in lines}
    assert exact["out_h1 at the start"] == exact["out_y1 at the start"] == 0.5
    assert exact["∂E/∂w1 at the start"] == exact["∂E/∂w3 at the start"] == 0.0
    assert exact["w5 after 100 iterations"] == exact["w6 after 100 iterations"] != 0.0
    assert "w1 = w3, w2 = w4, w5 = w6, w7 = w8: the hidden layer is one neuron" in remarks


def test_note_5_names_the_usual_learning_rate():
    lines, remarks = lines_of("5", "The learning rate")
    assert "usual default is 0.001, whose steps are 500 times smaller" in remarks
    assert lines[1].exact == pytest.approx(0.40 - 0.001 * 0.0821670406, abs=1e-12)
