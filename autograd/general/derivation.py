"""`derive_general` and what it returns: the formula of a whole family, with its derivation."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

from autograd.cached import cached_property
from autograd.errors import ArgumentError, DerivationError
from autograd.formulas.blocks import Typeset
from autograd.general.board import Board, Step
from autograd.general.code import NumPyCode
from autograd.general.index_sets import IndexSet, index_sets_of
from autograd.general.instance import GeneralInstance
from autograd.general.lines import Case, Lines
from autograd.general.matrix_lines import MatrixDerivation
from autograd.general.network import Network
from autograd.general.nodes import Family
from autograd.general.scripts import LATEX, TEXT, Script
from autograd.general.second import SecondDerivatives
from autograd.general.setting import latex_of, numbered, text_of
from autograd.general.writing import Writer
from autograd.graph import Graph
from autograd.suggestions import did_you_mean
from autograd.value import Value

__all__ = ["Deviation", "GeneralDerivation", "derive_general"]


def derive_general(root: Value, of: str | Value | None = None) -> GeneralDerivation:
    """The derivative of root by all values that play one part, as one formula in indices.

    `of` is the letter of such a family ("w": all weights), or one of them (its label, or itself);
    without it, the formulas of all parameters are derived. Families, indices, layers and
    time steps are found from the graph alone; letters and the order of indices are the reader's own
    where labels have them (`w_11^2`), else those of the notes. Every line is evaluated on every
    instance and held to the engine, relative to the terms added up, at 1e-12.

    No `grad` is touched. Raises ValueError where the graph has no such family or value, GraphError
    where a value's data is no longer what its operands give, DerivationError where root does not
    depend on it.

    >>> x = [Value(0.5, "x_1"), Value(-1.0, "x_2")]
    >>> w = [Value(0.1, "w_1"), Value(0.2, "w_2")]
    >>> z = w[0] * x[0] + w[1] * x[1] + Value(0.3, "b")
    >>> print(derive_general((z - Value(1.0, "y")) ** 2, "w").formulas[0])
    ∂L/∂w_i = δ x_i
    """
    graph = Graph(root)
    network = Network(root)
    families = _meant(network, graph, of)
    return GeneralDerivation(root, network, families)


def _meant(network: Network, graph: Graph, of: str | Value | None) -> list[Family]:
    """The families that are asked for: of one letter, or all that a sweep would reach."""
    named = [f for f in network.families if f.named]
    if of is None:
        active = [f for f in named if f.is_input and network.calculus.is_active(f) and f.consumers]
        if not active:
            raise DerivationError("nothing in the graph can change: it has no leaf but numbers")
        data = ("example", "target")
        parameters = [f for f in active if network.alphabet.role(f) not in data and f.rank != 0]
        return (parameters or active)[::-1]
    letters = {network.alphabet.letter(f) for f in named}
    if isinstance(of, str) and of in letters:
        families = [f for f in named if network.alphabet.letter(f) == of]
    else:
        value = of if isinstance(of, Value) else _called(of, graph, letters)
        one = [f for f in network.families for n in f.nodes if n.source is value]
        if not one:
            raise ArgumentError("the Value is not in the graph of root")
        if not one[0].named:
            raise ArgumentError("the Value has no letter of its own: give it a label")
        families = [f for f in named if f.group == one[0].group]
    families = [f for f in families if f.consumers and network.calculus.is_active(f)]
    families = [f for f in families if f.rank != 0 or all(g.rank == 0 for g in families)]
    if not families:
        raise DerivationError(f"{graph.names[graph.root]} does not change with {of!r}")
    return families[::-1]


def _called(name: str, graph: Graph, letters: set[str]) -> Value:
    """The value of that label. Raises ValueError, with the nearest letters, where there is none."""
    try:
        return graph.names.find(name)
    except ValueError as error:
        hint = did_you_mean(name, letters) or f"; its letters are {', '.join(sorted(letters))}"
        raise ArgumentError(
            f"the graph has no family and no value called {name!r}{hint}"
        ) from error


@dataclass(frozen=True)
class Deviation:
    """A value for which a general line does not give the engine's number."""

    line: str
    name: str
    by_formula: float
    exact: float


