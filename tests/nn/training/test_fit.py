"""`fit`: the loop, what it guards against, and what it remembers."""

import math
import random
import signal

import numpy as np
import pytest
from extras import extra, needs

import nn
from autograd import Value
from nn import DivergenceError

pandas, torch = extra("pandas"), extra("torch")

IQ = [[80.0, 8.0], [70.0, 7.0], [60.0, 6.0], [50.0, 5.0]]
PACKAGE = [8.0, 7.0, 6.0, 5.0]
PLACED = ["yes", "yes", "no", "no"]

_drawn = random.Random(1)
X = [[_drawn.gauss(0, 1) for _ in range(3)] for _ in range(21)]
Y = [math.sin(a) + b * c for a, b, c in X]


def quiet(model, X, y, **settings):
    return nn.fit(model, X, y, progress=False, **settings)


def numbers(model):
    return [p.data for p in model.parameters()]


# The loop


@needs("torch")
@pytest.mark.parametrize("batch_size", [1, 4, 21, None])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_equal_to_pytorch(batch_size, reduction):
    model = nn.MLP(3, [4, 1], "tanh", seed=2)
    network = nn.to_torch(model)
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.5)
    rows, targets = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    history = quiet(
        model,
        X,
        Y,
        optimizer=nn.SGD(0.01, momentum=0.5),
        epochs=5,
        batch_size=batch_size,
        shuffle=False,
        reduction=reduction,
    )
    size = batch_size or 21
    for epoch in range(5):
        losses = []
        for k in range(0, 21, size):
            optimizer.zero_grad()
            found = network(rows[k : k + size])[:, 0]
            loss = torch.nn.functional.mse_loss(found, targets[k : k + size], reduction=reduction)
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * (len(found) / 21 if reduction == "mean" else 1.0))
        assert history["loss"][epoch] == pytest.approx(sum(losses), rel=1e-12)
    for name, array in network.state_dict().items():
        assert model.state_dict()[name] == pytest.approx(array.numpy(), rel=1e-12, abs=1e-14)
    assert history.iterations == 5 * math.ceil(21 / size)


def test_one_stochastic_iteration_is_note_3s_rule():
    """w ← w − η(−2)(y − ŷ)o for the output weights, one example at a time."""
    model = nn.MLP(2, [2, 1], "linear", weights=[[[1, 1], [1, 1]], [[1, 1]]])
    with pytest.warns(nn.SymmetryWarning):
        quiet(model, IQ[:1], [8.0], optimizer=nn.SGD(1e-6), epochs=1, batch_size=1)
    output = model.layers[1].neurons[0]
    assert [w.data for w in output.weights] == pytest.approx([1 - 1e-6 * 29568] * 2, rel=1e-14)
    assert output.bias.data == pytest.approx(-1e-6 * 336, rel=1e-14)
    hidden = model.layers[0].neurons[0]
    found = [w.data for w in hidden.weights]
    assert found == pytest.approx([1 - 1e-6 * 26880, 1 - 1e-6 * 2688], rel=1e-14)


def test_a_seed_decides_everything():
    def run(seed):
        model = nn.MLP(3, [6, 1], "tanh", dropout=0.5, seed=0)
        history = quiet(model, X, Y, epochs=3, batch_size=4, seed=seed, validation=0.25)
        return numbers(model), history["val_loss"]

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_the_seed_decides_dropout_whatever_was_drawn_before():
    def run(calls):
        model = nn.MLP(3, [6, 1], "tanh", dropout=0.5, seed=0)
        for _ in range(calls):
            model(X[0])
        quiet(model, X, Y, epochs=2, seed=5)
        return numbers(model)

    assert run(0) == run(3)


def test_every_epoch_takes_every_row_once_in_a_new_order():
    seen = []

    class Spy(nn.Module):
        def __init__(self):
            self.w = Value(0.0, "w")

        def __call__(self, x):
            if self.training:
                seen.append(x[0])
            return self.w * x[0]

    rows = [[float(k)] for k in range(10)]
    quiet(Spy(), rows, [0.0] * 10, epochs=3, batch_size=3, seed=0, metrics=(), engine="eager")
    seen.pop(0)  # the first row tells how many outputs there are
    orders = [seen[k : k + 10] for k in (0, 10, 20)]
    assert all(sorted(order) == [row[0] for row in rows] for order in orders)
    assert orders[0] != orders[1] != orders[2]
    seen.clear()
    quiet(Spy(), rows, [0.0] * 10, epochs=2, batch_size=3, shuffle=False, metrics=(),
          engine="eager")  # fmt: skip
    assert seen[1:] == [row[0] for row in rows] * 2


