"""The five sets of handwritten notes, each computed by the engine."""

from importlib import import_module
from types import ModuleType

from autograd.errors import ArgumentError

__all__ = ["KEYS", "load"]

KEYS = ("1", "2", "3a", "3b", "4", "5")


def load(key: str) -> ModuleType:
    """The module of a note: its `graph()` is the labelled loss, its `note()` all it computes.

    Raises ValueError for an unknown note.

    >>> round(load("5").graph().data, 6)
    0.298371
    """
    if key not in KEYS:
        raise ArgumentError(f"there is no note {key!r}; the notes are {', '.join(KEYS)}")
    return import_module(f"nn.worked.note{key}")
