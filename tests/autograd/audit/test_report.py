"""Audits: verdicts, names, slips, sheets that cannot be read."""

import io
import json
import math
import random

import pytest

from autograd import GraphError, SheetError, Value, adjoints, audit, dot, exp, log, sigmoid, softmax
from autograd.audit import function, judgement, propagation, rounding
from autograd.audit.calculation import Calculation
from autograd.audit.function import constant
from autograd.audit.propagation import Edit, in_columns, in_order
from autograd.audit.rounding import Habit
from autograd.audit.sheet import Figure
from nn.layers import MLP
from nn.losses import cross_entropy
from nn.worked import load, note5

# What note 5 prints, with the verdicts that it must get (the list)
PRINTED = {
    "h1": ("0.3775", "exact"),
    "h2": ("0.3925", "exact"),
    "out_h1": ("0.5932", "truncated"),
    "out_h2": ("0.5963", "wrong"),
    "y1": ("1.7059", "wrong"),
    "y2": ("1.2248", "truncated"),
    "out_y1": ("0.7513", "truncated"),
    "out_y2": ("0.7729", "rounded"),
    "E": ("0.2983", "truncated"),
    "dE/dw5": ("0.0821", "truncated"),
    "w5'": ("0.3589", "rounded"),
    "dE/dw6": ("0.082", "truncated"),
    "w6'": ("0.4086", "truncated"),
    "w7'": ("0.5113", "rounded"),
    "w8'": ("0.5613", "truncated"),
    "dE/dw1": ("0.00066", "wrong"),
    "w1'": ("0.14967", "carried forward"),
    "dE/dw2": ("0.0013", "wrong"),
    "w2'": ("0.19935", "carried forward"),
    "w3'": ("0.2497", "truncated"),
    "w4'": ("0.29950", "rounded"),
}
SHEET = {name: text for name, (text, _) in PRINTED.items()}


@pytest.fixture(scope="module")
def page():
    return audit(note5.graph(), SHEET, learning_rate=0.5)


def judged(sheet, rate=0.5):
    return audit(note5.graph(), sheet, learning_rate=rate)


def kinds(finding):
    return [slip.kind for slip in finding.diagnoses]


# The notes' own page


@pytest.mark.parametrize("name", PRINTED)
def test_the_verdict_on_every_number_that_note_5_prints(page, name):
    assert page[name].verdict == PRINTED[name][1]


