"""What a step of training on a Dask cluster costs, beside plain futures; and from where on it pays.

    python tests/benchmarks/cluster.py

On two worker processes of this machine: the time of a step of `nn.fit(client=...)` less the
slowest worker's own time for its partitions, measured where they are. Beside it the same step
written with plain futures, a task for each partition, and an exchange of empty tasks. Then a model
of the cost for more workers, simulated event by event with a delay of the network: a client that
asks every worker itself, as `nn.fit` does, and sums that are added tree-wise on the way.
"""

import heapq
import pickle
import statistics
import time

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

import nn
from autograd import record

STEPS = 60
WIDTH = 20
HIDDEN = 64


def timed(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


class Stopwatch:
    """A callback that notes when each epoch ends."""

    def __init__(self):
        self.times = []

    def on_epoch_end(self, epoch, logs):
        self.times.append(time.perf_counter())


def measured(client, rows):
    """Milliseconds of a step: of fit, of the slowest worker's own part, and with plain futures."""
    X = da.random.default_rng(0).normal(size=(rows, WIDTH), chunks=(rows // 4, WIDTH)).persist()
    y = (X[:, 0] * X[:, 1]).persist()
    model = nn.MLP(WIDTH, [HIDDEN, 1], "tanh", seed=0)
    watch = Stopwatch()
    nn.fit(model, X, y, client=client, epochs=STEPS, batch_size=None, metrics=(), progress=False,
           callbacks=[watch])  # fmt: skip
    steps = np.diff(watch.times)[5:] * 1e3
    tape = record(lambda row: (model(row[:WIDTH]) - row[WIDTH]) ** 2, [WIDTH + 1])
    at = np.array([p.data for p in tape.parameters])
    parts = client.persist([
        dask.delayed(packed)(pickle.dumps(tape), x, t)
        for x, t in zip(X.to_delayed().ravel(), y.to_delayed().ravel(), strict=True)
    ])  # fmt: skip
    parts = [client.compute(p) for p in parts]
    client.gather([client.submit(own_time, p, at, pure=False) for p in parts])
    own = [
        [client.submit(own_time, p, at, pure=False, priority=1).result() for p in parts]
        for _ in range(15)
    ]
    where = client.who_has(parts)
    workers = {w for places in where.values() for w in places}
    slowest = []
    for times in own:
        of = dict.fromkeys(workers, 0.0)
        for p, t in zip(parts, times, strict=True):
            of[where[p.key][0]] += t
        slowest.append(max(of.values()) * 1e3)
    futures = []
    for _ in range(STEPS // 2):
        futures.append(1e3 * timed(lambda: sum(
            g for _, g in client.gather([client.submit(gradient, p, at, pure=False) for p in parts])
        )))  # fmt: skip
    return statistics.median(steps), statistics.median(slowest), statistics.median(futures)


def packed(tape, x, t):
    tape = pickle.loads(tape)
    tape.threads = 1
    return tape, tape.prepare(np.column_stack([x, t]))


def gradient(part, at):
    tape, batch = part
    return tape.value_and_grad(batch, at=at, reduction="sum")


def own_time(part, at):
    return min(timed(lambda: gradient(part, at)) for _ in range(3))


def empty(k):
    return k


# The model


def star(workers, own, delay, handling, nbytes, bandwidth):
    """Seconds of a step where the client asks every worker, and reads the answers one by one.

    A message takes `delay` seconds and its bytes at `bandwidth`; the client's end handles one after
    another, `handling` seconds each.
    """
    wire = nbytes / bandwidth
    answers = []
    for k in range(workers):
        heapq.heappush(answers, (k + 1) * (handling + wire) + delay + own + delay)
    free = 0.0
    while answers:
        free = max(free, heapq.heappop(answers)) + handling + wire
    return free


def tree(workers, own, delay, handling, nbytes, bandwidth, arity=8):
    """The same where sums go up a tree, every worker adding those of `arity` others to its own."""
    levels = 0
    while arity**levels < workers:
        levels += 1
    hop = delay + arity * (handling + nbytes / bandwidth)
    return own + 2 * levels * hop  # down with the parameters, up with the sums


def main():
    cluster = LocalCluster(2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        exchange = statistics.median(
            1e3 * timed(lambda: client.gather([client.submit(empty, k, pure=False)
                                               for k in range(2)])) for _ in range(STEPS)
        )  # fmt: skip
        print(f"two workers; an exchange of two empty tasks {exchange:.1f} ms; {STEPS} steps")
        print(f"{'rows':>9} {'fit':>8} {'own part':>9} {'over it':>8} {'futures':>8}"
              f" {'one process':>12}   milliseconds a step")  # fmt: skip
        for rows in (4_000, 40_000, 400_000):
            step, own, futures = measured(client, rows)
            print(f"{rows:>9,} {step:>8.1f} {own:>9.1f} {step - own:>8.1f} {futures:>8.1f}"
                  f" {2 * own:>12.1f}")  # fmt: skip
    parameters = WIDTH * HIDDEN + 2 * HIDDEN + 1
    print(f"\nsimulated: {8 * parameters:,} bytes each way, network delay 0.5 ms, 1 GB/s, 0.3 ms "
          "for each message\nat an end; milliseconds over a worker's own time, and the own time "
          "from which on 80 % is work")  # fmt: skip
    print(f"{'workers':>9} {'asked one by one':>18} {'own from':>9} {'tree of eights':>16} "
          f"{'own from':>9}")  # fmt: skip
    for workers in (10, 100, 1_000):
        over = [1e3 * f(workers, 0.0, 0.5e-3, 0.3e-3, 8 * parameters, 1e9) for f in (star, tree)]
        print(f"{workers:>9,} {over[0]:>18.1f} {4 * over[0]:>9.0f} {over[1]:>16.1f} "
              f"{4 * over[1]:>9.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
