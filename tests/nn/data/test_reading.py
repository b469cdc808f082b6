"""Tables and targets: what is taken, what is refused, and with which words."""

import math

import numpy as np
import pytest
from extras import extra

import nn
from nn.data import labels_of, rows_of
from nn.data.schema import moments

X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 9.0]]
ROWS = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 9.0)]

pandas = extra("pandas")


@pytest.fixture
def frame():
    return pandas.DataFrame(X, columns=["iq", "cgpa"])


def fitted(X, y, n_out=1, loss="mean_squared_error", output="linear", **settings):
    model = nn.MLP(2, [3, n_out], "tanh", output, seed=0)
    nn.fit(model, X, y, loss=loss, epochs=1, progress=False, **settings)
    return model


# Inputs


@pytest.mark.parametrize(
    "table",
    [
        X,
        tuple(map(tuple, X)),
        np.array(X),
        [np.array(row) for row in X],
        np.array(X, dtype=object),
        iter(X),
    ],
)
def test_tables_of_every_kind(table):
    assert rows_of(table) == ROWS


def test_frames_are_tables(frame):
    assert rows_of(frame) == rows_of(frame.astype({"iq": int})) == ROWS


@pytest.mark.parametrize(
    ("table", "kind", "message"),
    [
        ([], ValueError, "X is empty"),
        (np.empty((0, 3)), ValueError, "X is empty"),
        ([[]], ValueError, r"X\[0\] has 0 numbers"),
        ([[1.0], [1.0, 2.0]], ValueError, r"X\[1\] has 2 numbers, but X\[0\] has 1"),
        ([1.0, 2.0], TypeError, r"X\[0\] is 1.0, not a row.*\[\[x\] for x in X\]"),
        (3.0, TypeError, "X is 3.0: give a list of rows"),
        (None, TypeError, "X is None"),
        ("table.csv", TypeError, "X is 'table.csv'"),
        ({"a": [1.0]}, TypeError, "give a list of rows, a NumPy array or a frame"),
        (np.array(3.0), TypeError, "single number"),
        ([[1.0, math.nan]], ValueError, r"X\[0\]\[1\] is missing"),
        ([[1.0, None]], ValueError, r"X\[0\]\[1\] is missing"),
        ([[1.0, math.inf]], ValueError, r"X\[0\]\[1\] is inf"),
        ([[1.0, 10**400]], OverflowError, r"X\[0\]\[1\]: a number of 401 digits"),
        ([[1.0, "2.0"]], TypeError, r"X\[0\]\[1\] is the text '2.0'"),
        ([[1.0, 2j]], TypeError, r"X\[0\]\[1\] is 2j, not a plain number"),
        (np.ones((2, 2, 2)), TypeError, r"X\[0\]\[0\] is \[1.0, 1.0\], not a plain number"),
    ],
)
def test_what_is_no_table_of_numbers_is_named_with_its_place(table, kind, message):
    with pytest.raises(kind, match=message):
        rows_of(table)
    with pytest.raises(kind, match=message):
        nn.fit(nn.Neuron(2), table, [1.0], progress=False)


def test_what_is_no_number_in_a_frame_is_named_with_its_column(frame):
    for table, kind, message in [
        (frame[:0], ValueError, "X is empty"),
        (frame["iq"], TypeError, "not a row"),
        (frame.assign(cgpa=pandas.NA), ValueError, r"X\[0\]\[1\] \(column 'cgpa'\) is missing"),
        (frame.assign(town="Pune"), TypeError, r"X\[0\]\[2\] \(column 'town'\) is the text 'Pune'"),
        (frame.assign(d=pandas.to_datetime("2020-01-01"))[["d"]], TypeError, "column 'd'"),
    ]:
        with pytest.raises(kind, match=message):
            rows_of(table)
        with pytest.raises(kind, match=message):
            nn.fit(nn.Neuron(2), table, [1.0], progress=False)


def test_lengths_and_widths():
    with pytest.raises(ValueError, match="X has 4 rows but y has 3"):
        fitted(X, [1, 2, 3])
    with pytest.raises(ValueError, match="X has 3 columns, but the network 2 inputs"):
        fitted([[1.0, 2.0, 3.0]], [1.0])
    with pytest.raises(ValueError, match=r"y\[0\] has 2 numbers, but the network has 1 output"):
        fitted(X, X)
    with pytest.raises(ValueError, match=r"y\[0\] has 1 number, but the network has 2 outputs"):
        fitted(X, [1, 2, 3, 4], n_out=2)


