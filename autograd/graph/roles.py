"""What each value of a graph is for: told by the graph, never by a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from autograd.graph.graph import Graph
from autograd.rules import ACTIVATIONS
from autograd.value import Value

__all__ = ["roles_of", "weights_of"]


def roles_of(graph: Graph, parameters: Iterable[Value] = ()) -> dict[Value, str]:
    """Each value as "input", "parameter", "leaf", "constant", "inner" or "root".

    Inputs and parameters are known by their place in a `dot`, or in a sum of products that was
    typed with * and +; or the parameters are given, and the other leaves are inputs.
    """
    roles = {**_in_sums_of_products(graph), **_in_dots(graph)}
    given = set(parameters)
    for v in graph.order:
        if v in given:
            roles[v] = "parameter"
        elif not v.op:
            roles.setdefault(v, "input" if given else "leaf")
        else:
            roles[v] = "constant" if v.op == "constant" else "inner"
    if graph.root.op:
        roles[graph.root] = "root"
    return roles


def weights_of(graph: Graph, v: Value) -> list[Value]:
    """The weights and bias of a neuron, given its value before or after the activation.

    Of the root these are all weights of the graph. Where the graph does not tell weights from
    inputs, as in a single neuron typed with * and +, they are all leaves of the sum.

    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    >>> graph = Graph((Value(3.0, "v") * (w * x + b).tanh() - 1) ** 2)
    >>> [graph.names[u] for u in weights_of(graph, graph.root)]
    ['v', 'w', 'b']
    """
    roles = roles_of(graph)
    if v is graph.root:
        some = [u for u in graph.order if roles[u] == "parameter"]
        return sorted(some, key=graph.rank.__getitem__)
    while len(v.operands) == 1 or v.op == "softmax":
        v = v.operands[v.arguments[0]] if v.op == "softmax" else v.operands[0]
    ends = {
        u
        for u in graph.order
        if u is not v and (u in graph.names or u.op in ACTIVATIONS or not u.op)
    }
    leaves = [u for u in graph.fold(v, ends, graph.rank).lowers if not u.op]
    return [u for u in leaves if roles[u] == "parameter"] or [
        u for u in leaves if roles[u] == "leaf"
    ]


def _in_dots(graph: Graph) -> dict[Value, str]:
    roles: dict[Value, str] = {}
    for v in graph.order:
        if v.op == "dot":
            weights, inputs, bias = v.arguments
            told = [(x, "input") for x in inputs] + [(w, "parameter") for w in (*weights, bias)]
            roles.update({x: role for x, role in told if isinstance(x, Value) and not x.op})
    return roles


def _in_sums_of_products(graph: Graph) -> dict[Value, str]:
    """The leaves of z = w·x + b: what multiplies an activation is a weight, and its like too.

    In a first layer both factors are leaves: the one that meets several others is the input. A
    bias is used as often as the weights beside it, where an input that is added is not. Where that
    does not tell them apart, as in a single neuron, nothing is said.
    """
    roles: dict[Value, str] = {}
    pairs = [v.operands for v in graph.order if v.op == "*" and len(v.operands) == 2]
    met: dict[Value, set[Value]] = {}
    for a, b in pairs:
        for x, other in ((a, b), (b, a)):
            if not x.op:
                met.setdefault(x, set()).add(other)
                if other.op in ACTIVATIONS or other.op == "softmax":
                    roles[x] = "parameter"
    leaves = [(a, b) for a, b in pairs if not a.op and not b.op and a is not b]
    for a, b in leaves:
        for x, w in ((a, b), (b, a)):
            if roles.get(w) == "parameter":
                roles.setdefault(x, "input")
            elif roles.get(x) != "parameter" and _meets_all(x, w, met):
                roles.setdefault(x, "input")
                roles.setdefault(w, "parameter")
    uses = Counter([x for v in graph.order for x in set(v.operands)])
    beside: dict[Value, int] = {}  # how often the weights in a sum are used
    for v in graph.order:
        weights = [w for w in v.operands if v.op == "*" and roles.get(w) == "parameter"]
        if weights:
            beside[v] = max([uses[w] for w in weights])
        elif v.op == "+" and any(x in beside for x in v.operands):
            beside[v] = max([beside.get(x, 0) for x in v.operands])
            biases = [b for b in v.operands if not b.op and uses[b] >= beside[v]]
            roles.update(dict.fromkeys(biases, "parameter"))
    return roles


def _meets_all(x: Value, w: Value, met: dict[Value, set[Value]]) -> bool:
    """Whether x is multiplied by several leaves, w among them, that meet nothing else."""
    leaves = [u for u in met[x] if not u.op]
    return len(met[x]) > 1 and w in leaves and all(met[u] == {x} for u in leaves)
