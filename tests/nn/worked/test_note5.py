"""N5: the worked 2-2-2 example, weight by weight."""

import pytest

from autograd import topological
from nn import worked
from nn.worked import note5
from nn.worked.note5 import WEIGHTS, graph, step


def numbers(root):
    return {v.label: v.data for v in topological(root) if v.label}


def test_the_error_is_the_notes():
    assert graph().data == pytest.approx(0.298371108760003, rel=1e-14)
    assert numbers(graph())["out_y1"] == pytest.approx(0.7513650695523157, rel=1e-14)


def test_a_step_goes_down_by_the_learning_rate():
    root = graph()
    weights = {k: numbers(root)[k] for k in WEIGHTS}
    before, after = step(weights)
    assert before.data == root.data
    gradient = {v.label: v.grad for v in topological(before) if v.label}
    for name, new in after.items():
        assert new == pytest.approx(weights[name] - 0.5 * gradient[name], rel=1e-14)
    assert graph(after).data < root.data


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


@pytest.mark.slow
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


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


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