@pytest.mark.parametrize(("name", "y2_adds"), [("dE/dw1", 1e-3), ("dE/dw2", 2e-3)])
def test_w1_and_w2_follow_only_the_path_through_y1(page, name, y2_adds):
    first = page[name].diagnoses[0]
    assert first.kind == "path left out"
    assert first.what == ("only the path through y1 is followed, the path through y2 is left out")
    assert first.number == pytest.approx(0.000668396 * y2_adds / 1e-3, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dE/dw1", "dE/dw2", "w1'"])
def test_the_path_is_named_first_with_nothing_else_on_the_sheet(name):
    first = judged({name: SHEET[name]})[name].diagnoses[0]
    assert first.kind == "path left out"
    assert "only the path through y1 is followed" in first.what


def test_what_is_carried_forward_names_where_from(page):
    assert page["w1'"].given == ("∂E/∂w1 = 0.00066",)
    assert "right, given ∂E/∂w1 = 0.00066" in page["w1'"].sentence


def test_the_misprints_are_named_with_the_right_number(page):
    assert page["y1"].sentence.startswith("y1 = 1.7059 is wrong: it is 1.1059")
    assert page["out_h2"].sentence.startswith("out_h2 = 0.5963 is wrong: it is 0.5969")
    assert page.first_wrong.name == "out_h2"


def test_a_wrong_number_whose_update_was_not_made_from_it():
    found = judged({**SHEET, "dE/dw5": "0.6827"})
    assert found["dE/dw5"].verdict == "wrong"
    assert found["w5'"].verdict == "rounded"


def test_with_the_pages_later_numbers_the_forward_pass_is_right():
    found = judged({**SHEET, "out_h2": "0.5968", "y1": "1.1059"})
    assert found.first_wrong.name == "∂E/∂w1"


# Verdicts


@pytest.mark.parametrize(
    ("text", "x", "verdict"),
    [
        ("0.0821", 0.0821670406, "truncated"),
        ("0.0822", 0.0821670406, "rounded"),
        ("0.082", 0.0821670406, "rounded"),
        ("0.083", 0.0821670406, None),
        ("0.3775", 0.37750000000000006, "exact"),
        ("-0.0226", -0.0226025405, "rounded"),
        ("0.0226", -0.0226025405, None),
        ("-0.5", -0.59, "truncated"),
        ("0.29950", 0.2995022873, "rounded"),
        ("0.29951", 0.2995022873, None),
        ("3e-5", 3.51e-5, "truncated"),
        ("4e-5", 3.51e-5, "rounded"),
        ("88", 88.0, "exact"),
        ("0", 0.0, "exact"),
        ("0.00", 0.004, "rounded"),
        ("1.25", 1.245, "rounded"),
        ("1.0", math.nan, None),
        ("1.0", math.inf, None),
    ],
)
def test_a_figure_is_judged_to_its_own_digits(text, x, verdict):
    assert Figure(text).match(x) == verdict


def test_a_number_is_judged_to_the_digits_that_python_prints():
    assert judged({"dE/dw5": 0.0821})["dE/dw5"].verdict == "truncated"
    assert judged({"dE/dw5": 0.08216704056423078})["dE/dw5"].verdict == "exact"
    assert judged({"dE/dw5": 0.08216704156423078})["dE/dw5"].verdict == "wrong"


def test_a_wrong_number_is_carried_through_what_is_not_written():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = sigmoid(w * x)
    y.label = "y"
    e = (y - 0.3) ** 2
    e.label = "E"
    wrong = 0.99  # E, and dE/dy, follow from it
    found = audit(e, {"y": "0.99", "E": f"{(wrong - 0.3) ** 2:.5f}", "dE/dy": "1.38"})
    assert [f.verdict for f in found] == ["wrong", "carried forward", "carried forward"]
    assert found["E"].follows == pytest.approx(0.4761)


def test_a_later_number_may_be_right_after_a_wrong_one():
    found = judged({"h1": "0.9999", "out_h1": "0.59327"})
    assert [f.verdict for f in found] == ["wrong", "rounded"]


def test_entries_are_judged_in_the_order_of_computation():
    names = [f.name for f in judged({name: SHEET[name] for name in sorted(SHEET)})]
    assert names.index("h1") < names.index("out_h1") < names.index("y1") < names.index("E")
    assert names.index("E") < names.index("∂E/∂w5") < names.index("∂E/∂w1") < names.index("w1'")


def test_an_audit_leaves_gradients_alone_and_needs_none():
    e = note5.graph()
    e.backward()
    before = {v.label: v.grad for v in adjoints(e)}
    audit(e, SHEET, learning_rate=0.5)
    assert {v.label: v.grad for v in adjoints(e)} == before


# Slips, one of each, on the worked example


@pytest.mark.many
@pytest.mark.parametrize(
    ("name", "text", "kind", "says"),
    [
        ("dE/dw5", "0.4398", "factor left out", "∂out_y1/∂y1 (the activation's derivative)"),
        ("dE/dw5", "0.13850", "factor left out", "∂y1/∂w5 = out_h1 is left out"),
        ("dE/dw5", "0.048747", "factor used twice", "∂y1/∂w5 = out_h1 is used twice"),
        ("dE/dw5", "-0.08217", "sign flipped", "the sign is flipped"),
        ("dE/dw5", "0.16433", "wrong multiple", "a factor 2 too many"),
        ("dE/dw1", "0.00036472", "new weight", "the new weights are used"),
        ("dE/dw1", "0.00046155", "neighbouring weight", "w6 is used where w7 belongs"),
        ("dE/dw1", "0.00087714", "swapped input or target", "i2 is used where i1 belongs"),
        ("dE/dw5", "-0.026448", "swapped input or target", "t2 is used where t1 belongs"),
        ("dE/dw5", "0.82167", "decimal point", "1 place too far to the right"),
        ("dE/dw5", "0.08261", "swapped digits", "0.08261 for 0.08216"),
        ("E", "0.74137", "derivative for loss", "∂E/∂out_y1, not the loss"),
        ("E", "0.59674", "wrong multiple", "a factor 2 too many"),
        ("out_h1", "0.3775", "factor left out", "the activation sigmoid is forgotten"),
        ("h1", "0.02750", "term left out", "the term b1 is left out"),
        ("h1", "0.3825", "neighbouring weight", "w3 is used where w1 belongs"),
        ("h1", "0.3750", "swapped input or target", "i1 and i2 are swapped"),
        ("h1", "0.3975", "swapped input or target", "w2 is used where i2 belongs"),
        ("w5'", "0.44108", "sign flipped", "added instead of subtracted"),
        ("w5'", "0.31783", "factor left out", "the learning rate is left out"),
    ],
)
def test_a_slip_is_named(name, text, kind, says):
    found = [slip for slip in judged({name: text})[name].diagnoses if slip.kind == kind]
    assert says in " | ".join([slip.what for slip in found]), judged({name: text})


def test_of_slips_that_give_the_same_figure_all_are_listed():
    found = judged({"dE/dw1": "0.00066"})["dE/dw1"]
    assert len(found.diagnoses) >= 2
    assert "It could also be: " in found.sentence
    for slip in found.diagnoses:
        assert abs(slip.number - 0.00066) < 2e-5


def test_a_slip_in_an_unwritten_number_is_followed_to_its_effect():
    def squash(z):
        return 1 / (1 + math.exp(-z))

    out_h1 = squash(0.05 * 0.15 + 0.10 * 0.20)  # the bias forgotten
    out_h2 = squash(0.05 * 0.25 + 0.10 * 0.30 + 0.35)
    y1 = out_h1 * 0.40 + out_h2 * 0.45 + 0.60
    found = judged({"out_y1": f"{squash(y1):.7f}"})["out_y1"].diagnoses
    assert ("term left out", "in h1: the term b1 is left out") in [(s.kind, s.what) for s in found]


@pytest.mark.parametrize("right", [{"out_h1": "0.5933", "out_y1": "0.7514"}, {"out_h1": "0.5932"}])
def test_at_most_three_readings_the_likeliest_first(right):
    found = judged({**right, "dE/dw2": "0.0013"})["dE/dw2"]
    assert found.diagnoses[0].kind == "path left out"
    assert 1 < len(found.diagnoses) <= 3
    for slip in found.diagnoses:
        assert abs(slip.number - 0.0013) < 1e-4


def test_where_no_slip_gives_the_figure_it_says_so():
    found = judged({**SHEET, "dE/dw5": "0.6827"})["dE/dw5"]
    assert found.diagnoses == ()
    assert found.sentence.endswith("No slip that was tried gives this figure.")


def test_every_diagnosis_gives_another_number_than_the_right_one():
    for name, text in (("dE/dw1", "0.0005"), ("E", "0.3"), ("h1", "0.4"), ("w1'", "0.2")):
        for finding in judged({name: text}):
            for slip in finding.diagnoses:
                assert slip.number != pytest.approx(finding.right, rel=1e-12)


def test_a_number_rounded_on_the_way_is_right():
    found = judged({"dE/dw1": "0.000440"})["dE/dw1"]
    assert (found.verdict, found.diagnoses) == ("rounded", ())
    assert "is right, rounded on the way: without that it is 0.000439" in found.sentence


def test_any_subset_of_few_paths_and_a_layer_of_many():
    paths = [0.3, -0.7, 0.11, 0.5]
    x = Value(0.4, "x")
    mids = [x * p for p in paths]
    for k, m in enumerate(mids):
        m.label = f"m{k}"
    y = sum(mids)
    y.label = "y"
    found = audit(y, {"dy/dx": f"{paths[1] + paths[3]:.6f}"})["dy/dx"]
    assert found.diagnoses[0].what == (
        "only the paths through m1 and through m3 are followed, "
        "the paths through m0 and through m2 are left out"
    )
    deep = MLP(2, [3, 3, 2], activation="tanh", seed=4)
    outputs = deep([0.3, 0.9])
    loss = sum([(o - 0.5) ** 2 for o in outputs])
    d = adjoints(loss)
    a = {v.label: v for v in d if v.label}
    lost = d[a["z_2^2"]] * (1 - a["a_1^1"].data ** 2) * a["w_12^2"].data * 0.3
    right = d[a["w_11^1"]]
    found = audit(loss, {"dL/dw_11^1": f"{right - lost:.7f}"})["dL/dw_11^1"]
    assert "the paths through z_2^2 are left out" in found.diagnoses[0].what


# Names


@pytest.mark.parametrize(
    "name",
    ["dE/dw5", "∂E/∂w5", "dL/dw5", "∂L/∂w5", " d E / d w5 ", "dE/∂w5"],
)
def test_a_gradient_may_be_written_in_any_usual_way(name):
    assert next(iter(judged({name: "0.0821670"}))).name == "∂E/∂w5"


@pytest.mark.parametrize("name", ["dE_dw5", "grad w5", "gradient of w5", "∇w5", "∂E/∂w_5"])
def test_a_gradient_may_be_written_as_in_programs(name):
    assert next(iter(judged({name: "0.0821670"}))).name == "∂E/∂w5"


@pytest.mark.parametrize("name", ["new w5", "w5_new", "w5(new)", "w5+", "new(w5)", "w5 new"])
def test_an_updated_weight_may_be_called_new(name):
    assert next(iter(judged({name: "0.3589165"}))).name == "w5'"


@pytest.mark.parametrize(
    ("name", "meant"), [("δ_1^2", "∂L/∂z_1^2"), ("a_1", "a_1^2"), ("∂L/∂w_11", "∂L/∂w_11^2")]
)
def test_what_note_1_prints_is_understood(name, meant):
    assert next(iter(audit(load("1").graph(), {name: "0.1"}))).name == meant


@pytest.mark.parametrize(
    "text", ["4.386*10^-4", "4.386·10⁻⁴", "4.386 x 10^-4", "≈0.0004386", "4.386e-4", ".0004386"]
)
def test_numbers_as_people_write_them(text):
    assert judged({"dE/dw1": text})["dE/dw1"].verdict == "rounded"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dE/dw1;4,386e-4\n", "dE/dw1"),
        ("dE/dw1\t0,0004386\n", "dE/dw1"),
        ("dE/dw1 = 0.0004386\n", "dE/dw1"),
        ("name;value\ndE/dw1;0,0004386\n", "dE/dw1"),
        ("w1,3/20\n", "w1"),
    ],
)
def test_lines_as_people_write_them(text, name):
    assert judged(io.StringIO(text))[name].verdict in ("rounded", "exact")


