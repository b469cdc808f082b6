"""Prints how fast derivatives of scalar code are, beside C by hand, CasADi and JAX.

    pip install ".[benchmark]" casadi && python tests/benchmarks/scalars.py [WORK ...]

One core, float64. Every work is compared with its peer before it is timed, and timed in turns with
it; a figure is the ratio of the shortest CPU times in one process, the median of five processes.
Needs gcc; peers that are not there are left out.
"""

import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

import autograd
import nn
from autograd import Value, record
from autograd.replay.lowering import lower
from autograd.replay.reading import read
from autograd.replay.tape import Tape

HERE = Path(__file__).parent
CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
PROCESSES = 5
POINT = [100.0, 105.0, 0.03, 0.2, 1.5]


def price(s, k, r, v, t, functions=autograd):
    """Of an option, with a logistic curve for the normal one."""
    f = functions
    d1 = (f.log(s / k) + (r + v * v / 2) * t) / (v * f.sqrt(t))
    d2 = d1 - v * f.sqrt(t)
    n1, n2 = [1 / (1 + f.exp(-1.702 * z)) for z in (d1, d2)]
    return s * n1 - k * f.exp(-r * t) * n2


def rosenbrock(x):
    return autograd.total([100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


def in_turns(*functions, rounds=12, burst=8, calls=1, clock=time.process_time):
    """The shortest time of a call of each function, measured in turns.

    It is CPU time: on a machine that others use too, long calls would wait and short ones not.
    """
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for k, f in enumerate(functions):
            f()
            for _ in range(burst):
                start = clock()
                for _ in range(calls):
                    f()
                best[k] = min(best[k], (clock() - start) / calls)
    return best


def close(ours, peers, tolerance=1e-11):
    ours, peers = np.asarray(ours), np.asarray(peers)
    assert np.abs(ours - peers).max() <= tolerance * max(1.0, np.abs(peers).max())


def by_hand(folder):
    """The C file, as fast as gcc makes it."""
    library = Path(folder) / "scalars.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-fno-math-errno", "-shared", "-fPIC"]
    command = ["gcc", *flags, str(HERE / "scalars.c"), "-o", str(library), "-lmvec", "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


def reference(folder):
    """The worked network's loop in C, of the benchmark of tapes."""
    library = Path(folder) / "reference.so"
    flags = ["-O3", "-march=native", "-mprefer-vector-width=512", "-w", "-shared", "-fPIC"]
    which = ["-DSIZES=2,2,2", "-DCROSS_ENTROPY=0", str(HERE / "reference.c"), "-o", str(library)]
    subprocess.run(["gcc", *flags, *which, "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(library))


def addresses(*arrays):
    return [ctypes.c_void_p(a.ctypes.data) for a in arrays]


def table(rows):
    return np.abs(np.random.default_rng(0).normal(1, 0.05, (rows, 5))) * POINT


def jax_or_none():
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    return jax


# The works: each gives its ratios by name, with what is to be reached


def one_point(_folder):
    import casadi

    point = np.array(POINT)
    call = record(price, 5).bind(point)
    x = casadi.SX.sym("x", 5)
    value = price(*[x[i] for i in range(5)], casadi)
    function = casadi.Function("f", [x], [value, casadi.gradient(value, x)])
    buffer, trigger = function.buffer()
    f, g = np.zeros(1), np.zeros(5)
    buffer.set_arg(0, memoryview(point))
    buffer.set_res(0, memoryview(f))
    buffer.set_res(1, memoryview(g))
    call(), trigger()
    close([*call.value, *call.gradient], [*f, *g])
    leaves = [Value(v) for v in POINT]
    tape = record(lambda: price(*leaves), parameters=leaves)
    close(tape.value_and_grad(at=point)[1], g)
    ours, theirs, fresh, nothing = in_turns(
        call, trigger, lambda: tape.value_and_grad(at=point), lambda: None, calls=3000
    )
    yield "one point: bind() / CasADi's buffer()", ours / theirs, "<=", 0.5
    yield "one point: value_and_grad(at=), µs over nothing", (fresh - nothing) * 1e6, "<=", 0.25


def small_network(_folder):
    model = nn.MLP(2, [4, 1], "tanh")
    parameters = model.parameters()
    tape = record(lambda: (model([0.5, -0.25]) - 0.3) ** 2, parameters=parameters)
    at = np.array([p.data for p in parameters])
    ours, nothing = in_turns(lambda: tape.value_and_grad(at=at), lambda: None, calls=3000)
    yield (
        "a net of 17 parameters: value_and_grad(at=), µs over nothing",
        ((ours - nothing) * 1e6),
        "<=",
        0.25,
    )


def many_rows(folder, rows=100_000):
    data = table(rows)
    tape = record(price, 5)
    tape.threads = 1
    batch = tape.prepare(data)

    def ours():
        return tape.value_and_grad(batch, reduction="none")

    by_compiler = tape.with_engine("cc")

    def compiled():
        return by_compiler.value_and_grad(batch, reduction="none")

    columns = [np.ascontiguousarray(c) for c in data.T]
    results = [np.empty(rows) for _ in range(6)]
    arguments = [ctypes.c_long(rows), *addresses(*columns, *results)]
    library = by_hand(folder)
    library.option(*arguments)
    values, gradients = ours()
    close(values, results[0])
    close(gradients, np.array(results[1:]).T, 1e-10)
    close(compiled()[1], gradients)
    jax = jax_or_none()
    peers = [lambda: library.option(*arguments)]
    if jax:
        compute = jax.jit(jax.vmap(jax.value_and_grad(lambda x: price(*x, jax.numpy))))
        given = jax.numpy.array(data)
        peers.append(lambda: jax.block_until_ready(compute(given)))
    mine, by_cc, by_c, *by_jax = in_turns(ours, compiled, *peers)
    yield "100,000 rows, value and 5 derivatives of each / C by hand", mine / by_c, "<=", 1.3
    yield '100,000 rows, the same by the engine "cc" / C by hand', by_cc / by_c, "<=", 1.15
    if jax:
        yield "100,000 rows: JAX / ours", by_jax[0] / mine, ">=", 2.5


def hessians(_folder):
    jax = jax_or_none()
    if not jax:
        return
    data = table(10_000)
    tape = record(price, 5)
    tape.threads = 1
    batch = tape.prepare(data)
    compute = jax.jit(jax.vmap(jax.hessian(lambda x: price(*x, jax.numpy))))
    given = jax.numpy.array(data)
    close(tape.hessian(batch, reduction="none"), compute(given))
    ours, theirs = in_turns(
        lambda: tape.hessian(batch, reduction="none"),
        lambda: jax.block_until_ready(compute(given)),
    )
    yield "Hessians (5 x 5) of 10,000 rows: JAX / ours", theirs / ours, ">=", 7


def minimise(compute, x, g, steps=60, memory=10):
    """Steps of L-BFGS with a fixed shrinking line search; compute() fills g and returns f."""
    x[:] = -1.2
    x[1::2] = 1.0
    pairs, f = [], compute()
    for _ in range(steps):
        q, alphas = g.copy(), []
        for s, y, rho in reversed(pairs):
            alphas.append(rho * (s @ q))
            q -= alphas[-1] * y
        if pairs:
            s, y, rho = pairs[-1]
            q *= (s @ y) / (y @ y)
        for (s, y, rho), alpha in zip(pairs, reversed(alphas), strict=True):
            q += (alpha - rho * (y @ q)) * s
        start, before, size = x.copy(), g.copy(), 1.0 if pairs else 1e-3
        while True:
            x[:] = start - size * q
            new = compute()
            if new < f or size < 1e-12:
                break
            size /= 2
        f = new
        s, y = x - start, g - before
        if s @ y > 1e-12:
            pairs = [*pairs[-(memory - 1) :], (s, y, 1 / (s @ y))]
    return f


def rosenbrock_in_100(folder):
    n = 100
    library = by_hand(folder)
    library.rosenbrock.restype = ctypes.c_double
    x, g = np.zeros(n), np.zeros(n)
    arguments = [ctypes.c_long(n), *addresses(x, g)]
    call = record(rosenbrock, [n]).bind(np.zeros(n))

    def bound():
        call()
        return call.value[0]

    def by_c():
        return library.rosenbrock(*arguments)

    close(minimise(bound, call.numbers, call.gradient), minimise(by_c, x, g), 1e-6)
    ours, theirs, alone, c_alone = in_turns(
        lambda: minimise(bound, call.numbers, call.gradient),
        lambda: minimise(by_c, x, g),
        bound,
        by_c,
        rounds=6,
        burst=4,
    )
    yield "Rosenbrock in 100: L-BFGS by bind() / by C through ctypes", ours / theirs, "<=", 2
    yield "  one value and gradient of it / the same", alone / c_alone, "", None
    jax = jax_or_none()
    if not jax:
        return

    def f(v):
        return jax.numpy.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2)

    data = np.random.default_rng(0).normal(size=(1000, n))
    tape = record(rosenbrock, [n])
    tape.threads = 1
    batch = tape.prepare(data)
    compute = jax.jit(jax.vmap(jax.hessian(f)))
    given = jax.numpy.array(data)
    i, j, entries = tape.hessian(batch, sparse=True, reduction="none")
    close(entries, np.asarray(compute(given))[:, i, j])
    ours, theirs = in_turns(
        lambda: tape.hessian(batch, sparse=True, reduction="none"),
        lambda: jax.block_until_ready(compute(given)),
        rounds=4,
        burst=4,
    )
    yield "  its banded Hessian, 1,000 rows: JAX's dense / ours", theirs / ours, ">=", 50
    yield from rosenbrocks_one_hessian(tape, jax, f, data[0])


def rosenbrocks_one_hessian(tape, jax, f, x):
    """Of one row, where most of JAX's time is the call and the 10,000 numbers that it writes."""
    call, row = tape.bind(x.copy(), order=2, sparse=True), tape.prepare(x[None])
    compute, given = jax.jit(jax.hessian(f)), jax.numpy.array(x)
    every = jax.jit(lambda v: (f(v), jax.grad(f)(v), jax.hessian(f)(v)))
    i, j, entries = call.hessian
    call()
    close(entries, np.asarray(compute(given))[i, j])
    close(call.gradient, every(given)[1])
    bound, fresh, theirs, all_theirs = in_turns(
        call,
        lambda: tape.hessian(row, sparse=True),
        lambda: jax.block_until_ready(compute(given)),
        lambda: jax.block_until_ready(every(given)),
        calls=100,
    )
    yield "  one row by bind(order=2), gradient too: JAX's dense / ours", theirs / bound, ">=", 50
    yield "  the same: JAX's value, gradient and Hessian / ours", all_theirs / bound, "", None
    yield "  one row by hessian(sparse=True): JAX's dense / ours", theirs / fresh, "", None


def worked(folder):
    weights = [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]]
    model = nn.MLP(2, [2, 2], "sigmoid", output="sigmoid", weights=weights, biases=[0.35, 0.60])
    parameters, row = model.parameters(), [0.05, 0.10, 0.01, 0.99]
    tape = record(lambda x: nn.half_squared_error(model(x[:2]), x[2:]), [4], parameters=parameters)
    batch, before, optimizer = tape.prepare([row]), [p.data for p in parameters], nn.SGD(0.5)

    def ours():
        for p, x in zip(parameters, before, strict=True):
            p.data = x
        return tape.train(batch, optimizer, 10_000)[-1]

    begin = np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60])
    theta, gradient, example = begin.copy(), np.zeros(12), np.array(row)
    library = reference(folder)
    library.train_worked.restype = ctypes.c_double

    def by_c():
        theta[:] = begin
        return library.train_worked(
            *addresses(example, theta, gradient), ctypes.c_double(0.5), ctypes.c_long(10_000)
        )

    close(ours(), by_c())
    mine, theirs = in_turns(ours, by_c)
    yield "worked 2-2-2, 10,000 iterations of one row / C", mine / theirs, "<=", 2.4


