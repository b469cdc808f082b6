"""What a recorded function learns of its numbers: seen when it happens, allowed where idle."""

import collections
import functools
import math
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import GraphError, Value, record
from autograd.replay import leaves, recording
from autograd.replay.tape import ENGINES

w, b = Value(0.5, "w"), Value(0.1, "b")


def long_chain(v):
    """More nodes than are tried at many points."""
    return functools.reduce(lambda y, _: y * 0.999 + v, range(3000), w * v)


class Slotted:
    __slots__ = ("leaf",)
    shared = Value(0.7, "of the class")

    def __init__(self):
        self.leaf = Value(0.7, "slot")

    @property
    def made(self):
        return self.leaf


slotted = Slotted()
queue = collections.deque([Value(0.7, "queued")])
array = np.array([Value(0.7, "in an array")], dtype=object)
module = types.ModuleType("module")
module.leaf = Value(0.7, "of a module")
proxy = types.MappingProxyType({"leaf": Value(0.7, "behind a proxy")})
keys = {Value(0.7, "a key"): 1}


@functools.lru_cache
def cached():
    return Value(0.7, "cached")


UNSEEN = {
    "a slot": lambda x: w * x * float(slotted.leaf),
    "a property": lambda x: w * x if slotted.made > 0 else b * x,
    "an attribute of a class": lambda x: w * x * Slotted.shared.data,
    "a deque": lambda x: w * x if queue[0] > 0 else b * x,
    "an array of objects": lambda x: w * x * array[0].data,
    "a module": lambda x: w * x * float(module.leaf),
    "a mapping proxy": lambda x: w * x if proxy["leaf"] else b * x,
    "a dict's keys": lambda x: w * x * next(iter(keys)).data,
    "a cached function": lambda x: w * x * cached().data,
    "a large graph": lambda x: long_chain(x) if x > 5 else long_chain(x) * 2,
    "a class label": lambda x: w * x if int(x.data) == 5 else b * x,
    "a rounded number": lambda x: w * x if round(x.data) == 7 else b * x,
    "a number of its own": lambda x: w * x if float(x) == 12 else b * x,
    "equality": lambda x: w * x if x.data == 0 else b * x,
    "a number looked up": lambda x: w * x if x.data in {7.0, 12.0} else b * x,
    "truth of a number": lambda x: w * x if x.data else b * x,
    "a threshold": lambda x: w * x if float(x) < 12_345.0 else b * x,
    "the last of many": lambda x: sum([w * x if x * k < 8 else b * x for k in range(4)]),
    "a product with itself": lambda x: (w * x) * (w * x).data,
    "a running maximum": lambda x: x - functools.reduce(max, [x.data, (w * x).data, 0.3]),
}


@pytest.mark.parametrize("what", UNSEEN)
def test_a_number_that_reaches_the_graph_is_seen(what):
    f = UNSEEN[what]
    line = f"line {f.__code__.co_firstlineno} of test_watching.py"
    with pytest.raises(GraphError, match=rf"depends on the numbers: .*look at {line}"):
        record(f, 1)
    assert (w.data, b.data, slotted.leaf.data) == (0.5, 0.1, 0.7)


def test_the_other_side_of_an_example_is_seen():
    with pytest.raises(GraphError, match="depends on the numbers"):
        record(lambda x: x * w if x > 0 else x * 0 + w, 1, example=[1.0])


def test_what_is_printed_asserted_or_kept_is_no_error(capsys):
    kept, hits = [], []

    def f(x, y):
        assert x > -1e12, "far off"
        assert not math.isnan((w * x).data)
        z = w * x - y
        if z.data != z.data:
            raise ValueError("no number")
        print(z, f"{z.data:.3f} {z:.2f}", z > 0, float(z), round(z.data, 2), str(z.data))
        kept.append(float(z))
        kept.append(z.data)
        hits.append((y.data > 0) == (z.data > 0))
        order = sorted([x, y], key=lambda v: v.data)
        print(order[0].data, max(x.data, y.data), bool(z))
        return z * z

    tape = record(f, 2)
    assert tape([[2.0, 0.5]]).tolist() == [0.25]
    assert capsys.readouterr().out


def test_a_branch_on_a_number_of_the_functions_own_is_recorded():
    def f(x):
        scale = Value(3.0)
        return x * scale if scale > 2 and scale.data < 5.0 else x

    assert record(f, 1)([[2.0]]).tolist() == [6.0]