def test_all_bad_lines_are_told_at_once():
    with pytest.raises(SheetError) as error:
        judged(io.StringIO("hh1,1\nh2,abc\ndE/dzz,2\nh1,0.3775\n"))
    assert "line 1: 'hh1' is unknown; is it 'h1'?; line 2: h2: 'abc' is no" in str(error.value)
    assert "line 3: 'dE/dzz' is unknown" in str(error.value)


FORWARD = {"h1": "0.3775", "h2": "0.3925", "out_h1": "0.5933", "out_h2": "0.5969"}


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("y1", "1", "wrong"),
        ("h1", "0", "wrong"),
        ("out_h1", "1", "wrong"),
        ("w1'", "0", "wrong"),
        ("dE/dw1", "0.0004", "rounded"),
        ("dE/dw1", "0.000", "wrong"),
        ("dE/dw1", "0.0000", "wrong"),
    ],
)
def test_a_figure_with_fewer_decimals_than_the_sheet_is_an_exact_number(name, text, verdict):
    assert judged({**FORWARD, name: text})[name].verdict == verdict


def test_a_zero_to_the_decimals_of_the_sheet_is_right_within_rounding():
    sheet = {name: f"{float(text):.3f}" for name, text in FORWARD.items()}
    assert judged({**sheet, "dE/dw1": "0.000"})["dE/dw1"].verdict == "rounded"
    assert judged({**sheet, "dE/dw5": "0.000"})["dE/dw5"].verdict == "wrong"


