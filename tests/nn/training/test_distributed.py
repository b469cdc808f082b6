"""Training on a Dask cluster of processes: one machine's numbers, and what happens to workers."""

import os
import signal
import time

import numpy as np
import pytest
from extras import extra, needs

import autograd
import nn
from nn import DivergenceError
from nn.errors import ClusterError

array, frames, distributed = extra("dask.array"), extra("dask.dataframe"), extra("distributed")
pandas = extra("pandas")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

generator = np.random.default_rng(0)
X = generator.uniform(-1.0, 1.0, (230, 3))
Y = X[:, 0] * X[:, 1] + 0.5
NAMES = np.array(["cat", "dog", "emu"])[np.digitize(Y, [0.3, 0.7])]
WEIGHTS = np.round(generator.uniform(0, 3, 230))
CHUNKS = (50, 80, 60, 40)


def started(workers, **settings):
    settings = {"threads_per_worker": 1, "dashboard_address": None} | settings
    return distributed.LocalCluster(n_workers=workers, processes=True, **settings)


@pytest.fixture(scope="module")
def client():
    with started(2) as cluster, distributed.Client(cluster) as client:
        yield client


def cut(*arrays):
    return [array.from_array(a, chunks=(CHUNKS, *a.shape[1:])) for a in arrays]


def mlp(*sizes, **settings):
    return nn.MLP(3, list(sizes), "tanh", seed=1, **settings)


def fitted(model, X, y, **settings):
    settings = {"epochs": 8, "seed": 5, "progress": False, "optimizer": nn.Adam(0.02)} | settings
    return nn.fit(model, X, y, **settings)


def numbers(model):
    return [p.data for p in model.parameters()]


def same(found, wanted, other, model):
    """Both trainings have come to the same, to 1e-12."""
    assert (found.names, found.stopped, found.iterations) == (
        wanted.names,
        wanted.stopped,
        wanted.iterations,
    )
    for name in wanted.names:
        assert found[name] == pytest.approx(wanted[name], rel=1e-12, abs=1e-12), name
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-12, abs=1e-12)
    if other.schema.means is None:
        assert model.schema == other.schema


