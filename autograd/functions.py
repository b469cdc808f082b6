"""The functions, on plain numbers and on Values.

Given plain numbers they return plain numbers; given a Value, a Value that remembers it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, overload

from autograd import scalar
from autograd import value as _value
from autograd.errors import ArgumentError, PlaceError
from autograd.staleness import compute_again_by
from autograd.value import Number, Value

T = TypeVar("T", float, Value, Number)

# Of one number


def exp(x: T) -> T:
    """eˣ; derivative eˣ. Raises RangeError above 709.78.

    >>> exp(0.0)
    1.0
    """
    return x.exp() if isinstance(x, Value) else scalar.exp_of(scalar.as_float(x, "exp"))


def expm1(x: T) -> T:
    """eˣ − 1, without loss for small x; derivative eˣ. Raises RangeError above 709.78.

    >>> expm1(1e-20)
    1e-20
    """
    return x.expm1() if isinstance(x, Value) else scalar.expm1_of(scalar.as_float(x, "expm1"))


def log(x: T) -> T:
    """The natural logarithm; derivative 1/x. Raises DomainError where x ≤ 0.

    >>> log(1.0)
    0.0
    >>> log(Value(0.0, "p"))
    Traceback (most recent call last):
    autograd.errors.DomainError: log(p) with p = 0.0 is undefined: log needs a number greater than 0
    """
    return x.log() if isinstance(x, Value) else scalar.log_of(scalar.as_float(x, "log"))


def log1p(x: T) -> T:
    """log(1 + x), without loss for small x; derivative 1/(1 + x). DomainError where x ≤ −1.

    >>> log1p(1e-20)
    1e-20
    """
    return x.log1p() if isinstance(x, Value) else scalar.log1p_of(scalar.as_float(x, "log1p"))


def sqrt(x: T) -> T:
    """√x; derivative 1/(2√x), infinite at 0. Raises DomainError where x < 0.

    >>> sqrt(9.0)
    3.0
    """
    return x.sqrt() if isinstance(x, Value) else scalar.sqrt_of(scalar.as_float(x, "sqrt"))


def sin(x: T) -> T:
    """sin x, x in radians; derivative cos x.

    >>> sin(0.0)
    0.0
    """
    return x.sin() if isinstance(x, Value) else scalar.sin_of(scalar.as_float(x, "sin"))


def cos(x: T) -> T:
    """cos x, x in radians; derivative −sin x.

    >>> cos(0.0)
    1.0
    """
    return x.cos() if isinstance(x, Value) else scalar.cos_of(scalar.as_float(x, "cos"))


def tanh(x: T) -> T:
    """(eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); derivative 1 − tanh(x)².

    >>> tanh(0.0)
    0.0
    """
    return x.tanh() if isinstance(x, Value) else math.tanh(scalar.as_float(x, "tanh"))


def sigmoid(x: T) -> T:
    """σ(x) = 1/(1 + e⁻ˣ), in the form that neither overflows nor loses its small tail.

    The derivative is σ(x)(1 − σ(x)), as note N2 derives it from (1 + e⁻ˣ)⁻¹.

    >>> sigmoid(0.0), sigmoid(-745.0)
    (0.5, 5e-324)
    """
    return x.sigmoid() if isinstance(x, Value) else scalar.sigmoid_of(scalar.as_float(x, "sigmoid"))


def relu(x: T) -> T:
    """x if x ≥ 0 else 0; derivative 1 above 0, and 0 at 0 and below.

    >>> relu(-2.0), relu(3.0)
    (0.0, 3.0)
    """
    return x.relu() if isinstance(x, Value) else scalar.relu_of(scalar.as_float(x, "relu"))


def softplus(x: T) -> T:
    """log(1 + eˣ), without overflow; derivative σ(x).

    >>> softplus(1000.0), softplus(-1000.0)
    (1000.0, 0.0)
    """
    if isinstance(x, Value):
        return x.softplus()
    return scalar.softplus_of(scalar.as_float(x, "softplus"))


def absolute(x: T) -> T:
    """|x|; derivative the sign of x, 0 at 0.

    >>> absolute(-2.0)
    2.0
    """
    return x.abs() if isinstance(x, Value) else abs(scalar.as_float(x, "abs"))


def tan(x: T) -> T:
    """tan x, x in radians; derivative 1 + tan(x)².

    >>> tan(0.0)
    0.0
    """
    return x.tan() if isinstance(x, Value) else scalar.tan_of(scalar.as_float(x, "tan"))


def asin(x: T) -> T:
    """The angle from −π/2 to π/2 whose sine is x; derivative 1/√(1 − x²).

    Raises DomainError where x is not from −1 to 1.

    >>> asin(0.0)
    0.0
    """
    return x.asin() if isinstance(x, Value) else scalar.asin_of(scalar.as_float(x, "asin"))


def acos(x: T) -> T:
    """The angle from 0 to π whose cosine is x; derivative −1/√(1 − x²).

    Raises DomainError where x is not from −1 to 1.

    >>> acos(1.0)
    0.0
    """
    return x.acos() if isinstance(x, Value) else scalar.acos_of(scalar.as_float(x, "acos"))


def atan(x: T) -> T:
    """The angle from −π/2 to π/2 whose tangent is x; derivative 1/(1 + x²).

    >>> atan(0.0)
    0.0
    """
    return x.atan() if isinstance(x, Value) else math.atan(scalar.as_float(x, "atan"))


def sinh(x: T) -> T:
    """(eˣ − e⁻ˣ)/2; derivative cosh x. Raises RangeError where |x| > 710.47.

    >>> sinh(0.0)
    0.0
    """
    return x.sinh() if isinstance(x, Value) else scalar.sinh_of(scalar.as_float(x, "sinh"))


def cosh(x: T) -> T:
    """(eˣ + e⁻ˣ)/2; derivative sinh x. Raises RangeError where |x| > 710.47.

    >>> cosh(0.0)
    1.0
    """
    return x.cosh() if isinstance(x, Value) else scalar.cosh_of(scalar.as_float(x, "cosh"))


def asinh(x: T) -> T:
    """The number whose sinh is x; derivative 1/√(x² + 1).

    >>> asinh(1e-20)
    1e-20
    """
    return x.asinh() if isinstance(x, Value) else math.asinh(scalar.as_float(x, "asinh"))


def acosh(x: T) -> T:
    """The number of at least 0 whose cosh is x; derivative 1/√(x² − 1), infinite at 1.

    Raises DomainError where x < 1.

    >>> acosh(1.0)
    0.0
    """
    return x.acosh() if isinstance(x, Value) else scalar.acosh_of(scalar.as_float(x, "acosh"))


def atanh(x: T) -> T:
    """The number whose tanh is x; derivative 1/(1 − x²). DomainError where |x| ≥ 1.

    >>> atanh(1e-20)
    1e-20
    """
    return x.atanh() if isinstance(x, Value) else scalar.atanh_of(scalar.as_float(x, "atanh"))


def erf(x: T) -> T:
    """The error function, 2/√π ∫₀ˣ e^(−t²) dt; derivative 2/√π · e^(−x²).

    >>> erf(0.0), erf(6.0)
    (0.0, 1.0)
    """
    return x.erf() if isinstance(x, Value) else math.erf(scalar.as_float(x, "erf"))


def erfc(x: T) -> T:
    """1 − erf(x), without loss for large x; derivative −2/√π · e^(−x²).

    >>> erfc(0.0)
    1.0
    """
    return x.erfc() if isinstance(x, Value) else scalar.erfc_of(scalar.as_float(x, "erfc"))


def cbrt(x: T) -> T:
    """∛x, also of a negative number; derivative 1/(3∛x²), infinite at 0.

    >>> cbrt(-27.0)
    -3.0
    """
    return x.cbrt() if isinstance(x, Value) else scalar.cbrt_of(scalar.as_float(x, "cbrt"))


def log2(x: T) -> T:
    """The logarithm to the base 2; derivative 1/(x log 2). Raises DomainError where x ≤ 0.

    >>> log2(8.0)
    3.0
    """
    return x.log2() if isinstance(x, Value) else scalar.log2_of(scalar.as_float(x, "log2"))


def log10(x: T) -> T:
    """The logarithm to the base 10; derivative 1/(x log 10). Raises DomainError where x ≤ 0.

    >>> log10(1000.0)
    3.0
    """
    return x.log10() if isinstance(x, Value) else scalar.log10_of(scalar.as_float(x, "log10"))


def exp2(x: T) -> T:
    """2ˣ; derivative 2ˣ log 2. Raises RangeError from 1024 on.

    >>> exp2(10.0)
    1024.0
    """
    return x.exp2() if isinstance(x, Value) else scalar.exp2_of(scalar.as_float(x, "exp2"))


def gelu(x: T) -> T:
    """x Φ(x) = x/2 · (1 + erf(x/√2)), the exact one; derivative Φ(x) + x φ(x).

    Φ is the normal distribution and φ its density (Hendrycks and Gimpel, 2016).

    >>> gelu(0.0), gelu(10.0)
    (0.0, 10.0)
    """
    return x.gelu() if isinstance(x, Value) else scalar.gelu_of(scalar.as_float(x, "gelu"))


def silu(x: T) -> T:
    """x σ(x), also called swish; derivative σ(x)(1 + x(1 − σ(x))).

    >>> silu(0.0)
    0.0
    """
    return x.silu() if isinstance(x, Value) else scalar.silu_of(scalar.as_float(x, "silu"))


# Of two or three


@overload
def maximum(a: float, b: float) -> float: ...
@overload
def maximum(a: Value, b: Number) -> Value: ...
@overload
def maximum(a: Number, b: Value) -> Value: ...
def maximum(a: Number, b: Number) -> Number:
    """The larger of a and b; derivative 1 by the larger and 0 by the other, ½ each where equal.

    NaN where either is. The halves at a tie are PyTorch's rule.

    >>> x = Value(3.0)
    >>> maximum(x, 2).partials
    (1.0,)
    """
    x, y = _value.number_in(a, "maximum"), _value.number_in(b, "maximum")
    return _choice("maximum", a, b, x if x > y or x != x else y, _share(x, y), _share(y, x))


@overload
def minimum(a: float, b: float) -> float: ...
@overload
def minimum(a: Value, b: Number) -> Value: ...
@overload
def minimum(a: Number, b: Value) -> Value: ...
def minimum(a: Number, b: Number) -> Number:
    """The smaller of a and b; derivative 1 by the smaller and 0 by the other, ½ each where equal.

    >>> minimum(3.0, 2.0)
    2.0
    """
    x, y = _value.number_in(a, "minimum"), _value.number_in(b, "minimum")
    return _choice("minimum", a, b, x if x < y or x != x else y, _share(y, x), _share(x, y))


def _share(x: float, y: float) -> float:
    """The derivative of max(x, y) by x; a NaN passes all of it to both, as in PyTorch."""
    return 0.0 if x < y else 0.5 if x == y else 1.0


def _choice(op: str, a: Number, b: Number, y: float, da: float, db: float) -> Number:
    if isinstance(a, Value) or isinstance(b, Value):
        return _value.pair(op, a, b, y, da, db)
    return _checked(op, y, a, b)


def _checked(op: str, y: float, *xs: float) -> float:
    """y, where it is finite or made of what is not."""
    if not math.isfinite(y) and all(math.isfinite(x) for x in xs):
        raise scalar.out_of_range(scalar.call_text(op, *[(None, float(x)) for x in xs]))
    return y


@overload
def atan2(a: float, b: float) -> float: ...
@overload
def atan2(a: Value, b: Number) -> Value: ...
@overload
def atan2(a: Number, b: Value) -> Value: ...
def atan2(a: Number, b: Number) -> Number:
    """The angle of the point (b, a), from −π to π; derivatives b/(a² + b²) and −a/(a² + b²).

    >>> atan2(0.0, 1.0)
    0.0
    """
    if isinstance(a, Value) or isinstance(b, Value):
        return _value.atan2_node(a, b)
    return math.atan2(scalar.as_float(a, "atan2"), scalar.as_float(b, "atan2"))


@overload
def hypot(a: float, b: float) -> float: ...
@overload
def hypot(a: Value, b: Number) -> Value: ...
@overload
def hypot(a: Number, b: Value) -> Value: ...
def hypot(a: Number, b: Number) -> Number:
    """√(a² + b²), without overflow on the way; derivatives a/y and b/y, no number at (0, 0).

    >>> hypot(3.0, 4.0)
    5.0
    """
    if isinstance(a, Value) or isinstance(b, Value):
        return _value.hypot_node(a, b)
    x, y = scalar.as_float(a, "hypot"), scalar.as_float(b, "hypot")
    return _checked("hypot", scalar.hypot_of(x, y), x, y)


@overload
def leaky_relu(x: float, slope: float = 0.01) -> float: ...
@overload
def leaky_relu(x: Value, slope: Number = 0.01) -> Value: ...
@overload
def leaky_relu(x: Number, slope: Value) -> Value: ...
def leaky_relu(x: Number, slope: Number = 0.01) -> Number:
    """x above 0, else slope · x; derivative 1 above 0, and the slope at 0 and below.

    The slope may be a Value too, to be trained.

    >>> leaky_relu(-2.0), leaky_relu(3.0)
    (-0.02, 3.0)
    """
    a, k = _value.number_in(x, "leaky_relu"), _value.number_in(slope, "leaky_relu")
    above = a > 0.0
    return _choice(
        "leaky_relu", x, slope, a if above else k * a, 1.0 if above else k, 0.0 if above else a
    )


@overload
def elu(x: float, alpha: float = 1.0) -> float: ...
@overload
def elu(x: Value, alpha: Number = 1.0) -> Value: ...
@overload
def elu(x: Number, alpha: Value) -> Value: ...
def elu(x: Number, alpha: Number = 1.0) -> Number:
    """x above 0, else alpha · (eˣ − 1); derivative 1 above 0, and alpha · eˣ at 0 and below.

    >>> elu(0.0), elu(-1000.0)
    (0.0, -1.0)
    """
    a, k = _value.number_in(x, "elu"), _value.number_in(alpha, "elu")
    if a > 0.0:
        return _choice("elu", x, alpha, a, 1.0, 0.0)
    y = math.expm1(a)
    return _choice("elu", x, alpha, k * y, k * math.exp(a), y)


def where(condition: bool | Number, a: Number, b: Number) -> Number:
    """a where the condition holds, else b; derivative 1 by the one taken, 0 by the other.

    The condition is a truth, or a number or Value that holds where it is greater than 0. Prefer a
    Value: the choice is then part of the graph, and a recording of it follows new numbers.

    >>> x = Value(-2.0)
    >>> where(x, x * x, -x).data
    2.0
    """
    if isinstance(condition, Value):
        taken = condition._data > 0.0
        y = _value.number_in(a if taken else b, "where")
        return _value.row(y, "where", (condition, a, b), (0.0, float(taken), float(not taken)))
    _value.number_in(a, "where"), _value.number_in(b, "where")
    if scalar.is_time(condition):
        scalar.as_float(condition, "where")  # says what to do
    return a if bool(condition > 0) else b


# Of many


@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: float = 0.0) -> float: ...
@overload
def dot(weights: Sequence[Value], inputs: Sequence[Number], bias: Number = 0.0) -> Value: ...
@overload
def dot(weights: Sequence[Number], inputs: Sequence[Number], bias: Number = 0.0) -> Number: ...
def dot(weights: Sequence[Number], inputs: Sequence[Number], bias: Number = 0.0) -> Number:
    """b + Σ wᵢxᵢ as one node: a neuron's z.

    The partial by a weight is its input, "the activation of the previous layer" (note N1); by an
    input its weight; by the bias 1. Raises ValueError where the lengths differ.

    >>> w1, w2 = Value(0.15), Value(0.20)
    >>> z = dot([w1, w2], [0.05, 0.10], 0.35)
    >>> round(z.data, 10), z.partials
    (0.3775, (0.05, 0.1))
    """
    z = _value.dot(weights, inputs, bias)
    ws = z._row
    if ws and ws[0].op != "constant":  # so a weight was a Value: no need to look at the rest
        return z
    made_of = (*weights, *inputs, bias)
    return z if any(isinstance(x, Value) for x in made_of) else z._data


@overload
def total(values: Iterable[float]) -> float: ...
@overload
def total(values: Iterable[Value]) -> Value: ...
@overload
def total(values: Iterable[Number]) -> Number: ...
def total(values: Iterable[Number]) -> Number:
    """Σ xᵢ as one node, summed without loss; each partial is 1.

    >>> total([0.1] * 10)
    1.0
    """
    values = list(values)
    y = _sum(_datas(values, "total"))
    return _of_many("total", values, y, [1.0] * len(values))


@overload
def mean(values: Iterable[float]) -> float: ...
@overload
def mean(values: Iterable[Value]) -> Value: ...
@overload
def mean(values: Iterable[Number]) -> Number: ...
def mean(values: Iterable[Number]) -> Number:
    """(1/n) Σ xᵢ as one node; each partial is 1/n. Raises ValueError where there are none.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    values = _some(values, "mean")
    n = len(values)
    xs = _datas(values, "mean")
    y = _sum(xs) / n
    if math.isinf(y):  # perhaps only the sum was too large
        y = _sum([x / n for x in xs])
    return _of_many("mean", values, y, [1.0 / n] * n)


