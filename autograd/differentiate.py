"""Derivatives of functions of numbers, and the check of a gradient against differences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any

from autograd.errors import ArgumentTypeError, GradientError, PlaceError
from autograd.graph import accumulate, adjoints, depending_on
from autograd.rules import rule_of
from autograd.scalar import SELECTING, as_float
from autograd.value import Number, Value, freeze, node, topological

__all__ = [
    "check_gradients",
    "derivatives_as_values",
    "difference",
    "grad",
    "hessian",
    "second_derivatives",
    "value_and_grad",
]


def grad(f: Callable[..., Any], wrt: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the derivative of f by its argument number `wrt`.

    f takes numbers, or lists, tuples and NumPy arrays of numbers, and returns one number. The
    derivative has the shape of the argument; for a tuple of positions it is a tuple. It nests:
    `grad(grad(f))` is the second derivative. Where f also depends on Values from outside (those
    of an outer `grad`, or parameters), the derivative is a Value that remembers it.

    Raises IndexError where there is no such argument, TypeError where an argument is no number or
    f does not return one.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x, y: x * y, wrt=(0, 1))(2.0, 5.0)
    (5.0, 2.0)
    >>> grad(lambda v: v[0] * v[1])([2.0, 5.0])
    [5.0, 2.0]
    """

    def derivative(*args: Any) -> Any:
        return value_and_grad(f, wrt)(*args)[1]

    return derivative