ROWS = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, -2.0], [900.0, 2.0, -700.0], [2.0, 2.0, 2.0]])


def stabilised(logits):
    """Softmax as microgpt writes it."""
    highest = max(v.data for v in logits)
    es = [(v - highest).exp() for v in logits]
    total = sum(es)
    return [e / total for e in es]


def spread(xs):
    """Both ends of the numbers, read in one list."""
    low, high = min([x.data for x in xs]), max([x.data for x in xs])
    return sum(((w * x - low) * (x - high) for x in xs), b)


def loss(xs):
    first = stabilised([w * x for x in xs])
    second = stabilised([p * 3.0 - b for p in first])
    return -(second[0].log()) + second[2]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("f", [loss, spread])
def test_a_maximum_of_numbers_is_one_without_a_derivative(f, engine):
    tape = record(f, [3]).with_engine(engine)
    for row in ROWS:
        w.grad = b.grad = 0.0
        eager = f([Value(x) for x in row])
        eager.backward()
        value, gradient = tape.value_and_grad([row])
        found = dict(zip(tape.parameters, gradient, strict=True))
        assert value == pytest.approx(eager.data, rel=1e-12)
        assert found[w] == pytest.approx(w.grad, rel=1e-12, abs=1e-12)
        assert found[b] == pytest.approx(b.grad, rel=1e-12, abs=1e-12)


def test_a_maximum_of_parameters_is_read_anew():
    ws = [Value(0.3, "w0"), Value(0.8, "w1")]
    tape = record(lambda x: x * ws[0] - max(v.data for v in ws), 1)
    ws[0].data = 2.0
    value, gradient = tape.value_and_grad([[3.0]])
    assert value == 4.0
    assert dict(zip(tape.parameters, gradient, strict=True))[ws[0]] == 3.0


def test_numbers_are_plain_floats_when_no_one_watches():
    seen = []

    def f(x):
        seen.append(x.data)
        other = threading.Thread(target=lambda: seen.append(w.data))
        other.start()
        other.join()
        return w * x

    record(f, 1)
    assert {type(x) for x in seen[1::2]} == {float}
    assert type(w.data) is float
    assert (seen[0] > 0) in (True, False)


def test_our_own_networks_may_look_at_their_numbers():
    model = nn.MLP(2, [3, 2], "relu", output="softmax", seed=0)

    def f(xs):
        return nn.cross_entropy(model(xs), 1)

    assert record(f, [2])([[1.0, -2.0]])[0] == pytest.approx(f([1.0, -2.0]).data, rel=1e-12)


FILES = (recording.__file__, leaves.__file__)


def interrupted_after(steps, f):
    """Run f, and interrupt it before line `steps` of recording or of putting back."""
    left = [steps]

    def trace(frame, event, argument):
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        f()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.slow
def test_an_interrupted_recording_puts_all_leaves_back():
    ws = [Value(float(i), f"w{i}") for i in range(30)]
    numbers = [v.data for v in ws]

    def run():
        record(lambda x: sum([v * x for v in ws], x), 1)

    steps = 1
    while interrupted_after(steps, run):
        steps *= 2
    for last in range(steps // 2, 0, -1 if steps < 64 else -(steps // 64)):
        interrupted_after(last, run)
        assert [v.data for v in ws] == numbers, last


def test_a_gpt_in_scalars_is_recorded_as_it_is_written():
    file = Path(__file__).parents[2] / "benchmarks" / "plain_gpt.py"
    source = file.read_text(encoding="utf-8").replace("from plain_value", "from autograd")
    small = source.replace("N_EMBD, N_HEAD, BLOCK = 16, 4", "N_EMBD, N_HEAD, BLOCK = 4, 2")
    assert small != source
    scope = {"__name__": "gpt"}
    exec(compile(small, "gpt.py", "exec"), scope)
    model = scope["GPT"](["emma", "olivia"])
    tape = record(lambda: model.loss("emma"), 0)
    for _ in range(2):
        value, gradient = tape.value_and_grad()
        loss = model.loss("emma")
        for p in model.parameters:
            p.grad = 0.0
        loss.backward()
        found = dict(zip(tape.parameters, gradient.tolist(), strict=True))
        assert value == pytest.approx(loss.data, rel=1e-12)
        eager = {p: p.grad for p in model.parameters if p in found}
        assert found == pytest.approx(eager, rel=1e-9, abs=1e-14)
        assert len(found) > 100
        for p in model.parameters:
            p.data = -1.5 * p.data
