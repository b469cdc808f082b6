"""The NumPy module of a tape: the numbers of the eager engine, and a text that can be read."""

import subprocess
import sys

import numpy as np
import pytest
from helpers.exported import ELEMENTWISE, GRAPHS, NOTES, case

from autograd import Value, dot, logsumexp, record, sigmoid, silu
from tests.autograd.replay.machine.test_cancelling import exact, off
from tests.autograd.replay.machine.test_settling import hard_rows


def module_of(tape, **more):
    module = {}
    exec(compile(tape.to_numpy(**more), "module", "exec"), module)
    return module


@pytest.mark.many
@pytest.mark.parametrize("wrt", ["inputs", "parameters"])
@pytest.mark.parametrize("name", [*GRAPHS, *NOTES])
def test_random_graphs_and_notes_agree(name, wrt):
    one = case(name)
    values, slopes = one.eager(wrt)
    module = module_of(one.tape, wrt=wrt)
    found, gradient = module["value_and_gradient"](*one.table.T)
    alone = module["value"](*one.table.T)
    results = list(found) if len(values) > 1 else [found]
    gradients = gradient if len(values) > 1 else [gradient]
    alone = list(alone) if len(values) > 1 else [alone]
    for mine, other, right in zip(results, alone, values, strict=True):
        assert np.abs(mine - other).max() <= 1e-15 * one.scale
        assert np.abs(mine - right).max() <= 1e-13 * one.scale
    for by, right in zip(gradients, slopes, strict=True):
        for k, d in enumerate(by):
            assert np.abs(d - right[:, k]).max() <= 1e-13 * one.scale


@pytest.mark.many
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_operation_agrees(name):
    one = case(name)
    values, slopes = one.eager("inputs")
    found, gradient = module_of(one.tape)["value_and_gradient"](*one.table.T)
    assert found == pytest.approx(values[0], rel=1e-13, abs=1e-15)
    for k, d in enumerate(gradient):
        assert d + 0 * found == pytest.approx(slopes[0][:, k], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("width", [2, 11])
def test_a_logsumexp_that_cancels_keeps_its_digits(width):
    rows = hard_rows(width)
    wanted = [exact(row) for row in rows]
    value = module_of(record(lambda *xs: logsumexp(xs), width))["value"]
    assert off(value(*np.array(rows).T), wanted) <= 4.0
    assert off([value(*row) for row in rows], wanted) <= 4.0


def test_names_are_the_labels():
    w, b = Value(0.5, "w_1^2"), Value(0.1, "σ")

    def loss(height, if_):
        y = sigmoid(w * height + b) - if_
        y.label = "E"
        return y

    text = record(loss, 2).to_numpy()
    assert "def value(height, if_, parameters=PARAMETERS):" in text
    assert "w_1_2, sigma = parameters" in text
    assert "    E = sigmoid(" in text
    assert "0.5,  # w_1^2" in text


def test_hostile_labels_are_harmless():
    labels = [
        '"""\nraise SystemExit',
        "'; import os",
        "#\\",
        "np",
        "value",
        "lambda",
        "",
        "x",
        "é\u2028",
    ]
    labels += ["silu", "gradient", "PARAMETERS", "v1"]
    ws = [Value(1.0 + i, label) for i, label in enumerate(labels)]
    tape = record(lambda x: dot(ws, [x] * len(ws)) + silu(0.0 * x), 1)
    module = module_of(tape)
    assert module["value"](2.0) == 2.0 * sum(w.data for w in ws)
    module["value"](1.0, parameters=np.zeros(len(ws)))


def test_long_lists_are_wrapped_and_run():
    ws = [Value(i, f"weight_number_{i}") for i in range(60)]
    tape = record(lambda *x: dot(ws, list(x)), 60)
    text = tape.to_numpy(wrt="inputs")
    assert max(map(len, text.splitlines())) <= 100
    _, gradient = module_of(tape, wrt="inputs")["value_and_gradient"](*np.ones(60))
    assert gradient == [w.data for w in ws]


def test_it_needs_numpy_alone(tmp_path):
    path = tmp_path / "exported.py"
    path.write_text(case("gelu").tape.to_numpy())
    code = (
        "import sys; sys.path.insert(0, '.'); import exported; exported.value(1.0);"
        "assert not {'autograd', 'nn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_a_wrong_wrt_is_refused():
    with pytest.raises(ValueError, match="wrt is 'inputs' or 'parameters', not 'x'"):
        case("exp").tape.to_numpy(wrt="x")
