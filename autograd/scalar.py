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

from autograd.errors import ArgumentTypeError, DomainError, PoleError, RangeError, SettingError

__all__ = ["DomainError", "PoleError", "RangeError"]  # the kernels are called as scalar.exp_of

_INF = float("inf")
_NAN = float("nan")
TIMES = (
    "dates and time spans have a unit: subtract a start from dates, and divide spans by a unit, as "
    "in (dates - dates[0]) / numpy.timedelta64(1, 'D')"
)
SELECTING: set[str] = set()  # operations that take one operand or the other, by `rules.py`
_EXP_LARGEST = 709.782712893384  # exp of anything above is past the largest float
_SINH_LARGEST = 710.4758600739439  # and so are sinh and cosh above this
_EXP_MINUS_37 = 8.533047625744066e-17  # e^-37 to 60 bits
_ROOT_HALF = 0.7071067811865476
_TWO_BY_ROOT_PI = 1.1283791670955126


# What counts as a number


def is_number(x: object, op: str) -> bool:
    """Whether x can be a plain operand; what else a person might try gets an explanation."""
    if isinstance(x, (float, int)) or (isinstance(x, Real) and not is_time(x)):
        return True
    if x is None or isinstance(x, (str, bytes, complex, list, tuple, dict, set)) or is_time(x):
        raise ArgumentTypeError(not_a_number(x, op))
    return False  # perhaps the other operand knows what to do: an array does


def as_float(x: Any, op: str) -> float:
    """x as a float, where it is a real number."""
    if isinstance(x, (float, int)) or (isinstance(x, Real) and not is_time(x)):
        try:
            return float(x)
        except OverflowError:
            raise RangeError(f"{op}: a number of {len(str(x))} digits is too large") from None
    raise ArgumentTypeError(not_a_number(x, op))


def is_time(x: object) -> bool:
    """Whether x is a date or a time span, or an array of them.

    NumPy takes its own for whole numbers of their unit.
    """
    dtype = getattr(x, "dtype", None)
    return getattr(dtype, "kind", "") in ("m", "M") or isinstance(x, (date, timedelta))


def whole_number(name: str, x: Any, least: int | None = None) -> int:
    """x as an int, if it is a whole number (NumPy's too, but no truth) of at least `least`.

    Raises SettingError where it is not.

    >>> whole_number("epochs", 2.5, 1)
    Traceback (most recent call last):
    autograd.errors.SettingError: epochs must be a whole number of at least 1, not 2.5
    """
    is_truth = isinstance(x, bool) or str(getattr(x, "dtype", "")).endswith("bool")
    try:
        n = None if is_truth else index(x)  # which takes NumPy's truths too, before NumPy 1.25
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
    e = math.exp(-abs(x))  # with the other sign it would overflow, and lose the small tail
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


def handed(op: str, partial: float, adjoint: float) -> float:
    """partial · adjoint: what a value made by `op` hands on to an operand in the backward sweep.

    An adjoint of exactly 0 hands on 0, whatever the partial is; and so does an operation that
    takes one operand or the other (`where`, `relu`, `maximum`, `minimum`) to the one not taken,
    whatever the adjoint is. Elsewhere 0 · ∞ is NaN, as in PyTorch: √(x·0) has no derivative.
    """
    if adjoint == 0.0 or (partial == 0.0 and op in SELECTING):
        return 0.0
    return partial * adjoint


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
    except (ValueError, OverflowError):
        return b * infinite_power(a, b - 1.0)


def infinite_power(a: float, b: float) -> float:
    """a**b where that is 0 to a negative power, or too large: infinite, with the sign of a odd."""
    odd = b > -_INF and abs(math.fmod(b, 2.0)) == 1.0
    return math.copysign(_INF, a) if odd else _INF


def power_by_exponent(a: float, b: float, y: float) -> float:
    """y · log(a), where y = a**b; 0 where a is 0 and b is not negative."""
    if a > 0.0:
        return y * math.log(a)
    if a == 0.0 and b >= 0.0:
        return 0.0
    return y * -_INF if a == 0.0 else _NAN


# More of them. What the C library has within 2 units in the last place is taken from there.


def half(x: float) -> float:
    """x rounded to 26 bits, so that products of two such numbers are exact (Veltkamp)."""
    c = 134217729.0 * x
    return c - (c - x)


def _lost(a: float, b: float, product: float) -> float:
    """a · b − product, exactly, where `product` is a · b rounded (Dekker)."""
    ah, bh = half(a), half(b)
    al, bl = a - ah, b - bh
    return ((ah * bh - product) + ah * bl + al * bh) + al * bl


def tan_of(x: float) -> float:
    return math.tan(x) if x - x == 0.0 else _NAN


def asin_of(x: float, label: str | None = None) -> float:
    if -1.0 <= x <= 1.0:
        return math.asin(x)
    if x - x != 0.0:
        return _NAN
    raise outside(call_text("asin", (label, x)), "asin needs a number from -1 to 1")


