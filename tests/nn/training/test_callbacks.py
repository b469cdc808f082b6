"""Callbacks: functions, objects with Keras' methods, and the documented writers."""

import textwrap

import pytest
from extras import extra

import nn
from nn.training import callbacks

tensorboard, mlflow = extra("tensorboard.summary"), extra("mlflow")

X, Y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]


def fitted(*given, epochs=3, **settings):
    model = nn.MLP(1, [1], seed=0)
    return nn.fit(model, X, Y, callbacks=list(given), epochs=epochs, progress=False, **settings)


def documented(name):
    """The class of this name, from the code in the module's docstring."""
    blocks = callbacks.__doc__.split("\n\n")
    code = "\n\n".join([block for block in blocks if block.startswith("    ")])
    start = code.index(f"    class {name}:")
    lines = code[start:].split("\n\n", maxsplit=1)[0]
    assert len(lines.splitlines()) <= 10
    imports = [line for line in code.splitlines() if line.startswith(("    import", "    from"))]
    found = {}
    exec(textwrap.dedent("\n".join([*imports, lines])), found)
    return found[name]


class Recorder:
    def __init__(self, answer=None, broken=False):
        self.told, self.answer, self.broken = [], answer, broken

    def set_model(self, model):
        self.told.append(type(model).__name__)

    def on_train_begin(self, logs):
        self.told.append(("begin", logs))

    def on_epoch_end(self, epoch, logs):
        self.told.append((epoch, sorted(logs)))
        if self.broken:
            raise KeyboardInterrupt
        return self.answer

    def on_train_end(self, logs):
        self.told.append(("end", sorted(logs)))


def test_an_object_is_told_what_keras_tells():
    recorder = Recorder()
    fitted(recorder, epochs=2)
    names = ["learning_rate", "loss", "r2"]
    assert recorder.told == ["MLP", ("begin", {}), (0, names), (1, names), ("end", names)]


def test_a_true_answer_ends_the_training():
    history = fitted(Recorder(answer=True))
    assert (len(history), history.stopped) == (1, "a callback stopped after epoch 1")


def test_the_end_is_told_after_an_interrupt():
    recorder = Recorder(broken=True)
    assert fitted(recorder).stopped == "interrupted in epoch 1, batch 2"
    assert recorder.told[-1] == ("end", ["learning_rate", "loss", "r2"])


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="a callback is a function of the model and the history"):
        fitted("save")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of TensorBoard's protocol buffers
def test_the_writer_for_tensorboard(tmp_path):
    tensorboard.Writer  # noqa: B018 - skips where it is missing
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    history = fitted(documented("TensorBoard")(str(tmp_path)))
    events = EventAccumulator(str(tmp_path)).Reload()
    assert sorted(events.Tags()["tensors"]) == sorted(history.names)
    found = [
        (e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in events.Tensors("loss")
    ]
    assert found == [(k, pytest.approx(x, rel=1e-6)) for k, x in enumerate(history["loss"], 1)]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of MLflow's file store
def test_the_writer_for_mlflow(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow.set_tracking_uri(tmp_path.as_uri())
    mlflow.set_experiment("trained by fit")
    history = fitted(documented("MLflow")())
    (run,) = mlflow.search_runs(output_format="list")
    client = mlflow.MlflowClient()
    assert set(run.data.metrics) == set(history.names)
    found = [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "loss")]
    assert found == list(enumerate(history["loss"], 1))
