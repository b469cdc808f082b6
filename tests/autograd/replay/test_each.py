"""Tapes of one function over rows of many lengths, against the eager engine's own loop."""

import pickle
import random
from array import array

import numpy as np
import pytest
from extras import extra
from helpers.gpt import GPT, tokens_of

import nn
from autograd import Table, Value, dot, logsumexp, mean, record_each, sigmoid, take
from autograd.errors import ArgumentTypeError, GraphError, PlaceError, StepError, TapeError
from autograd.replay import Descent, training
from autograd.replay.program import KINDS
from autograd.replay.tape import ENGINES

NAMES = ["emma", "ava", "mia", "noah", "liam", "eve", "ed", "lea", "adam", "ida"]
ROWS = tokens_of(NAMES)


def small_gpt():
    return GPT(letters=max(map(max, ROWS)) + 1, width=8, heads=2, block=6)


def eager_training(loss, parameters, batches, optimizer, rates):
    """The losses of a loop of one's own; the parameters are then trained."""
    losses = []
    for batch, rate in zip(batches, rates, strict=True):
        for p in parameters:
            p.grad = 0.0
        whole = mean([loss(row) for row in batch])
        whole.backward()
        optimizer.rate = rate
        optimizer.step(parameters)
        losses.append(whole.data)
    return np.array(losses)


def same_as_eager(loss, parameters, data, optimizer, batches, batch_size, engine, tolerance=1e-9):
    start = [p.data for p in parameters]
    count = len(batches)
    tapes = record_each(loss, parameters=parameters).with_engine(engine)
    rates = [0.01 * (1 - k / count) for k in range(count)]
    ours = tapes.train(data, optimizer(), count, batch_size=batch_size, rates=rates.__getitem__)
    after = [p.data for p in parameters]
    for p, x in zip(parameters, start, strict=True):
        p.data = x
    theirs = eager_training(loss, parameters, batches, optimizer(), rates)
    assert np.abs(ours - theirs).max() < tolerance
    assert np.abs(np.array([p.data for p in parameters]) - after).max() < tolerance
    epoch = len(data) // batch_size
    assert ours[-epoch:].mean() < ours[:epoch].mean()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_gpt_is_trained_as_by_the_eager_engine(engine):
    gpt = small_gpt()
    batches = [[ROWS[k % len(ROWS)]] for k in range(100)]
    same_as_eager(gpt.loss, gpt.parameters, ROWS, lambda: nn.Adam(0.01), batches, 1, engine)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_buckets_take_rows_of_one_length_in_order(engine):
    gpt = small_gpt()
    waiting, batches = {}, []
    for row in ROWS:
        waiting.setdefault(len(row), []).append(row)
        if len(waiting[len(row)]) == 2:
            batches.append(waiting.pop(len(row)))
    batches += waiting.values()
    assert [len(b) for b in batches] == [2, 2, 2, 2, 1, 1]
    same_as_eager(gpt.loss, gpt.parameters, ROWS, lambda: nn.SGD(0.1, momentum=0.9),
                  batches * 3, 2, engine)  # fmt: skip


def gated(cell, x, state):
    """A cell with a forget gate, an input gate and an output gate."""
    forget, enter, leave, new = [[dot(row, [x, *state], row[-1]) for row in gate] for gate in cell]
    kept = [
        sigmoid(f) * s + sigmoid(i) * n.tanh()
        for f, i, n, s in zip(forget, enter, new, state, strict=True)
    ]
    return [sigmoid(o) * k.tanh() for o, k in zip(leave, kept, strict=True)]


