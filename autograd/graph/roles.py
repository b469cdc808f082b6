"""What each value of a graph is for: told by the graph, never by a label."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

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

    >>> from autograd import dot
    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    >>> graph = Graph((Value(3.0, "v") * dot([w], [x], b).tanh() - 1) ** 2)
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

    In a first layer both factors are leaves. A weight stands in the same sums as the weights and
    biases beside it; so an input of several neurons stands in more sums than its weights, and a
    weight that is shared by rows or time steps in more than its inputs. Where all share one bias,
    or have none, it is a layer if what it gives is weighed again or goes into softmax, else rows.
    Where that does not tell them apart, as in a single neuron, nothing is said.
    """
    sums = _Sums(graph)
    roles = dict.fromkeys(sums.weighing, "parameter")
    for _ in range(2):  # what is found in one sum tells of others
        for top, pairs in sums.pairs.items():
            for a, b in pairs:
                for w, x in ((a, b), (b, a)):
                    if roles.get(w) == "parameter" or sums.is_weight(top, w, x, roles):
                        roles.setdefault(w, "parameter")
                        roles.setdefault(x, "input")
    for top, some in sums.weights.items():
        like = [sums.of[w] for pair in sums.pairs[top] for w in pair if roles.get(w) == "parameter"]
        roles.update({w: "parameter" for w in some if sums.of[w] in like})
    for top, added in sums.added.items():
        beside = [w for pair in sums.pairs[top] for w in pair if roles.get(w) == "parameter"]
        beside += [w for w in sums.weights[top] if w in roles]
        most = max([len(sums.of[w]) for w in beside], default=math.inf)
        roles.update({b: "parameter" for b in added if len(sums.of[b]) >= most})
    return roles


class _Sums:
    """The sums of products that were typed with * and +.

    By the top of each sum: its `pairs` of leaves that are multiplied, the leaves that multiply
    computed values (`weights`), and the leaves that are `added`. `of` tells in which sums a leaf
    stands, `weighing` are the leaves that multiply an activation.
    """

    def __init__(self, graph: Graph):
        self.users: dict[Value, list[Value]] = defaultdict(list)
        for v in graph.order:
            for x in dict.fromkeys(v.operands):
                self.users[x].append(v)
        self._top: dict[Value, Value] = {}  # the sum that a summand is part of, at last
        for v in reversed(graph.order):
            users = self.users[v]
            is_summand = len(users) == 1 and users[0].op == "+"
            self._top[v] = self._top[users[0]] if is_summand else v
        self.pairs: dict[Value, list[tuple[Value, Value]]] = defaultdict(list)
        self.weights: dict[Value, list[Value]] = defaultdict(list)
        self.added: dict[Value, list[Value]] = defaultdict(list)
        self.of: dict[Value, set[Value]] = defaultdict(set)
        self.weighing: dict[Value, None] = {}
        gated = set()  # sums in which a computed value multiplies another, as a gate does
        for v in graph.order:
            if v.op == "*" and len(v.operands) == 2:
                self._note_product(v, *v.operands)
                if all(x.op for x in v.operands):
                    gated.add(self._top[v])
            elif v.op == "+":
                top = self._top[v]
                for x in v.operands:
                    if not x.op:
                        self.added[top].append(x)
                        self.of[x].add(top)

        for w in [w for w in self.weighing if self.of[w] <= gated]:
            del self.weighing[w]

    def _note_product(self, v: Value, a: Value, b: Value) -> None:
        top = self._top[v]
        if not a.op and not b.op:
            if a is not b:
                self.pairs[top].append((a, b))
                self.of[a].add(top)
                self.of[b].add(top)
            return
        for w, other in ((a, b), (b, a)):
            if not w.op:
                self.weights[top].append(w)
                self.of[w].add(top)
                if other.op in ACTIVATIONS or other.op == "softmax":
                    self.weighing[w] = None

    def is_weight(self, top: Value, w: Value, x: Value, roles: Mapping[Value, str]) -> bool:
        """Whether of the factors w and x of a sum w is the weight."""
        places, others = self.of[w], self.of[x]
        if places == others or roles.get(x) == "parameter":
            return False
        beside = [u for u in self.weights[top] if roles.get(u) == "parameter"]
        own = [b for b in self.added[top] if len(self.of[b]) == 1]
        if beside:  # a first step has no state before it, so it tells nothing
            return not others > places and any(self.of[u] == places for u in beside)
        if own and min(len(places), len(others)) == 1:
            return any(self.of[b] == places for b in own)
        is_layer = any(self._goes_together(s) for s in (*places, *others))
        if len(others) > 1 and places == {top}:
            return is_layer and not any(self.weights[s] for s in others)
        shared = any(self.of[b] == places for b in self.added[top])
        return shared and places > others and not is_layer

    def _goes_together(self, v: Value) -> bool:
        """Whether what a sum gives goes into a next layer, or into softmax with its neighbours."""
        scaled = [u for u in self.users[v] if u.op in ("/", "*")]
        users = [w for u in (v, *scaled) for w in self.users[u]]
        if any(u.op in ("softmax", "logsumexp") for u in users):
            return True
        after = [u for u in self.users[v] if u.op in ACTIVATIONS]
        weighed = [w for u in after for w in self.users[u] if w.op in ("*", "dot")]
        return any(not x.op for w in weighed for x in w.operands)
