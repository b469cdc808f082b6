"""record_each(): one function over rows of many shapes, a tape for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, ArgumentTypeError, TapeError
from autograd.replay.arrays import as_index
from autograd.replay.batch import rows_of
from autograd.replay.compiled import machine
from autograd.replay.graph import GraphTable
from autograd.replay.lowering import lower
from autograd.replay.reach import leaves_of
from autograd.replay.recording import checked_parameters, graph_of
from autograd.replay.steps import OptimizerLike, Steps
from autograd.replay.tape import Tape
from autograd.replay.training import train
from autograd.scalar import whole_number
from autograd.value import Value

__all__ = ["Tapes", "record_each"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = Sequence[float]
_FIRST_POINTS, _LATER_POINTS = 4, 2  # at which the graphs of the first shape, of others must agree


def record_each(
    f: Callable[[list[Value]], Any],
    key: Callable[[Row], Any] = len,
    *,
    parameters: Sequence[Value] | None = None,
    most: int = 64,
) -> Tapes:
    """Tapes of f, one for each shape of row: a network over sequences, by its own Python code.

    `f(row)` gets the numbers of one row as a list of Values, and returns its loss or a list of
    Values. Rows whose `key` is the same share a tape; it is recorded when the first one is met, as
    `record` does, at that row and others. What f reads and decides by is checked for every key; at
    several points it is tried for the first, at two for the others. An index is an input that
    `take` or a `Table` uses.

    Args:
        f: the function; it may make another graph for another key, not for other numbers.
        key: what a row's graph depends on: its length, or any function of the row.
        parameters: the Values to be trained; by default all leaves that are met, in that order.
        most: tapes that are kept; the one that was not used for longest then goes.

    >>> from autograd import Value, record_each
    >>> w = Value(0.5, "w")
    >>> def loss(row):
    ...     state = row[0] * 0.0
    ...     for x in row:
    ...         state = (state * w + x).tanh()
    ...     return state
    >>> tapes = record_each(loss)
    >>> tapes([[1.0], [1.0, 2.0, 3.0], [2.0]]).round(4).tolist()
    [0.7616, 0.9981, 0.964]
    >>> len(tapes), tapes.parameters
    (2, (Value(data=0.5, grad=0.0, label='w'),))
    """
    if not callable(f) or not callable(key):
        raise ArgumentTypeError(
            f"record_each takes a function and a key function, not {f!r} and {key!r}"
        )
    given = None if parameters is None else checked_parameters(parameters)
    return Tapes(f, key, given, whole_number("most", most, 1))


@dataclass
class _Shape:
    """What was recorded of the rows of one key; a tape as soon as it is needed.

    The graph is kept because a later one may have more parameters, and all tapes have them all.
    """

    size: int
    several: bool
    graph: GraphTable | None
    tape: Tape | None = None


class Tapes:
    """A function over rows of many shapes, with one list of parameters; see `record_each`.

    What comes from a pickle has the tapes that there were, and records no more.
    """

    def __init__(
        self,
        f: Callable[[list[Value]], Any] | None,
        key: Callable[[Row], Any],
        parameters: list[Value] | None,
        most: int,
    ):
        self._f = f
        self._key = key
        self._given = parameters
        self._parameters: dict[Value, None] = dict.fromkeys(parameters or ())
        self._most = most
        self._shapes: dict[Any, _Shape] = {}
        self._places: Ints | None = None  # of the parameters, alike in all tapes
        self._reach: list[Value] | None = None  # the leaves that f can read
        self._checked = False  # whether f was tried at many points, for one shape
        self._engine = "auto"
        self._threads: int | None = None

    @property
    def parameters(self) -> tuple[Value, ...]:
        """The Values that the tapes are differentiated by, in the order of their gradients."""
        return tuple(self._parameters)

    @property
    def threads(self) -> int | None:
        """How many threads may share the rows of a batch; None: as many as a tape takes itself."""
        return self._threads

    @threads.setter
    def threads(self, count: int) -> None:
        self._threads = count
        for shape in self._shapes.values():
            if shape.tape is not None:
                shape.tape.threads = count

    def with_engine(self, engine: str) -> Tapes:
        """The same tapes run by another engine; see `Tape.engine` for their names."""
        other = Tapes(self._f, self._key, self._given, self._most)
        other.__dict__.update(self.__dict__, _engine=engine)
        other._parameters = dict(self._parameters)
        other._shapes = {
            key: _Shape(s.size, s.several, s.graph, s.tape and s.tape.with_engine(engine))
            for key, s in self._shapes.items()
        }
        return other

    def __len__(self) -> int:
        return len(self._shapes)

    def tape(self, row: Row) -> Tape:
        """The tape of rows like this one."""
        return self._tapes([self._shape_of(row)])[0]

    def __call__(self, data: Sequence[Row]) -> Any:
        """The function's value for each row, in order; an array of two axes where it has several.

        Raises what the eager engine raises, naming the row among those of its shape.
        """
        found: list[Any] = [None] * len(data)
        for tape, rows, table in self._groups(data):
            for row, value in zip(rows, tape(table), strict=True):
                found[row] = value
        return np.array(found)

    def value_and_grad(
        self, data: Sequence[Row], *, reduction: str = "mean"
    ) -> tuple[float, Floats]:
        """The mean over all rows (or their sum), and its gradient by every parameter."""
        total, groups = 0.0, self._groups(data)
        gradient = np.zeros(len(self._parameters))
        for tape, _, table in groups:
            value, part = tape.value_and_grad(table, reduction="sum")
            total, gradient = total + value, gradient + part
        if reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction is 'mean' or 'sum', not {reduction!r}")
        share = 1.0 / len(data) if reduction == "mean" else 1.0
        return total * share, gradient * share

    def train(
        self,
        data: Sequence[Row],
        optimizer: OptimizerLike,
        iterations: int | None = None,
        *,
        batch_size: int = 1,
        rates: Callable[[int], float] | None = None,
        seed: int | None = None,
        reduction: str = "mean",
        each: Callable[[int, float], Any] | None = None,
    ) -> Floats:
        """Train the parameters, and return the loss of each iteration, before its update.

        The rows come in the order of the data. An iteration takes `batch_size` rows of one shape:
        a row waits until so many of its shape have come, or the epoch ends. All parameters are
        updated in every iteration, as an optimiser of one's own loop does, also those that a shape
        does not use. The loop runs in machine code, with the optimiser's memory. What `Tape.train`
        says of frozen numbers and of errors holds here too.

        Args:
            data: the rows.
            optimizer: one of nn's, such as `nn.Adam(0.01)`, or what has a `rule()` like theirs.
            iterations: how many; by default those of one epoch.
            batch_size: rows of an iteration, at most.
            rates: the learning rate of every iteration, counted from 0, in place of the
                optimiser's own.
            seed: shuffles the rows anew in every epoch, and decides how.
            reduction: "mean" or "sum" of the rows' results.
            each: called with the iterations done and the last loss, at least ten times a second.
        """
        if isinstance(optimizer, type) or not hasattr(optimizer, "rule"):
            raise ArgumentTypeError(
                f"train needs an optimizer, such as nn.SGD(0.1), not {optimizer!r}"
            )
        if reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction is 'mean' or 'sum', not {reduction!r}")
        groups = self._groups(data)
        epochs = _Epochs([rows for _, rows, _ in groups], whole_number("batch_size", batch_size, 1))
        count = epochs.steps if iterations is None else whole_number("iterations", iterations, 0)
        parts = [tape.part(tape.prepare(table)) for tape, _, table in groups]
        plan = epochs.plan(count, optimizer, rates, seed)
        return train(parts, self.parameters, plan, optimizer, count, reduction == "mean", each)

    # Shapes

    def _groups(self, data: Sequence[Row]) -> list[tuple[Tape, Sequence[int], Any]]:
        """The rows of each shape: their tape, their numbers in `data`, and their table."""
        if not len(data):
            raise ArgumentError("there are no rows: give at least one")
        members = _alike(list(map(self._key, data)))
        if len(members) > self._most:
            raise ArgumentError(
                f"the data has {len(members)} shapes, and record_each keeps {self._most} tapes at "
                "most: give most=..., a key that tells fewer apart, or rows of fewer lengths"
            )
        shapes = [self._shape_of(data[rows[0]]) for rows in members.values()]
        tables = []
        for shape, (key, rows) in zip(shapes, members.items(), strict=True):
            table = _table(tuple([data[i] for i in rows]), shape.size)
            if table is None:
                odd = next(i for i in rows if len(data[i]) != shape.size)
                raise ArgumentError(
                    f"row {odd} has {len(data[odd])} numbers, and others of the key {key!r} have "
                    f"{shape.size}: rows of one key have one length"
                )
            tables.append(table)
        return list(zip(self._tapes(shapes), members.values(), tables, strict=True))

    def _shape_of(self, row: Row) -> _Shape:
        """What was recorded of rows like this one; recorded now if there is nothing yet."""
        key = self._key(row)
        shape = self._shapes.pop(key, None) or self._recorded(key, row)
        self._shapes[key] = shape  # now the one that was used last
        if len(self._shapes) > self._most:
            del self._shapes[next(iter(self._shapes))]
        return shape

    def _recorded(self, key: Any, row: Row) -> _Shape:
        if self._f is None:
            raise TapeError(f"no tape was recorded for the key {key!r} before these were pickled")
        f, at = self._f, [float(x) for x in row]
        if self._reach is None:
            self._reach = leaves_of(f)
        least = _LATER_POINTS if self._checked else _FIRST_POINTS
        graph, several, _ = graph_of(
            f, f, len(row), self._given, first_row=at, reach=self._reach, least=least
        )
        self._checked = True
        count = int(graph.active[graph.leaves].sum())
        before = len(self._parameters)
        self._parameters.update(dict.fromkeys(graph.leaf_values[:count]))
        if len(self._parameters) > before:  # the tapes that there are lack these
            self._places = None
            for shape in self._shapes.values():
                shape.tape = None
        return _Shape(len(row), several, graph)

    def _tapes(self, shapes: list[_Shape]) -> list[Tape]:
        """The tapes of these shapes, made where there is none; the largest decides the places."""
        missing = [shape for shape in shapes if shape.tape is None]
        for shape in sorted(missing, key=attrgetter("size"), reverse=True):
            shape.tape = self._made(shape)
        return [shape.tape for shape in shapes if shape.tape is not None]

    def _made(self, shape: _Shape) -> Tape:
        assert shape.graph is not None
        parameters = self.parameters
        graph = shape.graph.with_parameters(parameters)
        program = lower(graph, len(parameters), self._places)
        self._places = program.place[: len(parameters)]
        others = graph.leaf_values[len(parameters) :]
        tape = Tape(program, parameters, others, several=shape.several, engine=self._engine)
        if self._threads is not None:
            tape.threads = self._threads
        return tape

    # What it is

    def __repr__(self) -> str:
        return f"Tapes({len(self)} shapes, {len(self._parameters)} parameters)"

    def __getstate__(self) -> dict[str, Any]:
        tapes = self._tapes(list(self._shapes.values()))
        return {
            "key": self._key,
            "parameters": list(self._parameters),
            "most": self._most,
            "tapes": dict(zip(self._shapes, tapes, strict=True)),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(None, state["key"], state["parameters"], state["most"])  # type: ignore[misc]
        for key, tape in state["tapes"].items():
            if type(tape) is not Tape or tape.parameters != self.parameters:
                raise TapeError("the pickle holds no tapes with one list of parameters")
            self._shapes[key] = _Shape(tape.columns, tape.several, None, tape)


def _alike(keys: list[Any]) -> dict[Any, Sequence[int]]:
    """For each key the numbers of the rows that have it."""
    if keys.count(keys[0]) == len(keys):
        return {keys[0]: range(len(keys))}
    members: defaultdict[Any, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        members[key].append(i)
    return dict(members)


def _table(rows: tuple[Row, ...], columns: int) -> Floats | None:
    """The rows as an array; None where one has another number of columns."""
    if machine is not None:
        table: Floats | None = machine.table(rows, columns)
        if table is not None:
            return table
    if set(map(len, rows)) != {columns}:
        return None
    return rows_of(list(rows), columns)


class _Epochs:
    """In which steps the rows come, which stand in groups of one shape."""

    def __init__(self, groups: list[Sequence[int]], batch_size: int):
        rows = sum(map(len, groups))
        self.batch_size = batch_size = min(batch_size, rows)
        self.group, self.place = np.empty((2, rows), np.int64)  # of each row
        for k, members in enumerate(groups):
            at = np.fromiter(members, np.int64, len(members))
            self.group[at] = k
            self.place[at] = np.arange(len(at))
        self.sizes = np.array([len(members) for members in groups], np.int64)
        self.steps = int((-(-self.sizes // batch_size)).sum())

    def plan(
        self,
        count: int,
        optimizer: OptimizerLike,
        rates: Callable[[int], float] | None,
        seed: int | None,
    ) -> Iterator[Steps]:
        """So many steps, an epoch at a time."""
        generator = None if seed is None else np.random.default_rng(seed)
        done = epoch = 0
        while done < count:
            optimizer.start_epoch(epoch)
            epoch += 1
            rows = np.arange(len(self.group))
            order, starts = self._batches(generator.permutation(rows) if generator else rows)
            starts = starts[: count - done + 1]
            order, steps, rate = order[: starts[-1]], len(starts) - 1, optimizer.rate
            each = [rate if rates is None else float(rates(done + k)) for k in range(steps)]
            yield Steps(each, self.place[order], starts, self.group[order[starts[:-1]]])
            done += steps

    def _batches(self, order: Ints) -> tuple[Ints, Ints]:
        """The rows of an epoch, step after step, and where each step begins.

        A step is taken when its last row comes; those that do not fill up are taken at the end.
        """
        size, counts = self.batch_size, -(-self.sizes // self.batch_size)
        by_group = np.argsort(self.group[order], kind="stable")  # turns in `order`
        many = np.full(self.steps, size)
        many[np.cumsum(counts) - 1] -= counts * size - self.sizes
        ends = np.cumsum(many)
        first, last = by_group[ends - many], by_group[ends - 1]
        steps = np.argsort(np.where(many == size, last, len(order) + first))
        starts = np.append(0, np.cumsum(many[steps]))
        moves = (ends - many)[steps] - starts[:-1]
        places = np.arange(len(order)) + np.repeat(moves, as_index(many[steps]))
        return order[by_group[places]], starts
