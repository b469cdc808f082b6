"""A derivation as a teacher writes it on the board: each line with its reason.

First the equations, then ∂L/∂w by the chain rule through what w acts on, then what that is made of:
the δ of the output layer, the δ of the hidden layers, each from the one after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd.formulas.pieces import SUM
from autograd.general.calculus import Link
from autograd.general.lines import Case, Lines
from autograd.general.nodes import Family
from autograd.general.scripts import Script
from autograd.general.terms import (
    ONE,
    Adjoint,
    Constant,
    Entry,
    Kronecker,
    Sum,
    Summation,
    Term,
    contains,
    cost,
    expand,
    factors,
    fixed,
    index,
    multiply,
    plus,
    power,
    product,
    rebuilt,
    summands,
    walk,
)
from autograd.general.writing import Base, Scope, Writer

__all__ = ["Board", "Step", "is_activation_of"]

_PRIMED = frozenset(["sigmoid", "tanh", "relu", "softplus"])
_TABLE = 30  # names that are worth a table of which is which
_SHORT = 12  # symbols of a formula that is worth writing out


@dataclass(frozen=True)
class Step:
    """One line of a derivation.

    `left` equals each of `forms`, one after the other. `reason` says why, `note` what it uses
    beside the rules, `heading` of which layers or steps it is said. `kind` is "equation" for the
    forward pass, "rule" for the chain rule and its factors, "result" for the formula, "definition"
    for what it is made of.
    """

    left: str
    forms: tuple[str, ...]
    reason: str = ""
    heading: str = ""
    kind: str = "rule"
    note: str = ""

    @property
    def formula(self) -> str:
        """The line in plain text, without its reason."""
        return " = ".join([self.left, *self.forms])


def is_activation_of(a: Family, z: Family) -> bool:
    """Whether a = σ(z), so that its slope is written σ'(z)."""
    return a.op in _PRIMED and [slot.family for slot in a.slots.values()] == [z]


@dataclass(frozen=True)
class _Way:
    """A link with names for what it sums over, `over`, within `limits` where it is not all."""

    link: Link
    scope: Scope
    over: list[str]
    limits: str = ""


