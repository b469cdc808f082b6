"""Both engines of `fit`: the same numbers from the same seed, and the same errors."""

import math
import random
import re

import numpy as np
import pytest
from extras import extra

import nn
from autograd import GraphError, Value, log
from nn import DivergenceError

torch = extra("torch")

generator = np.random.default_rng(0)
X = generator.uniform(-1, 1, (37, 3))
NUMBERS = X @ [1.0, -2.0, 0.5] + 0.1
PAIRS = np.stack([NUMBERS, NUMBERS**2], axis=1)
CLASSES = np.array(["cat", "dog", "emu"])[np.digitize(NUMBERS, [-0.5, 0.5])]
TRUTHS = (NUMBERS > 0).astype(int)
WEIGHTS = np.round(generator.uniform(0, 3, 37))  # some of them 0


class Dropping(nn.Module):
    def __init__(self):
        self.first, self.last = nn.Layer(3, 6, "tanh", seed=1), nn.Layer(6, 1, seed=2)
        self.dropout, self.before = nn.Dropout(0.4, seed=3), nn.Dropout(0.1, seed=4)

    def __call__(self, x):
        return self.last(self.dropout(self.first(self.before(x))))


def mlp(*sizes, **settings):
    return lambda: nn.MLP(3, list(sizes), "tanh", seed=1, **settings)


CASES = {
    "sgd": (mlp(5, 1), NUMBERS, {"optimizer": lambda: nn.SGD(0.1)}),
    "momentum": (mlp(5, 1), NUMBERS, {"optimizer": lambda: nn.SGD(0.05, momentum=0.9)}),
    "nesterov and decay": (
        mlp(5, 1),
        NUMBERS,
        {"optimizer": lambda: nn.SGD(0.05, momentum=0.8, nesterov=True, weight_decay=0.01)},
    ),
    "adam": (mlp(5, 1), NUMBERS, {}),
    "adamw and clipping": (
        mlp(5, 1),
        NUMBERS,
        {"optimizer": lambda: nn.AdamW(0.02, clip_norm=0.3, clip_value=0.2)},
    ),
    "schedule": (mlp(5, 1), NUMBERS, {"optimizer": lambda: nn.SGD(nn.StepLR(0.1, 5))}),
    "whole batch": (mlp(5, 1), NUMBERS, {"batch_size": None}),
    "row by row": (mlp(5, 1), NUMBERS, {"batch_size": 1, "epochs": 5}),
    "penalties": (mlp(5, 1), NUMBERS, {"l1": 0.01, "l2": 0.02}),
    "penalties, added": (
        mlp(5, 1),
        NUMBERS,
        {"l1": 0.01, "l2": 0.02, "reduction": "sum", "optimizer": lambda: nn.SGD(0.005)},
    ),
    "two outputs": (mlp(5, 2), PAIRS, {"loss": "half_squared_error"}),
    "dropout": (Dropping, NUMBERS, {}),
    "dropout, added, penalty": (
        Dropping,
        NUMBERS,
        {"reduction": "sum", "l2": 0.1, "optimizer": lambda: nn.SGD(0.005)},
    ),
    "logits": (mlp(5, 3), CLASSES, {"loss": "cross_entropy_with_logits"}),
    "softmax": (mlp(5, 3, output="softmax"), CLASSES, {"loss": "cross_entropy"}),
    "two classes": (mlp(5, 1), TRUTHS, {"loss": "binary_cross_entropy_with_logits"}),
    "sigmoid": (mlp(5, 1, output="sigmoid"), TRUTHS, {"loss": "binary_cross_entropy"}),
    "own loss": (mlp(5, 1), NUMBERS, {"loss": lambda y, t: (y - t) ** 4 + (y - t) ** 2}),
    "weights": (mlp(5, 1), NUMBERS, {"sample_weight": WEIGHTS}),
    "weights of several outputs": (mlp(5, 2), PAIRS, {"sample_weight": WEIGHTS, "validation": 0.3}),
    "weights, added, dropout, penalty": (
        Dropping,
        NUMBERS,
        {
            "sample_weight": WEIGHTS,
            "reduction": "sum",
            "l2": 0.1,
            "optimizer": lambda: nn.SGD(0.005),
        },
    ),
    "weights of classes and rows": (
        mlp(5, 3),
        CLASSES,
        {
            "loss": "cross_entropy_with_logits",
            "class_weight": {"cat": 3.0, "emu": 0.5},
            "sample_weight": WEIGHTS,
        },
    ),
    "balanced classes": (
        mlp(5, 1, output="sigmoid"),
        TRUTHS,
        {"loss": "binary_cross_entropy", "class_weight": "balanced"},
    ),
    "validation and early stopping": (
        mlp(5, 1),
        NUMBERS,
        {"validation": 0.25, "early_stopping": 3, "epochs": 60},
    ),
}