@pytest.mark.parametrize(("name", "text"), [("dE/dw1", "0.000"), ("h1", "0"), ("out_h1", "1")])
def test_alone_a_figure_of_no_digits_cannot_be_judged(name, text):
    found = judged({name: text})[name]
    assert found.verdict == "cannot be judged"
    assert "cannot be judged with so few digits" in found.sentence


@pytest.mark.parametrize("name", ["w5'", "w5’", "w5′"])
def test_an_updated_weight_has_a_prime(name):
    assert next(iter(judged({name: "0.3589165"}))).verdict == "rounded"


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("δ_y1", 0.1384985616),
        ("delta_y1", 0.1384985616),
        ("dE/dout_h1", 0.0363503064),
        ("dout_y1/dy1", 0.1868156018),
        ("∂y1/∂out_h1", 0.4),
        ("L", 0.2983711088),
    ],
)
def test_deltas_and_factors_of_the_chain_have_names_too(name, x):
    assert next(iter(judged({name: f"{x:.7f}"}))).verdict in ("exact", "rounded")


def test_labels_win_over_what_they_look_like():
    a, b = Value(2.0, "w'"), Value(3.0, "dE/dw")
    e = a * b
    e.label = "a/b c"
    found = audit(e, {"w'": "2", "dE/dw": "3", "a/b c": "6", "da/b c/dw'": "3"})
    assert found.right
    assert found["∂a/b c/∂w'"].verdict == "exact"