def long_graphs(_folder):
    """A sum of many terms over ten inputs, of 3,000 and of 300,000 operations.

    A cost is that of an operation of the flattened program, its derivatives among them.
    """
    costs = []
    for count in (3_000, 300_000):
        x = [Value(0.1 * k) for k in range(10)]
        y = x[0]
        terms = []
        for k in range(count // 6):  # each uses the one before it, so that none is like another
            y = (y + x[k % 10]) * 0.5
            terms.append((y - x[(k + 3) % 10]) ** 2)
        root = autograd.total(terms)
        graph = read([root], x)
        tape = Tape(lower(graph, 0), [])
        tape.threads = 1
        start = time.process_time()
        made = tape._derivatives.of_gradients("inputs").flat.operations
        ready = (time.process_time() - start) / len(made) * 1e6
        batch = tape.prepare(np.random.default_rng(0).normal(size=(1000, 10)))
        (seconds,) = in_turns(
            lambda tape=tape, batch=batch: tape.value_and_grad(batch), rounds=3, burst=3
        )
        costs.append(seconds / len(made))
    yield "graphs of 300,000 / 3,000 operations, cost of one", costs[1] / costs[0], "<=", 1.3
    yield "  made ready, µs an operation", ready, "<=", 20


def threads(_folder):
    if len(CORES) < 2:
        return
    os.sched_setaffinity(0, CORES)
    tape = record(price, 5)
    batch = tape.prepare(table(1_000_000))

    def run(count):
        tape.threads = count
        return tape.value_and_grad(batch)

    close(run(1)[1], run(2)[1])
    one, two = in_turns(lambda: run(1), lambda: run(2), rounds=6, burst=3, clock=time.perf_counter)
    yield "1,000,000 rows, one thread / two", one / two, ">=", 1.8


WORKS = {
    f.__name__: f
    for f in (
        one_point, small_network, many_rows, hessians, rosenbrock_in_100, worked, long_graphs,
        threads,
    )
}  # fmt: skip


def in_this_process(chosen):
    """The figures of the works, as lines of JSON."""
    if CORES:
        os.sched_setaffinity(0, {max(CORES)})
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            try:
                for figure in WORKS[name](folder):
                    print(json.dumps(figure), flush=True)
            except ImportError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)


def report(chosen):
    """The medians over processes, and whether each reaches what it is to reach."""
    found = {}
    for _ in range(PROCESSES):
        command = [sys.executable, __file__, "--here", *chosen]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for line in run.stdout.splitlines():
            name, figure, sign, reach = json.loads(line)
            found.setdefault(name, (sign, reach, []))[2].append(figure)
    for name, (sign, reach, figures) in found.items():
        median = statistics.median(figures)
        good = not sign or (median <= reach if sign == "<=" else median >= reach)
        goal = f"({sign} {reach:g})" if sign else ""
        spread = f"[{min(figures):.2f} - {max(figures):.2f}]"
        print(f"{name:68} {median:7.2f} {spread:18} {goal}{'' if good else ' MISSED'}")


if __name__ == "__main__":
    given = [name for name in sys.argv[1:] if name != "--here"] or list(WORKS)
    (in_this_process if "--here" in sys.argv else report)(given)
