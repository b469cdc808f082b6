"""Arithmetic on floats with errors for people: the numbers beneath `Value`.

Compiled, `math` is the C library, which returns infinity or NaN where Python's raises; so every
function finds the edges of its domain itself and serves both.

Infinite and NaN operands propagate as IEEE 754 and PyTorch have it; a finite operand outside the
domain, at a pole or past the largest float raises an error that names it by its `label`.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from numbers import Real
from operator import index
from typing import Any

from autograd.errors import DomainError, PoleError, RangeError, SettingError

__all__ = ["DomainError", "PoleError", "RangeError"]  # the kernels are called as scalar.exp_of

_INF = float("inf")
_NAN = float("nan")
BINARY: set[str] = set()  # operations of two operands: `rules.py` fills it from its table
TIMES = (
    "dates and time spans have a unit: subtract a start from dates, and divide spans by a unit, as "
    "in (dates - dates[0]) / numpy.timedelta64(1, 'D')"
)
_EXP_LARGEST = 709.782712893384  # exp of anything above is past the largest float


# What counts as a number


def is_number(x: object, op: str) -> bool:
    """Whether x can be a plain operand; what else a person might try gets an explanation."""
    if isinstance(x, (float, int)) or (isinstance(x, Real) and not is_time(x)):
        return True
    if x is None or isinstance(x, (str, bytes, complex, list, tuple, dict, set)) or is_time(x):
        raise TypeError(not_a_number(x, op))
    return False  # perhaps the other operand knows what to do: an array does


def as_float(x: Any, op: str) -> float:
    """x as a float, where it is a real number."""
    if isinstance(x, (float, int)) or (isinstance(x, Real) and not is_time(x)):
        try:
            return float(x)
        except OverflowError:
            raise RangeError(f"{op}: a number of {len(str(x))} digits is too large") from None
    raise TypeError(not_a_number(x, op))


def is_time(x: object) -> bool:
    """Whether x is a date or a time span; NumPy takes its own for whole numbers of their unit."""
    return type(x).__name__ in ("datetime64", "timedelta64") or isinstance(x, (date, timedelta))


def whole_number(name: str, x: Any, least: int | None = None) -> int:
    """x as an int, if it is a whole number (NumPy's too, but no truth) of at least `least`.

    Raises SettingError where it is not.

    >>> whole_number("epochs", 2.5, 1)
    Traceback (most recent call last):
    autograd.errors.SettingError: epochs must be a whole number of at least 1, not 2.5
    """
    try:
        n = None if isinstance(x, bool) else index(x)
    except TypeError:
        n = None
    if n is None or (least is not None and n < least):
        bound = "" if least is None else f" of at least {least}"
        raise SettingError(f"{name} must be a whole number{bound}, not {x!r}")
    return n


def not_a_number(x: object, op: str) -> str:
    kind = type(x).__name__
    hint = "give one real number, such as 2.0"
    if is_time(x):
        hint = TIMES
    elif isinstance(x, (str, bytes)):
        hint = f"convert it first: float({x!r})" if len(x) < 40 else "convert it with float()"
    elif isinstance(x, complex):
        hint = "values are real: take its .real, .imag or abs()"
    elif kind == "Value":
        hint = "it is a Value already: use it as it is"
    elif isinstance(x, (list, tuple, set, dict)) or hasattr(x, "__array__"):
        hint = "a Value is one number: make one of each element, as in [Value(x) for x in data]"
    return f"{op}: expected a real number, got {kind}; {hint}"


# Messages


def call_text(op: str, *operands: tuple[str | None, float]) -> str:
    """The operation in the reader's names, with their numbers: `log(x) with x = 0.0`."""
    names = [label or repr(x) for label, x in operands[:4]] + ["..."] * (len(operands) > 4)
    binary = not op.isidentifier()
    shown = f" {op} ".join(names) if binary else f"{op}({', '.join(names)})"
    numbers = ", ".join([f"{label} = {x!r}" for label, x in operands[:4] if label])
    return f"{shown} with {numbers}" if numbers else shown


def out_of_range(call: str) -> RangeError:
    return RangeError(f"{call} overflows: the result is larger than a float can be (1.8e308)")


def outside(call: str, need: str) -> DomainError:
    return DomainError(f"{call} is undefined: {need}")


# The functions' values, on floats. A label is the name of the operand in an error.


def exp_of(x: float, label: str | None = None) -> float:
    if _EXP_LARGEST < x < _INF:
        raise out_of_range(call_text("exp", (label, x)))
    return math.exp(x)


def expm1_of(x: float, label: str | None = None) -> float:
    if _EXP_LARGEST < x < _INF:
        raise out_of_range(call_text("expm1", (label, x)))
    return math.expm1(x)


def log_of(x: float, label: str | None = None) -> float:
    if x > 0.0:
        return math.log(x)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("log", (label, x)), "log needs a number greater than 0")


