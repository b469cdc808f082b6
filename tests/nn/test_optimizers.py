"""Optimisers and schedules against PyTorch's."""

import math

import pytest
from extras import extra

import nn
from autograd import Value
from nn.optimizers import optimizer_of

torch = extra("torch")

STARTS = [0.7, -1.3, 2.1, 0.05]

PAIRS = {
    "sgd": (lambda: nn.SGD(0.05), lambda p: torch.optim.SGD(p, 0.05)),
    "sgd, decay": (
        lambda: nn.SGD(0.05, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, 0.05, weight_decay=0.1),
    ),
    "momentum": (
        lambda: nn.SGD(0.004, momentum=0.9),
        lambda p: torch.optim.SGD(p, 0.004, momentum=0.9),
    ),
    "nesterov": (
        lambda: nn.SGD(0.004, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: torch.optim.SGD(p, 0.004, momentum=0.9, nesterov=True, weight_decay=0.01),
    ),
    "adam": (lambda: nn.Adam(0.05), lambda p: torch.optim.Adam(p, 0.05)),
    "adam, decay": (
        lambda: nn.Adam(0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, 0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
    ),
    "adamw": (
        lambda: nn.AdamW(0.05, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.1),
    ),
}


def bowl(a, b, c, d):
    """Something with curvature, coupling and steep parts, of floats, Values or tensors."""
    return (a - 1.0) ** 2 + 3.0 * (b * c - 1.0) ** 2 + 0.1 * d**4 + a * d


def ours(optimizer, steps, each_step=lambda k: None):
    parameters = [Value(x, f"p{i}") for i, x in enumerate(STARTS)]
    for k in range(steps):
        each_step(k)
        for p in parameters:
            p.grad = 0.0
        bowl(*parameters).backward()
        optimizer.step(parameters)
    return [p.data for p in parameters]


def theirs(make, steps, before_step=lambda p: None, make_schedule=None):
    parameters = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in STARTS]
    optimizer = make(parameters)
    schedule = make_schedule(optimizer) if make_schedule else None
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(*parameters).backward()
        before_step(parameters)
        optimizer.step()
        if schedule:
            schedule.step()
    return [p.item() for p in parameters]


@pytest.mark.parametrize("name", PAIRS)
def test_equal_to_pytorch_over_100_steps(name):
    make, make_theirs = PAIRS[name]
    assert ours(make(), 100) == pytest.approx(theirs(make_theirs, 100), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_the_optimizers_differ(name):
    others = [ours(make(), 100) for other, (make, _) in PAIRS.items() if other != name]
    assert ours(PAIRS[name][0](), 100) not in others


@pytest.mark.parametrize(
    ("ours_given", "clip"),
    [
        ({"clip_norm": 0.5}, lambda p: torch.nn.utils.clip_grad_norm_(p, 0.5)),
        ({"clip_norm": 1e6}, lambda p: torch.nn.utils.clip_grad_norm_(p, 1e6)),
        ({"clip_value": 0.3}, lambda p: torch.nn.utils.clip_grad_value_(p, 0.3)),
    ],
)
def test_clipping_equals_pytorch(ours_given, clip):
    expected = theirs(lambda p: torch.optim.SGD(p, 0.05, momentum=0.5), 100, clip)
    assert ours(nn.SGD(0.05, momentum=0.5, **ours_given), 100) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("schedule", "theirs_of"),
    [
        (
            nn.StepLR(0.05, step_size=7, gamma=0.5),
            lambda o: torch.optim.lr_scheduler.StepLR(o, 7, 0.5),
        ),
        (
            nn.CosineAnnealingLR(0.05, t_max=40, eta_min=0.001),
            lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 40, 0.001),
        ),
        (lambda epoch: 0.05, lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0)),
    ],
)
@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_schedules_equal_pytorch(kind, schedule, theirs_of):
    optimizer = getattr(nn, kind)(schedule, weight_decay=0.01)
    make = getattr(torch.optim, kind)
    expected = theirs(lambda p: make(p, 0.05, weight_decay=0.01), 100, make_schedule=theirs_of)
    found = ours(optimizer, 100, optimizer.start_epoch)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_failed_step_changes_nothing():
    for optimizer in (nn.SGD(0.1, momentum=0.9), nn.Adam(0.1)):
        p, q = Value(1.0, "p"), Value(2.0, "q")
        p.grad = q.grad = 1.0
        optimizer.step([p, q])
        before = p.data, q.data, optimizer.steps, optimizer.state
        q.grad = math.inf
        with pytest.raises(ArithmeticError, match="the gradient of q is inf"):
            optimizer.step([p, q])
        assert (p.data, q.data, optimizer.steps, optimizer.state) == before


