"""The engine as Python and the engine as an extension: the same behaviour, checked side by side."""

import copy
import gc
import inspect
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

import autograd
import nn
from autograd import GraphError, RangeError, Value, dot, exp, logsumexp, maximum, softmax, value
from autograd.replay.tape import ENGINES

ROOT = Path(autograd.__file__).parent.parent

only_compiled = pytest.mark.skipif(not autograd.compiled, reason="of the extension")
only_pure = pytest.mark.skipif(autograd.compiled, reason="of the Python files")


def in_python(code, *, pure=True, stdin=b""):
    """What the code writes, run in a process of its own by the build that is asked for."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WHYGRAD_PURE": str(int(pure))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).parent,
        input=stdin,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_compiled_tells_which_build_runs():
    suffix = Path(value.__file__).suffix
    assert autograd.compiled is (suffix in (".so", ".pyd"))


def test_the_environment_variable_forces_the_python_files():
    code = "import autograd, autograd.functions, nn.layers, autograd.replay.reading as reading\n"
    code += "modules = (autograd.value, autograd.functions, nn.layers, reading)\n"
    code += "print(autograd.compiled, {m.__file__[-3:] for m in modules})"
    assert in_python(code).decode().strip() == "False {'.py'}"


ENGINE_OF_A_TAPE = """
import autograd
print(autograd.compiled, autograd.record(lambda x: x * 2.0, 1).engine)
"""


@pytest.mark.parametrize("engine", ["", "auto"])
def test_with_the_python_files_numpy_runs_tapes(monkeypatch, engine):
    monkeypatch.setenv("WHYGRAD_REPLAY", engine)
    assert in_python(ENGINE_OF_A_TAPE).decode().split() == ["False", "numpy"]


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
def test_with_the_python_files_an_engine_for_tapes_may_be_named(monkeypatch, engine):
    monkeypatch.setenv("WHYGRAD_REPLAY", engine)
    assert in_python(ENGINE_OF_A_TAPE).decode().split() == ["False", engine]


@only_compiled
def test_without_it_the_fastest_engine_runs_tapes(monkeypatch):
    monkeypatch.delenv("WHYGRAD_REPLAY", raising=False)
    found = in_python(ENGINE_OF_A_TAPE, pure=False).decode().split()
    assert found == ["True", ENGINES[0]]


# The same interface

INTERFACE = """
import inspect, json, autograd, nn

def described(x):
    try:
        signature = str(inspect.signature(x)) if callable(x) else ""
    except (TypeError, ValueError):
        signature = "none"
    return signature, inspect.getdoc(x)

found = {}
for module in (autograd, nn):
    for name in module.__all__:
        x = getattr(module, name)
        if inspect.isclass(x) or inspect.isroutine(x):
            found[name] = described(x)
        if inspect.isclass(x):
            for member in dir(x):
                if not member.startswith("_"):
                    found[f"{name}.{member}"] = described(inspect.getattr_static(x, member))
print(json.dumps(found))
"""


@pytest.mark.slow
@only_compiled
def test_names_signatures_and_docstrings_are_the_same():
    pure, compiled = (json.loads(in_python(INTERFACE, pure=pure)) for pure in (True, False))
    slots = [f"Value.{name}" for name in ("data", "grad", "label", "op")]
    assert [compiled.pop(name)[0] for name in slots] == [pure.pop(name)[0] for name in slots]
    assert len(pure) > 100
    assert compiled == pure


@only_compiled
def test_operators_keep_their_docstrings():
    code = "import inspect, json; from autograd import Value; operators = 'add radd sub rsub mul "
    code += "rmul truediv rtruediv pow rpow neg pos abs lt le gt ge'.split()\n"
    code += "print(json.dumps([inspect.getdoc(getattr(Value, f'__{o}__')) for o in operators]))"
    assert in_python(code, pure=False) == in_python(code)


# The same errors and numbers

CALLS = [
    "Value('3')",
    "Value(None)",
    "Value(1j)",
    "Value([1, 2])",
    "Value(Value(1.0))",
    "Value(10**400)",
    "Value(1.0, 3)",
    "Value()",
    "x + 'a'",
    "'a' * x",
    "x - None",
    "[1] / x",
    "x ** 1j",
    "10**400 + x",
    "x < 'a'",
    "x >= None",
    "big * big",
    "big * 1e8 + big * 1e8",
    "x / 0",
    "1 / zero",
    "zero / zero",
    "zero ** -1",
    "(-x) ** 0.5",
    "(-x) ** y",
    "big ** 3.0",
    "(-big) ** 3",
    "3.0 ** big",
    "big.exp()",
    "exp(1000)",
    "big.expm1()",
    "zero.log()",
    "(-x).sqrt()",
    "(-x).log1p()",
    "log(-1.0)",
    "softplus('a')",
    "tanh(None)",
    "relu([1.0])",
    "maximum(x, None)",
    "where(True, x, 'a')",
    "dot([x], [1.0, 2.0])",
    "dot([None], [x])",
    "dot([x], [None])",
    "dot([x, None], [1.0, 2.0])",
    "dot([x], ['a'])",
    "dot([x], [1.0], None)",
    "dot(None, None)",
    "dot([big], [big])",
    "mean([])",
    "softmax([])",
    "logsumexp([None])",
    "total(['a'])",
    "MLP(2, [])",
    "MLP(2, [2])([1.0])",
    "MLP(2, [2])('ab')",
    "MLP(2, [1])([1.0, None])",
    "MLP(2, [1])([math.inf, 1.0])",
    "Neuron(2, 'swish')",
    "Layer(0, 1)",
]

ERRORS = """
import json, math, sys
from autograd import *
from nn import MLP, Layer, Neuron

