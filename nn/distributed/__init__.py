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

**When it pays.** `tests/benchmarks/cluster.py` measures a step of a network 20-64-1 on two worker
processes of this machine. On two cores of an AMD EPYC that had five times as much to do as they
could, the best of six runs, milliseconds (medians; in other runs 8 to 30 for the first row's 5.0):

    rows      fit on two workers   over the slowest worker's own time   plain futures   one process
    4,000                    5.5                                  5.0            30.9           1.0
    40,000                  56.1                                 30.7            50.0          45.0
    400,000                316.3                                 26.4           324.1         517.5

What is over the own time is an exchange (2.5 ms), what `fit` does with the sum, and waiting for a
core. So two workers pay from some 100 ms a step on, here from about 100,000 rows; below that, and
always where one machine has the memory and can use its processors (a tape does, see `n_jobs`), a
client gains nothing. For more workers the same file simulates the exchanges, 0.7 ms for each at the
client, with a network's delay of 0.5 ms, as they are (the client asks one after another), and as
they would be if sums were added up a tree of eights. Milliseconds over a worker's own time:

    workers    one after another    up a tree    own time from which on 80 % of a step is work
    10                         5           13                                              20
    100                       37           20                                             150
    1,000                    358           27                                           1,400

So up to some 50 workers asking them all is as good as a tree, and a thousand pay only where each
has seconds of work a step. Bytes are no matter below some 100,000 parameters.

**Many fits** need nothing of this: within `joblib.parallel_config("dask")` a search of scikit-learn
over `nn.estimators` sends its fits to the workers of the current client.
"""