def fitted(case, engine):
    make, y, settings = CASES[case]
    settings = {"epochs": 20, "batch_size": 8, "seed": 5, **settings}
    if "optimizer" in settings:
        settings["optimizer"] = settings["optimizer"]()
    model = make()
    history = nn.fit(model, X, y, progress=False, engine=engine, **settings)
    return model, history


QUICK = {
    "momentum", "adam", "row by row", "penalties", "dropout", "logits", "two classes", "own loss",
    "weights", "weights, added, dropout, penalty",
}  # fmt: skip


@pytest.mark.many
@pytest.mark.parametrize(
    "case", [c if c in QUICK else pytest.param(c, marks=pytest.mark.slow) for c in CASES]
)
def test_parameters_and_history_are_the_same(case):
    model, history = fitted(case, "replay")
    other, wanted = fitted(case, "eager")
    assert (history.engine, wanted.engine) == ("replay", "eager")
    assert history.iterations == wanted.iterations >= 5
    assert (history.stopped, history.names) == (wanted.stopped, wanted.names)
    for name in wanted.names:
        assert history[name] == pytest.approx(wanted[name], rel=1e-9, abs=1e-12)
    found = [p.data for p in model.parameters()]
    assert found == pytest.approx([p.data for p in other.parameters()], rel=1e-9, abs=1e-12)


def test_the_optimisers_memory_is_the_same():
    memories = []
    for engine in ("replay", "eager"):
        optimizer = nn.Adam(0.01)
        nn.fit(mlp(5, 1)(), X, NUMBERS, optimizer=optimizer, epochs=3, seed=1, progress=False,
               engine=engine)  # fmt: skip
        memories.append((optimizer.steps, optimizer.state))
    assert memories[0][0] == memories[1][0]
    for name, numbers in memories[1][1].items():
        assert memories[0][1][name] == pytest.approx(numbers, rel=1e-9, abs=1e-15)


class Branching(nn.Module):
    def __init__(self):
        self.w = Value(0.5, "w")

    def __call__(self, x):
        return self.w * x[0] if x[0] > 0 else -self.w * x[0]


def test_what_cannot_be_recorded_is_computed_eagerly():
    model, other = Branching(), Branching()
    history = nn.fit(model, X, abs(X[:, 0]), epochs=3, seed=0, progress=False)
    assert history.engine.startswith("eager (GraphError: the recorded graph depends")
    nn.fit(other, X, abs(X[:, 0]), epochs=3, seed=0, progress=False, engine="eager")
    assert model.w.data == other.w.data


def test_a_loss_that_compares_its_target_is_not_replayed_wrongly():
    def hinge(y, t):
        return (1.0 - y) if t == 1 else (1.0 + y)  # a Value is never equal to 1

    history = nn.fit(mlp(4, 1)(), X, TRUTHS, loss=hinge, epochs=2, metrics=(), progress=False)
    assert history.engine.startswith("eager (GraphError: row")


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="'auto', 'replay' or 'eager'"):
        nn.fit(mlp(4, 1)(), X, NUMBERS, engine="steam")


