"""Which Values a function can read."""

from functools import partial

from autograd import Value
from autograd.replay.reach import leaves_of, values_of

GLOBAL = Value(1.0, "global")


def reads_global():
    return GLOBAL * 2.0


class Model:
    def __init__(self):
        self.layers = [{"w": Value(1.0, "attribute")}]

    def __call__(self, x):
        return x

    def method(self, x):
        return x


def labels(f):
    return {v.label for v in values_of(f)}


def test_closures_defaults_and_globals():
    inner = Value(1.0, "closure")

    def f(x, y=Value(1.0, "default"), *, z=Value(1.0, "keyword")):  # noqa: B008
        return inner * x

    assert labels(f) == {"closure", "default", "keyword"}
    assert labels(reads_global) == {"global"}
    assert labels(lambda: 2.0 * reads_global()) == {"global"}


def test_objects_methods_and_partials():
    model = Model()
    assert labels(model) == labels(model.method) == {"attribute"}
    assert labels(partial(reads_global, Value(1.0, "argument"))) == {"global", "argument"}


def test_only_leaves_where_leaves_are_asked_for():
    w = Value(1.0, "w")
    made = w * 2.0
    assert leaves_of(lambda: made) in ([], [w])
    assert leaves_of(lambda: w) == [w]


def test_what_holds_itself_ends():
    box = []
    box.append(box)
    assert values_of(lambda: box) == []