def acos_of(x: float, label: str | None = None) -> float:
    if -1.0 <= x <= 1.0:
        return math.acos(x)
    if x - x != 0.0:
        return _NAN
    raise outside(call_text("acos", (label, x)), "acos needs a number from -1 to 1")


def asin_slope(x: float) -> float:
    if not abs(x) <= 1.0:
        return _NAN
    return quotient(1.0, math.sqrt((1.0 - x) * (1.0 + x)))


def atan_slope(x: float) -> float:
    if abs(x) > 1e8:
        return 1.0 / x / x
    return 1.0 / (1.0 + x * x)


def sinh_of(x: float, label: str | None = None) -> float:
    if _SINH_LARGEST < abs(x) < _INF:
        raise out_of_range(call_text("sinh", (label, x)))
    return math.sinh(x)


def cosh_of(x: float, label: str | None = None) -> float:
    if _SINH_LARGEST < abs(x) < _INF:
        raise out_of_range(call_text("cosh", (label, x)))
    return math.cosh(x)


def asinh_slope(x: float) -> float:
    return 1.0 / hypot_of(x, 1.0)


def acosh_of(x: float, label: str | None = None) -> float:
    if x >= 1.0:
        if x > 1e8:
            return math.log(x) + 0.6931471805599453
        if x > 2.0:
            return math.log(2.0 * x - 1.0 / (x + math.sqrt(x * x - 1.0)))
        t = x - 1.0
        w = 2.0 * t + t * t
        s = math.sqrt(w)
        if s == 0.0:
            return 0.0
        u = t + s
        # what the root and the sums were rounded by
        lost = (((2.0 * t - w) + t * t) - _lost(s, s, w)) / (2.0 * s) + (t - (u - s))
        return math.log1p(u) + lost / (1.0 + u)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("acosh", (label, x)), "acosh needs a number of at least 1")


def acosh_slope(x: float) -> float:
    if not x >= 1.0:
        return _NAN
    return quotient(1.0, math.sqrt(x - 1.0) * math.sqrt(x + 1.0))


def atanh_of(x: float, label: str | None = None) -> float:
    if -1.0 < x < 1.0:
        return math.atanh(x)
    if x - x != 0.0:
        return _NAN
    raise outside(call_text("atanh", (label, x)), "atanh needs a number between -1 and 1")


def atanh_slope(x: float) -> float:
    return quotient(1.0, (1.0 - x) * (1.0 + x))


def atan2_slope(a: float, b: float) -> float:
    """The derivative of atan2(a, b) by a, which is b/(a² + b²); that by b is atan2_slope(b, −a)."""
    h = hypot_of(a, b)
    return b if h == 0.0 else b / h / h  # at the origin 0, as in PyTorch


def hypot_of(a: float, b: float) -> float:
    """√(a² + b²), its rounding errors put back (Borges, 2019); infinite where it is too large."""
    x, y = abs(a), abs(b)
    if x < y or y == _INF:
        x, y = y, x
    if x == _INF:  # also beside NaN
        return _INF
    if x != x or y != y or y <= 5e-17 * x:
        return x + y
    scale = 1.0
    if x > 3e150:
        x, y, scale = x * 2.0**-600, y * 2.0**-600, 2.0**600
    elif y < 3e-150:
        x, y, scale = x * 2.0**600, y * 2.0**600, 2.0**-600
    h = math.sqrt(x * x + y * y)
    if h <= 2.0 * y:
        d = h - y
        rest = x * (2.0 * d - x) + (d - 2.0 * (x - y)) * d
    else:
        d = h - x
        rest = 2.0 * d * (x - 2.0 * y) + ((4.0 * d - y) * y + d * d)
    return (h - rest / (2.0 * h)) * scale


def cbrt_of(x: float) -> float:
    a = abs(x)
    if a == 0.0 or a - a != 0.0:
        return x
    scale = 1.0
    if a < 1e-280:
        a, scale = a * 2.0**60, 2.0**-20
    elif a > 1e280:
        a, scale = a * 2.0**-60, 2.0**20
    y = math.pow(a, 1.0 / 3.0)
    square = y * y
    cube = square * y
    rest = (a - cube) - (_lost(square, y, cube) + _lost(y, y, square) * y)
    return math.copysign((y + rest / (3.0 * square)) * scale, x)


def cbrt_slope(y: float) -> float:
    return quotient(1.0, 3.0 * y * y)


def log2_of(x: float, label: str | None = None) -> float:
    if x > 0.0:
        return math.log2(x)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("log2", (label, x)), "log2 needs a number greater than 0")


def log10_of(x: float, label: str | None = None) -> float:
    if x > 0.0:
        return math.log10(x)
    if x != x or x == -_INF:
        return _NAN
    raise outside(call_text("log10", (label, x)), "log10 needs a number greater than 0")


def exp2_of(x: float, label: str | None = None) -> float:
    if 1024.0 <= x < _INF:
        raise out_of_range(call_text("exp2", (label, x)))
    return math.pow(2.0, x)


