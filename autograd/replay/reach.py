"""Which Values a function can read: those that it, and what it calls, can reach by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from autograd.value import Value

_MOST = 100_000  # objects that are looked at


def leaves_of(f: Any) -> list[Value]:
    """The leaves in reach: one may be read without being in the graph, as by `float(w)`."""
    return [v for v in values_of(f) if not v.op]


def values_of(f: Any) -> list[Value]:
    """The Values in the closure, the defaults, the attributes and the named globals of f, etc."""
    found: dict[Value, None] = {}
    seen: set[int] = set()
    stack: list[Any] = [f]
    for _ in range(_MOST):
        if not stack:
            break
        x = stack.pop()
        if id(x) in seen or isinstance(x, (str, bytes, int, float, type, ModuleType)):
            continue
        seen.add(id(x))
        if isinstance(x, Value):
            found[x] = None
        else:
            stack.extend(islice(_inside(x), _MOST))
    return list(found)


def _inside(x: Any) -> Iterator[Any]:
    """What an object holds, or what a function can name."""
    if isinstance(x, (list, tuple, set, frozenset)):
        yield from x
    elif isinstance(x, dict):
        yield from x.values()
    elif isinstance(x, FunctionType):
        for cell in x.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # not assigned yet
                continue
        yield from x.__defaults__ or ()
        yield from (x.__kwdefaults__ or {}).values()
        for name in _names(x.__code__):
            if name in x.__globals__:
                yield x.__globals__[name]
    elif not isinstance(x, BuiltinFunctionType):
        if isinstance(x, MethodType):
            yield from (x.__self__, x.__func__)
        elif isinstance(x, partial):
            yield from (x.func, x.args, x.keywords)
        yield from getattr(x, "__dict__", {}).values()
        yield getattr(type(x), "__dict__", {}).get("__call__")


def _names(code: CodeType) -> Iterator[str]:
    """The globals that a piece of code, and what is defined in it, may name."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