def log1p_of(x: float, label: str | None = None) -> float:
    if x > -1.0:
        return math.log1p(x)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("log1p", (label, x)), "log1p needs a number greater than -1")


def sqrt_of(x: float, label: str | None = None) -> float:
    if x >= 0.0:
        return math.sqrt(x)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("sqrt", (label, x)), "sqrt needs a number of at least 0")


def sin_of(x: float) -> float:
    return math.sin(x) if x - x == 0.0 else _NAN


def cos_of(x: float) -> float:
    return math.cos(x) if x - x == 0.0 else _NAN


def sigmoid_of(x: float) -> float:
    e = math.exp(-abs(x))  # of the other sign it would overflow, and lose the small tail
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def sigmoid_slope(x: float) -> float:
    """σ(x)(1 − σ(x)), without the loss of 1 − σ(x) where σ(x) is near 1."""
    e = math.exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def tanh_slope(x: float) -> float:
    """1 − tanh(x)², without the loss where tanh(x) is near ±1."""
    e = math.exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def softplus_of(x: float) -> float:
    if x > 0.0:
        return x + math.log1p(math.exp(-x))
    return math.log1p(math.exp(x))


def relu_of(x: float) -> float:
    return 0.0 if x < 0.0 else x  # -0.0 and NaN pass, as in PyTorch


def sign_of(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0


def quotient(a: float, b: float) -> float:
    """a / b as IEEE 754 has it, without an error: for partials, which may be infinite."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a:
        return _NAN
    return math.copysign(_INF, a) * math.copysign(1.0, b)


def divide(a: float, b: float, a_label: str | None, b_label: str | None) -> float:
    if b == 0.0 and a - a == 0.0:
        raise PoleError(f"{call_text('/', (a_label, a), (b_label, b))}: division by zero")
    return quotient(a, b)


def power_of(a: float, b: float, a_label: str | None = None, b_label: str | None = None) -> float:
    if b == 2.0:
        return a * a
    if a <= 0.0 and b - b == 0.0 and a > -_INF:
        if a == 0.0 and b < 0.0:
            call = call_text("**", (a_label, a), (b_label, b))
            raise PoleError(f"{call}: 0 has no negative power (it is a division by zero)")
        if a < 0.0 and b != math.floor(b):
            call = call_text("**", (a_label, a), (b_label, b))
            raise outside(call, "a negative base needs a whole-number exponent")
    try:
        y = math.pow(a, b)
    except (OverflowError, ValueError):  # 0 ** -inf is a ValueError before Python 3.11
        y = _INF
    if y - y != 0.0 and a - a == 0.0 and b - b == 0.0:
        raise out_of_range(call_text("**", (a_label, a), (b_label, b)))
    return y


def power_by_base(a: float, b: float) -> float:
    """b · a**(b − 1), and 0 where b is 0."""
    if b == 0.0:
        return 0.0
    if b == 2.0:
        return 2.0 * a
    try:
        return b * math.pow(a, b - 1.0)
    except (ValueError, OverflowError):  # 0 to a negative power, or too large: infinite
        odd = b > -_INF and abs(math.fmod(b - 1.0, 2.0)) == 1.0
        return b * (math.copysign(_INF, a) if odd else _INF)


def power_by_exponent(a: float, b: float, y: float) -> float:
    """y · log(a), where y = a**b; 0 where a is 0 and b is not negative."""
    if a > 0.0:
        return y * math.log(a)
    if a == 0.0 and b >= 0.0:
        return 0.0
    return y * -_INF if a == 0.0 else _NAN
