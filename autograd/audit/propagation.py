"""What every number of a calculation is, and how far rounding may have taken it.

Each node has a *number*, a *bound* and a *spread*. The bound is hard: it is what rounding can do
at worst, half a unit of the last digit of a figure on the sheet, the learner's usual half unit for
a step that is not on it, each carried on by what the node makes of it. The spread is what rounding
usually does (a standard deviation). A figure is right where it lies within the bound; the spread
tells which of several slips explains it better.

The same is asked of many calculations at once that differ in a few nodes, the *columns*: one for
each slip that is tried. Numbers that are the same in all columns stay single floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from autograd.audit.calculation import Node
from autograd.audit.function import Function, numpy
from autograd.audit.rounding import Habit
from autograd.audit.sheet import Figure

__all__ = [
    "Edit",
    "Edits",
    "Number",
    "World",
    "calculated",
    "figure_read",
    "in_columns",
    "in_order",
]


class Edit(NamedTuple):
    """In one column another function stands for a node's own; `alone` where it is the only one."""

    column: int
    function: Function
    alone: bool = True


Edits: TypeAlias = Mapping[Node, Sequence[Edit]]

_UNIFORM = 3.0**-0.5  # the standard deviation of a number anywhere within ±1


class Number(NamedTuple):
    """A number with its bound and spread: floats, or arrays with a number for each column."""

    x: Any
    bound: Any
    spread: Any


def figure_read(figure: Figure, habit: Habit) -> Number:
    """A figure of the sheet as it is used on."""
    half = figure.unit / 2
    x = figure.number
    if habit.cuts:
        x += math.copysign(half, x)
    return Number(x, half, half * _UNIFORM)


def given(node: Node, habit: Habit) -> Number:
    """A number that the calculation starts from; of √2 or 1/3 no one writes all digits."""
    x = node.number
    bound = 0.0 if float(f"{x:.6g}") == x else habit.step(x)
    return Number(x, bound, bound * _UNIFORM)


def calculated(
    node: Node, args: Sequence[Number], habit: Habit, function: Function | None = None
) -> Number:
    """A node's number from those of its arguments, by its own function or by another."""
    f = function or node.function
    x = f(*[a.x for a in args])
    bound = spread = 0.0
    if any(a.bound for a in args):
        xs = [a.x for a in args]
        slopes = f.slopes(*xs) if f.slopes else None
        for i, a in enumerate(args):
            if a.bound:
                d = _moved(f, xs, i, a.bound, x) if slopes is None else abs(slopes[i]) * a.bound
                bound += d
                spread = math.hypot(spread, d * (a.spread / a.bound))
    if node.rounded:
        half = habit.lost(x, bound)
        if habit.cuts:
            x -= math.copysign(half, x)
        bound += half
        spread = math.hypot(spread, half * _UNIFORM)
    return Number(x, bound, spread)


def _moved(f: Function, xs: list[float], i: int, by: float, x: float) -> float:
    """How far f moves at most where its argument i moves so far to either side."""
    farthest = 0.0
    for y in (xs[i] + by, xs[i] - by):
        moved = abs(f(*xs[:i], y, *xs[i + 1 :]) - x)
        farthest = max(farthest, moved)  # max leaves out NaN: outside the domain no one goes on
    return farthest


def in_columns(
    nodes: Sequence[Node],
    world: World,
    edits: Edits,
    count: int,
    habit: Habit | None,
) -> dict[Node, Number]:
    """The numbers that differ from those of a world in some column, by node.

    `nodes` come operands first. What is found for a node with a figure is what its entry should
    be; what follows reads the figure. Without a habit only the numbers are found, not the bounds.
    """
    step = _lists if numpy() is None else _arrays
    worlds: dict[Node, Number] = {}
    for node in nodes:
        changed = any(a in worlds and a not in world.read for a in node.args)
        if not changed and node not in edits:
            continue
        args = [world.read.get(a) or worlds.get(a) or world.own[a] for a in node.args]
        number = step(node, args, habit, count) if changed else world.own[node]
        if node in edits:
            usual = [world.used(a) for a in node.args]
            number = _edited(node, number, args, usual, edits[node], count, habit)
        worlds[node] = number
    return worlds


