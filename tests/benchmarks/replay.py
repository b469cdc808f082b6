"""Prints how fast tapes are, beside C tuned by hand for each network, JAX and PyTorch.

    pip install ".[benchmark]" && python tests/benchmarks/replay.py [WORK ...]

One core, float64, the loop over steps inside each one's own code where it has one. Loss and
gradients are compared before anything is timed; a time is the shortest of many windows. The C
reference needs gcc and AVX-512; peers that are not there are left out.
"""

import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    CORES = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(CORES)})

import numpy as np
from shapes import SHAPES, rosenbrock, speelpenning

import nn
from autograd import Value, dot, logsumexp, record
from autograd.replay import Steps, UpdateRule
from autograd.replay.lowering import lower
from autograd.replay.reading import read

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None
try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

HERE = Path(__file__).parent
NETWORKS = {  # sizes, cross-entropy or not, rows, what to reach: times C; JAX and PyTorch times us
    "2-16-16-1": ((2, 16, 16, 1), False, {100: (1.15, 2, 25), 10_000: (1.15, 2, 2.5)}),
    "64-32-10": ((64, 32, 10), True, {64: (1.2, 1, 1), 1797: (1.2, 1, 1)}),
    "2-64-64-64-1": ((2, 64, 64, 64, 1), False, {100: (1.15, 1, 1), 10_000: (1.15, 1, 1)}),
}
RATE = 1e-3


def shortest(f, seconds=0.6, window=2e-3):
    """The shortest mean time of a call over windows of a few milliseconds."""
    f()
    gc.collect()
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < window or not calls:
            f()
            calls += 1
        best = min(best, spent / calls if calls else spent)
    return best


def line(work, ours, peers, reach):
    """One row of the table: our time, and the others as multiples or shares of it."""
    shown = [f"{work:38} {ours * 1e6:10.2f} µs"]
    for name, seconds in peers.items():
        if seconds is None:
            continue
        if name == "C":
            good = ours <= reach["C"] * seconds
            shown.append(
                f"{ours / seconds:6.2f} x C (<= {reach['C']:g}){'' if good else ' MISSED'}"
            )
        else:
            good = seconds >= reach[name] * ours
            shown.append(
                f"{name} {seconds / ours:6.1f} x (>= {reach[name]:g}){'' if good else ' MISSED'}"
            )
    print("  ".join(shown), flush=True)


# The networks in every engine. theta holds W (n_out x n_in) and b, layer after layer.


def data(sizes, cross_entropy, rows):
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, (rows, sizes[0]))
    t = generator.uniform(-1, 1, (rows, sizes[-1]))
    if cross_entropy:
        t = np.eye(sizes[-1])[generator.integers(0, sizes[-1], rows)]
    theta = [
        part
        for n, m in pairwise(sizes)
        for part in (generator.normal(0, 1 / np.sqrt(n), n * m), generator.normal(0, 0.1, m))
    ]
    return x, t, np.concatenate(theta)


def tape_of(sizes, cross_entropy, theta):
    rest = iter(theta.tolist())
    weights, biases = [], []
    for n, m in pairwise(sizes):
        weights.append([[next(rest) for _ in range(n)] for _ in range(m)])
        biases.append([next(rest) for _ in range(m)])
    model = nn.MLP(sizes[0], list(sizes[1:]), "tanh", weights=weights, biases=biases)
    ordered = [
        p
        for layer in model.layers
        for part in ([n.weights for n in layer.neurons], [[n.bias for n in layer.neurons]])
        for row in part
        for p in row
    ]

    def loss(row):
        x, t = row[: sizes[0]], row[sizes[0] :]
        y = model(x)
        if cross_entropy:
            return logsumexp(y) - dot(t, y)
        return (y - t[0]) ** 2

    return record(loss, [sizes[0] + sizes[-1]], parameters=ordered)


def ours_in_loop(tape, table, steps):
    """Seconds a step of `train`, the loop inside."""
    batch, rates = tape.prepare(table), np.full(steps, RATE)
    leaves = [v.data for v in tape.parameters]
    state, losses = np.zeros((2, len(leaves))), np.empty(steps)

    def go():
        for _ in tape.run(batch, Steps(rates), UpdateRule(), state, 0, losses):
            pass

    found = shortest(go) / steps
    for v, x in zip(tape.parameters, leaves, strict=True):
        v.data = x
    return found


def layers(sizes, theta):
    at = 0
    for n, m in pairwise(sizes):
        yield theta[at : at + n * m].reshape(m, n), theta[at + n * m : at + n * m + m]
        at += n * m + m


