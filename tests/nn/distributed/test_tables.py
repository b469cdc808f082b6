"""Collections of Dask as partitions that belong together, without a cluster."""

import numpy as np
import pytest
from extras import extra

pytest.importorskip("dask", reason="dask is not installed")
from nn.distributed.tables import table_of

array, frames, dask = extra("dask.array"), extra("dask.dataframe"), extra("dask")
pandas = extra("pandas")

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10.0)


def computed(table):
    return [dask.compute(*part, scheduler="synchronous") for part in table.parts]


def test_arrays_are_cut_as_the_rows_are():
    table = table_of(
        array.from_array(X, chunks=(4, 1)),
        array.from_array(Y, chunks=3),
        array.from_array(Y[:, None], chunks=(5, 1)),
    )
    parts = computed(table)
    assert [len(x) for x, _, _ in parts] == [len(y) for _, y, _ in parts] == [4, 4, 2]
    assert np.concatenate([x for x, _, _ in parts]).tolist() == X.tolist()
    assert (table.names, table.target, table.weighs) == (None, None, True)


def test_a_frame_with_a_target():
    frame = pandas.DataFrame({"a": Y, "y": Y, "b": Y})
    made = frames.from_pandas(frame, npartitions=2)
    table = table_of(made, "y", None)
    assert (table.names, table.target, len(table)) == (("a", "b"), "y", 2)
    assert computed(table)[0][1] is None
    apart = table_of(made[["a"]], made["y"], None)
    assert (apart.names, apart.target) == (("a",), "y")
    several = table_of(made[["a"]], made[["y", "b"]], None)
    assert several.target is None
    assert computed(several)[0][1].shape == (5, 2)
    with pytest.raises(ValueError, match="X has no column 'z', the target"):
        table_of(made, "z", None)


def test_what_does_not_belong_together_is_refused():
    rows = array.from_array(X, chunks=(5, 2))
    with pytest.raises(ValueError, match="X has 10 rows but y has 9: one target a row"):
        table_of(rows, array.from_array(Y[:9], chunks=3), None)
    made = frames.from_pandas(pandas.DataFrame({"y": Y}), npartitions=3)
    with pytest.raises(ValueError, match="X has 2 partitions, but y or the weights 3: cut them"):
        table_of(rows, made["y"], None)
    with pytest.raises(ValueError, match="X has 1 dimensions: it has one row an example"):
        table_of(rows[:, 0], rows[:, 1], None)
    with pytest.raises(TypeError, match="y is a dask array or dataframe, not list"):
        table_of(rows, [1.0], None)