@pytest.mark.slow
def test_a_recurrent_net_of_three_gates_over_5_to_30_steps():
    torch = extra("torch")
    chance = random.Random(3)
    cell = [[[Value(chance.gauss(0, 0.5)) for _ in range(4)] for _ in range(3)] for _ in range(4)]
    parameters = [p for gate in cell for row in gate for p in row]

    def loss(row):
        state = [0.0, 0.0, 0.0]
        for x in row[:-1]:
            state = gated(cell, x, state)
        return (dot([1.0, -1.0, 0.5], state) - row[-1]) ** 2

    data = [[chance.gauss(0, 1) for _ in range(n)] for n in (5, 30, 12, 5, 30)]
    theta = torch.tensor([[[p.data for p in row] for row in gate] for gate in cell],
                         dtype=torch.float64, requires_grad=True)  # fmt: skip
    whole = 0.0
    for row in data:
        state = torch.zeros(3, dtype=torch.float64)
        for x in row[:-1]:
            entered = torch.cat([torch.tensor([x], dtype=torch.float64), state])
            f, i, o, n = [g @ entered + g[:, -1] for g in theta]
            state = torch.sigmoid(o) * torch.tanh(
                torch.sigmoid(f) * state + torch.sigmoid(i) * torch.tanh(n)
            )
        weights = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
        whole = whole + (weights @ state - row[-1]) ** 2 / len(data)
    whole.backward()
    tapes = record_each(loss, parameters=parameters)
    value, gradient = tapes.value_and_grad(data)
    assert value == pytest.approx(whole.item(), rel=1e-12)
    assert gradient == pytest.approx(theta.grad.numpy().ravel(), rel=1e-10, abs=1e-14)
    assert len(tapes) == 3
    assert tapes.train(data, nn.Adam(0.02), 200)[-5:].mean() < value


def test_a_bag_of_words_takes_what_its_words_are():
    words = [[Value(0.1 * (i - j)) for j in range(2)] for i in range(7)]
    table, bias = Table(words), Value(0.1)

    def loss(row):
        *bag, target = row
        vectors = [table[word] for word in bag]
        sums = [mean(column) for column in zip(*vectors, strict=True)]
        scores = [sums[0] + bias, sums[1]]
        return logsumexp(scores) - take(scores, target)

    data = [[1, 3, 0], [2, 2, 5, 1], [6, 0], [4, 1, 1]]
    parameters = [bias, *[v for row in words for v in row]]
    batches = [[row] for row in data] * 5
    same_as_eager(loss, parameters, data, lambda: nn.SGD(0.1), batches, 1, ENGINES[0])


def squares(row):
    """Recorded anew in another process, too: a function of the module."""
    return mean([(x - WEIGHT) ** 2 for x in row])


WEIGHT = Value(0.0, "w")


def test_values_come_in_the_order_of_the_rows():
    tapes = record_each(squares)
    data = [[1.0], [1.0, 3.0], [2.0], [0.0, 0.0, 3.0]]
    assert tapes(data).tolist() == [1.0, 5.0, 4.0, 3.0]
    value, gradient = tapes.value_and_grad(data, reduction="sum")
    assert value == 13.0
    assert gradient.tolist() == [-2.0 - 4.0 - 4.0 - 2.0]
    assert tapes.value_and_grad(data)[0] == 13.0 / 4
    assert repr(tapes) == "Tapes(3 shapes, 1 parameters)"
    two = record_each(lambda row: [row[0] * WEIGHT, row[-1] + 1.0])
    assert two(data[:2]).tolist() == [[0.0, 2.0], [0.0, 4.0]]


def test_a_key_may_be_any_function_of_the_row():
    w = Value(2.0)
    tapes = record_each(lambda row: row[0] * w, key=lambda row: row[0] > 0)
    assert tapes([[1.0], [-1.0], [3.0]]).tolist() == [2.0, -2.0, 6.0]
    assert len(tapes) == 2
    with pytest.raises(ValueError, match=r"row 1 has 2 numbers.*one length"):
        tapes([[1.0], [1.0, 2.0]])


