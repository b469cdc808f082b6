"""Formulas that keep the form they were written in: y(1 − y) stays y(1 − y).

A computer algebra system puts every expression into its own order; the notes do not. A `Formula`
keeps the order of its terms and factors and does only what a writer does in his head: numbers are
multiplied out, equal factors cancel, −(t − y) becomes y − t. Each also knows its number at the
graph's data. The rules of `rules.py` are evaluated on formulas in the space `FORMULAS`; for
everything else `symbolic.to_sympy` hands one to SymPy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, ClassVar, TypeAlias

from autograd.formulas.relations import RELATIONS
from autograd.rules import EAGER, FUNCTIONS, Space

__all__ = [
    "FORMULAS",
    "LARGEST",
    "ONE",
    "Call",
    "Choice",
    "Condition",
    "Constant",
    "Derivative",
    "Formula",
    "Key",
    "Number",
    "Product",
    "Sum",
    "Symbol",
    "add",
    "formula",
    "grouped",
    "multiply",
    "negated",
    "power",
    "split",
]

LARGEST = 200
"""The most symbols in a formula that is worth reading; a larger one is abbreviated."""

_EPS = 2.0**-52
_NORMAL = sys.float_info.min  # a smaller float has fewer digits
_MOST_BITS = 100_000  # of a number that is multiplied as a fraction

Key: TypeAlias = tuple[Any, ...]


class Formula:
    """A node of a formula: its number, its size in symbols, and a key by which equals are found.

    `error` bounds what rounding did to the number: 1 − y has few digits left where y is near 1.
    """

    __slots__ = ("error", "key", "number", "size")

    writer: ClassVar[Callable[[Any], str]] = object.__repr__
    """What shows a formula: `typeset`, which knows the tree, puts its plain text here."""

    key: Key
    number: float
    error: float
    size: int

    def __repr__(self) -> str:
        return Formula.writer(self)

    def __add__(self, other: Any) -> Formula:
        return add([self, formula(other)])

    def __radd__(self, other: Any) -> Formula:
        return add([formula(other), self])

    def __sub__(self, other: Any) -> Formula:
        return add([self, -formula(other)])

    def __rsub__(self, other: Any) -> Formula:
        return add([formula(other), -self])

    def __mul__(self, other: Any) -> Formula:
        return multiply([self, formula(other)])

    def __rmul__(self, other: Any) -> Formula:
        return multiply([formula(other), self])

    def __truediv__(self, other: Any) -> Formula:
        return multiply([self, power(formula(other), Number(-1.0))])

    def __rtruediv__(self, other: Any) -> Formula:
        return multiply([formula(other), power(self, Number(-1.0))])

    def __neg__(self) -> Formula:
        return multiply([Number(-1.0), self])

    def __gt__(self, other: Any) -> Condition:
        return Condition(self, ">", formula(other))

    def __lt__(self, other: Any) -> Condition:
        return Condition(self, "<", formula(other))

    def __ge__(self, other: Any) -> Condition:
        return Condition(self, "≥", formula(other))

    def __le__(self, other: Any) -> Condition:
        return Condition(self, "≤", formula(other))


class Number(Formula):
    """A number that stands in the formula as itself."""

    __slots__ = ()

    def __init__(self, x: float):
        self.number = float(x)
        self.error = 0.0
        self.key = ("number", self.number)
        self.size = 1


class Symbol(Formula):
    """A name, with its number at the graph's data. Equal names are equal symbols."""

    __slots__ = ("name",)

    def __init__(self, name: str, number: float):
        self.name = name
        self.number = number
        self.error = _EPS * abs(number)
        self.key = ("symbol", name)
        self.size = 1


