"""The fuzz command: its programs hold every operation, and it finds what is broken."""

import contextlib
import io
import random
from collections import Counter

import fuzz
import pytest
from extras import needs
from fuzzing import checks, damage, reading
from fuzzing.exact import Exact
from fuzzing.peers import Jax, PyTorch
from fuzzing.programs import OPERATIONS, Program, Step, draw

import autograd
import nn
from autograd.rules import RULES

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def program(leaves, *steps):
    return Program(leaves, tuple([Step(BY_NAME[name], operands) for name, *operands in steps]))


def drawn(count, special=0.0):
    return [draw(random.Random(i), special, 6) for i in range(count)]


def test_programs_hold_every_operation_of_the_table():
    assert set(BY_NAME) == set(RULES)
    used = {step.operation.name for p in drawn(600) for step in p.steps}
    assert used == set(RULES)


def test_a_program_reads_back_from_its_data():
    for p in drawn(20, special=0.5):
        assert repr(fuzz.from_data(fuzz.as_data(p))) == repr(p)


@pytest.mark.many
@pytest.mark.parametrize("check", [checks.check_tapes, reading.check_texts])
def test_ordinary_programs_pass(check):
    answers = {check(p) for p in drawn(40)}
    assert answers & {"compared", "read"}


def test_a_plain_number_as_the_result_is_a_program_too():
    checks.check_tapes(program((2.0,), ("where", "2", "1.5", "x0")))


@needs("torch")
def test_a_root_of_a_negative_plain_number_ends_a_program():
    found = program((2.0,), ("where", "0.5", "0.5", "x0"), ("**", "-1", "v0"))
    values, error = found.run(checks.SPACE, [autograd.Value(2.0)])
    assert list(values) == ["x0", "v0"]
    assert "no real number" in str(error)


def test_a_sum_may_be_added_in_another_order():
    four = BY_NAME["total"]  # of four values, the last one of that name
    found = Program((0.5, -1e-8), (Step(four, ("x0", "x0", "x1", "-1")),))
    assert checks.check_peer(found, PyTorch()) != "out of range"


@needs("jax")
@needs("torch")
@pytest.mark.slow
def test_what_only_one_peer_has_otherwise_is_no_finding():
    beside_nan = program((float("nan"),), ("minimum", "0.5", "x0"))
    power_of_0 = program((0.0,), ("**", "x0", "x0"))
    root_of_minus_0 = program((-0.0,), ("**", "x0", "0.5"))
    pytorch, jax = PyTorch(), Jax()
    for found, peer, other in (
        (beside_nan, jax, pytorch), (power_of_0, jax, pytorch), (root_of_minus_0, pytorch, jax),
    ):  # fmt: skip
        with pytest.raises(checks.Difference):
            checks.check_peer(found, peer)
        assert checks.check_peers(found, peer, [other]) == "settled"


@pytest.mark.slow
def test_many_digits_have_what_the_engine_has():
    exact = Exact()
    short = [draw(random.Random(i), special=0.0, longest=3) for i in range(20)]
    whole = [p for p in short if checks.values_of(p)[1] is None]
    assert {checks.check_peer(p, exact) for p in whole} == {"compared twice"}


def test_what_two_rounded_numbers_may_say_together_is_the_same():
    """Where both move alike their quotient stays as it is: one look at them is not enough."""
    side = "0.25·[2.79085 > 0] − 0.25·0.414195·[2.79085 > 0]/relu(2.79085)"
    number = reading.evaluate(side, {})
    for names in ({f"x{i}": 1.0 for i in range(n)} for n in range(40)):
        assert reading._same(side, number, number + 4e-8, names, 0.0)
        assert not reading._same(side, number, number + 4e-5, names, 0.0)


@needs("torch")
def test_the_slope_of_a_tiny_atan2_is_compared():
    assert "compared" in checks.check_peer(program((3.0, 1e-160), ("atan2", "x1", "x0")), PyTorch())


@needs("torch")
def test_ordinary_programs_equal_pytorch():
    peer = PyTorch()
    assert "compared twice" in {checks.check_peer(p, peer) for p in drawn(40)}


def test_a_build_that_differs_in_one_bit_is_found():
    p = program((0.5,), ("exp", "x0"), ("*", "v0", "x0"))

    def other(p):
        found = checks.observed(p)
        found["nodes"][1][0] = (1.6487212707001284).hex()
        return found

    checks.check_builds(p, checks.observed)
    with pytest.raises(checks.Finding, match="nodes: compiled"):
        checks.check_builds(p, other)