@overload
def logsumexp(values: Iterable[float]) -> float: ...
@overload
def logsumexp(values: Iterable[Value]) -> Value: ...
@overload
def logsumexp(values: Iterable[Number]) -> Number: ...
def logsumexp(values: Iterable[Number]) -> Number:
    """log Σ e^xᵢ as one node, without overflow or loss; the partials are softmax(x).

    >>> logsumexp([-1000.0, -1000.0])
    -999.3068528194401
    """
    values = _some(values, "logsumexp")
    xs = _datas(values, "logsumexp")
    y = _logsumexp(xs)
    return _of_many("logsumexp", values, y, _softmax(xs) if math.isfinite(y) else _shares(xs, y))


@overload
def softmax(values: Iterable[float]) -> list[float]: ...
@overload
def softmax(values: Iterable[Value]) -> list[Value]: ...
@overload
def softmax(values: Iterable[Number]) -> list[float] | list[Value]: ...
def softmax(values: Iterable[Number]) -> list[float] | list[Value]:
    """e^xᵢ / Σ e^xⱼ, a list as long as the values; the partial of yᵢ by xⱼ is yᵢ(δᵢⱼ − yⱼ).

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    values = _some(values, "softmax")
    ys = _softmax(_datas(values, "softmax"))
    if not any(isinstance(v, Value) for v in values):
        return ys
    operands = _value.values_of(values, "softmax")
    return [
        _value.row(y, "softmax", operands, [y * ((i == j) - s) for j, s in enumerate(ys)], i)
        for i, y in enumerate(ys)
    ]


@overload
def take(values: Sequence[float], place: float) -> float: ...
@overload
def take(values: Sequence[Value], place: Number) -> Value: ...
@overload
def take(values: Sequence[Number], place: Number) -> Number: ...
def take(values: Sequence[Number], place: Number) -> Number:
    """The value at a place, counted from 0; the partial by it is 1, by every other one 0.

    The place is a whole number, or a Value that holds one: data, or an input of a tape, which then
    looks another value up for each row. No derivative goes to it. `Table` takes whole rows.

    Raises PlaceError where the place is no whole number or there is no value.

    >>> w = [Value(0.1), Value(0.2), Value(0.3)]
    >>> y = take(w, Value(2))
    >>> y.backward()
    >>> y.data, [v.grad for v in w]
    (0.3, [0.0, 0.0, 1.0])
    """
    k = _whole_place(place, len(values))
    y = _value.number_in(values[k], "take")
    if isinstance(place, Value) or any(isinstance(v, Value) for v in values):
        return _value.row(y, "take", values, _one_at(k, len(values)), place)
    return y


def _whole_place(place: Number, size: int) -> int:
    """The place as an integer, if there is one of so many."""
    x = _value.placed(place, size) if isinstance(place, Value) else scalar.as_float(place, "take")
    if not 0.0 <= x < size or x != int(x):
        name = place.label if isinstance(place, Value) and place.label else "the place"
        shown = int(x) if x - x == 0.0 and x == int(x) else x
        raise PlaceError(f"{name} is {shown}, but a whole number from 0 to {size - 1} is taken")
    return int(x)


@lru_cache(maxsize=4096)
def _one_at(place: int, size: int) -> tuple[float, ...]:
    """The partials of a value taken: 1 by itself."""
    return tuple([float(j == place) for j in range(size)])


def _datas(values: Sequence[Number], op: str) -> list[float]:
    return [_value.number_in(x, op) for x in values]


def _some(values: Iterable[Number], op: str) -> list[Number]:
    values = list(values)
    if not values:
        raise ArgumentError(f"{op} of no values: give at least one")
    return values


def _of_many(op: str, values: list[Number], y: float, partials: list[float]) -> Number:
    if any(isinstance(v, Value) for v in values):
        return _value.row(y, op, values, partials)
    return _checked(op, y, *[float(x) for x in values])


def _sum(xs: list[float]) -> float:
    try:
        return math.fsum(xs)
    except (OverflowError, ValueError):  # too large, or infinities of both signs
        return sum(xs)


def _largest(xs: list[float]) -> float:
    return math.nan if any(x != x for x in xs) else max(xs)


def _shifted_exp(x: float, m: float) -> float:
    """exp(x − m) for m ≥ x, with what the subtraction rounds off put back."""
    d = x - m
    if d < -746.0:
        return 0.0
    back = d - x
    lost = (x - (d - back)) - (m + back)
    e = math.exp(d)
    return e + e * lost


def _logsumexp(xs: list[float]) -> float:
    m = _largest(xs)
    if not math.isfinite(m):
        return m
    es = [_shifted_exp(x, m) for x in xs]
    es[xs.index(m)] = 0.0
    y = m + math.log1p(math.fsum(es))
    cancelled = 0.5 * m < y < -m
    return _logsumexp_exactly(xs) if cancelled else y


def _logsumexp_exactly(xs: list[float]) -> float:
    """The same with 50 digits, for where the largest and the rest nearly cancel."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 50
        return float(sum((Decimal(x).exp() for x in xs), Decimal(0)).ln())


def _softmax(xs: list[float]) -> list[float]:
    m = _largest(xs)
    if not math.isfinite(m):
        return [math.nan] * len(xs)
    es = [_shifted_exp(x, m) for x in xs]
    whole = math.fsum(es)
    return [e / whole for e in es]


def _shares(xs: list[float], y: float) -> list[float]:
    """exp(x − y) for an infinite or NaN y: what PyTorch gives there."""
    return [math.nan if x == y or y != y or x != x else 0.0 for x in xs]


# Computed again

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
    "abs": absolute,
    "softmax": lambda place, values: softmax(values)[place],
    "identity": lambda x: _value.node(x._data, "identity", x, 1.0),
}


def _operate_again(v: Value, arguments: tuple[Any, ...]) -> Value | None:
    """A new value of v's operation on such arguments; None where it is none of ours."""
    own: Any = v._a
    if callable(own):  # a user's operation is its own rule, whatever its name is
        return own(*arguments)  # type: ignore[no-any-return]
    operation = _OPERATORS.get(v.op) or globals().get(v.op)
    return operation(*arguments) if operation else None


def _again(v: Value) -> Value | None:
    return _operate_again(v, v.arguments)


compute_again_by(_again)