class Sum(Formula):
    """Two terms or more, in the order they came."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[Formula]):
        self.terms = tuple(terms)
        self.number = sum([t.number for t in self.terms])
        self.error = sum([t.error + _EPS * abs(t.number) for t in self.terms])
        self.key = ("sum", frozenset([t.key for t in self.terms]))
        self.size = 1 + sum([t.size for t in self.terms])


class Product(Formula):
    """A number times powers: pairs of a base and its exponent, each base once."""

    __slots__ = ("coefficient", "powers")

    def __init__(self, coefficient: float, powers: Iterable[tuple[Formula, Formula]]):
        self.coefficient = coefficient
        self.powers = tuple(powers)
        self.number = coefficient
        most, relative, digits = abs(coefficient), 4.0 * _EPS, True
        for base, exponent in self.powers:
            x, n = base.number, exponent.number
            power = _raise(x, n)
            self.number *= power
            digits = digits and _has_digits(power) and _has_digits(self.number)
            if n > 0.0 and abs(x) <= base.error:  # all digits may be lost
                most *= _raise(2.0 * base.error, n)
            else:
                most *= abs(_raise(x, n))
                lost = base.error / abs(x) if x else math.inf if base.error else 0.0
                relative += abs(n) * (_EPS + lost)
                relative += exponent.error * abs(math.log(abs(x) or 1.0))
        if not digits and (exact := _exact_number(self)) is not None:
            if most == abs(self.number):
                most = abs(exact)
            self.number = exact
        self.error = most * relative if most == abs(self.number) else most
        self.key = ("product", coefficient, frozenset([(b.key, e.key) for b, e in self.powers]))
        self.size = 1 + sum([b.size + e.size - 1 for b, e in self.powers])


class Call(Formula):
    """A function of formulas, by the name that the rules know it by.

    `prime` marks the function's derivative, f'(x); `index` is the place in a softmax. An operation
    of a user's own has its rule in `own`, and in `by` the place of the argument by which it is
    differentiated, None where it is not.
    """

    __slots__ = ("arguments", "by", "index", "name", "own", "prime")

    def __init__(
        self,
        name: str,
        arguments: Iterable[Formula],
        *,
        prime: bool = False,
        index: int | None = None,
        own: Any = None,
        by: int | None = None,
    ):
        self.name = name
        self.arguments = tuple(arguments)
        self.prime = prime
        self.index = index
        self.own, self.by = own, by
        xs = [a.number for a in self.arguments]
        y: Any = _called(name, xs) if own is None else _own_number(own, by, xs)
        if index is not None:
            y = y[index]
        if prime:
            constants = [a.number if isinstance(a, Number) else a for a in self.arguments[1:]]
            given = (self.arguments[0], *constants)
            y = FUNCTIONS[name].differentiate(given, Number(y), FORMULAS)[0]
        self.number = _number_of(y)
        slope = max(1.0, abs(self.number))
        if name in ("log", "sqrt") and xs[0]:
            slope = max(slope, 1.0 / abs(xs[0]))
        self.error = 4.0 * _EPS * abs(self.number) + slope * sum([a.error for a in self.arguments])
        self.key = ("call", name, prime, index, own, by, tuple([a.key for a in self.arguments]))
        self.size = 1 + sum([a.size for a in self.arguments])


class Condition:
    """A comparison of two formulas, decided at the graph's data."""

    __slots__ = ("left", "relation", "right", "truth")

    def __init__(self, left: Formula, relation: str, right: Formula):
        self.left, self.relation, self.right = left, relation, right
        self.truth = RELATIONS[relation].holds(left.number, right.number)

    def __and__(self, other: object) -> bool:
        return self.truth and bool(other)

    __rand__ = __and__

    def __bool__(self) -> bool:
        return self.truth

    def negated(self) -> Condition:
        """The opposite comparison, of one that orders."""
        return Condition(self.left, RELATIONS[self.relation].opposite, self.right)


class Choice(Formula):
    """`a` where the condition holds, else `b`."""

    __slots__ = ("a", "b", "condition")

    def __init__(self, condition: Condition, a: Formula, b: Formula):
        self.condition, self.a, self.b = condition, a, b
        self.number = a.number if condition else b.number
        self.error = a.error if condition else b.error
        c = condition
        self.key = ("choice", c.left.key, c.relation, c.right.key, a.key, b.key)
        self.size = 1 + c.left.size + c.right.size + a.size + b.size


class Constant(Symbol):
    """A number that has a name everywhere: π."""

    __slots__ = ()

    def __init__(self, name: str, number: float):
        super().__init__(name, number)
        self.key = ("constant", name)


class Derivative(Symbol):
    """∂upper/∂lower of two names, as a symbol for what it was found to be."""

    __slots__ = ("lower", "upper")

    def __init__(self, upper: str, lower: str, slope: Formula):
        super().__init__(f"∂{upper}/∂{lower}", slope.number)
        self.upper, self.lower = upper, lower
        self.error = slope.error


ZERO, ONE, PI = Number(0.0), Number(1.0), Constant("π", math.pi)


# How formulas are joined


def formula(x: Any) -> Formula:
    """x as a formula, where it is a number."""
    return x if isinstance(x, Formula) else Number(x)


