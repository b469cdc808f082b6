"""The general formula for one value, with its indices and its numbers put in."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.derivation import Derivation, derive
from autograd.formulas.blocks import Block, Typeset, latex_blocks, text_blocks
from autograd.formulas.pieces import POWER, PRODUCT, Piece
from autograd.general.network import Network
from autograd.general.nodes import Family, Node
from autograd.general.scripts import LATEX, TEXT, Latex, Script
from autograd.general.terms import (
    Adjoint,
    Index,
    Summation,
    Term,
    fixed,
    plus,
    rebuilt,
    substitute,
    walk,
)
from autograd.general.writing import Scope, Writer
from autograd.value import Value

__all__ = ["GeneralInstance"]

_MOST_TERMS = 6  # terms of a sum that is worth writing out
_MOST_LINES = 40


class GeneralInstance(Typeset):
    """The formula for one value: in letters with its indices, in numbers, and the result.

    `name` is what the formula calls the value, `value` the derivative of the root by it.
    """

    def __init__(self, network: Network, root: Value, node: Node):
        self.network = network
        self._root = root
        self._node = node
        self.value: float = network.numbers.adjoint_of(node)
        scope = Scope({}, "", None)
        at = tuple([fixed(i) for i in node.at])
        self.name = _writer(network, TEXT).entry(node.family, at, scope)

    @property
    def derivation(self) -> Derivation:
        """The same derivative by `derive`: factors, paths and deltas in the reader's names."""
        assert self._node.source is not None
        return derive(self._root, self._node.source)

    def update(self, learning_rate: float) -> str:
        """One step of gradient descent: w − η ∂L/∂w, in letters and numbers."""
        return str(self.derivation.update(learning_rate))

    def _blocks(self, letters: Script, numbers: Script) -> list[Block]:
        writer = _writer(self.network, letters)
        in_numbers = _NumberWriter(self.network, numbers)
        blocks = [self._block(self._node, writer, in_numbers, True)]
        done = {id(self._node)}
        todo = self._behind(self._node)
        while todo and len(blocks) < _MOST_LINES:
            n = todo.pop(0)
            if id(n) not in done:
                done.add(id(n))
                blocks.append(self._block(n, writer, in_numbers, False))
                todo += self._behind(n)
        return blocks

    def _block(
        self, n: Node, writer: Writer, in_numbers: Writer, is_first: bool
    ) -> Block:  # fmt: skip
        scope = Scope({}, "kimn", None)
        at = tuple([fixed(i) for i in n.at])
        left = (writer.derivative_by if is_first else writer.adjoint)(n.family, at, scope)
        term = self._put_in(n.family, n.at)
        forms = [writer.text(term, scope)]
        if not any(isinstance(t, Summation) for t in walk(term)):
            forms.append(in_numbers.text(term, scope))
        forms.append(in_numbers.script.number_of(self.network.numbers.adjoint_of(n)))
        return Block(left, tuple([s for i, s in enumerate(forms) if s not in forms[:i]]))

    def _put_in(self, f: Family, indices: Sequence[int]) -> Term:
        """The derivative by f at these indices, short sums written out."""
        e = self.network.calculus.derivative(f)
        term = e.right
        for v, i in zip(e.variables, indices, strict=True):
            term = substitute(term, v, fixed(i))
        return self._written_out(term)

    def _written_out(self, t: Term) -> Term:
        if isinstance(t, Summation) and t.kind == "sum":
            places = list(self.network.numbers.inside(t, {}, 0))
            if len(places) <= _MOST_TERMS:
                terms = []
                for at in places:
                    body = t.body
                    for x in t.bound:
                        body = substitute(body, x, fixed(at[x]))
                    terms.append(self._written_out(body))
                return plus(*terms)
            return t
        return rebuilt(t, self._written_out)

    def _behind(self, n: Node) -> list[Node]:
        """The values whose derivatives the line names."""
        term = self._put_in(n.family, n.at)
        return [
            self.network.numbers.node(t.family, t.at, {})
            for t in walk(term)
            if isinstance(t, Adjoint) and not _has_variables(t.at)
        ]

    def __str__(self) -> str:
        label = self._node.label
        first = f"{label} is {self.name}\n\n" if label and label != self.name else ""
        return first + text_blocks(self._blocks(TEXT, _NUMBER_TEXT))

    @property
    def latex(self) -> str:
        """The same as a LaTeX `aligned` block."""
        return latex_blocks(self._blocks(LATEX, _NUMBER_LATEX))

    def __repr__(self) -> str:
        return f"<GeneralInstance: {self.name}, {self.value!r}>"


def _has_variables(at: tuple[Index, ...]) -> bool:
    return any(getattr(i, "parts", ()) for i in at)


def _writer(network: Network, script: Script) -> Writer:
    return Writer(network.calculus, network.alphabet, script, absolute=True)


class _NumberWriter(Writer):
    """Writes the numbers of values in the places of their letters."""

    def __init__(self, network: Network, script: Script):
        super().__init__(network.calculus, network.alphabet, script, absolute=True)
        self.numbers = network.numbers

    def entry(self, f: Family, at: tuple[Index, ...], scope: Scope) -> str:
        """The number of a value."""
        return self.script.number_of(self.numbers.node(f.number, at, {}).data)

    def adjoint(self, f: Family, at: tuple[Index, ...], scope: Scope) -> str:
        """The number of a derivative."""
        return self.script.number_of(self.numbers.adjoint_of(self.numbers.node(f.number, at, {})))

    def piece(self, t: Term, scope: Scope) -> Piece:
        """The term; a negative number holds together like a product."""
        text, kind = super().piece(t, scope)
        return (text, min(kind, PRODUCT)) if text.startswith(self.script.minus) else (text, kind)


class _NumberText(Script):
    """Text with a dot between factors: 0.5 · 0.25."""

    def juxtaposed(self, pieces: Sequence[Piece]) -> str:
        """Factors with dots between them."""
        return self.dot.join([self.wrapped(p, POWER) for p in pieces])


class _NumberLatex(Latex):
    """LaTeX with a dot between factors."""

    def juxtaposed(self, pieces: Sequence[Piece]) -> str:
        """Factors with dots between them."""
        return self.dot.join([self.wrapped(p, POWER) for p in pieces])


_NUMBER_TEXT, _NUMBER_LATEX = _NumberText(), _NumberLatex()
