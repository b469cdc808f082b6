"""The equations of the families, and their derivatives by the chain rule.

For every edge of the graph of families: the adjoint of the consumer times the rule's partial, its
relation solved for the consumer's indices; over what stays unsolved, a sum is taken. A Kronecker
delta arises where a softmax is differentiated, and where an operand fixes an index.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from autograd.general.coordinates import Coordinates
from autograd.general.equation import Equation
from autograd.general.facts import Fact, Facts
from autograd.general.letters import LETTERS, Letters, term_of
from autograd.general.nodes import LEAF, Family
from autograd.general.terms import (
    ONE,
    Adjoint,
    Call,
    Constant,
    Edge,
    Entry,
    Index,
    Kronecker,
    LogSumExp,
    Lookup,
    Over,
    Part,
    Softmax,
    Sum,
    Summation,
    Term,
    affine,
    contains,
    contract,
    cost,
    extremum,
    factors,
    fixed,
    index,
    multiply,
    plus,
    power,
    product,
    simplify,
    substitute,
    summands,
)
from autograd.rules import RULES

__all__ = ["Calculus", "Link", "links_in"]

_SHORT = 4  # symbols up to which a derivative needs no letter of its own


@dataclass(frozen=True)
class Link:
    """One way in which a family acts on the root: through `consumer`, with `partial` by it.

    Summed over `bound`, where the family acts through many of the consumer's members.
    """

    consumer: Family
    at: tuple[Index, ...]
    partial: Term
    bound: tuple[str, ...]
    over: Over | None


class Calculus:
    """Equations and derivatives of families, in general letters."""

    def __init__(self, families: list[Family], coordinates: Coordinates, facts: Facts):
        self.families = families
        self.coordinates = coordinates
        self.facts = facts
        self._fresh = itertools.count()
        self.used_facts: dict[tuple[int, bool], tuple[Fact, ...]] = {}
        self._derivatives: dict[tuple[int, bool], Equation] = {}
        self._kept: dict[int, bool] = {}

    def variable(self) -> str:
        """A new variable for an index."""
        return f"v{next(self._fresh)}"

    def variables(self, f: Family) -> tuple[str, ...]:
        """New variables for the indices of f."""
        return tuple([self.variable() for _ in range(f.dimension)])

    # The forward pass

    def equation(self, f: Family) -> Equation:
        """What f is made of."""
        vs = self.variables(f)
        return Equation(f, vs, self.made_of(f, tuple([index(v) for v in vs])))

    def entry(self, f: Family, at: tuple[Index, ...]) -> Term:
        """f at indices: its letter, its number, or what it is made of."""
        if f.constant is not None:
            return Constant(f.constant)
        return Entry(f.number, at) if f.named else self.made_of(f, at)

    def operand(self, f: Family, s: int, columns: tuple[Index, ...]) -> Term:
        """The operand in a slot, from the indices of f and the position."""
        k = f.slots[s].family
        return self.entry(k, self.coordinates.indices_of((f.number, s), columns))

    def made_of(self, f: Family, at: tuple[Index, ...]) -> Term:
        """The rule of f on its operands."""
        if f.op in ("softmax", "logsumexp"):
            (slot,) = f.slots
            if f.op == "logsumexp":
                return LogSumExp(f.number, slot, at)
            return Softmax(f.number, slot, at, self.place(f, at))
        if f.op in ("sum", "mean"):
            terms = [self._slot_sum(f, s, at) for s in f.slots]
            return plus(*terms) if f.op == "sum" else multiply(plus(*terms), Part(f.number, at))
        if _is_extreme_of_many(f):
            return self._extreme(f, at)
        kids = self._operands(f, at)
        if f.op == "product":
            return multiply(*kids)
        if f.op == "**" and isinstance(kids[1], Constant):
            return power(kids[0], kids[1].number)
        return term_of(RULES[f.op].evaluate(_rule_arguments(kids), LETTERS))

    def _operands(self, f: Family, at: tuple[Index, ...]) -> list[Term]:
        return [self.operand(f, s, at) for s in sorted(f.slots)]

    def _slot_sum(self, f: Family, s: int, at: tuple[Index, ...]) -> Term:
        edge = f.number, s
        positions = tuple([self.variable() for _ in range(self.coordinates.width(edge))])
        columns = (*at, *map(index, positions))
        return contract(positions, self.operand(f, s, columns), Over(edge, columns))

    def _extreme(self, f: Family, at: tuple[Index, ...]) -> Term:
        """max over the positions of each slot."""
        parts: list[Term] = []
        for s in f.slots:
            edge = f.number, s
            positions = tuple([self.variable() for _ in range(self.coordinates.width(edge))])
            columns = (*at, *map(index, positions))
            body = self.operand(f, s, columns)
            parts.append(extremum(f.op, positions, body, Over(edge, columns)))
        return parts[0] if len(parts) == 1 else Call(f.op, tuple(parts))

    def place(self, f: Family, at: tuple[Index, ...]) -> Index:
        """The place of a softmax output: one of its indices, or what the graph fixed."""
        places = {n.place + 1 for n in f.nodes}
        if len(places) == 1:
            return fixed(places.pop())
        for k in range(f.dimension):
            if all(n.place + 1 == n.at[k] for n in f.nodes):
                return at[k]
        key: tuple[Edge, int] = ((f.number, -1), 0)
        self.coordinates.tables[key] = {n.at: n.place + 1 for n in f.nodes}
        return Lookup(key, at)

    def share(self, f: Family, s: int, at: tuple[Index, ...], place: Index) -> Term:
        """Another output of the same softmax: by its letter, where the graph has them all."""
        if f.op == "softmax":
            own = self.place(f, at)
            for k in range(f.dimension):
                seen = {n.at[k] for n in f.nodes}
                if own == at[k] and len(seen) == max([len(n.operands) for n in f.nodes]):
                    return Entry(f.number, (*at[:k], place, *at[k + 1 :]))
        return Softmax(f.number, s, at, place)

    # Derivatives

    def partial(self, g: Family, s: int, at: tuple[Index, ...], position: Index | None) -> Term:
        """The derivative of g by its operand at a position of a slot."""
        if g.op == "sum":
            return ONE
        if g.op == "mean":
            return Part(g.number, at)
        if _is_extreme_of_many(g):
            columns = at if position is None else (*at, position)
            return Call("=", (self.operand(g, s, columns), self.entry(g, at)))
        if g.op == "softmax":
            assert position is not None
            delta = Kronecker(position, self.place(g, at))
            other = multiply(Constant(-1.0), self.share(g, s, at, position))
            return multiply(self.entry(g, at), plus(delta, other))
        if g.op == "logsumexp":
            assert position is not None
            return self.share(g, s, at, position)
        kids = self._operands(g, at)
        own = sorted(g.slots).index(s)
        if g.op == "product":
            return multiply(*[k for i, k in enumerate(kids) if i != own])
        partials = RULES[g.op].differentiate(
            _rule_arguments(kids), Letters(self.entry(g, at)), LETTERS
        )
        return term_of(partials[sum([not isinstance(k, Constant) for k in kids[:own]])])

    def is_active(self, f: Family) -> bool:
        """Whether f depends on anything that can change."""
        if f.is_input:
            return f.op == LEAF
        return any(self.is_active(slot.family) for slot in f.slots.values())

    def keeps_letter(self, f: Family) -> bool:
        """Whether the derivative by f has a letter: several others are made of it."""
        if f.number not in self._kept:
            self._kept[f.number] = self._find_kept(f)
        return self._kept[f.number]

    def _find_kept(self, f: Family) -> bool:
        if not f.consumers or not f.named or f.is_input:
            return False
        ways = sum([self.is_active(slot.family) for slot in f.slots.values()])
        if ways + any(slot.many for slot in f.slots.values()) <= 1:
            return False
        return f.op == "sum" or cost(self.derivative(f).right) > _SHORT

    def adjoint(self, f: Family, at: tuple[Index, ...], openly: bool = False) -> Term:
        """∂root/∂f at indices: its letter, or written out.

        `openly` leaves the derivative by every named family a letter.
        """
        if not f.consumers:
            return ONE
        if f.named if openly else self.keeps_letter(f):
            return Adjoint(f.number, at)
        return self.derivative(f, openly).at(at)

    def derivative(self, f: Family, openly: bool = False) -> Equation:
        """∂root/∂f, by the chain rule over what takes f."""
        key = f.number, openly
        if key not in self._derivatives:
            vs = self.variables(f)
            at = tuple([index(v) for v in vs])
            right = plus(*self.contributions(f, at, openly)) if f.consumers else ONE
            right, self.used_facts[key] = self.facts.put_in(f, vs, simplify(right))
            self._derivatives[key] = Equation(f, vs, right)
        return self._derivatives[key]

    def contributions(self, f: Family, at: tuple[Index, ...], openly: bool) -> list[Term]:
        """For each consumer of f its adjoint times the partial by f, summed over its members."""
        return [self._through(f, at, g, s, openly) for g, s in f.consumers]

    def _through(
        self, f: Family, at: tuple[Index, ...], g: Family, s: int, openly: bool
    ) -> Term:  # fmt: skip
        edge = g.number, s
        width = self.coordinates.width(edge)
        names = [self.variable() for _ in range(g.dimension + width)]
        solved: dict[int, Index] = {}
        deltas: list[Term] = []
        for k, r in enumerate(self.coordinates.relations[edge]):
            if r.table is not None:
                looked_up = Lookup(r.table, tuple([index(names[i]) for i, _ in r.columns]))
                deltas.append(Kronecker(looked_up, at[k]))
                continue
            free = [(i, c) for i, c in r.columns if i not in solved]
            if free:
                i, c = free[0]
                others = [
                    (-c * d, solved.get(j, index(names[j]))) for j, d in r.columns if j != i
                ]  # fmt: skip
                solved[i] = affine(-c * r.constant, [(c, at[k]), *others])
            elif r.columns or len({n.at[k] for n in f.nodes}) > 1:
                deltas.append(
                    Kronecker(affine(r.constant, [(c, solved[i]) for i, c in r.columns]), at[k])
                )
        columns = tuple([solved.get(i, index(x)) for i, x in enumerate(names)])
        for x, column in zip(names, columns, strict=True):
            deltas = [substitute(d, x, column) for d in deltas]
        bound = tuple([x for i, x in enumerate(names) if i not in solved])
        own = columns[: g.dimension]
        position = columns[-1] if width else None
        body = multiply(
            self.adjoint(g, own, openly), self.partial(g, s, own, position), *deltas
        )  # fmt: skip
        return contract(bound, body, Over(edge, columns))

    def links(self, f: Family, at: tuple[Index, ...]) -> list[Link]:
        """The named families through which f acts on the root, with the partials by f."""
        links: list[Link] = []
        for t in self.contributions(f, at, True):
            for part in summands(t):
                links += links_in(self.families, part, (), None)
        return _merged(links)


def _is_extreme_of_many(f: Family) -> bool:
    """Whether it is a maximum or minimum over an index; of two letters, the rule is used."""
    is_extreme = f.op in ("maximum", "minimum")
    return is_extreme and (len(f.slots) != 2 or any(slot.many for slot in f.slots.values()))


def _merged(links: list[Link]) -> list[Link]:
    """The links, those to the same place as one: w · w has w twice."""
    merged: dict[tuple[int, tuple[Index, ...], tuple[str, ...]], Link] = {}
    for link in links:
        key = link.consumer.number, link.at, link.bound
        before = merged.get(key)
        merged[key] = (
            link if before is None else replace(link, partial=plus(before.partial, link.partial))
        )
    return list(merged.values())


def links_in(
    families: list[Family], t: Term, bound: tuple[str, ...], over: Over | None
) -> list[Link]:
    """The links in one summand of a derivative: each has one adjoint in it."""
    if isinstance(t, Sum):
        return [link for part in t.terms for link in links_in(families, part, bound, over)]
    if isinstance(t, Summation):
        return links_in(families, t.body, (*bound, *t.bound), t.over)
    coefficient, powers = factors(t)
    for base, n in powers.items():
        if n == 1.0 and contains(base, Adjoint):
            rest = product(coefficient, {b: m for b, m in powers.items() if b is not base})
            if isinstance(base, Adjoint):
                return [Link(families[base.family], base.at, rest, bound, over)]
            return [
                Link(link.consumer, link.at, multiply(rest, link.partial), link.bound, link.over)
                for link in links_in(families, base, bound, over)
            ]
    return [Link(families[0], (), t, bound, over)]


def _rule_arguments(kids: list[Term]) -> tuple[object, ...]:
    """Constants as plain numbers, so that the rule skips them."""
    return tuple([k.number if isinstance(k, Constant) else Letters(k) for k in kids])
