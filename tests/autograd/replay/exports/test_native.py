"""The engine cc: the interpreter's numbers, a private cache, and what is said where it fails."""

import os
import shutil
import stat
import subprocess
import sys

import numpy as np
import pytest
from helpers.exported import GRAPHS, case

from autograd import CompilerError, PoleError, RangeError, Value, exp, log, logsumexp, record, sqrt
from autograd.replay.exports import native

pytestmark = [
    pytest.mark.skipif(
        not shutil.which("cc") or os.environ.get("CC") == "/bin/false",
        reason="there is no C compiler",
    ),
    pytest.mark.skipif(sys.platform == "win32", reason="the engine cc needs a POSIX system"),
]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "whygrad" / "cc"


@pytest.fixture
def forget():
    """Let the compiler be looked for anew, before the test and after it."""
    for known in (native.compiler, native._identity):
        known.cache_clear()
    yield
    for known in (native.compiler, native._identity):
        known.cache_clear()


def rate(x, y):
    return x * exp(-y) / sqrt(x + y)


def rows(count, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 1.5, (count, 2))


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS[::4])
def test_random_graphs_equal_the_interpreter(name):
    one = case(name)
    tape = one.tape.with_engine("cc")
    for wrt in ("inputs", "parameters"):
        values, slopes = one.eager(wrt)
        found, jacobian = tape.value_and_grad(one.table, wrt=wrt, reduction="none")
        assert (
            np.abs(found.T - (values if len(values) > 1 else values[0])).max() <= 1e-13 * one.scale
        )
        jacobian = tape.jacobian(one.table, wrt=wrt)
        assert np.abs(jacobian.swapaxes(0, 1) - slopes).max(initial=0.0) <= 1e-13 * one.scale


def test_every_number_of_rows_and_second_derivatives():
    tape = record(rate, 2)
    cc = tape.with_engine("cc")
    assert cc.engine == "cc"
    for count in (1, 2, 7, 8, 31, 32, 33, 64, 71):
        table = rows(count)
        for reduction in ("none", "mean", "sum"):
            for mine, right in zip(
                cc.value_and_grad(table, reduction=reduction),
                tape.value_and_grad(table, reduction=reduction),
                strict=True,
            ):
                assert mine == pytest.approx(right, rel=1e-13)
    assert cc.hessian(table) == pytest.approx(tape.hessian(table), rel=1e-12)
    assert cc.hvp([1.0, 2.0], table) == pytest.approx(tape.hvp([1.0, 2.0], table), rel=1e-12)


def test_a_logsumexp_that_cancels_is_settled_elsewhere():
    tape = record(lambda *xs: logsumexp(xs), 3)
    table = np.random.default_rng(3).normal(0.0, 1.0, (40, 3))
    table[7] = np.log([0.2, 0.3, 0.5])
    wanted = [logsumexp(row) for row in table.tolist()]
    found = tape.with_engine("cc").value_and_grad(table, reduction="none")
    assert (np.abs(found[0] - wanted) <= 4.0 * np.spacing(np.abs(wanted))).all()
    assert np.abs(found[1] - tape.jacobian(table)[:, 0]).max() <= 1e-15


def test_parameters_are_read_at_each_call():
    w = Value(2.0, "w")
    tape = record(lambda x: exp(w * x), 1).with_engine("cc")
    first = tape.value_and_grad([[1.0], [2.0]])[0]
    w.data = 0.0
    assert tape.value_and_grad([[1.0], [2.0]])[0] == 1.0 != first


def test_results_that_are_kept_stay():
    tape = record(rate, 2).with_engine("cc")
    first, _ = tape.value_and_grad(rows(100), reduction="none")
    kept = first.copy()
    second, _ = tape.value_and_grad(rows(100, seed=1), reduction="none")
    assert (first == kept).all()
    assert not np.shares_memory(first, second)


def test_numbers_that_are_not_finite_are_errors_that_name_the_row():
    tape = record(lambda x: 1 / (1 + exp(x)), 1).with_engine("cc")
    table = np.zeros((50, 1))
    table[7] = 1000.0  # whose exp is too large, though 1 / (1 + inf) is 0
    with pytest.raises(RangeError, match="row 7"):
        tape.value_and_grad(table, reduction="none")
    with pytest.raises(PoleError, match="row 0"):
        record(lambda x: 1 / x, 1).with_engine("cc").value_and_grad([[0.0]], reduction="none")


def test_a_derivative_that_is_infinite_is_as_the_interpreters():
    tape = record(lambda x, y: sqrt(x) * y, 2)
    table = [[0.0, 0.0], [4.0, 1.0]]
    mine = tape.with_engine("cc").value_and_grad(table, reduction="none")[1]
    assert (
        mine.tolist()
        == tape.with_engine("numpy").value_and_grad(table, reduction="none")[1].tolist()
    )


