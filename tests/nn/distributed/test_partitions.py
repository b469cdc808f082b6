"""What a worker does to one partition, without a cluster."""

import pickle

import numpy as np
import pytest
from extras import extra

from nn.data.schema import Schema
from nn.distributed.partitions import Plan, class_counts, facts_of, numbers_in, packed

pandas = extra("pandas")

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]])
NAMES = np.array(["dog", "cat", "dog"])
ANIMALS = Schema(classes=("cat", "dog", "emu"), encoding="index", outputs="logits")


def test_facts():
    found = facts_of(0, ROWS, NAMES, None, 2, Schema())
    assert (found.rows, sorted(found.labels), found.largest) == (3, ["cat", "dog"], 6.0)
    assert found.examples == (ROWS.tolist(), ["dog", "cat", "dog"])


def test_of_many_targets_some_are_seen():
    y = np.arange(5000.0)
    found = facts_of(0, np.zeros((5000, 1)), y, None, 1, Schema())
    assert len(found.labels) == 1000
    assert (min(found.labels), max(found.labels)) == (0.0, 4999.0)


def test_rows_of_weight_zero_are_not_there():
    weights = np.array([1.0, 0.0, 2.0])
    plan = Plan(ANIMALS, 2, weighs=True, class_weights={"cat": 1.0, "dog": 3.0, "emu": 0.0})
    assert facts_of(0, ROWS, NAMES, weights, 2, Schema()).rows == 2
    table = packed(0, ROWS, NAMES, weights, plan).train
    assert table.tolist() == [[1.0, 2.0, 0.0, 1.0, 0.0, 3.0], [5.0, -6.0, 0.0, 1.0, 0.0, 6.0]]
    assert class_counts(0, ROWS, NAMES, weights, plan) == {"dog": 2}


def test_held_out_rows_are_apart():
    schema = Schema(means=(1.0, 0.0), scales=(2.0, 1.0), target_means=(1.0,), target_scales=(2.0,))
    plan = Plan(schema, 2, held={7: [0, 2]})
    found = packed(7, ROWS, np.array([1.0, 2.0, 3.0]), None, plan)
    assert found.train.tolist() == [[1.0, 4.0, 0.5]]
    assert found.held.tolist() == [[0.0, 2.0, 0.0], [2.0, -6.0, 1.0]]
    plain = Plan(Schema(), 2, held={7: [0, 2]})
    assert numbers_in(7, ROWS, np.array([1.0, 2.0, 3.0]), None, plain, True).tolist() == [
        [3.0, 4.0, 1.0, 2.0]
    ]


def test_it_is_sent_without_what_was_made_ready():
    found = packed(0, ROWS, NAMES, None, Plan(ANIMALS, 2))
    found.batches["train"] = object()
    assert pickle.loads(pickle.dumps(found)).batches == {}


def test_a_target_may_be_a_column():
    frame = pandas.DataFrame({"b": ROWS[:, 1], "kind": NAMES, "a": ROWS[:, 0]})
    plan = Plan(Schema(("a", "b"), "kind", classes=ANIMALS.classes, encoding="index"), 2)
    assert packed(0, frame, None, None, plan).train[:, :2].tolist() == ROWS.tolist()
    with pytest.raises(ValueError, match="partition 3: X has no column 'kind', the target"):
        packed(3, frame[["a", "b"]], None, None, plan)


@pytest.mark.parametrize(
    ("rows", "y", "weights", "message"),
    [
        ([[1.0, np.inf]], [1.0], None, r"partition 5: X\[0\]\[1\] is inf"),
        ([[1.0, "n/a"]], [1.0], None, r"partition 5: X\[0\]\[1\] is the text 'n/a'"),
        ([[1.0, 2.0]], [np.nan], None, r"partition 5: y\[0\] is missing"),
        ([[1.0, 2.0]], [1.0, 2.0], None, "partition 5: X has 1 rows but y has 2"),
        ([[1.0, 2.0, 3.0]], [1.0], None, "partition 5: X has 3 columns, but the network 2 inputs"),
        ([[1.0, 2.0]], [1.0], [-1.0], r"partition 5: sample_weight\[0\] is -1.0"),
    ],
)
def test_what_is_wrong_is_named(rows, y, weights, message):
    rows = np.array(rows, dtype=object if isinstance(rows[0][1], str) else None)
    with pytest.raises((TypeError, ValueError), match=message):
        facts_of(5, rows, np.array(y), weights, 2, Schema())


def test_an_unknown_class_is_named():
    with pytest.raises(ValueError, match=r"partition 2: y\[0\] is 'yak', a class unknown"):
        packed(2, ROWS[:1], np.array(["yak"]), None, Plan(ANIMALS, 2))
