"""Threads that share the rows of a batch: faster, and not a digit different."""

import os
import subprocess
import sys
import threading
from _thread import interrupt_main
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import DomainError, Value, dot, log, record
from autograd.replay import Steps, UpdateRule
from autograd.replay.tape import ENGINES

ROWS = 9001  # several chunks, no multiple of a block
TABLE = np.random.default_rng(0).uniform(0.1, 1, (ROWS, 3))

needs_compiler = pytest.mark.skipif(ENGINES[0] == "numpy", reason="NumPy takes one thread")


def tape_of_a_network():
    """A layer of 40 and a penalty that is no part of the rows."""
    model = nn.MLP(3, [40, 40, 1], "tanh", seed=0)
    ws = [p for p in model.parameters() if p.label.startswith("w")]
    tape = record(lambda x: (model(x) - x[0]) ** 2 + 0.01 * dot(ws, ws), [3])
    return tape.with_engine(ENGINES[0])


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES[:-1])
def test_the_number_of_threads_changes_no_digit(engine):
    tape = tape_of_a_network().with_engine(engine)
    found = []
    for threads in (1, 2, 3, 40):
        tape.threads = threads
        value, gradient = tape.value_and_grad(TABLE)
        found.append([value, *gradient.tolist(), *tape(TABLE).tolist()])
    assert found[0] == found[1] == found[2] == found[3]
    value, gradient = tape.with_engine("numpy").value_and_grad(TABLE)
    np.testing.assert_allclose(found[0][: 1 + len(gradient)], [value, *gradient], 1e-11, 1e-14)


def test_several_results_and_their_gradients():
    a, b = Value(0.3), Value(0.7)
    table = np.tile(TABLE, (10, 1))
    tape = record(lambda x, y, z: [(a * x).exp() * y, b * z + a], 3)
    found = []
    for threads in (1, 4):
        tape.threads = threads
        found.append(tape.value_and_grad(table))
    assert found[0][0].tolist() == found[1][0].tolist()
    assert found[0][1].tolist() == found[1][1].tolist()
    x, y, z = table.T
    np.testing.assert_allclose(found[0][0], [(np.exp(0.3 * x) * y).mean(), (0.7 * z + 0.3).mean()])
    wanted = [[(x * np.exp(0.3 * x) * y).mean(), 0], [1, z.mean()]]
    np.testing.assert_allclose(found[0][1], wanted, 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [None, 4000])
def test_training_ends_at_the_same_parameters(batch_size):
    ends = []
    for threads in (1, 3):
        tape = tape_of_a_network()
        tape.threads = threads
        losses = tape.train(TABLE, nn.Adam(0.01), 7, batch_size=batch_size, seed=1)
        ends.append((losses.tolist(), [p.data for p in tape.parameters]))
    assert ends[0] == ends[1]


def test_a_broken_number_in_a_late_row_is_named():
    w = Value(1.0, "w")
    table = np.tile(TABLE, (40, 1))
    table[-2, 1] = -1.0
    tape = record(lambda x, y, z: w * x + log(y) * z, 3)
    tape.threads = 3
    with pytest.raises(DomainError, match=f"row {len(table) - 2}"):
        tape.train(table, nn.SGD(0.1), 5)
    assert w.data == 1.0


def run_python(code, folder):
    """The output of code in a process of its own, with the modules that are tested here."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,  # not where the source lies
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
    )
    assert not result.returncode, result.stderr
    return result.stdout


COUNT_THREADS = """
import os, threading, time
from collections import Counter
import numpy as np
import nn
from autograd import record
from autograd.replay.tape import ENGINES

def count():
    return len(os.listdir("/proc/self/task"))

model = nn.MLP(3, [40, 40, 1], "tanh", seed=0)
tape = record(lambda x: (model(x) - x[0]) ** 2, [3]).with_engine(ENGINES[0])
tape.threads, seen = {threads}, Counter()
batch, before = tape.prepare(np.random.default_rng(0).uniform(0.1, 1, ({rows}, 3))), count()
worker = threading.Thread(target=tape.train, args=(batch, nn.SGD(0.01), 300))
worker.start()
while worker.is_alive():
    seen[count() - before] += 1
    time.sleep(0.001)
