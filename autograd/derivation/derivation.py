"""`derive` and what it returns: the chain of a derivative with the ways to show it."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, overload

from autograd.derivation import writing
from autograd.derivation.chain import Chain
from autograd.derivation.expression import expression
from autograd.derivation.factors import Factors, settled_factors
from autograd.derivation.second import SecondDerivative, second_derivative
from autograd.derivation.table import DerivationTable
from autograd.derivation.writing import Update
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.formulas.blocks import Typeset
from autograd.formulas.labels import count_text
from autograd.graph import Graph, weights_of
from autograd.scalar import as_float
from autograd.value import Value

__all__ = ["Derivation", "Several", "derive"]

Several: TypeAlias = "list[str] | list[Value] | list[Value | str] | tuple[Value | str, ...]"
"""Values of a graph, or their labels, for a table."""


@overload
def derive(
    root: Value,
    wrt: Value | str,
    *,
    weights: Literal[False] = False,
    digits: int | None = None,
    primes: bool = False,
) -> Derivation: ...
@overload
def derive(
    root: Value,
    wrt: Several,
    *,
    weights: bool = False,
    digits: int | None = None,
    primes: bool = False,
) -> DerivationTable: ...
@overload
def derive(
    root: Value,
    wrt: Value | str,
    *,
    weights: Literal[True],
    digits: int | None = None,
    primes: bool = False,
) -> DerivationTable: ...
def derive(
    root: Value,
    wrt: Value | str | Several,
    *,
    weights: bool = False,
    digits: int | None = None,
    primes: bool = False,
) -> Derivation | DerivationTable:
    """How the derivative of root by `wrt` (a Value of its graph, or its label) comes about.

    The chain is cut at labelled values; an unlabelled root is called L. Numbers are printed with
    `digits` significant digits, by default with as many as are useful. With `primes` an
    activation's derivative is written σ'(z) instead of worked out. No `grad` is touched, and
    `backward()` need not have run. A list of Values or labels gives a table with a row for each.
    With `weights` it is a table of the weights and bias of the neuron that `wrt` is (its value
    before or after the activation), of several neurons, or, where `wrt` is root, of the network.

    Raises ValueError where two values have one label, root does not depend on `wrt`, a list is
    empty, or a value has no weights; GraphError where a value's data is no longer what its operands
    give; DerivationError where the factors found do not multiply to the engine's gradient (to 1e-12
    relative).

    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> derive((y - t) ** 2, w).value
    -8.0
    >>> derive((y - t) ** 2, ["w", "x"]).values
    {'w': -8.0, 'x': -2.0}
    >>> u, b = Value(1.5, "u"), Value(0.1, "b")
    >>> h = (w * x + b).tanh()
    >>> h.label = "h"
    >>> list(derive((u * h - t) ** 2, "h", weights=True).values)
    ['w', 'x', 'b']
    """
    if digits is not None and not (isinstance(digits, int) and 1 <= digits <= 17):
        raise ArgumentError(f"digits is a whole number from 1 to 17, not {digits!r}")
    if not isinstance(root, Value):
        raise ArgumentTypeError(f"only a Value has a derivation, not {type(root).__name__}")
    graph = Graph(root)
    graph.names.check_unique()
    if weights:
        neurons = wrt if isinstance(wrt, (list, tuple)) else [wrt]
        wrt = [w for each in neurons for w in _weights(graph, each)]
    if not isinstance(wrt, (list, tuple)):
        return Derivation(Factors(graph, graph.find(wrt), primes=primes), digits)
    if not wrt:
        raise ArgumentError("the list is empty: name the values to derive by")
    some = list(dict.fromkeys([graph.find(each) for each in wrt]))
    settled = settled_factors(graph, some, primes=primes)
    return DerivationTable([Derivation(factors, digits) for factors in settled])


def _weights(graph: Graph, neuron: Value | str) -> list[Value]:
    v = graph.find(neuron)
    weights = [w for w in weights_of(graph, v) if w in graph.names] if v in graph else []
    if not weights:
        name = graph.names[v] if v in graph else "this value"
        raise ArgumentError(
            f"{name} has no weights with a label: name a neuron, by its value before or after the "
            "activation"
        )
    return weights


class Derivation(Chain, Typeset):
    """A derivative with its reasons; see `derive`."""

    def text(self, form: str = "auto", limit: int = 100) -> str:
        """The derivation in plain text.

        `form` is "paths" (path by path, at most `limit`), "deltas", "steps" (each factor by the
        elementary rules in it), or "auto": the chain where there is one path, paths and deltas
        where there are a few, else the deltas.
        """
        return writing.text(self, form, limit)

    def to_latex(self, form: str = "auto", limit: int = 100) -> str:
        """The same as a LaTeX `aligned` block."""
        return writing.latex(self, form, limit)

    @property
    def latex(self) -> str:
        """The derivation as a LaTeX `aligned` block, which MathJax renders too."""
        return self.to_latex()

    @property
    def expression(self) -> Any:
        """The whole as one simplified SymPy expression in the labels of the leaves.

        For small graphs: ValueError where root has more than 1,000 symbols written out.

        >>> w, x = Value(3.0, "w"), Value(2.0, "x")
        >>> derive((w * x) ** 2, w).expression
        2*w*x**2
        """
        return expression(self)

    def update(self, learning_rate: float) -> Update:
        """One step of gradient descent, w_new = w − η ∂E/∂w, in names and numbers.

        >>> w = Value(3.0, "w")
        >>> print(derive(w * w, w).update(0.5))
        w_new = w − η ∂L/∂w
              = 3 − 0.5 · 6
              = 0
        """
        rate = as_float(learning_rate, "learning_rate")
        if not math.isfinite(rate):
            raise ArgumentError(f"the learning rate must be a finite number, not {rate!r}")
        return Update(self, rate)

    def second(self, by: Value | str | None = None) -> SecondDerivative:
        """How this gradient changes with `by` (by default with wrt itself): ∂²E/∂w².

        Each value and delta that the gradient is made of has a line that says how it changes; the
        last line is the second derivative, held against the engine's.

        Raises ValueError where it is too long to be read, root does not depend on `by`, or one of
        wrt and `by` depends on the other; GraphError where data was changed since.

        >>> w, x, t = Value(3.0, "w"), Value(2.0, "x"), Value(1.0, "t")
        >>> print(derive((w * x - t) ** 2, w).second())
        ∂L/∂w = 2(w·x − t)·x
              = 2(3·2 − 1)·2
              = 20
        <BLANKLINE>
        ∂²L/∂w² = 2·x²
                = 2·2²
                = 8
        """
        return second_derivative(self, self.wrt if by is None else by)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return (
            f"<Derivation of {self.name(self.root)} by {self.name(self.wrt)}: {self.value!r}, "
            f"{count_text(self.path_count)} path{'s' * (self.path_count != 1)}>"
        )
