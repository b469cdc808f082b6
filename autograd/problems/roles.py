"""What the numbers of a graph are for, where the text does not say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autograd.graph import reading_order
from autograd.value import Value

__all__ = ["roles_of"]


def roles_of(
    root: Value, stated: Mapping[str, str], data: Collection[str] = ()
) -> dict[Value, str]:
    """The role of every leaf: as stated, or else as the graph tells; `data` names columns.

    In a weighted sum (a `dot`) the weights and the bias are parameters and the others inputs. What
    multiplies an input is a parameter, and the other way round. A target is what is only compared
    with something computed: it enters as t − y or y − t, or multiplies a logarithm. Of the data
    what is no target is an input. Where nothing tells, a leaf is a parameter.

    >>> from autograd import Value
    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "t")
    >>> found = roles_of((t - w * x) ** 2, {"x": "input"})
    >>> found[w], found[t]
    ('parameter', 'target')
    """
    order = reading_order(root)
    leaves = [v for v in order if not v.operands and v.op != "constant"]
    users: dict[Value, list[Value]] = {v: [] for v in order}
    for v in order:
        for operand in v.operands:
            users[operand].append(v)
    roles = {v: stated[v.label] for v in leaves if v.label and v.label in stated}
    for v in leaves:
        if v not in roles and users[v] and all(_compares(u, v) for u in users[v]):
            roles[v] = "target"
        elif v.label in data:
            roles.setdefault(v, "input")
    _tell_by_sums(order, roles)
    _tell_by_partners(leaves, users, roles)
    return {v: roles.get(v, "parameter") for v in leaves}


def _compares(user: Value, leaf: Value) -> bool:
    """Whether the leaf is only compared there: t − y, 1 − t, t · log(p)."""
    others = [v for v in user.operands if v is not leaf]
    if user.op == "-":
        return not others or others[0].op != ""
    return user.op == "*" and len(others) == 1 and others[0].op in ("log", "log1p", "neg")


def _tell_by_sums(order: list[Value], roles: dict[Value, str]) -> None:
    for v in order:
        if v.op == "dot":
            weights, inputs, bias = v.arguments
            for leaf, role in [
                *[(w, "parameter") for w in weights],
                *[(x, "input") for x in inputs],
                (bias, "parameter"),
            ]:
                if isinstance(leaf, Value) and not leaf.operands:
                    roles.setdefault(leaf, role)


def _tell_by_partners(
    leaves: list[Value], users: Mapping[Value, list[Value]], roles: dict[Value, str]
) -> None:
    other = {"input": "parameter", "parameter": "input"}
    waiting = [v for v in leaves if roles.get(v) in other]
    while waiting:
        leaf = waiting.pop()
        for user in users[leaf]:
            if user.op == "*":
                for partner in user.operands:
                    if not partner.operands and partner not in roles:
                        roles[partner] = other[roles[leaf]]
                        waiting.append(partner)
