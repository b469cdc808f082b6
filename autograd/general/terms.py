"""Expressions in general letters, such as Σ_k δ_k w_jk, and a small algebra on them.

A `Term` keeps the order of its factors and summands, as it was written. Its indices are symbols:
w_ij is `Entry(w, (i, j))`, and an index may be shifted (l − 1, place + tap) or looked up in a table
(the row of a table of embeddings that a word takes). A `Kronecker` delta disappears wherever a sum
over one of its indices meets it; bound indices have canonical names, so equal sums are equal terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "ONE",
    "ZERO",
    "Adjoint",
    "Affine",
    "Call",
    "Constant",
    "Edge",
    "Entry",
    "Index",
    "Kronecker",
    "LogSumExp",
    "Lookup",
    "Over",
    "Part",
    "Product",
    "Softmax",
    "Sum",
    "Summation",
    "Term",
    "affine",
    "contains",
    "contract",
    "cost",
    "expand",
    "extremum",
    "factors",
    "fixed",
    "has",
    "index",
    "is_zero",
    "multiply",
    "plus",
    "power",
    "product",
    "rebuilt",
    "replace",
    "simplify",
    "substitute",
    "summands",
    "variables",
    "variables_of",
    "walk",
    "without_single",
]

Edge: TypeAlias = tuple[int, int]
"""The way from a family to one of its operands: (number of the family, slot)."""

# Indices


@dataclass(frozen=True, slots=True)
class Affine:
    """constant + Σ coefficient · variable: j, l − 1, place + tap."""

    constant: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """An index that the graph gives by a table: the word at place t, the class of row r."""

    table: tuple[Edge, int]
    of: tuple[Index, ...]


Index: TypeAlias = Affine | Lookup


def index(variable: str) -> Affine:
    """The variable as an index."""
    return Affine(0, ((variable, 1),))


def fixed(number: int) -> Affine:
    """A number as an index."""
    return Affine(number)


def affine(constant: int, parts: list[tuple[int, Index]]) -> Index:
    """constant + Σ coefficient · index; a looked-up index stands alone."""
    coefficients: dict[str, int] = {}
    for c, i in parts:
        if isinstance(i, Lookup):
            return i
        constant += c * i.constant
        for x, d in i.parts:
            coefficients[x] = coefficients.get(x, 0) + c * d
    return Affine(constant, tuple(sorted([(x, c) for x, c in coefficients.items() if c])))


# Terms


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that stands in the formula as itself."""

    number: float


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of a family at indices: w_ij."""

    family: int
    at: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Adjoint:
    """The derivative of the root by it: δ_j, ∂L/∂a_j."""

    family: int
    at: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A number times powers: pairs of a base and its exponent, each base once."""

    coefficient: float
    powers: tuple[tuple[Term, float], ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Two terms or more."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """What a sum runs over: the places of the graph where the edge's columns are these."""

    edge: Edge
    columns: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Summation:
    """Σ of the body over the bound variables; or the largest or smallest, by `kind`."""

    bound: tuple[str, ...]
    body: Term
    over: Over
    kind: str = "sum"


@dataclass(frozen=True, slots=True)
class Kronecker:
    """1 where both indices are equal, else 0."""

    left: Index
    right: Index


@dataclass(frozen=True, slots=True)
class Call:
    """A function of terms, by the name that the rules know it by; also a comparison."""

    name: str
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Softmax:
    """The share of one operand of a softmax or logsumexp: e^x_k / Σ e^x."""

    family: int
    slot: int
    at: tuple[Index, ...]
    place: Index


@dataclass(frozen=True, slots=True)
class LogSumExp:
    """log Σ e^x over the operands of a logsumexp."""

    family: int
    slot: int
    at: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """1/n, n the number of operands of a mean."""

    family: int
    at: tuple[Index, ...]


Term: TypeAlias = (
    Constant
    | Entry
    | Adjoint
    | Product
    | Sum
    | Summation
    | Kronecker
    | Call
    | Softmax
    | LogSumExp
    | Part
)

ONE = Constant(1.0)
ZERO = Constant(0.0)


def is_zero(t: Term) -> bool:
    """Whether t is the number 0."""
    return isinstance(t, Constant) and t.number == 0.0


def subterms(t: Term) -> tuple[Term, ...]:
    """The terms directly inside t."""
    match t:
        case Product(_, powers):
            return tuple([base for base, _ in powers])
        case Sum(terms):
            return terms
        case Summation(_, body):
            return (body,)
        case Call(_, arguments):
            return arguments
    return ()


def summands(t: Term) -> tuple[Term, ...]:
    """The terms of a sum; of anything else, itself."""
    return t.terms if isinstance(t, Sum) else (t,)


def walk(t: Term) -> Iterator[Term]:
    """Every term in t, t itself first."""
    yield t
    for part in subterms(t):
        yield from walk(part)


def contains(t: Term, kind: type | tuple[type, ...]) -> bool:
    """Whether a term of that kind is in t."""
    return any(isinstance(part, kind) for part in walk(t))


def indices(t: Term) -> tuple[Index, ...]:
    """The indices that t itself carries, those of the terms inside left out."""
    match t:
        case Entry(_, at) | Adjoint(_, at) | LogSumExp(_, _, at) | Part(_, at):
            return at
        case Softmax(_, _, at, place):
            return (*at, place)
        case Kronecker(left, right):
            return (left, right)
        case Summation(_, _, over):
            return over.columns
    return ()


def variables_of(i: Index) -> Iterator[str]:
    """The variables in an index."""
    if isinstance(i, Lookup):
        for part in i.of:
            yield from variables_of(part)
    else:
        for x, _ in i.parts:
            yield x


def variables(t: Term) -> set[str]:
    """The free variables of t."""
    if isinstance(t, Summation):
        inner = variables(t.body)
        for i in t.over.columns:
            inner.update(variables_of(i))
        return inner - set(t.bound)
    free = {x for i in indices(t) for x in variables_of(i)}
    for part in subterms(t):
        free |= variables(part)
    return free


def has(t: Term, variable: str) -> bool:
    """Whether the variable is free in t."""
    return variable in variables(t)


# Products and sums


def factors(t: Term) -> tuple[float, dict[Term, float]]:
    """t as a coefficient and its powers."""
    if isinstance(t, Constant):
        return t.number, {}
    if isinstance(t, Product):
        return t.coefficient, dict(t.powers)
    return 1.0, {t: 1.0}


def product(coefficient: float, powers: dict[Term, float]) -> Term:
    """The product; −(y − a) becomes a − y, as it is written, and −2(y − a) stays."""
    powers = {base: n for base, n in powers.items() if n}
    if coefficient == -1.0:
        for base, n in powers.items():
            if isinstance(base, Sum) and n == 1.0 and _is_difference(base):
                flipped = plus(*[multiply(Constant(-1.0), t) for t in reversed(base.terms)])
                powers = {(flipped if b is base else b): m for b, m in powers.items()}
                coefficient = 1.0
                break
    if coefficient == 0.0 or not powers:
        return Constant(coefficient)
    if coefficient == 1.0 and len(powers) == 1:
        ((base, n),) = powers.items()
        if n == 1.0:
            return base
    return Product(coefficient, tuple(powers.items()))


def _is_difference(s: Sum) -> bool:
    """Whether it is a − b of letters: 1 − a stays as it is."""
    signs = [factors(t)[0] < 0.0 for t in s.terms]
    return len(signs) == 2 and sum(signs) == 1 and not any(isinstance(t, Constant) for t in s.terms)


def multiply(*terms: Term) -> Term:
    """The product: numbers multiplied, powers of one base joined, so that x · x⁻¹ cancels."""
    coefficient = 1.0
    powers: dict[Term, float] = {}
    for t in terms:
        c, inner = factors(t)
        coefficient *= c
        for base, n in inner.items():
            powers[base] = powers.get(base, 0.0) + n
    return product(coefficient, powers)


def power(t: Term, n: float) -> Term:
    """tⁿ; the power of a product is the product of powers where that is safe."""
    c, inner = factors(t)
    if n != int(n) and (c < 0.0 or inner):
        return Product(1.0, ((t, n),))
    if c == 0.0:
        return ONE if n == 0.0 else ZERO if n > 0.0 else Product(1.0, ((t, n),))
    return product(c**n, {base: m * n for base, m in inner.items()})


def plus(*terms: Term) -> Term:
    """The sum: equal terms are gathered, x + x is 2x."""
    gathered: dict[frozenset[tuple[Term, float]], tuple[float, dict[Term, float]]] = {}
    for term in terms:
        for t in summands(term):
            c, inner = factors(t)
            key = frozenset(inner.items())
            before, first = gathered.get(key, (0.0, inner))
            gathered[key] = (before + c, first)
    summed = [product(c, inner) for c, inner in gathered.values() if c]
    if not summed:
        return ZERO
    return summed[0] if len(summed) == 1 else Sum(tuple(summed))


# Substitution


def _with_index(i: Index, variable: str, value: Index) -> Index:
    if isinstance(i, Lookup):
        return Lookup(i.table, tuple([_with_index(part, variable, value) for part in i.of]))
    if not any(x == variable for x, _ in i.parts):
        return i
    return affine(i.constant, [(c, value if x == variable else index(x)) for x, c in i.parts])


def substitute(t: Term, variable: str, value: Index) -> Term:
    """t with an index in the place of a variable."""

    def at(given: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple([_with_index(i, variable, value) for i in given])

    def inside(part: Term) -> Term:
        return substitute(part, variable, value)

    match t:
        case Entry(family, given):
            return Entry(family, at(given))
        case Adjoint(family, given):
            return Adjoint(family, at(given))
        case Kronecker(left, right):
            left, right = at((left, right))
            return ONE if left == right else Kronecker(left, right)
        case Softmax(family, slot, given, place):
            return Softmax(family, slot, at(given), at((place,))[0])
        case LogSumExp(family, slot, given):
            return LogSumExp(family, slot, at(given))
        case Part(family, given):
            return Part(family, at(given))
        case Summation(bound, body, over, kind):
            return Summation(bound, inside(body), Over(over.edge, at(over.columns)), kind)
        case Constant():
            return t
    return rebuilt(t, inside)


def rebuilt(t: Term, change: Callable[[Term], Term]) -> Term:
    """A product, sum or call made anew of its changed parts; anything else as it is."""
    match t:
        case Product(coefficient, powers):
            parts = [power(change(base), n) for base, n in powers]
            return multiply(Constant(coefficient), *parts)
        case Sum(terms):
            return plus(*[change(part) for part in terms])
        case Call(name, arguments):
            return Call(name, tuple([change(part) for part in arguments]))
        case Summation(bound, body, over, kind):
            return Summation(bound, change(body), over, kind)
    return t


def replace(t: Term, old: Term, new: Term) -> Term:
    """t with every occurrence of a term replaced."""
    return new if t == old else rebuilt(t, lambda part: replace(part, old, new))


# Sums over indices


def contract(bound: tuple[str, ...], body: Term, over: Over) -> Term:
    """Σ of the body over the bound variables.

    A Kronecker delta in it leaves one term; what does not depend on the variables goes before Σ.
    """
    if is_zero(body) or not bound:
        return body
    if not isinstance(body, Kronecker) and contains(body, Kronecker):
        body = expand(body)
        if isinstance(body, Sum):
            return plus(*[contract(bound, t, over) for t in body.terms])
    coefficient, powers = factors(body)
    for delta, n in powers.items():
        if isinstance(delta, Kronecker) and n == 1.0:
            rest = product(coefficient, {b: m for b, m in powers.items() if b is not delta})
            solved = _solved(delta, bound)
            if solved and not _looks_itself_up(*solved):
                variable, value = solved
                left = tuple([x for x in bound if x != variable])
                columns = tuple([_with_index(i, variable, value) for i in over.columns])
                return contract(left, substitute(rest, variable, value), Over(over.edge, columns))
    outside = {b: n for b, n in powers.items() if not variables(b) & set(bound)}
    inner = product(1.0, {b: n for b, n in powers.items() if b not in outside})
    return multiply(product(coefficient, outside), _canonical(bound, inner, over, "sum"))


def extremum(kind: str, bound: tuple[str, ...], body: Term, over: Over) -> Term:
    """The largest ("maximum") or smallest ("minimum") of the body over the bound variables."""
    return _canonical(bound, body, over, kind) if bound else body


def _solved(delta: Kronecker, bound: tuple[str, ...]) -> tuple[str, Index] | None:
    """The bound variable that the delta fixes, and what it is."""
    left, right = delta.left, delta.right
    if isinstance(left, Affine) and isinstance(right, Affine):
        gap = affine(0, [(1, left), (-1, right)])
        assert isinstance(gap, Affine)
        for x, c in gap.parts:
            if x in bound and abs(c) == 1:
                rest = tuple([p for p in gap.parts if p[0] != x])
                return x, affine(0, [(-c, Affine(gap.constant, rest))])
        return None
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Lookup) and isinstance(other, Affine) and not other.constant:
            ((variable, c), *more) = other.parts or (("", 0),)
            if variable in bound and c == 1 and not more:
                return variable, one
    return None


def _looks_itself_up(variable: str, value: Index) -> bool:
    return isinstance(value, Lookup) and variable in variables_of(value)


def _canonical(bound: tuple[str, ...], body: Term, over: Over, kind: str) -> Summation:
    """The sum with bound variables named by depth, so that equal sums are equal terms."""
    depth = 1 + max(
        [int(t.bound[0][1:].partition("_")[0]) for t in walk(body) if isinstance(t, Summation)],
        default=0,
    )
    columns = over.columns
    names = tuple([f"b{depth}_{i}" for i in range(len(bound))])
    for x, name in zip(bound, names, strict=True):
        body = substitute(body, x, index(name))
        columns = tuple([_with_index(i, x, index(name)) for i in columns])
    return Summation(names, body, Over(over.edge, columns), kind)


def without_single(t: Term, only: Callable[[Edge, int], int | None]) -> Term:
    """t with every bound variable put in that has one value: `only` gives it for a column."""
    t = rebuilt(t, lambda part: without_single(part, only))
    if isinstance(t, Summation):
        for i, c in enumerate(t.over.columns):
            value = only(t.over.edge, i)
            variable = next((x for x in t.bound if c == index(x)), None)
            if value is not None and variable is not None:
                left = tuple([x for x in t.bound if x != variable])
                columns = [_with_index(k, variable, fixed(value)) for k in t.over.columns]
                body = substitute(t.body, variable, fixed(value))
                inner = Summation(left, body, Over(t.over.edge, tuple(columns)), t.kind)
                return without_single(inner, only) if left else body
    return t


# Shorter


def expand(t: Term) -> Term:
    """t multiplied out; first the bracket of which something cancels."""
    if isinstance(t, Sum):
        return plus(*[expand(part) for part in t.terms])
    if not isinstance(t, Product):
        return t
    brackets = [b for b, n in t.powers if isinstance(b, Sum) and n >= 1.0 and n == int(n)]
    if not brackets:
        return t
    below = {b for b, n in t.powers if n < 0.0}
    chosen = next(
        (b for b in brackets if any(below & set(factors(part)[1]) for part in b.terms)), brackets[0]
    )
    rest = multiply(t, power(chosen, -1.0))
    return plus(*[expand(multiply(rest, part)) for part in chosen.terms])


def cost(t: Term) -> int:
    """How long t is to read, in symbols."""
    match t:
        case Product(coefficient, powers):
            return (abs(coefficient) != 1.0) + sum([cost(b) + (n != 1.0) for b, n in powers])
        case Sum(terms):
            return sum([cost(part) for part in terms])
        case Summation(_, body):
            return 1 + cost(body)
        case Call(_, arguments):
            return 1 + sum([cost(part) for part in arguments]) - len(arguments)
    return 1


def together(t: Term) -> Term:
    """What all terms of a sum have in common, before a bracket."""
    if not isinstance(t, Sum):
        return t
    parts = [factors(part) for part in t.terms]
    shared = {b: n for b, n in parts[0][1].items() if all(p.get(b) == n for _, p in parts)}
    sizes = {abs(c) for c, _ in parts}
    size = sizes.pop() if len(sizes) == 1 else 1.0
    if not shared and size == 1.0:
        return t
    rest = plus(
        *[product(c / size, {b: n for b, n in p.items() if b not in shared}) for c, p in parts]
    )
    return multiply(product(size, shared), rest)


def simplify(t: Term) -> Term:
    """The shortest of t and t multiplied out, common factors before a bracket; without δ first."""
    wide = expand(t)

    def length(u: Term) -> tuple[int, int]:
        return sum([isinstance(part, Kronecker) for part in walk(u)]), cost(u)

    return min([t, together(t), wide, together(wide)], key=length)