def test_divergence_is_told_in_the_same_words():
    told = []
    for engine in ("replay", "eager"):
        model = nn.MLP(2, [2, 1], "linear", seed=0)
        rows = [[80.0, 8.0], [70.0, 7.0], [60.0, 6.0], [50.0, 5.0]]
        with pytest.raises(DivergenceError) as caught:
            nn.fit(model, rows, [8.0, 7.0, 6.0, 5.0], optimizer=nn.SGD(0.1), batch_size=1,
                   epochs=50, seed=0, progress=False, engine=engine)  # fmt: skip
        assert all(math.isfinite(p.data) for p in model.parameters())
        told.append((str(caught.value), [p.data for p in model.parameters()]))
    digits = re.compile(r"\d\.\d+e\+?\d+")  # the last ones differ: rounding grows with the rest
    assert digits.sub("", told[0][0]) == digits.sub("", told[1][0])
    assert told[0][1] == pytest.approx(told[1][1], rel=1e-6)


def test_a_broken_row_is_named_with_dropout_too():
    class Logarithm(nn.Module):
        def __init__(self):
            self.w, self.dropout = Value(1.0, "w"), nn.Dropout(0.2, seed=1)

        def __call__(self, x):
            return log(self.w * x[0]) + self.dropout([self.w])[0]

    table = np.linspace(0.5, 2, 20)[:, None]
    table[13] = 0.0
    for engine in ("replay", "eager"):
        with pytest.raises(DivergenceError, match="row 13 of X"):
            nn.fit(Logarithm(), table, table[:, 0], epochs=2, seed=0, batch_size=4,
                   progress=False, engine=engine)  # fmt: skip


@pytest.mark.slow
def test_ten_thousand_iterations_equal_pytorchs():
    """The loop of the worked example, N5, with its biases trained too."""
    model = nn.MLP(2, [2, 2], "sigmoid", output="sigmoid",
                   weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
                   biases=[0.35, 0.60])  # fmt: skip
    nn.fit(model, [[0.05, 0.10]], [[0.01, 0.99]], loss="half_squared_error", batch_size=None,
           optimizer=nn.SGD(0.5), epochs=10_000, progress=False, metrics=())  # fmt: skip
    first = torch.tensor([[0.15, 0.20, 0.35], [0.25, 0.30, 0.35]], dtype=torch.float64)
    last = torch.tensor([[0.40, 0.45, 0.60], [0.50, 0.55, 0.60]], dtype=torch.float64)
    x = torch.tensor([0.05, 0.10, 1.0], dtype=torch.float64)
    t = torch.tensor([0.01, 0.99], dtype=torch.float64)
    first.requires_grad_(), last.requires_grad_()
    one = torch.ones(1, dtype=torch.float64)
    for _ in range(10_000):
        y = torch.sigmoid(last @ torch.cat([torch.sigmoid(first @ x), one]))
        (0.5 * (t - y) ** 2).sum().backward()
        with torch.no_grad():
            first.sub_(0.5 * first.grad)
            last.sub_(0.5 * last.grad)
        first.grad = last.grad = None
    found = [p.data for p in model.parameters()]
    assert found == pytest.approx([*first.ravel().tolist(), *last.ravel().tolist()], rel=1e-9)


