"""Matrix forms: ∂L/∂W^l = a^(l−1) (δ^l)ᵀ, from the index form, each worked out and compared.

A sum of products is a product of matrices where its indices allow it: w_jk δ_k summed over k is
W δ, δ_j a_i with i and j left is a δᵀ, δ_rj a_ri summed over r is Aᵀ Δ. Three indices on one letter
have no such form; then there is none, and the index form says it all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from autograd.errors import Error
from autograd.formulas.pieces import ATOM, POWER, PRODUCT
from autograd.formulas.relations import RELATIONS
from autograd.general.blocks import Block, Blocks
from autograd.general.calculus import Calculus
from autograd.general.equation import Equation
from autograd.general.letters import call_number
from autograd.general.nodes import Family
from autograd.general.numbers import TOLERANCE, Numbers, larger
from autograd.general.terms import (
    Adjoint,
    Affine,
    Call,
    Constant,
    Entry,
    Kronecker,
    Lookup,
    Part,
    Product,
    Softmax,
    Sum,
    Summation,
    Term,
    factors,
    index,
    variables,
)
from autograd.general.writing import Base, Scope, Writer
from autograd.rules import RULES

__all__ = ["CODES", "Matrices", "MatrixForm"]


class _NoFormError(Error):
    """There is no matrix form."""


@dataclass(frozen=True)
class MatrixForm:
    """A line in matrices: both sides, the family of each letter in it, and how well it holds.

    `code` is the right side for NumPy, `shape` what comes out.
    """

    left: str
    right: str
    code: str
    shape: tuple[int, ...]
    letters: dict[str, Family]
    difference: float


class Matrices:
    """Turns equations in indices into equations of matrices."""

    def __init__(self, calculus: Calculus, numbers: Numbers, writer: Writer):
        self.calculus = calculus
        self.numbers = numbers
        self.writer = writer
        self.blocks = Blocks(writer.script)
        self.names: dict[int, str] = {}
        """What families are called in code."""

    def form(self, e: Equation, scope: Scope, is_derivative: bool) -> MatrixForm | None:
        """The equation in matrices; None where it has none that holds."""
        f = e.family
        if f.dimension > 2:
            return None
        axes = tuple([e.variables[k] for k in f.order])
        letters: dict[str, Family] = {}
        conversion = _Conversion(self, scope, letters)
        try:
            block = conversion.convert(e.right, axes, self.shape(f))
        except _NoFormError:
            return None
        whole = self.array(f, is_derivative)
        name = self.name(f, scope, False)
        left = name if not is_derivative else self.derivative_name(f, scope)
        letters[left] = f
        difference = _difference(block.numbers, whole, _existing(f))
        if not difference <= TOLERANCE:  # not every entry is in the graph
            return None
        return MatrixForm(left, block.text, block.code, self.shape(f), letters, difference)

    def primed(self, e: Equation, outer: Term, activation: str, scope: Scope) -> str | None:
        """outer ⊙ σ'(z), before σ' is worked out; None where it has no such form."""
        f = e.family
        axes = tuple([e.variables[k] for k in f.order])
        try:
            block = _Conversion(self, scope, {}).convert(outer, axes, self.shape(f))
        except _NoFormError:
            return None
        slope = self.writer.script.primed(activation, self.name(f, scope, False))
        return self.blocks.product([block, replace(block, text=slope, kind=ATOM)]).text

    # Families as arrays

    def shape(self, f: Family) -> tuple[int, ...]:
        """How many numbers there are along each index, in the order written."""
        return tuple([max([at[k] for at in f.members]) for k in f.order])

    def array(self, f: Family, of_adjoint: bool) -> Any:
        """The numbers of a family as nested lists; 0 where there is none."""
        read = self.numbers.adjoint_of if of_adjoint else self.numbers.data_of
        numbers: Any = _zeros(self.shape(f))
        if not f.dimension:
            return read(f.nodes[0])
        for at, n in f.members.items():
            row = numbers
            for k in f.order[:-1]:
                row = row[at[k] - 1]
            row[at[f.order[-1]] - 1] = read(n)
        return numbers

    def name(self, f: Family, scope: Scope, of_adjoint: bool) -> str:
        """W^l for a matrix, a^l for a vector; Δ and δ for derivatives."""
        alphabet = self.writer.alphabet
        letter = alphabet.letter(f)
        is_matrix = f.dimension == 2
        if of_adjoint and not alphabet.is_delta(f):
            return self.derivative_name(f, scope)
        if of_adjoint:
            letter = self.writer.script.big_delta if is_matrix else self.writer.script.delta
        elif is_matrix and len(letter) == 1:
            letter = letter.upper()
        shown = alphabet.names[f.number]
        rank = None if f.rank is None else self.writer.rank(f.rank, scope.base)
        above = rank if shown.raised else None
        below = (rank,) if rank is not None and None in shown.below else ()
        if above is not None and alphabet.counts_time:
            above = f"({above})"
        return self.writer.script.name(letter, below, above)

    def derivative_name(self, f: Family, scope: Scope) -> str:
        """∂L/∂W^l; δ^l for the z of a layer."""
        if self.writer.alphabet.is_delta(f):
            return self.name(f, scope, True)
        return self.writer.script.derivative(self.writer.root, self.name(f, scope, False))

    def code_name(self, f: Family, of_adjoint: bool) -> str:
        """The name of a family's array in code: W1, d_z1."""
        return ("d_" if of_adjoint else "") + self.names.get(f.number, f"v{f.number}")

    def entry(self, t: Entry | Adjoint, axes: tuple[str, ...], c: _Conversion) -> Block:
        """A family's array with the axes asked for; transposed where they come the other way."""
        f = self.calculus.families[t.family]
        of_adjoint = isinstance(t, Adjoint)
        own: list[str] = []
        picked: list[int | None] = []
        for k in f.order:
            i = t.at[k]
            if isinstance(i, Affine) and not i.parts:
                picked.append(i.constant - 1)
            elif (
                isinstance(i, Affine)
                and i.constant == 0
                and len(i.parts) == 1
                and i.parts[0][1] == 1
            ):
                own.append(i.parts[0][0])
                picked.append(None)
            else:
                raise _NoFormError
        if len(set(own)) != len(own) or set(own) != set(axes) or f.dimension > 2:
            raise _NoFormError
        name = self.name(f, c.scope, of_adjoint)
        if f.dimension:
            c.letters[name] = f
        numbers = self.array(f, of_adjoint)
        code = self.code_name(f, of_adjoint)
        shape = self.shape(f)
        if any(p is not None for p in picked):
            numbers = _picked(numbers, picked)
            name = self.writer.entry(f, t.at, c.scope) if not of_adjoint else name
            if of_adjoint or own:
                raise _NoFormError
            code += "[" + ", ".join([":" if p is None else str(p) for p in picked]) + "]"
            shape = tuple([n for n, p in zip(shape, picked, strict=True) if p is None])
        kind = POWER if of_adjoint and not self.writer.alphabet.is_delta(f) else ATOM
        b = Block(name, kind, code, ATOM, numbers, shape)
        return b if tuple(own) == axes else self.blocks.transpose(b)