LOGITS = {"loss": "cross_entropy_with_logits"}
CASES = {
    "all rows": ((6, 1), Y, {"batch_size": None}),
    "batches across partitions": ((6, 1), Y, {"batch_size": 70, "shuffle": False, "l2": 0.01}),
    "standardised, held out": (
        (6, 1),
        Y,
        {
            "batch_size": None,
            "standardize": True,
            "standardize_targets": True,
            "validation": 0.2,
            "early_stopping": 3,
        },
    ),
    "several outputs, added": (
        (6, 2),
        np.column_stack([Y, Y**2]),
        {"batch_size": None, "reduction": "sum", "l1": 0.01, "optimizer": nn.SGD(0.002)},
    ),
    "classes": ((6, 3), NAMES, {"batch_size": None, **LOGITS, "class_weight": {"emu": 2.0}}),
    "two classes, balanced": (
        (6, 1),
        (Y > 0.4).astype(int),
        {
            "batch_size": None,
            "loss": "binary_cross_entropy_with_logits",
            "class_weight": "balanced",
            "validation": 0.3,
        },
    ),
    "metrics of one's own": (
        (6, 1),
        Y,
        {"batch_size": None, "metrics": [lambda t, p: float(np.abs(t - p).max())]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_are_one_machines(client, case):
    sizes, y, settings = CASES[case]
    model, other = mlp(*sizes), mlp(*sizes)
    found = fitted(model, *cut(X, y), client=client, **settings)
    same(found, fitted(other, X, y, **settings), other, model)


def test_weights_and_their_validation(client):
    settings = {"batch_size": None, "standardize": True, "epochs": 4}
    model, other = mlp(4, 1), mlp(4, 1)
    rows, dy, weights = cut(X, Y, WEIGHTS)
    found = fitted(model, rows, dy, client=client, sample_weight=weights,
                   validation=(rows, dy, weights), **settings)  # fmt: skip
    wanted = fitted(other, X, Y, sample_weight=WEIGHTS, validation=(X, Y, WEIGHTS), **settings)
    same(found, wanted, other, model)


def test_a_frame_with_a_target_and_an_empty_partition(client):
    frame = pandas.DataFrame({"a": X[:, 0], "kind": NAMES, "b": X[:, 1], "c": X[:, 2]})
    parts = frames.from_pandas(frame, npartitions=3)
    parts = frames.concat([parts.partitions[0], parts[parts.a > 9.0].partitions[1], *[
        parts.partitions[k] for k in (1, 2)]])  # fmt: skip
    assert parts.npartitions == 4
    settings = {"batch_size": None, **LOGITS, "epochs": 3, "target": "kind"}
    model, other = mlp(3), mlp(3)
    found = fitted(model, parts, None, client=client, **settings)
    same(found, fitted(other, frame, None, **settings), other, model)
    assert model.predict(frame[["c", "a", "b"]]).tolist() == other.predict(X).tolist()


def test_a_seed_decides_batches_and_dropout(client):
    settings = {"batch_size": 40, "client": client, "epochs": 3}
    found = []
    for seed in (1, 1, 2):
        model = mlp(5, 1, dropout=0.3)
        history = fitted(model, *cut(X, Y), seed=seed, **settings)
        assert history.iterations == 3 * 6
        found.append(numbers(model))
    assert found[0] == found[1] != found[2]


def test_batches_are_the_documented_rows(client):
    model, other = mlp(4, 1), mlp(4, 1)
    fitted(model, *cut(X, Y), client=client, batch_size=60, epochs=2, optimizer=nn.SGD(0.1))
    starts = np.cumsum([0, *CHUNKS])
    shuffled = __import__("random").Random(5)
    seed = __import__("random").Random(5).getrandbits(32)
    order = list(range(4))
    for epoch in (1, 2):
        shuffled.shuffle(order)
        rows = []
        for k in order:
            within = np.arange(CHUNKS[k])
            np.random.default_rng([seed, epoch, k]).shuffle(within)
            rows.extend(starts[k] + within)
        fitted(other, X[rows], Y[rows], batch_size=60, epochs=1, shuffle=False,
               optimizer=nn.SGD(0.1))  # fmt: skip
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-12)


def test_divergence_and_interrupts_are_as_on_one_machine(client):
    model = mlp(1)
    with pytest.raises(DivergenceError, match=r"diverged in epoch \d+, batch 1"):
        fitted(model, *cut(X, Y), client=client, epochs=900, optimizer=nn.SGD(50.0))
    assert np.isfinite(numbers(model)).all()

    def interrupt(model, history):
        if len(history) == 3:
            raise KeyboardInterrupt

    found = fitted(mlp(1), *cut(X, Y), client=client, callbacks=[interrupt])
    assert (len(found), found.stopped) == (3, "interrupted in epoch 3, batch 2")


def test_a_training_goes_on(client):
    optimizer, model, other = nn.Adam(0.02), mlp(4, 1), mlp(4, 1)
    for _ in range(2):
        fitted(model, *cut(X, Y), client=client, epochs=3, optimizer=optimizer, warm_start=True)
    fitted(other, *cut(X, Y), client=client, epochs=6)
    assert numbers(model) == numbers(other)


def test_nothing_is_left_on_the_workers(client):
    fitted(mlp(1), *cut(X, Y), client=client, epochs=1)
    until = time.monotonic() + 10.0
    while client.futures and time.monotonic() < until:
        time.sleep(0.05)
    assert not client.futures


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda f: f.assign(b=f.b.where(f.index != f.index[7])),
            r"partition 2: X\[7\]\[1\] .* is missing",
        ),
        (lambda f: f.rename(columns={"b": "d"}), "partition 2: X has no column 'b', but a, c, d"),
        (lambda f: f.assign(b="n/a"), r"partition 2: X\[0\]\[1\] .* is the text 'n/a'"),
        (lambda f: f.assign(y=f.y.where(f.index != f.index[4])), r"partition 2: y\[4\] is missing"),
    ],
)
def test_a_bad_partition_is_named(client, spoil, message):
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": Y})
    parts = np.array_split(np.arange(230), 4)

    def part(k):
        piece = frame.iloc[parts[k]]
        return spoil(piece)[sorted(spoil(piece).columns)] if k == 2 else piece

    made = frames.from_map(part, range(4), meta=frame.iloc[:0])
    with pytest.raises((TypeError, ValueError), match=message):
        fitted(mlp(1), made, None, target="y", client=client)


@pytest.mark.parametrize(
    ("given", "settings", "error", "message"),
    [
        ((X, Y), {}, TypeError, "with a client X is a dask array or dataframe, not ndarray"),
        (cut, {"engine": "eager"}, ValueError, "with a client the workers replay"),
        (cut, {"client": 3}, TypeError, "client is a dask.distributed.Client, not 3"),
        (cut, {"client": None}, TypeError, "X is Dask's: train with client="),
    ],
)
def test_what_cannot_be_is_refused(client, given, settings, error, message):
    rows, dy = given(X, Y) if callable(given) else given
    with pytest.raises(error, match=message):
        fitted(mlp(1), rows, dy, **{"client": client} | settings)


# Faults