def jax_loss(sizes, cross_entropy):
    def loss(theta, x, t):
        for k, (w, b) in enumerate(layers(sizes, theta)):
            x = x @ w.T + b
            if k < len(sizes) - 2:
                x = jnp.tanh(x)
        if cross_entropy:
            return (jax.nn.logsumexp(x, axis=1) - (t * x).sum(axis=1)).mean()
        return ((x - t) ** 2).mean()

    return loss


def jax_in_loop(loss, theta, x, t, steps):
    @jax.jit
    def go(theta, x, t):
        step = jax.grad(loss)
        return jax.lax.fori_loop(0, steps, lambda _, p: p - RATE * step(p, x, t), theta)

    x, t, theta = jnp.array(x), jnp.array(t), jnp.array(theta)
    return shortest(lambda: go(theta, x, t).block_until_ready()) / steps


def torch_step(sizes, cross_entropy, theta, x, t):
    modules = []
    for w, b in layers(sizes, theta):
        linear = torch.nn.Linear(w.shape[1], w.shape[0], dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
        modules += [linear, torch.nn.Tanh()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    x, t = torch.tensor(x), torch.tensor(t)
    criterion = torch.nn.CrossEntropyLoss() if cross_entropy else torch.nn.MSELoss()

    def gradients():
        optimizer.zero_grad()
        loss = criterion(model(x), t)
        loss.backward()
        return loss

    def step():
        gradients()
        optimizer.step()

    loss = gradients().item()
    return loss, np.concatenate([p.grad.numpy().ravel() for p in model.parameters()]), step


class Reference:
    """The C code for one network."""

    def __init__(self, folder, sizes, cross_entropy):
        path = Path(folder) / f"{'_'.join(map(str, sizes))}.so"
        subprocess.run(
            ["gcc", "-O3", "-march=native", "-mprefer-vector-width=512", "-w", "-shared", "-fPIC",
             f"-DSIZES={','.join(map(str, sizes))}", f"-DCROSS_ENTROPY={int(cross_entropy)}",
             str(HERE / "reference.c"), "-o", str(path), "-lmvec", "-lm"],
            check=True,
        )  # fmt: skip
        self.library = ctypes.CDLL(str(path))
        for name in ("train", "train_row", "train_worked"):
            getattr(self.library, name).restype = ctypes.c_double

    def train(self, x, t, theta, rate, steps):
        """A function that takes so many steps, and its gradient."""
        count, columns = len(x), x.shape[1] + t.shape[1]
        blocks = -(-count // 32)
        table = np.concatenate([x, t], axis=1)
        table = np.concatenate([table, np.repeat(table[-1:], blocks * 32 - count, axis=0)])
        rows = aligned(table.reshape(blocks, 32, columns).transpose(0, 2, 1).ravel())
        seeds = aligned((np.arange(blocks * 32) < count).astype(float))
        theta, gradient = theta.copy(), np.zeros(len(theta))
        sums = aligned(np.zeros(8 * len(theta) + 64))
        arguments = [ctypes.c_void_p(a.ctypes.data) for a in (rows, seeds, theta, gradient, sums)]
        keep = (rows, seeds, theta, gradient, sums)

        def go():
            return self.library.train(
                *arguments, ctypes.c_long(blocks), ctypes.c_long(count), ctypes.c_double(rate),
                ctypes.c_long(steps),
            )  # fmt: skip

        return go, gradient, keep

    def single(self, name, row, theta, rate, steps):
        theta, gradient = theta.copy(), np.zeros(len(theta))
        arguments = [ctypes.c_void_p(a.ctypes.data) for a in (row, theta, gradient)]
        f = getattr(self.library, name)
        keep = (row, theta, gradient)

        def go(_keep=keep):
            return f(*arguments, ctypes.c_double(rate), ctypes.c_long(steps))

        return go, gradient


def aligned(values):
    raw = np.empty(values.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    found = raw[start : start + values.nbytes].view(np.float64)
    found[:] = values
    return found


def has_reference():
    try:
        flags = Path("/proc/cpuinfo").read_text()
        subprocess.run(["gcc", "--version"], check=True, capture_output=True)
    except OSError:
        return False
    return "avx512f" in flags


def close(a, b, what):
    scale = max(1e-3, float(np.abs(b).max()))
    if not float(np.abs(np.asarray(a) - np.asarray(b)).max()) <= 1e-10 * scale:
        raise AssertionError(f"{what} differs")


# The works


def networks(folder):
    for name, (sizes, cross_entropy, works) in NETWORKS.items():
        c = Reference(folder, sizes, cross_entropy) if has_reference() else None
        for rows, reach in works.items():
            x, t, theta = data(sizes, cross_entropy, rows)
            tape = tape_of(sizes, cross_entropy, theta)
            table = np.concatenate([x, t], axis=1)
            value, gradient = tape.value_and_grad(table)
            steps = max(10, 100_000 // rows)
            peers = {}
            if c is not None:
                go, found, _keep = c.train(x, t, theta, 0.0, 1)
                close(go(), value, "loss of C")
                close(found, gradient, "gradient of C")
                go, _, _keep = c.train(x, t, theta, RATE, steps)
                peers["C"] = shortest(go) / steps
            if jax is not None:
                loss = jax_loss(sizes, cross_entropy)
                theirs = jax.value_and_grad(loss)(jnp.array(theta), jnp.array(x), jnp.array(t))
                close(theirs[0], value, "loss of JAX")
                close(theirs[1], gradient, "gradient of JAX")
                peers["JAX"] = jax_in_loop(loss, theta, x, t, steps)
            if torch is not None:
                their_loss, theirs, step = torch_step(sizes, cross_entropy, theta, x, t)
                close(their_loss, value, "loss of PyTorch")
                close(theirs, gradient, "gradient of PyTorch")
                peers["PyTorch"] = shortest(step)
            ours = ours_in_loop(tape, table, steps)
            reaches = dict(zip(("C", "JAX", "PyTorch"), reach, strict=True))
            line(f"{name}, {rows} rows, a step", ours, peers, reaches)
            if (name, rows) == ("2-16-16-1", 100) and c is not None:
                numpy = ours_in_loop(tape.with_engine("numpy"), table, steps)
                line("  the same by the NumPy interpreter", numpy, {"C": peers["C"]}, {"C": 15})


def single(folder):
    sizes = (2, 16, 16, 1)
    x, t, theta = data(sizes, False, 1)
    row = np.concatenate([x[0], t[0]])
    tape = tape_of(sizes, False, theta)
    value, gradient = tape.value_and_grad([row])
    peers, steps = {}, 10_000
    if has_reference():
        c = Reference(folder, sizes, False)
        go, found = c.single("train_row", row, theta, 0.0, 1)
        close(go(), value, "loss of C")
        close(found, gradient, "gradient of C")
        peers["C"] = shortest(c.single("train_row", row, theta, RATE, steps)[0]) / steps
    if jax is not None:
        peers["JAX"] = jax_in_loop(jax_loss(sizes, False), theta, x, t, steps)
    line("2-16-16-1, one row, a step", ours_in_loop(tape, [row], steps), peers, {"C": 3, "JAX": 1})


def worked(folder):
    weights = [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]]
    model = nn.MLP(2, [2, 2], "sigmoid", output="sigmoid", weights=weights, biases=[0.35, 0.60])

    def loss(row):
        return nn.half_squared_error(model(row[:2]), row[2:])

    tape, row = record(loss, [4], parameters=model.parameters()), [0.05, 0.10, 0.01, 0.99]
    before = [p.data for p in model.parameters()]
    optimizer = nn.SGD(0.5)

    def train():
        for p, x in zip(model.parameters(), before, strict=True):
            p.data = x
        return tape.train(batch, optimizer, 10_000)

    batch = tape.prepare([row])
    peers = {}
    if has_reference():
        c = Reference(folder, (2, 2, 2), False)
        theta = np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60])
        numbers = np.array(row)
        close(c.single("train_worked", numbers, theta, 0.5, 10_000)[0](), train()[-1], "loss of C")
        peers["C"] = shortest(c.single("train_worked", numbers, theta, 0.5, 10_000)[0])
    line("worked 2-2-2, 10,000 iterations", shortest(train), peers, {"C": 4})


def calls(_folder):
    """The gradient of a function of many variables, one call from Python."""
    generator = np.random.default_rng(0)
    works = {
        "Rosenbrock in 100 variables": (
            rosenbrock,
            generator.uniform(-1, 1, 100),
            lambda m, x: (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum(),
        ),
        "Speelpenning's product in 1,000": (
            speelpenning,
            generator.uniform(0.99, 1.01, 1000),
            lambda m, x: m.prod(x),
        ),
    }
    for name, (f, at, arrays) in works.items():
        xs = [Value(v) for v in at.tolist()]
        tape = record(lambda f=f, xs=xs: f(xs), parameters=xs)
        value, gradient = tape.value_and_grad()
        batch, peers = tape.prepare(None), {}
        if jax is not None:
            theirs = jax.jit(jax.value_and_grad(lambda x, f=arrays: f(jnp, x)))
            x = jnp.array(at)
            close(theirs(x)[0], value, "value of JAX")
            close(theirs(x)[1], gradient, "gradient of JAX")
            peers["JAX"] = shortest(lambda x=x, f=theirs: f(x)[1].block_until_ready())
        if torch is not None:
            z = torch.tensor(at, requires_grad=True)

            def step(z=z, f=arrays):
                z.grad = None
                f(torch, z).backward()

            step()
            close(z.grad.numpy(), gradient, "gradient of PyTorch")
            peers["PyTorch"] = shortest(step)
        ours = shortest(lambda tape=tape, batch=batch, at=at: tape.value_and_grad(batch, at=at))
        line(name, ours, peers, {"JAX": 10, "PyTorch": 10})

    sizes = (2, 16, 16, 1)
    for rows in (1, 100):
        x, t, theta = data(sizes, False, rows)
        tape, table = tape_of(sizes, False, theta), np.concatenate([x, t], axis=1)
        batch = tape.prepare(table)
        call = shortest(lambda tape=tape, b=batch, th=theta: tape.value_and_grad(b, at=th))
        over = call - ours_in_loop(tape, table, 5000)
        print(f"call on a ready batch, {rows:3} rows, over the step {over * 1e6:7.2f} µs (<= 2)")
        read = shortest(lambda tape=tape, b=batch: tape.value_and_grad(b)) - call
        print(f"  reading 337 parameters' data on top         {read * 1e6:7.2f} µs")


def threads(_folder):
    """What sharing the rows of a batch gains, on all cores."""
    if not hasattr(os, "sched_setaffinity"):
        return
    count, one = len(CORES), os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES)
    for name, (sizes, cross_entropy, works) in NETWORKS.items():
        for rows in works:
            x, t, theta = data(sizes, cross_entropy, rows)
            tape, table = tape_of(sizes, cross_entropy, theta), np.concatenate([x, t], axis=1)
            seconds = []
            for tape.threads in (1, count):
                seconds.append(ours_in_loop(tape, table, max(10, 100_000 // rows)))
            gain = f"{seconds[0] / seconds[1]:.2f} x faster with {count} threads"
            print(f"{name}, {rows} rows, a step {seconds[1] * 1e6:10.2f} µs, {gain}", flush=True)
    os.sched_setaffinity(0, one)


def lowering(_folder):
    """From a graph to a tape, by the node, and the whole of `record` but for its calls of f.

    `record` reads the graph at four points, to see that it is the same one at each. Times are of
    the processor: one thread, and windows too long to find a quiet one.
    """
    for name, shape in SHAPES.items():
        for count in (10_000, 100_000, 1_000_000):
            f = shape(count)
            root = f()
            start = time.process_time()
            graph = read([root], [])
            program = lower(graph, len(graph.leaves))
            seconds = time.process_time() - start
            nodes, size = len(graph.kinds), program.nbytes
            del root, graph, program
            start = time.process_time()
            f()
            call = time.process_time() - start
            start = time.process_time()
            record(f)
            whole = time.process_time() - start - 4 * call
            each = seconds / nodes * 1e6
            print(
                f"graph to tape, {name:20} {nodes:9,} nodes {each:6.2f} µs a node (<= 3)"
                f"{'' if each <= 3 else ' MISSED'}, record {whole / nodes * 1e6:6.2f} µs, "
                f"{size / nodes:4.0f} bytes",
                flush=True,
            )


def digits(_folder):
    """`fit` as a person calls it: 8x8 digits to 0.97 on a held-out quarter."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError:
        return
    x, y = load_digits(return_X_y=True)
    x, held, y, truths = train_test_split(x / 16, y, test_size=0.25, random_state=0, stratify=y)
    model = nn.MLP(64, [32, 10], "tanh", seed=0)
    start = time.perf_counter()
    history = nn.fit(
        model, x, y, loss="cross_entropy_with_logits", optimizer=nn.Adam(0.01), epochs=20, seed=0,
        progress=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    right = float((model.predict(held) == truths).mean())
    print(f"fit on the digits by {history.engine}: {seconds:.2f} s (< 1), {right:.3f} right")


WORKS = {f.__name__: f for f in (networks, single, worked, calls, threads, lowering, digits)}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for chosen in sys.argv[1:] or WORKS:
            WORKS[chosen](temporary)
