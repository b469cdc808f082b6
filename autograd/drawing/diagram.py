"""What a picture of a graph shows: which values, and the local derivatives between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autograd.drawing.text import plain
from autograd.value import Value, topological

LIMIT = 300  # values: a picture past this is too large to read, and soon to open


@dataclass
class Edge:
    """The local derivative of `target` by `source`; many where unlabelled values are folded."""

    source: Value
    target: Value
    partial: float
    position: int | None  # among the target's operands; None where values between are folded


@dataclass
class Diagram:
    """The values that a picture shows, operands first, and the edges between them."""

    root: Value
    focus: Value | None
    values: list[Value]
    edges: list[Edge] = field(default_factory=list)
    folded: dict[Value, list[Value]] = field(default_factory=dict)
    """The unlabelled values that a shown one stands for, each before its operands."""
    roles: dict[Value, str] = field(default_factory=dict)

    def incoming(self) -> dict[Value, list[Edge]]:
        """The edges by the value that they lead to."""
        found: dict[Value, list[Edge]] = {v: [] for v in self.values}
        for edge in self.edges:
            found[edge.target].append(edge)
        return found

    @property
    def derivative(self) -> float:
        """The derivative of the root by the focus: the sum over the paths of their products."""
        reached = dict.fromkeys(self.values, 0.0)
        reached[self.root] = 1.0
        incoming = self.incoming()
        for v in reversed(self.values):
            for edge in incoming[v]:
                reached[edge.source] += edge.partial * reached[v]
        return reached[self.focus or self.root]

    def paths(self, limit: int) -> tuple[int, list[list[Edge]]]:
        """How many paths lead from the focus to the root, and the first `limit` of them."""
        incoming = self.incoming()
        count = dict.fromkeys(self.values, 0)
        for v in self.values:
            here = sum(count[edge.source] for edge in incoming[v])
            count[v] = 1 if v is self.focus else here
        return count[self.root], list(_paths(self, incoming, limit))


def diagram(
    root: Value,
    focus: Value | str | None = None,
    detail: str = "labelled",
    parameters: Iterable[Value] = (),
    limit: int = LIMIT,
) -> Diagram:
    """Choose what a picture of `root` shows; the arguments are those of `draw`."""
    if not isinstance(root, Value):
        raise TypeError(f"a picture is drawn of a Value, not of {type(root).__name__}")
    if detail not in ("labelled", "all"):
        raise ValueError(f"detail is 'labelled' or 'all', not {detail!r}")
    order = _reading_order(root)
    focus = _found(focus, order)
    kept = _kept(order, root, focus, detail)
    shown = kept if focus is None else kept & _depends_on(focus, order, root)
    if len(shown) > limit:
        raise ValueError(_too_large(root, len(shown), limit, focus, detail))
    found = Diagram(root, focus, [v for v in order if v in shown])
    found.roles = _roles(order, root, parameters)
    rank = {v: i for i, v in enumerate(order)}
    for v in found.values:
        if v is not focus:
            _add_edges_into(v, found, kept, rank)
    found.edges = [edge for edge in found.edges if edge.source in shown]
    return found


def _found(focus: object, order: list[Value]) -> Value | None:
    """The value that is meant by itself or by its label."""
    if focus is None or isinstance(focus, Value):
        return focus
    if not isinstance(focus, str):
        raise TypeError(f"focus takes the Value to follow to the root, or its label, not {focus!r}")
    found = [v for v in order if v.label == focus]
    if len(found) != 1:
        raise ValueError(
            f"{len(found)} values in the graph are labelled {plain(focus, 40)!r}: focus needs "
            "exactly one, or give the Value itself"
        )
    return found[0]


def _reading_order(root: Value) -> list[Value]:
    """The values below root, operands before what they make, and left ones before right ones."""
    topological(root)  # raises where the graph has a cycle
    order = []
    met: set[Value] = set()
    stack = [(root, False)]
    while stack:
        v, done = stack.pop()
        if done:
            order.append(v)
        elif v not in met:
            met.add(v)
            stack.append((v, True))
            stack.extend([(x, False) for x in reversed(v.operands) if x not in met])
    return order


def _kept(order: list[Value], root: Value, focus: Value | None, detail: str) -> set[Value]:
    """The values that are not folded away."""
    inner = [v for v in order if v.op and v.op != "constant"]
    named = [v for v in inner if label_of(v) and v is not root]
    # Where no inner value has a label there is nothing to fold to: all of them are shown.
    if detail == "labelled" and named:
        inner = named
    leaves = [v for v in order if not v.op]
    return {root, *leaves, *inner} | ({focus} if focus is not None else set())


def _depends_on(focus: Value, order: list[Value], root: Value) -> set[Value]:
    reached = {focus}
    for v in order:
        if v not in reached and any(operand in reached for operand in v.operands):
            reached.add(v)
    if root not in reached or focus not in order:
        raise ValueError(
            f"{called(root)} does not depend on {called(focus)}, so no path can be drawn: focus "
            "takes a value that the root was computed from"
        )
    return reached


def _add_edges_into(
    target: Value, found: Diagram, kept: set[Value], rank: dict[Value, int]
) -> None:
    """An edge for each kept operand, and one for each kept value behind folded operands."""
    sums: dict[Value, float] = {}
    for position, (v, partial) in enumerate(zip(target.operands, target.partials, strict=True)):
        if v in kept:
            found.edges.append(Edge(v, target, partial, position))
        elif v.op != "constant":
            sums[v] = sums.get(v, 0.0) + partial
    folded = _behind(sums, kept, rank)
    # The folded values are swept backwards, in one pass, as the engine sweeps the whole graph.
    for v in folded:
        for operand, partial in zip(v.operands, v.partials, strict=True):
            sums[operand] = sums.get(operand, 0.0) + partial * sums[v]
    for v in sorted(sums.keys() & kept, key=rank.__getitem__):
        found.edges.append(Edge(v, target, sums[v], None))
    if folded:
        found.folded[target] = folded


def _behind(first: Iterable[Value], kept: set[Value], rank: dict[Value, int]) -> list[Value]:
    """The folded inner values at or below `first`, each before its operands."""
    found = set(first)
    stack = list(found)
    while stack:
        for v in stack.pop().operands:
            if v.op != "constant" and v not in kept and v not in found:
                found.add(v)
                stack.append(v)
    return sorted(found, key=rank.__getitem__, reverse=True)


def _paths(shown: Diagram, incoming: dict[Value, list[Edge]], limit: int) -> Iterator[list[Edge]]:
    """Paths from root to focus, depth first, by a stack of our own."""
    stack: list[tuple[Value, list[Edge]]] = [(shown.root, [])]
    while stack and limit:
        v, path = stack.pop()
        if v is shown.focus:
            limit -= 1
            yield path
            continue
        for edge in reversed(incoming[v]):
            stack.append((edge.source, [*path, edge]))


def _roles(order: list[Value], root: Value, parameters: Iterable[Value]) -> dict[Value, str]:
    """What each leaf is for, where that is known: from its place in a dot product, or as told."""
    roles: dict[Value, str] = {}
    for v in order:
        if v.op == "dot":
            weights, inputs, bias = v.arguments
            told = [(x, "input") for x in inputs] + [(w, "parameter") for w in (*weights, bias)]
            roles.update({x: role for x, role in told if isinstance(x, Value) and not x.op})
    given = set(parameters)
    for v in order:
        if v in given:
            roles[v] = "parameter"
        elif not v.op:
            roles.setdefault(v, "input" if given else "leaf")
        else:
            roles.setdefault(v, "constant" if v.op == "constant" else "inner")
    if root.op:
        roles[root] = "root"
    return roles


def label_of(v: Value, width: int = 40) -> str:
    """A value's label on one clean line; empty where it has none, or one of blanks."""
    return plain(v.label, width) if v.label else ""


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
