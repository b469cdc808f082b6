"""record(): run a function once, and keep its graph as a tape."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from functools import partial
from operator import index
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, ArgumentTypeError, Error, GraphError
from autograd.locks import ProcessLock
from autograd.replay.collecting import no_collections
from autograd.replay.derivatives import checked_wrt
from autograd.replay.frozen import Run, compare, frozen
from autograd.replay.graph import GraphTable
from autograd.replay.labels import Labels, input_labels
from autograd.replay.leaves import get_data, put_back, set_data
from autograd.replay.lowering import lower
from autograd.replay.reach import leaves_of
from autograd.replay.reading import read
from autograd.replay.tape import Tape
from autograd.replay.watching import Answer, Watcher
from autograd.scalar import as_float
from autograd.value import Value

_TRIES = 30  # points at which the function is tried
_POINTS = 4  # points at which its graphs must agree at least
_NODES = 4_000  # and more points, until so many nodes have been compared
_recording = (
    ProcessLock()
)  # leaves have other numbers meanwhile, which no other may take for theirs
_NO_VALUE = (ArithmeticError, AssertionError, ValueError)  # what a function says outside its domain


def record(
    f: Callable[..., Any],
    inputs: int | Sequence[int | None] = 0,
    *,
    parameters: Sequence[Value] | None = None,
    example: Sequence[float] | None = None,
    wrt: str | None = None,
) -> Tape:
    """A tape of f: its graph, recorded once, to be run many times at machine speed.

    `f` takes the numbers of one row as Values and returns one Value (a loss) or a list of them.
    With `inputs=n` it gets them as n arguments, or, if it takes one argument, as one list of n
    (for n = 1, as one Value). With `inputs=[3, None]` it gets a list of three and one Value. Leaves
    below the result that are no inputs are the parameters, in the order in which its operations use
    them first (a network's first layer comes first, as in `model.parameters()`); their `data` is
    read before, and written after training. With `parameters` only those are trained and
    differentiated by; the others are read.

    While f runs, the Values tell who reads their numbers (`v.data`, `float(v)`) or decides by them
    (`v > 0`, `if v`), and f is run again with other answers; it is also run at several other
    points, with all leaves changed that it can reach. Raises GraphError where its graphs differ,
    naming the line: the tape would repeat one case, or one number, for all rows. What is printed,
    asserted or kept for later is no matter. `max(v.data for v in values)`, as a stabilised softmax
    has it, becomes the maximum, through which no derivative passes.

    `wrt` says what the tape is differentiated by where a call does not: "inputs" or "parameters",
    by default the parameters if there are any, else the inputs.

    `example` is a row at which f can be computed, where drawn numbers will not do; the other points
    are then near it. Nodes that were made before are part of the graph, computed anew from their
    leaves; what f computes and does not use is left out.

    >>> from autograd import Value, record
    >>> w, b = Value(0.5), Value(0.0)
    >>> tape = record(lambda x, y: (w * x + b - y) ** 2, inputs=2)
    >>> value, gradient = tape.value_and_grad([[1.0, 2.0], [3.0, 1.0]])
    >>> value, gradient.tolist()
    (1.25, [0.0, -1.0])
    """
    call, count = _caller(f, inputs)
    if wrt is not None:
        checked_wrt(wrt)
    trained = None if parameters is None else checked_parameters(parameters)
    graph, several, results = graph_of(f, call, count, trained, example)
    leaves = graph.leaf_values
    trainable = int(graph.active[graph.leaves].sum())
    program = lower(graph, trainable)
    labels = Labels(input_labels(f, inputs, count), results)
    return Tape(
        program, leaves[:trainable], leaves[trainable:], several=several, labels=labels, wrt=wrt
    )


@_recording
@no_collections()
def graph_of(
    f: Callable[..., Any],
    call: Callable[[list[Value]], Any],
    count: int,
    trained: list[Value] | None = None,
    example: Sequence[float] | None = None,
    *,
    first_row: Sequence[float] | None = None,
    reach: Sequence[Value] | None = None,
    least: int = _POINTS,
) -> tuple[GraphTable, bool, tuple[str | None, ...]]:
    """The graph of a function of so many inputs, whether it has several results, their labels.

    `call` takes a list of Values and calls f with them. With `first_row` f is run at it, near it,
    and elsewhere. `reach` are the leaves that f can read, where they are known already, and `least`
    is the number of points at which graphs must agree. See `record` for what is checked, and how.
    """
    points = _Points(count, example, first_row)
    numbers = _numbers_of(tuple(leaves_of(f) if reach is None else reach))
    watcher = Watcher()
    first = watched = _first_run(call, points, trained, _Leaves(numbers), watcher)
    points.sizes = first.sizes
    if not points.are_places(first.at):  # once more: it is now known which inputs are whole numbers
        first = watched = _first_run(call, points, trained, _Leaves(numbers), watcher)
    if watcher.told:  # once more: what f makes at its first call only is now there
        watcher = Watcher()
        watched = _run(call, first.at, trained, _Leaves(numbers), watcher)
    read_leaves = [v for v in watcher.leaves() if v not in watched.inputs]
    met = (*first.graph.leaf_values, *read_leaves)
    numbers.update(_numbers_of(tuple([v for v in met if v not in numbers])))
    first.again = partial(_run, call, first.at, trained, _Leaves(numbers))
    passing: set[Value] = set()  # leaves that f makes anew at each run: they are constants
    agreed = 1
    leaves = _Leaves(numbers)
    with put_back(numbers):
        for answer in watcher.answers():
            _try_answer(answer, call, trained, leaves, numbers, first)
        for _ in range(_TRIES):
            if agreed >= least and agreed * len(first.graph.kinds) > _NODES * least // _POINTS:
                break
            other = _another_run(call, points, trained, leaves, first)
            if other is not None:
                passing |= compare(first, other, numbers)
                agreed += 1
    graph = first.graph
    if passing:
        graph = read(first.outputs, first.inputs, trained, passing)
    return graph, first.several, tuple([v.label for v in first.outputs])


def _numbers_of(values: tuple[Value, ...]) -> dict[Value, float]:
    return dict(zip(values, get_data(values).tolist(), strict=True))


class _Leaves:
    """The leaves that f can read, with numbers that they are to have."""

    def __init__(self, numbers: dict[Value, float]):
        self.values = tuple(numbers)
        self.numbers = np.fromiter(numbers.values(), np.float64, len(numbers))

    def moved(self, points: _Points) -> _Leaves:
        """The same leaves with other numbers."""
        other = _Leaves.__new__(_Leaves)
        other.values, other.numbers = self.values, points.parameters(self.numbers)
        return other

    def put(self) -> None:
        """Give the leaves these numbers."""
        set_data(self.values, self.numbers)

    def changed(self) -> list[Value]:
        """The leaves that have others now; they get these again."""
        found = get_data(self.values)
        other = (found != self.numbers) & (self.numbers == self.numbers)
        if other.any():
            self.put()
        return [self.values[i] for i in np.flatnonzero(other)]


class _Points:
    """Points at which to run the function: near the example if there is one, else drawn.

    The first ones are where most functions can be computed; then come ties, whole numbers, zeros
    and large numbers, where a branch may take its other side, and NaN.
    """

    def __init__(
        self,
        count: int,
        example: Sequence[float] | None,
        first_row: Sequence[float] | None = None,
    ):
        if example is not None and len(example) != count:
            raise ArgumentError(f"example has {len(example)} numbers for {count} inputs")
        self.random = Random(20)
        self.generator = np.random.default_rng(20)
        self.first_row = first_row  # which, or one near it, comes at every other time
        self.count = count
        self.example = None if example is None else [as_float(x, "example") for x in example]
        self.drawn = 0
        self.sizes: dict[int, int] = {}  # of how many values an input chooses one

    def inputs(self) -> list[float]:
        """The next point; an input that chooses one of many values is a whole number."""
        at = self._numbers()
        for i, size in self.sizes.items():
            is_given = self.drawn == 1 and (self.example or self.first_row) is not None
            at[i] = at[i] if is_given else float(self.random.randrange(size))
        return at

    def _numbers(self) -> list[float]:
        near: Sequence[float] | None = self.example
        if self.first_row is not None and self.drawn % 2 == 0:
            near = self.first_row
        turn, kind = divmod(self.drawn if self.first_row is None else self.drawn // 2, 10)
        self.drawn += 1
        if near is not None:
            spread = 0.0 if self.drawn == 1 else 0.1 / self.drawn
            return [x + spread * (1.0 + abs(x)) * self._signed() for x in near]
        if kind == 5:  # a tie
            return [self.random.uniform(0.05, 0.95)] * self.count
        return [self._number(kind, turn) for _ in range(self.count)]

    def _number(self, kind: int, turn: int) -> float:
        draw: Callable[[float, float], float] = self.random.uniform
        if kind < 2:
            return (1.0, -1.0)[kind] * draw(0.05, 0.95)
        if kind == 2:
            return 3.0 * self._signed()
        if kind == 3:
            return self._signed() * float(10.0 ** draw(-3.0, 3.0))
        if kind == 4:
            return float(self.random.randint(-3, 3))
        if kind == 8:
            sign = (1.0, -1.0)[turn] if turn < 2 else self.random.choice([1.0, -1.0])
            return sign * float(10.0 ** draw(2.0, 6.0))
        return (0.0, 1.0, math.nan)[kind // 7 + kind // 9]

    def are_places(self, at: list[float]) -> bool:
        """Whether the inputs that choose one of many values do so here."""
        return all(at[i] == int(at[i]) and 0 <= at[i] < n for i, n in self.sizes.items())

    def parameters(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Other numbers for leaves that are x: far, of the other sign, or close."""
        scale = (1e3, 1.0, 0.5, 0.01)[self.drawn % 4]
        start = -x if self.drawn % 6 == 2 else x
        return start + scale * (1.0 + abs(x)) * self.generator.uniform(-1.0, 1.0, len(x))

    def _signed(self) -> float:
        return self.random.uniform(-1.0, 1.0)


def _caller(f: Callable[..., Any], inputs: int | Sequence[int | None]) -> tuple[Any, int]:
    """A function of the list of input Values that calls f as it takes them, and their number."""
    if not callable(f):
        raise ArgumentTypeError(f"record takes a function, not {f!r}")
    if hasattr(inputs, "__index__") and not isinstance(inputs, bool):
        count = _count(inputs)
        if count > 1 and _takes_one(f):
            return f, count
        return lambda values: f(*values), count
    if not isinstance(inputs, (list, tuple)):
        raise ArgumentTypeError(
            f"inputs is a number, or a list of numbers and None, not {inputs!r}"
        )
    sizes = [None if n is None else _count(n) for n in inputs]

    def call(values: list[Value]) -> Any:
        rest = iter(values)
        return f(*[next(rest) if n is None else [next(rest) for _ in range(n)] for n in sizes])

    return call, sum([1 if n is None else n for n in sizes])


def _count(n: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise ArgumentTypeError(f"inputs is a number, or a list of numbers and None, not {n!r}")
    if n < 0:
        raise ArgumentError(f"inputs is a number of at least 0, not {n}")
    return index(n)


def checked_parameters(parameters: Any) -> list[Value]:
    """The parameters, each checked to be a leaf."""
    if isinstance(parameters, Value) or not hasattr(parameters, "__iter__"):
        what = type(parameters).__name__
        raise ArgumentTypeError(
            f"parameters is a list of Values, such as model.parameters(), not a {what}"
        )
    trained = list(parameters)
    for v in trained:
        if not isinstance(v, Value):
            raise ArgumentTypeError(f"parameters is a list of Values; it holds {v!r}")
        if v.op:
            raise ArgumentError(f"{v!r} is no parameter: '{v.op}' computed it. Give leaves")
    return trained


def _takes_one(f: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return False
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False
    return (
        len([p for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty])
        == 1
    )


class _NoValueError(Error):
    """The function cannot be computed at a point."""


def _run(
    call: Any,
    at: list[float],
    trained: list[Value] | None,
    leaves: _Leaves,
    watcher: Watcher | None = None,
) -> Run:
    """Run the function at a point, with these numbers in the leaves, watched."""
    leaves.put()
    inputs = [Value(x) for x in at]
    watcher = watcher or Watcher()
    try:
        with watcher.listening():
            result = call(inputs)
    except _NO_VALUE as error:
        raise _NoValueError(str(error)) from error
    several = isinstance(result, (list, tuple))
    outputs = list(result) if several else [result]
    _check_outputs(outputs)
    for v in leaves.changed()[:1]:
        name = v.label or "a Value"
        raise GraphError(f"the function to record changes {name}; it may only read leaves")
    sizes = {i: watcher.sizes[v] for i, v in enumerate(inputs) if v in watcher.sizes}
    run = Run(at, inputs, outputs, several, read(outputs, inputs, trained), sizes)
    run.again = partial(_run, call, at, trained, leaves)
    return run


def _first_run(
    call: Any,
    points: _Points,
    trained: list[Value] | None,
    leaves: _Leaves,
    watcher: Watcher,
) -> Run:
    """Run the function, watched, at the first point where it can be computed."""
    problem: Exception | None = None
    for _ in range(_TRIES):
        at = points.inputs()
        if points.example is None and any(x != x for x in at):
            continue
        watcher.forget()
        try:
            return _run(call, at, trained, leaves, watcher)
        except _NoValueError as error:
            problem = error
    raise GraphError(
        f"the function could not be computed at any point tried ({problem}); "
        "give a row at which it can: record(f, inputs, example=[...])"
    ) from problem


def _try_answer(
    answer: Answer,
    call: Any,
    trained: list[Value] | None,
    leaves: _Leaves,
    numbers: dict[Value, float],
    first: Run,
) -> None:
    """Raise GraphError where the graph is another one if a reading in it has another answer."""

    def again() -> Run:
        return _run(call, first.at, trained, leaves, Watcher(answer))

    try:
        compare(first, again(), numbers, answer.place)
    except (_NoValueError, GraphError) as error:
        if isinstance(error, GraphError):
            raise
    except Exception as error:
        what = f"at another point it fails with {type(error).__name__}: {error}"
        raise frozen(what, first, again, answer.place) from error


def _another_run(
    call: Any,
    points: _Points,
    trained: list[Value] | None,
    leaves: _Leaves,
    first: Run,
) -> Run | None:
    """Run the function at the next point, with all leaves changed; None where it has no value."""
    at = points.inputs()
    moved = leaves.moved(points)
    try:
        return _run(call, at, trained, moved)
    except _NoValueError:
        return None
    except GraphError:
        raise
    except Exception as error:
        again = partial(_run, call, at, trained, moved)
        what = f"at another point it fails with {type(error).__name__}: {error}"
        raise frozen(what, first, again) from error


def _check_outputs(outputs: list[Any]) -> None:
    if not outputs:
        raise ArgumentError("the function to record returned an empty list")
    for result in outputs:
        if not isinstance(result, Value):
            raise ArgumentTypeError(
                "the function to record must return a Value or a list of them, not "
                f"{type(result).__name__}; a float(...) or .data inside it would cut the graph off"
            )