x, y, zero, big = Value(2.0, "x"), Value(0.5), Value(0.0, "zero"), Value(1e300, "big")
found = []
for call in json.load(sys.stdin):
    try:
        found.append(repr(eval(call)))
    except Exception as error:
        found.append(f"{type(error).__module__}.{type(error).__name__}: {error}")
print(json.dumps(found))
"""


@pytest.mark.slow
@only_compiled
def test_errors_and_their_texts_are_the_same():
    stdin = json.dumps(CALLS).encode()
    pure, compiled = (json.loads(in_python(ERRORS, pure=p, stdin=stdin)) for p in (True, False))
    assert sum("Error: " in text for text in pure) == len(CALLS)
    for call, a, b in zip(CALLS, compiled, pure, strict=True):
        # Cython names the class of a method in "takes 1 positional argument"; the rest is ours.
        assert a == b or (call == "Value()" and a.split(":")[0] == b.split(":")[0]), call


NUMBERS = """
import itertools, json, math
from autograd import *
from autograd import scalar

edges = [0.0, -0.0, 5e-324, 1e-310, 2.2e-308, 1e-17, 0.3, 1.0, 1.5, 2.0, 3.0, 709.7, 709.79, 745.2]
edges += [1e15, 1e16, 1e154, 1.4e154, 1e300, 1.7976931348623157e308, math.inf, math.nan]
edges += [-x for x in edges]
found = []
def keep(f, *xs):
    try:
        y = f(*[Value(x) for x in xs])
        found.append(f"{y.data!r} {y.partials!r}")
    except (ValueError, ArithmeticError) as error:
        found.append(f"{type(error).__name__} {error}")
for f in (exp, expm1, log, log1p, sqrt, sin, cos, tanh, sigmoid, softplus, relu, absolute):
    for x in edges:
        keep(f, x)
for a, b in itertools.product(edges, edges):
    keep(lambda a, b: a + b, a, b)
    keep(lambda a, b: a * b, a, b)
    keep(lambda a, b: a / b, a, b)
    keep(lambda a, b: a ** b, a, b)
    keep(maximum, a, b)
    keep(lambda a, b: logsumexp([a, b]), a, b)
    keep(lambda a, b: dot([a, b], [b, a], a), a, b)
