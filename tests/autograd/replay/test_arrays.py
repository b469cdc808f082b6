"""Arrays of every layout in memory: as rows of a batch, as the leaves' numbers, in pickles."""

import pickle

import numpy as np
import pytest

from autograd import Value, record
from autograd.replay.arrays import distinct
from autograd.replay.tape import ENGINES

generator = np.random.default_rng(5)
TABLE = generator.uniform(-1.0, 1.0, (70, 3))
AT = generator.uniform(-1.0, 1.0, 4)

every_engine = pytest.mark.parametrize("engine", ENGINES)


def unaligned(array):
    raw = np.empty(array.nbytes + 1, np.uint8)
    found = raw[1:].view(np.float64).reshape(array.shape)
    found[...] = array
    assert not found.flags.aligned
    return found


def read_only(array):
    found = array.copy()
    found.setflags(write=False)
    return found


def memory_mapped(array, path):
    array.tofile(path)
    return np.memmap(path, np.float64, "r", shape=array.shape)


LAYOUTS = {
    "unaligned": unaligned,
    "read-only": read_only,
    "big-endian": lambda a: a.astype(">f8"),
    "little-endian": lambda a: a.astype("<f8"),
    "in columns": np.asfortranarray,
    "every other": lambda a: np.repeat(a, 2, axis=0)[::2],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "unaligned and big-endian": lambda a: unaligned(a).astype(">f8"),
    "of objects": lambda a: a.astype(object),
    "lists": lambda a: a.tolist(),
}


def tape_of(engine):
    ws = [Value(float(x)) for x in AT]
    return record(lambda x: sum(w * v for w, v in zip(ws, x, strict=False)).tanh() * ws[3], [3]
                  ).with_engine(engine)  # fmt: skip


@pytest.mark.many
@every_engine
@pytest.mark.parametrize("layout", [*LAYOUTS, "memory-mapped"])
def test_arrays_of_every_layout_give_the_same(engine, layout, tmp_path):
    tape = tape_of(engine)
    wanted = tape.value_and_grad(TABLE, at=AT)
    if layout == "memory-mapped":
        table, at = memory_mapped(TABLE, tmp_path / "t"), memory_mapped(AT, tmp_path / "a")
    else:
        table, at = LAYOUTS[layout](TABLE), LAYOUTS[layout](AT)
    for batch, leaves in ((table, AT), (TABLE, at), (table, at), (tape.prepare(table), at)):
        value, gradient = tape.value_and_grad(batch, at=leaves)
        assert value == wanted[0]
        assert gradient.tolist() == wanted[1].tolist()
    assert tape(table).tolist() == tape(TABLE).tolist()


@every_engine
def test_a_batch_is_not_changed_by_what_becomes_of_the_array(engine):
    table = TABLE.copy()
    tape = tape_of(engine)
    batch = tape.prepare(table)
    wanted = tape.value_and_grad(batch)[0]
    table[:] = 0.0
    assert tape.value_and_grad(batch)[0] == wanted


@every_engine
@pytest.mark.parametrize("packed", [False, True])
def test_a_batch_comes_back_from_unaligned_buffers(engine, packed):
    tape = tape_of(engine)
    batch = tape.prepare(TABLE)
    wanted = tape.value_and_grad(batch)[1].tolist() if packed else None
    buffers = []
    text = pickle.dumps(batch, protocol=5, buffer_callback=buffers.append)
    moved = []
    for buffer in buffers:
        raw = bytearray(b"x") + buffer.raw()
        moved.append(memoryview(raw)[1:])
    again = pickle.loads(text, buffers=moved)
    found = tape.value_and_grad(again)[1].tolist()
    assert found == (wanted or tape.value_and_grad(TABLE)[1].tolist())
    assert tape.prepare(again) is again


@pytest.mark.parametrize(
    "at", [AT[:3], AT[None], np.append(AT, 1.0), "abcd", [1.0, None, 2.0, 3.0], AT + 1j, None]
)
def test_what_is_no_vector_of_the_leaves_is_refused(at):
    tape = tape_of(ENGINES[0])
    if at is None:
        assert tape.value_and_grad(TABLE, at=None)[1].shape == (4,)
    else:
        with pytest.raises((TypeError, ValueError), match="at must hold"):
            tape.value_and_grad(TABLE, at=at)


def test_recording_narrows_every_index_itself(monkeypatch):
    """As on machines whose NumPy indexes with 32 bits, and does not narrow 64 by itself."""
    monkeypatch.setattr(np, "intp", np.int32)

    def checked(f, place):
        def call(*arguments, **more):
            index = arguments[place]
            assert not isinstance(index, np.ndarray) or index.dtype.itemsize <= 4, f.__name__
            return f(*arguments, **more)

        return call

    monkeypatch.setattr(np, "repeat", checked(np.repeat, 1))
    monkeypatch.setattr(np, "bincount", checked(np.bincount, 0))
    wanted = tape_of("numpy").value_and_grad(TABLE)
    from nn import MLP, half_squared_error

    model = MLP(3, [4, 2], "tanh", seed=0)
    tape = record(lambda x: half_squared_error(model(x), [1.0, 0.0]), [3])
    assert np.isfinite(tape.with_engine("numpy").value_and_grad(TABLE)[1]).all()
    assert wanted[1].shape == (4,)


@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_distinct_numbers_are_those_of_numpy(count):
    numbers = generator.integers(0, 20, count)
    assert distinct(numbers).tolist() == np.unique(numbers).tolist()