# The normal distribution and its kin. In e^(−x²) what x² is rounded by would count hundreds of
# units, so x is taken as h + (x − h), with h of 26 bits and h² exact.


def gaussian_of(x: float, share: float = 1.0, shift: float = 0.0) -> float:
    """e^(shift − share · x²); `share` is a power of two."""
    if abs(x) > 40.0:
        return 0.0
    h = half(x)
    return math.exp(shift - share * (h * h)) * math.exp(share * ((h - x) * (h + x)))


def erf_slope(x: float) -> float:
    return _TWO_BY_ROOT_PI * gaussian_of(x)


def erfc_of(x: float) -> float:
    if x < 0.42:
        return 1.0 - math.erf(x)
    if x > 28.0:
        return 0.0
    h = half(x)
    return _scaled_tail(math.exp(-(h * h)), (h - x) * (h + x), x, 0.0)


def _scaled_tail(e: float, d: float, t: float, lost: float) -> float:
    """e · exp(d) · erfcx(t + lost), for small d and `lost`, and 0.4 < t < 28.

    erfcx(t) = exp(t²) erfc(t). (1 + 2t) erfcx(t) is a polynomial in (t − 4)/(t + 4), a Chebyshev
    fit, its error 2⁻⁵⁸.
    """
    q = (t - 4.0) / (t + 4.0)
    p = 1.2133596311218522e-09
    p = p * q - 9.747931867919877e-09
    p = p * q - 1.597606586823446e-08
    p = p * q + 1.0351131119800685e-07
    p = p * q + 7.203979848378613e-08
    p = p * q - 8.197923689227951e-07
    p = p * q + 2.957644714087773e-07
    p = p * q + 5.706666434100551e-06
    p = p * q - 1.1222947601276593e-05
    p = p * q - 2.4398118222187915e-05
    p = p * q + 0.0001506219546267449
    p = p * q - 0.00019925695284863306
    p = p * q - 0.0007577733432693323
    p = p * q + 0.0050319700171134315
    p = p * q - 0.01619773405112376
    p = p * q + 0.03716751553386518
    p = p * q - 0.06633036581268839
    p = p * q + 0.09373283499853505
    p = p * q - 0.10103906603628758
    p = p * q + 0.0680970542546883
    p = p * q + 0.015379652102619514
    p = p * q - 0.13962111684056247
    p = p * q + 1.2329951186255526
    n = 1.0 + 2.0 * t
    w = p / n
    rest = d + d * d * (0.5 + d * (1.0 / 6.0))
    rest += lost * (2.0 * t - _TWO_BY_ROOT_PI / w) - ((1.0 - n) + 2.0 * t) / n
    y = e * w
    return y + y * rest


def normal_tail(x: float, shift: float = 0.0) -> float:
    """e^shift · 2 Φ(x) = e^shift · erfc(−x/√2), for x from −39 to −0.6."""
    a = -x
    h = half(a)
    t = a * _ROOT_HALF
    lost = _lost(a, _ROOT_HALF, t) - a * 4.833646656726457e-17  # √½ is no float either
    e = math.exp(shift - 0.5 * (h * h))
    return _scaled_tail(e, 0.5 * ((h - a) * (h + a)), t, lost)


def gelu_of(x: float) -> float:
    if x < -39.0:
        return x * 0.0
    if x < -36.0:  # so that only the result is rounded to what a subnormal number holds
        return (0.5 * x * normal_tail(x, 37.0)) * _EXP_MINUS_37
    if x < -0.6:
        return 0.5 * x * normal_tail(x)
    return x * (0.5 + 0.5 * math.erf(x * _ROOT_HALF))


def gelu_slope(x: float) -> float:
    """Φ(x) + x φ(x)."""
    if abs(x) > 39.0:
        return 1.0 if x > 0.0 else x * 0.0
    if x < -36.0:
        density = 0.3989422804014327 * gaussian_of(x, 0.5, 37.0)
        return (0.5 * normal_tail(x, 37.0) + x * density) * _EXP_MINUS_37
    below = 0.5 * normal_tail(x) if x < -0.6 else 0.5 + 0.5 * math.erf(x * _ROOT_HALF)
    return below + x * (0.3989422804014327 * gaussian_of(x, 0.5))


def silu_of(x: float) -> float:
    if x < -700.0:
        return (x * math.exp(x + 37.0)) * _EXP_MINUS_37
    if x > 700.0:
        return x
    e = math.exp(-abs(x))
    n = 1.0 + e
    y = (x if x > 0.0 else x * e) / n
    return math.copysign(y - y * (((1.0 - n) + e) / n), x)  # what 1 + e was rounded by


def silu_slope(x: float) -> float:
    if x < -700.0:
        return ((1.0 + x) * math.exp(x + 37.0)) * _EXP_MINUS_37
    return sigmoid_of(x) * (1.0 + x * sigmoid_of(-x))