def _edited(
    node: Node,
    number: Number,
    args: Sequence[Number],
    usual: Sequence[Number],
    edits: Sequence[Edit],
    count: int,
    habit: Habit | None,
) -> Number:
    """A node's numbers with its edits made; `usual` are the arguments where nothing was edited."""
    parts = [_wide(q, count) for q in (number if habit is not None else number[:1])]
    for edit in edits:
        here = usual
        if not edit.alone:
            c = edit.column
            here = [Number(*[q if isinstance(q, float) else float(q[c]) for q in a]) for a in args]
        for q, new in zip(parts, _by(node, here, habit, edit.function), strict=True):
            q[edit.column] = new
    return Number(*parts) if habit is not None else Number(parts[0], 0.0, 0.0)


def _by(
    node: Node, args: Sequence[Number], habit: Habit | None, function: Function
) -> tuple[float, ...]:
    if habit is None:
        return (function(*[a.x for a in args]),)
    return calculated(node, args, habit, function)


def _wide(q: Any, count: int) -> Any:
    """A number for each column, to be written to."""
    np = numpy()
    if np is None:
        return [q] * count if isinstance(q, float) else list(q)
    return np.full(count, q) if isinstance(q, float) else np.array(q)


def _lists(node: Node, args: Sequence[Number], habit: Habit | None, count: int) -> Number:
    """A node in all columns, one after the other."""
    wide = [[_wide(q, count) for q in a] for a in args]
    every = [
        _by(node, [Number(*[q[c] for q in a]) for a in wide], habit, node.function)
        for c in range(count)
    ]
    made = [list(q) for q in zip(*every, strict=True)]
    return Number(*made) if habit is not None else Number(made[0], 0.0, 0.0)


def _arrays(node: Node, args: Sequence[Number], habit: Habit | None, count: int) -> Number:
    """A node in all columns at once: as `calculated`, of arrays."""
    np = numpy()
    f = node.function
    xs = [a.x for a in args]
    x = f.columns(*xs)
    if habit is None:
        return Number(np.broadcast_to(x, count), 0.0, 0.0)
    slopes = f.slopes(*xs) if f.slopes else None
    bound: Any = 0.0
    square: Any = 0.0
    for i, a in enumerate(args):
        if isinstance(a.bound, float) and not a.bound:
            continue
        if slopes is None:
            up, down = [
                np.abs(f.columns(*xs[:i], xs[i] + by, *xs[i + 1 :]) - x)
                for by in (a.bound, -a.bound)
            ]
            d = np.fmax(np.fmax(up, down), 0.0)
        else:
            d = np.abs(slopes[i]) * a.bound
        bound = bound + d
        ratio = a.spread / np.maximum(a.bound, 1e-300)
        square = square + (d * ratio) ** 2
    if node.rounded:
        half = habit.losses(x, bound)
        if habit.cuts:
            x = x - np.copysign(half, x)
        bound = bound + half
        square = square + half * half / 3.0
    return Number(*[np.broadcast_to(q, count) for q in (x, bound, np.sqrt(square))])


@dataclass
class World:
    """The numbers of a calculation in which some figures of a sheet are used.

    `own` is what each number is, given what it is made of; `read` are the figures that are used on
    in place of their numbers.
    """

    own: dict[Node, Number] = field(default_factory=dict)
    read: dict[Node, Number] = field(default_factory=dict)

    def used(self, node: Node) -> Number:
        """A number as it is used on."""
        return self.read.get(node) or self.own[node]


def in_order(
    nodes: Sequence[Node],
    habit: Habit,
    reads: Callable[[Node, Number], Number | None] = lambda node, number: None,
) -> World:
    """Every node's number, operands first; `reads` gives the figure that is used for a number."""
    world = World()
    for node in nodes:
        if node.args:
            number = calculated(node, [world.used(a) for a in node.args], habit)
        else:
            number = given(node, habit)
        world.own[node] = number
        figure = reads(node, number)
        if figure is not None:
            world.read[node] = figure
    return world
