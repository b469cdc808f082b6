"""Terms written out: letters for families, names for indices, l and l − 1 for layers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from autograd.cached import cached_property
from autograd.formulas.pieces import ATOM, PRODUCT, SUM, Piece
from autograd.formulas.relations import RELATIONS
from autograd.general.alphabet import Alphabet
from autograd.general.calculus import Calculus
from autograd.general.coordinates import Sort, column_of
from autograd.general.nodes import Family
from autograd.general.scripts import TEXT, Script
from autograd.general.terms import (
    Adjoint,
    Call,
    Constant,
    Edge,
    Entry,
    Index,
    Kronecker,
    LogSumExp,
    Lookup,
    Part,
    Product,
    Softmax,
    Sum,
    Summation,
    Term,
    factors,
    index,
    multiply,
    plus,
    walk,
)

__all__ = ["Base", "Scope", "Writer"]

_LISTED = 12  # entries of a table that are shown

_RUNNING = index("·")  # the index that a softmax runs over; it is not written


@dataclass(frozen=True)
class Base:
    """What a line calls its own layer: the rank and its symbol, "l"; L for the last."""

    rank: int
    symbol: str


@dataclass(frozen=True)
class Scope:
    """The names of a line's index variables, and its base; bound ones come from `pool`."""

    names: dict[str, str]
    pool: str
    base: Base | None = None

    def with_name(self, variable: str, name: str) -> Scope:
        """The scope inside a sum."""
        return replace(self, names={**self.names, variable: name})