@needs("torch")
def test_a_wrong_derivative_is_found_and_made_small(monkeypatch):
    peer = PyTorch()
    monkeypatch.setitem(checks.SPACE, "tanh", lambda x: autograd.tanh(x) * (1.0 + 1e-9))
    big = program((0.5, 1.5), ("sin", "x0"), ("*", "v0", "x1"), ("tanh", "v1"), ("exp", "v2"),
                  ("+", "v3", "v0"))  # fmt: skip
    small, finding = fuzz.smallest(big, lambda p: checks.check_peers(p, peer, [Exact()]))
    assert [step.operation.name for step in small.steps] == ["tanh"]
    assert "ours is" in finding
    printed = fuzz.shown(small, finding)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(printed)
    assert len(out.getvalue().split()) == 1 + len(small.leaves)


def test_one_program_of_a_seed_is_run_alone():
    p, said = fuzz.drawn(seed=1, count=7), []
    assert repr(p) == repr(fuzz.drawn(1, 7)) != repr(fuzz.drawn(1, 8))

    def check(p):
        raise checks.Finding("as the program is")

    found = fuzz.failures_of(
        p, {"check": check}, "program 7", lambda text, flush: said.append(text)
    )
    assert found == ["as the program is"]
    assert said[0] == "\n== check, program 7"


def test_a_run_tells_what_it_tried_and_ends_at_too_many_failures(monkeypatch):
    def check(p):
        raise checks.Finding("as every program is")

    class Failing:
        left_out = ("another check",)

        def __init__(self):
            self.settled = Counter(check=3)

        def due(self, count):
            return {"check": check}

    monkeypatch.setattr(fuzz, "Checks", Failing)
    said = []
    assert fuzz.fuzz(1.0, seed=1, most=2, out=lambda text, flush=False: said.append(text)) == 2
    assert said[-3].startswith("\nseed 1: 2 programs")
    assert said[-3].endswith("2 failed")
    assert said[-2:] == ["  check: 2, 3 settled by another", "  left out: another check"]


def test_a_wrong_tape_is_found(monkeypatch):
    p = program((0.5, 1.5), ("*", "x0", "x1"))
    whole = autograd.Tape.value_and_grad

    def wrong(tape, *batch, **settings):
        value, gradient = whole(tape, *batch, **settings)
        return value, gradient * 1.001

    monkeypatch.setattr(autograd.Tape, "value_and_grad", wrong)
    with pytest.raises(checks.Finding, match="the tape"):
        checks.check_tapes(p)


def test_a_lost_parenthesis_is_found(monkeypatch):
    p = program((0.5, 1.5, 2.0), ("+", "x0", "x1"), ("*", "v0", "v0"), ("*", "v1", "x2"))
    text = "∂L/∂x0 = (x0 + x1) · 2 · x2\n       = 8"
    assert reading.check_texts(p) == "read"
    for wrong, message in [("x0 + x1 · 2 · x2", "is 6.5, not 8"), ("(x0 + x1 · 2", "cannot read")]:
        other = text.replace("(x0 + x1) · 2 · x2", wrong)
        printed = type("Printed", (), {"text": lambda self, other=other: other})()
        monkeypatch.setattr(reading, "derive", lambda *_, printed=printed: printed)
        with pytest.raises(checks.Finding, match=message):
            reading.check_texts(p)


def test_a_value_that_is_named_on_the_way_is_what_it_is_said_to_be():
    text = "δ_v1 = 2·x0\n\n∂L/∂x0 = δ_v1·3\n       = "
    reading._check_text(text + "6", {"x0": 1.0}, {"x0": 6.0}, 0.0)
    with pytest.raises(checks.Finding, match=r"is 6\.0, not 7\.0"):
        reading._check_text(text + "6", {"x0": 1.0}, {"x0": 7.0}, 0.0)


def test_steps_that_do_not_add_up_are_found():
    text = "∂y/∂[tanh(x)²] = {}\n\n∂[tanh(x)²]/∂x = 2·tanh(x)(1 − tanh(x)²)\n\n∂y/∂x = {}"
    names, whole = {"x": 0.5, "y": 0.6, "w": 3.0}, "2·w·tanh(x)(1 − tanh(x)²)"
    reading._check_steps(text.format("w", whole), names)
    with pytest.raises(checks.Finding, match="the steps from y to x give 0"):
        reading._check_steps(text.format("1", whole), names)