worker.join()
until = time.monotonic() + 10  # a thread is joined a little before the system drops it
while count() != before and time.monotonic() < until:
    time.sleep(0.001)
print(ENGINES[0], seen.most_common(1)[0][0], max(seen), count() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux does")
@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_so_many_threads_are_there_while_it_trains_and_none_after(threads, tmp_path):
    code = COUNT_THREADS.format(threads=threads, rows=ROWS)
    engine, usual, most, after = run_python(code, tmp_path).split()
    assert engine == ENGINES[0]
    assert int(usual) == threads  # with the one that waits in train
    assert int(most) <= 2 * threads - 1  # the system may still drop the last helpers
    assert after == "0"


def test_a_small_batch_is_not_shared_out():
    tape = tape_of_a_network()
    tape.threads = 4
    value, gradient = tape.value_and_grad(TABLE[:500])
    tape.threads = 1
    again = tape.value_and_grad(TABLE[:500])
    assert value == again[0]
    assert gradient.tolist() == again[1].tolist()


@needs_compiler
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_a_long_step_and_leaves_the_parameters():
    model = nn.MLP(3, [200, 200, 1], "tanh", seed=0)
    tape = record(lambda x: model(x) ** 2, [3]).with_engine(ENGINES[0])
    tape.threads = 2
    batch = tape.prepare(np.tile(TABLE, (60, 1)))
    steps, losses = Steps(np.full(3, 0.1)), np.empty(3)
    state = np.zeros((2, len(tape.parameters)))
    before = [p.data for p in tape.parameters]
    threading.Timer(0.2, interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        next(tape.run(batch, steps, UpdateRule(), state, 0, losses))
    assert [p.data for p in tape.parameters] == before
    small = tape.prepare(TABLE[:600])
    assert np.isfinite(tape.value_and_grad(small)[0])


@pytest.mark.slow
def test_one_tape_trains_and_evaluates_in_several_threads_of_python():
    tape = tape_of_a_network()
    tape.threads = 2
    passes = 2 if tape.engine == "numpy" else 10
    at = np.array([p.data for p in tape.parameters])
    wanted, wrong = tape.value_and_grad(TABLE, at=at)[0], []

    def work():
        for _ in range(passes):
            if tape.value_and_grad(TABLE, at=at)[0] != wanted:
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    tape.train(TABLE, nn.SGD(0.01), passes)
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_goes_on_with_a_tape(tmp_path):
    code = (
        "import os, numpy as np, nn\n"
        "from autograd import record\n"
        "model = nn.MLP(3, [40, 40, 1], 'tanh', seed=0)\n"
        "tape = record(lambda x: model(x) ** 2, [3])\n"
        "tape.threads = 2\n"
        "table = np.ones((9001, 3))\n"
        "wanted = tape.value_and_grad(table)[0]\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(0 if tape.value_and_grad(table)[0] == wanted else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    assert run_python(code, tmp_path).strip() == "0"


def test_the_environment_sets_the_number(monkeypatch):
    monkeypatch.setenv("WHYGRAD_THREADS", "3")
    assert record(lambda x: x * 2.0, 1).threads == 3
    monkeypatch.setenv("WHYGRAD_THREADS", "none")
    with pytest.raises(ValueError, match="WHYGRAD_THREADS is a number of at least 1, not 'none'"):
        record(lambda x: x * 2.0, 1)


def test_another_engine_keeps_the_number():
    tape = record(lambda x: x * 2.0, 1)
    tape.threads += 3
    assert tape.with_engine("numpy").threads == tape.threads


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", 2**40])
def test_a_wrong_number_of_threads_is_refused(count):
    tape = record(lambda x: x * 2.0, 1)
    before = tape.threads
    with pytest.raises(ValueError, match="threads is a whole number"):
        tape.threads = count
    assert tape.threads == before
