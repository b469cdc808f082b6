"""One check for each kind of setting; each returns the setting, as the library keeps it.

All raise SettingError, which is both a TypeError and a ValueError, in a sentence that says what the
setting can be. Whole numbers are checked by `autograd.scalar.whole_number`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from autograd import SettingError
from autograd.scalar import as_float

__all__ = ["number", "one_of", "registered", "truth"]

T = TypeVar("T")


def number(
    name: str, x: Any, least: float = 0.0, below: float = math.inf, *, above: bool = False
) -> float:
    """x as a float, if it is from `least` (with `above`: greater than it) to less than `below`.

    >>> number("momentum", -1.0)
    Traceback (most recent call last):
    autograd.errors.SettingError: momentum must be a finite number of at least 0, not -1.0
    """
    try:
        read = math.nan if isinstance(x, bool) else as_float(x, name)
    except TypeError as error:
        raise SettingError(str(error)) from None
    if not (least < read if above else least <= read) or not read < below:
        start = f"greater than {least:g}" if above else f"of at least {least:g}"
        end = "" if below == math.inf else f" and below {below:g}"
        raise SettingError(f"{name} must be a finite number {start}{end}, not {x!r}")
    return read


def truth(name: str, x: Any) -> bool:
    """x, if it is True or False.

    >>> truth("shuffle", "no")
    Traceback (most recent call last):
    autograd.errors.SettingError: shuffle must be True or False, not 'no'
    """
    if not isinstance(x, bool) and type(x).__name__ not in ("bool_", "bool"):  # NumPy's
        raise SettingError(f"{name} must be True or False, not {x!r}")
    return bool(x)


def one_of(name: str, x: Any, options: Collection[str]) -> Any:
    """x, if it is one of these.

    >>> one_of("reduction", "max", ("mean", "sum"))
    Traceback (most recent call last):
    autograd.errors.SettingError: reduction is 'mean' or 'sum', not 'max'
    """
    if not isinstance(x, str) or x not in options:
        *most, last = [repr(option) for option in options]
        raise SettingError(f"{name} is {', '.join(most)} or {last}, not {x!r}")
    return x


def registered(what: str, name: str, table: Mapping[str, T]) -> T:
    """What has this name in the table.

    >>> registered("metric", "f1", {"accuracy": 1, "r2": 2})
    Traceback (most recent call last):
    autograd.errors.SettingError: no metric is called 'f1'; known are accuracy, r2
    """
    if name not in table:
        raise SettingError(f"no {what} is called {name!r}; known are {', '.join(table)}")
    return table[name]