def test_a_frames_columns_are_remembered_and_put_in_order(frame):
    model = fitted(frame, [1, 2, 3, 4])
    assert model.schema.columns == ("iq", "cgpa")
    turned = frame[["cgpa", "iq"]].assign(name="x")
    assert model.predict(turned).tolist() == model.predict(frame).tolist()
    assert model.predict(X).tolist() == model.predict(frame).tolist()
    with pytest.raises(ValueError, match="no column 'iq', to which the model was fitted"):
        model.predict(frame.rename(columns={"iq": "IQ"}))


def test_standardising():
    rows = [[0.1, 5.0], [0.2, 5.0], [0.4, 5.0], [0.9, 5.0]]
    model = fitted(rows, [1, 2, 3, 4], standardize=True)
    column = np.array(rows)[:, 0]
    assert model.schema.means == pytest.approx((column.mean(), 5.0), rel=1e-15)
    assert model.schema.scales == pytest.approx((column.std(), 1.0), rel=1e-15)
    encoded = np.array(model.schema.encoded_rows(rows))
    assert encoded[:, 0].mean() == pytest.approx(0.0, abs=1e-15)
    assert encoded[:, 0].std() == pytest.approx(1.0)
    assert model.predict(rows[:1]) == pytest.approx([model(encoded[0]).data], rel=1e-15)
    with pytest.raises(ValueError, match="3 columns, but the model was fitted to 2"):
        model.predict([[1.0, 2.0, 3.0]])


def test_a_constant_column_stays_at_0():
    for c in (0.1, 1 / 3, 1e300, 5e-324, -7.3):
        for n in range(1, 60):
            assert moments([(c,)] * n) == ((c,), (1.0,))


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_standardising_numbers_of_any_size(size):
    means, scales = moments([(1.0 * size,), (2.0 * size,), (4.0 * size,)])
    expected = np.array([1.0, 2.0, 4.0])
    assert means[0] / size == pytest.approx(expected.mean(), rel=1e-14)
    assert scales[0] / size == pytest.approx(expected.std(), rel=1e-14)
    with pytest.raises(ValueError, match="no standard deviation that a float can hold"):
        moments([(-1.7e308,), (1.7e308,), (1.7e308,)])


def test_standardised_targets_come_back_in_their_units():
    y = [1e6, 2e6, 3e6, 6e6]
    model = fitted(X, y, standardize_targets=True)
    inner = np.array([model(row).data for row in X])
    assert model.predict(X) == pytest.approx(inner * np.std(y) + np.mean(y), rel=1e-12)
    with pytest.raises(ValueError, match="targets that are numbers"):
        fitted(X, [0, 1, 0, 1], loss="binary_cross_entropy_with_logits", standardize_targets=True)


# Targets


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["dog", "cat", "dog", "cat"], ("cat", "dog")),
        ([True, False, True, True], (False, True)),
        ([1, 0, 0, 1], (0, 1)),
        ([1.0, 0.0, 0.0, 1.0], (0, 1)),
        ([0, 0, 0, 0], (0, 1)),
        ([7, 3, 3, 7], (3, 7)),
        (np.array(["b", "a", "a", "b"]), ("a", "b")),
        (["yes", 0, 0, "yes"], (0, "yes")),
    ],
)
def test_two_classes_of_any_kind(labels, classes):
    check_two_classes(labels, classes)


def test_two_classes_of_a_series():
    check_two_classes(pandas.Series(["b", "a", "a", "b"], dtype="category"), ("a", "b"))


def check_two_classes(labels, classes):
    model = fitted(X, labels, loss="binary_cross_entropy_with_logits")
    assert model.schema.classes == classes
    p = model.predict_proba(X)
    assert p.shape == (4, 2)
    assert p.sum(axis=1) == pytest.approx([1.0] * 4)
    logits = [model(row).data for row in X]
    assert p[:, 1] == pytest.approx([1 / (1 + math.exp(-z)) for z in logits])
    assert model.predict(X).tolist() == [classes[z >= 0.0] for z in logits]
    assert set(model.predict(X, threshold=0.0).tolist()) == {classes[1]}
    assert set(model.predict(X, threshold=1.1).tolist()) == {classes[0]}


