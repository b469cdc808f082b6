"""The work that engines are compared by. Run as a process: one work, one engine, clean.

    python works.py WORK ENGINE COLLECTOR REPEATS

prints JSON: the CPU times of the repeats in seconds, the loss and the gradients of the first run.
"""

import gc
import importlib
import json
import math
import os
import random
import sys
import time
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
CLASSES = {  # where each engine keeps its class
    "whygrad": ("autograd", "Value"),
    "whygrad, pure": ("autograd", "Value"),
    "micrograd": ("micrograd.engine", "Value"),
    "lilgrad": ("micrograd.engine", "Value"),
    "propgrad": ("propgrad", "Value"),
    "scalargrad": ("scalargrad.core", "Scalar"),
    "oxigrad": ("oxigrad.engine", "Value"),
    "micrograd-rust": ("micrograd_rust", "Value"),
    "plain": ("plain_value", "Value"),
}
SIZES = [2, 16, 16, 1]
RATE = 0.001


def value_class(engine):
    module, name = CLASSES[engine]
    return getattr(importlib.import_module(module), name)


def examples():
    chance = random.Random(1)
    rows = [[chance.uniform(-1, 1), chance.uniform(-1, 1)] for _ in range(100)]
    return rows, [1.0 if a * b > 0 else -1.0 for a, b in rows]


def weights():
    """For each layer, for each neuron, its weights and then its bias."""
    chance = random.Random(2)
    return [
        [[chance.uniform(-1, 1) / n_in for _ in range(n_in)] + [0.1] for _ in range(n_out)]
        for n_in, n_out in pairwise(SIZES)
    ]


# Works: each takes the engine's name and returns a function that does the work once and returns
# the loss and the gradients.


def network(engine):
    """A training step of the MLP 2-16-16-1 on 100 examples, by the engine's own nn."""
    rows, targets = examples()
    start = weights()
    if engine.startswith("whygrad"):
        from nn import MLP, mean_squared_error

        model = MLP(
            2,
            SIZES[1:],
            weights=[[row[:-1] for row in layer] for layer in start],
            biases=[[row[-1] for row in layer] for layer in start],
        )

        def loss_of():
            return mean_squared_error([model(row) for row in rows], targets)
    else:
        from micrograd.nn import MLP

        model = MLP(2, SIZES[1:])
        flat = [x for layer in start for row in layer for x in row]
        for p, x in zip(model.parameters(), flat, strict=True):
            p.data = x

        def loss_of():
            errors = [(model(row) - y) ** 2 for row, y in zip(rows, targets, strict=True)]
            return sum(errors) * (1.0 / len(errors))

    def step():
        loss = loss_of()
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad
        return loss.data, [p.grad for p in model.parameters()]

    return step


def operators(engine):
    """The same step, written with sum(w*x) over single operators."""
    if engine == "xad":
        return operators_on_a_tape()
    value = value_class(engine)
    layers = [[[value(x) for x in row] for row in layer] for layer in weights()]
    parameters = [p for layer in layers for row in layer for p in row]
    rows, targets = examples()

    def step():
        loss = squared_error(layers, rows, targets, lambda z: z.relu())
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data, [p.grad for p in parameters]

    return step


def operators_on_a_tape():
    from xad import adj_1st
    from xad import math as xmath

    start = weights()
    rows, targets = examples()

    def step():
        with adj_1st.Tape() as tape:
            layers = [[[adj_1st.Real(x) for x in row] for row in layer] for layer in start]
            parameters = [p for layer in layers for row in layer for p in row]
            for p in parameters:
                tape.registerInput(p)
            tape.newRecording()
            loss = squared_error(layers, rows, targets, lambda z: xmath.max(z, 0.0))
            tape.registerOutput(loss)
            loss.setDerivative(1.0)
            tape.computeAdjoints()
            gradients = [p.getDerivative() for p in parameters]
            found = loss.getValue()
        each = iter(gradients)
        for layer in start:
            for row in layer:
                row[:] = [x - RATE * next(each) for x in row]
        return found, gradients

    return step


def squared_error(layers, rows, targets, relu):
    losses = []
    for row, y in zip(rows, targets, strict=True):
        x = row
        for k, layer in enumerate(layers):
            z = [sum((w * v for w, v in zip(n[:-1], x, strict=True)), n[-1]) for n in layer]
            x = [relu(v) for v in z] if k < len(layers) - 1 else z
        losses.append((x[0] - y) ** 2)
    return sum(losses) * (1.0 / len(losses))


