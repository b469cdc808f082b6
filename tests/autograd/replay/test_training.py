"""Python has its turn ten times a second, whatever the sizes: signals, progress, Ctrl-C.

Time is the processor's, not the clock's: a busy machine must not fail these tests.
"""

import contextlib
import signal
import threading
import time

import numpy as np
import pytest

import nn
from autograd import record
from autograd.replay import Descent, training
from autograd.replay.compiled import machine as _machine

pytestmark = pytest.mark.slow

ENGINES = ["numpy", *(_machine.TARGETS[:1] if _machine else [])]
every_engine = pytest.mark.parametrize("engine", ENGINES)
PROMISED = 0.1  # seconds
has_timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")


def network(*sizes):
    model = nn.MLP(sizes[0], list(sizes[1:]), "tanh", seed=0)
    return record(
        lambda row: (model(row[:-1]) - row[-1]) ** 2, [sizes[0] + 1], parameters=model.parameters()
    )


def signals_during(f):
    """Processor times at which a signal's handler ran while f did, one wanted every 10 ms."""
    turns = [time.thread_time()]
    before = signal.signal(signal.SIGPROF, lambda *_: turns.append(time.thread_time()))
    signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)
    try:
        f()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return [*turns, time.thread_time()]


@has_timers
@every_engine
@pytest.mark.parametrize(
    ("sizes", "rows"), [((2, 16, 16, 1), 2_000_000), ((100, 150, 150, 1), 20_000)]
)
def test_signals_are_seen_within_one_long_step(engine, sizes, rows):
    tape = network(*sizes).with_engine(engine)
    tape.threads = 1
    if engine == "numpy":
        rows //= 10
    batch = tape.prepare(np.random.default_rng(0).uniform(-1, 1, (rows, sizes[0] + 1)))
    batch.packed  # noqa: B018 - made now
    turns = signals_during(lambda: tape.value_and_grad(batch))
    assert max(np.diff(turns)) < PROMISED
    turns = signals_during(lambda: tape(batch))
    assert max(np.diff(turns)) < PROMISED


@every_engine
@pytest.mark.parametrize(("rows", "batch_size"), [(1, None), (1000, None), (1000, 1), (1000, 300)])
def test_progress_is_told_while_many_short_steps_are_taken(engine, rows, batch_size):
    tape = network(2, 4, 1).with_engine(engine)
    table = np.random.default_rng(0).uniform(-1, 1, (rows, 3))
    turns = [time.thread_time()]
    iterations = 20_000 if engine == "numpy" else 400_000
    stop = time.thread_time() + 0.5

    def each(done, loss):
        turns.append(time.thread_time())
        if turns[-1] > stop:
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        tape.train(table, Descent(1e-4), iterations, batch_size=batch_size, each=each)
    assert max(np.diff(turns)) < PROMISED


@pytest.mark.skipif(_machine is None, reason="not compiled")
def test_with_no_time_left_the_loop_comes_back_after_every_look(monkeypatch):
    monkeypatch.setattr(training, "_BUDGET", -1.0)
    told = []
    network(2, 4, 1).train(
        np.zeros((1, 3)), Descent(0.1), 50, each=lambda done, _: told.append(done)
    )
    assert told == list(range(1, 51))


@has_timers
@every_engine
def test_an_interrupt_leaves_the_parameters_of_a_finished_step(engine):
    tape = network(2, 16, 16, 1).with_engine(engine)
    table = np.random.default_rng(0).uniform(-1, 1, (20_000, 3))
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    done = []
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    with pytest.raises(KeyboardInterrupt):
        tape.train(table, Descent(0.1), 10**6, each=lambda k, _: done.append(k))
    found = [p.data for p in tape.parameters]
    again = network(2, 16, 16, 1).with_engine(engine)
    again.train(table, Descent(0.1), done[-1] if done else 0)
    for _ in range(500):  # steps that were taken and not told yet
        if found == [p.data for p in again.parameters]:
            return
        again.train(table, Descent(0.1), 1)
    pytest.fail("the parameters are those of no finished step")


def test_other_threads_run_while_a_tape_does():
    tape = network(2, 16, 16, 1)
    batch = tape.prepare(np.random.default_rng(0).uniform(-1, 1, (200_000, 3)))
    turns, over = [], threading.Event()

    def count():
        while not over.is_set():
            turns.append(time.perf_counter())
            time.sleep(0.001)

    other = threading.Thread(target=count)
    other.start()
    began = time.perf_counter()
    for _ in range(3):
        tape.value_and_grad(batch)
    ended = time.perf_counter()
    over.set()
    other.join()
    assert len([t for t in turns if began < t < ended]) >= 3