def test_schedules_are_followed_by_epoch():
    history = quiet(
        nn.Neuron(3, seed=0), X, Y, epochs=4, optimizer=nn.SGD(nn.StepLR(0.1, 2, 0.5)), seed=0
    )
    assert history["learning_rate"] == [0.1, 0.1, 0.05, 0.05]
    assert "learning_rate" in str(history)


def test_penalties_spare_the_biases_and_are_computed_once_a_batch():
    for name, gradient in (("l1", lambda w: math.copysign(1.0, w)), ("l2", lambda w: 2.0 * w)):
        model = nn.Neuron(2, weights=[3.0, -4.0], bias=5.0)
        quiet(
            model,
            [[0.0, 0.0]] * 4,
            [5.0] * 4,
            optimizer=nn.SGD(0.1),
            epochs=1,
            batch_size=None,
            **{name: 0.5},
        )
        expected = [3.0 - 0.05 * gradient(3.0), -4.0 - 0.05 * gradient(-4.0), 5.0]
        assert numbers(model) == pytest.approx(expected, rel=1e-14)


def test_a_loss_of_ones_own():
    def hinge(output, target):
        return (1.0 - target * output).relu()

    model = nn.Neuron(3, seed=0)
    signs = [1.0 if x[0] > x[1] else -1.0 for x in X]
    history = quiet(model, X, signs, loss=hinge, epochs=300, optimizer=nn.SGD(1.0), seed=0)
    assert history["loss"][-1] < 0.1 < history["loss"][0]
    with pytest.raises(TypeError, match="must be a Value"):
        quiet(model, X, signs, loss=lambda output, target: 1.0)


# Validation, early stopping, callbacks, history


def test_validation_rows_are_held_out_and_standardised_by_the_others():
    rows = [[float(k)] for k in range(20)]
    model = nn.Neuron(1, seed=0)
    history = quiet(
        model, rows, range(20), validation=0.25, standardize=True, epochs=2, batch_size=5, seed=1
    )
    held = random.Random(1).sample(range(20), 5)
    kept = [k for k in range(20) if k not in held]
    assert model.schema.means == (sum(kept) / 15,)
    assert history.iterations == 6
    assert history.names == ["loss", "r2", "val_loss", "val_r2", "learning_rate"]
    expected = nn.mean_squared_error(model.predict([[k] for k in held]).tolist(), held)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-12)
    given = quiet(nn.Neuron(1, seed=0), rows, range(20), validation=(rows[:3], [0, 1, 2]), epochs=1)
    assert "val_loss" in given


def test_early_stopping_restores_the_best():
    model = nn.MLP(3, [8, 1], "tanh", seed=0)
    kept = {}

    def keep(model, history):
        kept[len(history)] = numbers(model)

    history = quiet(
        model,
        X,
        Y,
        validation=0.4,
        epochs=500,
        optimizer=nn.Adam(0.05),
        early_stopping=nn.EarlyStopping(patience=5),
        callbacks=[keep],
        seed=3,
    )
    best = history["val_loss"].index(min(history["val_loss"])) + 1
    assert len(history) == best + 5 < 500
    assert numbers(model) == kept[best] != kept[len(history)]
    assert f"val_loss was best in epoch {best}" in history.stopped
    with pytest.raises(ValueError, match="monitors one of loss, r2; not 'val_loss'"):
        quiet(model, X, Y, early_stopping=nn.EarlyStopping(monitor="val_loss"))


def test_callbacks_end_the_training():
    calls = []
    history = quiet(
        nn.Neuron(3, seed=0),
        X,
        Y,
        epochs=50,
        callbacks=[lambda m, h: calls.append(len(h)), lambda m, h: len(h) == 3],
    )
    assert calls == [1, 2, 3]
    assert history.stopped == "a callback stopped after epoch 3"


