"""Rows of a table by a number: gradients, errors, derivations and pictures."""

import pickle
import random

import numpy as np
import pytest
from extras import extra

import autograd
from autograd import PlaceError, Table, Value, dot, record, take
from autograd.replay.tape import ENGINES


def letters(n=5, width=3, seed=1):
    chance = random.Random(seed)
    return [[Value(chance.gauss(0, 1), f"e{i}{j}") for j in range(width)] for i in range(n)]


def test_a_plain_index_is_that_of_a_list():
    rows = letters()
    assert Table(rows)[2] is rows[2]
    assert Table(rows)[-1] is rows[-1]
    assert [row is other for row, other in zip(Table(rows), rows, strict=True)] == [True] * 5
    assert len(Table(rows)) == 5


def test_the_gradient_goes_to_the_row_looked_up():
    torch = extra("torch")
    rows = letters()
    place = Value(3.0)
    loss = dot(Table(rows)[place], [1.0, -2.0, 0.5]).tanh() + Table(rows)[Value(0)][1]
    loss.backward()
    table = torch.tensor([[v.data for v in row] for row in rows], requires_grad=True)
    found = torch.nn.functional.embedding(torch.tensor([3, 0]), table)
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=table.dtype)
    ((found[0] @ weights).tanh() + found[1, 1]).backward()
    assert np.array([[v.grad for v in row] for row in rows]) == pytest.approx(
        table.grad.numpy(), rel=1e-6
    )
    assert place.grad == 0.0


def test_a_table_of_single_values():
    bias = Table([Value(0.5), Value(-0.5)])
    assert bias[Value(1)].data == -0.5
    assert repr(bias) == "Table(2 rows of 1)"


@pytest.mark.parametrize("rows", [[], [[Value(1.0)], []], [[Value(1.0)], Value(2.0)]])
def test_what_is_no_table_is_refused(rows):
    with pytest.raises(ValueError, match="table"):
        Table(rows)


@pytest.mark.parametrize("place", [3, -1, 1.5, float("nan"), float("inf"), Value(7.0, "k")])
def test_a_place_that_is_none_is_refused(place):
    name = "k is 7" if isinstance(place, Value) else "the place is"
    with pytest.raises(PlaceError, match=f"{name}.*whole number from 0 to 2"):
        take([Value(1.0), Value(2.0), Value(3.0)], place)
    with pytest.raises(IndexError):
        take([1.0, 2.0, 3.0], place)


def test_plain_numbers_give_a_plain_number():
    assert take([1.0, 2.0], 1) == 2.0
    assert type(take([1.0, 2.0], 1.0)) is float
    assert take([1.0, 2.0], Value(0)).data == 1.0


def test_an_infinite_neighbour_takes_and_gives_nothing():
    w = [Value(float("inf")), Value(2.0)]
    y = take(w, Value(1)) * Value(float("inf"))
    y.backward()
    assert [v.grad for v in w] == [0.0, float("inf")]


def test_it_is_derived_drawn_pickled_and_stale_as_others_are():
    w = [Value(x, name) for x, name in ((0.1, "a"), (0.2, "b"), (0.3, "c"))]
    i = Value(2, "i")
    y = take(w, i) * w[0]
    y.label = "y"
    derived = autograd.derive(y, "c")
    assert derived.value == w[0].data
    assert "take(a, b, c, i)" in autograd.derive(y, "a").text("steps")
    assert autograd.derive(y, "b").value == 0.0
    assert "take(a, b, c, i)" in str(autograd.sweep(y))
    again = pickle.loads(pickle.dumps(y))
    again.backward()
    assert again.operands[0].operands[2].grad == 0.1
    i.data = 1
    with pytest.raises(autograd.GraphError, match="i was changed"):
        y.backward()


def test_a_problem_may_look_a_number_up():
    found = autograd.problem("a = 1; b = 2; c = 3; i = 1 input; L = take(a, b, c, i)^2")
    assert found.graph.data == 4.0
    assert "take([a, b, c], i)" in found.text()
    assert found.derive("b").value == 4.0


def test_the_second_derivative_is_of_what_was_taken():
    found = autograd.hessian(lambda a, b: take([a, b], 1) ** 3 * a)(2.0, 3.0)
    assert found == [[0.0, 27.0], [27.0, 36.0]]