def settings_drawn(count):
    """Combinations of an optimiser, clipping, a schedule, a batch size and dropout."""
    draw = random.Random(1).choice
    optimizers = {
        "sgd": nn.SGD,
        "momentum": lambda rate, **s: nn.SGD(rate, momentum=0.9, **s),
        "nesterov": lambda rate, **s: nn.SGD(rate, momentum=0.8, nesterov=True, **s),
        "adam": lambda rate, **s: nn.Adam(rate, betas=(0.8, 0.99), **s),
        "adamw": lambda rate, **s: nn.AdamW(rate, weight_decay=0.1, **s),
    }
    clips = [{}, {"clip_norm": 0.2}, {"clip_value": 0.05}, {"clip_norm": 0.2, "clip_value": 0.1}]
    rates = [
        0.03,
        nn.StepLR(0.05, 7),
        nn.CosineAnnealingLR(0.05, 30),
        lambda epoch: 0.1 / (epoch + 2),
    ]
    for k in range(count):
        name = list(optimizers)[k % len(optimizers)]
        decay = {} if name == "adamw" else draw([{}, {"weight_decay": 0.02}])
        chosen = (draw(rates), draw(clips), decay, draw([None, 8, 5]), draw([Dropping, mlp(5, 1)]))
        marks = [pytest.mark.slow] if k >= 2 else []
        yield pytest.param(optimizers[name], *chosen, id=f"{name}-{k}", marks=marks)


@pytest.mark.many
@pytest.mark.parametrize(
    ("optimizer", "rate", "clip", "decay", "batch_size", "make"), list(settings_drawn(30))
)
def test_a_hundred_steps_of_any_settings_are_the_same(
    optimizer, rate, clip, decay, batch_size, make
):
    found = []
    for engine in ("replay", "eager"):
        model = make()
        epochs = 100 if batch_size is None else math.ceil(100 * batch_size / len(X))
        history = nn.fit(model, X, NUMBERS, optimizer=optimizer(rate, **clip, **decay), seed=7,
                         epochs=epochs, batch_size=batch_size, progress=False,
                         engine=engine)  # fmt: skip
        assert history.iterations >= 100
        found.append([p.data for p in model.parameters()])
    assert found[0] == pytest.approx(found[1], rel=1e-9, abs=1e-12)
    assert found[0] != pytest.approx([p.data for p in make().parameters()], rel=1e-3)


def test_why_a_training_is_not_replayed_is_told():
    history = nn.fit(Branching(), X, abs(X[:, 0]), epochs=2, seed=0, progress=False)
    assert "not replayed: GraphError" in str(history)
    line = Branching.__call__.__code__.co_firstlineno + 1
    assert f"line {line} of test_engines.py" in str(history)
    with pytest.raises(ValueError, match=f"only engine='eager'.*line {line} of"):
        nn.fit(Branching(), X, abs(X[:, 0]), epochs=2, progress=False, engine="replay")
    assert "not replayed" not in str(nn.fit(mlp(2, 1)(), X, NUMBERS, epochs=1, progress=False))


def test_a_branch_that_only_an_extreme_row_takes_is_found():
    class Saturating(Branching):
        def __call__(self, x):
            inner = x[0]._data if isinstance(x[0], Value) else x[0]  # which no one is told of
            near = 0.11 < inner < 0.1101
            return self.w * x[0] + (1.0 if near else 0.0)

    table = np.linspace(0.0, 0.11005, 40)[:, None]
    history = nn.fit(Saturating(), table, table[:, 0], epochs=2, seed=0, progress=False)
    assert history.engine.startswith("eager (GraphError: row 39")


def test_an_optimiser_with_a_step_of_its_own_is_obeyed():
    class Lazy(nn.SGD):
        def update(self, values, gradients):
            return list(values)

    model = mlp(3, 1)()
    before = [p.data for p in model.parameters()]
    history = nn.fit(model, X, NUMBERS, optimizer=Lazy(0.1), epochs=2, progress=False)
    assert "Lazy has a update() of its own" in history.engine
    assert [p.data for p in model.parameters()] == before
    with pytest.raises(TypeError, match=r"not a rule\(\)"):
        Lazy(0.1).rule()