print("\\n".join(found))
"""


@pytest.mark.slow
@only_compiled
def test_every_number_and_partial_is_the_same_to_the_last_bit():
    pure, compiled = (in_python(NUMBERS, pure=p).decode().splitlines() for p in (True, False))
    assert len(pure) > 12_000
    assert [pair for pair in zip(compiled, pure, strict=True) if pair[0] != pair[1]] == []


PICKLE = """
import pickle, sys
from autograd import *
x, w = Value(0.5, "x"), Value(-1.5, "w")
y = dot([w, x], [x, 2.0], w) + softmax([x, w, 3])[1] * x ** w
y.label = "y"
y.backward()
sys.stdout.buffer.write(b"".join(pickle.dumps(y, protocol) for protocol in (2, 5)))
"""
UNPICKLE = """
import pickle, sys
y = pickle.load(sys.stdin.buffer)
y.backward()
print(y, sorted(v.label for v in y.operands[0].operands if v.label))
"""


@pytest.mark.slow
@only_compiled
def test_pickles_are_the_same_and_go_from_either_build_to_the_other():
    pure, compiled = (in_python(PICKLE, pure=p) for p in (True, False))
    assert pure == compiled
    assert in_python(UNPICKLE, pure=True, stdin=compiled) == in_python(
        UNPICKLE, pure=False, stdin=pure
    )


def test_a_traceback_shows_the_line_of_the_python_file():
    with pytest.raises(RangeError) as caught:
        Value(1e300) * 1e300
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [Path(frame.filename).name for frame in frames][1:] == ["value.py"] * (len(frames) - 1)
    assert "raise scalar.out_of_range" in str(frames[-1].line)


# The class and its memory


def test_value_is_final():
    with pytest.raises(TypeError, match=r"final|not an acceptable base type"):
        type("Sub", (Value,), {})


@only_compiled
def test_a_compiled_node_is_untracked_and_closed():
    x = Value(1.0)
    y = x * x
    assert not gc.is_tracked(x)
    assert not gc.is_tracked(y)
    for slot in ("op", "_a", "_b", "_da", "_db", "_row", "_factors", "_made", "_mark"):
        with pytest.raises(AttributeError):
            setattr(y, slot, getattr(y, slot))
    with pytest.raises(AttributeError):
        y.other = 1
    with pytest.raises(TypeError):
        y.data = "1"
    with pytest.raises(TypeError):
        y.label = 1


@only_compiled
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is Linux's")
def test_a_compiled_node_has_at_most_120_bytes():
    code = (
        "import resource\nfrom autograd import Value\nx = Value(1.0)\nkept = [None] * 1_000_000\n"
    )
    code += "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nbefore = used()\n"
    code += "for i in range(1_000_000):\n    kept[i] = x + x\nprint(used() - before)"
    assert int(in_python(code, pure=False)) * 1024 / 1e6 <= 120


DEEP = """
import gc, pickle, sys, threading
from autograd import Value, dot

