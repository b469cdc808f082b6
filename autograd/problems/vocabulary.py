"""The functions, numbers and reserved words that a formula may use.

The functions are those of the library: a new one is known here by itself.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograd import functions
from autograd.rules import RULES

__all__ = ["CONSTANTS", "ROLES", "Function", "functions_by_name"]

ROLES = ("input", "parameter", "target", "constant")
"""What a number is for; these words are no names."""

CONSTANTS = {"e": math.e, "π": math.pi, "pi": math.pi, "NaN": math.nan, "nan": math.nan}
"""Names that have a number unless the text defines them."""

_SYNONYMS = {
    "ln": "log",
    "abs": "absolute",
    "sum": "total",
    "max": "maximum",
    "min": "minimum",
    "σ": "sigmoid",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arsinh": "asinh",
    "arcosh": "acosh",
    "artanh": "atanh",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arctan2": "atan2",
    "ReLU": "relu",
    "GELU": "gelu",
    "ELU": "elu",
    "SiLU": "silu",
}


@dataclass(frozen=True)
class Function:
    """A function of the library as a formula calls it.

    It takes from `fewest` to `most` arguments, one by one; a function of many values takes any
    number of them, as numbers and vectors (`is_many`), and `dot` two vectors and a bias.
    """

    name: str
    call: Callable[..., Any]
    fewest: int
    most: int
    is_many: bool

    @property
    def takes(self) -> str:
        """What it takes, in words."""
        if self.is_many:
            return "one value or more"
        if self.fewest == self.most:
            return {1: "one value", 2: "two values", 3: "three values"}[self.most]
        return f"{self.fewest} to {self.most} values"


@cache
def functions_by_name() -> dict[str, Function]:
    """Every function that a formula may call, by each of its names.

    >>> functions_by_name()["σ"].name, functions_by_name()["max"].takes
    ('sigmoid', 'two values')
    """
    known = {}
    for name, call in vars(functions).items():
        if name.startswith("_") or getattr(call, "__module__", None) != functions.__name__:
            continue
        if callable(call) and not inspect.isclass(call):
            known[name] = _function(name, call)
    known.update({name: known[full] for name, full in _SYNONYMS.items() if full in known})
    for rule in RULES.values():
        if rule.symbol.isidentifier() and rule.name in known:
            known.setdefault(rule.symbol, known[rule.name])
    return known


def _function(name: str, call: Callable[..., Any]) -> Function:
    parameters = list(inspect.signature(call).parameters.values())
    needed = [p for p in parameters if p.default is inspect.Parameter.empty]
    many = [str(p.annotation).startswith(("Iterable", "Sequence")) for p in parameters]
    return Function(name, call, len(needed), len(parameters), many == [True])