def test_settings_that_a_callback_changes_count_from_the_next_epoch():
    found = []
    for engine in ("replay", "eager"):
        optimizer = nn.SGD(0.05, momentum=0.9)

        def change(model, history, optimizer=optimizer):
            optimizer.momentum, optimizer.clip_value = 0.5, 0.01
            optimizer.learning_rate = 0.2

        model = mlp(5, 1)()
        nn.fit(model, X, NUMBERS, optimizer=optimizer, epochs=4, seed=0, callbacks=[change],
               progress=False, engine=engine)  # fmt: skip
        found.append([p.data for p in model.parameters()])
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_a_node_that_was_made_before_is_not_made_anew():
    class Stale(nn.Module):
        def __init__(self):
            self.w = Value(0.5, "w")
            self.twice = self.w * 2.0

        def __call__(self, x):
            return self.twice * x[0]

    for engine in ("auto", "eager"):  # the first step changes w under the node
        with pytest.raises(GraphError, match="w was changed after the forward pass"):
            nn.fit(Stale(), X, NUMBERS, epochs=3, seed=0, progress=False, engine=engine)


def test_a_model_that_remembers_its_last_output_is_replayed():
    class Remembering(nn.MLP):
        def __call__(self, x):
            self.last = super().__call__(x)
            return self.last

    model = Remembering(3, [4, 1], seed=0)
    nn.fit(model, X, NUMBERS, epochs=2, progress=False)
    assert nn.fit(model, X, NUMBERS, epochs=2, progress=False).engine == "replay"


def own_loss_annealed(engine):
    """The loss divides by a number that a callback sets, which no graph holds."""
    passed = [0]
    model = nn.Neuron(1, weights=[0.5])
    history = nn.fit(
        model, [[1.0], [2.0]], [2.0, 4.0], loss=lambda o, t: (o - t) ** 2 / (1.0 + passed[0]),
        optimizer=nn.SGD(0.05), epochs=20, batch_size=None, metrics=(), progress=False,
        callbacks=[lambda m, h: passed.__setitem__(0, min(len(h), 12))], engine=engine,
    )  # fmt: skip
    return history, [p.data for p in model.parameters()]


def test_a_loss_weight_that_a_callback_lowers_is_followed():
    history, found = own_loss_annealed("auto")
    wanted, expected = own_loss_annealed("eager")
    assert history["loss"] == pytest.approx(wanted["loss"], rel=1e-9)
    assert found == pytest.approx(expected, rel=1e-9)
    assert history.engine.startswith("eager (from epoch 5 on, the loss or the model reads numbers")
    with pytest.raises(ValueError, match=r"cannot be replayed.*reads numbers that change"):
        own_loss_annealed("replay")


class Scaled(nn.Module):
    """A model whose attribute, a plain number, is part of its formula."""

    def __init__(self):
        self.w, self.scale, self.dropout = Value(0.5, "w"), 1.0, nn.Dropout(0.5, seed=1)

    def __call__(self, x):
        return self.scale * self.w * x[0] + 0.1 * self.dropout([self.w])[0]


@pytest.mark.many
@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_number_in_an_attribute_is_followed_once_it_changes(reduction, l2):
    def fitted_with(engine):
        model = Scaled()

        def change(model, history):
            if len(history) == 7:
                model.scale = 3.0

        history = nn.fit(model, X[:8, :1], X[:8, 0], epochs=12, batch_size=4, seed=3, l2=l2,
                         optimizer=nn.SGD(0.01), reduction=reduction, callbacks=[change],
                         progress=False, engine=engine)  # fmt: skip
        return history, model.w.data

    (history, w), (wanted, expected) = fitted_with("auto"), fitted_with("eager")
    assert history.engine == "replay"  # recorded anew
    assert history["loss"] == pytest.approx(wanted["loss"], rel=1e-9)
    assert w == pytest.approx(expected, rel=1e-9)