def add(terms: Iterable[Formula]) -> Formula:
    """The sum, with numbers added up and equal terms gathered: x + x is 2x."""
    gathered: dict[Key, tuple[float, Formula]] = {}
    for term in terms:
        for t in term.terms if isinstance(term, Sum) else (term,):
            coefficient, rest = split(t)
            before = gathered.get(rest.key, (0.0, rest))[0]
            gathered[rest.key] = (before + coefficient, rest)
    summed = [
        _scaled(c, rest) for c, rest in gathered.values() if c != 0.0 or math.isinf(rest.number)
    ]
    if len(summed) > 1:
        return Sum(summed)
    return summed[0] if summed else ZERO


def split(t: Formula) -> tuple[float, Formula]:
    """A term as a coefficient and the rest of it; the rest of a number is 1."""
    if isinstance(t, Number):
        return t.number, ONE
    if isinstance(t, Product):
        return t.coefficient, _product(1.0, t.powers)
    return 1.0, t


def _scaled(c: float, rest: Formula) -> Formula:
    if rest is ONE:
        return Number(c)
    if isinstance(rest, Product):
        return _product(c * rest.coefficient, rest.powers)
    return _product(c, [(rest, ONE)])


def _product(coefficient: float, powers: Iterable[tuple[Formula, Formula]]) -> Formula:
    """The product, or what is left of it where it is a mere number or a single formula."""
    powers = tuple(powers)
    if not powers or (coefficient == 0.0 and not _is_infinite(powers)):
        return Number(coefficient)
    if coefficient == 1.0 and len(powers) == 1 and powers[0][1].key == ONE.key:
        return powers[0][0]
    return Product(coefficient, powers)


def _is_infinite(powers: Iterable[tuple[Formula, Formula]]) -> bool:
    """Whether one of them is: 0 times it is no 0."""
    return any(math.isinf(_raise(base.number, exponent.number)) for base, exponent in powers)


def multiply(factors: Iterable[Formula]) -> Formula:
    """The product: numbers multiplied, powers of one base joined, so that x · x⁻¹ cancels."""
    coefficient = 1.0
    joined: dict[Key, tuple[Formula, Formula]] = {}
    for f in factors:
        if isinstance(f, Number):
            coefficient *= f.number
        elif isinstance(f, Product):
            coefficient *= f.coefficient
            for base, exponent in f.powers:
                coefficient *= _join(joined, base, exponent)
        else:
            coefficient *= _join(joined, f, ONE)
    powers = [(b, e) for b, e in joined.values() if e.key != ZERO.key]
    if coefficient == -1.0:
        coefficient, powers = _flip(powers)
    return _opened(coefficient, powers)


def _opened(coefficient: float, powers: list[tuple[Formula, Formula]]) -> Formula:
    """The product; a root of a product that became a whole power, (2x)^½ · (2x)^½, is opened."""
    if any(isinstance(b, (Number, Product)) and is_whole(e) for b, e in powers):
        return multiply([Number(coefficient), *[power(b, e) for b, e in powers]])
    return _product(coefficient, powers)


def _join(joined: dict[Key, tuple[Formula, Formula]], base: Formula, exponent: Formula) -> float:
    """Put base^exponent among the joined powers; returns the sign that this took, 1 or −1."""
    sign = 1.0
    if isinstance(base, Sum) and base.key not in joined and isinstance(exponent, Number):
        opposite = Sum([negated(t) for t in base.terms])
        if opposite.key in joined and is_whole(exponent):
            base = opposite
            sign = -1.0 if exponent.number % 2.0 else 1.0
    if base.key in joined:
        exponent = add([joined[base.key][1], exponent])
    joined[base.key] = (base, exponent)
    return sign


def negated(t: Formula) -> Formula:
    """−t, its numbers multiplied out."""
    coefficient, rest = split(t)
    return _scaled(-coefficient, rest)


def _flip(powers: list[tuple[Formula, Formula]]) -> tuple[float, list[tuple[Formula, Formula]]]:
    """−(t − y) as y − t, which is how it is written; −y(1 − y) is left alone."""
    for i, (base, exponent) in enumerate(powers):
        if isinstance(base, Sum) and exponent.key == ONE.key:
            signs = [split(t)[0] > 0.0 for t in base.terms]
            has_number = any(isinstance(t, Number) for t in base.terms)
            if len(set(signs)) == 2 and (not has_number or len(powers) == 1):
                flipped = Sum([negated(t) for t in base.terms])
                return 1.0, [*powers[:i], (flipped, exponent), *powers[i + 1 :]]
    return -1.0, powers


