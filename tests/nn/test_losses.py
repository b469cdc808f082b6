"""The losses against PyTorch's, value and gradient; their shapes and errors."""

import math
import random

import numpy as np
import pytest
from extras import extra

import nn
from autograd import Value

torch = extra("torch")

ROWS = 5


def numbers(n, low, high, seed=0):
    rng = random.Random(seed)
    return [rng.uniform(low, high) for _ in range(n)]


def compare(ours, values, theirs, tensor):
    ours.backward()
    theirs.backward()
    assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
    assert [v.grad for v in values] == pytest.approx(tensor.grad.flatten().tolist(), rel=1e-12)


def tensor(xs, shape=(-1,)):
    return torch.tensor(xs, dtype=torch.float64).reshape(shape).requires_grad_()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("loss", "theirs", "low", "high"),
    [
        (nn.mean_squared_error, "mse_loss", -3, 3),
        (nn.binary_cross_entropy, "binary_cross_entropy", 0.01, 0.99),
        (nn.binary_cross_entropy_with_logits, "binary_cross_entropy_with_logits", -30, 30),
    ],
)
@pytest.mark.parametrize("targets", [[0.0, 1.0, 1.0, 0.0, 1.0], [0.3, 0.9, 0.0, 1.0, 0.5]])
def test_element_wise_losses_equal_pytorchs(loss, theirs, low, high, reduction, targets):
    xs = numbers(ROWS, low, high)
    values, t = [Value(x) for x in xs], tensor(xs)
    theirs = getattr(torch.nn.functional, theirs)
    expected = theirs(t, torch.tensor(targets, dtype=torch.float64), reduction=reduction)
    compare(loss(values, targets, reduction), values, expected, t)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy_equals_pytorchs(reduction):
    xs = numbers(ROWS * 3, -4, 4)
    classes = [0, 2, 1, 1, 2]
    for given, expected in [
        (classes, torch.tensor(classes)),
        (np.array(classes), torch.tensor(classes)),
        ([[0.2, 0.3, 0.5]] * ROWS, torch.tensor([[0.2, 0.3, 0.5]] * ROWS, dtype=torch.float64)),
    ]:
        values, t = [Value(x) for x in xs], tensor(xs, (ROWS, 3))
        rows = [values[3 * i : 3 * i + 3] for i in range(ROWS)]
        theirs = torch.nn.functional.cross_entropy(t, expected, reduction=reduction)
        compare(nn.cross_entropy_with_logits(rows, given, reduction), values, theirs, t)


def test_cross_entropy_of_probabilities():
    ps = [0.2, 0.5, 0.3]
    values, t = [Value(p) for p in ps], tensor(ps)
    compare(nn.cross_entropy(values, 1), values, -torch.log(t[1]), t)
    values, t = [Value(p) for p in ps], tensor(ps)
    y = torch.tensor([0.1, 0.0, 0.9], dtype=torch.float64)
    compare(nn.cross_entropy(values, [0.1, 0.0, 0.9]), values, -(y * torch.log(t)).sum(), t)


def test_half_squared_error_is_the_notes():
    a = [Value(0.7513650696), Value(0.7729284653)]
    loss = nn.half_squared_error(a, [0.01, 0.99])
    assert loss.data == pytest.approx(0.2983711088, abs=1e-10)
    loss.backward()
    assert a[0].grad == pytest.approx(a[0].data - 0.01, rel=1e-15)
    rows = [[1.0, 2.0], [3.0, 5.0]]
    assert nn.half_squared_error(rows, [[0.0, 0.0], [0.0, 0.0]]) == 19.5
    assert nn.half_squared_error(rows, [[0.0, 0.0], [0.0, 0.0]], "mean") == 9.75


