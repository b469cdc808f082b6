"""Numbers that were read from Values while someone watches: floats that know where they come from.

`record` watches the function that it records; at no other time are there any.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["ReadNumber", "Reading"]


class Reading:
    """The numbers that were read one after another at one place, and of which Values."""

    def __init__(self, watcher: Any, place: Any):
        self.watcher = watcher
        self.place = place
        self.values: list[Any] = []
        self.numbers: list[ReadNumber] = []
        self.compared = ""  # with each other, by this operator, as `max` and `min` do

    def chosen_by(self) -> str:
        """The operator by which one of these numbers was chosen; empty where none was."""
        if self.compared or len(self.values) > 1:
            return self.compared
        # The only one there was: as at other times at this place, or from a generator.
        only = ">" if self.place.code.co_name == "<genexpr>" else ""
        return str(self.watcher.compared.get(self.place, only))


class ReadNumber(float):
    """A float as any other, which tells where something is decided by it."""

    __slots__ = ("reading",)

    reading: Reading

    def __new__(cls, x: float, reading: Reading) -> ReadNumber:
        """The number x, read with others."""
        self = super().__new__(cls, x)
        self.reading = reading
        return self

    def _decides(self, other: object, truth: Any, operator: str = "=") -> Any:
        reading = self.reading
        if type(other) is ReadNumber and other.reading is reading:
            reading.compared = reading.watcher.compared[reading.place] = operator
        elif truth is not NotImplemented and reading.watcher.listens:
            return reading.watcher.truth(reading.values, truth)
        return truth

    def __lt__(self, other: float) -> bool:
        return self._decides(other, float.__lt__(self, other), "<")  # type: ignore[no-any-return]

    def __le__(self, other: float) -> bool:
        return self._decides(other, float.__le__(self, other), "<")  # type: ignore[no-any-return]

    def __gt__(self, other: float) -> bool:
        return self._decides(other, float.__gt__(self, other), ">")  # type: ignore[no-any-return]

    def __ge__(self, other: float) -> bool:
        return self._decides(other, float.__ge__(self, other), ">")  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return self._decides(other, float.__eq__(self, other))  # type: ignore[no-any-return]

    def __ne__(self, other: object) -> bool:
        return self._decides(other, float.__ne__(self, other))  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return self._decides(0.0, float.__bool__(self))  # type: ignore[no-any-return]

    # What is made by these is a number like any other, of which nothing more is seen.

    def _escapes(self) -> float:
        if self.reading.watcher.listens:
            self.reading.watcher.escaped(self.reading)
        return float.__float__(self)

    def __hash__(self) -> int:
        return hash(self._escapes())  # to be looked up, in a set or a dict

    def __float__(self) -> float:
        return self._escapes()

    def __int__(self) -> int:
        return int(self._escapes())

    def __trunc__(self) -> int:
        return int(self._escapes())

    def __floor__(self) -> int:
        return math.floor(self._escapes())

    def __ceil__(self) -> int:
        return math.ceil(self._escapes())

    def __round__(self, digits: Any = None) -> Any:
        return round(self._escapes(), digits)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)