class Board:
    """The steps for the families of one group, written by one writer."""

    def __init__(self, lines: Lines, families: list[Family]):
        self.lines = lines
        self.network = lines.network
        self.calculus = lines.network.calculus
        self.writer: Writer = lines.writer
        self.script: Script = lines.writer.script
        self.families = families
        self.cases = lines.folded(families, lines.derivative, ends=False)
        self.checked: list[Case] = list(self.cases)

    # The equations

    def equations(self) -> list[Case]:
        """The forward lines on the way from the families up to the root."""
        above: set[int] = set()
        stack = list(self.families)
        while stack:
            for g, _ in stack.pop().consumers:
                if g.number not in above:
                    above.add(g.number)
                    stack.append(g)
        met = [f for f in reversed(self.network.families) if f.named and not f.is_input]
        met = [f for f in met if f.number in above or f in self.families]
        return self.lines.folded(met, self.lines.forward)

    # The steps

    def steps(self) -> list[Step]:
        """From the definition to the formula."""
        steps = self.definitions()
        todo: list[Family] = []
        for case in self.cases:
            steps += self._chain_rule(case)
            todo += self._adjoints_in(case.equation.right)
        done: set[object] = set()
        while todo:
            f = todo.pop(0)
            group = f.number if self.network.alphabet.is_split else f.group
            if group not in done:
                done.add(group)
                more, behind = self._definition(f)
                steps += more
                todo += behind
        if self.network.alphabet.is_split:
            steps += self._written_out()
        return steps

    def definitions(self) -> list[Step]:
        """The equations as steps."""
        cases = self.equations()
        self.checked += cases
        return [
            Step(
                self.lines.left(c),
                (self.lines.right(c),),
                heading=self.lines.condition(c),
                kind="equation",
            )
            for c in cases
        ]

    def _adjoints_in(self, t: Term) -> list[Family]:
        numbers = sorted({a.family for a in walk(t) if isinstance(a, Adjoint)}, reverse=True)
        return [self.network.families[n] for n in numbers]

    def _definition(self, f: Family) -> tuple[list[Step], list[Family]]:
        """The lines that say what the derivative by f's group is, the last layer first."""
        group = [g for g in self.network.families if g.named and g.group == f.group]
        group = [f] if self.network.alphabet.is_split else group
        group = [
            g
            for g in group
            if g.consumers and self.calculus.keeps_letter(g) and g not in self.families
        ]
        if not group:
            return [], []
        cases = self.lines.folded(group, self.lines.derivative)
        self.checked += cases
        cases.sort(key=lambda c: -max(c.ranks, default=0))
        steps, behind = [], []
        for case in cases:
            steps += self._derived(case, self.lines.condition(case))
            behind += self._adjoints_in(case.equation.right)
        return steps, behind

    # The chain rule for one case

    def _links(self, case: Case) -> list[Link]:
        e = case.equation
        links = self.calculus.links(e.family, e.indices)
        return [self.lines.without_single(link) for link in links]

    def _ways(self, links: list[Link], scope: Scope) -> list[_Way]:
        """The links with names for what they sum over; links that differ by step only, as one."""
        alphabet = self.network.alphabet
        symbol = "t" if alphabet.counts_time else "l"
        alike: dict[tuple[str, str], list[_Way]] = defaultdict(list)
        for link in links:
            inner = self._inside(link, scope)
            rank = link.consumer.rank
            if scope.base is None and rank is not None and not alphabet.is_split:
                inner = replace(inner, base=Base(rank, symbol))
            way = _Way(link, inner, [inner.names[x] for x in link.bound])
            name = self.writer.entry(link.consumer, link.at, inner)
            alike[name, self.writer.text(link.partial, inner)].append(way)
        joined: list[_Way] = []
        for ways in alike.values():
            ranks = [way.link.consumer.rank or 0 for way in ways]
            if self.writer.run_of(ranks) is not None:
                first = ways[0]
                low = ways[ranks.index(min(ranks))].link
                term = multiply(Adjoint(low.consumer.number, low.at), low.partial)
                limits = self.writer.limits(ranks, symbol, term)
                joined.append(_Way(first.link, first.scope, [symbol, *first.over], limits))
            else:
                joined += [
                    _Way(way.link, replace(way.scope, base=scope.base), way.over) for way in ways
                ]
        return joined

    def _chain_rule(self, case: Case) -> list[Step]:
        """∂L/∂w = ∂L/∂z · ∂z/∂w, what ∂z/∂w is, and the two together."""
        left = self.slope(case)
        heading = self.lines.condition(case)
        links = self._links(case)
        if links[0].consumer is self.network.families[0]:
            return self._direct(case, left, heading)
        scope = self.lines.scope(case)
        ways = self._ways(links, scope)
        parts = [self._product_of_slopes(case, way) for way in ways]
        first = self.script.signed_sum(parts)
        steps = [Step(left, (first,), self._in_words(case, ways), heading)]
        steps += [self._local(case, way) for way in ways if way.link.consumer.consumers]
        result = self._joined(ways[0]) if len(ways) == 1 else self.lines.right(case)
        return [*steps, Step(left, (result,), self._delta_in_words(ways), heading, "result")]

    def _delta_in_words(self, ways: list[_Way]) -> str:
        """With δ_j^l = ∂L/∂z_j^l."""
        for way in ways:
            z = way.link.consumer
            if self.network.alphabet.is_delta(z):
                delta = self.writer.adjoint(z, way.link.at, way.scope)
                slope = self.writer.derivative_by(z, way.link.at, way.scope)
                return f"with {self.script.inline(f'{delta} = {slope}')}"
        return ""

    def slope(self, case: Case) -> str:
        """∂L/∂w_ij^l."""
        e = case.equation
        return self.writer.derivative_by(e.family, e.indices, self.lines.scope(case))

    def _inside(self, link: Link, scope: Scope) -> Scope:
        """The scope with names for what a link sums over."""
        if link.over is not None and link.bound:
            s = Summation(link.bound, link.partial, link.over)
            for x in link.bound:
                scope = scope.with_name(x, self.writer.bound_name(s, x, scope))
        return scope

    def _sigma(self, way: _Way) -> str:
        if not way.over:
            return ""
        return self.script.summed("Σ", way.over, way.limits) + " "

    def _product_of_slopes(self, case: Case, way: _Way) -> str:
        """Σ_r ∂L/∂z_r · ∂z_r/∂w; what stands in the root itself, as it is."""
        if not way.link.consumer.consumers:
            return self._sigma(way) + self._factor(way.link.partial, way.scope)
        upper = self.writer.derivative_by(way.link.consumer, way.link.at, way.scope)
        return f"{self._sigma(way)}{upper}{self.script.dot}{self._middle(case, way)}"

    def _middle(self, case: Case, way: _Way) -> str:
        """∂z_r/∂w."""
        z = self.writer.entry(way.link.consumer, way.link.at, way.scope)
        return self.script.derivative(z, self._own(case))

    def _own(self, case: Case) -> str:
        """w_ij^l."""
        return self.writer.entry(
            case.family, case.equation.indices, self.lines.scope(case)
        )  # fmt: skip

    def _local(self, case: Case, way: _Way) -> Step:
        """∂z/∂w = a, and why."""
        text = self.writer.text(way.link.partial, way.scope)
        reason = self._rule_in_words(way.link, self._own(case))
        return Step(self._middle(case, way), (text,), reason)

    def _rule_in_words(self, link: Link, own: str) -> str:
        g = link.consumer
        if g.op == "sum" and g.is_contraction:
            return f"of the sum only the term with {self.script.inline(own)} depends on it"
        if g.op == "sum":
            return f"{self.script.inline(own)} is one of its terms"
        if g.op == "mean":
            return "each of n has the share 1/n in a mean"
        if g.op == "softmax":
            return "the rule of softmax"
        return f"the rule of {g.op}" if len(g.slots) == 1 else ""

    def _joined(self, way: _Way) -> str:
        """δ_j^l · a_i^(l−1)."""
        text = self.writer.adjoint(way.link.consumer, way.link.at, way.scope)
        if way.link.partial != ONE:
            text += self.script.dot + self._factor(way.link.partial, way.scope)
        return self._sigma(way) + text

    def _factor(self, t: Term, scope: Scope) -> str:
        piece = self.writer.piece(t, scope)
        is_sum = piece[1] == SUM or piece[0].startswith(self.script.minus)
        is_sum = is_sum or _has_open_sum(piece[0])
        return self.script.parenthesised(piece[0]) if is_sum else piece[0]

    def _in_words(self, case: Case, ways: Sequence[_Way]) -> str:
        """Through what the family acts on the root."""
        return self._acts(self._own(case), ways)

    def _acts(self, own: str, ways: Sequence[_Way]) -> str:
        """a_j^l acts on L through all z_k^(l+1)."""
        inline = self.script.inline
        names: dict[str, bool] = {}
        for way in ways:
            if not way.link.consumer.consumers:
                names["directly"] = False
                continue
            name = inline(self.writer.entry(way.link.consumer, way.link.at, way.scope))
            names[name] = names.get(name, False) or bool(way.over)
        start = f"{inline(own)} acts on {inline(self.writer.root)} through"
        if len(names) == 1:
            ((name, many),) = names.items()
            return f"{start} {'all ' if many else ''}{name}{'' if many else ' alone'}"
        if "directly" in names:  # at the end
            names["directly"] = names.pop("directly")
        listed = [f"all {name}" if many else name for name, many in names.items()]
        return f"{start} {', '.join(listed[:-1])} and {listed[-1]}"

    def _direct(self, case: Case, left: str, heading: str) -> list[Step]:
        own = self._own(case)
        forms = self._fractions(case)
        reason = (
            f"{self.script.inline(own)} stands in {self.script.inline(self.writer.root)} itself"
        )
        return [Step(left, forms, reason, heading, "result")]

    # What a δ is

    def _derived(self, case: Case, heading: str) -> list[Step]:
        """δ_j^L = ∂L/∂a_j^L · σ'(z_j^L) = (a_j^L − y_j) · a_j^L(1 − a_j^L)."""
        left, links = self.lines.left(case), self._links(case)
        scope = self.lines.scope(case)
        final = self._fractions(case)
        if len(links) == 1 and not links[0].bound:
            a = links[0].consumer
            if a.consumers and not self.calculus.keeps_letter(a):
                return self._through_activation(case, links[0], left, heading)
        reason = ""
        if links[0].consumer.consumers:
            reason = self._in_words(case, self._ways(links, scope))
        steps = []
        if any(link.consumer.op == "softmax" for link in links):
            steps += self._softmax_rule(case, links, scope, heading)
            reason = ""
        forms = _distinct([*self._openly(case, links), *final])
        return [*steps, Step(left, forms, reason, heading, "definition", self._facts(case))]

    def _through_activation(self, case: Case, link: Link, left: str, heading: str) -> list[Step]:
        """Through a = f(z) alone: the derivative by a, times f'."""
        scope = self.lines.scope(case)
        a, e = link.consumer, case.equation
        outer = self.lines.shorter(self.calculus.adjoint(a, link.at))
        parts = [self._factor(t, scope) for t in (outer, link.partial)]
        final = self.lines.right(case)
        is_number = isinstance(outer, Constant) or isinstance(link.partial, Constant)
        forms = [final if is_number else self.script.dot.join(parts)]
        if _plain(forms[0], self.script) != _plain(final, self.script):
            forms.append(final)
        if not any(isinstance(t, Adjoint) for t in walk(outer)):
            z = self.writer.entry(e.family, e.indices, scope)
            slope = (
                self.script.primed(a.op, z)
                if is_activation_of(a, case.family)
                else self.script.derivative(self.writer.entry(a, link.at, scope), z)
            )
            upper = self.writer.derivative_by(a, link.at, scope)
            forms.insert(0, f"{upper}{self.script.dot}{slope}")
            reason = ""
        else:
            above = [
                self.lines.without_single(up)
                for up in self.calculus.links(a, link.at)
                if up.consumer.consumers
            ]
            own = self.writer.entry(a, link.at, scope)
            reason = self._acts(own, self._ways(above, scope)) if above else ""
        return [Step(left, _distinct(forms), reason, heading, "definition", self._facts(case))]

    def _openly(self, case: Case, links: list[Link]) -> list[str]:
        """The derivative with that by every named value still a letter."""
        if all(
            not link.consumer.consumers or self.calculus.keeps_letter(link.consumer)
            for link in links
        ):
            return []
        opened = self.calculus.derivative(case.family, openly=True)
        right = self.lines.shorter(opened.at(case.equation.indices))
        return [self.lines.right(case, right)]

    def _softmax_rule(
        self, case: Case, links: list[Link], scope: Scope, heading: str
    ) -> list[Step]:
        """δ_j = Σ_k ∂L/∂a_k · ∂a_k/∂z_j with ∂a_k/∂z_j = a_k([k = j] − a_j)."""
        own = next((x for x in links if x.consumer.op == "softmax" and not x.bound), None)
        if own is None:
            return []
        a = own.consumer
        place = self.calculus.place(a, own.at)
        if place not in own.at:
            return []
        name = next(c for c in "kmncd" if c not in scope.names.values())
        inner = scope.with_name(name, name)
        other = tuple([index(name) if i == place else i for i in own.at])
        upper = self.writer.derivative_by(a, other, inner)
        all_a = self.writer.entry(a, other, inner)
        z = self.writer.entry(case.family, case.equation.indices, inner)
        middle = self.script.derivative(all_a, z)
        minus_own = multiply(Constant(-1.0), Entry(a.number, own.at))
        partial = multiply(Entry(a.number, other), plus(Kronecker(index(name), place), minus_own))
        sigma = self.script.summed("Σ", [name], "")
        return [
            Step(
                self.lines.left(case),
                (f"{sigma} {upper}{self.script.dot}{middle}",),
                f"{z} acts on {self.writer.root} through all {all_a}",
                heading,
            ),
            Step(middle, (self.writer.text(partial, inner),), "the rule of softmax"),
        ]

    def _fractions(self, case: Case) -> tuple[str, ...]:
        """The right side; of a sum of fractions also what it is on one denominator."""
        t = case.equation.right
        if not isinstance(t, Sum) or cost(t) > _SHORT or contains(t, (Summation, Adjoint)):
            return (self.lines.right(case),)
        below: dict[Term, float] = {}
        for part in t.terms:
            for base, n in factors(part)[1].items():
                if n < 0.0:
                    below[base] = min(n, below.get(base, 0.0))
        common = product(1.0, {base: -n for base, n in below.items()})
        above = plus(*[multiply(part, common) for part in t.terms])
        short = plus(*[expand(part) for part in above.terms]) if isinstance(above, Sum) else above
        if not below or short == above:
            return (self.lines.right(case),)
        scope = self.lines.scope(case)
        monomials = [
            self.writer.text(m, scope) for part in summands(above) for m in summands(expand(part))
        ]
        under = self.writer.piece(common, scope)
        expanded = self.script.fraction((self.script.signed_sum(monomials), SUM), under)[0]
        first, last = multiply(above, power(common, -1.0)), multiply(short, power(common, -1.0))
        texts = [self.lines.right(case, s) for s in (t, first, last)]
        return _distinct([*texts[:2], expanded, texts[2]])

    def _facts(self, case: Case) -> str:
        """The facts that the line uses beside the rules."""
        said = []
        for fact in self.calculus.used_facts.get((case.family.number, False), ()):
            scope = self.writer.scope(fact.family, fact.variables, "kimn", case.base)
            where = "" if fact.always else " in the data"
            equal = f"{self.writer.text(fact.sum, scope)} = {fact.number:g}"
            said.append(self.script.inline(equal) + where)
        said = list(dict.fromkeys(said))
        return "as " + " and ".join(said) if said else ""

    # The formula without letters for derivatives

    def _written_out(self) -> list[Step]:
        """The formula with every derivative put in, where that is short."""
        steps = []
        for case in self.cases:
            full = self.lines.shorter(self.put_in(case.equation.right))
            if full != case.equation.right and cost(full) <= _SHORT:
                heading = self.lines.condition(case)
                forms = (self.lines.right(case, full),)
                steps.append(Step(self.slope(case), forms, "all put in", heading, "result"))
        return steps

    # For other forms of the same

    def in_order(self) -> list[Case]:
        """Every line of the derivation: the equations, the formula, what it is made of."""
        forward = [c for c in self.checked if not c.is_derivative]
        return [*forward, *[c for c in self.checked if c.is_derivative]]

    def rewritten(self, script: Script) -> Board:
        """The same board in another script."""
        writer = Writer(self.calculus, self.network.alphabet, script)
        board = Board(Lines(self.network, writer), self.families)
        board.steps()
        return board

    def update(self, case: Case) -> str:
        """w ← w − η ∂L/∂w, with the derivative written out."""
        own, minus = self._own(case), Constant(-1.0)
        eta = "η" if self.script.minus == "−" else r"\eta"
        gradient = self.lines.right(case, multiply(minus, case.equation.right))
        sign = self.script.minus
        shown = gradient.removeprefix(sign)
        if shown == gradient or len(summands(case.equation.right)) > 1:  # it was turned
            shown = self._factor(case.equation.right, self.lines.scope(case))
        arrow = "←" if self.script.minus == "−" else r"\leftarrow"
        return f"{own} {arrow} {own} {sign} {eta} {shown}"

    # What stands beside it

    def table(self) -> dict[str, str]:
        """The formula's name of every member whose label is another, by the label."""
        alphabet = self.network.alphabet
        writer = Writer(self.calculus, alphabet, self.script, absolute=True)
        renamed = {}
        for f in self.families:
            for n in f.nodes:
                name = writer.entry(f, tuple([fixed(i) for i in n.at]), Scope({}, "", None))
                if n.label and n.label != name:
                    renamed[n.label] = name
        return renamed if self._is_renamed(renamed) else {}

    def _is_renamed(self, names: dict[str, str]) -> bool:
        """Whether the labels are a few names that the formula does not use."""
        return 0 < len(names) <= _TABLE and len(set(names.values())) == len(names)

    def sizes(self) -> dict[str, int]:
        """The numbers that letters of the lines stand for."""
        sizes = self.writer.sizes()
        if self.network.alphabet.counts_time:
            sizes["T"] = self.network.alphabet.last
        return sizes

    def counted(self) -> str:
        """8 weights and 2 biases."""
        alphabet = self.network.alphabet
        counts: dict[str, int] = {}
        first: dict[str, Family] = {}
        for f in self.families:
            noun = alphabet.noun(f, 2)
            first.setdefault(noun, f)
            counts[noun] = counts.get(noun, 0) + len(f.nodes)
        parts = [f"{n} {alphabet.noun(first[noun], n)}" for noun, n in counts.items()]
        return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]

    def put_in(self, t: Term) -> Term:
        """t with every derivative that has a letter written out."""
        if isinstance(t, Adjoint):
            f = self.network.families[t.family]
            return self.put_in(self.lines.shorter(self.calculus.derivative(f).at(t.at)))
        return rebuilt(t, self.put_in)


def _has_open_sum(text: str) -> bool:
    """Whether a Σ stands outside of all parentheses: it would take the next factor, too."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and text.startswith(("Σ", r"\sum"), i):
            return True
    return False


def _distinct(forms: Sequence[str]) -> tuple[str, ...]:
    """The forms without those that say the same as the one before."""
    return tuple([s for i, s in enumerate(forms) if i == 0 or s != forms[i - 1]])


def _plain(text: str, script: Script) -> str:
    """The text without the dots between factors, to see whether two are the same."""
    return text.replace(script.dot, " ").replace(" ", "")
