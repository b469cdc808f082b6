"""Training where the rows are, by Dask: `nn.fit(model, X, y, client=client)`.

For rows that do not fit one machine, or its memory (`pip install "whygrad[dask]"`):

    import dask.dataframe, nn
    from dask.distributed import Client

    client = Client()                                   # or Client("tcp://scheduler:8786")
    table = dask.dataframe.read_parquet("rows/")        # partitions stay where they are
    history = nn.fit(model, table, target="y", client=client, standardize=True, epochs=50)

X and y are dask arrays, or X a dataframe with a `target` (or y a series, cut alike). Each worker
packs its partitions once and keeps them; the tape goes to it once, the parameters with every step.
Gradients are added in the partitions' order, so neither the number of workers nor who answers first
changes a number: the result is one machine's, to rounding. Validation, early stopping, history,
callbacks, Ctrl-C and divergence are `fit`'s own. A partition whose rows are wrong is named by its
number, counted from 0. Predict by `table.map_partitions(model.predict)`.

**Batches.** "auto" is all rows, one step an epoch: a step costs an exchange with every worker. With
a number, an epoch takes the partitions in a new order, the rows of each in a new order, and cuts
this sequence into batches of so many rows; `shuffle=False` takes all as they stand. Both orders
follow from `seed` alone. Dropout draws for each row of an epoch from the same seed, other numbers
than on one machine. Metrics by name are summed on the workers; for a metric of your own all
predictions come to the client. `metrics=()` saves the pass over the rows that metrics need.

**Memory.** Packed partitions take about six times their numbers (inputs, targets, weight; 8 bytes
each). Where that is more than 60 % of what the workers may use, nothing is kept: a worker reads one
partition after another whenever it is asked, and holds one at a time, at most eight times its
numbers. Partitions that were persisted are kept. 2.2 GB in Parquet were trained with 700 MB for the
worker and the client together; `tests/benchmarks/larger_than_memory.py` measures it. With few
columns and many epochs reading is what takes the time: `float32` columns and large partitions help.

**Workers that come and go.** The partitions of a lost worker are computed anew on others, from what
they were made of, and only what was not answered is asked again. (So never hand over data by
`client.scatter`: they are lost with their worker.) A worker that joins gets its share when an epoch
begins. Without any worker for 30 seconds, or with a closed client, there is a `ClusterError`, and
the model has the parameters of the last finished step. Every worker needs the same version of this
library.

**When it pays.** Dask needs 2 to 8 ms a step beyond the slowest worker's own time on two workers of
one machine (`tests/benchmarks/cluster.py` measures it, beside plain futures, which take two to six
times as much). Two workers halve the work, so they pay where one process needs more than twice that
overhead for a step, some 15 ms: here from about 40,000 rows on for a network 20-64-1, or where the
rows do not fit. The tape uses all processors of a machine anyway: on one machine with all rows in
memory a client gains nothing. For more workers the client asks one after another. By the model in
the same file (each exchange 0.7 ms, the network's delay 0.5 ms) a step costs some 8 ms over the own
time for 10 workers, 70 ms for 100 and 0.7 s for 1,000; adding up a tree of eights it would be 20,
30 and 40 ms. So up to some 50 workers asking one by one is as good as a tree, and a thousand pay
only where each has seconds of work a step.

**Many fits** need nothing of this: within `joblib.parallel_config("dask")` a search of scikit-learn
over `nn.estimators` sends its fits to the workers of the current client.
"""
