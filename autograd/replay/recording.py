"""record(): run a function once, and keep its graph as a tape."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from autograd.replay.graph import Graph
from autograd.replay.lowering import lower
from autograd.replay.program import BROADCAST, KINDS, RULE_OF
from autograd.replay.reading import read
from autograd.replay.tape import Tape
from autograd.value import GraphError, Value

_TRIES = 40  # points at which the function is tried before giving up
_POINTS = 4  # points at which its graphs must agree


def record(
    f: Callable[..., Any],
    inputs: int | Sequence[int | None] = 0,
    *,
    parameters: Sequence[Value] | None = None,
    example: Sequence[float] | None = None,
) -> Tape:
    """A tape of f: its graph, recorded once, to be run many times at machine speed.

    `f` takes the numbers of one row as Values and returns one Value (a loss) or a list of them.
    With `inputs=n` it gets them as n arguments, or, if it takes one argument, as one list of n
    (for n = 1, as one Value). With `inputs=[3, None]` it gets a list of three and one Value. Leaves
    below the result that are no inputs are the parameters, in the order in which f uses them; their
    `data` is read before, and written after training. With `parameters` only those are trained and
    differentiated by; the others are read.

    `f` is run at several points, inputs and parameters changed. Raises GraphError where its graphs
    differ: then a branch or a `float(...)` depends on a value, and the tape would repeat one case
    for all. `example` is a row at which f can be computed, where drawn numbers will not do.

    >>> from autograd import Value, record
    >>> w, b = Value(0.5), Value(0.0)
    >>> tape = record(lambda x, y: (w * x + b - y) ** 2, inputs=2)
    >>> value, gradient = tape.value_and_grad([[1.0, 2.0], [3.0, 1.0]])
    >>> value, gradient.tolist()
    (1.25, [0.0, -1.0])
    """
    call, count = _caller(f, inputs)
    trained = None if parameters is None else list(parameters)
    points = _Points(count, example)
    first = _run(call, points, trained)
    numbers = [(v, v.data) for v in first.graph.leaf_values]
    passing: set[Value] = set()  # leaves that f makes anew each time: constants, really
    try:
        for _ in range(_POINTS - 1):
            other = _run(call, points, trained, numbers)
            if other is not None:
                passing |= _compare(first, other, dict(numbers))
    finally:
        for v, x in numbers:
            v.data = x
    graph = first.graph
    if passing:
        graph = read(first.outputs, first.inputs, trained, passing)
    leaves = graph.leaf_values
    count = int(graph.active[graph.leaves].sum())
    return Tape(lower(graph, count), leaves[:count], leaves[count:], several=first.several)


@dataclass
class _Run:
    """One run of the function: its inputs and results, and the graph between."""

    inputs: list[Value]
    outputs: list[Value]
    several: bool
    graph: Graph


class _Points:
    """Points at which to run the function: the example if there is one, then drawn numbers."""

    def __init__(self, count: int, example: Sequence[float] | None):
        if example is not None and len(example) != count:
            raise ValueError(f"example has {len(example)} numbers for {count} inputs")
        self.random = Random(20)
        self.count = count
        self.example = None if example is None else [float(x) for x in example]
        self.drawn = 0

    def inputs(self) -> list[float]:
        """The next point: near the example; or in (0, 1), in (-1, 0), then wider and mixed."""
        self.drawn += 1
        if self.example is not None:
            spread = 0.0 if self.drawn == 1 else 0.1 / self.drawn
            return [x + spread * (1.0 + abs(x)) * self._signed() for x in self.example]
        kind = self.drawn % 3
        if kind:
            sign = 1.0 if kind == 1 else -1.0
            return [sign * self.random.uniform(0.05, 0.95) for _ in range(self.count)]
        return [3.0 * self._signed() for _ in range(self.count)]

    def parameter(self, x: float) -> float:
        """Another number for a parameter that is x: far, of the other sign, or close."""
        scale = (1.0, 0.5, 0.01)[self.drawn % 3]
        start = -x if self.drawn % 6 == 2 else x
        return start + scale * (1.0 + abs(x)) * self._signed()

    def _signed(self) -> float:
        return self.random.uniform(-1.0, 1.0)


def _caller(f: Callable[..., Any], inputs: int | Sequence[int | None]) -> tuple[Any, int]:
    """A function of the list of input Values that calls f as it takes them, and their number."""
    if not callable(f):
        raise TypeError(f"record takes a function, not {f!r}")
    if isinstance(inputs, int) and not isinstance(inputs, bool):
        if inputs < 0:
            raise ValueError(f"inputs is a number of at least 0, not {inputs}")
        if inputs > 1 and _takes_one(f):
            return f, inputs
        return lambda values: f(*values), inputs
    sizes = list(inputs)  # type: ignore[arg-type]

    def call(values: list[Value]) -> Any:
        rest = iter(values)
        return f(*[next(rest) if n is None else [next(rest) for _ in range(n)] for n in sizes])

    return call, sum([1 if n is None else n for n in sizes])


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


def _run(
    call: Any,
    points: _Points,
    trained: list[Value] | None,
    leaves: Sequence[tuple[Value, float]] = (),
) -> Any:
    """Run the function at the next point where it can be computed, with the leaves changed.

    None where there is none any more, once there was one.
    """
    problem: Exception | None = None
    for _ in range(_TRIES):
        inputs = [Value(x) for x in points.inputs()]
        for v, x in leaves:
            v.data = points.parameter(x)
        try:
            result = call(inputs)
        except (ArithmeticError, ValueError) as error:
            problem = error
            continue
        several = isinstance(result, (list, tuple))
        outputs = list(result) if several else [result]
        _check_outputs(outputs)
        return _Run(inputs, outputs, several, read(outputs, inputs, trained))
    if leaves:
        return None
    raise GraphError(
        f"the function could not be computed at any point tried ({problem}); "
        "give a row at which it can: record(f, inputs, example=[...])"
    ) from problem


def _check_outputs(outputs: list[Any]) -> None:
    if not outputs:
        raise ValueError("the function to record returned an empty list")
    for result in outputs:
        if not isinstance(result, Value):
            raise TypeError(
                f"the function to record must return a Value, not {type(result).__name__}; "
                "a float(...) or .data inside it would also cut the gradient off"
            )


def _compare(first: _Run, other: _Run, numbers: dict[Value, float]) -> set[Value]:
    """Raise GraphError where two runs made different graphs; the leaves that f made anew.

    `numbers` are those of the leaves in the first run.
    """
    a, b = first.graph, other.graph
    count = min(len(a.kinds), len(b.kinds))
    kinds, others = a.kinds[:count], b.kinds[:count]
    moved = (a.a[:count] != b.a[:count]) & (kinds < BROADCAST)
    for node in np.flatnonzero((kinds != others) | moved)[:1].tolist():
        one, two = _described(a, node), _described(b, node)
        raise _frozen(f"{one} at one point is {two} at another")
    if len(a.kinds) != len(b.kinds):
        raise _frozen(f"it has {len(a.kinds)} nodes at one point, {len(b.kinds)} at another")
    for node, x in a.constants.items():
        y = b.constants.get(node, x)
        if x != y and (x == x or y == y):
            raise _frozen(f"{_user(a, node)} has {x!r} at one point, {y!r} at another")
    if not a.same_operands(b):
        raise _frozen("its nodes take other operands from point to point")
    passing = set()
    for v, w in zip(a.leaf_values, b.leaf_values, strict=True):
        if v is not w:
            if numbers[v] != w.data:
                raise _frozen(
                    f"a Value made in it is {numbers[v]!r} at one point, {w.data!r} at another"
                )
            passing.add(v)
    return passing


def _described(graph: Graph, node: int) -> str:
    kind = int(graph.kinds[node])
    if kind < 0:
        return "a constant" if node in graph.constants else "a leaf"
    return f"'{RULE_OF[KINDS[kind]]}' (step {node})"


def _user(graph: Graph, constant: int) -> str:
    """The first operation that takes this constant."""
    lists = np.flatnonzero(graph.lists.any(graph.lists.flat == constant))
    takes = np.zeros(len(graph.kinds), bool)
    for operand, listed in graph.operands(np.arange(len(takes))):
        takes |= np.where(listed, np.isin(operand, lists), operand == constant)
    users = np.flatnonzero(takes)[:1].tolist()
    return "".join(["a constant", *[f" in {_described(graph, node)}" for node in users]])


def _frozen(what: str) -> GraphError:
    return GraphError(
        f"the recorded graph depends on the numbers: {what}. A branch on a value, a float(...), "
        ".data or a random draw would be repeated as it was for every row: use where(condition, "
        "a, b), maximum, minimum or relu, and keep the Values themselves"
    )
