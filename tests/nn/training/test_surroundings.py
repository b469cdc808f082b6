"""What the model and the loss read besides Values: each way to keep a number is watched."""

import functools
import types
from array import array
from collections import ChainMap, OrderedDict, defaultdict, deque
from dataclasses import dataclass

import numpy as np
import pytest

import nn
from autograd import Value
from nn.training.surroundings import Surroundings

RATE = 1.0


def of_a_global():
    def change():
        global RATE  # noqa: PLW0603
        RATE += 1.0

    return (lambda: RATE), change


def of_a_cell():
    rate = 1.0

    def change():
        nonlocal rate
        rate += 1.0

    def inner():
        return lambda: rate

    return inner(), change


def of_a_module():
    module = types.ModuleType("settings_of_a_user")
    module.rate = 1.0

    def change():
        module.rate += 1.0

    f = types.FunctionType((lambda: settings.rate).__code__, {"settings": module})  # noqa: F821
    return f, change


@dataclass(slots=True)
class Slotted:
    rate: float = 1.0


class Rated:
    rate = 1.0

    @property
    def doubled(self):
        return 2.0 * self.rate

    def loss(self):
        return self.doubled * RATE


def of_a_slot():
    kept = Slotted()
    return (lambda: kept.rate), lambda: setattr(kept, "rate", kept.rate + 1.0)


def of_an_attribute():
    kept = Rated()
    return kept.loss, lambda: setattr(kept, "rate", kept.rate + 1.0)


def of_a_class():
    cls = type("Settings", (Rated,), {})
    return cls().loss, lambda: setattr(cls, "rate", cls.rate + 1.0)


def of_a_method_global():
    _, change = of_a_global()
    return Rated().loss, change


def of_a_default():
    def f(kept=([1.0],), *, other={"rate": [1.0]}):  # noqa: B006
        return kept[0][0] * other["rate"][0]

    return f, lambda: f.__kwdefaults__["other"]["rate"].append(2.0)


def of_a_function_attribute():
    def f():
        return f.rate

    f.rate = 1.0
    return f, lambda: setattr(f, "rate", f.rate + 1.0)


def of_a_cached_function():
    kept = [1.0]
    return functools.lru_cache(lambda: kept[0]), lambda: kept.append(2.0)


def in_place(make, change):
    def case():
        kept = make()
        return functools.partial(lambda kept: kept, kept), lambda: change(kept)

    case.__name__ = make.__qualname__ + str(make())[:20]
    return case


def step(kept):
    kept[0] = kept[0] + 1.0


HIDDEN = {"rate": 1.0}
CASES = [
    of_a_global, of_a_cell, of_a_module, of_a_slot, of_an_attribute, of_a_class,
    of_a_method_global, of_a_default, of_a_function_attribute, of_a_cached_function,
    in_place(lambda: [1.0], step),
    in_place(lambda: {0: 1.0}, step),
    in_place(lambda: OrderedDict({0: 1.0}), step),
    in_place(lambda: defaultdict(float), step),
    in_place(lambda: ChainMap({0: 1.0}), step),
    in_place(lambda: {1.0}, lambda kept: kept.add(2.0)),
    in_place(lambda: deque([1.0], 3), step),
    in_place(lambda: array("d", [1.0]), step),
    in_place(lambda: np.array([1.0]), step),
    in_place(lambda: np.array([[1.0, 2.0]], dtype=object)[0], step),
    in_place(lambda: np.zeros((2, 3))[:, ::2][0], step),
    in_place(lambda: {"deep": [({"er": [1.0]},)]}, lambda kept: step(kept["deep"][0][0]["er"])),
    in_place(lambda: types.SimpleNamespace(rate=1.0), lambda kept: setattr(kept, "rate", 2.0)),
    in_place(lambda: types.MappingProxyType(HIDDEN), lambda kept: HIDDEN.update(rate=3.0)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_number_that_changes_is_seen(case):
    f, change = case()
    around = Surroundings([f])
    f()
    assert not around.changed()
    change()
    assert around.changed()
    assert not Surroundings([f]).changed()


def test_a_number_that_is_no_longer_there_has_changed():
    kept = Slotted()
    around = Surroundings([kept])
    del kept.rate
    assert around.changed()


def test_our_own_layers_are_not_compared_one_by_one():
    model = nn.MLP(3, [50, 50, 1], seed=0)
    around = Surroundings([model, nn.half_squared_error])
    for p in model.parameters():
        p.data = 3.0
    assert not around.changed()
    assert len(around._containers) < 10
    # nor is the class of compiled functions, which the activations are of
    assert not any(isinstance(c, types.MappingProxyType) for c in around._containers)


def test_the_activation_of_a_layer_is_looked_into():
    slope = [1.0]
    around = Surroundings([nn.MLP(1, [2, 1], lambda z: z * slope[0], seed=0)])
    slope[0] = 2.0
    assert around.changed()


def test_what_is_large_is_left_to_the_epochs_that_double():
    large = np.zeros(20_000)
    around = Surroundings([lambda: large])
    large[0] = 1.0
    assert not around.changed()


class Weighted(nn.Module):
    def __init__(self, keep):
        self.w, self.keep = Value(0.5, "w"), keep

    def __call__(self, x):
        return self.w * x[0] * self.keep.rate


@pytest.mark.many
@pytest.mark.parametrize("epoch", [4, 6, 7])
def test_a_change_in_any_epoch_is_followed_by_the_next(epoch):
    def losses(engine):
        def change(model, history):
            if len(history) == epoch:
                model.keep.rate = 0.25

        model = Weighted(Slotted())
        return nn.fit(
            model, [[1.0], [2.0]], [2.0, 4.0], epochs=epoch + 2, optimizer=nn.SGD(0.05),
            callbacks=[change], metrics=(), progress=False, engine=engine,
        )  # fmt: skip

    replayed = losses("auto")
    assert replayed.engine == "replay"
    assert replayed["loss"] == pytest.approx(losses("eager")["loss"], rel=1e-9)


def test_a_change_that_concerns_few_rows_is_followed():
    factor = [1.0]

    def change(model, history):
        factor[0] = 2.0 if len(history) > 5 else 1.0

    def loss(output, target):
        return (output - target) ** 2 * (1.0 + (target - 1.0) * (factor[0] - 1.0))

    def losses(engine):
        factor[0] = 1.0
        return nn.fit(
            nn.Neuron(1, weights=[0.5]), [[0.1 * i] for i in range(40)], [1.0] * 39 + [2.0],
            loss=loss, epochs=8, optimizer=nn.SGD(0.01), metrics=(), progress=False, engine=engine,
            callbacks=[change], seed=0,
        )["loss"]  # fmt: skip

    assert losses("auto") == pytest.approx(losses("eager"), rel=1e-9)
