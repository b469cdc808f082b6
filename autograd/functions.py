"""The functions, on plain numbers and on Values.

Given plain numbers they return plain numbers; given a Value, a Value that remembers it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, overload

from autograd import scalar
from autograd import value as _value
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
    x, y = _data(a, "maximum"), _data(b, "maximum")
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
    x, y = _data(a, "minimum"), _data(b, "minimum")
    return _choice("minimum", a, b, x if x < y or x != x else y, _share(y, x), _share(x, y))


def _share(x: float, y: float) -> float:
    """The derivative of max(x, y) by x; a NaN passes all of it to both, as in PyTorch."""
    return 0.0 if x < y else 0.5 if x == y else 1.0


def _choice(op: str, a: Number, b: Number, y: float, da: float, db: float) -> Number:
    if isinstance(a, Value):
        if isinstance(b, Value):
            return _value.node(y, op, a, da, b, db)
        return _value.node(y, op, a, da, float(b))
    if isinstance(b, Value):
        return _value.node(y, op, float(a), 0.0, b, db)
    return y


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
        y = _data(a if taken else b, "where")
        return _value.row(y, "where", (condition, a, b), (0.0, float(taken), float(not taken)))
    _data(a, "where"), _data(b, "where")
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


def _data(x: Number, op: str) -> float:
    return x._data if isinstance(x, Value) else scalar.as_float(x, op)


def _datas(values: Sequence[Number], op: str) -> list[float]:
    return [_data(x, op) for x in values]


def _some(values: Iterable[Number], op: str) -> list[Number]:
    values = list(values)
    if not values:
        raise ValueError(f"{op} of no values: give at least one")
    return values


def _of_many(op: str, values: list[Number], y: float, partials: list[float]) -> Number:
    if any(isinstance(v, Value) for v in values):
        return _value.row(y, op, values, partials)
    if not math.isfinite(y) and all(math.isfinite(x) for x in values):
        raise scalar.out_of_range(scalar.call_text(op, *[(None, float(x)) for x in values]))
    return y


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


def _again(v: Value) -> Value | None:
    """A new value of the same operation on the same arguments; None where it is none of ours."""
    operation = _OPERATORS.get(v.op) or globals().get(v.op)
    return operation(*v.arguments) if operation else None


_value.compute_again_by(_again)