def test_many_classes():
    labels = ["red", "green", "blue", "red"]
    model = fitted(X, labels, n_out=3, loss="cross_entropy_with_logits")
    assert model.schema.classes == ("blue", "green", "red")
    p = model.predict_proba(X)
    assert p.shape == (4, 3)
    assert model.predict(X).tolist() == [model.schema.classes[k] for k in p.argmax(axis=1)]
    direct = fitted(X, labels, n_out=3, loss="cross_entropy", output="softmax")
    assert direct.predict_proba(X) == pytest.approx(p, abs=1e-12)


def test_numbers_of_classes_need_not_all_occur():
    model = fitted(X, [0, 2, 2, 0], n_out=4, loss="cross_entropy_with_logits")
    assert model.schema.classes == (0, 1, 2, 3)


def test_rows_of_probabilities_as_targets():
    targets = [[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]]
    model = fitted(X, targets, n_out=3, loss="cross_entropy_with_logits")
    assert model.schema.classes == (0, 1, 2)
    assert set(model.predict(X).tolist()) <= {0, 1, 2}


def test_several_yes_or_no_questions():
    model = fitted(
        X, [[1, 0], [1, 1], [0, 0], [0, 1]], n_out=2, loss="binary_cross_entropy_with_logits"
    )
    assert model.predict(X).shape == (4, 2)
    assert set(model.predict(X).ravel().tolist()) <= {0, 1}
    assert model.predict_proba(X).max() < 1.0


def test_shares_between_0_and_1_as_targets():
    model = fitted(X, [0.1, 0.9, 0.5, 1.0], loss="binary_cross_entropy_with_logits")
    assert model.schema.classes is None
    assert set(model.predict(X).tolist()) <= {0, 1}


def test_note_1_decides_by_squared_error_at_one_half():
    labels = ["dog", "dog", "cat", "cat"]
    model = nn.Neuron(2, "sigmoid", seed=0)
    nn.fit(
        model,
        X,
        labels,
        loss="half_squared_error",
        standardize=True,
        epochs=200,
        optimizer=nn.SGD(1.0),
        progress=False,
        seed=0,
    )
    assert model.predict(X).tolist() == labels
    with pytest.raises(ValueError, match="no probabilities: fit it with a cross-entropy"):
        model.predict_proba(X)
    three = fitted(X, ["a", "b", "c", "a"], n_out=3, loss="mean_squared_error")
    assert set(three.predict(X).tolist()) <= {"a", "b", "c"}


@pytest.mark.parametrize(
    ("labels", "loss", "n_out", "message"),
    [
        (["a", "b", "c", "a"], "binary_cross_entropy_with_logits", 1, "tells two classes apart.*3"),
        (["a"] * 4, "binary_cross_entropy_with_logits", 1, "y has 1: 'a'"),
        (["a", "b", "c", "a"], "cross_entropy_with_logits", 2, "3 classes.*has 2 outputs"),
        (["a", "b", None, "a"], "cross_entropy_with_logits", 2, r"y\[2\] is missing"),
        ([1.0, 2.0, math.nan, 3.0], "mean_squared_error", 1, r"y\[2\] is missing"),
        ([1.0, 2.0, math.inf, 3.0], "mean_squared_error", 1, r"y\[2\] is inf"),
        (
            ["a", "b", "c", "d"],
            "mean_squared_error",
            1,
            r"y\[0\] is 'a', not a number: for classes",
        ),
        ([[0.9, 0.9]] * 4, "cross_entropy_with_logits", 2, "adds up to 1.8"),
        (["a", "b", "a", "b"], "binary_cross_entropy_with_logits", 2, "targets are numbers"),
        ([[1, 0], 1, 2, 3], "mean_squared_error", 2, r"y\[1\] has 1 number"),
    ],
)
def test_targets_that_the_loss_cannot_take(labels, loss, n_out, message):
    with pytest.raises((ValueError, TypeError), match=message):
        fitted(X, labels, n_out=n_out, loss=loss)


def test_unknown_labels_are_named():
    with pytest.raises(
        ValueError, match=r"validation y\[1\] is 'emu', a class unknown.*'cat', 'dog'"
    ):
        fitted(
            X,
            ["cat", "dog", "cat", "dog"],
            loss="binary_cross_entropy_with_logits",
            validation=(X[:2], ["cat", "emu"]),
        )


def test_labels_are_plain():
    assert labels_of(np.array([[1.0], [2.0]])) == [1.0, 2.0]
    assert labels_of(np.array([1, 2], dtype=np.int8)) == [1, 2]
    with pytest.raises(ValueError, match="y is empty"):
        labels_of([])


def test_labels_of_a_frame_are_plain():
    assert labels_of(pandas.DataFrame({"a": [1, 2]})) == [1, 2]