def chain():
    x, w = Value(0.5, "x"), Value(1.0, "w")
    y = x
    for i in range({n} // 4):
        y = -(y * w + 0.0)
        y = dot([w], [y])
    return x, y

def work():
    x, y = chain()
    y.backward()
    assert x.grad == 1.0, x.grad
    z = pickle.loads(pickle.dumps(y))
    z.backward()
    del y
    del z
    total = sum([Value(1.0) for _ in range({n})], Value(0.0))
    total.backward()
    done.append(total.data)

done = []
threading.stack_size(256 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
assert done == [{n}.0]
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("n", [1_000_000])
def test_a_million_deep_in_a_thread_with_a_stack_of_256_kilobytes(n):
    code = DEEP.replace("{n}", str(n))
    assert in_python(code, pure=not autograd.compiled).strip() == b"done"


def test_freeing_keeps_what_others_hold():
    x = Value(2.0)
    y = x
    kept = []
    for i in range(10_000):
        y = dot([y], [x], y) * 0.3
        if i % 500 == 0:
            kept.append(y)
    numbers = [v.data for v in kept]
    del y
    gc.collect()
    assert [v.data for v in kept] == numbers
    assert all(math.isfinite(v.operands[0].data) for v in kept)


# Threads and broken-off sweeps


def test_threads_sweep_graphs_of_their_own_and_one_graph_in_turn():
    x = Value(1.5)
    shared = x
    for _ in range(200):
        shared = shared * 1.001 + x * 0.001
    shared.backward()
    once, x.grad = x.grad, 0.0
    wrong = []

    def sweep_own(k):
        for _ in range(30):
            w = Value(float(k))
            y = w
            for _ in range(100):
                y = y + w
            y.backward()
            if w.grad != 101.0:
                wrong.append(w.grad)

    def sweep_shared():
        for _ in range(20):
            shared.backward()

    threads = [threading.Thread(target=sweep_own, args=(k,)) for k in range(4)]
    threads += [threading.Thread(target=sweep_shared) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert x.grad == pytest.approx(80 * once, rel=1e-12)


class Breaking(float):
    """A float whose product runs a function, as a signal handler would in a sweep."""

    def __mul__(self, other):
        self.handler()
        return float(self) * other


@only_pure
def test_a_sweep_within_a_sweep_is_right_over_other_values():
    x = Value(3.0)
    other = x * 2.0 + x
    y = x * 5.0
    for _ in range(3):
        y = y + x * 7.0
    breaking = Breaking(1.0)
    breaking.handler = other.backward
    y.operands[0]._da = breaking
    y.backward()
    assert x.grad == 5.0 + 3 * 7.0 + 3.0
    assert other.operands[0].grad == 1.0


@only_pure
def test_a_sweep_within_a_sweep_of_the_same_values_is_refused():
    x = Value(3.0)
    y = (x * 5.0 + 1.0) * 2.0
    z = y.operands[0] * 4.0
    breaking = Breaking(1.0)
    breaking.handler = z.backward
    y.operands[0]._da = breaking
    with pytest.raises(GraphError, match="under way"):
        y.backward()
    assert (x.grad, z.grad) == (0.0, 0.0)
    breaking.handler = lambda: None
    y.backward()
    assert x.grad == 10.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
def test_sweeps_in_signal_handlers_leave_every_gradient_right():
    x, w = Value(1.0), Value(2.0)
    y = x
    for _ in range(3000):
        y = y * 1.0 + x
    other = w * 2.0 + w
    calls = []
    within = []

    def handler(*_):
        if not within:  # the timer may fire again in here
            within.append(1)
            other.backward()
            calls.append(1)
            within.clear()

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for _ in range(60):
            x.grad = 0.0
            y.backward()
            assert x.grad == 3001.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert w.grad == 3.0 * len(calls)


FORK = """
import os, sys, threading, time
import numpy as np
from autograd import Value, derive, record
from autograd.replay.batch import Batch

x = Value(1.0, "x")
y = x
for _ in range(5000):
    y = y * 1.0 + x
table = np.ones((20_000, 40))
stop = False

def sweep():
    while not stop:
        y.backward()

def pack():
    while not stop:
        Batch(table, (40, 32)).packed

threads = [threading.Thread(target=work, daemon=True) for work in (sweep, pack)]
for thread in threads:
    thread.start()
hung = 0
for _ in range(100):
    child = os.fork()
    if not child:
        (x * x).backward()
        assert Batch(table[:64], (40, 32)).packed.size == 64 * 40
        os._exit(0)
    end = time.monotonic() + 30.0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            hung += 1
            os.kill(child, 9)
            os.waitpid(child, 0)
            break
        time.sleep(0.001)
    if hung:
        break
stop = True
print(hung)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("pure", [True, pytest.param(False, marks=only_compiled)])
def test_a_hundred_children_forked_under_load_sweep_and_pack(pure):
    assert in_python(FORK, pure=pure).strip() == b"0"


# The compiled functions and layers


def test_functions_and_layers_agree_with_single_operators():
    model = nn.MLP(3, [4, 2], activation="tanh", output="softmax", seed=1)
    row = [0.2, -1.0, 0.7]
    hidden = [
        sum((w * x for w, x in zip(n.weights, row, strict=True)), n.bias).tanh()
        for n in model.layers[0].neurons
    ]
    zs = [
        sum((w * a for w, a in zip(n.weights, hidden, strict=True)), n.bias)
        for n in model.layers[1].neurons
    ]
    shares = [exp(z) / (exp(zs[0]) + exp(zs[1])) for z in zs]
    assert [a.data for a in model(row)] == pytest.approx([s.data for s in shares], rel=1e-14)
    model(row)[0].backward()
    found = [p.grad for p in model.parameters()]
    model.zero_grad()
    shares[0].backward()
    assert found == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)


def test_modules_are_ordinary_classes_still():
    class Twice(nn.Neuron):
        def sum(self, x):
            return super().sum(x) * 2.0

    neuron = Twice(1, weights=[3.0], bias=1.0)
    assert neuron([2.0]).data == 14.0
    assert copy.deepcopy(neuron)([2.0]).data == 14.0
    model = pickle.loads(pickle.dumps(nn.MLP(2, [2, 1], seed=0)))
    assert len(model.parameters()) == 9
    assert inspect.signature(nn.Neuron).parameters["n_in"].annotation == "int"


def test_numbers_make_no_nodes_in_a_neuron():
    neuron = nn.Neuron(3, seed=0)
    z = neuron([1.0, 2, True])
    assert set(z.operands) == {*neuron.weights, neuron.bias}
    assert softmax([1.0, 2.0])[0] + maximum(1.0, 2.0) + logsumexp([0.0]) == pytest.approx(2.2689414)
