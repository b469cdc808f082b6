"""custom(): an operation of the user's own, with its partials, as one node of the graph."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from autograd import scalar, value
from autograd.differentiate import difference
from autograd.errors import ArgumentError, ArgumentTypeError, DomainError, Error, GraphError
from autograd.graph import adjoints
from autograd.own import OwnRule, checked_name
from autograd.value import Number, Value

__all__ = ["custom"]

Function: TypeAlias = Callable[..., Any]
Partials: TypeAlias = Function | Sequence[Function] | None

_TOLERANCE = 1e-9  # to which given partials must be those of the expression, to be recorded


def custom(f: Function, partials: Partials = None, *, name: str | None = None) -> Function:
    """The function f as one operation with partial derivatives of its own.

    What is returned takes plain numbers and Values. Of Values it makes one node, which derives,
    draws and audits by its name: y = f(x, ...), with ∂f/∂x as its partial. f itself is always
    called with floats, so it may be of another library.

    Higher derivatives need partials that are expressions: they are called with Values then, and
    must compute with autograd's functions. A tape takes the operation where f is an expression as
    well and the partials are its derivatives; then it records what f does.

    Args:
        f: a function of a fixed number of numbers, which returns a number.
        partials: a list of functions of the same numbers, one for each; or one function that
            returns as many numbers. Without it the partials are central differences, exact to
            some ten digits, of first order only, and a warning says so.
        name: what it is called in formulas and messages; that of f if not given.

    Raises:
        TypeError, ValueError: arguments that cannot be right; a name that is taken.
        DomainError: f or a partial is not finite at finite numbers (when called).
        GraphError: a higher derivative, or a tape, of what is no expression (when called).

    >>> import math
    >>> from autograd import Value, exp
    >>> bell = custom(lambda x: math.exp(-x * x), [lambda x: -2 * x * exp(-x * x)], name="bell")
    >>> x = Value(0.5, "x")
    >>> y = bell(x)
    >>> y.backward()
    >>> round(y.data, 6), round(x.grad, 6)
    (0.778801, -0.778801)
    """
    if not callable(f):
        raise ArgumentTypeError(f"custom takes a function, not {f!r}")
    if name is None:
        name = getattr(f, "__name__", "f")
        name = name if name.isidentifier() else "f"
    name = checked_name(name)
    given: Any = tuple(partials) if isinstance(partials, (list, tuple)) else partials
    listed = given if isinstance(given, tuple) else ()
    if not all(callable(p) for p in listed or (given or f,)):
        raise ArgumentTypeError(
            f"the partials of {name} are functions, one for each of its numbers, or one function "
            f"that returns as many numbers, not {partials!r}"
        )
    parameters = _parameters(f, name, len(listed) if isinstance(given, tuple) else None)
    if partials is None:
        warnings.warn(
            f"{name} is given no partials: its derivatives are differences, exact to some ten "
            "digits, and it has no second ones",
            stacklevel=2,
        )
    return _CustomRule(f, given, name, parameters)


def _parameters(f: Function, name: str, given: int | None) -> tuple[str, ...]:
    """The names of the numbers that f takes; `given` is the number of its partials, if known."""
    try:
        declared = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a function in C that does not say
        declared = []
    positional = [p for p in declared if p.kind <= p.POSITIONAL_OR_KEYWORD]
    needed = [p.name for p in positional if p.default is p.empty]
    open_ended = not declared or any(p.kind is p.VAR_POSITIONAL for p in declared)
    if given is None:
        if open_ended or not needed:
            raise ArgumentError(
                f"{name} does not tell how many numbers it takes: give a list of partials, one each"
            )
        return tuple(needed)
    if open_ended and given >= len(needed) and given:
        return (*needed, *[f"x{i + 1}" for i in range(len(needed), given)])
    if not len(needed) <= given <= len(positional) or not given:
        numbers = ", ".join(needed)
        raise ArgumentError(f"{name} takes ({numbers}) but has {given} partials: give one for each")
    return tuple([p.name for p in positional[:given]])


class _CustomRule(OwnRule):
    """A function with its partials: functions, one that gives all, or None for differences."""

    def __init__(self, f: Function, partials: Any, name: str, parameters: tuple[str, ...]):
        self.f = f
        self.partials = partials
        self.name = name
        self.parameters = parameters

    def __repr__(self) -> str:
        return f"custom {self.name}({', '.join(self.parameters)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _CustomRule, (self.f, self.partials, self.name, self.parameters)

    def __call__(self, *arguments: Number) -> Number:
        """The value, as a node where a Value is among the arguments."""
        if len(arguments) != len(self.parameters):
            numbers = ", ".join(self.parameters)
            raise ArgumentTypeError(
                f"{self.name} takes ({numbers}), but is given {len(arguments)} numbers"
            )
        if value.watcher() is not None and any(isinstance(x, Value) for x in arguments):
            return self._to_record(arguments)
        return super().__call__(*arguments)

    def number(self, *xs: float) -> float:
        """What f returns."""
        with self._named_errors(xs):
            return scalar.as_float(self.f(*xs), self.name)

    def slopes(self, *xs: float) -> list[float]:
        """The partials as numbers."""
        if self.partials is None:
            return [difference(lambda at: self.number(*at), list(xs), i) for i in range(len(xs))]
        with self._named_errors(xs):
            return [scalar.as_float(d, f"a partial of {self.name}") for d in self._called(xs)]

    @contextmanager
    def _named_errors(self, xs: Sequence[float]) -> Iterator[None]:
        """A division by zero or an overflow inside, as a DomainError that names the numbers."""
        try:
            yield
        except ArithmeticError as error:
            if isinstance(error, Error):
                raise
            call = scalar.call_text(self.name, *zip(self.parameters, xs, strict=True))
            raise DomainError(f"{call} is undefined: {error}") from error

    def _called(self, arguments: Sequence[Number]) -> list[Any]:
        """What the partials return, one for each argument."""
        if isinstance(self.partials, tuple):
            return [partial(*arguments) for partial in self.partials]
        slopes = self.partials(*arguments)
        if isinstance(slopes, (int, float, Value)) or not hasattr(slopes, "__iter__"):
            slopes = [slopes]
        slopes = list(slopes)
        if len(slopes) != len(self.parameters):
            numbers = ", ".join(self.parameters)
            raise ArgumentError(
                f"the partials of {self.name} are {len(slopes)} numbers, but it takes ({numbers})"
            )
        return slopes

    def slopes_as_values(self, arguments: Sequence[Number], y: Value) -> list[Number]:
        """The partials as expressions."""
        what = f"no second derivative of {self.name}: its partials are"
        if self.partials is None:
            raise GraphError(f"{what} differences; give them as expressions of Values")
        with _attentive() as attentive:
            try:
                slopes = self._called(arguments)
            except (AttributeError, TypeError) as error:
                raise GraphError(f"{what} no expressions of Values ({error})") from error
        if attentive.has_read:
            raise GraphError(
                f"{what} no expressions of Values: they read numbers, as math's functions and "
                "float() do; write them with autograd's functions"
            )
        for d in slopes:
            if not isinstance(d, Value):
                scalar.as_float(d, f"a partial of {self.name}")
        return slopes

    # On a tape

    def _to_record(self, arguments: Sequence[Number]) -> Value:
        """What f does to the arguments, which is what a tape keeps of it."""
        what = f"{self.name} cannot be recorded:"
        try:
            y = self.f(*arguments)
        except (AttributeError, TypeError) as error:
            raise GraphError(f"{what} it is no expression of Values ({error})") from error
        if not isinstance(y, Value):
            raise GraphError(
                f"{what} given Values it returns {type(y).__name__}; write it with autograd's "
                "functions, or train without a tape"
            )
        if self.partials is not None:
            self._check_expression(what, [float(value.number_in(x, "f")) for x in arguments])
        return y

    def _check_expression(self, what: str, xs: list[float]) -> None:
        """Raise GraphError where the partials are not the derivatives of what is recorded."""
        with _attentive():
            leaves = [Value(x) for x in xs]
            wanted = adjoints(self.f(*leaves))
            slopes = self.slopes(*xs)
        for name, leaf, slope in zip(self.parameters, leaves, slopes, strict=True):
            own = wanted.get(leaf, 0.0)
            if abs(own - slope) > _TOLERANCE * max(1.0, abs(own), abs(slope)):
                at = ", ".join([f"{n} = {x!r}" for n, x in zip(self.parameters, xs, strict=True)])
                raise GraphError(
                    f"{what} a tape differentiates what it does, whose partial by {name} is "
                    f"{own!r} at {at}, but {slope!r} is given"
                )


class _Attentive:
    """Notes whether somebody reads the number of a Value."""

    has_read = False

    def number(self, v: Value) -> float:
        self.has_read = True
        return v._data

    def truth(self, values: Sequence[Value], truth: bool) -> bool:
        return truth


@contextmanager
def _attentive() -> Iterator[_Attentive]:
    """Watch this thread's readings instead of who does now."""
    before, attentive = value.watcher(), _Attentive()
    value.watch(attentive)
    try:
        yield attentive
    finally:
        value.watch(before)
