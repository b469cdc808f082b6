"""The table of slips. To add one, write a row: what it is called, how unlikely, where, what.

A row is a generator over one number of the calculation. Where its slip can be made there, it
yields what was done in words, and the function that stands for the number's own: of the same
arguments. `@row(kind, cost)` enters it; the cost is in nats, so one of 1.5 is twice as likely as
one of 2.2. With `everywhere` the slip is also tried at all like numbers at once, as one who has a
rule wrong makes it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from autograd.audit.calculation import CONSTANT, LEAF, NEW, OPERATION, PARTIAL, SUM, TERM, Node
from autograd.audit.function import SAME, Function, constant, formula
from autograd.audit.slips.mistaken import DERIVATIVES, VALUES
from autograd.audit.slips.slip import Slip
from autograd.audit.slips.surroundings import Scaled, Surroundings
from autograd.audit.slips.writing import swapped_digits
from autograd.audit.wording import ACTIVATIONS
from autograd.rules import RULES

__all__ = ["slips_at"]

Found: TypeAlias = tuple[str, Callable[..., float] | Mapping[Node, Callable[..., float]]]
"""What was done, and what is computed instead: here, or at several numbers."""
Generator: TypeAlias = Callable[[Surroundings, Node], Iterator[Found]]


@dataclass(frozen=True)
class Row:
    kind: str
    cost: float
    tries: Generator
    everywhere: bool
    placed: bool
    of_any_length: bool


_ROWS: list[Row] = []
_EVERYWHERE = 0.7  # nats that a slip made at all like numbers costs more than at one
_FURTHER = 0.05  # nats for each step between the slip and the entry
_MOST_ARGUMENTS = 64
_RARE = 1.5  # nats that a line of `mistaken` costs more which begins with "rare:"
_VARIANTS = 0.35  # nats for each e-fold of the ways that a row can be meant


def row(
    kind: str,
    cost: float,
    *,
    everywhere: bool = False,
    placed: bool = True,
    of_any_length: bool = False,
) -> Callable[[Generator], Generator]:
    """Enter a row. With `placed` the number in which the slip was made is told before the words.

    Only a row `of_any_length` is tried at numbers that are made of very many others.
    """

    def enter(tries: Generator) -> Generator:
        _ROWS.append(Row(kind, cost, tries, everywhere, placed, of_any_length))
        return tries

    return enter


def slips_at(s: Surroundings, distances: Mapping[Node, int]) -> list[Slip]:
    """All slips that the table knows at some numbers, given how far each is from a wrong entry."""
    sites = sorted(distances, key=lambda n: (distances[n], -n.index))
    slips: list[Slip] = []
    for r in _ROWS:
        made: list[tuple[Slip, object]] = []
        for n in sites:
            if len(n.args) > _MOST_ARGUMENTS and not r.of_any_length:
                continue
            for what, change in r.tries(s, n):
                kind, _, words = what.rpartition("|")
                rare, words = words.startswith("rare:"), words.removeprefix("rare:")
                at = change if isinstance(change, Mapping) else {n: change}
                cost = r.cost + min(_FURTHER * distances[n], 1.0) + _RARE * rare
                slip = Slip(
                    kind or r.kind, words, cost,
                    {m: f if isinstance(f, Function) else Function(f) for m, f in at.items()},
                    n if r.placed else None,
                )  # fmt: skip
                made.append((slip, _like(s, n, words) if r.everywhere else None))
        many = _VARIANTS * math.log(max(1, len(made)))
        if r.everywhere:
            slips += _everywhere(made)
        for slip, _ in made:
            slip.cost += many
            slips.append(slip)
    return slips + list(_from_the_start(s, sites))


def _like(s: Surroundings, n: Node, words: str) -> object:
    """What a number's likes have in common with it."""
    general = words.split(":", maxsplit=1)[0] if n.kind != NEW else words
    if n.value is not None:
        for name in {s.names[n], *[s.names[a] for a in n.args], s.names.value(n.value)}:
            general = general.replace(name, "…")
    return n.kind, n.op, general


def _everywhere(made: list[tuple[Slip, object]]) -> Iterator[Slip]:
    groups: dict[object, list[Slip]] = defaultdict(list)
    for slip, like in made:
        groups[like].append(slip)
    many = _VARIANTS * math.log(max(1, len(groups)))
    for slips in groups.values():
        at: dict[Node, Function] = {}
        for slip in slips:
            for n, f in slip.at.items():
                at.setdefault(n, f)
        if len(at) > 1:
            first = slips[-1]
            what = f"{first.what} (and so everywhere)"
            yield Slip(first.kind, what, first.cost + _EVERYWHERE + many, at, first.place)


# What is left out


@row("path left out", 1.5, placed=False)
def path_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """Of the paths that a derivative adds up, some are not followed."""
    if n.kind != SUM or not 1 < len(n.args) <= 40:
        return
    names = [_through(s, n, t) for t in n.args]
    sizes = range(1, len(names)) if len(names) <= 4 else (1, len(names) - 1)
    for size in sizes:
        for left in combinations(range(len(names)), size):
            kept = [i for i in range(len(names)) if i not in left]
            followed, missing = [_paths(s, n, names, some) for some in (kept, list(left))]
            verbs = [
                "is" if noun.startswith("the path ") else "are" for noun in (followed, missing)
            ]
            yield (
                f"only {followed} {verbs[0]} followed, {missing} {verbs[1]} left out",
                lambda *x, kept=kept: sum([x[i] for i in kept]),
            )