def power(base: Formula, exponent: Formula) -> Formula:
    """base^exponent; the power of a product is the product of powers where that is safe."""
    if exponent.key == ZERO.key:
        return ONE
    if exponent.key == ONE.key:
        return base
    if isinstance(exponent, Number):
        n = exponent.number
        if isinstance(base, Number):
            return Number(_raise(base.number, n))
        if isinstance(base, Product) and is_whole(exponent):
            powers = [(b, multiply([e, exponent])) for b, e in base.powers]
            return _opened(_raise(base.coefficient, n), powers)
    return Product(1.0, [(base, exponent)])


def is_whole(exponent: Formula) -> bool:
    """Whether an exponent is a whole number, so that the power of a product may be opened."""
    return isinstance(exponent, Number) and exponent.number == math.floor(exponent.number)


def _has_digits(x: float) -> bool:
    return _NORMAL <= abs(x) < math.inf


def _exact_number(f: Formula) -> float | None:
    """Its number by fractions, where floats on the way to it are too large or too small."""
    try:
        return float(_fraction(f))
    except (ArithmeticError, ValueError):  # no number, of too many digits, or past the floats
        return None


def _fraction(f: Formula) -> Fraction:
    """The number that sums and whole powers are, of the floats in them, without rounding."""
    if isinstance(f, Sum):
        return sum(map(_fraction, f.terms), Fraction())
    if not isinstance(f, Product):
        return Fraction(f.number)
    found = Fraction(f.coefficient)
    for base, exponent in f.powers:
        x, n = _fraction(base), exponent.number
        bits = abs(n) * (x.numerator.bit_length() + x.denominator.bit_length())
        if not n.is_integer() or bits > _MOST_BITS:
            raise ArithmeticError(f"a power of {n} is no fraction of a few digits")
        found *= x ** int(n)
    return found


def _raise(a: float, b: float) -> float:
    if b == 1.0:
        return a
    try:
        return 1.0 / a if b == -1.0 else math.pow(a, b)
    except (ArithmeticError, ValueError):  # a pole, or out of range: as the rules have it
        return float(EAGER["power"](a, b))


# The space that the rules are evaluated in

OF_MANY = frozenset(name for name, rule in FUNCTIONS.items() if not rule.elementwise)


def grouped(name: str, xs: list[Any]) -> tuple[Any, ...]:
    """The arguments of a call as the function takes them: many values in one list."""
    if name == "take":
        return (xs[:-1], xs[-1])
    return (xs,) if name in OF_MANY else tuple(xs)


def _called(name: str, xs: list[float]) -> Any:
    """What a function gives; NaN outside its domain, where a formula can still be written."""
    try:
        return EAGER[name](*grouped(name, xs))
    except (ArithmeticError, ValueError):
        return math.nan


def _own_number(own: Any, by: int | None, xs: list[float]) -> float:
    """The same of a user's own operation, or of its derivative."""
    try:
        return float(own.number(*xs) if by is None else own.slope(by, *xs))
    except (ArithmeticError, ValueError):
        return math.nan


def _function(name: str) -> Callable[..., Formula]:
    return lambda *xs: Call(name, [formula(x) for x in xs])


def _where(condition: Condition | bool, a: Any, b: Any) -> Formula:
    if isinstance(condition, Condition):
        return Choice(condition, formula(a), formula(b))
    return formula(a if condition else b)


def _number_of(x: Any) -> float:
    return x.number if isinstance(x, Formula) else float(x)


FORMULAS = Space(
    {
        **{name: _function(name) for name in EAGER if name not in OF_MANY},
        "dot": lambda ws, xs, b: add(
            [*[formula(w) * x for w, x in zip(ws, xs, strict=True)], formula(b)]
        ),
        "equal": lambda a, b: _number_of(a) == _number_of(b),
        "kronecker": lambda i, j: Number(float(_number_of(i) == _number_of(j))),
        "ln": _function("log"),
        "one": ONE,
        "pi": PI,
        "logsumexp": lambda values: Call("logsumexp", values),
        "mean": lambda values: multiply([Number(1.0 / len(values)), add(values)]),
        "own": lambda rule, by: (
            lambda *xs: Call(rule.name, [formula(x) for x in xs], own=rule, by=by)
        ),
        "power": lambda a, b: power(formula(a), formula(b)),
        "softmax": lambda values: [Call("softmax", values, index=i) for i in range(len(values))],
        "take": lambda values, place: Call("take", [*values, formula(place)]),
        "total": add,
        "where": _where,
    }
)
"""Formulas. What is decided by `equal` or `kronecker` (a tie, a power of zero, the place of a
value) is decided at the graph's data."""