def test_parameters_are_one_list_that_grows():
    ws = [Value(float(k)) for k in range(4)]
    tapes = record_each(lambda row: sum(x * w for x, w in zip(row, ws, strict=False)))
    assert tapes([[1.0]])[0] == 0.0
    assert tapes.parameters == (ws[0],)
    assert tapes([[1.0, 1.0, 1.0]])[0] == 3.0
    assert tapes.parameters == tuple(ws[:3])
    assert tapes.value_and_grad([[5.0]])[1].tolist() == [5.0, 0.0, 0.0]
    tapes.train([[1.0], [1.0, 2.0, 3.0]], Descent(0.1))
    assert [w.data for w in ws] == pytest.approx([-0.2, 0.8, 1.7, 3.0])


def test_what_an_iteration_does_not_use_still_moves_by_momentum():
    ws = [Value(1.0), Value(1.0)]
    tapes = record_each(lambda row: sum(x * w for x, w in zip(row, ws, strict=False)))
    tapes.train([[1.0, 1.0], [1.0]], nn.SGD(0.1, momentum=0.5))
    assert [w.data for w in ws] == pytest.approx([1 - 0.1 - 0.15, 1 - 0.1 - 0.05])


def test_the_number_of_tapes_is_bounded():
    tapes = record_each(squares, most=2)
    for n in (1, 2, 3, 2):
        tapes([[1.0] * n])
    assert list(tapes._shapes) == [3, 2]
    with pytest.raises(ValueError, match=r"3 shapes.*2 tapes at most"):
        tapes([[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="no rows"):
        tapes([])


def test_they_are_pickled_together():
    tapes = record_each(squares)
    data = [[1.0], [1.0, 3.0]]
    tapes(data)
    again = pickle.loads(pickle.dumps(tapes))
    assert again(data).tolist() == [1.0, 5.0]
    again.train(data, Descent(0.25), 40)
    (w,) = again.parameters
    assert w.data == pytest.approx(1.5, abs=0.3)
    assert all(shape.tape.parameters[0] is w for shape in again._shapes.values())
    assert WEIGHT.data == 0.0
    with pytest.raises(TapeError, match="no tape was recorded for the key 3"):
        again([[1.0, 2.0, 3.0]])


def test_a_seed_shuffles_and_each_is_told():
    w = Value(0.0)
    tapes = record_each(lambda row: (row[0] - w) ** 2)
    data = [[float(k)] for k in range(8)]
    told = []
    losses = tapes.train(data, Descent(0.0), seed=4, each=lambda k, loss: told.append((k, loss)))
    assert losses.tolist() != [x[0] ** 2 for x in data]
    assert sorted(losses) == [x[0] ** 2 for x in data]
    assert told[-1] == (8, losses[-1])
    assert tapes.train(data, Descent(0.0), seed=4).tolist() == losses.tolist()
    assert len(tapes.train(data, Descent(0.0), 20, batch_size=3)) == 20


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_leaves_the_parameters_as_before_that_step(engine):
    rows = [[Value(0.5)], [Value(-0.5)]]
    tapes = record_each(lambda row: mean([Table(rows)[i][0] for i in row])).with_engine(engine)
    with pytest.raises(PlaceError, match=r"in row 1 of the batch, column 0.*iteration 3"):
        tapes.train([[0], [1, 1], [2]], Descent(0.1))
    assert [row[0].data for row in rows] == pytest.approx([0.4, -0.6])
    w = Value(1.0)
    grows = record_each(lambda row: (row[0] * w) ** 4).with_engine(engine)
    with pytest.raises((StepError, ArithmeticError), match="iteration"):
        grows.train([[1e60]], Descent(1.0), 50)
    assert np.isfinite(w.data)


@pytest.mark.parametrize("optimizer", [nn.SGD(0.1), nn.SGD(0.1, momentum=0.9), nn.Adam(0.01)])
def test_a_loop_that_comes_back_after_every_step_remembers_as_much(optimizer, monkeypatch):
    data = [[1, 2, 3, 0], [2, 2, 1, 3], [1, 3], [3, 0, 1]] * 4
    losses = []
    for budget in (-1.0, 60.0):
        monkeypatch.setattr(training, "_BUDGET", budget)
        gpt = small_gpt()
        tapes = record_each(gpt.loss, parameters=gpt.parameters)
        losses.append(tapes.train(data, optimizer, 15).tolist())
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2.5, -3], [4, 5, 6]],
        [(1, 2.5, -3), [4, 5, 6]],
        [[True, np.float64(2.5), -3], np.array([4.0, 5.0, 6.0])],
        [[2**70, 1, 0], [0.5, 2**53 + 1, -1]],
        [array("d", [1.0, 2.5, -3.0]), range(3)],
    ],
)
def test_rows_are_any_sequences_of_numbers(rows):
    tapes = record_each(lambda row: row[0] + 2.0 * row[1] + row[2])
    wanted = [float(a) + 2.0 * float(b) + float(c) for a, b, c in rows]
    assert tapes(rows).tolist() == wanted
    assert tapes(rows[:1]).tolist() == wanted[:1]