class Writer:
    """Writes terms of a network in its alphabet, in one script.

    `absolute` writes the number of the last layer, not L.
    """

    def __init__(
        self,
        calculus: Calculus,
        alphabet: Alphabet,
        script: Script = TEXT,
        *,
        absolute: bool = False,
    ):
        self.absolute = absolute
        self.calculus = calculus
        self.families = calculus.families
        self.coordinates = calculus.coordinates
        self.alphabet = alphabet
        self.script = script
        self._lookups: dict[tuple[Edge, int], str] = {}
        self._means: dict[int, str] = {}  # the letter of each count of things averaged

    # Names

    def scope(self, f: Family, variables: tuple[str, ...], pool: str, base: Base | None) -> Scope:
        """The names of a family's indices on the left side of a line.

        i and j for weights, j for neurons, i for inputs; r and s for rows, t for steps.
        """
        shown = self.alphabet.names[f.number].below
        order = [k for k in shown if isinstance(k, int) and k < len(variables)]
        order += [k for k in range(f.dimension) if k not in order]
        shared = [k for k in order if self.coordinates.is_shared(f, k)]
        own = [k for k in order if k not in shared and not self._is_fixed(f, k, base)]
        names = dict(zip([variables[k] for k in shared], "rstuv", strict=False))
        letters = {1: "i" if self._counts_inputs(f, own) else "j", 2: "ij", 3: "hij"}
        names |= dict(
            zip([variables[k] for k in own], letters.get(len(own), "abcdefg"), strict=False)
        )
        for k in order:
            if self._is_fixed(f, k, base):
                names[variables[k]] = str(1 + self.alphabet.names[f.number].offsets[k])
        return Scope(names, pool, base)

    def _is_fixed(self, f: Family, k: int, base: Base | None) -> bool:
        """Whether an index stands as its one number: in the only output, not in l of all layers."""
        named = base is None or base.symbol in "LT"
        return named and f.rank is not None and self.alphabet.is_single(f, k)

    def _counts_inputs(self, f: Family, own: list[int]) -> bool:
        """Whether a single index runs over inputs: nothing computed has it."""
        if len(own) != 1:
            return False
        sort = self.coordinates.sort_of(f, own[0])
        return (
            f.is_input
            and self.counts_inputs(sort)
            and any(g.op == "product" for g, _ in f.consumers)
        )

    def counts_inputs(self, sort: Sort) -> bool:
        """Whether an index is one of given numbers only, not of computed ones."""
        return not any(
            self.coordinates.sort_of(g, k) == sort
            for g in self.families
            if g.named and not g.is_input
            for k in range(g.dimension)
        )

    def rank(self, rank: int, base: Base | None) -> str:
        """A layer or step: l − 1 in a line about l; L for the last, elsewhere its number."""
        if base is not None:
            gap = rank - base.rank
            return base.symbol + (
                f"{'+' if gap > 0 else self.script.minus}{abs(gap)}" if gap else ""
            )
        is_named = not self.absolute and not self.alphabet.is_split
        if rank == self.alphabet.last and is_named and rank > 1:
            return self.last
        return str(rank)

    @property
    def last(self) -> str:
        """What the last layer or step is called."""
        return "T" if self.alphabet.counts_time else "L"

    def entry(self, f: Family, at: tuple[Index, ...], scope: Scope) -> str:
        """w_ij^l."""
        name = self.alphabet.names[f.number]
        return self._entry(f, name.letter, at, scope)

    def _entry(self, f: Family, letter: str, at: tuple[Index, ...], scope: Scope) -> str:
        name = self.alphabet.names[f.number]
        rank = None if f.rank is None else self.rank(f.rank, scope.base)
        below: list[str] = []
        for k in name.below:
            if isinstance(k, str):
                below.append(k)
            elif k is not None and not self._is_left_out(at[k], k == name.below[-1], scope):
                below.append(self.index(at[k], scope, name.offsets[k]))
            elif k is None and rank is not None:
                below.append(rank)
        above = rank if name.raised else None
        if above is not None and self.alphabet.counts_time:
            above = f"({above})"
        return self.script.name(letter, below, above)

    def _is_left_out(self, i: Index, is_last: bool, scope: Scope) -> bool:
        """Whether it is the index that a softmax runs over: softmax_j(z_r)."""
        return i == _RUNNING and is_last and "·" not in scope.names

    def adjoint(self, f: Family, at: tuple[Index, ...], scope: Scope) -> str:
        """δ_j^l for the z of a layer, else ∂L/∂w."""
        if self.alphabet.is_delta(f):
            return self._entry(f, self.script.delta, at, scope)
        return self.derivative_by(f, at, scope)

    def derivative_by(self, f: Family, at: tuple[Index, ...], scope: Scope) -> str:
        """∂L/∂z_j^l, also where it is called δ."""
        return self.script.derivative(self.root, self.entry(f, at, scope))

    @property
    def root(self) -> str:
        """The letter of what is differentiated."""
        return self.script.name(self.alphabet.letter(self.families[0]), (), None)

    def index(self, i: Index, scope: Scope, offset: int = 0) -> str:
        """j, p+i−1, m(r)."""
        if isinstance(i, Lookup):
            inner = ",".join([self.index(k, scope) for k in i.of])
            return f"{self.table(i)}({inner})"
        text = ""
        for x, c in sorted(i.parts, key=lambda p: -p[1]):
            sign = "+" if c > 0 else self.script.minus
            text += sign + ("" if abs(c) == 1 else str(abs(c))) + scope.names.get(x, x)
        text = text.lstrip("+")
        if not text:
            return str(i.constant + offset)
        if i.constant:
            text += f"{'+' if i.constant > 0 else self.script.minus}{abs(i.constant)}"
        return text

    def table(self, i: Lookup) -> str:
        """The name of a looked-up index: c for the class of a row, m for the taken entry."""
        if i.table not in self._lookups:
            letter = "c" if self._is_class(i) else "m"
            taken = [name for name in self._lookups.values() if name.startswith(letter)]
            self._lookups[i.table] = f"{letter}{len(taken) + 1 if taken else ''}"
        return self._lookups[i.table]

    def _is_class(self, i: Lookup) -> bool:
        (number, slot), k = i.table
        if slot == -1:
            return True
        f = self.families[number].slots[slot].family
        return self.coordinates.sort_of(f, k) in self._classes

    def lookups(self) -> dict[str, str]:
        """What looked-up indices are, in the order of the rows: m is 4, 2, 4, 1."""
        tables = {}
        for key, name in self._lookups.items():
            table = self.coordinates.tables[key]
            if all(len(at) == 1 for at in table):
                numbers = [str(table[at]) for at in sorted(table)]
                shown = numbers if len(numbers) <= _LISTED else [*numbers[:_LISTED], "…"]
                tables[name] = ", ".join(shown)
        return tables

    @cached_property
    def _classes(self) -> set[Sort]:
        """The sorts of index over which a softmax or logsumexp runs."""
        return {
            self.coordinates.sort_at((f.number, s), f.dimension)
            for f in self.families
            if f.op in ("softmax", "logsumexp")
            for s in f.slots
        }

    def bound_name(self, s: Summation, x: str, scope: Scope) -> str:
        """A free letter for a bound index: k, or r for rows."""
        column = column_of(s.over.columns, x)
        sort = self.coordinates.sort_at(s.over.edge, column)
        used = set(scope.names.values())
        pool = "rstuv" if sort in self.coordinates.shared else scope.pool
        if pool == scope.pool and scope.pool[0] == "j" and self.counts_inputs(sort):
            pool = "ikm"
        return next(c for c in pool + "ikmnpqcdefgh" if c not in used)

    # Terms

    def text(self, t: Term, scope: Scope) -> str:
        """The term, written out."""
        return self.piece(t, scope)[0]

    def piece(self, t: Term, scope: Scope) -> Piece:
        """The term, and how tightly it holds together."""
        script = self.script
        match t:
            case Constant(x):
                return (script.minus if x < 0.0 else "") + script.number(abs(x)), (
                    ATOM if x >= 0.0 else PRODUCT
                )
            case Entry(f, at):
                return self.entry(self.families[f], at, scope), ATOM
            case Adjoint(f, at):
                return self.adjoint(self.families[f], at, scope), ATOM
            case Kronecker(left, right):
                return script.condition(
                    self.index(left, scope), "=", self.index(right, scope)
                ), ATOM
            case Part(f, _):
                return script.fraction(("1", ATOM), (self.mean(f), ATOM))
            case Softmax() | LogSumExp():
                return self._of_many(t, scope)
            case Summation():
                return self._summation(t, scope)
            case Sum(terms):
                if self._is_turned(t):
                    return script.minus + script.parenthesised(self._turned(t, scope)), PRODUCT
                return script.signed_sum(self._folded(terms, scope)), SUM
            case Product():
                return self._product(t, scope)
            case Call():
                return self._call(t, scope)

    def _is_turned(self, t: Term) -> bool:
        """Whether −y + ŷ is written −(y − ŷ), as N3 has it, which has a letter for each layer."""
        if not self.alphabet.is_split or not isinstance(t, Sum) or len(t.terms) != 2:
            return False
        (first, y), (second, p) = [factors(part) for part in t.terms]
        return (
            first == -1.0
            and second == 1.0
            and all(
                len(x) == 1 and isinstance(base, Entry) and n == 1.0
                for x in (y, p)
                for base, n in x.items()
            )
        )

    def _turned(self, t: Term, scope: Scope) -> str:
        """The terms of −y + ŷ with their signs turned: y − ŷ."""
        assert isinstance(t, Sum)
        return self.text(plus(*[multiply(Constant(-1.0), part) for part in t.terms]), scope)

    def mean(self, f: int) -> str:
        """n, the number of what is averaged; equal numbers have one letter."""
        size = max([len(n.operands) for n in self.families[f].nodes])
        if size not in self._means:
            used = {self.alphabet.letter(g) for g in self.families if g.named}
            used |= set(self._means.values())
            free = [c for c in [*"nmNMD", *(f"n{k}" for k in range(2, 100))] if c not in used]
            self._means[size] = free[0]
        return self._means[size]

    def sizes(self) -> dict[str, int]:
        """n = 3, for every mean that was written."""
        return {letter: size for size, letter in self._means.items()}

    def sizes_multiplied(self, letters: list[str]) -> Piece:
        """n, n², n m."""
        pieces = [
            (n, ATOM)
            if letters.count(n) == 1
            else self.script.power((n, ATOM), str(letters.count(n)))
            for n in dict.fromkeys(letters)
        ]
        return (self.script.juxtaposed(pieces), PRODUCT) if len(pieces) > 1 else pieces[0]

    def _of_many(self, t: Softmax | LogSumExp, scope: Scope) -> Piece:
        """softmax_j(z^l), log Σ_k exp(z_k^l)."""
        f = self.families[t.family]
        columns = (*t.at, _RUNNING)
        operand = self.calculus.operand(f, t.slot, columns)
        if isinstance(t, Softmax):
            if isinstance(operand, Entry):
                inner = self.entry(self.families[operand.family], operand.at, scope)
            else:
                inner = self.text(operand, scope.with_name("·", "·"))
            return self.script.call("softmax", self.index(t.place, scope), [inner])
        k = next(c for c in "kcmn" if c not in scope.names.values())
        inner, _ = self.piece(operand, scope.with_name("·", k))
        exponential = self.script.call("exp", "", [inner])[0]
        return self.script.call("log", "", [f"{self.script.summed('Σ', [k], '')} {exponential}"])

    def _summation(self, t: Summation, scope: Scope) -> Piece:
        for x in t.bound:
            scope = scope.with_name(x, self.bound_name(t, x, scope))
        names = [scope.names[x] for x in t.bound]
        limits = [self.limit(t, x, scope) for x in t.bound]
        shown = ",".join([limit or n for limit, n in zip(limits, names, strict=True)])
        sign = {"sum": "Σ", "maximum": "max", "minimum": "min"}[t.kind]
        body = self.piece(t.body, scope)
        text = self.script.wrapped(body, PRODUCT)
        return f"{self.script.summed(sign, names, shown if any(limits) else '')} {text}", PRODUCT

    def limit(self, t: Summation, x: str, scope: Scope) -> str:
        """s≤t where the bound index does not run over all: read off from what is in the graph."""
        edge, columns = t.over.edge, t.over.columns
        i = column_of(columns, x)
        rows = self.coordinates.rows[edge]
        full = {row[i] for row in rows}
        met: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for row in rows:
            met[row[:i] + row[i + 1 :]].add(row[i])
        if all(values == full for values in met.values()):
            return ""
        for j, c in enumerate(columns):
            if j != i and not isinstance(c, Lookup):
                for sign, holds in (
                    ("≤", all(row[i] <= row[j] for row in rows)),
                    ("≥", all(row[i] >= row[j] for row in rows)),
                ):
                    if holds:
                        return f"{scope.names[x]}{sign}{self.index(c, scope)}"
        return ""

    def _folded(self, terms: tuple[Term, ...], scope: Scope) -> list[str]:
        """The terms; those that are alike but for their layer or step as one Σ over it."""
        texts = [self.text(t, scope) for t in terms]
        if len(terms) < 2 or scope.base is not None or self.alphabet.is_split:
            return texts
        symbol = "t" if self.alphabet.counts_time else "l"
        alike: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, t in enumerate(terms):
            top = max(self.ranks(t), default=None)
            if top is not None:
                shown = self.text(t, replace(scope, base=Base(top, symbol)))
                alike[shown].append((top, i))
        for shown, same in alike.items():
            ranks = [r for r, _ in same]
            if self.run_of(ranks) is not None:
                lowest = terms[min(same)[1]]
                texts[same[0][1]] = self.over_ranks(ranks, symbol, shown, lowest)
                for _, i in same[1:]:
                    texts[i] = ""
        return [s for s in texts if s]

    def run_of(self, ranks: list[int]) -> tuple[int, int] | None:
        """The first and last of two or more ranks that follow each other."""
        first, last = min(ranks), max(ranks)
        is_run = len(ranks) > 1 and sorted(ranks) == list(range(first, last + 1))
        return (first, last) if is_run else None

    def limits(self, ranks: list[int], symbol: str, lowest: Term) -> str:
        """t=2..T, where the ranks are not all for which the term has a meaning."""
        first, last = min(ranks), max(ranks)
        if first == 1 and last == self.alphabet.last and not self._has_one_below(lowest):
            return ""
        return f"{symbol}={first}{self.script.dots}{self.rank(last, None)}"

    def _has_one_below(self, t: Term) -> bool:
        """Whether all that the term names is there in the layer before, too: a^0."""
        known = {(f.group, f.rank) for f in self.families if f.named}
        met = [self.families[x.family] for x in walk(t) if isinstance(x, (Entry, Adjoint))]
        return all((f.group, f.rank - 1) in known for f in met if f.rank is not None)

    def over_ranks(self, ranks: list[int], symbol: str, text: str, lowest: Term) -> str:
        """Σ_t text."""
        body = text.removeprefix(self.script.minus)
        sign = self.script.minus if body != text else ""
        return (
            f"{sign}{self.script.summed('Σ', [symbol], self.limits(ranks, symbol, lowest))} {body}"
        )

    def ranks(self, t: Term) -> set[int]:
        """The layers or steps that stand in a term."""
        return {
            r
            for part in walk(t)
            if isinstance(part, (Entry, Adjoint))
            and (r := self.families[part.family].rank) is not None
        }

    def _product(self, t: Product, scope: Scope) -> Piece:
        script = self.script
        above: list[Piece] = []
        below: list[Piece] = []
        parts: list[str] = []
        is_negative = t.coefficient < 0.0
        for base, n in t.powers:
            if n == 1.0 and self._is_turned(base):
                is_negative = not is_negative
                above.append((self._turned(base, scope), SUM))
                continue
            if isinstance(base, Part) and n == 1.0:
                parts.append(self.mean(base.family))
                continue
            piece = self.piece(base, scope)
            if abs(n) != 1.0:
                exponent = "½" if abs(n) == 0.5 else f"{abs(n):g}"
                piece = script.power(piece, exponent)
            (above if n > 0.0 else below).append(piece)
        size = abs(t.coefficient)
        head: Piece | None = None
        if parts and below:  # 2/(n a)
            below.insert(0, self.sizes_multiplied(parts))
            parts = []
        if parts:
            head = script.fraction((script.number(size), ATOM), self.sizes_multiplied(parts))
            head = (script.parenthesised(head[0]), ATOM) if script is TEXT and above else head
        elif size != 1.0 or not above:
            head = (script.number(size), ATOM)
        pieces = [*([head] if head else []), *above]
        text, kind = (script.juxtaposed(pieces), PRODUCT) if len(pieces) > 1 else pieces[0]
        if below:
            under = (script.juxtaposed(below), PRODUCT) if len(below) > 1 else below[0]
            text, kind = script.fraction((text, kind), under)
        return (
            (script.minus + script.wrapped((text, kind), PRODUCT), PRODUCT)
            if is_negative
            else (text, kind)
        )

    def _call(self, t: Call, scope: Scope) -> Piece:
        script = self.script
        pieces = [self.piece(x, scope) for x in t.arguments]
        shown = [p[0] for p in pieces]
        if t.name in RELATIONS:
            return script.condition(shown[0], t.name, shown[1]), ATOM
        if t.name == "and":
            return f"{shown[0]} {shown[1]}", PRODUCT
        if t.name == "power":
            return script.power(pieces[0], shown[1])
        if t.name == "where":
            condition = shown[0].removeprefix("[").removesuffix("]")
            if script is TEXT:
                return f"({shown[1]} if {condition} else {shown[2]})", ATOM
            cases = rf"{shown[1]} & \text{{if }} {condition} \\ {shown[2]} & \text{{else}}"
            return rf"\begin{{cases}} {cases} \end{{cases}}", ATOM
        if t.name == "log1p":
            return script.call("log", "", [script.signed_sum(["1", shown[0]])])
        if t.name == "expm1":
            return f"{script.call('exp', '', shown)[0]} {script.minus} 1", SUM
        return script.call(t.name, "", shown)