def test_the_history_prints():
    history = quiet(nn.Neuron(3, seed=0), X, Y, epochs=30, seed=0)
    lines = str(history).splitlines()
    assert lines[0].split() == ["epoch", "loss", "r2"]
    assert [line.split()[0] for line in lines[1:]] == [
        *"12345",
        "...",
        "26",
        "27",
        "28",
        "29",
        "30",
    ]
    with pytest.raises(KeyError, match="no 'accuracy'; it has loss, r2"):
        history["accuracy"]
    assert str(nn.History()) == "no epoch was finished"


def test_the_history_as_a_frame():
    history = quiet(nn.Neuron(3, seed=0), X, Y, epochs=30, seed=0)
    kind = pandas.DataFrame
    frame = history.to_frame()
    assert isinstance(frame, kind)
    assert frame.index.name == "epoch"
    assert frame.loc[30, "loss"] == history.last["loss"]


# Dropout


def test_dropout_keeps_the_expectation_and_is_off_in_evaluation():
    dropout = nn.Dropout(0.3, seed=0)
    mask = dropout.mask(100_000)
    assert sorted(set(mask)) == [0.0, 1 / 0.7]
    assert sum(mask) / len(mask) == pytest.approx(1.0, abs=0.01)
    model = nn.MLP(2, [50, 1], dropout=0.5, seed=0)
    assert model([1.0, 2.0]).data != model([1.0, 2.0]).data
    assert model.predict([[1.0, 2.0]]) == model.predict([[1.0, 2.0]])
    assert model.training
    for p in (1.0, -0.1, True, "half"):
        with pytest.raises(ValueError, match="share dropped"):
            nn.Dropout(p)
    with pytest.raises(ValueError, match="2 shares of dropout for 1 hidden layers"):
        nn.MLP(2, [2, 1], dropout=[0.1, 0.2])


def test_a_dropped_neuron_gets_no_gradient():
    model = nn.MLP(1, [20, 1], "linear", dropout=0.5, seed=0)
    model([1.0]).backward()
    dead = [n for n in model.layers[0].neurons if n.weights[0].grad == 0.0]
    outgoing = model.layers[1].neurons[0].weights
    assert 0 < len(dead) < 20
    assert [w.grad == 0.0 for w in outgoing] == [n in dead for n in model.layers[0].neurons]


def test_fit_leaves_the_model_in_evaluation_mode():
    model = nn.MLP(3, [4, 1], dropout=0.5, seed=0)
    quiet(model, X, Y, epochs=1)
    assert not any(m.training for m in model.modules())


# What can go wrong loses nothing


def test_note_3s_raw_table_diverges_with_advice():
    model = nn.MLP(2, [2, 1], "linear", initializer=nn.constant(1.0))
    last = []

    def watch(model, history):
        last[:] = numbers(model)

    with pytest.warns(nn.SymmetryWarning), pytest.raises(DivergenceError) as caught:
        quiet(model, IQ, PACKAGE, optimizer=nn.SGD(0.001), batch_size=None, callbacks=[watch])
    error, message = caught.value, str(caught.value)
    assert f"epoch {error.epoch}, batch 1" in message
    assert "z_1^2 = " in message
    assert "standardize=True (the inputs reach 80), or a learning rate lower than 0.001" in message
    assert len(error.history) == error.epoch - 1
    assert numbers(model) == last
    assert all(map(math.isfinite, last))


def test_the_same_table_standardised_is_learnt():
    model = nn.MLP(2, [2, 1], "linear", seed=0)
    quiet(
        model,
        IQ,
        PACKAGE,
        standardize=True,
        optimizer=nn.SGD(0.05),
        epochs=300,
        batch_size=1,
        seed=0,
    )
    assert model.predict(IQ) == pytest.approx(PACKAGE, abs=1e-6)


def test_an_infinite_gradient_names_the_first_value():
    class Root(nn.Module):
        def __init__(self):
            self.w = Value(0.0, "w")

        def __call__(self, x):
            inner = self.w * x[0]
            inner.label = "s"
            return inner.sqrt()

    model = Root()
    told = r"the derivative by s is -?inf \(row 0 of X\): it breaks in sqrt\(s\) with s = 0.0"
    with pytest.raises(DivergenceError, match=told):
        quiet(model, [[1.0]], [1.0])
    assert model.w.data == 0.0