def test_an_unlabelled_root_is_l_and_inner_values_need_no_label():
    x = Value(2.0, "x")
    found = audit(sigmoid(dot([x], [0.5], 0.1)) * 2.0, {"L": "1.50052", "dL/dx": "0.18737"})
    assert [f.name for f in found] == ["L", "∂L/∂x"]
    assert found.right


def test_inputs_and_targets_that_are_plain_numbers_can_be_swapped():
    model = MLP(2, [2], activation="sigmoid", output="sigmoid", seed=1)
    outputs = model([0.5, 0.1])
    loss = sum([(o - t) ** 2 for o, t in zip(outputs, (0.0, 1.0), strict=True)])
    swapped = sum([(o.data - t) ** 2 for o, t in zip(outputs, (1.0, 0.0), strict=True)])
    found = audit(loss, {"L": f"{swapped:.6f}"})
    assert found["L"].diagnoses[0].what == "0 and 1 are swapped"


# With and without NumPy


SLIPPED = (
    {"dE/dw1": "0.00066", "w1'": "0.14967", "E": "0.5967"},
    {"h1": "0.0275", "out_h1": "0.50687", "dE/dw5": "-0.1643"},
    {"out_y1": "0.61", "dE/dw8": "0.0227402", "w7'": "0.4887"},
)


@pytest.mark.many
@pytest.mark.parametrize("sheet", SLIPPED)
def test_without_numpy_the_findings_are_the_same(sheet, monkeypatch):
    with_numpy = judged(sheet).as_data()
    for room in (function, judgement, propagation, rounding):
        monkeypatch.setattr(room, "numpy", lambda: None)
    without = judged(sheet).as_data()
    for one, other in zip(with_numpy["findings"], without["findings"], strict=True):
        assert one["verdict"] == other["verdict"]
        assert one["sentence"] == other["sentence"]


# Graphs


def test_two_values_with_one_label_are_an_error():
    with pytest.raises(ValueError, match="two values are labelled 'x'"):
        audit(Value(1.0, "x") * Value(2.0, "x"), {"x": "1"})


def test_data_changed_after_the_forward_pass_is_an_error():
    x = Value(1.0, "x")
    e = x * x + 1.0
    x.data = 2.0
    with pytest.raises(GraphError, match="forward pass"):
        audit(e, {"L": "2"})


def test_only_a_graph_can_be_audited():
    with pytest.raises(TypeError, match="a Value, not float"):
        audit(1.0, {"x": 1})


def test_every_operation_can_be_reckoned_again():
    x, y = Value(0.7, "x"), Value(1.9, "y")
    e = exp(x * y) / (1 + log(y)) - x**2 + y**x - (-x) + abs(x - y) + softmax([x, y, 0.3])[1]
    e = e + x.tanh() * y.sqrt() + x.sin() + y.cos() + x.softplus() + x.expm1() + y.log1p() + 2**x
    calculation = Calculation(e, None)
    calculation.ask_all()
    world = in_order(calculation.nodes, Habit(None, 15))
    assert world.own[calculation.of[e]].x == pytest.approx(e.data, rel=1e-14)
    d = adjoints(e)
    for v, node in calculation.derivatives[e].items():
        assert world.own[node].x == pytest.approx(d[v], rel=1e-12)
    h = 1e-6
    for v in (x, y):
        edits = {calculation.of[v]: [Edit(c, constant(v.data + k)) for c, k in enumerate((h, -h))]}
        moved = in_columns(calculation.nodes, world, edits, 2, Habit(None, 15))
        up, down = moved[calculation.of[e]].x
        assert (up - down) / (2 * h) == pytest.approx(d[v], rel=1e-6)