def test_a_worker_killed_in_an_epoch_changes_nothing(client, monkeypatch, record_property):
    from nn.distributed import cluster

    settings = {"batch_size": 60, "epochs": 8, "client": client}
    undisturbed, model = mlp(6, 1), mlp(6, 1)
    wanted = fitted(undisturbed, *cut(X, Y), **settings)
    asked, ask = [], cluster.Holders.ask

    def killing(self, *question):
        asked.append(time.perf_counter())
        if len(asked) == 20:
            pids = client.run(os.getpid)
            os.kill(next(iter(pids.values())), signal.SIGKILL)
        return ask(self, *question)

    monkeypatch.setattr(cluster.Holders, "ask", killing)
    found = fitted(model, *cut(X, Y), **settings)
    assert len(asked) == 40
    assert [found[name] for name in found.names] == [wanted[name] for name in wanted.names]
    assert numbers(model) == numbers(undisturbed)
    lost = asked[20] - asked[19]
    record_property("a step in which a worker was killed, seconds", f"{lost:.2f}")


@needs("distributed")
def test_workers_come_late_and_all_are_lost(monkeypatch):
    from nn.distributed import cluster as cluster_module

    monkeypatch.setattr(cluster_module, "PATIENCE", 1.0)
    monkeypatch.setattr(cluster_module, "_LOOK", 0.1)
    settings = {"epochs": 500, "batch_size": None, "metrics": ()}
    seen, wanted = [], {}
    with started(1) as cluster, distributed.Client(cluster) as client:

        def change(model, history):
            if len(history) == 3:
                cluster.scale(2)
                client.wait_for_workers(2, timeout=60)
                time.sleep(0.2)
            if len(history) == 6:
                seen.append(client.run(lambda dask_worker: len(dask_worker.state.actors)))
                cluster.scale(0)
            wanted["epochs"], wanted["numbers"] = len(history), numbers(model)

        model, other = mlp(4, 1), mlp(4, 1)
        began = time.perf_counter()
        with pytest.raises(ClusterError, match="all workers are lost, and none came back"):
            fitted(model, *cut(X, Y), client=client, callbacks=[change], **settings)
        assert time.perf_counter() - began < 60.0
    assert list(seen[0].values()) == [1, 1]  # the late worker had its share
    assert numbers(model) == wanted["numbers"]
    fitted(other, X, Y, **settings | {"epochs": wanted["epochs"]})
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-12, abs=1e-12)


def test_a_closed_client_and_another_version_are_refused(client, monkeypatch):
    with distributed.Client(client.scheduler.address) as second:
        pass
    with pytest.raises(ClusterError, match="the client is closed"):
        fitted(mlp(1), *cut(X, Y), client=second)
    monkeypatch.setattr(autograd, "__version__", "0.0.1")
    with pytest.raises(ClusterError, match=r"has whygrad .*, but here it is 0\.0\.1: install"):
        fitted(mlp(1), *cut(X, Y), client=client)


# Larger than memory


def test_what_does_not_fit_is_read_again(tmp_path, record_property):
    def peak():  # goes to the worker by its text: there is no module of this name there
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # bytes

    rows, parts = 60_000, 16  # a partition of 5.3 MB, 84 MB in all
    for k in range(parts):
        table = np.random.default_rng(k).standard_normal((rows, 10))
        frame = pandas.DataFrame(table, columns=[f"x{j}" for j in range(10)])
        frame.assign(y=table[:, 0] - table[:, 1]).to_parquet(tmp_path / f"{k:02}.parquet")
    bytes_of_a_partition = 8 * 11 * rows
    with started(1, memory_limit="350MB") as cluster, distributed.Client(cluster) as client:
        table = frames.read_parquet(tmp_path, split_row_groups=False)
        assert table.npartitions == parts
        model = nn.MLP(10, [1], seed=0)
        fitted(nn.MLP(10, [1], seed=0), table.partitions[:1], None, target="y", client=client,
               epochs=1, metrics=())  # fmt: skip
        before = client.run(peak)
        history = fitted(model, table, None, target="y", client=client, epochs=2,
                         batch_size=rows, optimizer=nn.Adam(0.1), metrics=())  # fmt: skip
        grown = next(iter(client.run(peak).values())) - next(iter(before.values()))
    assert history.iterations == 2 * parts
    assert history["loss"][1] < history["loss"][0]
    record_property("memory grown, in partitions", f"{grown / bytes_of_a_partition:.1f}")
    assert grown < 8 * bytes_of_a_partition  # all would be 16, and packed much more


# Many fits


def test_a_search_on_the_cluster(client):
    sklearn, joblib = extra("sklearn.model_selection"), extra("joblib")
    search = sklearn.GridSearchCV  # skips where it is missing
    from nn.estimators import MLPClassifier

    network = MLPClassifier((3,), "tanh", learning_rate_init=0.05, max_iter=10, random_state=0)
    grid = {"l2": [0.0, 0.1]}
    wanted = search(network, grid, cv=2).fit(X, NAMES)
    with joblib.parallel_config("dask"):
        found = search(network, grid, cv=2).fit(X, NAMES)
    assert (found.cv_results_["mean_test_score"] == wanted.cv_results_["mean_test_score"]).all()
