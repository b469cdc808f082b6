"""What several threads may do at once, as the book's page on threads promises it.

With the global interpreter lock threads change in the middle of a step far more often than usual,
and free-threaded Python runs them side by side.
"""

import gc
import subprocess
import sys
import sysconfig
import threading
from queue import SimpleQueue

import numpy as np
import pytest

import nn
from autograd import GraphError, StepError, Value, checking, dot, record, tanh
from autograd.errors import CompilerError
from autograd.replay.tape import ENGINES
from autograd.value import tick

AT_ONCE = 4


@pytest.fixture(autouse=True)
def _often():
    """Let the interpreter change threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*works):
    """Run all of these side by side, from one moment on; raise the first error of any."""
    start, errors = threading.Barrier(len(works)), []

    def run(work):
        try:
            start.wait()
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_each_thread_is_told_of_its_own_stale_numbers():
    def work():
        x = Value(1.0, "x")
        for k in range(300):
            y = x * x + float(k)
            x.data = float(k + 2)
            with pytest.raises(GraphError, match="x was changed"):
                y.backward()
            x.grad = 0.0
            (x * x).backward()
            assert x.grad == 2.0 * x.data

    at_once(*[work] * AT_ONCE)


def test_no_two_threads_have_one_time():
    times = []
    at_once(*[lambda: times.extend([tick() for _ in range(2000)])] * AT_ONCE)
    assert len(set(times)) == AT_ONCE * 2000


def test_graphs_over_shared_leaves_add_up():
    weights = [Value(0.5 + k, f"w{k}") for k in range(5)]

    def work():
        for _ in range(100):
            (dot(weights, [1.0, 2.0, 3.0, 4.0, 5.0]) * 2.0).backward()

    at_once(*[work] * AT_ONCE)
    assert [w.grad for w in weights] == [AT_ONCE * 100 * 2.0 * k for k in (1, 2, 3, 4, 5)]


def test_a_graph_made_in_one_thread_is_swept_and_freed_in_another():
    handed, sums = SimpleQueue(), []

    def make():
        for k in range(200):
            x = Value(float(k))
            y = x
            for _ in range(50):
                y = y * 1.0 + x
            handed.put((x, y))
        handed.put(None)

    def take():
        while (pair := handed.get()) is not None:
            x, y = pair
            del pair
            y.backward()
            sums.append(x.grad)

    at_once(make, take, make, take)
    assert sums == [51.0] * 400
    gc.collect()


def test_a_block_that_checks_is_of_its_thread_however_many_there_are():
    def broken():
        return Value(0.0, "x").sqrt()

    def checked():
        for _ in range(200):
            with checking(), pytest.raises(StepError):
                broken().backward()

    def unchecked():
        for _ in range(200):
            broken().backward()

    at_once(checked, checked, unchecked, unchecked)


def test_recordings_over_the_same_parameters_leave_them_as_they_were():
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    before = [p.data for p in model.parameters()]
    tapes = []

    def work():
        for _ in range(4):
            tapes.append(record(lambda x: (model(x) - x[0]) ** 2, [2]))

    at_once(*[work] * AT_ONCE)
    assert [p.data for p in model.parameters()] == before
    gradients = [tape.value_and_grad([[0.3, 0.7]])[1].tolist() for tape in tapes]
    assert gradients == [gradients[0]] * len(tapes)


def test_every_recording_sees_its_own_branches():
    def branches(x):
        return x if x > 0 else -x

    def refused():
        for _ in range(10):
            with pytest.raises(GraphError):
                record(branches, 1)

    def fine():
        for _ in range(10):
            assert record(lambda x: tanh(x) * 2.0, 1)([[0.0]]).tolist() == [0.0]

    at_once(refused, fine, refused, fine)


@pytest.mark.many
@pytest.mark.parametrize("engine", [*ENGINES, pytest.param("cc", marks=pytest.mark.slow)])
def test_one_tape_computes_in_many_threads_what_it_does_in_one(engine, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # of the engine "cc"
    model = nn.MLP(2, [4, 1], "tanh", seed=0)
    table = np.random.default_rng(0).uniform(-1.0, 1.0, (70, 2))

    def made():
        try:
            return record(lambda x: (model(x) - x[1]) ** 2, [2]).with_engine(engine)
        except CompilerError as error:
            pytest.skip(str(error))

    def found(tape, rows):
        part = table[:rows]
        return [
            tape(part).tolist(),
            *[part.tolist() for part in map(np.asarray, tape.value_and_grad(part))],
            tape.value_and_grad(part, wrt="inputs", reduction="none")[1].tolist(),
            tape.hessian(part).tolist(),
            bound(tape, rows),
        ]

    def bound(tape, row):
        call = tape.bind()
        call.numbers[:2] = table[row - 1]
        call()
        return call.value.tolist(), call.gradient.tolist()

    alone = made()
    wanted = {rows: found(alone, rows) for rows in (1, 8, 33, 70)}
    tape = made()  # of which nothing is made yet
    tape.threads = 2

    def work(rows):
        for _ in range(5):
            assert found(tape, rows) == wanted[rows]

    at_once(*[lambda rows=rows: work(rows) for rows in (1, 1, 8, 33, 70, 70)])


def test_a_tape_without_inputs_has_its_quick_call_in_every_thread():
    w = Value(3.0, "w")

    def f():
        return (w * w + w).tanh()

    tape, alone = record(f), record(f)

    def work(start):
        for k in range(200):
            at = np.array([start + 0.001 * k])
            value, gradient = tape.value_and_grad(at=at)
            again, slope = alone.value_and_grad(at=at)
            assert (value, gradient.tolist()) == (again, slope.tolist())

    at_once(*[lambda start=start: work(start) for start in (-1.0, -0.3, 0.2, 0.5)])


def test_models_train_side_by_side_as_they_do_alone():
    X = np.random.default_rng(1).uniform(-1.0, 1.0, (40, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int).tolist()

    def trained(seed):
        model = nn.MLP(2, [3, 1], "tanh", "sigmoid", seed=seed)
        nn.fit(model, X, y, loss="binary_cross_entropy", epochs=3, seed=seed, progress=False)
        return [p.data for p in model.parameters()]

    alone = [trained(seed) for seed in range(AT_ONCE)]
    found = {}
    at_once(*[lambda seed=seed: found.update({seed: trained(seed)}) for seed in range(AT_ONCE)])
    assert [found[seed] for seed in range(AT_ONCE)] == alone


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has its global lock"
)
def test_the_extensions_leave_the_lock_off():
    code = "import sys, autograd.replay, nn; print(sys._is_gil_enabled())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False", done.stderr