def value_and_grad(
    f: Callable[..., Any], wrt: int | tuple[int, ...] = 0
) -> Callable[..., tuple[Any, Any]]:
    """As `grad`, but the function returns the pair of f's value and the derivative.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    positions = (wrt,) if isinstance(wrt, int) else tuple(wrt)

    def value_and_derivative(*args: Any) -> tuple[Any, Any]:
        for position in positions:
            if not -len(args) <= position < len(args):
                raise PlaceError(
                    f"wrt={position}, but the function was given {len(args)} arguments"
                )
        lifted = list(args)
        leaves: list[Value] = []
        for position in positions:
            lifted[position] = _lift(args[position], leaves)
        y = _result(f(*lifted))
        y, derivatives = _told(y, leaves)
        each = iter(derivatives)
        by_position = tuple([_like(args[position], each) for position in positions])
        _close(leaves)
        return y, by_position[0] if isinstance(wrt, int) else by_position

    return value_and_derivative


def hessian(f: Callable[..., Any]) -> Callable[..., list[list[Any]]]:
    """The function that computes all second derivatives of f.

    For n numbers in f's arguments (as they come, lists flattened) it returns n lists of n:
    entry (i, j) is ∂²f/∂xᵢ∂xⱼ.

    >>> hessian(lambda x, y: x * x * y)(2.0, 3.0)
    [[6.0, 4.0], [4.0, 0.0]]
    """

    def second_derivatives(*args: Any) -> list[list[Any]]:
        leaves: list[Value] = []
        y = _result(f(*[_lift(x, leaves) for x in args]))
        rows = [_told(d, leaves)[1] for d in derivatives_as_values(y, leaves)]
        _close(leaves)
        return rows

    return second_derivatives


def second_derivatives(
    root: Value, rows: Sequence[Value], columns: Sequence[Value]
) -> list[list[float]]:
    """∂²root/∂x∂w for every x of `rows` and w of `columns`, of a graph that is there.

    >>> x, w = Value(2.0), Value(3.0)
    >>> second_derivatives(x * x * w, [x], [x, w])
    [[6.0, 4.0]]
    """
    return [_numbers(d, list(columns)) for d in derivatives_as_values(root, list(rows))]


def check_gradients(
    f: Callable[..., Any], values: Sequence[Any], *, tolerance: float = 1e-6
) -> None:
    """Check the engine's gradient of f against central differences.

    `values` are f's arguments, as for `grad`; or, where f takes none, the Values (such as the
    parameters of a model) that it is to be differentiated by, left with the data they had. The
    two agree where |analytic − numeric| ≤ tolerance · max(1, |analytic|, |numeric|).

    Raises GradientError, which names the value and both numbers, where they do not. At a kink,
    such as relu at 0, there is no derivative to agree on.

    >>> check_gradients(lambda x, y: x * y + x**2, [3.0, 2.0])
    """
    names: list[Value]
    if _takes_nothing(f):
        names = [_parameter(v) for v in values]
        y = _result(f())
        analytic = _numbers(y, names)

        def at(xs: list[float]) -> float:
            return _at_data(f, names, xs)
    else:
        names = []
        lifted = [_lift(x, names) for x in values]
        analytic = _numbers(_result(f(*lifted)), names)

        def at(xs: list[float]) -> float:
            numbers = iter([Value(x) for x in xs])
            return float(_result(f(*[_like(v, numbers) for v in values])))

    xs = [v.data for v in names]
    for i, v in enumerate(names):
        numeric = difference(at, xs, i)
        scale = max(1.0, abs(analytic[i]), abs(numeric))
        if not abs(analytic[i] - numeric) <= tolerance * scale:
            raise GradientError(
                f"the derivative by {v.label or f'value {i}'} = {v.data!r} is {analytic[i]!r}, "
                f"but differences give {numeric!r}"
            )


# Lifting numbers to Values, and back


def _lift(argument: Any, leaves: list[Value]) -> Any:
    """The argument with a new Value in place of each number, each also put in `leaves`.

    A Value of an outer differentiation gets a new node that is equal to it, so that this
    differentiation stops there and the outer one goes on.
    """
    if isinstance(argument, Value):
        lifted = node(argument.data, "identity", argument, 1.0)
        lifted.label = argument.label
    elif isinstance(argument, (list, tuple)):
        return type(argument)([_lift(x, leaves) for x in argument])
    elif _is_array(argument):
        lifted_array = argument.astype(object)
        for index, x in enumerate(argument.flat):
            lifted_array.flat[index] = _lift(x, leaves)
        return lifted_array
    else:
        lifted = Value(as_float(argument, "grad"))
    leaves.append(lifted)
    return lifted


def _close(leaves: list[Value]) -> None:
    """To an outer differentiation, the numbers that this one was done at are constants."""
    for v in leaves:
        if not v.op:
            freeze(v)


def _like(argument: Any, numbers: Any) -> Any:
    """The next numbers, in the shape of the argument."""
    if isinstance(argument, (list, tuple)):
        return type(argument)([_like(x, numbers) for x in argument])
    if _is_array(argument):
        numbers_in_shape = [_like(x, numbers) for x in argument.flat]
        plain = not any(isinstance(x, Value) for x in numbers_in_shape)
        shaped = argument.astype(float if plain else object)
        shaped.flat = numbers_in_shape
        return shaped
    return next(numbers)


def _is_array(x: object) -> bool:
    return hasattr(x, "astype") and hasattr(x, "flat") and getattr(x, "ndim", 0) > 0


def _result(y: Any) -> Number:
    return y if isinstance(y, Value) else as_float(y, "the function's result")


def _takes_nothing(f: Callable[..., Any]) -> bool:
    try:
        return not inspect.signature(f).parameters
    except ValueError:  # a function in C that does not say
        return False


def _parameter(v: Any) -> Value:
    if isinstance(v, Value):
        return v
    raise ArgumentTypeError(f"the function takes no arguments, so values must be Values, not {v!r}")


# Derivatives


def _told(y: Number, leaves: list[Value]) -> tuple[Number, list[Any]]:
    """y and dy/dx for each leaf: numbers, or Values where they depend on Values from outside."""
    if not isinstance(y, Value):
        return y, [0.0] * len(leaves)
    if _depends_only_on(y, leaves):
        return y.data, _numbers(y, leaves)
    return y, derivatives_as_values(y, leaves)


def _numbers(y: Number, leaves: list[Value]) -> list[float]:
    if not isinstance(y, Value):
        return [0.0] * len(leaves)
    gradients = adjoints(y)
    return [gradients.get(x, 0.0) for x in leaves]


def _depends_only_on(y: Value, leaves: list[Value]) -> bool:
    """Whether y was made of these leaves and constants alone, and they of nothing."""
    if any(v.op == "identity" for v in leaves):
        return False
    own = set(leaves)
    return all(v.op or v in own for v in topological(y))


def derivatives_as_values(y: Number, leaves: list[Value]) -> list[Number]:
    """dy/dx for each leaf as graphs, so that they can be differentiated in turn.

    The backward sweep, with the partials not as numbers but as the rules' expressions evaluated
    on the graph's own Values.
    """
    if not isinstance(y, Value):
        return [0.0] * len(leaves)
    order = topological(y)
    active = depending_on(leaves, order)
    ends = set(leaves)
    inner = [v for v in order if v in active and v not in ends]

    def partials(v: Value) -> Iterator[tuple[Value, Number]]:
        slopes = rule_of(v).differentiate(v.arguments, v, accurate=True)
        pairs = zip(v.operands, slopes, strict=True)
        return ((x, p) for x, p in pairs if x in active and not _is_left_out(v, p))

    derivatives: dict[Value, Number] = accumulate(inner, {y: 1.0}, partials, multiply=_times)
    return [derivatives.get(x, 0.0) for x in leaves]


def _is_left_out(v: Value, partial: Number) -> bool:
    """Whether the partial is that by an operand that an operation such as `where` did not take."""
    return v.op in SELECTING and not isinstance(partial, Value) and partial == 0.0


def _times(partial: Number, adjoint: Number) -> Number:
    """partial · adjoint, with no node for a factor of 1 and the zeros of `scalar.handed`."""
    if float(adjoint) == 0.0 and (not isinstance(adjoint, Value) or not isfinite(float(partial))):
        return 0.0
    if not isinstance(adjoint, Value) and adjoint == 1.0:
        return partial
    if not isinstance(partial, Value) and partial == 1.0:
        return adjoint
    return partial * adjoint


# Differences


def _at_data(f: Callable[[], Any], values: list[Value], xs: list[float]) -> float:
    kept = [v.data for v in values]
    try:
        for v, x in zip(values, xs, strict=True):
            v.data = x
        return float(_result(f()))
    finally:
        for v, x in zip(values, kept, strict=True):
            v.data = x


def difference(at: Callable[[list[float]], float], xs: list[float], i: int) -> float:
    """The derivative by xs[i], by central differences at two steps, extrapolated (Richardson)."""

    def central(h: float) -> float:
        above, below = xs[i] + h, xs[i] - h
        ys = [at([*xs[:i], x, *xs[i + 1 :]]) for x in (above, below)]
        return (ys[0] - ys[1]) / (above - below)

    h = 1e-3 * max(1.0, abs(xs[i]))
    try:
        return (4.0 * central(h / 2.0) - central(h)) / 3.0
    except (ArithmeticError, ValueError):  # past the edge of the domain: stay nearer
        h = 1e-4 * (abs(xs[i]) or 1.0)
        return (4.0 * central(h / 2.0) - central(h)) / 3.0