class GeneralDerivation(Typeset):
    """A formula in indices with its derivation; see `derive_general`."""

    def __init__(self, root: Value, network: Network, families: list[Family]):
        self.root = root
        self.network = network
        self.families = families
        self._boards: dict[Script, tuple[Board, tuple[Step, ...]]] = {}
        self._board(TEXT)

    def _board(self, script: Script) -> tuple[Board, tuple[Step, ...]]:
        if script not in self._boards:
            writer = Writer(self.network.calculus, self.network.alphabet, script)
            board = Board(Lines(self.network, writer), self.families)
            self._boards[script] = board, tuple(board.steps())
        return self._boards[script]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lines from the definition to the formula, each with its reason."""
        return self._board(TEXT)[1]

    @property
    def formulas(self) -> tuple[str, ...]:
        """The formulas themselves, one for each kind of layer or step that differs."""
        board = self._board(TEXT)[0]
        return tuple(
            [
                f"{board.slope(c)} = {board.lines.right(c)}"
                for c in board.cases
            ]
        )  # fmt: skip

    # The check

    @cached_property
    def checked(self) -> tuple[Case, ...]:
        """Every general line of the derivation, with its largest difference from the engine."""
        return tuple(self._board(TEXT)[0].checked)

    @property
    def difference(self) -> float:
        """The largest difference of a line from the engine."""
        return max([case.difference for case in self.checked])

    @property
    def count(self) -> int:
        """How many values the formula is said of."""
        return sum([len(f.nodes) for f in self.families])

    @cached_property
    def exceptions(self) -> tuple[Deviation, ...]:
        """The values for which a line does not give the engine's number; none as a rule."""
        lines = self._board(TEXT)[0].lines
        return tuple(
            [
                Deviation(f"{lines.left(case)} = {lines.right(case)}", *deviation)
                for case in self.checked
                if not case.holds
                for deviation in lines.deviations(case)
            ]
        )

    # Names

    @cached_property
    def table(self) -> dict[str, str]:
        """Which is which: the formula's name of every value whose label is another.

        >>> from nn.worked import load
        >>> derive_general(load("5").graph(), "w").table["w3"]
        'w_12^1'
        """
        board = self._board(TEXT)[0]
        return board.table()

    @property
    def indices(self) -> dict[str, int]:
        """What stands for a number: n of a mean, L layers, T steps."""
        return self._board(TEXT)[0].sizes()

    @cached_property
    def index_sets(self) -> tuple[IndexSet, ...]:
        """What every index runs over, with its size: i inputs, j neurons, l layers, r rows.

        >>> from nn.worked import load
        >>> print(*derive_general(load("2").graph(), "w").index_sets, sep=", ")
        i = 1..2 inputs, j = 1..2 neurons, k = 1..2 neurons, l = 1..2 layers
        """
        return index_sets_of(self.network, self.checked)

    # Other forms

    @cached_property
    def matrix(self) -> MatrixDerivation:
        """The derivation in matrices, as far as it has that form, with shapes.

        >>> from nn.worked import load
        >>> derive_general(load("2").graph(), "w").matrix.lines[3].formula
        '∂L/∂W^l = a^(l−1) (δ^l)ᵀ'
        """
        return MatrixDerivation(self._board(TEXT)[0])

    def instance(self, of: str | Value) -> GeneralInstance:
        """The formula for one value of the graph, by its label or itself, with its numbers.

        Raises ValueError where the graph has no such value, or none with a letter.

        >>> from nn.worked import load
        >>> derive_general(load("5").graph(), "w").instance("w5").name
        'w_11^2'
        """
        network = self.network
        named = [n for f in network.families if f.named for n in f.nodes if n.source is not None]
        meant = [n for n in named if n.source is of or (n.label == of and of is not None)]
        if not meant and isinstance(of, str):
            meant = [n for n in named if GeneralInstance(network, self.root, n).name == of]
        if len(meant) != 1:
            few = "no value" if not meant else f"{len(meant)} values"
            raise ArgumentError(f"{few} of the graph with a letter of its own is {of!r}")
        return GeneralInstance(network, self.root, meant[0])

    def second(self, of: str | Value | None = None) -> SecondDerivatives:
        """The second derivatives by a value of this formula and one of another family.

        `of` is the letter of that family, or one of its values; without it, it is this one: ∂²L by
        two weights. Differentiated in the same letters and, for every pair of values, held to the
        engine's second derivatives at 1e-12 of what is added up.

        Raises DerivationError where the formula does not fit a page, where there is none that all
        pairs have in common, and where either family is computed, not given; ValueError where the
        graph has no such family.

        >>> w, x, y = Value(0.1, "w"), Value(0.5, "x"), Value(1.0, "y")
        >>> print(derive_general((w * x - y) ** 2, "w").second().formulas[0])
        ∂²L/∂w² = 2 x²
        """
        graph = Graph(self.root)
        others = self.families if of is None else _meant(self.network, graph, of)
        for f in [*self.families, *others]:
            if not f.is_input:
                raise DerivationError(
                    f"{self.network.alphabet.letter(f)} is computed from other values: second "
                    "derivatives are by values that are given, such as weights"
                )
        return SecondDerivatives(self.network, self.root, self.families, others)

    @cached_property
    def update_rule(self) -> tuple[str, ...]:
        """One step of gradient descent in the same letters.

        >>> from nn.worked import load
        >>> derive_general(load("2").graph(), "w").update_rule
        ('w_ij^l ← w_ij^l − η δ_j^l a_i^(l−1)',)
        """
        board = self._board(TEXT)[0]
        return tuple(dict.fromkeys([board.update(case) for case in board.cases]))

    def updated(self, learning_rate: float) -> dict[str, float]:
        """What every value of the formula becomes by one such step, by label or name.

        Raises ValueError where the learning rate is not a finite number.
        """
        if not math.isfinite(learning_rate):
            raise ArgumentError(f"the learning rate must be a finite number, not {learning_rate!r}")
        numbers = self.network.numbers
        return {
            n.label or GeneralInstance(self.network, self.root, n).name: n.data
            - learning_rate * numbers.adjoint_of(n)
            for f in self.families
            for n in f.nodes
        }

    def numpy(self) -> str:
        """The formula as a NumPy program with a function `gradients`, run and held to the engine.

        Raises DerivationError where its numbers are not the engine's.

        >>> from nn.worked import load
        >>> print(derive_general(load("2").graph(), "b").numpy().splitlines()[-1].strip())
        return L, {"b1": d_b1, "b2": d_b2}
        """
        self.code.check()
        return self.code.text

    @cached_property
    def code(self) -> NumPyCode:
        """The same with the arrays that its function takes."""
        return NumPyCode(self.network, self.families)

    # Ways to show it

    def text(self) -> str:
        """The derivation as on a board, in plain text."""
        board, steps = self._board(TEXT)
        letters = {**self.indices, **board.writer.lookups()}
        return text_of(steps, self.table, letters, self.verdict)

    def line_by_line(self) -> str:
        """The same, every line numbered and its reason below it; what the indices run over."""
        sets = ", ".join(map(str, self.index_sets))
        return numbered(self._board(TEXT)[1], f"with {sets}" if sets else "", self.verdict)

    @property
    def latex(self) -> str:
        """The derivation as a LaTeX `aligned` block."""
        return latex_of(self._board(LATEX)[1])

    def markdown(self) -> str:
        """The derivation as Markdown, for a notebook or a page."""
        return f"$$\n{self.latex}\n$$\n\n{self.verdict}"

    @property
    def verdict(self) -> str:
        """How the formula was checked, in words."""
        board = self._board(TEXT)[0]
        every = "all " if self.count > 1 else ""
        checked = f"checked on {every}{board.counted()}; largest difference {self.difference:.0e}"
        if not self.exceptions:
            return checked
        named = ", ".join(dict.fromkeys([d.name for d in self.exceptions[:6]]))
        return f"{checked}: the lines do NOT hold for {named}"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<GeneralDerivation: {'; '.join(self.formulas)}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        shown = super()._repr_mimebundle_()
        page = f"{shown['text/html']}<p>{html.escape(self.verdict)}</p>\n"
        return {**shown, "text/html": page, "text/markdown": self.markdown()}
