"""The node of the graph, and its operators.

A `Value` keeps its operands and the **local derivatives** by them, found when the number is made.
Everything else in the library reads these: the sweep multiplies them, a derivation prints them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from inspect import signature
from threading import get_ident, local
from typing import Any, TypeAlias, cast, final

from autograd import breaks, memory, scalar, sweeping, ufuncs
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.locks import ProcessLock
from autograd.messages import named_arguments
from autograd.staleness import look_again
from autograd.watched import ReadNumber

if False:  # never run: it tells Cython, which reads it, that @final and cast below are its own
    from cython import cast, final  # type: ignore

__all__ = ["Number", "Value", "topological"]

Plain: TypeAlias = float  # as a plain operand: compiled, an argument of type float is a C double
Label: TypeAlias = str | None  # checked with a message of our own
Flag: TypeAlias = bool  # a C integer, compiled
Stamp: TypeAlias = int  # a C integer, compiled
_LEAF = 2**62  # the mark of a leaf: above every stamp, so that no sweep enters it

_clock = 0  # even; it goes on where some number is set to another one
_watching = False  # whether there are
_watchers: dict[int, Any] = {}  # by thread, see `watch`
_turn = ProcessLock()  # held by a thread that changes one of these three
_pickling = local()  # .underway: whether this thread's pickler is writing a graph, operands first


def _value(data: float, label: str | None = None) -> Value:  # type: ignore[empty-body]
    """Only its signature counts: a compiled class does not tell its own."""


@final
class Value:
    """A number that remembers how it was made, and so can find its gradient.

    `data` is the number, `label` the name that the reader gives it. `grad` is the derivative of
    the value whose `backward()` was called by this one; before that it is 0.

    Raises TypeError where `data` is not a real number or `label` not a text.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (4.0, -3.0, 2.0)
    """

    __signature__ = signature(_value)

    # _a and _b are the arguments of its operation, Values or plain numbers, None where it has
    # fewer; _da and _db are the partials by them, of no meaning for a plain number. An operation
    # on many Values has them in _row, and in _factors what the adjoint is multiplied by on its way
    # to each: the partial, or, in a dot product of Values, the Value whose number the partial is
    # (to which the adjoint goes as well, times the number of the first). A dot product has its
    # bias in _a, an output of softmax its place, `take` the place that it takes, an operation of a
    # user's own its rule. _made is the time when the number was made, by `_clock`, and odd where it
    # was set by hand; _mark is for the sweeps.
    __slots__ = (
        "_data", "_grad", "label", "op", "_a", "_b", "_da", "_db", "_row", "_factors", "_made",
        "_mark",
    )  # fmt: skip

    _data: float
    _grad: float
    label: str | None
    op: str
    _a: Value | float | None
    _b: Value | float | None
    _da: float
    _db: float
    _row: tuple[Value, ...] | None
    _factors: tuple[Any, ...]
    _made: int
    _mark: int

    def __init__(self, data: Plain, label: Label = None):
        if label is not None and not isinstance(label, str):
            raise ArgumentTypeError(f"a label is a text, not {label!r}: Value(data, label='w1')")
        self._data = data if type(data) is float else scalar.as_float(data, "Value")
        self._grad = 0.0
        self.label = label
        self.op = ""
        self._a = self._b = self._row = None
        self._factors = ()
        self._da = self._db = 0.0
        self._made = _clock
        self._mark = _LEAF

    @property
    def data(self) -> float:
        """The number. What was computed from it before it is set to another one is then stale."""
        return _read(self) if _watching else self._data

    @data.setter
    def data(self, data: Plain) -> None:
        put(self, data if type(data) is float else scalar.as_float(data, "data"))

    @property
    def grad(self) -> float:
        """The derivative of what was swept last by this value; leaves add up, 0 clears."""
        return self._grad

    @grad.setter
    def grad(self, grad: Plain) -> None:
        self._grad = grad if type(grad) is float else scalar.as_float(grad, "grad")

    # How it was made

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that this one was made of, in order; empty for a leaf.

        >>> x = Value(3.0, "x")
        >>> (x * x).operands == (x, x), (x * 2).operands == (x,)
        (True, True)
        """
        of_a, of_b = isinstance(self._a, Value), isinstance(self._b, Value)
        if self._row is None and of_a:
            return (self._a, self._b) if of_b else (self._a,)  # type: ignore[return-value]
        if self._row is None:
            return (self._b,) if of_b else ()  # type: ignore[return-value]
        operands = list(self._row)
        if operands and isinstance(self._factors[0], Value):
            operands.extend(self._factors)
        if of_a:
            operands.append(self._a)  # type: ignore[arg-type]
        if of_b:
            operands.append(self._b)  # type: ignore[arg-type]
        return tuple(operands)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives of this value by its `operands`, one for each.

        Raises GraphError where an operand's data was changed after this value was made.

        >>> (Value(3.0) * Value(4.0)).partials
        (4.0, 3.0)
        """
        if self._made != _clock:  # else no number is newer
            check_fresh(self)
        of_a, of_b = isinstance(self._a, Value), isinstance(self._b, Value)
        if self._row is None and of_a and of_b:
            return (self._da, self._db)
        if self._row is None and of_a:
            return (self._da,)
        if self._row is None and of_b:
            return (self._db,)
        if self._row is not None and self._factors and isinstance(self._factors[0], Value):
            partials = [x._data for x in self._factors] + [w._data for w in self._row]
        else:
            partials = list(self._factors)
        if of_a:
            partials.append(self._da)
        if of_b:
            partials.append(self._db)
        return tuple(partials)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The operands with the plain numbers among them, as the rule of the operation takes them.

        These are (a, b) or (x,); (weights, inputs, bias) for `dot`; (values,) for the functions
        of many values, (values, place) for `take` and (index, values) for an output of `softmax`.

        >>> x = Value(3.0)
        >>> (2 - x).arguments == (2.0, x)
        True
        """
        if self._row is None:
            return tuple([x for x in (self._a, self._b) if x is not None])
        if self.op == "dot":
            return (self._row, self._factors, self._a)
        if self.op == "softmax":
            return (self._a, self._row)
        if self.op == "take":
            return (self._row, self._a)
        # `where`, and an operation of the user's own, which has its rule in _a, take each by itself
        return self._row if self.op == "where" or self._a is not None else (self._row,)

    @property
    def _prev(self) -> tuple[Value, ...]:
        """The operands, by the name that a well-known lecture uses."""
        return self.operands

    @property
    def _op(self) -> str:
        """The operation, by the name that a well-known lecture uses."""
        return self.op

    # The sweep

    def backward(self, check: Flag = False) -> None:
        """Add the derivative of this value to the `grad` of every leaf that it depends on.

        Walks the graph in reverse topological order, so that a value has gathered all it gets
        before it hands on: operand.grad += partial · grad. Leaves accumulate from call to call
        (`leaf.grad = 0` clears); inner values start from zero at every sweep. A grad of 0 hands on
        0 through an infinite partial too, and `where`, `relu`, `maximum` and `minimum` hand on 0 to
        the operand that they did not take, whatever their grad; elsewhere 0 · ∞ is NaN.

        With `check`, or inside `with autograd.checking():`, a derivative that would become infinite
        or NaN on the way is a StepError that names the operation, its numbers and its labels.

        Raises GraphError, with no gradient touched, where the graph has a cycle, where data was
        changed after the forward pass (and not put back), or where a signal handler calls it in
        the middle of another sweep over the same values.

        >>> a = Value(3.0)
        >>> b = a + a
        >>> c = b + b
        >>> c.backward()
        >>> a.grad
        4.0
        """
        if check or (breaks.blocks and breaks.asked()):
            sweeping.inner_nodes(self, _clock, look_again)
            breaks.refuse(topological(self))
        sweeping.sweep(self, _clock, look_again)

    # Operators

    def __add__(self, other: Number) -> Value:
        """a + b; partials 1 and 1."""
        if isinstance(other, Value):
            b: Value = other
            return node(self._data + b._data, "+", self, 1.0, b, 1.0)
        k = other if type(other) is float else plain(other, "+")
        if k is None:
            return NotImplemented
        x: float = k
        return node(self._data + x, "+", self, 1.0, k)

    def __radd__(self, other: Plain) -> Value:
        """k + b; partial 1. The 0 that `sum()` starts from adds no node."""
        if type(other) is int and other == 0:
            return self
        k = other if type(other) is float else plain(other, "+")
        if k is None:
            return NotImplemented
        x: float = k
        return node(x + self._data, "+", k, 0.0, self, 1.0)

    def __sub__(self, other: Number) -> Value:
        """a − b; partials 1 and −1."""
        if isinstance(other, Value):
            b: Value = other
            return node(self._data - b._data, "-", self, 1.0, b, -1.0)
        k = other if type(other) is float else plain(other, "-")
        if k is None:
            return NotImplemented
        x: float = k
        return node(self._data - x, "-", self, 1.0, k)

    def __rsub__(self, other: Plain) -> Value:
        """k − b; partial −1."""
        k = other if type(other) is float else plain(other, "-")
        if k is None:
            return NotImplemented
        x: float = k
        return node(x - self._data, "-", k, 0.0, self, -1.0)

    def __mul__(self, other: Number) -> Value:
        """a · b; partials b and a."""
        if isinstance(other, Value):
            b: Value = other
            return node(self._data * b._data, "*", self, b._data, b, self._data)
        k = other if type(other) is float else plain(other, "*")
        if k is None:
            return NotImplemented
        x: float = k
        return node(self._data * x, "*", self, x, k)

    def __rmul__(self, other: Plain) -> Value:
        """k · b; partial k."""
        k = other if type(other) is float else plain(other, "*")
        if k is None:
            return NotImplemented
        x: float = k
        return node(x * self._data, "*", k, 0.0, self, x)

    def __truediv__(self, other: Number) -> Value:
        """a / b; partials 1/b and −(a/b)/b. PoleError where b is 0."""
        if isinstance(other, Value):
            b: Value = other
            y = scalar.divide(self._data, b._data, self.label, b.label)
            da = scalar.quotient(1.0, b._data)
            return node(y, "/", self, da, b, scalar.quotient(-y, b._data))
        k = other if type(other) is float else plain(other, "/")
        if k is None:
            return NotImplemented
        x: float = k
        y = scalar.divide(self._data, x, self.label, None)
        return node(y, "/", self, scalar.quotient(1.0, x), k)

    def __rtruediv__(self, other: Plain) -> Value:
        """k / b; partial −(k/b)/b. PoleError where b is 0."""
        k = other if type(other) is float else plain(other, "/")
        if k is None:
            return NotImplemented
        x: float = k
        y = scalar.divide(x, self._data, None, self.label)
        return node(y, "/", k, 0.0, self, scalar.quotient(-y, self._data))

    def __pow__(self, other: Number) -> Value:
        """a ** b; partials b · a**(b − 1) and a**b · log(a).

        The partial by b is NaN where a is negative, and both are 0 at 0 ** 0, as in PyTorch.
        DomainError for a negative base and a broken exponent, PoleError for 0 and a negative one.
        """
        if isinstance(other, Value):
            b: Value = other
            y = scalar.power_of(self._data, b._data, self.label, b.label)
            da = scalar.power_by_base(self._data, b._data)
            return node(y, "**", self, da, b, scalar.power_by_exponent(self._data, b._data, y))
        k = other if type(other) is float else plain(other, "**")
        if k is None:
            return NotImplemented
        x: float = k
        y = scalar.power_of(self._data, x, self.label, None)
        return node(y, "**", self, scalar.power_by_base(self._data, x), k)

    def __rpow__(self, other: Plain) -> Value:
        """k ** b; partial k**b · log(k)."""
        k = other if type(other) is float else plain(other, "**")
        if k is None:
            return NotImplemented
        x: float = k
        y = scalar.power_of(x, self._data, None, self.label)
        return node(y, "**", k, 0.0, self, scalar.power_by_exponent(x, self._data, y))

    def __neg__(self) -> Value:
        """−x; partial −1."""
        return node(-self._data, "neg", self, -1.0)

    def __pos__(self) -> Value:
        """+x is x itself."""
        return self

    def __abs__(self) -> Value:
        """|x|; partial the sign of x, 0 at 0."""
        return self.abs()

    # Comparison and conversion are by data; equality and hash stay by identity.

    def __lt__(self, other: Number) -> bool:
        """a < b, of the numbers."""
        truth = self._data < _number(other, "<")
        return _decided(self, other, truth) if _watching else truth

    def __le__(self, other: Number) -> bool:
        """a ≤ b, of the numbers."""
        truth = self._data <= _number(other, "<=")
        return _decided(self, other, truth) if _watching else truth

    def __gt__(self, other: Number) -> bool:
        """a > b, of the numbers."""
        truth = self._data > _number(other, ">")
        return _decided(self, other, truth) if _watching else truth

    def __ge__(self, other: Number) -> bool:
        """a ≥ b, of the numbers."""
        truth = self._data >= _number(other, ">=")
        return _decided(self, other, truth) if _watching else truth

    def __hash__(self) -> int:
        return id(self) >> 4  # what object.__hash__ gives, without the call

    def __float__(self) -> float:
        return float(_read(self)) if _watching else self._data

    def __bool__(self) -> bool:
        truth = self._data != 0.0
        return _decided(self, None, truth) if _watching else truth

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self._data!r}, grad={self._grad!r}{label})"

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        return ufuncs.applied(Value, ufunc, method, operands, options)

    # Functions, as methods too, so that numpy.exp(array_of_values) finds them

    def exp(self) -> Value:
        """exp(x) = eˣ; partial eˣ. RangeError above 709.78."""
        y = scalar.exp_of(self._data, self.label)
        return node(y, "exp", self, y)

    def expm1(self) -> Value:
        """expm1(x) = eˣ − 1, exact for small x; partial eˣ. RangeError above 709.78."""
        y = scalar.expm1_of(self._data, self.label)
        return node(y, "expm1", self, scalar.exp_of(self._data, self.label))

    def log(self) -> Value:
        """log(x), the natural logarithm; partial 1/x. DomainError where x ≤ 0."""
        y = scalar.log_of(self._data, self.label)
        return node(y, "log", self, 1.0 / self._data)

    def log1p(self) -> Value:
        """log1p(x) = log(1 + x), exact for small x; partial 1/(1 + x). DomainError where x ≤ −1."""
        y = scalar.log1p_of(self._data, self.label)
        return node(y, "log1p", self, 1.0 / (1.0 + self._data))

    def sqrt(self) -> Value:
        """sqrt(x) = √x; partial 1/(2√x), infinite at 0. DomainError where x < 0."""
        y = scalar.sqrt_of(self._data, self.label)
        return node(y, "sqrt", self, scalar.quotient(0.5, y))

    def sin(self) -> Value:
        """sin(x), x in radians; partial cos(x)."""
        return node(scalar.sin_of(self._data), "sin", self, scalar.cos_of(self._data))

    def cos(self) -> Value:
        """cos(x), x in radians; partial −sin(x)."""
        return node(scalar.cos_of(self._data), "cos", self, -scalar.sin_of(self._data))

    def tanh(self) -> Value:
        """tanh(x) = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); partial 1 − tanh(x)²."""
        return node(math.tanh(self._data), "tanh", self, scalar.tanh_slope(self._data))

    def sigmoid(self) -> Value:
        """sigmoid(x) = σ(x) = 1/(1 + e⁻ˣ); partial σ(x)(1 − σ(x)), as derived in note N2."""
        return node(
            scalar.sigmoid_of(self._data), "sigmoid", self, scalar.sigmoid_slope(self._data)
        )

    def softplus(self) -> Value:
        """softplus(x) = log(1 + eˣ); partial σ(x)."""
        return node(scalar.softplus_of(self._data), "softplus", self, scalar.sigmoid_of(self._data))

    def relu(self) -> Value:
        """relu(x) = x if x ≥ 0 else 0; partial 1 above 0 and 0 elsewhere."""
        return node(scalar.relu_of(self._data), "relu", self, 0.0 if self._data <= 0.0 else 1.0)

    def abs(self) -> Value:
        """|x|; partial the sign of x, 0 at 0."""
        return node(abs(self._data), "abs", self, scalar.sign_of(self._data))

    def tan(self) -> Value:
        """tan(x), x in radians; partial 1 + tan(x)²."""
        y = scalar.tan_of(self._data)
        return node(y, "tan", self, 1.0 + y * y)

    def asin(self) -> Value:
        """asin(x), from −π/2 to π/2; partial 1/√(1 − x²). DomainError where |x| > 1."""
        y = scalar.asin_of(self._data, self.label)
        return node(y, "asin", self, scalar.asin_slope(self._data))

    def acos(self) -> Value:
        """acos(x), from 0 to π; partial −1/√(1 − x²). DomainError where |x| > 1."""
        y = scalar.acos_of(self._data, self.label)
        return node(y, "acos", self, -scalar.asin_slope(self._data))

    def atan(self) -> Value:
        """atan(x), from −π/2 to π/2; partial 1/(1 + x²)."""
        return node(math.atan(self._data), "atan", self, scalar.atan_slope(self._data))

    def atan2(self, other: Number) -> Value:
        """atan2(a, b), the angle of the point (b, a); see `functions.atan2`."""
        return atan2_node(self, other)

    def sinh(self) -> Value:
        """sinh(x) = (eˣ − e⁻ˣ)/2; partial cosh(x). RangeError where |x| > 710.47."""
        y = scalar.sinh_of(self._data, self.label)
        return node(y, "sinh", self, scalar.cosh_of(self._data, self.label))

    def cosh(self) -> Value:
        """cosh(x) = (eˣ + e⁻ˣ)/2; partial sinh(x). RangeError where |x| > 710.47."""
        y = scalar.cosh_of(self._data, self.label)
        return node(y, "cosh", self, scalar.sinh_of(self._data, self.label))

    def asinh(self) -> Value:
        """asinh(x) = log(x + √(x² + 1)); partial 1/√(x² + 1)."""
        return node(math.asinh(self._data), "asinh", self, scalar.asinh_slope(self._data))

    def acosh(self) -> Value:
        """acosh(x) = log(x + √(x² − 1)); partial 1/√(x² − 1). DomainError where x < 1."""
        y = scalar.acosh_of(self._data, self.label)
        return node(y, "acosh", self, scalar.acosh_slope(self._data))

    def atanh(self) -> Value:
        """atanh(x) = ½ log((1 + x)/(1 − x)); partial 1/(1 − x²). DomainError where |x| ≥ 1."""
        y = scalar.atanh_of(self._data, self.label)
        return node(y, "atanh", self, scalar.atanh_slope(self._data))

    def erf(self) -> Value:
        """erf(x), the error function; partial 2/√π · e^(−x²)."""
        return node(math.erf(self._data), "erf", self, scalar.erf_slope(self._data))

    def erfc(self) -> Value:
        """erfc(x) = 1 − erf(x), exact for large x; partial −2/√π · e^(−x²)."""
        return node(scalar.erfc_of(self._data), "erfc", self, -scalar.erf_slope(self._data))

    def cbrt(self) -> Value:
        """cbrt(x) = ∛x; partial 1/(3∛x²), infinite at 0."""
        y = scalar.cbrt_of(self._data)
        return node(y, "cbrt", self, scalar.cbrt_slope(y))

    def hypot(self, other: Number) -> Value:
        """hypot(a, b) = √(a² + b²); see `functions.hypot`."""
        return hypot_node(self, other)

    def log2(self) -> Value:
        """log2(x), to the base 2; partial 1/(x log 2). DomainError where x ≤ 0."""
        y = scalar.log2_of(self._data, self.label)
        return node(y, "log2", self, 1.4426950408889634 / self._data)

    def log10(self) -> Value:
        """log10(x), to the base 10; partial 1/(x log 10). DomainError where x ≤ 0."""
        y = scalar.log10_of(self._data, self.label)
        return node(y, "log10", self, 0.4342944819032518 / self._data)

    def exp2(self) -> Value:
        """exp2(x) = 2ˣ; partial 2ˣ log 2. RangeError from 1024 on."""
        y = scalar.exp2_of(self._data, self.label)
        return node(y, "exp2", self, y * 0.6931471805599453)

    def gelu(self) -> Value:
        """gelu(x) = x Φ(x) = x/2 · (1 + erf(x/√2)); partial Φ(x) + x φ(x)."""
        return node(scalar.gelu_of(self._data), "gelu", self, scalar.gelu_slope(self._data))

    def silu(self) -> Value:
        """silu(x) = x σ(x); partial σ(x)(1 + x(1 − σ(x)))."""
        return node(scalar.silu_of(self._data), "silu", self, scalar.silu_slope(self._data))

    # By NumPy's names

    arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
    arcsinh, arccosh, arctanh = asinh, acosh, atanh
    fabs = abs

    # Copies and pickles

    def __copy__(self) -> Value:
        return _made_of(None, *_fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        """A copy of the whole graph below, one node at a time: depth needs no recursion."""
        for v in topological(self):
            if id(v) not in memo:
                memo[id(v)] = _made_of(None, *_fields(v, memo))
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as plain data, the operands first.

        The pickler remembers what it has written, so when a node's turn comes its operands are
        references and nothing recurses, however deep the graph is.
        """
        underway = getattr(_pickling, "underway", False)
        ancestors = None if underway or not self.op else _AncestorsFirst(self)
        return _made_of, (ancestors, *_fields(self))


Number: TypeAlias = float | Value
"""What an operation takes: a plain real number, or a Value."""

compiled = not __file__.endswith(".py")
"""Whether this is the extension that Cython makes of this file, or the file itself."""


def _refuse_subclass(cls: type) -> None:
    raise ArgumentTypeError(
        "Value is final: keep a Value in an attribute instead of subclassing it"
    )


memory.nodes_of(Value)
sweeping.setup(scalar.SELECTING)
if not compiled:  # an extension type is final by itself, and its hash is quick
    Value.__init_subclass__ = classmethod(_refuse_subclass)  # type: ignore[assignment]
    Value.__hash__ = object.__hash__  # type: ignore[method-assign]


# Making a node


def node(
    data: float, op: str, a: Number | None, da: float, b: Number | None = None, db: float = 0.0
) -> Value:
    """The value that `op` makes of a and b, with its partials da and db by them.

    A plain number among them is a float, and the partial by it is not read.
    """
    if memory.IN_C:
        v = cast(Value, memory.node_new(Value, data, op, a, da, b, db, (), _clock))
    else:
        v = Value.__new__(Value)
        v._data = data
        v._grad = 0.0
        v.label = None
        v.op = op
        v._a = a
        v._b = b
        v._da = da
        v._db = db
        v._row = None
        v._factors = ()
        v._made = _clock
        v._mark = 0
    if data - data != 0.0:  # infinite or NaN
        _check_range(v)
    return v


def slabs() -> tuple[int, int]:
    """How many slabs of memory there are for nodes, and how many of them wait without a node."""
    return memory.slabs_held, memory.slabs_empty


def row(
    data: float,
    op: str,
    values: Sequence[Number],
    partials: Sequence[float],
    place: Any = None,
) -> Value:
    """The value that `op` makes of many values; numbers among them become constants.

    `place` is that of the one among the results of `op`, where it has several, or of the one among
    the values that it takes, to which no derivative goes; or the rule of an operation that is no
    row of the table.
    """
    v = node(0.0, op, place, 0.0)
    v._row = values_of(values, op)
    v._factors = tuple(partials)
    v._data = data
    if data - data != 0.0:
        _check_range(v)
    return v


def pair(op: str, a: Number, b: Number, y: float, da: float, db: float) -> Value:
    """The value y that `op` makes of a and b, one of them a Value, with its partials by them."""
    first = a if isinstance(a, Value) else scalar.as_float(a, op)
    second = b if isinstance(b, Value) else scalar.as_float(b, op)
    return node(y, op, first, da, second, db)


def atan2_node(a: Number, b: Number) -> Value:
    """atan2 of numbers one of which is a Value."""
    x, y = number_in(a, "atan2"), number_in(b, "atan2")
    return pair(
        "atan2", a, b, math.atan2(x, y), scalar.atan2_slope(x, y), scalar.atan2_slope(y, -x)
    )


def hypot_node(a: Number, b: Number) -> Value:
    """hypot of numbers one of which is a Value."""
    x, y = number_in(a, "hypot"), number_in(b, "hypot")
    h = scalar.hypot_of(x, y)
    return pair("hypot", a, b, h, scalar.quotient(x, h), scalar.quotient(y, h))


def number_in(x: Number, op: str) -> float:
    """The number itself, or that of a Value."""
    return x._data if isinstance(x, Value) else scalar.as_float(x, op)


def infinite(
    data: float, op: str, a: Number | None, da: float, b: Number | None = None, db: float = 0.0
) -> Value:
    """As `node`, where finite operands may have an infinite result: at the pole of a derivative."""
    v = node(0.0, op, a, da, b, db)
    v._data = data
    return v


def constant(x: Plain, op: str) -> Value:
    """A leaf that stands for a plain number, so that no one takes it for a parameter."""
    v = Value(scalar.as_float(x, op))
    freeze(v)
    return v


def freeze(v: Value) -> None:
    """Make a constant of a leaf."""
    v.op = "constant"


def dot(weights: Sequence[Number], inputs: Sequence[Number], bias: Number = 0.0) -> Value:
    """The node of b + Σ wᵢxᵢ; see `functions.dot`, which takes plain numbers as well."""
    ws: tuple[Any, ...] = tuple(weights)
    xs: tuple[Any, ...] = tuple(inputs)
    if len(ws) != len(xs):
        raise ArgumentError(f"dot: {len(ws)} weights but {len(xs)} inputs; it takes one each")
    if xs and not isinstance(xs[0], Value):
        xs = _floats(xs)
    if isinstance(bias, Value):
        b: Value = bias
        z = b._data
        v = node(z, "dot", b, 1.0)
    else:
        k = bias if type(bias) is float else plain(bias, "dot")
        z = k if k is not None else scalar.as_float(bias, "dot")
        v = node(z, "dot", k, 0.0)
    try:
        if xs and isinstance(xs[0], Value):
            for i, w in enumerate(ws):
                x = xs[i]
                z += w._data * x._data
        else:
            for i, w in enumerate(ws):
                k = xs[i]
                z += w._data * k
    except (AttributeError, TypeError):  # perhaps a plain number among the Values
        promoted = values_of(ws, "dot"), values_of(xs, "dot")
        if promoted == (ws, xs):
            raise
        return dot(*promoted, bias)
    v._row = ws
    v._factors = xs
    v._data = z
    if z - z != 0.0:
        _check_range(v)
    return v


def _floats(xs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs of a dot product as floats, or as Values where there is one among them."""
    for x in xs:
        if type(x) is not float:
            break
    else:
        return xs
    if any(isinstance(x, Value) for x in xs):
        return values_of(xs, "dot")
    return tuple([scalar.as_float(x, "dot") for x in xs])


def plain(x: Any, op: str) -> Any:
    """A plain number as a float, itself where it knows what it is; None for what is no number."""
    if type(x) is int:
        return float(x)
    if type(x) is ReadNumber:
        return x
    return float(x) if scalar.is_number(x, op) else None


def put(v: Value, data: float) -> None:
    """Set the number of a value; one that is not the same makes time go on.

    It is not known here whether a zero keeps its sign, or whether the number of a node that was
    computed is put back: such a value is looked at again when a gradient is asked for.
    """
    if data != v._data or data == 0.0:
        now = _advance()
        v._made = now if v._mark == _LEAF else now + 1
    v._data = data


def _advance() -> int:
    """Let time go on; the time that it is then, of which no other thread has a part."""
    global _clock  # noqa: PLW0603
    if memory.GIL:
        _clock += 2
        return _clock
    with _turn:
        _clock += 2
        return _clock


def values_of(xs: Sequence[Number], op: str) -> tuple[Value, ...]:
    """The same, with constants in place of the plain numbers."""
    return tuple([x if isinstance(x, Value) else constant(x, op) for x in xs])


# Orders, and whether numbers are fresh


def check_fresh(v: Value) -> None:
    """Raise GraphError where computing v again from its operands would give other numbers."""
    if sweeping.in_doubt(v):
        look_again(v)


def topological(root: Value) -> list[Value]:
    """Every value below root and root itself, operands before what they make.

    >>> x = Value(2.0)
    >>> [v.data for v in topological((x + 1) * x)]
    [2.0, 3.0, 6.0]
    """
    inner = sweeping.inner_nodes(root, _clock, None)
    order: dict[Value, None] = {}
    for v in inner:
        for operand in v.operands:
            order.setdefault(operand)
        order[v] = None
    return list(order) or [root]


def check_acyclic(root: Value) -> None:
    """Raise GraphError where a value below root was made of itself."""
    sweeping.inner_nodes(root, _clock, None)


# Who reads the numbers


def watch(watcher: Any) -> None:
    """Let `watcher` answer, in this thread, who reads a number or decides by it; None ends it.

    `watcher.number(v)` is what a reader of v gets, `watcher.truth(values, truth)` what one who asks
    whether something holds of these values, and `watcher.place(v, size)` which of so many values is
    chosen by v.
    """
    global _watching  # noqa: PLW0603
    with _turn:
        if watcher is None:
            _watchers.pop(get_ident(), None)
        else:
            _watchers[get_ident()] = watcher
        _watching = bool(_watchers)


def watcher() -> Any:
    """Who is told of this thread's readings; None where nobody is."""
    return _watchers.get(get_ident())


def tick() -> int:
    """Let time go on; the time before, so that what is made from now on is younger."""
    return _advance() - 2


def _read(v: Value) -> float:
    watcher = _watchers.get(get_ident())
    return v._data if watcher is None else watcher.number(v)


def placed(v: Value, size: int) -> float:
    """The number of v, by which one of so many values is chosen."""
    watcher = _watchers.get(get_ident()) if _watching else None
    return v._data if watcher is None else float(watcher.place(v, size))


def _decided(v: Value, other: object, truth: bool) -> bool:
    watcher = _watchers.get(get_ident())
    if watcher is None:
        return truth
    return bool(watcher.truth([v, other] if isinstance(other, Value) else [v], truth))


# Checks and messages


def _number(x: Any, op: str) -> float:
    """The number that another one is compared with."""
    if isinstance(x, Value):
        v: Value = x
        return v._data
    if scalar.is_number(x, op):
        return float(x)
    raise ArgumentTypeError(scalar.not_a_number(x, op))


def _check_range(v: Value) -> None:
    """Raise where finite operands gave an infinite result; let infinities and NaN pass on."""
    operands = named_arguments(v)
    if operands and all(x - x == 0.0 for _, x in operands):
        raise scalar.out_of_range(scalar.call_text(v.op, *operands))


# Copies and pickles


class _AncestorsFirst:
    """Pickles as the list of the values below one, operands first; see `Value.__reduce__`."""

    def __init__(self, root: Value):
        self.root = root

    def _walk(self) -> Iterator[Value]:
        _pickling.underway = True
        try:
            yield from topological(self.root)[:-1]
        finally:
            _pickling.underway = False

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._walk()


def _fields(v: Value, memo: dict[int, Any] | None = None) -> tuple[Any, ...]:
    """What a node is made of, its operands replaced by what `memo` has for them."""
    a, b, row, factors = v._a, v._b, v._row, v._factors
    if memo is not None:
        a, b = memo.get(id(a), a), memo.get(id(b), b)
        row = None if row is None else tuple([memo[id(w)] for w in row])
        if factors and isinstance(factors[0], Value):
            factors = tuple([memo[id(x)] for x in factors])
    marks = v._mark > 0, sweeping.in_doubt(v)
    return v._data, v._grad, v.label, v.op, a, v._da, b, v._db, row, factors, *marks


def _made_of(
    ancestors: list[Value] | None,  # only written so that they come first in a pickle
    data: float,
    grad: float,
    label: str | None,
    op: str,
    a: Value | float | None,
    da: float,
    b: Value | float | None,
    db: float,
    row: tuple[Value, ...] | None,
    factors: tuple[Any, ...],
    swept: bool,
    doubtful: bool,
) -> Value:
    """The value of these `_fields`."""
    v = Value(data, label)
    v._grad = grad
    v.op = op
    v._a, v._da, v._b, v._db = a, da, b, db
    v._row, v._factors = row, factors
    if op and op != "constant":
        v._mark = 1 if swept else 0
        v._made |= doubtful
    return v


_BINARY = frozenset(["+", "-", "*", "/", "**", "maximum", "minimum"])  # of the first release


def _restore(
    ancestors: list[Value] | None,
    data: float,
    grad: float,
    label: str | None,
    op: str,
    a: Value | None,
    da: float,
    b: Value | None,
    db: float,
    row: tuple[Value, ...] | None,
    factors: tuple[Any, ...],
    swept: bool,
) -> Value:
    """The same from a pickle of version 0.1, which has plain numbers in place of partials."""
    if op in _BINARY:
        return _made_of(
            None, data, grad, label, op, da if a is None else a, da,
            db if b is None else b, db, row, factors, swept, False,
        )  # fmt: skip
    first: Any = a
    if a is None and op in ("dot", "softmax"):
        first = da if op == "dot" else int(da)
    return _made_of(
        None, data, grad, label, op, first, da, b, db, row, factors, swept, False
    )  # fmt: skip
