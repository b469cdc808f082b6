"""The node of the graph, its operators, and the backward sweep over it.

A `Value` keeps its operands and the **local derivatives** by them, found when the number is made.
Everything else in the library reads these: the sweep multiplies them, a derivation prints them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from inspect import signature
from threading import RLock, local
from typing import Any, TypeAlias, final

from autograd import scalar
from autograd.errors import GraphError

if False:  # never run: it tells Cython, which reads it, that @final below is its own directive
    from cython import final  # type: ignore

__all__ = ["Number", "Value", "topological"]

Plain: TypeAlias = float  # as a plain operand: compiled, an argument of type float is a C double
Label: TypeAlias = str | None  # checked with a message of our own
Flag: TypeAlias = bool  # a C integer, compiled
Stamp: TypeAlias = int  # a C integer, compiled
_LEAF = 2**62  # the mark of a leaf: above every stamp, so that no sweep enters it

_stamp = 2  # the newest: a sweep owns two stamps, its first for "met", the next for "done"
_sweeping = RLock()  # one sweep at a time: marks and inner gradients belong to one sweep
_underway: list[int] = []  # the marks of sweeps that a signal handler may break into
_depth = 0  # compiled only: how deep nodes are freeing their operands,
_orphans: list[Any] = []  # and the operands left for the outermost of them to free
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

    # A node has at most two operands, _a and _b, and the partials _da and _db by them. Where an
    # operand is a plain number its slot is None and its partial slot holds the number. A node of
    # many operands has them in _ws and the partials in _xs; that of a dot product has its weights
    # in _ws and its inputs, which are the partials by the weights, in _xs, and the bias in _a.
    __slots__ = ("data", "grad", "label", "op", "_a", "_b", "_da", "_db", "_ws", "_xs", "_mark")

    data: float
    grad: float
    label: str | None
    op: str
    _a: Value | None
    _b: Value | None
    _da: float
    _db: float
    _ws: tuple[Value, ...] | None
    _xs: tuple[Any, ...]
    _mark: int

    def __init__(self, data: Plain, label: Label = None):
        if label is not None and not isinstance(label, str):
            raise TypeError(f"a label is a text, not {label!r}: Value(data, label='w1')")
        self.data = data if type(data) is float else scalar.as_float(data, "Value")
        self.grad = 0.0
        self.label = label
        self.op = ""
        self._a = self._b = self._ws = None
        self._xs = ()
        self._da = self._db = 0.0
        self._mark = _LEAF

    # How it was made

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that this one was made of, in order; empty for a leaf.

        >>> x = Value(3.0, "x")
        >>> (x * x).operands == (x, x), (x * 2).operands == (x,)
        (True, True)
        """
        found = [] if self._ws is None else list(self._ws)
        if found and isinstance(self._xs[0], Value):
            found.extend(self._xs)
        if self._a is not None:
            found.append(self._a)
        if self._b is not None:
            found.append(self._b)
        return tuple(found)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives of this value by its `operands`, one for each.

        Raises GraphError where an operand's data was changed after this value was made.

        >>> (Value(3.0) * Value(4.0)).partials
        (4.0, 3.0)
        """
        found: list[float] = []
        if self._ws is not None:
            if self._xs and isinstance(self._xs[0], Value):
                _check_fresh(self)
                found = [x.data for x in self._xs] + [w.data for w in self._ws]
            else:
                found = list(self._xs)
        if self._a is not None:
            found.append(self._da)
        if self._b is not None:
            found.append(self._db)
        return tuple(found)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The operands with the plain numbers among them, as the rule of the operation takes them.

        These are (a, b) or (x,); (weights, inputs, bias) for `dot`; (values,) for the functions
        of many values, and (index, values) for an output of `softmax`.

        >>> x = Value(3.0)
        >>> (2 - x).arguments == (2.0, x)
        True
        """
        first = self._da if self._a is None else self._a
        if self._ws is None:
            if self._a is None and self._b is None:
                return ()
            if self.op in scalar.BINARY:
                return (first, self._db if self._b is None else self._b)
            return (first,)
        if self.op == "dot":
            return (self._ws, self._xs, first)
        if self.op == "softmax":
            return (int(self._da), self._ws)
        return self._ws if self.op == "where" else (self._ws,)

    @property
    def _prev(self) -> tuple[Value, ...]:
        """The operands, by the name that a well-known lecture uses."""
        return self.operands

    @property
    def _op(self) -> str:
        """The operation, by the name that a well-known lecture uses."""
        return self.op

    # The sweep

    def backward(self) -> None:
        """Add the derivative of this value to the `grad` of every leaf that it depends on.

        Walks the graph in reverse topological order, so that a value has gathered all it gets
        before it hands on: operand.grad += partial · grad. Leaves accumulate from call to call
        (`leaf.grad = 0` clears); inner values start from zero at every sweep.

        Raises GraphError, with no gradient touched, where the graph has a cycle, where the data of
        an operand was changed after the forward pass, or where a signal handler calls it in the
        middle of another sweep over the same values.

        >>> a = Value(3.0)
        >>> b = a + a
        >>> c = b + b
        >>> c.backward()
        >>> a.grad
        4.0
        """
        with _sweeping:
            order = _inner_nodes(self, True)
            _underway.append(self._mark)
            try:
                _hand_back(self, order)
            finally:
                _underway.pop()

    # Operators

    def __add__(self, other: Number) -> Value:
        """a + b; partials 1 and 1."""
        if isinstance(other, Value):
            b: Value = other
            return node(self.data + b.data, "+", self, 1.0, b, 1.0)
        if not scalar.is_number(other, "+"):
            return NotImplemented
        k: float = float(other)
        return node(self.data + k, "+", self, 1.0, None, k)

    def __radd__(self, other: Plain) -> Value:
        """k + b; partial 1. The 0 that `sum()` starts from adds no node."""
        if type(other) is int and other == 0:
            return self
        if not scalar.is_number(other, "+"):
            return NotImplemented
        k: float = float(other)
        return node(k + self.data, "+", None, k, self, 1.0)

    def __sub__(self, other: Number) -> Value:
        """a − b; partials 1 and −1."""
        if isinstance(other, Value):
            b: Value = other
            return node(self.data - b.data, "-", self, 1.0, b, -1.0)
        if not scalar.is_number(other, "-"):
            return NotImplemented
        k: float = float(other)
        return node(self.data - k, "-", self, 1.0, None, k)

    def __rsub__(self, other: Plain) -> Value:
        """k − b; partial −1."""
        if not scalar.is_number(other, "-"):
            return NotImplemented
        k: float = float(other)
        return node(k - self.data, "-", None, k, self, -1.0)

    def __mul__(self, other: Number) -> Value:
        """a · b; partials b and a."""
        if isinstance(other, Value):
            b: Value = other
            return node(self.data * b.data, "*", self, b.data, b, self.data)
        if not scalar.is_number(other, "*"):
            return NotImplemented
        k: float = float(other)
        return node(self.data * k, "*", self, k, None, k)

    def __rmul__(self, other: Plain) -> Value:
        """k · b; partial k."""
        if not scalar.is_number(other, "*"):
            return NotImplemented
        k: float = float(other)
        return node(k * self.data, "*", None, k, self, k)

    def __truediv__(self, other: Number) -> Value:
        """a / b; partials 1/b and −(a/b)/b. PoleError where b is 0."""
        if isinstance(other, Value):
            b: Value = other
            y = scalar.divide(self.data, b.data, self.label, b.label)
            da = scalar.quotient(1.0, b.data)
            return node(y, "/", self, da, b, scalar.quotient(-y, b.data))
        if not scalar.is_number(other, "/"):
            return NotImplemented
        k: float = float(other)
        y = scalar.divide(self.data, k, self.label, None)
        return node(y, "/", self, scalar.quotient(1.0, k), None, k)

    def __rtruediv__(self, other: Plain) -> Value:
        """k / b; partial −(k/b)/b. PoleError where b is 0."""
        if not scalar.is_number(other, "/"):
            return NotImplemented
        k: float = float(other)
        y = scalar.divide(k, self.data, None, self.label)
        return node(y, "/", None, k, self, scalar.quotient(-y, self.data))

    def __pow__(self, other: Number) -> Value:
        """a ** b; partials b · a**(b − 1) and a**b · log(a).

        The partial by b is NaN where a is negative, and both are 0 at 0 ** 0, as in PyTorch.
        DomainError for a negative base and a broken exponent, PoleError for 0 and a negative one.
        """
        if isinstance(other, Value):
            b: Value = other
            y = scalar.power_of(self.data, b.data, self.label, b.label)
            da = scalar.power_by_base(self.data, b.data)
            return node(y, "**", self, da, b, scalar.power_by_exponent(self.data, b.data, y))
        if not scalar.is_number(other, "**"):
            return NotImplemented
        k: float = float(other)
        y = scalar.power_of(self.data, k, self.label, None)
        return node(y, "**", self, scalar.power_by_base(self.data, k), None, k)

    def __rpow__(self, other: Plain) -> Value:
        """k ** b; partial k**b · log(k)."""
        if not scalar.is_number(other, "**"):
            return NotImplemented
        k: float = float(other)
        y = scalar.power_of(k, self.data, None, self.label)
        return node(y, "**", None, k, self, scalar.power_by_exponent(k, self.data, y))

    def __neg__(self) -> Value:
        """−x; partial −1."""
        return node(-self.data, "neg", self, -1.0)

    def __pos__(self) -> Value:
        """+x is x itself."""
        return self

    def __abs__(self) -> Value:
        """|x|; partial the sign of x, 0 at 0."""
        return self.abs()

    # Comparison and conversion are by data; equality and hash stay by identity.

    def __lt__(self, other: Number) -> bool:
        """a < b, of the numbers."""
        return _compare(self, other, "<") and self.data < float(other)

    def __le__(self, other: Number) -> bool:
        """a ≤ b, of the numbers."""
        return _compare(self, other, "<=") and self.data <= float(other)

    def __gt__(self, other: Number) -> bool:
        """a > b, of the numbers."""
        return _compare(self, other, ">") and self.data > float(other)

    def __ge__(self, other: Number) -> bool:
        """a ≥ b, of the numbers."""
        return _compare(self, other, ">=") and self.data >= float(other)

    def __hash__(self) -> int:
        return id(self) >> 4  # as object's, which would be a call of a Python function

    def __float__(self) -> float:
        return float(self.data)

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"

    # Functions, as methods too, so that numpy.exp(array_of_values) finds them

    def exp(self) -> Value:
        """exp(x) = eˣ; partial eˣ. RangeError above 709.78."""
        y = scalar.exp_of(self.data, self.label)
        return node(y, "exp", self, y)

    def expm1(self) -> Value:
        """expm1(x) = eˣ − 1, exact for small x; partial eˣ. RangeError above 709.78."""
        y = scalar.expm1_of(self.data, self.label)
        return node(y, "expm1", self, scalar.exp_of(self.data, self.label))

    def log(self) -> Value:
        """log(x), the natural logarithm; partial 1/x. DomainError where x ≤ 0."""
        y = scalar.log_of(self.data, self.label)
        return node(y, "log", self, 1.0 / self.data)

    def log1p(self) -> Value:
        """log1p(x) = log(1 + x), exact for small x; partial 1/(1 + x). DomainError where x ≤ −1."""
        y = scalar.log1p_of(self.data, self.label)
        return node(y, "log1p", self, 1.0 / (1.0 + self.data))

    def sqrt(self) -> Value:
        """sqrt(x) = √x; partial 1/(2√x), infinite at 0. DomainError where x < 0."""
        y = scalar.sqrt_of(self.data, self.label)
        return node(y, "sqrt", self, scalar.quotient(0.5, y))

    def sin(self) -> Value:
        """sin(x), x in radians; partial cos(x)."""
        return node(scalar.sin_of(self.data), "sin", self, scalar.cos_of(self.data))

    def cos(self) -> Value:
        """cos(x), x in radians; partial −sin(x)."""
        return node(scalar.cos_of(self.data), "cos", self, -scalar.sin_of(self.data))

    def tanh(self) -> Value:
        """tanh(x) = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); partial 1 − tanh(x)²."""
        return node(math.tanh(self.data), "tanh", self, scalar.tanh_slope(self.data))

    def sigmoid(self) -> Value:
        """sigmoid(x) = σ(x) = 1/(1 + e⁻ˣ); partial σ(x)(1 − σ(x)), as derived in note N2."""
        return node(scalar.sigmoid_of(self.data), "sigmoid", self, scalar.sigmoid_slope(self.data))

    def softplus(self) -> Value:
        """softplus(x) = log(1 + eˣ); partial σ(x)."""
        return node(scalar.softplus_of(self.data), "softplus", self, scalar.sigmoid_of(self.data))

    def relu(self) -> Value:
        """relu(x) = x if x ≥ 0 else 0; partial 1 above 0 and 0 elsewhere."""
        return node(scalar.relu_of(self.data), "relu", self, 0.0 if self.data <= 0.0 else 1.0)

    def abs(self) -> Value:
        """|x|; partial the sign of x, 0 at 0."""
        return node(abs(self.data), "abs", self, scalar.sign_of(self.data))

    # Memory

    def __dealloc__(self) -> None:
        """Free a long chain in steps, where the C stack would not hold it; compiled only."""
        global _depth  # noqa: PLW0603
        _depth += 1
        if _depth > 50:
            _orphans.append((self._a, self._b, self._ws, self._xs))
        self._a = self._b = None
        if self._ws is not None:
            self._ws = None
            self._xs = ()
        while _depth == 1 and _orphans:
            _orphans.pop()
        _depth -= 1

    # Copies and pickles

    def __copy__(self) -> Value:
        return _restore(None, *_fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        """A copy of the whole graph below, one node at a time: depth needs no recursion."""
        for v in topological(self):
            if id(v) not in memo:
                memo[id(v)] = _restore(None, *_fields(v, memo))
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as plain data, the operands first.

        The pickler remembers what it has written, so when a node's turn comes its operands are
        references and nothing recurses, however deep the graph is.
        """
        underway = getattr(_pickling, "underway", False)
        ancestors = None if underway or not self.op else _AncestorsFirst(self)
        return _restore, (ancestors, *_fields(self))


Number: TypeAlias = float | Value
"""What an operation takes: a plain real number, or a Value."""

compiled = not __file__.endswith(".py")
"""Whether this is the extension that Cython makes of this file, or the file itself."""


def _refuse_subclass(cls: type) -> None:
    raise TypeError("Value is final: keep a Value in an attribute instead of subclassing it")


if not compiled:  # an extension type is final by itself, and its hash is quick
    Value.__init_subclass__ = classmethod(_refuse_subclass)  # type: ignore[assignment]
    Value.__hash__ = object.__hash__  # type: ignore[method-assign]


# Making a node


def node(
    data: float, op: str, a: Value | None, da: float, b: Value | None = None, db: float = 0.0
) -> Value:
    """The value that `op` makes of a and b, with its partials da and db by them."""
    v = Value.__new__(Value)
    v.data = data
    v.grad = 0.0
    v.label = None
    v.op = op
    v._a = a
    v._b = b
    v._da = da
    v._db = db
    v._ws = None
    v._xs = ()
    v._mark = 0
    if data - data != 0.0:  # infinite or NaN
        _check_range(v)
    return v


def row(
    data: float,
    op: str,
    values: Sequence[Number],
    partials: Sequence[float],
    index: float = 0.0,
) -> Value:
    """The value that `op` makes of many values; numbers among them become constants."""
    v = node(0.0, op, None, float(index))
    v._ws = values_of(values, op)
    v._xs = tuple(partials)
    v.data = data
    if data - data != 0.0:
        _check_range(v)
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
        raise ValueError(f"dot: {len(ws)} weights but {len(xs)} inputs; it takes one each")
    if xs and not isinstance(xs[0], Value):
        xs = _floats(xs)
    if isinstance(bias, Value):
        b: Value = bias
        z = b.data
        v = node(z, "dot", b, 1.0)
    else:
        z = scalar.as_float(bias, "dot")
        v = node(z, "dot", None, z)
    try:
        if xs and isinstance(xs[0], Value):
            for i, w in enumerate(ws):
                x = xs[i]
                z += w.data * x.data
        else:
            for i, w in enumerate(ws):
                k = xs[i]
                z += w.data * k
    except (AttributeError, TypeError):  # perhaps a plain number among the Values
        promoted = values_of(ws, "dot"), values_of(xs, "dot")
        if promoted == (ws, xs):
            raise
        return dot(*promoted, bias)
    v._ws = ws
    v._xs = xs
    v.data = z
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


def values_of(xs: Sequence[Number], op: str) -> tuple[Value, ...]:
    """The same, with constants in place of the plain numbers."""
    return tuple([x if isinstance(x, Value) else constant(x, op) for x in xs])


# Sweeping


def _inner_nodes(root: Value, checking: Flag) -> list[Value]:
    """The values below root that were made of others, operands before what they make.

    Depth first, by a stack of our own. A node carries the sweep's stamp from when it is met until
    its operands are done, so an operand that has it lies on the way to itself: a cycle. `checking`
    makes operands that were changed since the forward pass an error.
    """
    global _stamp  # noqa: PLW0603
    if _underway:
        _check_apart(root)
    _stamp += 2
    met = _stamp
    done = met + 1
    order: list[Value] = []
    stack = [root] if root._mark < met else []
    while stack:
        v = stack.pop()
        if v._mark == met:
            v._mark = done
            order.append(v)
        elif v._mark < met:
            v._mark = met
            stack.append(v)
            a = v._a
            if a is not None and a._mark < done:
                if a._mark == met:
                    raise _cycle(a)
                stack.append(a)
            b = v._b
            if b is not None and b._mark < done:
                if b._mark == met:
                    raise _cycle(b)
                stack.append(b)
            if v._ws is not None:
                if checking:
                    _check_fresh(v)
                _enter(v._ws, met, stack)
                if v._xs and isinstance(v._xs[0], Value):
                    _enter(v._xs, met, stack)
    if _stamp != met and not _all_ours(order, done):  # a signal handler has swept some of these
        return _inner_nodes(root, checking)
    return order


def _all_ours(order: list[Value], done: Stamp) -> bool:
    """Whether no sweep that broke into this one has marked the same values."""
    return all(x._mark in (done, _LEAF) for v in order for x in (v, *v.operands))


def _enter(operands: tuple[Any, ...], met: Stamp, stack: list[Value]) -> None:
    done = met + 1
    for v in operands:
        if v._mark < done:
            if v._mark == met:
                raise _cycle(v)
            stack.append(v)


def _cycle(v: Value) -> GraphError:
    return GraphError(
        f"the graph has a cycle: {_named(v)} is among its own operands, so no order puts "
        "operands first; build the graph from new Values instead of changing old ones"
    )


def _hand_back(root: Value, order: list[Value]) -> None:
    """operand.grad += partial · g for every value in the order, the last first."""
    for v in order:
        v.grad = 0.0
    root.grad += 1.0
    for v in reversed(order):
        g = v.grad
        if v._ws is not None:
            _hand_on_row(v, g)
        if v._a is not None:
            d = v._da * g
            v._a.grad += d
        if v._b is not None:
            d = v._db * g
            v._b.grad += d


def _check_apart(root: Value) -> None:
    """Raise where a sweep that this one breaks into is at work on the same values."""
    marks = {mark for mark in _underway if mark != _LEAF}
    met = set()
    stack = [root]
    while stack:
        v = stack.pop()
        if v._mark in marks:
            raise GraphError(
                f"a sweep over {_named(v)} is under way, and a signal handler or finalizer has "
                "called for another one: let it set a flag, and sweep when the first is done"
            )
        if v not in met:
            met.add(v)
            stack.extend(v.operands)


def _hand_on_row(v: Value, g: float) -> None:
    """operand.grad += partial · g for the many operands of v."""
    ws = v._ws or ()
    xs = v._xs
    if xs and isinstance(xs[0], Value):
        for i, w in enumerate(ws):
            x = xs[i]
            w.grad += x.data * g
            x.grad += w.data * g
    else:
        for i, w in enumerate(ws):
            k = xs[i]
            w.grad += k * g


def _check_fresh(v: Value) -> None:
    """Raise where the operands of a dot product no longer give its number.

    Its partials are read from its operands, so changed data would give a wrong gradient silently.
    """
    ws = v._ws or ()
    xs = v._xs
    if not xs or not isinstance(xs[0], Value):
        return
    z = v._da if v._a is None else v._a.data
    for i, w in enumerate(ws):
        x = xs[i]
        z += w.data * x.data
    if z != v.data and (z == z or v.data == v.data):
        raise GraphError(
            f"{_named(v)} = {v.data!r} was computed from numbers that have been changed since "
            f"(Σ w·x + b is now {z!r}): run the forward pass again before asking for gradients"
        )


def topological(root: Value) -> list[Value]:
    """Every value below root and root itself, operands before what they make.

    >>> x = Value(2.0)
    >>> [v.data for v in topological((x + 1) * x)]
    [2.0, 3.0, 6.0]
    """
    with _sweeping:
        inner = _inner_nodes(root, False)
    order: dict[Value, None] = {}
    for v in inner:
        for operand in v.operands:
            order.setdefault(operand)
        order[v] = None
    return list(order) or [root]


def check_acyclic(root: Value) -> None:
    """Raise GraphError where a value below root was made of itself."""
    with _sweeping:
        _inner_nodes(root, False)


# Checks and messages


def _compare(v: Value, other: object, op: str) -> bool:
    if isinstance(other, Value) or scalar.is_number(other, op):
        return True
    raise TypeError(scalar.not_a_number(other, op))


def _named(v: Value) -> str:
    if v.label:
        return v.label
    return f"the result of '{v.op}'" if v.op else f"Value({v.data!r})"


def _check_range(v: Value) -> None:
    """Raise where finite operands gave an infinite result; let infinities and NaN pass on."""
    operands: list[tuple[str | None, float]] = []
    for argument in v.arguments:
        for x in argument if isinstance(argument, tuple) else (argument,):
            operands.append((x.label, x.data) if isinstance(x, Value) else (None, float(x)))
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
    a, b, ws, xs = v._a, v._b, v._ws, v._xs
    if memo is not None:
        a, b = memo.get(id(a)), memo.get(id(b))
        ws = None if ws is None else tuple([memo[id(w)] for w in ws])
        if xs and isinstance(xs[0], Value):
            xs = tuple([memo[id(x)] for x in xs])
    return v.data, v.grad, v.label, v.op, a, v._da, b, v._db, ws, xs, v._mark > 0


def _restore(
    ancestors: list[Value] | None,  # only written so that they come first in a pickle
    data: float,
    grad: float,
    label: str | None,
    op: str,
    a: Value | None,
    da: float,
    b: Value | None,
    db: float,
    ws: tuple[Value, ...] | None,
    xs: tuple[Any, ...],
    swept: bool,
) -> Value:
    v = Value(data, label)
    v.grad = grad
    v.op = op
    v._a, v._da, v._b, v._db = a, da, b, db
    v._ws, v._xs = ws, xs
    if op and op != "constant":
        v._mark = 1 if swept else 0
    return v
