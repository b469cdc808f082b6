"""What a picture of a graph shows: which values, and the local derivatives between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from autograd.drawing.text import plain
from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.graph import (
    Fold,
    Graph,
    accumulate,
    count_paths,
    local_partials,
    roles_of,
    walk_paths,
)
from autograd.graph.names import label_of as own_label
from autograd.value import Value

LIMIT = 300  # values: a picture past this is too large to read, and soon to open


@dataclass
class Edge:
    """The local derivative of `upper` by `lower`; many where unlabelled values are folded."""

    lower: Value
    upper: Value
    partial: float
    position: int | None  # among the upper's operands; None where values between are folded


@dataclass
class Diagram:
    """The values that a picture shows, operands first, and the edges between them."""

    graph: Graph
    focus: Value | None
    kept: set[Value]
    """The values that are not folded away; with a focus only some of them are shown."""
    values: list[Value]
    below: dict[Value, list[Edge]] = field(default_factory=dict)
    """The edges by the value that they lead to, the first operand's first."""
    folds: dict[Value, Fold] = field(default_factory=dict)
    roles: dict[Value, str] = field(default_factory=dict)

    @property
    def root(self) -> Value:
        """The value that the picture is of."""
        return self.graph.root

    def edges(self) -> list[Edge]:
        """All edges, by the values that they lead to."""
        return [edge for v in self.values for edge in self.below[v]]

    def has_folded(self, v: Value) -> bool:
        """Whether v stands for unlabelled values too."""
        return len(self.folds[v].inner) > 1

    @property
    def derivative(self) -> float:
        """The derivative of the root by the focus: the sum over the paths of their products."""

        def partials(v: Value) -> list[tuple[Value, float]]:
            return [(edge.lower, edge.partial) for edge in self.below[v]]

        return accumulate(self.values, {self.root: 1.0}, partials)[self._end]

    @property
    def _end(self) -> Value:
        return self.root if self.focus is None else self.focus

    def paths(self, limit: int) -> tuple[int, list[tuple[Edge, ...]]]:
        """How many paths lead from the focus to the root, and the first `limit` of them."""
        count = count_paths(self.values, self._end, lambda v: [e.lower for e in self.below[v]])
        paths = walk_paths(self.root, self._end, self.below.__getitem__)
        return count[self.root], list(islice(paths, limit))


def diagram(
    root: Value,
    focus: Value | str | None = None,
    detail: str = "labelled",
    parameters: Iterable[Value] = (),
    limit: int = LIMIT,
) -> Diagram:
    """Choose what a picture of `root` shows; the arguments are those of `draw`."""
    if not isinstance(root, Value):
        raise ArgumentTypeError(f"a picture is drawn of a Value, not of {type(root).__name__}")
    if detail not in ("labelled", "all"):
        raise ArgumentError(f"detail is 'labelled' or 'all', not {detail!r}")
    graph = Graph(root)
    focus = _found(focus, graph)
    kept = _kept(graph, focus, detail)
    leading = set(graph.order) if focus is None else _leading_to(focus, graph)
    shown = kept & leading
    if len(shown) > limit:
        raise ArgumentError(_too_large(root, len(shown), limit, focus, detail))
    picture = Diagram(graph, focus, kept, [v for v in graph.order if v in shown])
    picture.roles = roles_of(graph, parameters)
    counting = {v for v in graph.order if v.op != "constant"}
    for v in picture.values:
        picture.folds[v] = graph.fold(v, kept, counting)
        edges = [] if v is focus else _edges_below(picture.folds[v], kept)
        picture.below[v] = [edge for edge in edges if edge.lower in shown]
    return picture


def _found(focus: object, graph: Graph) -> Value | None:
    """The value that is meant by itself or by its label."""
    if focus is None:
        return None
    if not isinstance(focus, (Value, str)):
        raise ArgumentTypeError(
            f"focus takes the Value to follow to the root, or its label, not {focus!r}"
        )
    return graph.find(focus)


def _kept(graph: Graph, focus: Value | None, detail: str) -> set[Value]:
    """The values that are not folded away."""
    inner = [v for v in graph.order if v.op and v.op != "constant"]
    named = [v for v in inner if v in graph.names and v is not graph.root]
    # Where no inner value has a label there is nothing to fold to: all of them are shown.
    if detail == "labelled" and named:
        inner = named
    leaves = [v for v in graph.order if not v.op]
    return {graph.root, *leaves, *inner} | ({focus} if focus is not None else set())


def _leading_to(focus: Value, graph: Graph) -> set[Value]:
    leading = graph.depending_on(focus)
    if graph.root not in leading or focus not in graph:
        raise ArgumentError(
            f"{called(graph.root)} does not depend on {called(focus)}, so no path can be drawn: "
            "focus takes a value that the root was computed from"
        )
    return leading


def _edges_below(fold: Fold, kept: set[Value]) -> list[Edge]:
    """An edge for each kept operand, and one for each kept value behind folded operands."""
    upper = fold.upper
    edges = [
        Edge(v, upper, partial, position)
        for position, (v, partial) in enumerate(zip(upper.operands, upper.partials, strict=True))
        if v in kept
    ]
    if len(fold.inner) == 1:
        return edges
    behind = fold.accumulate(1.0, local_partials, direct=False)
    edges += [Edge(v, upper, behind[v] + 0.0, None) for v in fold.lowers if v in behind]

    def positions(v: Value) -> list[tuple[Value, int]]:
        return [(x, i) for i, x in enumerate(v.operands)]

    # By which operand of the upper value each of those is reached first: the same sweep again.
    first = fold.accumulate(-1, positions, min, lambda i, g: i if g < 0 else g, direct=False)
    return sorted(edges, key=lambda e: first[e.lower] if e.position is None else e.position)


def label_of(v: Value, width: int = 40) -> str:
    """A value's label on one clean line; empty where it has none, or one of blanks."""
    return plain(own_label(v), width)


def called(v: Value) -> str:
    """The name of a value in a message."""
    name = f"the result of '{v.op}'" if v.op else f"Value({v.data:.6g})"
    return label_of(v) or name


def _too_large(root: Value, size: int, limit: int, focus: Value | None, detail: str) -> str:
    tries = [] if focus is not None else ["draw(root, focus=w) for the paths of one weight w"]
    if detail == "all":
        tries.append("detail='labelled', which folds the values without a label")
    tries.append("labels on the few inner values that matter: the others are then folded")
    tries.append("nn.draw_network(model) for a network as circles and weights")
    tries.append(f"limit={size} if it must be this one")
    return (
        f"the graph of {called(root)} has {size} values to show, more than {limit}: too many to "
        f"read. Try {'; '.join(tries)}"
    )
