"""Where nodes lie: slabs in C, which Python files do without."""

import gc
import itertools
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import autograd
from autograd import Value, dot
from autograd.value import slabs

ROOT = Path(autograd.__file__).parent.parent

KEPT = [Value(1.0)]
in_slabs = pytest.mark.skipif(slabs()[0] == 0, reason="no slabs: Python files, or no global lock")


def in_a_process(code):
    """What the code prints, run where no other test has left slabs."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command,
        env=environment,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


TRAINING = """
import gc, random
from itertools import pairwise
from autograd import Value
from autograd.value import slabs

if COLLECTOR == "off":
    gc.disable()
chance = random.Random(1)
layers = [[[Value(chance.uniform(-1, 1)) for _ in range(n)] for _ in range(8)] for n in (3, 8, 8)]
parameters = [w for layer in layers for neuron in layer for w in neuron]
rows = [[chance.uniform(-1, 1) for _ in range(3)] for _ in range(40)]
history = []

def loss_of(made):
    errors = []
    for row in rows:
        x = row
        for layer in layers:
            sums = []
            for neuron in layer:
                z = neuron[0] * x[0]
                made.append(z)
                for w, v in zip(neuron[1:], x[1:]):
                    product = w * v
                    z = z + product
                    made += (product, z)
                sums.append(z)
            x = [z.tanh() for z in sums]
            made += x
        errors.append((x[0] - 0.5) ** 2)
    return sum(errors)

for step in range(400):
    if step % 7 == 0:
        history.append(loss_of([]) * 1.0)  # a user keeps something of many steps
        if len(history) > 9:
            del history[0]
    made = []
    loss = loss_of(made)
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= 0.01 * p.grad
    if step == 99:
        held = slabs()[0]
following = sum(0 < id(b) - id(a) <= 2 * Value.__basicsize__ for a, b in pairwise(made))
print(held, slabs()[0], following / (len(made) - 1))
"""


@in_slabs
@pytest.mark.slow
@pytest.mark.parametrize("collector", ["on", "off"])
def test_400_steps_of_training_leave_nodes_in_order(collector):
    code = TRAINING.replace("COLLECTOR", repr(collector))
    at_100, at_400, following = in_a_process(code)
    assert int(at_400) <= int(at_100) + 2
    assert float(following) > 0.9


BOUND = """
from autograd import Value
from autograd.value import slabs

def resident():
    try:
        return int(open("/proc/self/statm").read().split()[1]) * 4096
    except OSError:
        return 0

x = Value(1.0)
before = resident()
kept = [x + x for _ in range(900_000)]
full, most = slabs(), resident()
del kept
print(*full, *slabs(), most - before, resident() - before)
"""


@in_slabs
@pytest.mark.slow
def test_slabs_past_32_megabytes_go_back_to_the_system():
    full, waiting, left, empty, most, after = map(int, in_a_process(BOUND))
    assert waiting == 0
    assert full * 2**17 >= 900_000 * 112
    assert empty == 256
    assert left <= 258
    if most:
        assert most - after > 60e6


@in_slabs
def test_slabs_that_are_half_empty_are_used_again():
    x = Value(1.0)
    kept = [x + x for _ in range(50_000)]
    del kept[::2], kept[::3]  # a third is left, spread over all
    before = slabs()[0]
    more = [x + x for _ in range(25_000)]
    assert slabs()[0] <= before + 1
    assert all(v.data == 2.0 and v.operands == (x, x) for v in itertools.chain(kept, more))


@in_slabs
def test_of_all_but_every_second_node_the_memory_is_used_again():
    x = Value(1.0)
    kept = []
    before = slabs()[0]  # what other tests have left in this process
    for _ in range(10):
        new = [x + x for _ in range(20_000)]
        kept += new[::50]
        del new
    assert (slabs()[0] - before) * 2**17 < 3 * 20_000 * Value.__basicsize__ + 40 * 2**17


def test_nodes_are_what_they_were_made_whatever_is_freed_around_them():
    chance = random.Random(3)
    x = Value(1.0)
    kept = {}
    for k in range(40_000):
        kept[chance.randrange(3_000)] = (k, x * float(k))
    assert all(v.data == float(k) and v.grad == 0.0 and v.op == "*" for k, v in kept.values())


def test_nodes_made_in_one_thread_may_be_freed_in_another():
    x = Value(1.0)
    made = []
    wrong = []

    def make(k):
        for _ in range(20):
            made.append([x * float(k) for _ in range(500)])
            own = dot([x, x], [Value(2.0), Value(float(k))])
            own.backward()
            if own.data != 2.0 + k:
                wrong.append(own)
            made.pop()

    threads = [threading.Thread(target=make, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


FORK = """
import os
from autograd import Value

x = Value(2.0)
y = x
for _ in range(30_000):
    y = y + x
child = os.fork()
if not child:
    del y
    z = [x * 3.0 for _ in range(90_000)]
    z[-1].backward()
    os._exit(0 if x.grad == 3.0 else 1)
y.backward()
del y
print(os.waitpid(child, 0)[1], x.grad)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_slabs_of_its_own():
    assert in_a_process(FORK) == ["0", "30001.0"]


def test_a_node_freed_while_another_is_freed_frees_its_own_operands():
    x = Value(1.0)
    before = sys.getrefcount(x)
    y = dot([x * 2.0, x * 3.0], [x * 4.0, x * 5.0], x * 6.0) * (x + x)
    del y
    gc.collect()
    assert sys.getrefcount(x) == before
