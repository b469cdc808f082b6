"""What a training's model and loss read besides Values, and whether it has changed since.

Their code may read numbers in attributes, closures, the globals that it names, lists, dicts and
arrays. What holds them is found once, with what it held then; to compare takes a microsecond or a
few, so `fit` asks after the callbacks of every epoch. Not seen is what holds more than 10,000
numbers, what lies behind 2,000 other things, what C code keeps to itself (files, caches, random
generators), what functions of the standard library read, and which neurons our own layers consist
of.
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from copy import copy
from functools import partial
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

from autograd.value import Value
from nn.layers import MLP, Dropout, Layer, Neuron

__all__ = ["Surroundings"]

_THINGS = 2_000  # so many are looked at, those that are reached in fewer steps first
_MOST = 10_000  # numbers in one of them
_ATOMS = (str, bytes, int, float, complex, type(None), Value, np.generic)
_CONTAINERS = (list, dict, set, deque, bytearray, array, MappingProxyType)
_OWN = (MLP, Layer, Neuron, Dropout)
_CYTHON = "_cython_"  # the module of the class of compiled functions, with Cython's version
_NOT_THE_USERS = sys.stdlib_module_names | {"autograd", "nn", "numpy"}


class Surroundings:
    """What some objects and functions can reach, as it is now."""

    def __init__(self, roots: Iterable[Any]):
        self._containers: list[Any] = []
        self._copies: list[Any] = []
        self._cells: list[CellType] = []
        self._arrays: list[Any] = []
        self._named: list[tuple[dict[str, Any], str]] = []  # in a module, by a function
        self._slots: list[tuple[Any, str]] = []
        self._kept: dict[int, Any] = {}  # all that was looked at, by its id
        to_come = deque(roots)
        while to_come and len(self._kept) < _THINGS:
            x = to_come.popleft()
            if not isinstance(x, _ATOMS) and id(x) not in self._kept:
                self._kept[id(x)] = x
                to_come.extend(self._look(x))
        self._held = self._read()
        self._numbers = [numbers.copy() for numbers in self._arrays]

    def changed(self) -> bool:
        """Whether any of it holds something else now."""
        try:
            return not (
                self._containers == self._copies
                and (not self._held or self._read() == self._held)
                and all(map(_are_the_same, self._arrays, self._numbers))
            )
        except Exception:  # what cannot be compared, or is no longer there
            return True

    def _read(self) -> list[Any]:
        """What is held by name."""
        found = [cell.cell_contents for cell in self._cells]
        found += [namespace[name] for namespace, name in self._named]
        return found + [getattr(x, name) for x, name in self._slots]

    # What there is

    def _remember(self, container: Any) -> None:
        if len(container) <= _MOST:
            self._containers.append(container)
            is_proxy = isinstance(container, MappingProxyType)
            self._copies.append(dict(container) if is_proxy else copy(container))

    def _look(self, x: Any) -> Iterator[Any]:
        """Remember what x holds; what is to be looked at next."""
        if isinstance(x, _CONTAINERS):
            self._remember(x)
            yield from list(x.values() if hasattr(x, "values") else x)[:_MOST]
        elif isinstance(x, (tuple, frozenset)):
            yield from x
        elif isinstance(x, np.ndarray):
            if x.size <= _MOST:
                self._arrays.append(x)
            if x.dtype == object:
                yield from x.ravel().tolist()[:_MOST]
        elif isinstance(x, FunctionType):
            yield from self._look_at_function(x)
        elif isinstance(x, (MethodType, BuiltinMethodType)):
            yield from (x.__self__, getattr(x, "__func__", None))
        elif isinstance(x, partial):
            yield from (x.func, x.args, x.keywords)
        elif isinstance(x, (property, staticmethod, classmethod)):
            yield from (getattr(x, "fget", None), getattr(x, "__func__", None))
        elif isinstance(x, type):
            yield from self._look_at_class(x)
        elif not isinstance(x, (ModuleType, CodeType)):
            yield from self._look_at_object(x)

    def _look_at_function(self, f: FunctionType) -> Iterator[Any]:
        if not _is_the_users(f.__globals__.get("__name__")):
            return
        cells = [cell for cell in f.__closure__ or () if _is_assigned(cell)]
        self._cells += cells
        yield from [cell.cell_contents for cell in cells]
        yield from (f.__defaults__, f.__kwdefaults__)
        if f.__dict__:
            yield f.__dict__
        names = set(_names(f.__code__))
        yield from self._look_at_names(f.__globals__, names)
        for name in names & f.__globals__.keys():
            module = f.__globals__[name]
            if isinstance(module, ModuleType) and _is_the_users(module.__name__):
                yield from self._look_at_names(vars(module), names)

    def _look_at_names(self, namespace: dict[str, Any], names: set[str]) -> Iterator[Any]:
        for name in names & namespace.keys():
            self._named.append((namespace, name))
            yield namespace[name]

    def _look_at_class(self, cls: type) -> Iterator[Any]:
        for base in cls.__mro__:
            if _is_the_users(base.__module__):
                yield vars(base)

    def _look_at_object(self, x: Any) -> Iterator[Any]:
        if type(x) in _OWN:  # whose activations are functions, which may be the user's
            yield from [getattr(x, name, None) for name in ("layers", "neurons", "activation")]
            return
        yield type(x)
        if hasattr(x, "__dict__"):
            yield x.__dict__
        for name in _slots(type(x)):
            if hasattr(x, name):
                self._slots.append((x, name))
                yield getattr(x, name)


def _slots(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _names(code: CodeType) -> Iterator[str]:
    """What a piece of code, and what is defined in it, may name."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_the_users(module: Any) -> bool:
    package = str(module).partition(".")[0]
    return package not in _NOT_THE_USERS and not package.startswith(_CYTHON)


def _is_assigned(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an error where it is not
    except ValueError:
        return False
    return True


def _are_the_same(a: Any, b: Any) -> bool:
    return bool(a.shape == b.shape and a.tobytes() == b.tobytes())
