"""The backward sweep: the order of a graph, and gradients handed from each value to its operands.

This is what the sweep is. Where the engine is compiled, sweeping.h has the same functions in C, and
the tests hold the one to the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any, NoReturn

from autograd import scalar
from autograd.errors import GraphError
from autograd.messages import named
from autograd.node import N, Node

_stamp = 2  # the newest: a sweep owns two stamps, its first for "met", the next for "done"
_sweeping = RLock()  # one sweep at a time: marks and inner gradients belong to one sweep
_underway: list[int] = []  # the marks of sweeps that a signal handler may break into

Settle = Callable[[Any], None] | None


def setup(selecting: set[str]) -> None:
    """Say which operations take one operand or the other; here `scalar.handed` knows."""


def inner_nodes(root: N, now: int, settle: Settle) -> list[N]:
    """The values below root that were made of others, operands before what they make.

    Those that may be stale, as `now` is the time, are given to `settle`, where there is one.

    Raises GraphError where a value is among its own operands.
    """
    with _sweeping:
        return _walk(root, now, settle)


def sweep(root: Node, now: int, settle: Settle) -> None:
    """Add the derivative of root to the `grad` of every leaf below it; see `Value.backward`."""
    with _sweeping:
        order = _walk(root, now, settle)
        _underway.append(root._mark)
        try:
            _hand_back(root, order)
        finally:
            _underway.pop()


def _walk(root: N, now: int, settle: Settle) -> list[N]:
    """As `inner_nodes`, while no other sweep is underway.

    Depth first, by a stack of our own. A node carries the sweep's stamp from when it is met until
    its operands are done, so an operand that has it lies on the way to itself: a cycle.
    """
    global _stamp  # noqa: PLW0603
    if _underway:
        _check_apart(root)
    _stamp += 2
    met = _stamp
    done = met + 1
    node = type(root)
    order: list[N] = []
    doubtful: list[N] = []
    stack = [root] if root._mark < met else []
    while stack:
        v = stack[-1]
        if v._mark < met:
            v._mark = met
            a, b = v._a, v._b
            if type(a) is node and a._mark < done:
                if a._mark == met:
                    refuse_cycle(a)
                stack.append(a)
            if type(b) is node and b._mark < done:
                if b._mark == met:
                    refuse_cycle(b)
                stack.append(b)
            if v._row is not None:
                _put_row(stack, v, met)
            if v._made != now and in_doubt(v):
                doubtful.append(v)
            if stack[-1] is not v:
                continue
        stack.pop()
        if v._mark == met:
            v._mark = done
            order.append(v)
    if _stamp != met and not _all_ours(order, done):  # a signal handler has swept some of these
        return _walk(root, now, settle)
    if doubtful and settle is not None:
        for v in doubtful:
            settle(v)
    return order


def _put_row(stack: list[Any], v: Node, met: int) -> None:
    """Put the many operands of v on the stack, those that are to be visited."""
    _put(stack, v._row or (), met)
    if v._factors and type(v._factors[0]) is type(v):
        _put(stack, v._factors, met)


def _put(stack: list[Any], operands: tuple[Any, ...], met: int) -> None:
    for x in operands:
        if x._mark <= met:
            if x._mark == met:
                refuse_cycle(x)
            stack.append(x)


def in_doubt(v: Node) -> bool:
    """Whether the number of v was set by hand, or that of an operand after v was computed."""
    return bool(v._made & 1) or any(x._made > v._made for x in v.operands)


def refuse_cycle(v: Node) -> NoReturn:
    """Raise for a value that is among its own operands."""
    raise GraphError(
        f"the graph has a cycle: {named(v)} is among its own operands, so no order puts "
        "operands first; build the graph from new Values instead of changing old ones"
    )


def _hand_back(root: Node, order: Sequence[Node]) -> None:
    """operand.grad += partial · g for every value in the order, the last first."""
    node = type(root)
    for v in order:
        v._grad = 0.0
    root._grad += 1.0
    for v in reversed(order):
        g = v._grad
        if g == 0.0:  # which hands on 0, also through an infinite partial
            continue
        if v._row is not None or g - g != 0.0:
            _hand_on(v, g)
            continue
        a, b = v._a, v._b
        if type(a) is node:
            a._grad += v._da * g
        if type(b) is node:
            b._grad += v._db * g


def _hand_on(v: Node, g: float) -> None:
    """The same for one value: of many operands, or whose g is infinite or NaN."""
    node = type(v)
    row, factors = v._row or (), v._factors
    finite = g - g == 0.0  # else a partial of 0 may be that by an operand that was not taken
    if factors and type(factors[0]) is node:
        for w, x in zip(row, factors):  # noqa: B905 (one each: `strict` takes longer)
            w._grad += x._data * g
            x._grad += w._data * g
    else:
        for w, k in zip(row, factors):  # noqa: B905
            w._grad += k * g if finite else _product(v, k, g)
    if type(v._a) is node:
        v._a._grad += v._da * g if finite else _product(v, v._da, g)
    if type(v._b) is node:
        v._b._grad += v._db * g if finite else _product(v, v._db, g)


def _product(v: Node, partial: float, g: float) -> float:
    d = partial * g
    return d if d == d else scalar.handed(v.op, partial, g)


def _all_ours(order: Sequence[Node], done: int) -> bool:
    """Whether no sweep that broke into this one has marked the same values."""
    return all(x._mark == done or not x.operands for v in order for x in (v, *v.operands))


def _check_apart(root: Node) -> None:
    """Raise where a sweep that this one breaks into is at work on the same values."""
    marks = {mark for mark in _underway if mark <= _stamp + 1}  # not a leaf's
    met = set()
    stack = [root]
    while stack:
        v = stack.pop()
        if v._mark in marks:
            raise GraphError(
                f"a sweep over {named(v)} is under way, and a signal handler or finalizer has "
                "called for another one: let it set a flag, and sweep when the first is done"
            )
        if v not in met:
            met.add(v)
            stack.extend(v.operands)


def _after_fork() -> None:
    """Give a child process a lock of its own, where a thread that it does not have holds ours."""
    global _sweeping  # noqa: PLW0603
    if _sweeping.acquire(blocking=False):
        _sweeping.release()
    else:
        _sweeping = RLock()
        _underway.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
