"""The table of rules: one row per operation, its value and its derivatives as expressions.

An expression is text, so it can be printed, and it is evaluated unchanged on whatever a *space*
gives names to: floats and Values (`EAGER`), SymPy symbols (`symbols()`), NumPy arrays (`arrays()`).
In a derivative `y` is the operation's own value. The operators in `value.py` store the same
partials, computed without loss also where the expression would cancel (1 − y with y near 1); a
test holds the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any, TypeAlias

from autograd import functions
from autograd.errors import DomainError, PoleError, RangeError
from autograd.scalar import sign_of
from autograd.value import Number, Value

__all__ = ["EAGER", "RULES", "Rule", "Space", "arrays", "symbols"]

Space: TypeAlias = Mapping[str, Any]
"""What the names in a rule's expressions stand for."""

_BUILTINS = {"enumerate": enumerate, "int": int, "len": len}


@dataclass(frozen=True)
class Rule:
    """An operation: its name, its sign in a formula, its parameters, value and partials.

    A partial is None for a parameter that is never differentiated by; for a parameter that is a
    tuple of values it gives a list, one partial each.

    >>> RULES["sigmoid"].partials
    ('y * (1 - y)',)
    """

    name: str
    symbol: str
    parameters: tuple[str, ...]
    value: str
    partials: tuple[str | None, ...]
    _value_code: CodeType = field(init=False, repr=False, compare=False)
    _partial_codes: tuple[CodeType | None, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        codes = [None if p is None else compile(p, self.name, "eval") for p in self.partials]
        object.__setattr__(self, "_value_code", compile(self.value, self.name, "eval"))
        object.__setattr__(self, "_partial_codes", tuple(codes))

    def evaluate(self, arguments: tuple[Any, ...], space: Space | None = None) -> Any:
        """The operation's value on `arguments`, in `space` (EAGER if not given).

        >>> RULES["*"].evaluate((3.0, 4.0))
        12.0
        """
        return eval(self._value_code, self._names(arguments, space))

    def differentiate(
        self, arguments: tuple[Any, ...], y: Any, space: Space | None = None
    ) -> list[Any]:
        """The partials by every argument that is not a plain number, tuples of them flattened.

        This is the order of `Value.operands`.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> RULES["*"].differentiate(y.arguments, y) == [x, x]
        True
        """
        names = self._names(arguments, space)
        names["y"] = y
        found: list[Any] = []
        for argument, code in zip(arguments, self._partial_codes, strict=True):
            if code is None or _is_plain(argument):
                continue
            if isinstance(argument, tuple):
                if any(not _is_plain(x) for x in argument):
                    many = eval(code, names)
                    found += [d for x, d in zip(argument, many, strict=True) if not _is_plain(x)]
            else:
                found.append(eval(code, names))
        return found

    def _names(self, arguments: tuple[Any, ...], space: Space | None) -> dict[str, Any]:
        names = {"__builtins__": _BUILTINS, **(EAGER if space is None else space)}
        names.update(zip(self.parameters, arguments, strict=True))
        return names


def _is_plain(x: object) -> bool:
    return isinstance(x, (int, float))


# fmt: off
_TABLE: list[tuple[Any, ...]] = [
    # name       sign   of            value                partials
    ("exp",       "exp",  "x",        "exp(x)",            "y"),
    ("*",         "·",    "a b",      "a * b",             "b", "a"),
    ("+",         "+",    "a b",      "a + b",             "1", "1"),
    ("-",         "−",    "a b",      "a - b",             "1", "-1"),
    ("**",        "^",    "a b",      "power(a, b)",
                          "where(equal(b, 0), 0, b * power(a, b - 1))",
                          "where(equal(a, 0) & (b >= 0), 0, y * ln(a))"),
    ("/",         "/",    "a b",      "a / b",             "1 / b", "-y / b"),
    ("neg",       "−",    "x",        "-x",                "-1"),
    ("sigmoid",   "σ",    "x",        "sigmoid(x)",        "y * (1 - y)"),
    ("tanh",      "tanh", "x",        "tanh(x)",           "1 - y * y"),
    ("relu",      "relu", "x",        "relu(x)",           "where(x <= 0, 0, 1)"),
    ("log",       "log",  "x",        "log(x)",            "1 / x"),
    ("sqrt",      "√",    "x",        "sqrt(x)",           "1 / (2 * y)"),
    ("sin",       "sin",  "x",        "sin(x)",            "cos(x)"),
    ("cos",       "cos",  "x",        "cos(x)",            "-sin(x)"),
    ("abs",       "abs",  "x",        "absolute(x)",       "sign(x)"),
    ("softplus",  "softplus", "x",    "softplus(x)",       "sigmoid(x)"),
    ("expm1",     "expm1", "x",       "expm1(x)",          "exp(x)"),
    ("log1p",     "log1p", "x",       "log1p(x)",          "1 / (1 + x)"),
    ("maximum",   "max",  "a b",      "maximum(a, b)",
                          "where(equal(a, b), 0.5, where(a < b, 0, 1))",
                          "where(equal(a, b), 0.5, where(a > b, 0, 1))"),
    ("minimum",   "min",  "a b",      "minimum(a, b)",
                          "where(equal(a, b), 0.5, where(a > b, 0, 1))",
                          "where(equal(a, b), 0.5, where(a < b, 0, 1))"),
    ("where",     "where", "c a b",   "where(c > 0, a, b)",
                          "0", "where(c > 0, 1, 0)", "where(c > 0, 0, 1)"),
    ("identity",  "=",    "x",        "x",                 "1"),
    ("dot",       "Σ",    "weights inputs bias", "dot(weights, inputs, bias)",
                          "inputs", "weights", "1"),
    ("total",     "Σ",    "values",   "total(values)",     "[1 for v in values]"),
    ("mean",      "mean", "values",   "mean(values)",      "[1 / len(values) for v in values]"),
    ("logsumexp", "logsumexp", "values", "logsumexp(values)", "softmax(values)"),
    ("softmax",   "softmax", "index values", "softmax(values)[index]",
                          None,
                          "[y * (int(j == index) - s) for j, s in enumerate(softmax(values))]"),
]
# fmt: on

RULES: dict[str, Rule] = {
    name: Rule(name, sign, tuple(of.split()), value, tuple(partials))
    for name, sign, of, value, *partials in _TABLE
}
"""Every operation's rule by the operation's name (`Value.op`), the notes' own rules first."""


# The spaces


def _power(a: Number, b: Number) -> Number:
    """a ** b, infinite at a pole: a factor that is not taken must not raise."""
    try:
        return a**b if isinstance(a, Value) or isinstance(b, Value) else float(Value(a) ** b)
    except (PoleError, RangeError):
        return math.inf


def _ln(x: Number) -> Number:
    """log x, and NaN where there is none, as PyTorch has it for a negative base."""
    try:
        return functions.log(x)
    except DomainError:
        return math.nan


EAGER: Space = {
    **{f.__name__: f for f in vars(functions).values() if callable(f)},
    "equal": lambda a, b: float(a) == float(b),
    "ln": _ln,
    "power": _power,
    "sign": lambda x: sign_of(float(x)),
}
"""Floats and Values. On Values an expression makes a graph, which gives higher derivatives."""


@cache
def symbols() -> Space:
    """SymPy symbols, at a general point: two different symbols are not equal.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> RULES["**"].differentiate((x, 3.0), x**3, symbols())
    [3.0*x**2.0]
    """
    import sympy as sp

    def softmax(values: Any) -> list[Any]:
        return [sp.exp(v) / sp.Add(*[sp.exp(w) for w in values]) for v in values]

    return {
        "absolute": sp.Abs,
        "cos": sp.cos,
        "dot": lambda ws, xs, b: sp.Add(b, *[w * x for w, x in zip(ws, xs, strict=True)]),
        "equal": lambda a, b: sp.sympify(a) == sp.sympify(b),
        "exp": sp.exp,
        "expm1": lambda x: sp.exp(x) - 1,
        "ln": sp.log,
        "log": sp.log,
        "log1p": lambda x: sp.log(1 + x),
        "logsumexp": lambda values: sp.log(sp.Add(*[sp.exp(v) for v in values])),
        "maximum": sp.Max,
        "mean": lambda values: sp.Add(*values) / len(values),
        "minimum": sp.Min,
        "power": sp.Pow,
        "relu": lambda x: sp.Max(x, 0),
        "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
        "sign": sp.sign,
        "sin": sp.sin,
        "softmax": softmax,
        "softplus": lambda x: sp.log(1 + sp.exp(x)),
        "sqrt": sp.sqrt,
        "tanh": sp.tanh,
        "total": lambda values: sp.Add(*values),
        "where": lambda c, a, b: sp.Piecewise((a, c), (b, True)),
    }


@cache
def arrays() -> Space:
    """NumPy arrays, element by element; a tuple of values is a tuple of arrays.

    >>> import numpy
    >>> RULES["relu"].evaluate((numpy.array([-1.0, 2.0]),), arrays()).tolist()
    [0.0, 2.0]
    """
    import numpy as np

    def stacked(values: Any) -> Any:
        return np.stack(np.broadcast_arrays(*values))

    def sigmoid(x: Any) -> Any:
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))

    def softmax(values: Any) -> Any:
        x = stacked(values)
        e = np.exp(x - x.max(axis=0))
        return e / e.sum(axis=0)

    return {
        "absolute": np.abs,
        "cos": np.cos,
        "dot": lambda ws, xs, b: sum([w * x for w, x in zip(ws, xs, strict=True)], b),
        "equal": np.equal,
        "exp": np.exp,
        "expm1": np.expm1,
        "ln": np.log,
        "log": np.log,
        "log1p": np.log1p,
        "logsumexp": lambda values: np.logaddexp.reduce(stacked(values), axis=0),
        "maximum": np.maximum,
        "mean": lambda values: stacked(values).mean(axis=0),
        "minimum": np.minimum,
        "power": np.power,
        "relu": lambda x: np.where(x < 0, 0.0, x),
        "sigmoid": sigmoid,
        "sign": lambda x: np.where(x == x, np.sign(x), 0.0),
        "sin": np.sin,
        "softmax": softmax,
        "softplus": lambda x: np.logaddexp(0.0, x),
        "sqrt": np.sqrt,
        "tanh": np.tanh,
        "total": lambda values: stacked(values).sum(axis=0),
        "where": np.where,
    }