def test_a_logarithm_of_zero_suggests_logits():
    model = nn.Neuron(1, "sigmoid", weights=[100.0])
    with pytest.raises(DivergenceError, match="with_logits and a linear output"):
        quiet(model, [[10.0], [-10.0]], [0, 1], loss="binary_cross_entropy", batch_size=1)
    assert numbers(model) == [100.0, 0.0]


def test_a_failed_update_names_the_parameter():
    model = nn.Neuron(1, weights=[1e300])
    with pytest.raises(DivergenceError, match=r"after the update, w_11\^1 is -?inf"):
        quiet(
            model,
            [[1e4]],
            [0.0],
            loss=lambda output, target: output,
            optimizer=nn.SGD(1.7e308),
            metrics=(),
        )
    assert numbers(model) == [1e300, 0.0]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("moment", ["forward", "between"])
def test_an_interrupt_returns_the_history_so_far(moment):
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    calls = iter(range(10**6))
    after = []

    def loss(output, target):
        if moment == "forward" and next(calls) == 21 * 4 + 10:
            signal.raise_signal(signal.SIGINT)
        return (output - target) ** 2

    def callback(model, history):
        after[:] = numbers(model)
        if moment == "between" and len(history) == 2:
            signal.raise_signal(signal.SIGINT)

    history = quiet(
        model,
        X,
        Y,
        loss=loss,
        batch_size=None,
        callbacks=[callback],
        epochs=50,
        metrics=(),
        engine="eager" if moment == "forward" else "replay",
    )
    assert "interrupted in epoch" in history.stopped
    assert len(history) == (4 if moment == "forward" else 2)
    assert numbers(model) == after


def test_optimisers_start_afresh():
    def run(optimizer):
        model = nn.Neuron(3, seed=0)
        quiet(model, X, Y, epochs=3, optimizer=optimizer, seed=0)
        return numbers(model)

    used = nn.Adam(0.1)
    first = run(used)
    assert run(used) == first


# Symmetry


@pytest.mark.parametrize("initializer", ["zeros", nn.constant(1.0)])
@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh"])
def test_equal_neurons_stay_equal_for_ever_with_a_warning(initializer, activation):
    model = nn.MLP(3, [4, 1], activation, initializer=initializer)
    with pytest.warns(nn.SymmetryWarning, match="all 4 neurons of hidden layer 1.*worth 1 neuron"):
        quiet(model, X, Y, epochs=30, optimizer=nn.SGD(0.01), seed=0)
    hidden, output = model.layers
    rows = [[p.data for p in neuron.parameters()] for neuron in hidden.neurons]
    assert rows[0] == rows[1] == rows[2] == rows[3]
    assert len({w.data for w in output.neurons[0].weights}) == 1
    assert numbers(model) != [0.0] * 21


def test_random_weights_break_the_symmetry_without_a_warning(recwarn):
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    quiet(model, X, Y, epochs=30, optimizer=nn.SGD(0.01), seed=0)
    assert len({n.weights[0].data for n in model.layers[0].neurons}) == 4
    assert not recwarn.list


def test_neurons_that_differ_only_in_their_outputs_are_told_apart(recwarn):
    weights = [[[1.0, 2.0], [1.0, 2.0]], [[1.0, -1.0]]]
    model = nn.MLP(2, [2, 1], "tanh", weights=weights)
    quiet(model, IQ, PACKAGE, standardize=True, epochs=3)
    first, second = model.layers[0].neurons
    assert first.weights[0].data != second.weights[0].data
    assert not recwarn.list


def test_some_equal_neurons_are_found():
    weights = [[[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0, 1.0]]]
    model = nn.MLP(2, [3, 1], weights=weights)
    with pytest.warns(nn.SymmetryWarning, match="some of the 3 neurons.*worth 2 neurons"):
        quiet(model, IQ, PACKAGE, standardize=True, epochs=1)


