"""Operations that are no row of the rule table: each node of one brings its own rule along.

`rules.rule_of` finds it. What the rest of the library asks of a rule (`evaluate` and
`differentiate` in a space, `name`, `box`, `parameters`) is answered here by two methods on floats
and two on Values, which the kinds of such operations have: `custom` and `implicit`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from autograd import scalar, value
from autograd.errors import ArgumentError, ArgumentTypeError, DomainError
from autograd.rules import FUNCTIONS, RULES, Space
from autograd.value import Number, Value

__all__ = ["OwnRule", "checked_name"]


class OwnRule(ABC):
    """The rule of an operation of a user's own; calling it makes a node, or a plain number.

    `name` is how the operation is called in formulas and messages, and `parameters` are the names
    of its arguments, each one number.
    """

    name: str
    parameters: tuple[str, ...]

    @property
    def box(self) -> str:
        """Its sign in a picture."""
        return self.name

    @abstractmethod
    def number(self, *xs: float) -> float:
        """The operation's value at these numbers."""

    @abstractmethod
    def slopes(self, *xs: float) -> list[float]:
        """Its partials at these numbers, one for each."""

    @abstractmethod
    def slopes_as_values(self, arguments: Sequence[Number], y: Value) -> list[Number]:
        """The same as graphs, so that they can be differentiated in turn.

        Raises GraphError where they are not known as expressions.
        """

    def __call__(self, *arguments: Number) -> Number:
        """The value of the operation: a node where a Value is among the arguments."""
        xs = [value.number_in(x, self.name) for x in arguments]
        y = self._finite(float(self.number(*xs)), xs, "is")
        if not any(isinstance(x, Value) for x in arguments):
            return y
        partials = self.slopes(*xs)
        for name, d in zip(self.parameters, partials, strict=True):
            self._finite(d, xs, f"has a partial by {name} that is")
        return value.row(y, self.name, arguments, partials, self)

    def _finite(self, y: float, xs: Sequence[float], what: str) -> float:
        """y; DomainError where it is infinite or NaN though the arguments are finite."""
        if y - y != 0.0 and all(x - x == 0.0 for x in xs):
            call = scalar.call_text(self.name, *zip(self.parameters, xs, strict=True))
            raise DomainError(f"{call} {what} {y!r}: keep the arguments where it is finite")
        return y

    def slope(self, i: int, *xs: float) -> float:
        """The partial by argument number i."""
        return self.slopes(*xs)[i]

    def evaluate(self, arguments: tuple[Any, ...], space: Space | None = None) -> Any:
        """As `Rule.evaluate`."""
        if space is None or "own" not in space:
            return self(*arguments)
        return space["own"](self, None)(*arguments)

    def differentiate(
        self,
        arguments: tuple[Any, ...],
        y: Any,
        space: Space | None = None,
        *,
        accurate: bool = False,
    ) -> list[Any]:
        """As `Rule.differentiate`; there is one way to compute the partials."""
        if space is None or "own" not in space:
            return self.slopes_as_values(arguments, y)
        return [space["own"](self, i)(*arguments) for i in range(len(arguments))]


def checked_name(name: str) -> str:
    """The name of an operation, which must be one that can be read in a formula and is free."""
    if not isinstance(name, str) or not name.isidentifier():
        raise ArgumentTypeError(
            f"the name of an operation is one word, such as 'price', not {name!r}"
        )
    if name in RULES or name in FUNCTIONS or name == "constant":
        raise ArgumentError(
            f"autograd has an operation {name} already: give another, name='my_{name}'"
        )
    return name