def chain(engine):
    """A chain of 1,000 mixed operators: build and backward."""
    value = value_class(engine)

    def run():
        x, w = value(1.1), value(0.7)
        y = x
        for _ in range(100):
            y = ((-(y * w + x) / 2.0 - 0.25) ** 2 * 0.3 + w - 0.1).relu()
            y = y + x
        y.backward()
        return y.data, [x.grad, w.grad]

    return run


def worked(engine, iterations=10_000):
    """The worked 2-2-2 example of note N5, written as the note does: 10,000 iterations."""
    start = [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]]
    biases = [0.35, 0.60]
    inputs, targets = [0.05, 0.10], [0.01, 0.99]
    value = value_class(engine)
    sigmoid = getattr(value, "sigmoid", None) or micrograds_sigmoid
    if engine.startswith("whygrad"):
        from autograd import dot as neuron
    else:

        def neuron(weights, x, b):
            return sum((w * v for w, v in zip(weights, x, strict=True)), b)

    def new():
        layers = [[tuple([value(x) for x in row]) for row in layer] for layer in start]
        bs = [value(b) for b in biases]

        def loss_of():
            x = inputs
            for layer, b in zip(layers, bs, strict=True):
                x = [sigmoid(neuron(weights, x, b)) for weights in layer]
            errors = [0.5 * (t - v) ** 2 for t, v in zip(targets, x, strict=True)]
            return errors[0] + errors[1]

        return [w for layer in layers for row in layer for w in row], loss_of

    def run():
        ws, loss_of = new()
        for _ in range(iterations):
            loss = loss_of()
            for w in ws:
                w.grad = 0.0
            loss.backward()
            for w in ws:
                w.data -= 0.5 * w.grad
        return loss_of().data, [w.data for w in ws]

    return run


def micrograds_sigmoid(x):
    """One node with a closure, as micrograd writes its own functions; it has no sigmoid."""
    s = 1.0 / (1.0 + math.exp(-x.data))
    out = type(x)(s, (x,), "sigmoid")

    def backward():
        x.grad += s * (1.0 - s) * out.grad

    out._backward = backward
    return out


def gpt(engine):
    """A training step of a GPT in scalars; only the import in its source changes."""
    source = (HERE / "plain_gpt.py").read_text(encoding="utf-8")
    if engine != "plain":
        module, name = CLASSES[engine]
        line = "from plain_value import Value"
        assert line in source
        source = source.replace(line, f"from {module} import {name} as Value")
    scope = {"__name__": "plain_gpt"}
    exec(compile(source, "plain_gpt.py", "exec"), scope)
    names = Path(os.environ["NAMES"]).read_text(encoding="utf-8").split()
    random.Random(42).shuffle(names)
    return scope["GPT"](names).step


# Memory: the answer is a number of bytes, not a time.


def wide(engine, n=1_000_000):
    """Bytes that a node takes, in a million of them side by side."""
    value = value_class(engine)
    x = value(1.0)
    kept = [None] * n
    before = resident()
    for i in range(n):
        kept[i] = x + x
    return (resident() - before) / n


def deep(engine, n=1_000_000):
    """Seconds that a million nodes in a chain take, built, swept and freed."""
    value = value_class(engine)
    began = time.process_time()
    x = value(1.0)
    y = x
    for _ in range(n):
        y = y + x
    y.backward()
    assert x.grad == n + 1.0
    del y
    return time.process_time() - began


def resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


WORKS = {f.__name__: f for f in (network, operators, chain, worked, gpt)}
MEMORY = {f.__name__: f for f in (wide, deep)}


def main(work, engine, collector, repeats):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if collector == "off":
        gc.disable()
    if work in MEMORY:
        return {"found": MEMORY[work](engine)}
    sys.setrecursionlimit(10_000)  # the peers recurse; the chain of 1,000 is too deep otherwise
    run = WORKS[work](engine)
    loss, gradients = run()
    gradients = list(gradients)
    gc.collect()
    times = []
    for _ in range(int(repeats)):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    build = ""
    if engine.startswith("whygrad"):
        import autograd

        build = "compiled" if autograd.compiled else "pure"
    return {"times": times, "loss": loss, "gradients": gradients, "build": build}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
