"""The derivation in matrices: a line for all layers, and under each letter its shape."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from autograd.cached import cached_property
from autograd.formulas.blocks import Typeset
from autograd.general.board import Board, is_activation_of
from autograd.general.coordinates import Sort
from autograd.general.equation import Equation
from autograd.general.lines import Case
from autograd.general.matrices import Matrices, MatrixForm
from autograd.general.nodes import Family
from autograd.general.scripts import LATEX, TEXT
from autograd.general.terms import variables_of
from autograd.general.writing import Scope

__all__ = ["MatrixDerivation", "MatrixLine"]


@dataclass(frozen=True)
class MatrixLine:
    """A line in matrices: `left` equals each of `forms`.

    `shapes` says how many rows and columns each letter has, in letters where the line is said of
    several layers; `difference` is the largest from the engine.
    """

    left: str
    forms: tuple[str, ...]
    shapes: dict[str, str]
    heading: str
    difference: float

    @property
    def formula(self) -> str:
        """The line without its shapes."""
        return " = ".join([self.left, *self.forms])

    def __str__(self) -> str:
        return "\n".join(_with_shapes(self.formula, self.shapes))


class MatrixDerivation(Typeset):
    """The matrix form of a derivation; see `GeneralDerivation.matrix`."""

    def __init__(self, board: Board):
        self.board = board
        network = board.network
        self._matrices = Matrices(network.calculus, network.numbers, board.writer)
        self.lines: tuple[MatrixLine, ...] = tuple(self._lines())
        """The lines: the forward pass, the formula, and what it is made of."""

    def _lines(self) -> list[MatrixLine]:
        lines: list[MatrixLine] = []
        for case in self.board.in_order():
            alike: dict[tuple[str, tuple[str, ...]], list[tuple[Family, MatrixForm]]] = defaultdict(
                list
            )
            for f in case.families:
                form, texts = self._form(case, f)
                if form is not None:
                    alike[form.left, texts].append((f, form))
            for (left, texts), forms in alike.items():
                worst = max([form.difference for _, form in forms])
                is_general = case.base is not None and case.base.symbol in "lt"
                shapes = self._shapes(forms, is_general)
                lines.append(
                    MatrixLine(left, texts, shapes, self.board.lines.condition(case), worst)
                )
        return lines

    def _form(self, case: Case, f: Family) -> tuple[MatrixForm | None, tuple[str, ...]]:
        """The case for one of its layers; with σ'(z) before σ' is worked out."""
        board = self.board
        calculus = board.calculus
        own = board.lines.derivative(f) if case.is_derivative else board.lines.forward(f)
        e = calculus.derivative(f) if case.is_derivative else own.equation
        if case.base is not None and own.base is not None:
            own = replace(own, base=replace(own.base, symbol=case.base.symbol))
        scope = board.lines.scope(replace(own, equation=e))
        form = self._matrices.form(e, scope, case.is_derivative)
        if form is None:
            return None, ()
        texts = [form.right]
        first = self._primed(f, e, scope) if case.is_derivative else None
        return form, (first, *texts) if first else tuple(texts)

    def _primed(self, f: Family, e: Equation, scope: Scope) -> str | None:
        """The line with σ'(z), where z acts through an activation alone."""
        calculus = self.board.calculus
        links = calculus.links(f, e.indices)
        a = links[0].consumer
        is_alone = len(links) == 1 and is_activation_of(a, f) and not links[0].bound
        if not is_alone or not a.consumers or calculus.keeps_letter(a):
            return None
        return self._matrices.primed(e, calculus.adjoint(a, links[0].at), a.op, scope)

    # Shapes

    def _shapes(
        self, forms: list[tuple[Family, MatrixForm]], is_general: bool
    ) -> dict[str, str]:  # fmt: skip
        """The shape of each letter, in letters where the line is said of several layers."""
        shapes = {}
        for name in forms[0][1].letters:
            met = [(f.rank, form.letters[name]) for f, form in forms if name in form.letters]
            sizes = [self._size(met, k, is_general) for k in range(met[0][1].dimension)]
            if sizes:
                shapes[name] = "×".join([*sizes, "1"][:2])
        return shapes

    def _size(self, met: list[tuple[int | None, Family]], k: int, is_general: bool) -> str:
        """A size as n_l where it changes with the layer, else as its number."""
        sizes = {self._matrices.shape(g)[k] for _, g in met}
        gaps = set()
        for rank, g in met:
            layer = self._layers.get(self.board.network.coordinates.sort_of(g, g.order[k]))
            gaps.add(None if rank is None or layer is None else layer - rank)
        gap = gaps.pop() if len(gaps) == 1 else None
        if not is_general or gap is None:
            return str(sizes.pop()) if len(sizes) == 1 else "·"
        return f"n_({'l' if not gap else f'l+{gap}' if gap > 0 else f'l−{-gap}'})".replace(
            "(l)", "l"
        )

    @cached_property
    def _layers(self) -> dict[Sort, int]:
        """The layer whose neurons an index counts."""
        network = self.board.network
        layers: dict[Sort, int] = {}
        for f in network.families:
            if f.rank is not None and f.named and (not f.is_input or f.rank == 0):
                own = [k for k in f.order if not network.coordinates.is_shared(f, k)]
                if len(own) == 1:
                    layers[network.coordinates.sort_of(f, own[0])] = f.rank
        return layers

    @property
    def convention(self) -> str:
        """Which way round the matrices of weights are."""
        said = []
        for case in self.board.cases:
            f, e = case.family, case.equation
            if f.dimension != 2 or self.board.network.alphabet.role(f) != "weight":
                continue
            outputs = {
                x
                for link in self.board.calculus.links(f, e.indices)
                for i in link.at
                for x in variables_of(i)
            }
            ways = [e.variables[k] in outputs for k in f.order]
            if ways in ([True, False], [False, True]):
                name = self._matrices.name(f, self.board.lines.scope(case), False)
                said.append(f"{name} is {'n_out × n_in' if ways[0] else 'n_in × n_out'}")
        return "; ".join(dict.fromkeys(said))

    @property
    def difference(self) -> float:
        """The largest difference of a matrix line from the engine."""
        return max([line.difference for line in self.lines], default=0.0)

    def __str__(self) -> str:
        rows = []
        for line in self.lines:
            rows += [f"{line.heading}:"] if line.heading else []
            rows += _with_shapes(line.formula, line.shapes)
        end = f"checked against the engine; largest difference {self.difference:.0e}"
        return "\n".join([*rows, *([self.convention] if self.convention else []), end])

    @property
    def latex(self) -> str:
        """The lines as a LaTeX `aligned` block, written anew."""
        board = self.board.rewritten(LATEX)
        lines = MatrixDerivation(board).lines if self.board.script is TEXT else self.lines
        rows = []
        for line in lines:
            said = rf" && \text{{{line.heading}}}" if line.heading else ""
            rows.append(f"{line.left} &= {' = '.join(line.forms)}{said}")
        body = " \\\\\n".join(rows)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _with_shapes(formula: str, shapes: dict[str, str]) -> list[str]:
    """The formula, and in a line below it the shape of each letter under the letter."""
    names = sorted(shapes, key=len, reverse=True)
    above = below = ""
    for piece in formula.split(" "):
        inside = [name for name in names if name in piece]
        shape = shapes[inside[0]] if inside else ""
        width = max(len(piece), len(shape)) + 1
        above += f"{piece:<{width}}"
        below += f"{shape:<{width}}"
    return [above.rstrip(), below.rstrip()] if below.strip() else [formula]