@pytest.mark.parametrize("bad", [[1.0, None], [1.0, "x"], [1.0, 2.0j], [1.0, [2.0]]])
def test_what_is_no_number_of_a_row_is_refused(bad):
    tapes = record_each(lambda row: row[0] + row[1])
    with pytest.raises(ArgumentTypeError):
        tapes([[1.0, 2.0], bad])


def test_attention_over_t_places_is_few_records():
    counts = []
    for n in (4, 8, 16):
        gpt = GPT(letters=5, width=8, heads=2, block=16)
        tape = record_each(gpt.loss, parameters=gpt.parameters).tape([1] * (n + 1))
        kinds = [KINDS[k] for k in tape._program.rows[:, 0]]
        counts.append(len(kinds))
        assert kinds.count("DENSE") == 6
        assert kinds.count("SOFTMAX") == n
    assert counts[1] - counts[0] == 2 * 4
    assert counts[2] - counts[1] == 2 * 8


@pytest.mark.parametrize(
    "call",
    [
        lambda: record_each(3),
        lambda: record_each(squares, key=3),
        lambda: record_each(squares).train([[1.0]], nn.SGD),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(TypeError):
        call()


def test_a_branch_on_a_token_is_named():
    rows = [[Value(0.5)], [Value(-0.5)]]

    def loss(row):
        return sum(Table(rows)[i][0] * (2.0 if i > 0 else 1.0) for i in row)

    with pytest.raises(GraphError, match=r"test_each\.py"):
        record_each(loss)([[0, 1]])


def test_threads_change_no_number():
    gpt = small_gpt()
    data = [[1, 2, 3, 0]] * 300 + [[2, 2, 1, 3]] * 300
    tapes = record_each(gpt.loss, parameters=gpt.parameters)
    tapes.threads = 1
    one = tapes.value_and_grad(data)
    tapes.threads = 2
    two = tapes.value_and_grad(data)
    assert one[0] == two[0]
    assert one[1].tolist() == two[1].tolist()


def test_a_row_is_an_example_where_drawn_numbers_will_not_do():
    tapes = record_each(lambda row: (row[0] - 50.0).log(), parameters=[])
    assert tapes([[51.0], [52.0]]).tolist() == [0.0, np.log(2.0)]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 10**30])
def test_a_step_is_taken_when_its_last_row_comes(batch_size):
    chance = random.Random(8)
    data = [[2.0**k] * chance.choice([1, 2, 4]) for k in range(30)]  # a sum tells its rows
    waiting, steps = {}, []
    for row in data:
        waiting.setdefault(len(row), []).append(row[0])
        if len(waiting[len(row)]) == batch_size:
            steps.append(sum(waiting.pop(len(row))))
    steps += map(sum, waiting.values())
    w = Value(0.0)
    tapes = record_each(lambda row: row[0] + 0.0 * w)
    settings = {"batch_size": batch_size, "reduction": "sum"}
    assert tapes.train(data, Descent(0.0), **settings).tolist() == steps
    again = tapes.train(data, Descent(0.0), len(steps) + 2, **settings)
    assert again.tolist() == steps + steps[:2]