# On tapes


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rows", [1, 3, 8, 40])
def test_a_tape_looks_up_by_its_inputs(engine, rows):
    table, weights = letters(7, 10), letters(1, 10, seed=2)[0]

    def plain(i, j, x):
        hidden = [a * x + b for a, b in zip(table[i], table[j], strict=True)]
        return dot(weights, hidden).tanh() + hidden[i] * (x * x)

    def f(i, j, x):
        one, two = Table(table)[i], Table(table)[j]
        hidden = [a * x + b for a, b in zip(one, two, strict=True)]
        return dot(weights, hidden).tanh() + take(hidden, i) * take([x, x * x, x + 1], 1)

    parameters = [v for row in table for v in row] + weights
    tape = record(f, 3, parameters=parameters).with_engine(engine)
    generator = np.random.default_rng(rows)
    batch = np.column_stack([generator.integers(0, 7, (rows, 2)), generator.normal(size=rows)])
    total = 0.0
    for v in parameters:
        v.grad = 0.0
    for i, j, x in batch.tolist():
        loss = plain(int(i), int(j), x)
        loss.backward()
        total += loss.data
    value, gradient = tape.value_and_grad(batch)
    assert value == pytest.approx(total / rows, rel=1e-12)
    assert gradient == pytest.approx(np.array([v.grad for v in parameters]) / rows, abs=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wrong_index_names_row_and_column(engine):
    rows = letters(5, 3)
    tape = record(lambda x, i: dot(Table(rows)[i], [x, x, x]), 2).with_engine(engine)
    batch = np.array([[0.5, 4.0]] * 12)
    assert np.isfinite(tape(batch)).all()
    for wrong in (5.0, -1.0, 2.5, float("nan"), 1e300):
        batch[9, 1] = wrong
        with pytest.raises(PlaceError, match="in row 9 of the batch, column 1"):
            tape(batch)
        with pytest.raises(PlaceError, match="in row 9 of the batch, column 1"):
            tape.value_and_grad(batch)
        with pytest.raises(PlaceError, match="in row 0 of the batch, column 1"):
            tape(batch[9:10])


def test_a_wrong_index_stops_training_as_it_was():
    from autograd.replay import Descent

    rows = letters(4, 2)
    tape = record(lambda i: dot(Table(rows)[i], [1.0, 1.0]) ** 2, 1)
    before = [v.data for v in tape.parameters]
    with pytest.raises(PlaceError, match=r"column 0.*iteration 1"):
        tape.train([[0], [4]], Descent(0.1), 3)
    assert [v.data for v in tape.parameters] == before


def test_an_index_is_no_parameter():
    rows, i = letters(4, 2), Value(2)
    tape = record(lambda x: dot(Table(rows)[i], [x, 1.0]), 1)
    assert i not in tape.parameters
    assert tape([[2.0]])[0] == 2.0 * rows[2][0].data + rows[2][1].data
    i.data = 3
    assert tape([[2.0]])[0] == 2.0 * rows[3][0].data + rows[3][1].data


@pytest.mark.parametrize(
    "f",
    [
        lambda rows, i: Table(rows)[i][0] * (2.0 if i > 2 else 1.0),
        lambda rows, i: Table(rows)[i][0] * (2.0 if i.data == 2 else 1.0),
        lambda rows, i: Table(rows)[i][0] * rows[int(i.data)][1],
        lambda rows, i: rows[int(i.data)][1],
    ],
)
def test_python_code_that_branches_on_an_index_is_named(f):
    rows = letters(6, 2)
    with pytest.raises(autograd.GraphError, match=r"depends on the numbers.*test_table.py.*Table"):
        record(lambda i: f(rows, i), 1)


def test_every_index_of_a_small_range_is_tried():
    rows, asked = letters(6, 2), set()

    def f(i):
        asked.add(int(i.data))
        return Table(rows)[i][0]

    record(f, 1)
    assert asked == set(range(6))


def test_a_bag_of_words_has_one_record_of_lookups():
    from autograd.replay.program import TAKE

    rows = letters(9, 4)
    tape = record(lambda xs: sum(v for i in xs for v in Table(rows)[i]), 5)
    records = tape._program.rows
    assert records[records[:, 0] == TAKE][:, [2, 3, -1]].tolist() == [[4, 9, 5]]
    gradient = dict(zip(tape.parameters, tape.value_and_grad([[1, 1, 2, 8, 1]])[1], strict=True))
    assert [gradient[row[2]] for row in rows] == [0, 3, 1, 0, 0, 0, 0, 0, 1]
