"""Slips in a derivative: what is left out of the chain rule, and what is used in its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from autograd.audit.reckoning import Derivative, Edge, Path
from autograd.audit.slips.case import (
    FEW,
    Case,
    Slip,
    Stage,
    close,
    data_swaps,
    multiple,
    neighbours,
    new_weights,
    sign,
)
from autograd.audit.steps import ACTIVATIONS
from autograd.value import Value

_FEW_PATHS = 6  # so many are tried in every subset, and factor by factor


def _derivative(case: Case) -> Derivative:
    assert isinstance(case.quantity, Derivative)
    return case.quantity


# What is left out


def _path_left_out(case: Case) -> Iterator[Slip]:
    """Some of the paths left out."""
    q = _derivative(case)
    paths = case.base.paths(q.top, q.bottom, _FEW_PATHS)
    whole = sum([p.number for p in paths])
    for size in range(1, len(paths)):
        for left_out in combinations(paths, size):
            kept = [p for p in paths if p not in left_out]
            what = _paths_text(case, kept, list(left_out))
            yield Slip("path left out", what, whole - sum([p.number for p in left_out]))
    if not paths:
        yield from _ways_left_out(case)


def _ways_left_out(case: Case) -> Iterator[Slip]:
    """Where paths are many: all through one value left out, or only those followed."""
    q = _derivative(case)
    whole = case.base.derivative(q.top, q.bottom)
    through: dict[Value, float] = {}
    for (_, s), p, beside in case.base.edges(q.top, q.bottom):
        through[s] = through.get(s, 0.0) + p * beside
    for v, share in through.items():
        if v is not q.bottom:
            name = case.name(v)
            yield Slip("path left out", f"the paths through {name} are left out", whole - share)
            yield Slip("path left out", f"only the paths through {name} are followed", share)
    for edge, p, beside in case.base.edges(q.top, q.bottom):
        what = f"the paths along {case.factor(edge)} are left out"
        yield Slip("path left out", what, whole - p * beside)


def _paths_text(case: Case, kept: list[Path], left_out: list[Path]) -> str:
    """What is followed and what is left out, by values that tell the paths apart."""
    followed, missing = _paths_named(case, kept, left_out), _paths_named(case, left_out, kept)
    return (
        f"only {followed} {'is' if len(kept) == 1 else 'are'} followed, "
        f"{missing} {'is' if len(left_out) == 1 else 'are'} left out"
    )


def _paths_named(case: Case, paths: list[Path], others: list[Path]) -> str:
    noun = f"the path{'s' if len(paths) > 1 else ''}"
    shared = set.intersection(*[{s for _, s in p.edges} for p in paths])
    own = [s for _, s in paths[0].edges if s in shared - {s for o in others for _, s in o.edges}]
    if own:
        return f"{noun} through {case.name(own[-1])}"
    return f"{noun} {' and '.join(dict.fromkeys([_by(case, p, others) for p in paths]))}"


def _by(case: Case, path: Path, others: list[Path]) -> str:
    """The path's own value nearest to the bottom that none of the others has, or its whole way."""
    taken = {s for other in others for _, s in other.edges}
    own = [s for _, s in path.edges if s not in taken]
    if own:
        return f"through {case.name(own[-1])}"
    return " → ".join([case.name(path.edges[0][0]), *[case.name(s) for _, s in path.edges]])


def _factor_left_out(case: Case) -> Iterator[Slip]:
    """One factor of the chain left out, wherever it stands."""
    q = _derivative(case)
    whole = case.base.derivative(q.top, q.bottom)
    edges = case.base.edges(q.top, q.bottom)
    for edge, p, beside in edges:
        what = f"the factor {case.factor(edge)}{_known_as(case, edge)} is left out"
        yield Slip("factor left out", what, whole + (1.0 - p) * beside)
    for v, p, d in _last_factors(case):
        what = f"the factor ∂{case.name(q.top)}/∂{case.name(v)} is left out"
        yield Slip("factor left out", what, whole - p * d + p)
    yield from _activations_left_out(case)


def _activations_left_out(case: Case) -> Iterator[Slip]:
    """The activation's derivative left out in all neurons of a layer, or in all layers."""
    q = _derivative(case)
    layers: dict[int, dict[Edge, float]] = {}
    for edge, _, _ in case.base.edges(q.top, q.bottom):
        if edge[0].op in ACTIVATIONS:
            layers.setdefault(case.base.steps.level[edge[0]], {})[edge] = 1.0
    for layer in layers.values():
        if len(layer) > 1:
            names = case.names([v for v, _ in layer])
            number = case.base.derivative(q.top, q.bottom, layer)
            yield Slip("factor left out", f"the derivative of {names} is left out", number)
    if len(layers) > 1:
        everywhere = {edge: 1.0 for layer in layers.values() for edge in layer}
        number = case.base.derivative(q.top, q.bottom, everywhere)
        yield Slip("factor left out", "the derivatives of all activations are left out", number)


def _known_as(case: Case, edge: Edge) -> str:
    v, s = edge
    if v.op in ACTIVATIONS:
        return " (the activation's derivative)"
    if case.base.steps.role.get(s) == "weight":
        beside = [u for u in case.base.steps.steps[v].sources if u is not s]
        p = case.base.partials(v)[s]
        named = [u for u in beside if close(case.base.numbers[u], p)]
        return f" = {case.name(named[0])}" if len(named) == 1 else ""
    return ""


