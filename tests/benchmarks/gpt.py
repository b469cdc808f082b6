"""Prints how fast a GPT in scalars is trained on tapes, beside C by hand, PyTorch and JAX.

    pip install ".[benchmark]" && python tests/benchmarks/gpt.py names.txt [WORK ...]

`names.txt` has a name on each line. Everything is float64, with Adam and the loop over the names;
batches are of one length, but for JAX, which takes names filled up to the block and so has its loop
compiled too: a step compiled for each length, called from Python, takes as long. The losses of all
are compared before anything is timed. A time is the least of several runs, in seconds of the
processor, but for two threads and for the whole program, which go by the clock. The C reference
(`gpt_reference.c`, its derivative written by hand) needs gcc; peers that are not there are left
out. Works: one, sixteen, threads, large, program.
"""

import ctypes
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from helpers.gpt import GPT, tokens_of

import nn
from autograd import record_each

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
SIZES = {"letters": 27, "width": 16, "heads": 4, "block": 16, "layers": 1}
LARGE = {"letters": 27, "width": 64, "heads": 4, "block": 64, "layers": 2}
RATE = 0.01


class Work:
    """Names to train on in batches of one length, and a network with its first numbers."""

    def __init__(self, names, count, batch_size, sizes=SIZES):
        self.sizes, self.batch_size = sizes, batch_size
        self.rows = tokens_of(names, sizes["block"])[:count]
        self.gpt = GPT(**sizes)
        self.start = np.array([p.data for p in self.gpt.parameters])
        waiting, self.batches = {}, []
        for row in self.rows:
            waiting.setdefault(len(row), []).append(row)
            if len(waiting[len(row)]) == batch_size:
                self.batches.append(waiting.pop(len(row)))
        self.batches += waiting.values()
        self.rates = np.full(len(self.batches), RATE)

    def matrices(self, flat):
        """The parameters as matrices, by name."""
        width, layers = self.sizes["width"], self.sizes["layers"]
        shapes = [("letters", self.sizes["letters"], width), ("places", self.sizes["block"], width),
                  ("head", self.sizes["letters"], width)]  # fmt: skip
        for k in range(layers):
            shapes += [(f"{name}{k}", width, width) for name in ("query", "key", "value", "mix")]
            shapes += [(f"wide{k}", 4 * width, width), (f"narrow{k}", width, 4 * width)]
        found, at = {}, 0
        for name, n, m in shapes:
            found[name] = flat[at : at + n * m].reshape(n, m)
            at += n * m
        return found


def timed(train, clock=time.process_time):
    begin = clock()
    losses = train()
    return clock() - begin, losses


# The engines: each returns a function that trains from the start and gives the losses


def tapes_of(work, threads=1):
    tapes = record_each(work.gpt.loss, parameters=work.gpt.parameters)
    tapes.threads = threads
    tapes(work.rows)  # which records every length

    def train():
        for p, x in zip(work.gpt.parameters, work.start.tolist(), strict=True):
            p.data = x
        return tapes.train(work.rows, nn.Adam(RATE), batch_size=work.batch_size)

    return train


def c_of(work):
    library = Path(tempfile.mkdtemp()) / "gpt.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-lm"]
    flags += [f"-D{name.upper()}={n}" for name, n in work.sizes.items()]
    command = ["gcc", str(HERE / "gpt_reference.c"), "-o", str(library), *flags]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    loop = ctypes.CDLL(str(library)).train
    names = [row for batch in work.batches for row in batch]
    tokens = np.array([token for row in names for token in row], np.int32)
    starts = np.cumsum([0, *map(len, names)]).astype(np.int32)
    first = np.cumsum([0, *map(len, work.batches)]).astype(np.int32)

    def train():
        theta, state = work.start.copy(), np.zeros(3 * len(work.start))
        losses = np.empty(len(work.batches))
        at = [x.ctypes.data_as(ctypes.c_void_p) for x in (theta, state, tokens, starts, first)]
        rates, found = [x.ctypes.data_as(ctypes.c_void_p) for x in (work.rates, losses)]
        loop(*at, len(losses), rates, found)
        return losses

    return train


def forward(work, w, tokens, lib, softmax):
    """The scores after every token of a table of names; `lib` is torch or jax.numpy."""
    each = work.sizes["width"] // work.sizes["heads"]

    def norm(x):
        return x * ((x * x).mean(-1)[..., None] + 1e-5) ** -0.5

    n, t = tokens.shape
    x = norm(w["letters"][tokens] + w["places"][:t])
    later = lib.triu(lib.ones((t, t)), 1) > 0
    for k in range(work.sizes["layers"]):
        y = norm(x)
        q, key, value = [
            (y @ w[f"{name}{k}"].T).reshape(n, t, -1, each).swapaxes(1, 2)
            for name in ("query", "key", "value")
        ]
        scores = lib.where(later, -1e300, q @ key.swapaxes(2, 3) / each**0.5)
        mixed = (softmax(scores, -1) @ value).swapaxes(1, 2).reshape(n, t, -1)
        x = x + mixed @ w[f"mix{k}"].T
        x = (
            x
            + lib.maximum(norm(x) @ w[f"wide{k}"].T, lib.zeros_like(x[..., :1])) @ w[f"narrow{k}"].T
        )
    return x @ w["head"].T