def test_what_is_written_as_what_is_below_it_is_left_out():
    text = "∂y/∂[2·x] = 1\n\n∂[2·x]/∂[2·x + 1] = 1\n\n∂[2·x + 1]/∂[2·x] = 1\n\n∂y/∂x = 2"
    with pytest.raises(reading._NoNumber):
        reading._check_steps(text, {"x": 0.5, "y": 1.0})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("y(1 − y)", 0.1875),
        ("−y²·2", -1.125),
        ("[y > 0.5]/√(y·3)", 2 / 3),
        ("√|z|(1 + z)", -6.0),
        ("e^(2·z)/y^z", 0.00033546262790251 * 0.75**4),
        ("abs(|y| − abs(|y| − 1))", 0.5),
        ("softmax_1(y, y) − 1.5e−3", 0.4985),
    ],
)
def test_a_printed_formula_is_read_as_it_is_meant(text, number):
    found = float(reading.evaluate(text, {"y": 0.75, "z": -4.0}))
    assert found == pytest.approx(number, rel=1e-12)


def test_a_damaged_model_that_loads_is_found(monkeypatch):
    p = program((0.5,), ("sin", "x0"))
    damage.check_damage(p)
    monkeypatch.setattr(nn, "load", lambda path: nn.Neuron(2))
    with pytest.raises(checks.Finding, match="loaded as if it were whole"):
        damage.check_damage(p)


def test_another_space_in_the_header_of_a_model_is_no_damage():
    file = (12).to_bytes(8, "little") + b'{"a": "b"}  numbers'
    assert damage._said(file) == damage._said(file.replace(b"  ", b"\t "))
    assert damage._said(file) != damage._said(file.replace(b"b", b"c"))
    assert damage._said(file) != damage._said(file[:9])


@pytest.mark.slow
def test_a_process_that_dies_is_a_finding():
    worker = fuzz.Worker("--damage")
    assert worker(program((0.5,), ("sin", "x0"))) is None
    worker.process.kill()
    with pytest.raises(checks.Finding, match="ended with -9"):
        worker(program((0.5,), ("sin", "x0")))


@pytest.mark.parametrize(
    "p",
    [
        program((-0.0,), ("cbrt", "x0")),
        program((-5.0,), ("gelu", "x0")),
        program((-0.0,), ("gelu", "x0"), ("cbrt", "v0")),
        program((2.0, 0.0), ("**", "x0", "x1")),
        program((1e-160,), ("log2", "x0"), ("silu", "v0")),
        program((float("-inf"),), ("acosh", "x0")),
        # a pole elsewhere does not make the digits of the second derivative by x0 exact
        program((1e-160, 1.0), ("tanh", "x0"), ("acosh", "x1"), ("maximum", "v0", "v1")),
        program((709.8,), ("exp2", "x0"), ("softmax", "v0", "v0", "v0")),
        # whose derivative is past the range of floats
        program((1e-160,), ("log10", "x0"), ("/", "v0", "x0")),
    ],
)
@needs("torch")
def test_what_is_pytorchs_own_is_no_finding(p):
    checks.check_peer(p, PyTorch())


@pytest.mark.parametrize(
    "p",
    [
        program((0.0, 0.0), ("atan2", "x0", "x1")),
        program((-0.0, 2.0), ("atan2", "x0", "x0"), ("logsumexp", "v0", "x1", "x1", "x1")),
        program((1e16,), ("silu", "x0")),
        program((-745.2,), ("*", "x0", "x0"), ("sin", "v0")),
        program((1e160,), ("erfc", "x0"), ("cos", "v0")),
        program((-0.5, 2.0, -40.0), ("**", "x0", "x2"), ("softmax", "v0", "x1", "x1")),
        program((0.0, 0.0), ("sqrt", "x0"), ("*", "v0", "x1")),
        program((2.0, 0.0), ("sqrt", "x1"), ("*", "v0", "v0"), ("*", "v1", "x0")),
        program((-0.0, 0.4), ("**", "x0", "x1"), ("abs", "v0")),
        program((1e160, 2.0), ("tan", "x0"), ("where", "v0", "v0", "x1")),
        # x0 + x1 is x0 in floats, where each has half of the shares
        program((1e160, 2.0), ("+", "x0", "x1"), ("logsumexp", "x0", "v0", "x1", "x1")),
        program((1.0, 2.0, -745.2), ("softplus", "x2"), ("where", "v0", "x2", "x1")),
    ],
)
def test_what_a_text_may_say_is_no_finding(p):
    reading.check_texts(p)
