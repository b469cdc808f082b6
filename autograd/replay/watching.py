"""What a function that is recorded learns of the numbers in its graph, and where.

While a function is watched, a Value tells when its number is read, as by `.data` or `float(v)`, or
decides something, as by `v > 0` or `if v`. Printing and formatting are not told. Such a reading
matters where another answer would give another graph; so the function is run once more with another
answer, and that is seen. What is only printed, asserted or kept in a list makes no difference.
"""

from __future__ import annotations

import linecache
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from autograd.value import Value, tick, topological, watch
from autograd.watched import Reading, ReadNumber

__all__ = ["Answer", "Place", "Told", "Watcher", "place_text"]

_ENGINE = str(Path(__file__).parent.parent)  # frames in here are not the user's
_WHOLE = [float(x) for x in range(-2, 21)]  # as classes are numbered
_CHOICES = [1e9, -1e9]
_MOST_TRIED = 64  # values: of so many every one is chosen once
_NETWORKS = "nn"  # what our own networks check is no branch of the user's


class Place(NamedTuple):
    """An expression of the user's in which a number is read."""

    code: CodeType
    position: object
    line: int

    def __str__(self) -> str:
        return place_text(self.code, self.line)


def place_text(code: CodeType, line: int) -> str:
    """A line in words."""
    text = linecache.getline(code.co_filename, line).strip()
    return f"line {line} of {Path(code.co_filename).name}" + (f" ({text})" if text else "")


@dataclass
class Told:
    """What was read at one place: whether truths or numbers, and of which Values, in turn."""

    decides: bool
    values: list[Value] = field(default_factory=list)
    escaped: bool = False  # a number may be compared with anything, unseen


class Answer(NamedTuple):
    """Another answer to one reading: the opposite truth, or this number for the one read."""

    place: Place
    turn: int
    number: float


class Watcher:
    """Listens to what the Values tell in one thread, and may give one reading another answer."""

    def __init__(self, other: Answer | None = None):
        self.told: dict[Place, Told] = {}
        self.compared: dict[Place, str] = {}  # where numbers read together were, by which operator
        self.sizes: dict[Value, int] = {}  # of how many values each of these chooses one
        self.other = other
        self.listens = False
        self.start = 0  # leaves made later are the function's own
        self._reading: Reading | None = None
        self._frame: FrameType | None = None

    def forget(self) -> None:
        """Start anew."""
        self.told.clear()
        self.sizes.clear()
        self.compared.clear()

    def leaves(self) -> list[Value]:
        """The leaves that were read and had been there before; inputs among them."""
        read = [v for told in self.told.values() for v in told.values]
        return [v for v in dict.fromkeys(read) if not v.op and v._made <= self.start]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to what this thread does in the block."""
        self.start = tick()
        self.listens = True
        watch(self)
        try:
            yield
        finally:
            watch(None)
            self.listens = False
            self._reading = self._frame = None

    def number(self, v: Value) -> float:
        """The number of v, for one who reads it."""
        frame = _users_frame()
        if frame is None:
            return v._data
        place = _place(frame)
        x = self._answer(place, v, v._data, decides=False)
        # What one loop reads, such as the one in max(v.data for v in values), is kept together.
        reading = self._reading
        in_generator = frame.f_code.co_name == "<genexpr>"
        if (
            reading is None
            or frame is not self._frame
            or reading.place != place
            or (reading.compared and not in_generator)
        ):
            reading = self._reading = Reading(self, place)
            self._frame = frame
        number = ReadNumber(x, reading)
        reading.values.append(v)
        reading.numbers.append(number)
        return number

    def place(self, v: Value, size: int) -> float:
        """The place that v chooses among so many values; the first for what is no place."""
        self.sizes[v] = min(size, self.sizes.get(v, size))
        x = v._data
        return x if 0.0 <= x < size and x == math.floor(x) else 0.0

    def truth(self, values: list[Value], truth: bool) -> bool:
        """Whether something holds of these Values, for one who decides by it."""
        frame = _users_frame()
        if frame is None:
            return truth
        answer = 0.0
        for v in values:
            answer = self._answer(_place(frame), v, 0.0, decides=True)
        return truth if answer == 0.0 else not truth

    def escaped(self, reading: Reading) -> None:
        """Remember that a number of this reading is now one like any other."""
        self.told[reading.place].escaped = True

    def _answer(self, place: Place, v: Value, x: float, *, decides: bool) -> float:
        told = self.told.setdefault(place, Told(decides))
        told.values.append(v)
        other = self.other
        if other is None or other[:2] != (place, len(told.values) - 1):
            return x
        return other.number

    def answers(self) -> Iterator[Answer]:
        """Other answers to the first and the last reading at every place."""
        for place, told in self.told.items():
            for turn in sorted({0, len(told.values) - 1}):
                v = told.values[turn]
                if self._depends(v):
                    numbers = [1.0] if told.decides else self._others(v)
                    if place in self.compared and not told.escaped:
                        numbers = _CHOICES  # read only to choose the largest or smallest
                    if told.escaped and turn == 0 and v not in self.sizes:
                        numbers = numbers + _WHOLE
                    yield from [Answer(place, turn, x) for x in numbers]

    def _others(self, v: Value) -> list[float]:
        """Numbers to read instead of that of v: of an index, those that it can be."""
        size = self.sizes.get(v, 0)
        if not size:
            return _others(v._data)
        return [float(x) for x in range(size) if size <= _MOST_TRIED or x in (0, 1, size - 1)]

    def _depends(self, v: Value) -> bool:
        """Whether v depends on an input or on a leaf that was there before."""
        return any(not x.op and x._made <= self.start for x in topological(v) if not x.operands)


def _others(x: float) -> list[float]:
    """Numbers to read instead of x: near, on the other side of zero, and far."""
    if not math.isfinite(x):
        return [0.0, 1.0]
    return [x + 1.0, x - 1.0, -x - 0.01, x + 100.0, 1e9, -1e9, math.nan, math.inf, -math.inf]


def _users_frame() -> FrameType | None:
    """The frame that asked a Value, outside the engine; None where it is in our networks."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_ENGINE):
        frame = frame.f_back
    if frame is None or frame.f_globals.get("__name__", "").partition(".")[0] == _NETWORKS:
        return None
    return frame


def _place(frame: FrameType) -> Place:
    code, instruction = frame.f_code, frame.f_lasti
    positions = _positions(code)
    position = positions[instruction // 2] if positions else instruction
    return Place(code, position, frame.f_lineno)


@lru_cache(maxsize=64)
def _positions(code: CodeType) -> list[object]:
    """Lines and columns of every instruction, from Python 3.11 on, where instructions move."""
    return list(getattr(code, "co_positions", tuple)())
