"""A table of 2 GB in Parquet, trained within 700 MB: the client's and the worker's memory together.

    python tests/benchmarks/larger_than_memory.py FOLDER [--megabytes 2000] [--within 700]

Writes the table to the folder, trains two epochs on a cluster of one process that may not keep it,
and fails where both processes together have had more than the bound.
"""

import argparse
import resource
import time
from pathlib import Path

import dask.dataframe
import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

import nn

COLUMNS, ROWS = 20, 50_000  # of a partition: 8.4 MB


def write(folder, megabytes):
    """Partitions of random numbers, about so many megabytes of float64 in all."""
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, round(megabytes * 1e6 / (8 * (COLUMNS + 1) * ROWS)))
    for k in range(count):
        table = np.random.default_rng(k).standard_normal((ROWS, COLUMNS))
        frame = pd.DataFrame(table, columns=[f"x{j}" for j in range(COLUMNS)])
        frame["y"] = table[:, 0] - 2.0 * table[:, 1]
        frame.to_parquet(folder / f"part-{k:04}.parquet")
    return count


def peak():
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=2000.0)
    parser.add_argument("--within", type=float, default=700.0)
    options = parser.parse_args()
    count = write(options.folder, options.megabytes)
    cluster = LocalCluster(
        1, threads_per_worker=1, memory_limit=f"{options.within / 2}MB", dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        table = dask.dataframe.read_parquet(options.folder, split_row_groups=False)
        model = nn.MLP(COLUMNS, [1], seed=0)
        start = time.perf_counter()
        history = nn.fit(
            model, table, target="y", client=client, epochs=2, batch_size=5 * ROWS, metrics=(),
            optimizer=nn.Adam(0.05), seed=0, progress=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        worker = max(client.run(peak).values())
    size = 8 * (COLUMNS + 1) * ROWS * count / 1e9
    print(f"{size:.2f} GB in {table.npartitions} partitions, two epochs in {seconds:.0f} s; "
          f"loss {history['loss'][0]:.4f}, {history['loss'][1]:.4f}")  # fmt: skip
    print(f"memory at most: client {peak():.0f} MB, worker {worker:.0f} MB")
    if peak() + worker > options.within:
        raise SystemExit(f"more than {options.within:g} MB")


if __name__ == "__main__":
    main()