def test_delta_is_prediction_minus_target():
    z = Value(0.7)
    p = z.sigmoid()
    nn.binary_cross_entropy(p, 1).backward()
    assert z.grad == pytest.approx(p.data - 1, rel=1e-15)
    z, y = Value(0.7), Value(0.0, "y")
    p = z.sigmoid()
    nn.binary_cross_entropy(p, y).backward()
    assert z.grad == pytest.approx(p.data, rel=1e-14)


@pytest.mark.parametrize("z", [-1e300, -800.0, -40.0, 0.0, 40.0, 800.0, 1e300])
def test_logits_of_any_size_are_stable(z):
    for y in (0, 1):
        v = Value(z)
        loss = nn.binary_cross_entropy_with_logits(v, y)
        loss.backward()
        wrong = z if y == 0 else -z
        if abs(z) >= 800:
            assert loss.data == max(wrong, 0.0)
            assert v.grad == (0.0 if wrong < 0 else math.copysign(1.0, z))
        assert math.isfinite(loss.data)
    row = [Value(z), Value(0.0)]
    loss = nn.cross_entropy_with_logits(row, 0)
    loss.backward()
    assert loss.data == pytest.approx(max(-z, 0.0), abs=1.0)


def test_the_small_tail_of_a_confident_prediction_is_kept():
    loss = nn.binary_cross_entropy_with_logits(Value(50.0), 1)
    assert loss.data == pytest.approx(math.exp(-50), rel=1e-12)


def test_a_certain_right_prediction_costs_0_a_wrong_one_is_named():
    assert nn.binary_cross_entropy(1.0, 1) == 0.0
    assert nn.binary_cross_entropy(0.0, 0) == 0.0
    with pytest.raises(ValueError, match=r"log\(ŷ\) with ŷ = 0\.0"):
        nn.binary_cross_entropy(Value(0.0, "ŷ"), 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.mean_squared_error([1.0, 2.0], [1.0]), "2 predictions but as targets 1"),
        (lambda: nn.mean_squared_error([1.0, 2.0], 1.0), "as targets a single number"),
        (lambda: nn.mean_squared_error([], []), "of no predictions"),
        (lambda: nn.mean_squared_error([[1.0, 2.0]], [[1.0]]), "2 predictions"),
        (lambda: nn.mean_squared_error(1.0, float("nan")), "a target is nan"),
        (lambda: nn.mean_squared_error([1.0, 1.0], [1.0, 2.0], "max"), "'mean' or 'sum'"),
        (lambda: nn.binary_cross_entropy(1.5, 1), "not between 0 and 1; for other numbers use"),
        (lambda: nn.binary_cross_entropy(0.5, 2), "a target is 2.0"),
        (lambda: nn.binary_cross_entropy_with_logits(0.5, -1), "a target is -1.0"),
        (lambda: nn.cross_entropy([0.5, 0.6], 0), "adds up to 1.1"),
        (lambda: nn.cross_entropy([0.5, 0.5], 2), "no class 2; classes are 0 to 1"),
        (lambda: nn.cross_entropy([0.5, 0.5], 0.5), "no class 0.5"),
        (lambda: nn.cross_entropy([0.5, 0.5], [0.5, 0.2]), "a row of targets adds up to 0.7"),
        (lambda: nn.cross_entropy([0.5, 0.5], [1.0, 0.0, 0.0]), "3 classes for 2 outputs"),
        (lambda: nn.cross_entropy(0.5, 0), "takes a row of outputs"),
        (lambda: nn.cross_entropy_with_logits([[1.0, 2.0]], [0, 1]), "take as many targets"),
    ],
)
def test_bad_shapes_and_numbers_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_columns_of_one_number_are_not_spread_over_a_row():
    predictions = [[Value(1.0)], [Value(2.0)], [Value(3.0)]]
    assert nn.mean_squared_error(predictions, [1.0, 2.0, 3.0]).data == 0.0
    assert nn.mean_squared_error(np.array([1.0, 2.0]), np.array([[1.0], [2.0]])) == 0.0