def torch_of(work):
    if torch is None:
        return None
    batches = [torch.tensor(batch) for batch in work.batches]

    def train():
        matrices = work.matrices(torch.tensor(work.start))
        w = {name: x.clone().requires_grad_() for name, x in matrices.items()}
        optimizer = torch.optim.Adam(w.values(), RATE)
        losses = []
        for tokens in batches:
            optimizer.zero_grad()
            scores = forward(work, w, tokens[:, :-1], torch, torch.softmax)
            loss = torch.nn.functional.cross_entropy(
                scores.reshape(-1, scores.shape[-1]), tokens[:, 1:].reshape(-1)
            )
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return np.array(losses)

    return train


def jax_of(work):
    if jax is None:
        return None
    block, size = work.sizes["block"], work.batch_size
    tokens = np.zeros((len(work.batches), size, block + 1), np.int32)
    share = np.zeros((len(work.batches), size, block))  # of each letter in the loss
    for k, batch in enumerate(work.batches):
        for i, row in enumerate(batch):
            tokens[k, i, : len(row)] = row
            share[k, i, : len(row) - 1] = 1.0 / (len(row) - 1) / len(batch)

    def loss_of(flat, tokens, share):
        scores = forward(work, work.matrices(flat), tokens[:, :-1], jnp, jax.nn.softmax)
        logs = jax.nn.log_softmax(scores)
        taken = jnp.take_along_axis(logs, tokens[:, 1:, None], 2)[..., 0]
        return -(taken * share).sum()

    def step(state, given):
        theta, m, v, k = state
        loss, g = jax.value_and_grad(loss_of)(theta, *given)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        whole = jnp.sqrt(v / (1 - 0.999**k)) + 1e-8
        return (theta - RATE / (1 - 0.9**k) * m / whole, m, v, k + 1), loss

    @jax.jit
    def loop(theta, tokens, share):
        zero = jnp.zeros_like(theta)
        return jax.lax.scan(step, (theta, zero, zero, 1.0), (tokens, share))[1]

    def train():
        return np.array(loop(work.start, tokens, share))

    return train


PEERS = {"C": c_of, "PyTorch": torch_of, "JAX": jax_of}


def compared(title, work, reach, repeats=5):
    """One line: our time a name, and the peers' as multiples of it."""
    engines = {"tape": tapes_of(work), **{name: peer(work) for name, peer in PEERS.items()}}
    times, losses = {}, {}
    for name, train in engines.items():
        if train is not None:
            losses[name] = train()
            assert np.abs(losses[name] - losses["tape"]).max() < 1e-6, name
            times[name] = []
    for _ in range(repeats):  # in turns
        for name, found in times.items():
            found.append(timed(engines[name])[0])
    names = len(work.rows)
    ours = min(times.pop("tape"))
    shown = [f"{title:44} {ours / names * 1e6:8.2f} µs a name"]
    for name, found in times.items():
        shown.append(f"{name} {min(found) / ours:6.2f} x{reach.get(name, '')}")
    print("  ".join(shown), flush=True)


def one_name(names):
    compared("one name a step (<= 60)", Work(names, 1000, 1), {}, 3)


def sixteen_names(names):
    compared("16 names a step (<= 9)", Work(names, 2000, 16),
             {"C": " (>= 0.77)", "PyTorch": " (>= 5)", "JAX": " (>= 5)"})  # fmt: skip


def large_network(names):
    compared("2 layers, width 64, block 64, 8 names a step", Work(names, 400, 8, LARGE),
             {"C": " (>= 0.67)", "PyTorch": " (>= 1)"}, 3)  # fmt: skip


def two_threads(names):
    long = [name for name in names if len(name) == 6][:2560]
    one, other = (tapes_of(Work(long, len(long), 64)) for _ in range(2))
    two = tapes_of(Work(long, len(long), 64), 2)
    assert one().tolist() == two().tolist() == other().tolist()
    gains, most = [], []
    for _ in range(9):
        alone = timed(one, time.perf_counter)[0]
        gains.append(alone / timed(two, time.perf_counter)[0])
        most.append(2 * alone / timed(lambda: side_by_side(one, other), time.perf_counter)[0])
    print(f"two threads at 64 names a step: {np.median(gains):.2f} x (>= 1.7), where two trainings "
          f"of one thread side by side give {np.median(most):.2f} x", flush=True)  # fmt: skip


def side_by_side(*trainings):
    """Run each in a thread: what two cores give at most, which are not always two whole ones."""
    threads = [threading.Thread(target=train) for train in trainings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def whole_program(path):
    """A training of 1,000 names as a program of its own, from `python` on."""
    seconds = []
    for _ in range(5):
        command = [sys.executable, str(HERE / "gpt_train.py"), path]
        begin = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds.append(time.perf_counter() - begin)
    print(f"1,000 names from `python`, recording included: {min(seconds):.2f} s (<= 0.5), "
          f"last loss {done.stdout.strip()}", flush=True)  # fmt: skip


WORKS = {"one": one_name, "sixteen": sixteen_names, "threads": two_threads, "large": large_network}


def main(path, *works):
    lines = Path(path).read_text(encoding="utf-8").split()
    names = random.Random(42).sample(lines, len(lines))
    if hasattr(os, "sched_setaffinity"):
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(cores)})
    for work in works or [*WORKS, "program"]:
        if hasattr(os, "sched_setaffinity") and work in ("threads", "program"):
            os.sched_setaffinity(0, cores)
        if work == "program":
            whole_program(path)
        else:
            WORKS[work](names)


if __name__ == "__main__":
    main(*sys.argv[1:])
