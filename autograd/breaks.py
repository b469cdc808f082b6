"""Where a gradient breaks: the operation that makes an adjoint infinite or NaN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from autograd import scalar
from autograd.errors import StepError
from autograd.locks import ProcessLock
from autograd.messages import named_arguments
from autograd.node import Node

_checking = ContextVar("_checking", default=False)  # whether every sweep is to be checked,
blocks = 0  # and how many blocks, in all threads, ask for it
_counting = ProcessLock()


@contextmanager
def checking() -> Iterator[None]:
    """With every `backward()` inside the block as `backward(check=True)`, in this thread.

    Threads that are started in the block do the same where Python hands them its context, as
    free-threaded Python does from version 3.14 on.

    >>> from autograd import Value
    >>> x = Value(0.0, "x")
    >>> with checking():
    ...     x.sqrt().backward()
    Traceback (most recent call last):
    autograd.errors.StepError: the gradient breaks in sqrt(x) with x = 0.0: the partial by x is inf
    """
    before = _checking.set(True)
    _count(1)
    try:
        yield
    finally:
        _count(-1)
        _checking.reset(before)


def _count(more: int) -> None:
    global blocks  # noqa: PLW0603
    with _counting:
        blocks += more


def asked() -> bool:
    """Whether every sweep of this thread is to be checked."""
    return _checking.get()


def refuse(order: Sequence[Node]) -> None:
    """Raise StepError where an adjoint breaks on its way from the last value of the order."""
    broken = broken_in(order)
    if broken:
        raise StepError(f"the gradient breaks in {broken}")


def broken_in(order: Sequence[Node]) -> str:
    """The first operation, from the last value down, that breaks an adjoint, and how.

    Empty where none does. An adjoint of 0 hands on 0, whatever the partial is.
    """
    adjoint = dict.fromkeys(order, 0.0)
    adjoint[order[-1]] = 1.0
    for v in reversed(order):
        g = adjoint[v]
        for x, partial in zip(v.operands, v.partials if g else (), strict=False):
            adjoint[x] += scalar.handed(v.op, partial, g)
            if adjoint[x] - adjoint[x] != 0.0:
                return _broken(v, g, x, partial, adjoint[x])
    return ""


def _broken(v: Node, g: float, x: Node, partial: float, adjoint: float) -> str:
    """How the adjoint of x broke where v handed on to it."""
    of = f" of {v.label}" if v.label else ""
    by = x.label or f"its operand {x._data!r}"
    text = f"{scalar.call_text(v.op, *named_arguments(v))}: the partial by {by} is {partial!r}"
    if partial - partial == 0.0:
        text += f", times the adjoint {g!r}{of} that is {partial * g!r}"
        if partial * g - partial * g == 0.0:
            text += f", and with what {by} had it is {adjoint!r}"
    return text