def test_equal_neurons_with_dropout_behind_them_are_no_problem(recwarn):
    model = nn.MLP(3, [4, 1], "tanh", initializer="zeros", dropout=0.5, seed=0)
    quiet(model, X, Y, epochs=2, seed=0)
    assert not recwarn.list
    model = nn.MLP(3, [4, 4, 1], "tanh", initializer="zeros", dropout=[0.0, 0.5], seed=0)
    with pytest.warns(nn.SymmetryWarning) as warned:
        quiet(model, X, Y, epochs=2, seed=0)
    assert ["hidden layer 1" in str(w.message) for w in warned] == [True]


# Settings that cannot be right


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 5}, "batch_size=5 is more than the 4 rows"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1"),
        ({"batch_size": 2.5}, "batch_size must be"),
        ({"epochs": 0}, "epochs must be"),
        ({"epochs": True}, "epochs must be"),
        ({"loss": "hinge"}, "no loss is called 'hinge'; known are half_squared_error"),
        ({"optimizer": "newton"}, "optimizer is one of"),
        ({"validation": 1.5}, "share of the rows between 0 and 1"),
        ({"validation": 0.01}, "leaves 4 to train on"),
        ({"validation": (IQ, [1.0])}, "the validation X has 4 rows but the validation y has 1"),
        ({"engine": "fast"}, "engine is 'auto', 'replay' or 'eager', not 'fast'"),
        ({"reduction": "max"}, "reduction is 'mean' or 'sum'"),
        ({"l2": -1.0}, "l2 is a strength of at least 0"),
        ({"metrics": ["f1"]}, "no metric is called 'f1'; known are accuracy, r2"),
        ({"early_stopping": 0}, "patience must be"),
        ({"loss": "cross_entropy"}, "one output for each class.*binary_cross_entropy"),
    ],
)
def test_settings_are_checked_before_anything_is_changed(settings, message):
    model = nn.MLP(2, [2, 1], seed=0)
    before = numbers(model)
    with pytest.raises(ValueError, match=message):
        quiet(model, IQ, PACKAGE, **settings)
    assert numbers(model) == before
    assert model.schema is None


@pytest.mark.parametrize(
    ("model", "settings", "kind", "message"),
    [
        (lambda x: x, {}, TypeError, "fit trains a Module"),
        (nn.Dropout(), {}, ValueError, "no parameters to train"),
        (nn.Neuron(2, weights=[1.0, math.nan]), {}, ValueError, r"w_21\^1 is nan before the first"),
        (nn.Neuron(2), {"callbacks": print}, TypeError, "callbacks are a list"),
        (nn.Neuron(2), {"seed": "x"}, TypeError, "seed must be a whole number"),
    ],
)
def test_what_cannot_be_trained(model, settings, kind, message):
    with pytest.raises(kind, match=message):
        quiet(model, IQ, PACKAGE, **settings)


def test_logits_after_a_sigmoid_are_refused():
    model = nn.MLP(2, [2, 1], "tanh", "sigmoid", seed=0)
    with pytest.raises(ValueError, match="applies the sigmoid itself"):
        quiet(model, IQ, PLACED, loss="binary_cross_entropy_with_logits")
    model = nn.MLP(2, [2, 2], "tanh", "softmax", seed=0)
    with pytest.raises(ValueError, match="applies the softmax itself"):
        quiet(model, IQ, PLACED, loss=nn.cross_entropy_with_logits)


def test_a_first_set_of_lessons_from_numpy_and_pandas_is_the_same():
    frame = pandas.DataFrame(IQ, columns=["iq", "cgpa"])
    found = []
    for table in (IQ, np.array(IQ), frame):
        for target in (PACKAGE, np.array(PACKAGE), pandas.Series(PACKAGE, name="package")):
            model = nn.Neuron(2, seed=0)
            quiet(model, table, target, standardize=True, epochs=5, seed=0)
            found.append(numbers(model))
    assert all(f == found[0] for f in found)
    assert model.schema.columns == ("iq", "cgpa")
    assert model.schema.target == "package"


# Weights, and trainings that go on


WEIGHTS = [float(k % 4) for k in range(21)]