def test_classes_with_softmax():
    model = MLP(2, [3], output="softmax", seed=2)
    outputs = model([0.4, -1.2])
    loss = cross_entropy(outputs, 1)
    d = adjoints(loss)
    z = next(v for v in d if v.label == "z_3^1")
    flipped = audit(loss, {"dL/dz_3^1": f"{-d[z]:.5f}"})
    assert flipped["dL/dz_3^1"].diagnoses[0].kind == "sign flipped"


@pytest.mark.slow
@pytest.mark.parametrize("labelled", [True, False])
def test_deep_chains_are_audited(labelled):
    v = Value(0.5, "x")
    for k in range(1000):
        v = v.tanh()
        if labelled:
            v.label = f"v{k}"
    found = audit(v, {"L" if not labelled else v.label: f"{-v.data:.6f}"})
    assert found.wrong[0].diagnoses[0].kind == "sign flipped"


@pytest.mark.slow
def test_a_graph_of_very_many_terms_is_audited():
    w, v = Value(0.999, "w"), Value(1.0, "x")
    for _ in range(5000):
        v = v * w + 0.001
    found = audit(v, {"L": f"{-v.data:.8f}", "dL/dx": f"{-(0.999**5000):.8f}"})
    assert len(found.wrong) == 2


# Sheets that cannot be read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the sheet is empty"),
        ("name,value\n", "the sheet is empty"),
        ("h1,0.3775\nh1,0.3775\n", "line 2: h1 comes twice, first in line 1"),
        ("dE/dw1,1\n∂E/∂w1,1\n", "line 2: ∂E/∂w1 is the same number as dE/dw1 in line 1"),
        ("h1,0.3775\n\nhh1,1\n", "line 3: 'hh1' is unknown; is it 'h1'?"),
        ("h1,abc\n", "line 1: h1: 'abc' is no number"),
        ("h1,nan\n", "line 1: h1: 'nan' is no number"),
        ("h1,1e999\n", "line 1: h1: '1e999' is too large"),
        ("h1,1_0\n", "line 1: h1: '1_0' is no number"),
        ('h1,"0,3775"\n', "line 1: h1: '0,3775' is no number; write a decimal point"),
        ("h1,\n", "line 1: h1: '' is no number"),
        (",1\n", "line 1: the name is ''"),
        ("h1\n", "line 1: 'h1' has 1 field"),
        ("name,value\nh1,1,2\n", "line 2: 'h1,1,2' has 3 fields"),
        ("dE/dzz,1\n", "line 1: 'dE/dzz' is unknown"),
        ("dh1/dw5,1\n", "line 1: dh1/dw5 asks for a derivative, but h1 does not depend on w5"),
        ("h1',1\n", "line 1: h1' would be an updated weight, but h1 is computed"),
        ("x" * 10_000 + ",1\n", "is too long for a name"),
        ("h1," + "9" * 10_000 + "\n", "is no number"),
    ],
)
def test_a_bad_sheet_is_one_clear_error_with_its_line(text, says, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SheetError) as error:
        judged(path)
    assert says in str(error.value)
    assert len(str(error.value)) < 300
    assert "\n" not in str(error.value)


@pytest.mark.many
@pytest.mark.parametrize("seed", range(4))
def test_a_megabyte_of_junk_is_one_short_error(seed, tmp_path):
    path = tmp_path / "junk.csv"
    junk = random.Random(seed).randbytes(1_000_000)
    path.write_bytes(junk if seed % 2 else b"h1,0.3775\n" + junk)
    with pytest.raises(SheetError, match="line") as error:
        judged(path)
    assert len(str(error.value)) < 300


def test_a_sheet_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SheetError, match="cannot be opened: No such file"):
        judged(tmp_path / "none.csv")