def _factor_twice(case: Case) -> Iterator[Slip]:
    """One factor of the chain used twice."""
    q = _derivative(case)
    whole = case.base.derivative(q.top, q.bottom)
    for edge, p, beside in case.base.edges(q.top, q.bottom):
        what = f"the factor {case.factor(edge)}{_known_as(case, edge)} is used twice"
        yield Slip("factor used twice", what, whole + (p * p - p) * beside)
    for v, p, d in _last_factors(case):
        what = f"the factor ∂{case.name(q.top)}/∂{case.name(v)} is used twice"
        yield Slip("factor used twice", what, whole + (d * d - d) * p)


def _last_factors(case: Case) -> list[tuple[Value, float, float]]:
    """What the bottom goes into, its factor there, and the whole derivative above that."""
    q = _derivative(case)
    base = case.base
    above = base.derivatives(q.top)
    return [
        (v, base.partials(v)[q.bottom], base.used(q.top, v, above[v]))
        for v in base.steps.consumers[q.bottom]
        if v is not q.top
    ]


def _sign_of_one(case: Case) -> Iterator[Slip]:
    """The sign of one factor flipped, where that is not the sign of all."""
    q = _derivative(case)
    whole = case.base.derivative(q.top, q.bottom)
    for edge, p, beside in case.base.edges(q.top, q.bottom):
        if not close(p * beside, whole):
            what = f"the sign of {case.factor(edge)} is flipped"
            yield Slip("sign flipped", what, whole - 2.0 * p * beside)


def _half_of_a_slope(case: Case) -> Iterator[Slip]:
    """Of a sigmoid's derivative a(1 − a) one half left out."""
    q = _derivative(case)
    whole = case.base.derivative(q.top, q.bottom)
    for edge, p, beside in case.base.edges(q.top, q.bottom):
        if edge[0].op == "sigmoid":
            a = case.base.numbers[edge[0]]
            name = case.name(edge[0])
            for kept, missing in ((a, f"(1 − {name})"), (1.0 - a, name)):
                what = f"the factor {missing} of {case.factor(edge)} is left out"
                yield Slip("factor left out", what, whole + (kept - p) * beside)


def _on_one_path(case: Case) -> Iterator[Slip]:
    """One factor left out or used twice on one path only."""
    q = _derivative(case)
    paths = case.base.paths(q.top, q.bottom, _FEW_PATHS)
    whole = sum([p.number for p in paths])
    for path in paths if len(paths) > 1 else ():
        others = [p for p in paths if p is not path]
        for edge in path.edges:
            p = case.base.partials(edge[0])[edge[1]]
            if any(edge in other.edges for other in others):
                what = (
                    f"the factor {case.factor(edge)} is {{}} on the path {_by(case, path, others)}"
                )
                without = whole - path.number + path.number / p
                yield Slip("factor left out", what.format("left out"), without)
                twice = whole - path.number + path.number * p
                yield Slip("factor used twice", what.format("used twice"), twice)


# What is used in another's place


def _backward_data(case: Case) -> Iterator[Slip]:
    """An input or target used where another belongs."""
    for data, what in data_swaps(case, _used_in(case)):
        yield _changed(case, "swapped input or target", what, data)


def _data_from_the_start(case: Case) -> Iterator[Slip]:
    """An input or target used where another belongs, in the forward pass too."""
    q = _derivative(case)
    for data, what in data_swaps(case, case.base.steps.order):
        number = case.base.elsewhere(data).derivative(q.top, q.bottom)
        yield Slip("swapped input or target", f"{what} from the start", number)


def _backward_weights(case: Case) -> Iterator[Slip]:
    """A neighbouring weight or activation used where another belongs."""
    role = case.base.steps.role
    weights = [s for s in _used_in(case) if role.get(s) == "weight"]
    for weight_numbers, what in neighbours(case, weights):
        yield _changed(case, "neighbouring weight", what, weight_numbers)
    q = _derivative(case)
    numbers = case.base.numbers
    last = [
        s for v in case.base.steps.consumers[q.bottom] for s in case.base.steps.steps[v].sources
    ]
    for s in last if role.get(q.bottom) == "weight" else ():
        if s in case.base.steps.steps:
            for other in case.base.steps.siblings(s)[:FEW]:
                what = f"{case.name(other)} is used where {case.name(s)} belongs"
                yield _changed(case, "neighbouring weight", what, {s: numbers[other]})
    derivatives = case.base.derivatives(q.top)
    for other in case.base.steps.siblings(q.bottom)[:FEW]:
        what = f"this is ∂{case.name(q.top)}/∂{case.name(other)}, of the neighbour"
        yield Slip("neighbouring weight", what, derivatives[other])


def _backward_new(case: Case) -> Iterator[Slip]:
    """The new weights used where the old ones belong."""
    role = case.base.steps.role
    weights = [s for s in _used_in(case) if role.get(s) == "weight"]
    for new, what in new_weights(case, weights):
        yield _changed(case, "new weight", what, new)


def _used_in(case: Case) -> list[Value]:
    """The values that the factors of a derivative are read from."""
    q = _derivative(case)
    found: dict[Value, None] = {}
    for (v, s), _, _ in case.base.edges(q.top, q.bottom):
        for u in case.base.steps.read_by(v, s):
            found.setdefault(u)
    return list(found)


def _changed(case: Case, kind: str, what: str, numbers: dict[Value, float]) -> Slip:
    q = _derivative(case)
    changed = case.base.backwards(q.top, q.bottom, numbers)
    return Slip(kind, what, case.base.derivative(q.top, q.bottom, changed))


STAGES: tuple[Stage, ...] = (
    sign,
    multiple,
    _path_left_out,
    _factor_left_out,
    _factor_twice,
    _backward_data,
    _backward_weights,
    _backward_new,
)
RARE: tuple[Stage, ...] = (_sign_of_one, _half_of_a_slope, _on_one_path, _data_from_the_start)