@needs("torch")
def test_a_weighted_step_is_pytorchs():
    model = nn.MLP(3, [4, 1], "tanh", seed=2)
    network = nn.to_torch(model)
    rows, targets = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    weights = torch.tensor(WEIGHTS, dtype=torch.float64)
    loss = (weights * (network(rows)[:, 0] - targets) ** 2).sum() / weights.sum()
    loss.backward()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    optimizer.step()
    history = quiet(
        model, X, Y, optimizer=nn.SGD(0.1), epochs=1, batch_size=None, sample_weight=WEIGHTS
    )
    assert history["loss"][0] == pytest.approx(loss.item(), rel=1e-12)
    assert numbers(nn.from_torch(network)) == pytest.approx(numbers(model), rel=1e-12)


@pytest.mark.parametrize("engine", ["eager", "replay"])
def test_weights_are_as_repeated_rows(engine):
    repeated = [i for i, w in enumerate(WEIGHTS) for _ in range(int(w))]
    settings = {"epochs": 20, "batch_size": None, "standardize": True, "engine": engine}
    settings |= {"standardize_targets": True, "l2": 0.01}
    model, other = nn.MLP(3, [4, 1], "tanh", seed=2), nn.MLP(3, [4, 1], "tanh", seed=2)
    quiet(model, X, Y, sample_weight=WEIGHTS, **settings)
    quiet(other, [X[i] for i in repeated], [Y[i] for i in repeated], **settings)
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-9, abs=1e-12)


def test_only_the_proportions_of_weights_matter():
    model, other = nn.MLP(3, [1], seed=0), nn.MLP(3, [1], seed=0)
    quiet(model, X, Y, sample_weight=WEIGHTS, epochs=3, seed=0)
    quiet(other, X, Y, sample_weight=[8.0 * w for w in WEIGHTS], epochs=3, seed=0)
    assert numbers(model) == numbers(other)


def test_balanced_classes_count_the_same():
    X, y = [[1.0]] * 9 + [[-1.0]], ["many"] * 9 + ["few"]
    wanted = [10 / 18] * 9 + [10 / 2]
    models = [nn.MLP(1, [1], seed=0), nn.MLP(1, [1], seed=0)]
    loss = "binary_cross_entropy_with_logits"
    quiet(models[0], X, y, loss=loss, class_weight="balanced", epochs=2, seed=0)
    quiet(models[1], X, y, loss=loss, sample_weight=wanted, epochs=2, seed=0)
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-12)


def test_validation_may_have_weights():
    model = nn.MLP(1, [1], seed=0)
    model.layers[0].neurons[0].weights[0].data = 0.0
    held = [[0.0], [0.0]], [1.0, 3.0], [1.0, 3.0]
    history = quiet(
        model, [[0.0]], [0.0], validation=held, epochs=1, optimizer=nn.SGD(0.0), metrics=()
    )
    bias = model.layers[0].neurons[0].bias.data
    assert history["val_loss"] == [pytest.approx(((1 - bias) ** 2 + 3 * (3 - bias) ** 2) / 4)]


def test_a_weight_is_a_factor_in_the_derivation():
    model = nn.MLP(1, [1], seed=0)
    before = numbers(model)
    p = nn.as_problem(model, [0.5], 2.0, "mean_squared_error", sample_weight=3.0)
    found = p.derive("w_11^1")
    assert "2·s(z_1^1 − y) · x_1" in str(found)
    quiet(
        model, [[0.5]], [2.0], sample_weight=[3.0], reduction="sum", epochs=1, optimizer=nn.SGD(0.1)
    )
    assert before[0] - numbers(model)[0] == pytest.approx(0.1 * found.value, rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"sample_weight": [1.0]}, ValueError, "sample_weight has 1 numbers for 21 rows"),
        ({"sample_weight": [-1.0] * 21}, ValueError, r"sample_weight\[0\] is -1.0: a weight is"),
        ({"sample_weight": ["a"] * 21}, TypeError, r"sample_weight\[0\] is the text 'a'"),
        ({"sample_weight": [0.0] * 21}, ValueError, "every row has the weight 0"),
        ({"class_weight": "balanced"}, ValueError, "class_weight is for targets that are classes"),
        ({"warm_start": 1}, TypeError, "warm_start must be True or False"),
        ({"n_jobs": 0}, ValueError, "n_jobs must be a whole number of at least 1"),
    ],
)
def test_wrong_weights_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        quiet(nn.MLP(3, [1], seed=0), X, Y, **settings)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"maybe": 2.0}, ValueError, "class_weight names 'maybe', which is no class of y"),
        ({"yes": -1.0}, ValueError, r"class_weight\['yes'\] must be a finite number of at least 0"),
        ("heavy", TypeError, 'class_weight is "balanced" or a mapping'),
    ],
)
def test_wrong_weights_of_classes_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        quiet(nn.MLP(2, [1], seed=0), IQ, PLACED, class_weight=given,
              loss="binary_cross_entropy_with_logits")  # fmt: skip