def test_it_is_compiled_once_into_a_private_folder(cache, monkeypatch):
    record(rate, 2).with_engine("cc")
    (library,) = cache.glob("*.so")
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert list(cache.iterdir()) == [library]
    monkeypatch.setattr(native, "_compile", lambda *_: pytest.fail("compiled again"))
    record(rate, 2).with_engine("cc")


def test_it_is_never_the_default_and_no_environment_chooses_it(monkeypatch):
    assert record(rate, 2).engine != "cc"
    monkeypatch.setenv("WHYGRAD_REPLAY", "cc")
    with pytest.raises(ValueError, match="no engine 'cc' here"):
        record(rate, 2)


def test_a_folder_that_others_can_read_is_refused(cache):
    cache.mkdir(parents=True)
    cache.chmod(0o755)
    with pytest.raises(CompilerError, match="not a folder of yours alone"):
        record(rate, 2).with_engine("cc")


def test_a_folder_that_is_a_link_is_refused(cache, tmp_path):
    cache.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CompilerError, match="not a folder of yours alone"):
        record(rate, 2).with_engine("cc")


def test_a_path_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(CompilerError, match=r"no folder for compiled code: .*XDG_CACHE_HOME"):
        record(rate, 2).with_engine("cc")


def test_a_file_that_others_can_write_is_not_loaded(cache):
    record(rate, 2).with_engine("cc")
    (library,) = cache.glob("*.so")
    library.chmod(0o722)
    with pytest.raises(CompilerError, match="not a file of yours alone: delete it"):
        record(rate, 2).with_engine("cc")


def test_a_file_that_cannot_be_loaded_is_deleted(cache, monkeypatch):
    def compile_nothing(source, library):
        library.write_bytes(b"nothing")
        library.chmod(0o700)

    monkeypatch.setattr(native, "_compile", compile_nothing)
    with pytest.raises(CompilerError, match="cannot be loaded"):
        record(rate, 2).with_engine("cc")
    assert not list(cache.iterdir())


@pytest.mark.usefixtures("forget")
def test_a_missing_compiler_is_one_sentence(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(CompilerError, match=r"no C compiler here \(no-such-compiler\)"):
        record(rate, 2).with_engine("cc")


@pytest.mark.usefixtures("forget")
def test_a_compiler_that_fails_is_told(monkeypatch):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(CompilerError, match="false failed"):
        record(rate, 2).with_engine("cc")


@pytest.mark.usefixtures("forget")
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_each_compiler_computes_the_same(compiler, monkeypatch):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    monkeypatch.setenv("CC", compiler)
    tape, table = record(rate, 2), rows(100)
    mine = tape.with_engine("cc").value_and_grad(table, reduction="none")
    right = tape.value_and_grad(table, reduction="none")
    assert mine[0] == pytest.approx(right[0], rel=1e-14)
    assert mine[1] == pytest.approx(right[1], rel=1e-13)


@pytest.mark.usefixtures("forget")
def test_code_that_computes_something_else_is_refused(tmp_path, monkeypatch):
    """A compiler that does not keep its word."""
    wrong = tmp_path / "wrong"
    wrong.write_text(
        '#!/bin/sh\nfor a in "$@"; do case "$a" in *.c) sed -i "s/sqrt(/fabs(/" "$a";; esac; done\n'
        'exec cc "$@"\n'
    )
    wrong.chmod(0o700)
    monkeypatch.setenv("CC", str(wrong))
    tape = record(lambda x, y: x * sqrt(y), 2).with_engine("cc")
    with pytest.raises(CompilerError, match="does not compute what the interpreter does"):
        tape.value_and_grad(rows(50), reduction="none")


def test_a_large_tape_is_to_stay_with_the_interpreter(monkeypatch):
    assert native.LARGEST == 4_000
    monkeypatch.setattr(native, "LARGEST", 400)

    def long(x):
        for _ in range(native.LARGEST // 2):
            x = log(x * x + 1.0) + 1.0
        return x

    with pytest.raises(ValueError, match=r"past 400 compiling takes longer"):
        record(long, 1).with_engine("cc")


def test_it_is_loaded_without_a_shell(tmp_path):
    """A name that a shell would run is but a name."""
    code = (
        "from autograd import record\n"
        "try: record(lambda x: x * x, 1).with_engine('cc')\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    environment = {**os.environ, "CC": "cc; touch hacked", "HOME": str(tmp_path),
                   "WHYGRAD_PURE": "1", "PYTHONPATH": ":".join(sys.path)}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=tmp_path, env=environment, check=True)  # fmt: skip
    assert done.stdout.strip() == "CompilerError"
    assert not (tmp_path / "hacked").exists()
