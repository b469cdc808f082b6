"""The engine behind `fit`: recorded once, replayed on batches."""

import pytest

import nn

X = [[0.5, -1.0], [1.0, 2.0], [-0.5, 0.25], [2.0, 1.0]]
Y = [0.5, -0.25, 1.0, 0.0]


def trained(engine, **settings):
    model = nn.MLP(2, [3, 1], "tanh", seed=1, dropout=settings.pop("dropout", 0.0))
    history = nn.fit(model, X, Y, epochs=4, batch_size=3, seed=2, progress=False,
                     engine=engine, **settings)  # fmt: skip
    return [p.data for p in model.parameters()], history


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.5}, {"l2": 0.1, "reduction": "sum"}])
def test_replayed_is_as_node_by_node(settings):
    replayed, history = trained("replay", **dict(settings))
    eager, other = trained("eager", **dict(settings))
    assert replayed == pytest.approx(eager, rel=1e-9)
    assert history["loss"] == pytest.approx(other["loss"], rel=1e-9)
    assert history.engine == "replay"


def test_a_branch_on_a_number_is_told():
    def loss(output, target):
        return output * output if output > 0.0 else -output

    _, history = trained("auto", loss=loss)
    assert history.engine.startswith("eager (")
    with pytest.raises(nn.UnrecordableError):
        trained("replay", loss=loss)


def test_a_number_that_a_callback_changes_is_followed():
    weight = {"w": 1.0}

    def loss(output, target):
        return weight["w"] * (output - target) ** 2

    def lower(model, history):
        weight["w"] *= 0.5

    replayed = trained("auto", loss=loss, callbacks=[lower])[0]
    weight["w"] = 1.0
    assert replayed == pytest.approx(trained("eager", loss=loss, callbacks=[lower])[0], rel=1e-9)