@pytest.mark.parametrize("value", [None, True, [], math.nan, math.inf, 1j, 10**400, b"1"])
def test_what_is_no_number_in_a_mapping_is_named(value):
    with pytest.raises(SheetError, match="entry 1: h1"):
        judged({"h1": value})


def test_the_text_of_a_sheet_is_no_path():
    for text in ("h1,0.3775\n" * 100, "h1\0"):
        with pytest.raises(SheetError, match="cannot be opened") as error:
            judged(text)
        assert len(str(error.value)) < 200


def test_a_sheet_is_a_mapping_or_a_file():
    with pytest.raises(TypeError, match="not list"):
        judged([("h1", 1)])
    with pytest.raises(SheetError, match="must be a text"):
        judged({1: 1})


def test_an_updated_weight_takes_a_learning_rate():
    with pytest.raises(SheetError, match=r"entry 1: w1' .* learning_rate=0.5"):
        judged({"w1'": "0.14978"}, rate=None)
    with pytest.raises(ValueError, match="finite"):
        judged({"w1'": "0.14978"}, rate=math.nan)
    with pytest.raises(TypeError):
        judged({"w1'": "0.14978"}, rate="0.5")


@pytest.mark.parametrize(
    "text",
    [
        "name,value\nh1,0.3775\n",
        "\ufeffName, Value\r\nh1, 0.3775\r\n\r\n",
        '"h1","0.3775"',
        "h1,+.3775e0",
    ],
)
def test_csv_as_spreadsheets_write_it(text, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(text, encoding="utf-8")
    assert judged(path).right
    assert judged(str(path)).right
    assert judged(io.StringIO(text.lstrip("\ufeff"))).right


def test_a_minus_sign_is_a_minus():
    assert judged({"dE/dw7": "−0.0226025"}).right


# Reports


def test_the_report_can_be_read(page):
    text = str(page)
    assert text.startswith("21 entries: 15 right, 4 wrong, 2 carried forward.")
    assert "First: out_h2 = 0.5963 is wrong" in text
    assert max(map(len, text.splitlines())) <= 100
    assert str(judged({"h1": "0.5"})).startswith("1 entry: 0 right, 1 wrong, 0 carried forward.")
    assert str(judged({"h1": "0.3775"})) == (
        "The entry is right.\n\nname  sheet   right   verdict\nh1    0.3775  0.3775  exact"
    )


def test_the_report_as_json(page):
    data = json.loads(json.dumps(page.as_data()))
    assert data["first_wrong"] == "out_h2"
    assert data["right"] is False
    w1 = next(f for f in data["findings"] if f["name"] == "∂E/∂w1")
    assert (w1["figure"], w1["verdict"]) == ("0.00066", "wrong")
    assert w1["diagnoses"][0]["kind"] == "path left out"


def test_the_report_in_a_notebook_escapes_labels():
    x = Value(2.0, "<b>&x")
    shown = audit(x * 1.0, {"<b>&x": "3"})._repr_html_()
    assert "&lt;b&gt;&amp;x = 3 is wrong" in shown
    assert "The first wrong one is &lt;b&gt;&amp;x." in shown
    assert "<b>" not in shown


def test_a_finding_is_found_by_its_name_on_the_sheet(page):
    assert judged({"delta_y1": 0.1385})["delta_y1"].name == "∂E/∂y1"
    assert page["dE/dw1"] is page["∂E/∂w1"]
    assert len(page) == len(list(page)) == 21
    with pytest.raises(KeyError, match="the sheet has no entry 'zz'"):
        page["zz"]


def test_other_capitals_are_told_first():
    w, x = Value(0.5, "w1"), Value(2.0, "x1")
    with pytest.raises(SheetError, match=r"'W1' is unknown; is it 'w1'\?"):
        audit(w * x, {"W1": "0.5"})


@pytest.mark.parametrize(("figure", "verdict"), [
    ("3.0", "exact"), ("3", "exact"), ("1.5", "wrong"), ("2.5", "wrong"),
    ("3.1", "wrong"),
])  # fmt: skip
def test_what_has_no_more_digits_than_are_kept_is_not_rounded(figure, verdict):
    w, x, t = Value(0.5, "w"), Value(3.0, "x"), Value(1.0, "t")
    error = (t - w * x) ** 2
    assert audit(error, {"dL/dw": figure})["dL/dw"].verdict == verdict
