"""The five notes: every number of the notes' table, to its last printed digit."""

import math

import pytest

from autograd.value import topological
from nn import worked
from nn.worked import note3a, note5
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


def test_note_3a_prints_its_first_row_right_and_diverges_on_raw_inputs():
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