def _paths(s: Surroundings, n: Node, names: list[str], some: list[int]) -> str:
    many = len(some) > 1 or any(_is_many(s, n.args[i]) for i in some)
    noun = "paths" if many else "path"
    return f"the {noun} {' and '.join(dict.fromkeys([f'through {names[i]}' for i in some]))}"


def _is_many(s: Surroundings, term: Node) -> bool:
    v = term.args[0].value if term.args else None
    return v is not None and s.names.has_many_paths(v)


def _through(s: Surroundings, n: Node, term: Node) -> str:
    """The value by which a path tells itself apart."""
    if term.kind == CONSTANT:
        return "itself"
    v = term.args[0].value
    assert v is not None
    owners = [s.names.owner(t.args[0].value) for t in n.args if t.args]  # type: ignore[arg-type]
    owner = s.names.owner(v)
    alone = owners.count(owner) == 1 and owner is not s.calculation.root
    return s.names.value(owner if alone else v)


@row("term left out", 1.5)
def term_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """A summand is left out."""
    parts = s.parts(n) if n.kind == OPERATION else []
    for p in parts if len(parts) > 1 else ():
        yield (
            f"the term {p.name} is left out",
            lambda *x, p=p: n.function(*x) - p.number(*x),
        )


@row("term left out", 2.5)
def only_one_term(s: Surroundings, n: Node) -> Iterator[Found]:
    """Of many summands only one is taken."""
    parts = s.parts(n) if n.kind == OPERATION else []
    for p in parts if len(parts) > 2 else ():
        yield f"only the term {p.name} is taken, the others are left out", p.number


@row("factor left out", 1.5, placed=False, everywhere=True)
def factor_of_the_chain_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor of the chain rule is left out."""
    if n.kind != TERM:
        return
    above, partial = n.args
    if not _is_trivial(s, partial):
        yield f"the factor {_known(s, partial)} is left out", lambda a, p: a
    if not _is_trivial(s, above) and not _is_trivial(s, partial):
        yield f"the factor {s.names[above]} is left out", lambda a, p: p


@row("factor left out", 1.8, placed=False)
def factors_of_all_terms_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a sum over rows or steps the input is left out of every term."""
    if n.kind != SUM or len(n.args) < 2:
        return
    terms = [t for t in n.args if t.kind == TERM and len(t.args[1].args) == 1]
    if len(terms) == len(n.args):
        above = [s.number(t.args[0]) for t in terms]
        inputs = [s.names[t.args[1].args[0]] for t in terms]
        yield f"the factors {' and '.join(inputs[:4])} are left out", lambda *x: sum(above)
        yield (
            f"of every term only the factor is taken, {inputs[0]}: the rest is left out",
            (lambda *x: sum([s.number(t.args[1]) for t in terms])),
        )


@row("factor left out", 1.5)
def factor_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor of a product is left out."""
    for p in s.products(n) if n.kind == OPERATION else ():
        what = f"1/{s.names[p.factor]}" if p.inverse else s.names[p.factor]
        if _is_trivial(s, p.factor):
            continue
        yield (
            f"the factor {what} is left out{_of_which(s, n, p.factor)}",
            lambda *x, p=p: n.function(*x) + p.rest(*x) * (1.0 - p.number(*x)),
        )


@row("factor used twice", 2.8, placed=False, everywhere=True)
def factor_of_the_chain_twice(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor of the chain rule is used twice."""
    if n.kind == TERM:
        above, partial = n.args
        if not _is_trivial(s, partial):
            yield f"the factor {_known(s, partial)} is used twice", lambda a, p: a * p * p
        if not _is_trivial(s, above):
            yield f"the factor {s.names[above]} is used twice", lambda a, p: a * a * p


