"""The update rules: lists and arrays alike, held to PyTorch."""

import numpy as np
import pytest
from extras import extra

from autograd.update import UpdateRule

torch = extra("torch")
THETA, GRADIENTS = [0.5, -1.25, 3.0], [[1.0, -2.0, 0.5], [0.25, 4.0, -1.0], [0.0, 0.5, 2.0]]
SGD = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.02}
RULES = [
    (UpdateRule(), lambda p: torch.optim.SGD(p, 0.1)),
    (UpdateRule(**SGD), lambda p: torch.optim.SGD(p, 0.1, **SGD)),
    (UpdateRule(adam=True), lambda p: torch.optim.Adam(p, 0.1)),
    (
        UpdateRule(adam=True, weight_decay=0.02, decoupled=True),
        lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.02),
    ),
]


def trained(rule, kind):
    theta, memory = kind(THETA), [kind([0.0] * 3) for _ in rule.memories]
    for t, g in enumerate(GRADIENTS, 1):
        theta, memory = rule.update(theta, kind(g), memory, 0.1, t)
    return list(theta)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES])
def test_lists_and_arrays_go_the_same_way(rule):
    assert trained(rule, list) == pytest.approx(trained(rule, np.array), rel=1e-15)


@pytest.mark.parametrize(("rule", "optimizer"), RULES)
def test_three_steps_are_pytorchs(rule, optimizer):
    p = torch.tensor(THETA, dtype=torch.float64, requires_grad=True)
    stepping = optimizer([p])
    for g in GRADIENTS:
        p.grad = torch.tensor(g, dtype=torch.float64)
        stepping.step()
    assert trained(rule, list) == pytest.approx(p.tolist(), rel=1e-12)


@pytest.mark.parametrize("kind", [list, np.array])
def test_gradients_are_clipped_each_and_all(kind):
    assert list(UpdateRule(clip_value=1.0).clipped(kind([3.0, -0.5]))) == [1.0, -0.5]
    both = UpdateRule(clip_norm=1.0).clipped(kind([3.0, 4.0]))
    assert list(both) == pytest.approx([0.6, 0.8], rel=1e-6)
    assert list(UpdateRule(clip_norm=9.0).clipped(kind([3.0, 4.0]))) == [3.0, 4.0]


def test_what_is_remembered_is_named():
    assert UpdateRule().memories == ()
    assert UpdateRule(momentum=0.5).memories == ("momentum",)
    assert UpdateRule(adam=True).memories == ("mean", "square")


def test_no_parameters_are_no_error():
    assert UpdateRule().update([], [], [], 0.1, 1) == ([], [])