class _Conversion:
    """One equation on its way into matrices."""

    def __init__(self, matrices: Matrices, scope: Scope, letters: dict[str, Family]):
        self.matrices = matrices
        self.blocks = matrices.blocks
        self.scope = scope
        self.letters = letters
        self.script = matrices.writer.script

    def convert(self, t: Term, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        """The term as a block with these axes."""
        if isinstance(t, Sum):
            return self._sum(t, axes, shape)
        if isinstance(t, (Product, Summation)):
            return self._product(t, axes, shape)
        return self._factor(t, axes, shape)

    def _sum(self, t: Sum, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        """The summands added up; those that are alike but for their step as one Σ over it."""
        parts = [self._spread(part, axes, shape) for part in t.terms]
        writer, alphabet = self.matrices.writer, self.matrices.writer.alphabet
        if self.scope.base is not None or alphabet.is_split or len(parts) < 2:
            return self.blocks.plus(parts)
        symbol = "t" if alphabet.counts_time else "l"
        alike: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, part in enumerate(t.terms):
            top = max(writer.ranks(part), default=None)
            if top is not None:
                scope = replace(self.scope, base=Base(top, symbol))
                shown = _Conversion(self.matrices, scope, self.letters)._spread(part, axes, shape)
                alike[shown.text].append((top, i))
        whole = self.blocks.plus(parts)
        texts: list[str | None] = [p.text for p in parts]
        for shown_text, same in alike.items():
            if len(same) > 1 and writer.run_of([r for r, _ in same]) is not None:
                ranks, lowest = [r for r, _ in same], t.terms[min(same)[1]]
                texts[same[0][1]] = writer.over_ranks(ranks, symbol, shown_text, lowest)
                for _, i in same[1:]:
                    texts[i] = None
        return replace(whole, text=self.script.signed_sum([s for s in texts if s is not None]))

    def _spread(self, t: Term, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        """A summand in the shape of the sum."""
        own = [i for i, x in enumerate(axes) if x in variables(t)]
        if len(own) == len(axes):
            return self.convert(t, axes, shape)
        b = self.convert(t, tuple([axes[i] for i in own]), tuple([shape[i] for i in own]))
        return self.blocks.spread(b, own[0] if own else None, shape)

    def _factor(self, t: Term, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        """One factor whose indices are just these axes."""
        if isinstance(t, Constant):
            text = self.script.number(abs(t.number))
            text = text if t.number >= 0.0 else self.script.minus + text
            kind = ATOM if t.number >= 0.0 else PRODUCT
            return Block(text, kind, f"{t.number:.17g}", kind, t.number, ())
        if isinstance(t, (Entry, Adjoint)):
            return self.matrices.entry(t, axes, self)
        if isinstance(t, Call) and len(t.arguments) == 1 and t.name in CODES:
            inner = self.convert(t.arguments[0], axes, shape)
            return self.blocks.call(
                t.name, CODES[t.name], lambda x: call_number(t.name, [x]), inner
            )
        if isinstance(t, Call) and t.name in RELATIONS:
            return self._comparison(t, axes, shape)
        if isinstance(t, Softmax):
            return self._softmax(t, axes)
        if isinstance(t, Kronecker):
            return self._kronecker(t, axes, shape)
        if isinstance(t, Part):
            n = len(self.matrices.calculus.families[t.family].nodes[0].operands)
            text = self.script.fraction(("1", ATOM), (self.matrices.writer.mean(t.family), ATOM))[0]
            return Block(text, PRODUCT, f"1 / {n}", PRODUCT, 1.0 / n, ())
        if isinstance(t, (Sum, Product, Summation)):
            return self.convert(t, axes, shape)
        raise _NoFormError

    def _comparison(self, t: Call, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        left, right = t.arguments
        if not isinstance(right, Constant):
            raise _NoFormError
        b = self.convert(left, axes, shape)
        sign = RELATIONS[t.name].code
        text = self.script.condition(b.text, t.name, self.script.number(right.number))
        numbers = _mapped(lambda x: call_number(t.name, [x, right.number]), b.numbers)
        return Block(text, ATOM, f"({b.code} {sign} {right.number:g})", ATOM, numbers, b.shape)

    def _softmax(self, t: Softmax, axes: tuple[str, ...]) -> Block:
        """softmax(z), or of every row of Z."""
        calculus = self.matrices.calculus
        f = calculus.families[t.family]
        place = t.place
        if not (isinstance(place, Affine) and len(place.parts) == 1 and not place.constant):
            raise _NoFormError
        x = place.parts[0][0]
        operand = calculus.operand(f, t.slot, (*t.at, place))
        if not isinstance(operand, Entry) or not axes or axes[-1] != x:
            raise _NoFormError
        z = self.matrices.entry(operand, axes, self)
        rows = z.numbers if z.is_matrix else [z.numbers]
        out = [
            [float(RULES["softmax"].evaluate((i, row))) for i in range(len(row))] for row in rows
        ]
        text = self.script.call("softmax", "", [z.text])[0]
        return Block(
            text, ATOM, f"softmax({z.code})", ATOM, out if z.is_matrix else out[0], z.shape
        )

    def _kronecker(self, t: Kronecker, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        """The row that is 1 at one place: e_2; for many rows, a matrix of such rows."""
        left, right = t.left, t.right
        if isinstance(left, Lookup) or (isinstance(left, Affine) and not left.parts):
            left, right = right, left
        if not isinstance(left, Affine) or left != index(axes[-1]):
            raise _NoFormError
        n = shape[-1]
        if isinstance(right, Affine) and not right.parts and len(axes) == 1:
            k = right.constant
            numbers: object = [float(i + 1 == k) for i in range(n)]
            text = self.script.name("e", (str(k),), None)
            return Block(text, ATOM, f"np.eye({n})[{k - 1}]", ATOM, numbers, shape)
        if isinstance(right, Lookup) and right.of == (index(axes[0]),) and len(axes) == 2:
            table = self.matrices.calculus.coordinates.tables[right.table]
            places = [table.get((r + 1,), 0) for r in range(shape[0])]
            numbers = [[float(i + 1 == k) for i in range(n)] for k in places]
            text = self.script.name("E", (self.matrices.writer.table(right),), None)
            code = f"np.eye({n})[{[k - 1 for k in places]}]"
            return Block(text, ATOM, code, ATOM, numbers, shape)
        raise _NoFormError

    # Products

    def _product(self, t: Term, axes: tuple[str, ...], shape: tuple[int, ...]) -> Block:
        coefficient, powers = factors(t)
        bound: tuple[str, ...] = ()
        inner: list[tuple[Term, float]] = []
        over: Summation | None = None
        for base, n in powers.items():
            is_sum = isinstance(base, Summation) and base.kind == "sum" and n == 1.0
            if is_sum and over is None and (not axes or variables(base) & set(axes)):
                assert isinstance(base, Summation)
                over, bound = base, base.bound
                if isinstance(base.body, Sum):
                    inner.append((base.body, 1.0))
                else:
                    c, more = factors(base.body)
                    coefficient *= c
                    inner += more.items()
            else:
                inner.append((base, n))
        if over is None and len(powers) == 1 and isinstance(t, Summation):
            over, bound = t, t.bound
            c, more = factors(t.body)
            coefficient, inner = coefficient * c, list(more.items())
        scale, text, code, rest = self._scalars(coefficient, inner, {*axes, *bound})
        if not rest:
            raise _NoFormError
        sizes = dict(zip(axes, shape, strict=True))
        if over is not None:
            for x in bound:
                sizes[x] = self._size(over, x)
        body = self._contracted(rest, axes, bound, sizes)
        return self.blocks.scaled(scale, -1 if coefficient < 0.0 else 1, text, code, body)

    def _size(self, s: Summation, x: str) -> int:
        """How many values a bound index has; no form where it does not run over all of them."""
        columns = s.over.columns
        i = next((i for i, c in enumerate(columns) if c == index(x)), None)
        if i is None or self.matrices.writer.limit(s, x, self.scope.with_name(x, x)):
            raise _NoFormError
        values = self.matrices.calculus.coordinates.values_of(s.over.edge, i)
        if values != list(range(1, len(values) + 1)):
            raise _NoFormError
        return len(values)

    def _scalars(
        self, coefficient: float, inner: list[tuple[Term, float]], running: set[str]
    ) -> tuple[float, str, str, list[tuple[Term, float]]]:
        """The factors that have no index: their number, text and code; and the rest."""
        scale, texts, codes = coefficient, [], []
        rest: list[tuple[Term, float]] = []
        numerator, parts = abs(coefficient), [b for b, n in inner if isinstance(b, Part) and n == 1]
        for base, n in inner:
            if variables(base) & running or base in parts:
                rest += [(base, n)] if base not in parts else []
                continue
            b = self.convert(base, (), ())
            b = b if n == 1.0 else self.blocks.power(b, n)
            scale *= b.numbers
            texts.append(self.script.wrapped((b.text, b.kind), PRODUCT + 1))
            codes.append(f"({b.code})")
        if parts:
            writer = self.matrices.writer
            below = writer.sizes_multiplied([writer.mean(p.family) for p in parts])
            top = self.script.number(numerator)
            shown = self.script.fraction((top, ATOM), below)[0]
            texts.insert(0, f"({shown})" if self.script.minus == "−" else shown)
            sizes = [
                len(self.matrices.calculus.families[p.family].nodes[0].operands) for p in parts
            ]
            scale /= math.prod(sizes)
            codes.insert(0, f"({numerator:.17g} / {math.prod(sizes)})")
        elif numerator != 1.0:
            texts.insert(0, self.script.number(numerator))
            codes.insert(0, f"{numerator:.17g}")
        return scale, " ".join(texts), " * ".join(codes), rest

    def _contracted(
        self,
        rest: list[tuple[Term, float]],
        axes: tuple[str, ...],
        bound: tuple[str, ...],
        sizes: dict[str, int],
    ) -> Block:
        groups: dict[frozenset[str], list[tuple[Term, float]]] = defaultdict(list)
        for base, n in rest:
            groups[frozenset(variables(base) & {*axes, *bound})].append((base, n))

        def parts(*order: str) -> list[Block]:
            """The factors with these indices."""
            blocks = []
            for base, n in groups[frozenset(order)]:
                b = self._factor(base, order, tuple([sizes[x] for x in order]))
                blocks.append(b if n == 1.0 else self.blocks.power(b, n))
            return blocks

        def block(*order: str) -> Block:
            """The same, multiplied entry by entry."""
            return self.blocks.product(parts(*order))

        met, free = set(groups), frozenset(axes)
        if not bound:
            return self._pointwise(met, axes, sizes, block)
        if not axes:
            return self._number(met, bound, groups, sizes, block)
        if len(bound) != 1:
            raise _NoFormError
        core = self._core(met - {free}, axes, bound[0], block)
        return self.blocks.product([core, *parts(*axes)]) if free in met else core

    def _pointwise(
        self,
        met: set[frozenset[str]],
        axes: tuple[str, ...],
        sizes: dict[str, int],
        block: Callable[..., Block],
    ) -> Block:
        """A product without a sum: entry by entry, or a column times a row."""
        free = frozenset(axes)
        if met == {free}:
            return block(*axes)
        singles = {frozenset(axes[:1]), frozenset(axes[1:])}
        if len(axes) == 2 and met <= singles | {free}:
            if singles <= met:
                outer = self.blocks.outer(block(axes[0]), block(axes[1]))
                return self.blocks.product([outer, block(*axes)]) if free in met else outer
            if free in met:
                i = 0 if frozenset(axes[:1]) in met else 1
                wide = self.blocks.spread(block(axes[i]), i, tuple([sizes[x] for x in axes]))
                return self.blocks.product([block(*axes), wide])
        raise _NoFormError

    def _number(
        self,
        met: set[frozenset[str]],
        bound: tuple[str, ...],
        groups: dict[frozenset[str], list[tuple[Term, float]]],
        sizes: dict[str, int],
        block: Callable[..., Block],
    ) -> Block:
        """A sum over all indices: ‖a‖², aᵀ b, 𝟏ᵀ a."""
        if len(bound) > 2 or met != {frozenset(bound)}:
            raise _NoFormError
        within = groups[frozenset(bound)]
        shape = tuple([sizes[x] for x in bound])
        if len(within) == 1 and within[0][1] == 2.0:
            return self.blocks.squared(self._factor(within[0][0], bound, shape))
        if len(within) == 2 and len(bound) == 1 and within[0][1] == within[1][1] == 1.0:
            return self.blocks.inner(*[self._factor(base, bound, shape) for base, _ in within])
        return self.blocks.summed(block(*bound))

    def _core(
        self, core: set[frozenset[str]], axes: tuple[str, ...], x: str, block: Callable[..., Block]
    ) -> Block:
        """What is summed over x: a product of matrices, or of a matrix and a vector."""
        if len(axes) == 2 and core == {frozenset((axes[0], x)), frozenset((x, axes[1]))}:
            return self.blocks.matmul(block(axes[0], x), block(x, axes[1]))
        if len(axes) == 1:
            wide, narrow = frozenset((axes[0], x)), frozenset((x,))
            if core == {wide, narrow}:
                return self.blocks.matmul(block(axes[0], x), block(x))
            if core == {wide}:
                return self.blocks.row_sums(block(axes[0], x))
        raise _NoFormError


CODES = {
    "sigmoid": "sigmoid({})",
    "tanh": "np.tanh({})",
    "relu": "np.maximum({}, 0)",
    "exp": "np.exp({})",
    "log": "np.log({})",
    "ln": "np.log({})",
    "sqrt": "np.sqrt({})",
    "sin": "np.sin({})",
    "cos": "np.cos({})",
    "absolute": "np.abs({})",
    "sign": "np.sign({})",
    "softplus": "np.logaddexp(0, {})",
    "log1p": "np.log1p({})",
    "tan": "np.tan({})",
    "asin": "np.arcsin({})",
    "acos": "np.arccos({})",
    "atan": "np.arctan({})",
    "sinh": "np.sinh({})",
    "cosh": "np.cosh({})",
    "asinh": "np.arcsinh({})",
    "acosh": "np.arccosh({})",
    "atanh": "np.arctanh({})",
    "cbrt": "np.cbrt({})",
    "exp2": "np.exp2({})",
    "log2": "np.log2({})",
    "log10": "np.log10({})",
    "atan2": "np.arctan2({}, {})",
    "hypot": "np.hypot({}, {})",
    "expm1": "np.expm1({})",
}


def _zeros(shape: tuple[int, ...]) -> Any:
    return [_zeros(shape[1:]) for _ in range(shape[0])] if shape else 0.0


def _mapped(f: Callable[[float], float], x: Any) -> Any:
    return [_mapped(f, part) for part in x] if isinstance(x, list) else f(x)


def _picked(numbers: Any, picked: list[int | None]) -> Any:
    """A row, column or entry of nested lists."""
    if not picked:
        return numbers
    first, *rest = picked
    if first is None:
        return [_picked(part, rest) for part in numbers]
    return _picked(numbers[first], rest)


def _existing(f: Family) -> set[tuple[int, ...]]:
    return {tuple([at[k] - 1 for k in f.order]) for at in f.members}


def _difference(got: Any, want: Any, existing: set[tuple[int, ...]]) -> float:
    """The largest difference over the entries that are in the graph."""
    worst = 0.0
    for at in existing:
        a, b = got, want
        for i in at:
            a, b = a[i], b[i]
        worst = larger(worst, abs(a - b) / max(1.0, abs(b)))
    return worst
