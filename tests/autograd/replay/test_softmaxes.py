"""The softmax of user code is recorded as one record, and is what the eager engine computes."""

import numpy as np
import pytest
from extras import extra

from autograd import GraphError, Value, record, take, total
from autograd.replay.program import KINDS
from autograd.replay.tape import ENGINES

SIZES = [1, 2, 3, 7]


def stabilised(scores):
    """As it is written everywhere: no derivative passes through the largest."""
    largest = max(v.data for v in scores)
    exps = [(v - largest).exp() for v in scores]
    whole = sum(exps)
    return [e / whole for e in exps]


def with_total(scores):
    largest = max(v.data for v in scores)
    exps = [(v - largest).exp() for v in scores]
    whole = total(exps)
    return [e / whole for e in exps]


def kinds_of(tape):
    return [KINDS[k] for k in tape._program.rows[:, 0]]


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("softmax", [stabilised, with_total])
def test_it_is_one_record_with_pytorchs_numbers(softmax, size, engine):
    torch = extra("torch")
    weights = [Value(0.3 * k - 0.5) for k in range(size)]
    tape = record(
        lambda x, t: take(softmax([w * x for w in weights]), t).log(), 2, parameters=weights
    ).with_engine(engine)
    assert kinds_of(tape).count("SOFTMAX") == 1
    assert not {"EXP", "MAXIMUM", "DIV", "SUB"} & set(kinds_of(tape))
    rows = np.array([[0.7, size - 1], [-1.5, 0], [3.0, size // 2]])
    theta = torch.tensor([w.data for w in weights], dtype=torch.float64, requires_grad=True)
    shares = torch.log_softmax(theta * torch.tensor(rows[:, :1]), 1)
    loss = shares[torch.arange(3), torch.tensor(rows[:, 1].astype(int))].mean()
    loss.backward()
    value, gradient = tape.value_and_grad(rows)
    assert value == pytest.approx(loss.item(), rel=1e-13, abs=1e-15)
    assert gradient == pytest.approx(theta.grad.numpy(), rel=1e-12, abs=1e-15)


def test_what_else_uses_a_part_keeps_it():
    w = Value(0.5)

    def f(x, y):
        scores = [w * x, w * y]
        largest = max(v.data for v in scores)
        exps = [(v - largest).exp() for v in scores]
        whole = exps[0] + exps[1]
        return exps[0] / whole + exps[1] * 2.0 + whole

    tape = record(f, 2)
    assert {"SOFTMAX", "EXP", "SUB", "MAXIMUM"} <= set(kinds_of(tape))
    x, y = Value(0.3), Value(-0.2)
    root = f(x, y)
    root.backward()
    value, gradient = tape.value_and_grad([[0.3, -0.2]])
    assert value == pytest.approx(root.data, rel=1e-14)
    assert gradient[0] == pytest.approx(w.grad, rel=1e-13)


def test_what_is_no_softmax_is_none():
    w = Value(0.5)

    def f(x, y):  # not all are shifted by the same
        scores = [w * x, w * y]
        largest = max(v.data for v in scores)
        exps = [(scores[0] - largest).exp(), (scores[1] - 1.0).exp()]
        return exps[0] / (exps[0] + exps[1])

    tape = record(f, 2)
    assert "SOFTMAX" not in kinds_of(tape)
    assert tape([[0.3, -0.2]])[0] == f(Value(0.3), Value(-0.2)).data
    plain = record(lambda x, y: x.exp() / ((w * x).exp() + y.exp()), 2)
    assert "SOFTMAX" not in kinds_of(plain)


def test_far_scores_neither_overflow_nor_vanish():
    tape = record(lambda x, y: stabilised([x, y])[0], 2, parameters=[])
    assert tape([[1000.0, 999.0], [-1000.0, 0.0]]).tolist() == [1 / (1 + np.exp(-1.0)), 0.0]


def test_the_largest_is_still_no_branch():
    def f(x, y):
        largest = max(v.data for v in (x, y))
        return x * (2.0 if largest > 1.0 else 1.0)

    with pytest.raises(GraphError, match="depends on the numbers"):
        record(f, 2)


def test_sums_of_products_of_two_numbers_of_the_rows_are_inner():
    w = Value(0.5)

    def f(a, b, c, d):
        keys = [v * w for v in (a, b)]
        return sum(x * y for x, y in zip(keys, (c, d), strict=True))

    tape = record(f, 4)
    assert "INNER" in kinds_of(tape)
    assert tape([[1.0, 2.0, 3.0, 4.0]])[0] == 5.5
    assert tape.value_and_grad([[1.0, 2.0, 3.0, 4.0]])[1][0] == 11.0