@pytest.mark.parametrize("engine", ["eager", "replay"])
def test_a_training_goes_on_as_if_it_were_one(engine):
    rate = nn.CosineAnnealingLR(0.1, t_max=10)
    settings = {"batch_size": 4, "shuffle": False, "standardize": True, "engine": engine}
    model, other = nn.MLP(3, [4, 1], "tanh", seed=2), nn.MLP(3, [4, 1], "tanh", seed=2)
    whole = quiet(model, X, Y, optimizer=nn.Adam(rate), epochs=9, **settings)
    optimizer = nn.Adam(rate)
    parts = [
        quiet(other, X, Y, optimizer=optimizer, epochs=n, warm_start=True, **settings)
        for n in (4, 5)
    ]
    assert whole["loss"] == pytest.approx([*parts[0]["loss"], *parts[1]["loss"]], rel=1e-12)
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-12)


def test_what_was_learnt_of_the_data_stays():
    model = nn.MLP(2, [1], seed=0)
    loss = "binary_cross_entropy_with_logits"
    quiet(model, IQ, PLACED, loss=loss, standardize=True, epochs=1)
    learnt = model.schema
    quiet(model, [[10.0, 1.0]], ["yes"], loss=loss, standardize=True, epochs=1, warm_start=True)
    assert model.schema == learnt
    with pytest.raises(ValueError, match="was trained to outputs that are logits"):
        quiet(model, IQ, PACKAGE, warm_start=True)
    with pytest.raises(ValueError, match="y\\[0\\] is 'maybe', a class unknown to the model"):
        quiet(model, [[1.0, 1.0]], ["maybe"], loss=loss, warm_start=True)


def test_a_memory_of_another_model_is_refused():
    optimizer = nn.Adam(0.01)
    quiet(nn.MLP(3, [1], seed=0), X, Y, optimizer=optimizer, epochs=1)
    with pytest.raises(ValueError, match="remembers 4 parameters, but the model has 11"):
        quiet(nn.MLP(3, [2, 1], seed=0)
              , X, Y, optimizer=optimizer, epochs=1, warm_start=True)  # fmt: skip


def test_the_number_of_threads_changes_no_number():
    found = []
    for n_jobs in (1, 2, -1):
        model = nn.MLP(3, [40, 1], "tanh", seed=2)
        quiet(model, X * 200, Y * 200, batch_size=None, epochs=2, n_jobs=n_jobs)
        found.append(numbers(model))
    assert found[0] == found[1] == found[2]


# Frames


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_other_frames_are_as_lists(kind):
    library = extra(kind)
    extra("narwhals").from_native  # noqa: B018 - skips where it is missing
    make = library.DataFrame if kind == "polars" else library.table
    frame = make({"iq": [r[0] for r in IQ], "cgpa": [r[1] for r in IQ], "placed": PLACED})
    settings = {"loss": "binary_cross_entropy_with_logits", "standardize": True, "epochs": 3}
    model, other = nn.MLP(2, [1], seed=0), nn.MLP(2, [1], seed=0)
    quiet(model, frame, None, target="placed", **settings)
    quiet(other, IQ, PLACED, **settings)
    assert model.schema.columns == ("iq", "cgpa")
    assert model.schema.target == "placed"
    assert numbers(model) == numbers(other)
    turned = make({"cgpa": [7.5], "iq": [75.0]})
    assert model.predict(turned).tolist() == other.predict([[75.0, 7.5]]).tolist()
    with pytest.raises(ValueError, match="X has no column 'age'; its columns are iq, cgpa, placed"):
        quiet(model, frame, None, target="age", **settings)
    missing = make({"iq": [70.0, None], "cgpa": [7.0, 8.0]})
    with pytest.raises(ValueError, match=r"X\[1\]\[0\] \(column 'iq'\) is missing"):
        model.predict(missing)
