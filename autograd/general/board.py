"""A derivation as a teacher writes it on the board: each line with its reason.

First the equations, then ∂L/∂w by the chain rule through what w acts on, then what that is made of:
the δ of the output layer, the δ of the hidden layers, each from the one after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.general.calculus import Link
from autograd.general.families import Family
from autograd.general.lines import Case, Lines
from autograd.general.scripts import SUM, Script
from autograd.general.terms import (
    ONE,
    Adjoint,
    Constant,
    Entry,
    Kronecker,
    Sum,
    Summation,
    Term,
    cost,
    expand,
    factors,
    index,
    multiply,
    plus,
    power,
    product,
    rebuilt,
    walk,
)
from autograd.general.writing import Scope, Writer

__all__ = ["Board", "Step"]

_PRIMED = frozenset(["sigmoid", "tanh", "relu", "softplus"])
_SHORT = 12  # symbols of a formula that is worth writing out


@dataclass(frozen=True)
class Step:
    """One line of a derivation.

    `left` equals each of `forms`, one after the other; `reason` says why, `heading` of which layers
    or steps it is said. A line without forms is words alone.
    """

    left: str
    forms: tuple[str, ...]
    reason: str = ""
    heading: str = ""
    is_result: bool = False

    @property
    def formula(self) -> str:
        """The line in plain text, without its reason."""
        return " = ".join([self.left, *self.forms])


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
        found = self.definitions()
        todo: list[Family] = []
        for case in self.cases:
            found += self._chain_rule(case)
            todo += self._adjoints_in(case.equation.right)
        done: set[object] = {f.group for f in self.families}
        while todo:
            f = todo.pop(0)
            if f.group not in done:
                done.add(f.group)
                more, behind = self._definition(f)
                found += more
                todo += behind
        if self.network.alphabet.is_split:
            found += self._written_out()
        return found

    def definitions(self) -> list[Step]:
        """The equations as steps."""
        cases = self.equations()
        self.checked += cases
        return [
            Step(
                self.lines.left(c),
                (self.lines.right(c),),
                heading=self.lines.condition(
                    c, [o for o in cases if o.family.group == c.family.group]
                ),
            )
            for c in cases
        ]

    def _adjoints_in(self, t: Term) -> list[Family]:
        numbers = sorted({a.family for a in walk(t) if isinstance(a, Adjoint)}, reverse=True)
        return [self.network.families[n] for n in numbers]

    def _definition(self, f: Family) -> tuple[list[Step], list[Family]]:
        """The lines that say what the derivative by f's group is, the last layer first."""
        group = [g for g in self.network.families if g.named and g.group == f.group]
        group = [g for g in group if g.consumers and self.calculus.keeps_letter(g)]
        cases = self.lines.folded(group, self.lines.derivative)
        self.checked += cases
        cases.sort(key=lambda c: -max(c.ranks, default=0))
        found, behind = [], []
        for case in cases:
            found += self._derived(case, self.lines.condition(case, cases))
            behind += self._adjoints_in(case.equation.right)
        return found, behind

    # The chain rule for one case

    def _links(self, case: Case) -> list[Link]:
        e = case.equation
        found = self.calculus.links(e.family, e.indices)
        return [self.lines.without_single(link) for link in found]

    def _chain_rule(self, case: Case) -> list[Step]:
        """∂L/∂w = ∂L/∂z · ∂z/∂w, what ∂z/∂w is, and the two together."""
        links = self._links(case)
        left = self._slope(case)
        heading = self.lines.condition(case, _of_one_group(self.cases, case))
        if not links or links[0].consumer is self.network.families[0]:
            return self._direct(case, left, heading)
        scope = self.lines.scope(case)
        parts = [self._product_of_slopes(case, link, scope) for link in links]
        found = [
            Step(left, (self.script.signed_sum(parts),), self._ways(case, links, scope), heading)
        ]
        for link in links:
            found.append(self._local(case, link, scope))
        result = self._joined(links, scope) if len(links) == 1 else self.lines.right(case)
        reason = self._delta_in_words(links, scope)
        return [*found, Step(left, (result,), reason, heading, True)]

    def _delta_in_words(self, links: list[Link], scope: Scope) -> str:
        """With δ_j^l = ∂L/∂z_j^l."""
        for link in links:
            if self.network.alphabet.is_delta(link.consumer):
                inner = self._inside(link, scope)
                delta = self.writer.adjoint(link.consumer, link.at, inner)
                return f"with {delta} = {self.writer.derivative_by(link.consumer, link.at, inner)}"
        return ""

    def _slope(self, case: Case) -> str:
        e = case.equation
        return self.writer.derivative_by(e.family, e.indices, self.lines.scope(case))

    def _inside(self, link: Link, scope: Scope) -> Scope:
        """The scope with names for what a link sums over."""
        if link.over is not None and link.bound:
            s = Summation(link.bound, link.partial, link.over)
            for x in link.bound:
                scope = scope.with_name(x, self.writer.bound_name(s, x, scope))
        return scope

    def _sigma(self, link: Link, scope: Scope) -> str:
        if not link.bound:
            return ""
        return self.script.summed("Σ", [scope.names[x] for x in link.bound], "") + " "

    def _product_of_slopes(self, case: Case, link: Link, scope: Scope) -> str:
        """Σ_r ∂L/∂z_r · ∂z_r/∂w."""
        inner = self._inside(link, scope)
        e = case.equation
        upper = self.writer.derivative_by(link.consumer, link.at, inner)
        middle = self.writer.entry(link.consumer, link.at, inner)
        lower = self.writer.entry(e.family, e.indices, scope)
        slope = self.script.derivative(middle, lower)
        return f"{self._sigma(link, inner)}{upper}{self.script.dot}{slope}"

    def _local(self, case: Case, link: Link, scope: Scope) -> Step:
        """∂z/∂w = a, and why."""
        inner = self._inside(link, scope)
        e = case.equation
        middle = self.writer.entry(link.consumer, link.at, inner)
        lower = self.writer.entry(e.family, e.indices, scope)
        text = self.writer.text(link.partial, inner)
        return Step(
            self.script.derivative(middle, lower),
            (text,),
            self._rule_in_words(link, lower),
        )

    def _rule_in_words(self, link: Link, lower: str) -> str:
        g = link.consumer
        if g.op == "sum" and g.is_contraction:
            return f"of the sum only the term with {lower} depends on it"
        if g.op == "sum":
            return f"{lower} is one of its terms"
        if g.op == "mean":
            return "each of n has the share 1/n in a mean"
        if g.op == "softmax":
            return "the rule of softmax"
        return f"the rule of {g.op}" if len(g.slots) == 1 else ""

    def _joined(self, links: list[Link], scope: Scope) -> str:
        """δ_j^l · a_i^(l−1)."""
        parts = []
        for link in links:
            inner = self._inside(link, scope)
            upper = self.writer.adjoint(link.consumer, link.at, inner)
            text = upper
            if link.partial != ONE:
                text += self.script.dot + self._factor(link.partial, inner)
            parts.append(self._sigma(link, inner) + text)
        return self.script.signed_sum(parts)

    def _factor(self, t: Term, scope: Scope) -> str:
        piece = self.writer.piece(t, scope)
        is_sum = piece[1] == SUM or piece[0].startswith(("Σ", r"\sum", self.script.minus))
        return self.script.parenthesised(piece[0]) if is_sum else piece[0]

    def _ways(self, case: Case, links: Sequence[Link], scope: Scope) -> str:
        """Through what the family acts on the root, in words."""
        e = case.equation
        own = self.writer.entry(e.family, e.indices, scope)
        root = self.writer.root
        if len(links) > 1:
            names = []
            for link in links:
                inner = self._inside(link, scope)
                name = self.writer.entry(link.consumer, link.at, inner)
                names.append(f"all {name}" if link.bound else name)
            names = list(dict.fromkeys(names))
            if len(names) > 1:
                listed = ", ".join(names[:-1]) + " and " + names[-1]
                return f"{own} acts on {root} through {listed}: the parts add up"
        link = links[0]
        inner = self._inside(link, scope)
        name = self.writer.entry(link.consumer, link.at, inner)
        if link.bound or len(links) > 1:
            every = ", ".join([inner.names[x] for x in link.bound])
            return f"{own} acts on {root} through {name} of every {every}: the sum over all"
        return f"{own} acts on {root} through {name} alone"

    def _direct(self, case: Case, left: str, heading: str) -> list[Step]:
        e = case.equation
        own = self.writer.entry(e.family, e.indices, self.lines.scope(case))
        forms = self._fractions(case)
        reason = f"{own} stands in {self.writer.root} itself"
        return [Step(left, forms, reason, heading, True)]

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
        reason = self._ways(case, links, scope) if links[0].consumer.consumers else ""
        found = []
        if any(link.consumer.op == "softmax" for link in links):
            found += self._softmax_rule(case, links, scope, heading)
            reason = "put in, the δ of softmax leaves one term of the sum"
        forms = _distinct([*self._openly(case, links), *final])
        return [*found, Step(left, forms, self._with_facts(case, reason), heading, True)]

    def _through_activation(self, case: Case, link: Link, left: str, heading: str) -> list[Step]:
        """Through a = f(z) alone: the derivative by a, times f'."""
        scope = self.lines.scope(case)
        a, e = link.consumer, case.equation
        outer = self.lines.shorter(self.calculus.adjoint(a, link.at))
        parts = [self._factor(t, scope) for t in (outer, link.partial)]
        forms = [self.script.dot.join(parts)]
        final = self.lines.right(case)
        if _plain(forms[0], self.script) != _plain(final, self.script):
            forms.append(final)
        if not any(isinstance(t, Adjoint) for t in walk(outer)):
            z = self.writer.entry(e.family, e.indices, scope)
            slope = (
                self.script.call(a.op, "", [z])[0].replace("(", "'(", 1)
                if a.op in _PRIMED
                else self.script.derivative(self.writer.entry(a, link.at, scope), z)
            )
            upper = self.writer.derivative_by(a, link.at, scope)
            forms.insert(0, f"{upper}{self.script.dot}{slope}")
            reason = ""
        else:
            inner = self.calculus.links(a, link.at)
            reason = self._acts(a, link, inner, scope)
        return [Step(left, _distinct(forms), self._with_facts(case, reason), heading, True)]

    def _acts(self, a: Family, link: Link, above: list[Link], scope: Scope) -> str:
        """a_j^l acts on L through all z_k^(l+1)."""
        own = self.writer.entry(a, link.at, scope)
        names = []
        for up in above:
            if up.consumer.consumers:
                inner = self._inside(up, scope)
                name = self.writer.entry(up.consumer, up.at, inner)
                names.append(f"all {name}" if up.bound else name)
        names = list(dict.fromkeys(names))
        if not names:
            return ""
        alone = " alone" if len(names) == 1 and not names[0].startswith("all") else ""
        return f"{own} acts on {self.writer.root} through {' and '.join(names)}{alone}"

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
        if not isinstance(t, Sum):
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
        steps = [t, multiply(above, power(common, -1.0)), multiply(short, power(common, -1.0))]
        return _distinct([self.lines.right(case, s) for s in steps])

    def _with_facts(self, case: Case, reason: str) -> str:
        """The reason, and the facts that the line uses."""
        facts = [f for f in self.network.facts.used if f.family in case.families]
        said = []
        for fact in facts:
            scope = self.writer.scope(fact.family, fact.variables, "kimn", case.base)
            where = "" if fact.always else " in the data"
            said.append(f"{self.writer.text(fact.sum, scope)} = {fact.number:g}{where}")
        said = list(dict.fromkeys(said))
        words = "as " + " and ".join(said) if said else ""
        return "; ".join([w for w in (reason, words) if w])

    # The formula without letters for derivatives

    def _written_out(self) -> list[Step]:
        """The formula with every derivative put in, where that is short."""
        found = []
        for case in self.cases:
            full = self.lines.shorter(self.put_in(case.equation.right))
            if full != case.equation.right and cost(full) <= _SHORT:
                heading = self.lines.condition(case, _of_one_group(self.cases, case))
                forms = (self.lines.right(case, full),)
                found.append(Step(self._slope(case), forms, "all put in", heading, True))
        return found

    def put_in(self, t: Term) -> Term:
        """t with every derivative that has a letter written out."""
        if isinstance(t, Adjoint):
            f = self.network.families[t.family]
            return self.put_in(self.lines.shorter(self.calculus.derivative(f).at(t.at)))
        return rebuilt(t, self.put_in)


def _of_one_group(cases: list[Case], case: Case) -> list[Case]:
    return [c for c in cases if c.family.group == case.family.group]


def _distinct(forms: Sequence[str]) -> tuple[str, ...]:
    """The forms without those that say the same as the one before."""
    return tuple([s for i, s in enumerate(forms) if i == 0 or s != forms[i - 1]])


def _plain(text: str, script: Script) -> str:
    """The text without the dots between factors, to see whether two are the same."""
    return text.replace(script.dot, " ").replace(" ", "")
