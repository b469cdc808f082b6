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
from nn.distributed.worker import Holder

STEPS = 60
WIDTH = 20
HIDDEN = 64
PARAMETERS = WIDTH * HIDDEN + 2 * HIDDEN + 1


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


def watching():
    """On a worker: note how long each answer takes there."""
    ask, times = Holder.gradients, []

    def gradients(self, *question):
        start = time.perf_counter()
        try:
            return ask(self, *question)
        finally:
            times.append(time.perf_counter() - start)

    Holder.gradients, Holder.times, Holder.ask = gradients, times, ask


def watched():
    """On a worker: these times, noted no longer."""
    Holder.gradients = Holder.ask
    return Holder.times


def measured(client, rows):
    """Milliseconds of a step: medians, and what a tenth is over the slowest worker's own time."""
    X = da.random.default_rng(0).normal(size=(rows, WIDTH), chunks=(rows // 4, WIDTH)).persist()
    y = (X[:, 0] * X[:, 1]).persist()
    model = nn.MLP(WIDTH, [HIDDEN, 1], "tanh", seed=0)
    watch = Stopwatch()
    client.run(watching)
    nn.fit(model, X, y, client=client, epochs=STEPS, batch_size=None, metrics=(), progress=False,
           callbacks=[watch])  # fmt: skip
    own = np.array(list(client.run(watched).values())) * 1e3
    steps, slowest, whole = np.diff(watch.times) * 1e3, own.max(axis=0)[1:], own.sum(axis=0)[1:]
    over = steps - slowest
    tape = pickle.dumps(record(lambda row: (model(row[:WIDTH]) - row[WIDTH]) ** 2, [WIDTH + 1]))
    at = np.array([p.data for p in model.parameters()])
    pieces = zip(X.to_delayed().ravel(), y.to_delayed().ravel(), strict=True)
    parts = client.compute([dask.delayed(packed)(tape, x, t) for x, t in pieces])
    futures = [timed(lambda: step_by_futures(client, parts, at)) for _ in range(STEPS // 2)]
    medians = [np.median(x) for x in (steps, slowest, over, np.array(futures[2:]) * 1e3, whole)]
    return [*medians, np.quantile(over, 0.1)]


def step_by_futures(client, parts, at):
    found = client.gather([client.submit(gradient, p, at, pure=False) for p in parts])
    return sum(g for _, g in found)


def packed(tape, x, t):
    tape = pickle.loads(tape)
    tape.threads = 1
    return tape, tape.prepare(np.column_stack([x, t]))


def gradient(part, at):
    tape, batch = part
    return tape.value_and_grad(batch, at=at, reduction="sum")


class Empty:
    """An actor that answers with as many numbers as it is asked with."""

    def answer(self, numbers):
        return numbers


def exchanges(client, parameters):
    """Seconds of a question to both of two actors and the answers, and of each question more."""
    at = np.zeros(parameters)
    places = client.scheduler_info()["workers"]
    futures = [client.submit(Empty, workers=[w], actor=True, pure=False) for w in places]
    actors = [f.result() for f in futures]

    def ask(times):
        calls = [actor.answer(at) for _ in range(times) for actor in actors]
        for call in calls:
            call.result()

    few, many = [
        statistics.median([timed(lambda n=n: ask(n)) for _ in range(STEPS)]) for n in (1, 20)
    ]
    return few, (many - few) / 38


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
        few, each = exchanges(client, PARAMETERS)
        print(f"two workers: a question to both and their answers take {few * 1e3:.1f} ms, each "
              f"more {each * 1e3:.2f} ms\n")  # fmt: skip
        print(f"{'rows':>9} {'fit':>8} {'own part':>9} {'over it':>8} {'a tenth':>8} "
              f"{'futures':>8} {'one process':>12}   milliseconds a step")  # fmt: skip
        for rows in (4_000, 40_000, 400_000):
            step, own, over, futures, whole, tenth = measured(client, rows)
            print(f"{rows:>9,} {step:>8.1f} {own:>9.1f} {over:>8.1f} {tenth:>8.1f} {futures:>8.1f} "
                  f"{whole:>12.1f}")  # fmt: skip
    print(f"\nsimulated: {8 * PARAMETERS:,} bytes each way, 0.5 ms of delay, 1 GB/s, "
          f"{each * 1e3:.2f} ms for each exchange at its end;\nmilliseconds over a worker's own "
          "time, and the own time from which on 80 % of a step is work")  # fmt: skip
    print(f"{'workers':>9} {'asked one by one':>18} {'own from':>9} {'tree of eights':>16} "
          f"{'own from':>9}")  # fmt: skip
    for workers in (10, 100, 1_000):
        over = [1e3 * f(workers, 0.0, 0.5e-3, each / 2, 8 * PARAMETERS, 1e9) for f in (star, tree)]
        print(f"{workers:>9,} {over[0]:>18.1f} {4 * over[0]:>9.0f} {over[1]:>16.1f} "
              f"{4 * over[1]:>9.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