def test_a_model_that_changes_by_itself_is_noticed_without_callbacks():
    class Counting(nn.Module):
        def __init__(self):
            self.w, self.calls = Value(0.5, "w"), 0

        def __call__(self, x):
            self.calls += 1
            return self.w * x[0] * (1.0 if self.calls < 200 else 2.0)

    history = nn.fit(Counting(), X, NUMBERS, epochs=40, progress=False, metrics=(),
                     validation=(X, NUMBERS), batch_size=None)  # fmt: skip
    assert history.engine == "replay"
    history = nn.fit(Counting(), X, NUMBERS, epochs=40, progress=False, engine="eager")
    assert history.engine == "eager"


def test_checking_the_recording_leaves_gradients_and_dropout():
    found = []
    for callbacks in ([], [lambda model, history: None]):
        model = Dropping()
        for p in model.parameters():
            p.grad = 7.0
        nn.fit(model, X, NUMBERS, epochs=6, seed=2, callbacks=callbacks, progress=False)
        assert {p.grad for p in model.parameters()} == {7.0}
        assert model.dropout.factors is None
        found.append([p.data for p in model.parameters()])
    assert found[0] == found[1]


# Losses are recorded as they are


SATURATED = np.array([[60.0], [-800.0], [0.5], [-0.5]])


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_saturated_outputs_that_are_right_are_replayed(loss):
    found = []
    for engine in ("replay", "eager"):
        output = "linear" if loss.endswith("logits") else "sigmoid"
        model = nn.Neuron(1, output, weights=[1.0])
        history = nn.fit(model, SATURATED, [1, 0, 1, 0], loss=loss, optimizer=nn.SGD(0.5), epochs=5,
                         batch_size=2, seed=0, progress=False, engine=engine)  # fmt: skip
        found.append((history["loss"], [p.data for p in model.parameters()]))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-9, abs=1e-15)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-9)


@pytest.mark.many
@pytest.mark.parametrize(
    ("targets", "loss", "outputs", "activation"),
    [
        ([0.3, 1.0, 0.0, 0.9], "binary_cross_entropy", 1, "sigmoid"),
        ([0.3, 1.0, 0.0, 0.9], "binary_cross_entropy_with_logits", 1, "linear"),
        ([[0, 1], [1, 1], [0, 0], [1, 0]], "binary_cross_entropy", 2, "sigmoid"),
        ([[0, 1], [1, 1], [0, 0], [1, 0]], "binary_cross_entropy_with_logits", 2, "linear"),
        ([[0, 1], [1, 0], [0, 1], [1, 0]], "cross_entropy", 2, "softmax"),
        ([[0.2, 0.8], [1, 0], [0, 1], [0.5, 0.5]], "cross_entropy", 2, "softmax"),
        ([[0.2, 0.8], [1, 0], [0, 1], [0.5, 0.5]], "cross_entropy_with_logits", 2, "linear"),
        (["a", "b", "a", "b"], "mean_squared_error", 2, "sigmoid"),
    ],
)
def test_every_kind_of_target_is_replayed(targets, loss, outputs, activation):
    found = []
    for engine in ("replay", "eager"):
        model = nn.MLP(3, [3, outputs], "tanh", activation, seed=1)
        history = nn.fit(model, X[:4], targets, loss=loss, epochs=20, batch_size=3, seed=1,
                         validation=(X[4:8], targets), progress=False, engine=engine)  # fmt: skip
        found.append((history["loss"], history["val_loss"], [p.data for p in model.parameters()]))
    for ours, wanted in zip(*found, strict=True):
        assert ours == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_probabilities_of_ones_own_are_checked_and_not_replayed():
    class Squared(nn.Neuron):
        def __call__(self, x):
            return super().__call__(x) ** 2 / (1.0 + super().__call__(x) ** 2)

    history = nn.fit(Squared(3, seed=0), X, TRUTHS, loss="binary_cross_entropy", epochs=2,
                     progress=False)  # fmt: skip
    assert "checked number by number" in history.engine