@row("factor used twice", 2.8)
def factor_twice(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor of a product is used twice."""
    for p in s.products(n) if n.kind == OPERATION else ():
        what = f"1/{s.names[p.factor]}" if p.inverse else s.names[p.factor]
        yield (
            f"the factor {what} is used twice{_of_which(s, n, p.factor)}",
            lambda *x, p=p: n.function(*x) + p.rest(*x) * p.number(*x) * (p.number(*x) - 1.0),
        )


def _of_which(s: Surroundings, n: Node, factor: Node) -> str:
    if n.op != "dot":
        return ""
    k = len(n.args) // 2
    i = n.args.index(factor) % k
    return f" of {s.names[n.args[i]]}·{s.names[n.args[k + i]]}"


def _is_trivial(s: Surroundings, n: Node) -> bool:
    """Whether a factor is 1, or one of those that other rows tell better: −1, 2, ½, 1/n."""
    size = abs(s.number(n))
    counted = any(math.isclose(size, k) or math.isclose(size * k, 1.0) for k in (1, 2, *s.counts))
    return counted and s.is_fixed(n)


def _known(s: Surroundings, partial: Node) -> str:
    """A factor with what it is known as: ∂y1/∂w5 = out_h1."""
    name = s.names[partial]
    if partial.kind == CONSTANT:
        return f"{partial.number:.6g}"
    if partial.op in ACTIVATIONS:
        return f"{name} (the activation's derivative)"
    if partial.function is SAME:
        return f"{name} = {s.names[partial.args[0]]}"
    return name


# Signs and multiples


@row("sign flipped", 1.8, of_any_length=True)
def sign_flipped(s: Surroundings, n: Node) -> Iterator[Found]:
    """The sign of a number is flipped."""
    if n.kind in (OPERATION, SUM) and n.args:
        yield f"the sign{_of_inner(s, n)} is flipped", Scaled(n.function, -1.0)


@row("sign flipped", 2.2, placed=False)
def sign_of_a_factor(s: Surroundings, n: Node) -> Iterator[Found]:
    """The sign of one factor of the chain rule, or of a path, is flipped."""
    if n.kind == PARTIAL:
        yield f"the sign of {s.names[n]} is flipped", Scaled(n.function, -1.0)
    elif n.kind == SUM and len(n.args) > 1:
        for i, t in enumerate(n.args):
            yield (
                f"the sign of the path through {_through(s, n, t)} is flipped",
                lambda *x, i=i: sum(x) - 2.0 * x[i],
            )


@row("sign flipped", 2.2)
def sign_of_a_term(s: Surroundings, n: Node) -> Iterator[Found]:
    """The sign of a summand is flipped."""
    parts = s.parts(n) if n.kind == OPERATION and n.op not in "+-" else []
    for p in parts if len(parts) > 1 else ():
        yield (
            f"the sign of the term {p.name} is flipped",
            lambda *x, p=p: n.function(*x) - 2.0 * p.number(*x),
        )


@row("wrong multiple", 1.4, of_any_length=True)
def wrong_multiple(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor 2 is put in or forgotten."""
    if n.kind in (OPERATION, SUM, TERM) and n.args:
        inner = _of_inner(s, n).replace(" of ", " in ", 1)
        yield f"a factor 2 too many (or a ½ forgotten){inner}", Scaled(n.function, 2.0)
        yield f"a factor ½ too many (or a 2 forgotten){inner}", Scaled(n.function, 0.5)


@row("wrong multiple", 2.0, of_any_length=True)
def wrong_count(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor 1/n is put in or forgotten, or n − 1 is taken for n."""
    if n.kind in (OPERATION, SUM, TERM) and n.args:
        inner = _of_inner(s, n).replace(" of ", " in ", 1)
        for k in s.counts:
            yield (
                f"a factor 1/n is forgotten{inner} (n = {k}, the mean)",
                Scaled(n.function, float(k)),
            )
            yield f"a factor 1/n too many{inner} (n = {k})", Scaled(n.function, 1.0 / k)
            yield f"n − 1 is taken for n{inner} (n = {k})", Scaled(n.function, k / (k - 1))


def _of_inner(s: Surroundings, n: Node) -> str:
    """The name of a number that has none of its own on paper."""
    if s.is_entry_like(n):
        return ""
    if n.kind == TERM:
        v = n.args[0].value
        return f" of the path through {s.names.value(v)}"
    return f" of {s.names[n]}"


# What is taken for an operation


@row("another function", 1.7, everywhere=True)
def value_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """Something else is taken for an operation's value; see `mistaken.VALUES`."""
    if n.kind != OPERATION:
        return
    parameters = " ".join(RULES[n.op].parameters) if n.op in RULES else ""
    for kind, expression, words in VALUES.get(n.op, ()):
        f = formula(f"{parameters} y", expression)
        yield (
            f"{kind}|{_said(s, n, words, n.args)}",
            lambda *a, f=f: f(*a, n.function(*a)),
        )


@row("another function", 1.7, everywhere=True, placed=False)
def derivative_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """Something else is taken for an operation's derivative; see `mistaken.DERIVATIVES`."""
    lines = DERIVATIVES.get((n.op, n.slot), ()) if n.kind == PARTIAL else ()
    for kind, expression, words in lines:
        parameters = RULES[n.op].parameters
        f, k = formula(f"{' '.join(parameters)} y", expression), len(parameters) + 1
        yield (
            f"{kind}|{_said(s, n, words, n.args)} (in {s.names[n]})",
            lambda *a, f=f, k=k: f(*a[:k]),
        )


def _said(s: Surroundings, n: Node, words: str, args: tuple[Node, ...]) -> str:
    own = s.names.value(n.value)
    if "{" not in words:
        return words
    called = dict(zip(RULES[n.op].parameters, [s.names[a] for a in args], strict=False))
    return words.format(**{**called, "y": own, "f": s.names[n]})


@row("softmax", 1.7, everywhere=True)
def softmax_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """Softmax without exp, without the sum, or with a term of the sum left out."""
    if n.op != "softmax" or n.kind != OPERATION:
        return
    i = n.slot
    yield "exp left out|softmax without exp", lambda *a: a[i] / sum(a)
    yield "term left out|softmax is not divided by the sum", lambda *a: math.exp(a[i])
    yield "another function|σ is taken for softmax", lambda *a: 1.0 / (1.0 + math.exp(-a[i]))
    yield f"factor left out|softmax is left out: {s.names[n.args[i]]} is used", lambda *a: a[i]
    for j, z in enumerate(n.args if len(n.args) <= 12 else ()):
        yield (
            f"term left out|the term of {s.names[z]} is left out of softmax's denominator",
            lambda *a, j=j: math.exp(a[i]) / sum([math.exp(x) for k, x in enumerate(a) if k != j]),
        )


@row("factor left out", 1.8)
def scale_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """Softmax, or another function of many, of numbers that were to be scaled: z for z/T."""
    if n.kind != OPERATION or len(n.args) < 2 or any(m in s.given for m in n.args):
        return
    for op, i in (("*", 0), ("*", 1), ("/", 1)):
        if any(m.op != op or m.kind != OPERATION for m in n.args):
            continue
        scales = {m.args[i] for m in n.args}
        if len(scales) > 1:
            continue
        scale = scales.pop()
        bare = [s.number(m.args[1 - i]) for m in n.args]
        twice = [m.function(*_at(i, s.number(m), s.number(scale))) for m in n.args]
        for kind, done, numbers in (
            ("factor left out", "left out", bare),
            ("factor used twice", "used twice", twice),
        ):
            yield (
                f"{kind}|the scale {s.names[scale]} is {done}",
                lambda *a, q=numbers: n.function(*q),
            )


def _at(i: int, other: float, scale: float) -> tuple[float, float]:
    return (scale, other) if i == 0 else (other, scale)


@row("factor left out", 2.2, placed=False)
def coefficient_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """Of a path the whole constant coefficient: q + w for q + λw, from λ/2·w²."""
    if n.kind != SUM or len(n.args) < 2:
        return
    for i, t in enumerate(n.args):
        by = _coefficient(s, t)
        if by not in (0.0, 1.0, -1.0, 2.0, 0.5) and math.isfinite(by):
            yield (
                f"the constant factor {by:.4g} of the path through {_through(s, n, t)} is left out",
                lambda *x, i=i, by=by: sum(x) + x[i] * (1.0 / by - 1.0),
            )


def _coefficient(s: Surroundings, term: Node) -> float:
    """The product of the constants that a path is multiplied by, powers' factors among them."""
    product = 1.0
    while term.kind == TERM:
        above, partial = term.args
        if s.is_fixed(partial) or (partial.args and s.is_fixed(partial.args[0])):
            product *= s.number(partial)
        elif partial.op == "**" and partial.slot == 0 and s.is_fixed(partial.args[1]):
            product *= s.number(partial.args[1])
        if len(above.args) != 1:
            break
        term = above.args[0]
    return product


@row("softmax", 1.7, everywhere=True, placed=False)
def softmax_slope_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """Softmax's derivative as the diagonal only, or without a factor."""
    if n.op != "softmax" or n.kind != PARTIAL:
        return
    assert n.value is not None
    where = f"(in {s.names[n]})"
    if n.value.arguments[0] == n.slot:
        yield (
            f"factor left out|p is taken for p(1 − p), the factor 1 − p is left out {where}",
            lambda y, s: y,
        )
        yield f"factor left out|1 − p is taken for p(1 − p) {where}", lambda y, s: 1.0 - s
    else:
        yield f"diagonal only|of softmax's derivative the diagonal only {where}", lambda y, s: 0.0
        yield (
            f"another function|the diagonal's p(1 − p) is used off the diagonal {where}",
            lambda y, s: y * (1 - s),
        )
        yield f"sign flipped|the sign is flipped: +pᵢpⱼ for −pᵢpⱼ {where}", lambda y, s: y * s


@row("diagonal only", 1.2, placed=False, everywhere=True)
def diagonal_only(s: Surroundings, n: Node) -> Iterator[Found]:
    """Of softmax's derivatives by one input only the own output's is used."""
    if n.kind != SUM or len(n.args) < 2:
        return
    own = [
        i
        for i, t in enumerate(n.args)
        if t.kind == TERM
        and t.args[1].op == "softmax"
        and t.args[1].value is not None
        and t.args[1].value.arguments[0] == t.args[1].slot
    ]
    if len(own) == 1:
        i = own[0]
        yield "of softmax's derivative the diagonal only", lambda *x: x[i]
        p = n.args[i].args[1].value
        assert p is not None
        share, above = s.number(s.calculation.of[p]), n.args[i].args[0]
        yield (
            "factor left out|rare:p is taken for softmax's derivative",
            lambda *x: s.number(above) * share,
        )


@row("wrong multiple", 1.8)
def mean_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """n − 1 for n in a mean, or no n at all."""
    if n.kind != OPERATION:
        return
    if n.op == "mean" and len(n.args) > 1:
        yield "n − 1 is taken for n", lambda *a: sum(a) / (len(a) - 1)
        yield "the mean's 1/n is forgotten", lambda *a: sum(a)
    elif n.op == "/" and n.args[1].kind == CONSTANT and n.args[1].number > 1:
        yield "n − 1 is taken for n", lambda a, b: a / (b - 1)


@row("square of the sum", 2.0)
def squares_mistaken(s: Surroundings, n: Node) -> Iterator[Found]:
    """(Σe)² for Σe², or Σ|e|."""
    if n.kind != OPERATION or n.op not in ("+", "total", "mean"):
        return
    terms = s.squares(n)
    if len(terms) < 2:
        return
    inner = [s.number(t.args[0]) for t in terms]
    c = len(terms) if n.op == "mean" else 1
    yield "the square of the sum is taken for the sum of squares", lambda *a: sum(inner) ** 2 / c
    yield (
        "another function|absolute values are taken for squares",
        lambda *a: sum([abs(x) for x in inner]) / c,
    )
    yield (
        "square forgotten|the squares are forgotten: the sum is taken of the numbers",
        lambda *a: sum(inner) / c,
    )


@row("constant left out", 2.2)
def constant_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """A constant that stands in a number is left out of it: the π of 2π, the root of √2."""
    if n.kind != OPERATION or n.op not in ("*", "/"):
        return
    for i, c in enumerate(n.args):
        if c.kind != CONSTANT or c.value is not None:
            continue
        for name, k in (("π", math.pi), ("2π", 2 * math.pi), ("√2", 2**0.5), ("√π", math.pi**0.5)):
            times = c.number / k
            if abs(times * 12 - round(times * 12)) < 1e-9 and round(times * 12):
                by = 1 / k if n.op == "*" or i == 0 else k
                yield f"the constant {name} is left out", Scaled(n.function, by)
        root = c.number**2
        if abs(root - round(root)) < 1e-9 and abs(c.number - round(c.number)) > 1e-9:
            by = c.number if n.op == "*" or i == 0 else 1 / c.number
            yield (
                f"root forgotten|the root of {root:.0f} is forgotten: its factor is used twice",
                Scaled(n.function, by),
            )


@row("product rule", 2.2, placed=False)
def product_rule(s: Surroundings, n: Node) -> Iterator[Found]:
    """(ab)′ as a′b′."""
    if n.kind != SUM or len(n.args) != 2:
        return
    whole = _product_of_two(s, n)
    if whole is not None:
        made = s.number(whole) * s.number(n.args[0].args[1]) * s.number(n.args[1].args[1])
        yield "the product rule is forgotten: (ab)′ is taken as a′b′", constant(made)
    for m in s.names.consumers.get(n.value, ()):  # type: ignore[arg-type]
        if m.op == "*" and m.kind == OPERATION:
            up = s.calculation.derivatives[s.calculation.root].get(m.value)  # type: ignore[arg-type]
            if up is not None:
                scale = s.number(up) * s.number(m)
                yield (
                    "the product rule is forgotten: (ab)′ is taken as a′b′",
                    lambda a, b, k=scale: a * b / k,
                )


def _product_of_two(s: Surroundings, n: Node) -> Node | None:
    """Where both paths of a derivative end in one product: the derivative by that product."""
    ends = []
    for t in n.args:
        above = t.args[0] if t.kind == TERM else t
        term = above.args[0] if above.kind == SUM and len(above.args) == 1 else above
        if term.kind != TERM or term.args[1].op != "*" or term.args[1].kind != PARTIAL:
            return None
        ends.append((term.args[0], term.args[1].value))
    (a, u), (b, v) = ends
    return a if a is b and u is v else None


@row("neighbouring value", 2.2, placed=False)
def own_factor(s: Surroundings, n: Node) -> Iterator[Found]:
    """(uv)′ by u taken as u, not as v."""
    if n.kind != PARTIAL or n.op != "*" or n.value is None:
        return
    own, other = s.names.operand(n), n.args[0]
    if own is not None and own is not other:
        yield (
            f"{s.names[own]} is used where {s.names[other]} belongs: of a "
            "product the factor itself, not the other one",
            constant(s.number(own)),
        )


# What is used in another's place


@row("neighbouring value", 2.4)
def another_used(s: Surroundings, n: Node) -> Iterator[Found]:
    """In one place another number is used: the neighbour's, or before the activation."""
    if n.kind == PARTIAL and n.op in ("dot", "*"):
        return
    if n.kind in (OPERATION, TERM, NEW) and len(n.args) <= 40:
        yield from _replaced(s, n)


@row("neighbouring value", 2.4, placed=False)
def another_used_in_a_factor(s: Surroundings, n: Node) -> Iterator[Found]:
    """The same in a factor of the chain rule."""
    if n.kind == PARTIAL and len(n.args) <= 40:
        yield from _replaced(s, n)


def _replaced(s: Surroundings, n: Node) -> Iterator[Found]:
    for i, m in enumerate(n.args):
        if m.kind == CONSTANT and n.op in ("*", "**", "/"):
            continue
        others = list(s.siblings(m))
        before = _before_activation(m)
        kind = s.confused(m)
        for o in s.other_classes(m):
            yield (
                f"swapped input or target|{s.names[o]}, of another class, is used where "
                f"{s.names[m]} belongs",
                _with(s, n, i, o),
            )
        for o in others:
            if s.number(o) != s.number(m):
                yield (
                    f"{kind}|{s.names[o]} is used where {s.names[m]} belongs{_step(s, o, m)}",
                    _with(s, n, i, o),
                )
        if before is not None:
            yield (
                f"factor left out|the activation is left out: {s.names[before]} is used where "
                f"{s.names[m]} belongs",
                _with(s, n, i, before),
            )
    if n.op == "dot" and n.kind == OPERATION:
        k = len(n.args) // 2
        for i in range(k):
            for j, at in ((i, k + i), (k + i, i)):
                yield (
                    f"swapped input or target|{s.names[n.args[j]]} is used where "
                    f"{s.names[n.args[at]]} belongs",
                    _with(s, n, at, n.args[j]),
                )


def _with(s: Surroundings, n: Node, i: int, o: Node) -> Callable[..., float]:
    x = s.number(o)
    return lambda *a: n.function(*a[:i], x, *a[i + 1 :])


def _step(s: Surroundings, o: Node, m: Node) -> str:
    return (
        " (the value of another step)" if s.level(o) != s.level(m) and m.kind == OPERATION else ""
    )


def _before_activation(m: Node) -> Node | None:
    """What goes into an activation, of a value that comes out of one."""
    if m.kind != OPERATION or not m.args:
        return None
    if m.op == "softmax":
        return m.args[m.slot]
    return m.args[0] if len(m.args) == 1 and m.op not in ("neg", "identity") else None


@row("neighbouring value", 2.6)
def another_used_throughout(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a number that is worked out in several steps another one is used at every place."""
    if n.kind != OPERATION or not s.is_entry_like(n):
        return
    steps = s.steps(n)
    places: dict[Node, list[tuple[Node, int]]] = defaultdict(list)
    for step in steps:
        for i, m in enumerate(step.args):
            if m not in steps and m.kind != CONSTANT:
                places[m].append((step, i))
    for m, at in places.items():
        if len({step for step, _ in at}) < 2:
            continue
        for o in s.siblings(m):
            if s.number(o) != s.number(m):
                change = {step: _with(s, step, i, o) for step, i in at}
                yield f"{s.confused(m)}|{s.names[o]} is used where {s.names[m]} belongs", change


@row("neighbouring value", 3.8)
def another_written(s: Surroundings, n: Node) -> Iterator[Found]:
    """The whole number is its neighbour's."""
    if n.kind in (OPERATION, SUM, NEW) and s.is_entry_like(n):
        for o in s.siblings(n):
            if s.number(o) == s.number(o):
                yield (
                    f"this is {s.names[o]}, not {s.names[n]}: of the neighbour",
                    lambda *a, o=o: s.number(o),
                )


@row("swapped input or target", 2.2)
def exchanged(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a sum of products two factors have changed places."""
    if n.kind != OPERATION or n.op not in ("+", "-", "total", "dot") or n.args[0].value is None:
        return
    pairs = s.pairs(n)
    if not 2 <= len(pairs) <= 8:
        return
    for (a, x, m, i), (b, y, k, j) in combinations(pairs, 2):
        said = f"{s.confused(x)}|{s.names[x]} and {s.names[y]} are swapped"
        if x is not y and m is k:
            yield said, {m: lambda *q, m=m, i=i, j=j: m.function(*_swapped(q, i, j))}
        elif x is not y:
            yield said, {m: _with(s, m, i, y), k: _with(s, k, j, x)}
        if m is not k and a is not y and b is not x:
            said = f"{s.confused(a)}|{s.names[a]} and {s.names[y]} are swapped"
            yield said, {m: _with(s, m, 0, y), k: _with(s, k, j, a)}


def _swapped(xs: tuple[float, ...], i: int, j: int) -> list[float]:
    swapped = list(xs)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    return swapped


@row("new weight", 1.8, placed=False)
def new_weight(s: Surroundings, n: Node) -> Iterator[Found]:
    """In the backward pass the new weight is used where the old one belongs."""
    read = _new_weight_read(s, n)
    if read is not None:
        w, x = read
        yield f"the new {s.names[w]} is used where the old one belongs", lambda a: x


def _new_weight_read(s: Surroundings, n: Node) -> tuple[Node, float] | None:
    if n.kind != PARTIAL or n.op not in ("dot", "*") or not s.calculation.rate:
        return None
    w = n.args[0]
    if w.kind != LEAF or not s.is_weight(w) or w.value is None:
        return None
    if w.value in s.calculation.new:
        return w, s.number(s.calculation.new[w.value])
    gradient = s.calculation.derivatives.get(s.calculation.root, {}).get(w.value)
    if gradient is None:
        return None
    return w, w.number - s.calculation.rate * s.number(gradient)


@row("neighbouring weight", 2.2, placed=False)
def transposed(s: Surroundings, n: Node) -> Iterator[Found]:
    """Rows and columns of a matrix of weights are mixed up in a derivative."""
    if n.kind != SUM or len(n.args) < 2 or n.value is None:
        return
    terms = [t for t in n.args if t.kind == TERM and t.args[1].op in ("dot", "*")]
    if len(terms) != len(n.args):
        return
    neurons = [s.pairs(s.calculation.of[s.names.owner(t.args[0].value)]) for t in terms]  # type: ignore[arg-type]
    own = s.calculation.of[n.value]
    weights = []
    for pairs in neurons:
        if not pairs:
            return
        weights.append([a for a, _, _, _ in pairs])
    place = [i for i, (a, b, _, _) in enumerate(neurons[0]) if own in (a, b)]
    if len(place) != 1 or place[0] >= len(neurons):
        return
    row_ = weights[place[0]]
    own_weights = [t.args[1].args[0] for t in terms]
    changed = sum([w is not o for w, o in zip(row_, own_weights, strict=False)])
    if len(row_) < len(terms) or changed < 2:
        return
    change = {t.args[1]: constant(s.number(w)) for t, w in zip(terms, row_, strict=False)}
    yield "the matrix of weights is transposed: rows are swapped with columns", change


@row("swapped input or target", 2.4, placed=False)
def backward_only(s: Surroundings, n: Node) -> Iterator[Found]:
    """A slip in a step that has no name, made where a derivative needs the step again."""
    if n.kind != PARTIAL:
        return
    for i, m in enumerate(n.args):
        if m.kind != OPERATION or m in s.given or s.is_entry_like(m) or len(m.args) > 20:
            continue
        numbers = [s.number(a) for a in m.args]
        for tries in (term_left_out, factor_left_out, _replaced, value_mistaken):
            for what, f in tries(s, m):
                if callable(f):
                    x = float(f(*numbers)) if isinstance(f, Function) else _tried(f, numbers)
                    yield what, lambda *a, i=i, x=x: n.function(*a[:i], x, *a[i + 1 :])


def _tried(f: Callable[..., float], numbers: list[float]) -> float:
    return Function(f)(*numbers)


@row("another step", 2.4, placed=False)
def steps_shifted(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a sum over time steps one of the two factors is a step off."""
    if n.kind != SUM or len(n.args) < 2:
        return
    terms = [t for t in n.args if t.kind == TERM and len(t.args[1].args) == 1]
    if not terms or len(terms) < len(n.args):
        return
    xs = [t.args[1].args[0] for t in terms]
    near = {m for x in xs for m in (x, *s.siblings(x))}
    row_ = sorted(near, key=lambda m: (s.level(m), m.index))
    for by in (-1, 1):
        places = [row_.index(x) + by for x in xs]
        numbers = [s.number(row_[j]) if 0 <= j < len(row_) else 0.0 for j in places]
        above = [s.number(t.args[0]) for t in terms]
        yield (
            f"{s.names[xs[0]]} and its like are used of another step: one step off",
            lambda *a, p=above, q=numbers: sum([x * y for x, y in zip(p, q, strict=True)]),
        )
    if len(terms) == 2:
        x, y = [s.number(x) for x in xs]
        p, q = [s.number(t.args[0]) for t in terms]
        yield (
            f"swapped input or target|{s.names[xs[0]]} and {s.names[xs[1]]} are swapped "
            "(another step, another row)",
            lambda *a: p * y + q * x,
        )


@row("bias times input", 1.6, placed=False)
def bias_times_input(s: Surroundings, n: Node) -> Iterator[Found]:
    """The gradient of a bias is multiplied by an input, as if it were a weight's."""
    if n.kind != SUM or n.value is None or n.value.operands:
        return
    terms = [t for t in n.args if t.kind == TERM and t.args[1].kind == CONSTANT]
    if not terms or len(terms) != len(n.args):
        return
    neurons = []
    for t in terms:
        v = t.args[0].value
        pairs = s.pairs(s.calculation.of[s.names.owner(v)]) if v is not None else []
        neurons.append([_data(s, a, b) for a, b, _, _ in pairs])
    for i in range(min([len(x) for x in neurons], default=0)):
        xs = [row_[i] for row_ in neurons]
        said = f"the gradient is multiplied by {s.names[xs[0]]}, as a weight's is: bias times input"
        numbers = [s.number(x) for x in xs]
        yield said, lambda *a, q=numbers: sum([g * x for g, x in zip(a, q, strict=True)])
        if len(terms) > 1:
            yield said, lambda *a, q=numbers: sum(a) + a[0] * (q[0] - 1.0)
            yield said, lambda *a, q=numbers: sum(a) * q[0]


def _data(s: Surroundings, a: Node, b: Node) -> Node:
    """Of two factors that which is no weight."""
    return a if s.is_weight(b) and not s.is_weight(a) else b


@row("swapped input or target", 1.8, placed=False)
def other_class(s: Surroundings, n: Node) -> Iterator[Found]:
    """Of a cross-entropy's derivative by what goes into the output, p − y, with the other y."""
    if n.kind != SUM or n.value is None:
        return
    g = s.number(n)
    for p in s.outputs(n):
        for y in (0.0, 1.0):
            error = s.number(p) - y
            scale = g / error if error else math.nan
            if any(abs(scale * k - 1.0) < 0.02 for k in (1, 2, *s.counts)):
                yield (
                    f"the target is taken for the other class: {s.names[p]} − {1 - y:g} for "
                    f"{s.names[p]} − {y:g}",
                    lambda *x, p=p, y=y, k=scale: k * (s.number(p) - 1.0 + y),
                )


# What was written wrongly where it is not seen


@row("decimal point", 2.6)
def hidden_point(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a number that is not on the sheet the decimal point is misplaced."""
    if n.kind in (OPERATION, SUM) and n not in s.given and s.is_entry_like(n):
        for by, side in ((10.0, "right"), (0.1, "left")):
            what = f"the decimal point is misplaced, 1 place too far to the {side}"
            yield what, Scaled(n.function, by)


@row("swapped digits", 2.6)
def hidden_digits(s: Surroundings, n: Node) -> Iterator[Found]:
    """In a number that is not on the sheet two digits are swapped."""
    if n.kind in (OPERATION, SUM) and n not in s.given and s.is_entry_like(n):
        text = s.habit.written(s.number(n))
        for other in swapped_digits(text):
            more = float(other) - float(text)
            what = f"two digits are swapped: {other} for {text}"
            yield what, lambda *a, more=more: n.function(*a) + more


# Updates, and the loss


@row("sign flipped", 1.5, everywhere=True)
def update_added(s: Surroundings, n: Node) -> Iterator[Found]:
    """w + η g."""
    if n.kind == NEW:
        r = s.calculation.rate
        yield (
            "the update is added instead of subtracted: the sign is flipped",
            lambda w, g: w + r * g,
        )
        yield "the sign is flipped: η g − w for w − η g", lambda w, g: r * g - w


@row("factor left out", 1.5, everywhere=True)
def rate_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """w − g."""
    if n.kind == NEW:
        yield "the learning rate is left out", lambda w, g: w - g


@row("factor left out", 1.7, everywhere=True)
def update_left_out(s: Surroundings, n: Node) -> Iterator[Found]:
    """What is left out of an update."""
    if n.kind != NEW:
        return
    r = s.calculation.rate
    yield "the gradient is left out: the learning rate alone is subtracted", lambda w, g: w - r
    yield (
        "term left out|the old weight is left out: the update alone stands here",
        lambda w, g: -r * g,
    )
    yield "term left out|the old weight is left out, and the sign of the update", lambda w, g: r * g
    yield "another function|divided by the learning rate", lambda w, g: w - g / r
    yield (
        "another function|the old weight is multiplied into the update",
        lambda w, g: w - r * g * w,
    )
    yield (
        "another function|the old weight is multiplied by the learning rate",
        lambda w, g: r * w - g,
    )


@row("term left out", 2.4, everywhere=True)
def no_update(s: Surroundings, n: Node) -> Iterator[Found]:
    """The old weight is left as it is."""
    if n.kind == NEW:
        yield "nothing is subtracted: the old weight stands here", lambda w, g: w


@row("factor used twice", 1.6, everywhere=True)
def rate_twice(s: Surroundings, n: Node) -> Iterator[Found]:
    """The learning rate, or the gradient, is used twice."""
    if n.kind == NEW:
        r = s.calculation.rate
        yield "the learning rate is used twice", lambda w, g: w - r * r * g
        yield "the gradient is used twice: it is squared", lambda w, g: w - r * g * g


@row("wrong multiple", 1.8, everywhere=True)
def update_multiple(s: Surroundings, n: Node) -> Iterator[Found]:
    """A factor too many or forgotten in the update's gradient."""
    if n.kind != NEW:
        return
    r = s.calculation.rate
    yield "in the gradient: a factor 2 too many (or a ½ forgotten)", lambda w, g: w - 2 * r * g
    yield "in the gradient: a factor ½ too many (or a 2 forgotten)", lambda w, g: w - r * g / 2
    for k in s.counts:
        yield (
            f"in the gradient: a factor 1/n is forgotten (n = {k})",
            lambda w, g, k=k: w - k * r * g,
        )
        yield f"in the gradient: a factor 1/n too many (n = {k})", lambda w, g, k=k: w - r * g / k


@row("decimal point", 2.4)
def update_point(s: Surroundings, n: Node) -> Iterator[Found]:
    """The decimal point of the update, or of the learning rate, is misplaced."""
    if n.kind == NEW:
        r = s.calculation.rate
        for by in (10.0, 0.1, 100.0, 0.01):
            yield "the decimal point of the update is misplaced", lambda w, g, by=by: w - r * g * by


@row("neighbouring weight", 2.2)
def update_of_another(s: Surroundings, n: Node) -> Iterator[Found]:
    """The gradient, or the old number, of another weight."""
    if n.kind != NEW or n.value is None:
        return
    r = s.calculation.rate
    gradients = s.calculation.derivatives[s.calculation.root]
    for o in s.siblings(s.calculation.of[n.value]):
        name = s.names[o]
        if o.value in gradients:
            d = s.number(gradients[o.value])
            yield (
                f"this uses the gradient of {name}: it is used where the own one belongs",
                lambda w, g, d=d: w - r * d,
            )
        yield (
            f"this starts from {name}: it is used where {s.names.value(n.value)} belongs",
            lambda w, g, o=o: s.number(o) - r * g,
        )
    yield (
        f"new weight|the new {s.names.value(n.value)} is updated once more",
        lambda w, g: w - 2 * r * g,
    )


@row("derivative for loss", 1.6)
def loss_slope(s: Surroundings, n: Node) -> Iterator[Found]:
    """A derivative of the loss where the loss itself belongs."""
    root = s.calculation.root
    if n is not s.calculation.of[root]:
        return
    rows: dict[object, list[Node]] = defaultdict(list)
    level = s.names.level
    for v, d in s.calculation.derivatives.get(root, {}).items():
        if v.operands and v is not root and level[v] <= 2:
            if s.names.is_seam(v):
                rows[level[v]].append(d)
            yield f"this is the derivative {s.names[d]}, not the loss", lambda *x, d=d: s.number(d)
    for row_ in rows.values():
        if len(row_) > 1:
            yield (
                "this is the sum of the loss's derivatives, not the loss",
                lambda *x, row_=row_: sum([s.number(d) for d in row_]),
            )
            yield (
                "this is the sum of the loss's derivatives without their signs, not the loss",
                lambda *x, row_=row_: sum([abs(s.number(d)) for d in row_]),
            )


# What was wrong from the start


def _from_the_start(s: Surroundings, sites: list[Node]) -> Iterator[Slip]:
    """Other numbers for leaves, wherever they are used; and all new weights at once."""
    leaves = {a for n in sites for a in n.args if a.kind in (LEAF, CONSTANT)}
    starts = []
    for n in sorted(leaves - set(s.given), key=lambda n: n.index):
        for o in s.siblings(n):
            if o.number == n.number:
                continue
            kind = s.confused(n)
            far = 0.5 * (s.level(o) != s.level(n))
            what = f"{s.names[o]} is used where {s.names[n]} belongs, from the start"
            starts.append(Slip(kind, what, 3.0 + far, {n: constant(o.number)}))
            if o.index < n.index and o not in s.given:
                what = f"{s.names[o]} and {s.names[n]} are swapped"
                at = {n: constant(o.number), o: constant(n.number)}
                starts.append(Slip(kind, what, 2.2 + far, at))
        if n.value not in s.moved and n.number in (0.0, 1.0) and n.kind == LEAF:
            what = f"the target {s.names[n]} is taken for the other class"
            at = {n: constant(1.0 - n.number)}
            starts.append(Slip("swapped input or target", what, 0.8, at))
    many = _VARIANTS * math.log(max(1, len(starts)))
    for slip in starts:
        slip.cost += many
        yield slip
    yield from _new_weights(s, sites)


def _new_weights(s: Surroundings, sites: list[Node]) -> Iterator[Slip]:
    levels: dict[int, dict[Node, Function]] = defaultdict(dict)
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for n in sites:
        read = _new_weight_read(s, n)
        if read is not None:
            w, x = read
            levels[s.level(w)][n] = constant(x)
            names[s.level(w)].setdefault(s.names[w])
    everywhere = {n: f for at in levels.values() for n, f in at.items()}
    if len(everywhere) > 1:
        what = "the new weights are used where the old ones belong"
        yield Slip("new weight", what, 1.8, everywhere)
    for level, at in levels.items():
        if 1 < len(at) < len(everywhere):
            listed = ", ".join(list(names[level])[:6])
            what = f"the new {listed} are used where the old ones belong"
            yield Slip("new weight", what, 2.2, at)