def test_an_update_that_overflows_changes_nothing():
    p = Value(1e308, "p")
    p.grad = -1e308
    optimizer = nn.SGD(1.0, momentum=0.5)
    with pytest.raises(ArithmeticError, match="after the update, p is inf"):
        optimizer.step([p])
    assert (p.data, optimizer.steps, optimizer.state) == (1e308, 0, {})
    adam = nn.Adam(0.1)
    with pytest.raises(ArithmeticError, match="memory of p is inf"):
        adam.step([p])  # g² overflows: Adam would stand still for ever
    assert (p.data, adam.steps, adam.state) == (1e308, 0, {})


def test_memory_belongs_to_one_model():
    optimizer = nn.Adam(0.1)
    optimizer.update([1.0], [1.0])
    with pytest.raises(ValueError, match="memory is of 1 parameters, not 2"):
        optimizer.update([1.0, 2.0], [1.0, 1.0])
    optimizer.reset()
    assert optimizer.update([1.0, 2.0], [1.0, 1.0]) == pytest.approx([0.9, 1.9])


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.SGD(-0.1),
        lambda: nn.SGD(math.nan),
        lambda: nn.SGD(0.1, momentum=-1.0),
        lambda: nn.SGD(0.1, nesterov=True),
        lambda: nn.SGD(0.1, weight_decay=-1.0),
        lambda: nn.SGD(0.1, clip_norm=0.0),
        lambda: nn.SGD(0.1, clip_value=-1.0),
        lambda: nn.Adam(0.1, betas=(1.0, 0.9)),
        lambda: nn.Adam(0.1, eps=0.0),
        lambda: nn.StepLR(0.1, step_size=0),
        lambda: nn.CosineAnnealingLR(0.1, t_max=0),
        lambda: nn.SGD(lambda epoch: -1.0),
        lambda: optimizer_of("newton"),
    ],
)
def test_settings_out_of_range_are_errors(make):
    with pytest.raises(ValueError, match=r"must|needs|at least|is one of"):
        make()


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("clip", [{}, {"clip_norm": 0.1}, {"clip_value": 0.02}])
def test_many_parameters_move_as_few_do(name, clip):
    """From 200 parameters on NumPy computes the same formula."""
    moved = []
    for copies in (1, 100):
        optimizer = PAIRS[name][0]()
        optimizer.clip_value = clip.get("clip_value")
        # the norm of many copies is larger: the bound grows with it
        norm = clip.get("clip_norm")
        optimizer.clip_norm = norm and norm * math.sqrt(copies)
        values = STARTS * copies
        for _ in range(10):
            values = optimizer.update(values, [math.sin(v) for v in values])
        moved.append(values[:4])
    assert moved[0] == pytest.approx(moved[1], rel=1e-6 if "clip_norm" in clip else 1e-15)
    assert moved[0] != STARTS


def test_without_numpy_many_parameters_move_too(monkeypatch):
    expected = nn.Adam(0.1).update([1.0] * 300, [2.0] * 300)
    monkeypatch.setattr("nn.optimizers._numpy", lambda: None)
    assert nn.Adam(0.1).update([1.0] * 300, [2.0] * 300) == expected
