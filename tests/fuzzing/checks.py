"""What must hold of a random program; each check raises `Finding` with what it saw.

**What may differ from PyTorch and JAX.** What only one of them has otherwise, as JAX has slopes of
its own choice beside NaN and PyTorch −∞ for that of x^0.5 at −0, and what 2,000 digits (`exact.py`)
have as we do, is theirs and no finding. Rounding: the program is run again with every number on the
way changed in its last digits, and a derivative may differ by as much as these runs do among
themselves, times a hundred, and by what rounding the partials can do (`rounding_of`). A sum of
several numbers may be off by the last digits of their absolute sum, by the order in which it is
taken. At a tie or a kink that only rounding makes the runs differ by the whole step, so nothing is
asserted there; a tie of equal operands stays one and is. Numbers below 1e-290 or above 1e290 may be
rounded to 0 or infinity by one and not by the other: such programs are left out, and second
derivatives where it is so on the way to them. Where we raise an error, the other must have NaN or
an infinity. An adjoint of 0 hands on 0 here, and NaN there where the partial is infinite. A second
derivative that is NaN there, mostly as 0 · inf between its own formulas, is not compared, nor one
of which a digit of a term is past the range of floats, as where terms of 1e300 cancel, nor one that
is NaN here where a first derivative is infinite, as that of asin at −1. Where a number on the way
is infinite, a derivative may have its limit here (0 for gelu at −∞, 1 at ∞) and be NaN there, and
so it may where a square on the way underflows there. Where a value is NaN its derivatives are NaN
here and may be numbers there, as of acosh at −∞. PyTorch takes a power's derivative by its base at
an exponent of 0 for a constant, so that the mixed second derivative is 0 there and 1/a here: not
compared. Its gelu, cube root and atan2 are written anew (`peers.py`): its own lose the tail, are
NaN at 0, and square what underflows then. Everything else must agree: which derivatives are NaN or
infinite, and the values.
"""

import math
import random

import autograd
from autograd import Value, grad
from autograd.graph import adjoints, topological
from autograd.replay.tape import ENGINES
from fuzzing.peers import classified, function_names

SPACE = {name: getattr(autograd, name) for name in function_names()}
_SMALL, _LARGE = 1e-290, 1e290
_SHAKEN = 4  # runs with other last digits
_DIGITS = 4e-16
_ORDERS = ("", "by ", "twice by ")
_SUMS = {"dot", "total", "mean"}
_WITH_SLOPE = {"elu", "leaky_relu"}


class Finding(AssertionError):  # noqa: N818 - what a fuzzer finds
    """Something that must hold does not."""


class Difference(Finding):
    """A value or a derivative that is another one elsewhere, by more than what is allowed."""

    def __init__(self, place, ours, theirs, allowed, peer):
        order, name = place
        super().__init__(f"{_ORDERS[order]}{name}: ours is {ours!r}, {peer.name}'s {theirs!r}")
        self.place, self.ours, self.allowed = place, ours, allowed

    def is_settled_by(self, other, program):
        """Whether a third one has our number."""
        number = number_at(self.place, other, program)
        return number is not None and _agree(self.ours, number, self.allowed)


def number_at(place, peer, program):
    """A value (order 0) by its name, a first or second derivative by its leaf's, or None."""
    order, name = place
    if order == 0:
        return peer.run(program).get(name)
    i = int(name[1:])
    if order == 1:
        return peer.first(program)[i]
    return peer.second(program, direction_of(program))[i]


def values_of(program, after=lambda v: v):
    """Our Values of a program by name, as far as it got, and the error if there was one."""
    leaves = [Value(x, f"x{i}") for i, x in enumerate(program.leaves)]
    return program.run(SPACE, leaves, lambda v: after(_as_value(v)))


def _as_value(v):
    """v, which is a plain number where `where` with a plain condition has chosen one."""
    return v if isinstance(v, Value) else Value(v)


def result_of(values):
    """The last value that there is."""
    return list(values.values())[-1]


# Compiled and pure


def observed(program):
    """All that the engine computes, to the last bit, and what it says where it stops."""
    values, error = values_of(program)
    nodes = [[v.data.hex(), *[d.hex() for d in v.partials]] for v in values.values()]
    root = result_of(values)
    root.backward()
    gradients = [v.grad.hex() for v in values.values()]
    found = {"nodes": nodes, "gradients": gradients, "error": _said(error), "second": []}
    if len(program.steps) <= 6:
        try:
            found["second"] = [x.hex() for x in second(program)]
        except (ArithmeticError, ValueError) as problem:
            found["second"] = _said(problem)
    return found


def _said(error):
    return error and f"{type(error).__name__}: {error}"


def check_builds(program, pure):
    """The compiled engine gives what the Python files give, to the bit and to the word."""
    mine, other = observed(program), pure(program)
    for what, found in mine.items():
        if found != other[what]:
            raise Finding(f"{what}: compiled {found}, pure {other[what]}")


# Derivatives


def is_steady(program):
    """Whether all derivatives keep nine digits when every number on the way changes in its last."""
    values, _ = values_of(program)
    found = adjoints(result_of(values))
    for seed in range(_SHAKEN):
        others, error = values_of(program, _shaking(seed))
        if error is not None:
            return False
        shaken = adjoints(result_of(others))
        for name, v in values.items():
            d = found.get(v, 0.0)
            if not abs(shaken.get(others[name], 0.0) - d) <= 1e-9 * abs(d):
                return False
    return True


def first(program):
    """The gradient by the leaves, by the backward sweep."""
    values, _ = values_of(program)
    found = adjoints(result_of(values))
    return [found.get(values[f"x{i}"], 0.0) for i in range(len(program.leaves))]


def direction_of(program):
    """Weights for the sum of first derivatives whose derivatives are the second ones."""
    return [1.0 + 0.25 * i for i in range(len(program.leaves))]


def second(program, after=lambda v: v):
    """The derivatives of the first ones' sum, weighted by `direction_of`."""
    wrt = tuple(range(len(program.leaves)))

    def f(*xs):
        values, error = program.run(SPACE, xs, after)
        if error is not None:
            raise error
        return values[program.result]

    def along(*xs):
        return autograd.dot(grad(f, wrt)(*xs), direction_of(program))

    return list(grad(along, wrt)(*program.leaves))


def check_peers(program, peer, others):
    """The same as `check_peer`, but what another has as we have it is no finding.

    One that lacks a function of the program is not asked.
    """
    try:
        return check_peer(program, peer)
    except Difference as difference:
        known = [other for other in others if not _lacks(other, program)]
        if not any(difference.is_settled_by(other, program) for other in known):
            raise
        return "settled"


def check_peer(program, peer):
    """Values, first and second derivatives equal the peer's."""
    values, error = values_of(program)
    if _lacks(peer, program):
        return "has no such function"
    numbers = peer.run(program)
    if error is not None:
        stopped = f"v{len(values) - len(program.leaves)}"
        if classified(numbers[stopped]) == "number" and in_range(values):
            raise Finding(f"{_said(error)}; {peer.name} has {stopped} = {numbers[stopped]!r}")
        return "raises"
    if not in_range(values):
        return "out of range"
    shaken = [values_of(program, _shaking(seed)) for seed in range(_SHAKEN)]
    if any(problem is not None for _, problem in shaken):
        return "at an edge"
    for name, v in values.items():
        apart = [w[name].data for w, _ in shaken]
        _compare((0, name), v.data, numbers[name], apart, 0.0, peer)
    return _check_first(program, values, [w for w, _ in shaken], peer)


def _lacks(peer, program):
    return any(name in step.text for step in program.steps for name in peer.unknown)


def _check_first(program, values, shaken, peer):
    ours, theirs = first(program), peer.first(program)
    root = values[program.result]
    found = adjoints(root)
    if not _moderate(found.values()):
        return "out of range"
    rounding = rounding_of(root)
    others = [adjoints(w[program.result]) for w in shaken]
    # Ours hands on 0 from an adjoint of 0, whatever the partial is; there 0 · inf is NaN.
    unused = [v for v in values.values() if isinstance(v, Value) and found.get(v, 0.0) == 0.0]
    cut = any(not all(map(math.isfinite, v.partials)) for v in unused)
    cut = cut or any(math.isinf(v.data) or 0.0 < abs(v.data) < 1e-150 for v in found)
    # gelu is a product there, at 0 of 0 and an infinite adjoint.
    cut = cut or any(v.op == "gelu" and math.isinf(d) for v, d in found.items())
    undefined = any(math.isnan(v.data) for v in found)
    # A slope that elu and leaky_relu do not take: 0 · inf here, chosen away there.
    undefined = undefined or any(
        v.op in _WITH_SLOPE and v.partials[-1] == 0.0 and not math.isfinite(d)
        for v, d in found.items()
    )
    for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
        if (cut and math.isnan(y)) or (undefined and math.isnan(x)):
            continue
        apart = [o.get(w[f"x{i}"], 0.0) for o, w in zip(others, shaken, strict=True)]
        _compare((1, f"x{i}"), x, y, apart, rounding.get(values[f"x{i}"], 0.0), peer)
    at_a_pole = any(map(math.isinf, found.values()))
    if len(program.steps) > 6 or any(_to_the_power_of_0(v) for v in found):
        return "compared"
    try:
        along, leaves = first_as_graph(program)
    except ArithmeticError as error:
        theirs = peer.second(program, direction_of(program))
        if all(map(math.isfinite, theirs)):
            raise Finding(f"{_said(error)}; {peer.name} has second derivatives {theirs}") from error
        return "raises"
    numbers = [x for v in _below(along) for x in (v.data, *v.partials)]
    if not at_a_pole and not (_moderate(numbers) and all(map(math.isfinite, numbers))):
        return "compared"
    lost = rounding_of(along) if isinstance(along, Value) else {}
    further = [lost.get(leaf, 0.0) for leaf in leaves]
    return _check_second(program, rounding, further, peer, at_a_pole)


def _to_the_power_of_0(v):
    return v.op == "**" and float(v.arguments[1]) == 0.0


def first_as_graph(program):
    """The weighted sum of the first derivatives as a graph, and the leaves that it is made of."""
    wrt = tuple(range(len(program.leaves)))
    met = []

    def along(*xs):
        first = grad(lambda *zs: program.run(SPACE, zs)[0][program.result], wrt)(*xs)
        met.append((autograd.dot(first, direction_of(program)), xs))
        return met[-1][0]

    grad(along, wrt)(*program.leaves)
    return met[0]


def _below(y):
    return topological(y) if isinstance(y, Value) else []


def _check_second(program, rounding, further, peer, at_a_pole):
    ours = second(program)
    theirs = peer.second(program, direction_of(program))
    if not _moderate([*ours, *theirs]):
        return "compared"
    try:
        shaken = [second(program, _shaking(seed)) for seed in range(_SHAKEN)]
    except (ArithmeticError, ValueError):
        return "compared"
    lost = sum(filter(math.isfinite, rounding.values()))  # at a pole, what is lost elsewhere
    scale = sum(map(abs, filter(math.isfinite, ours))) + lost / _DIGITS
    for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
        apart = [found[i] for found in shaken]
        if math.isnan(y) or (at_a_pole and math.isnan(x)):
            continue
        if not at_a_pole and further[i] == math.inf:  # its terms are past the range of floats
            continue
        _compare((2, f"x{i}"), x, y, apart, _DIGITS * scale + further[i], peer)
    return "compared twice"


def _compare(place, ours, theirs, shaken, rounding, peer):
    if ours == theirs or any(classified(x) != classified(ours) for x in shaken):
        return
    spread = max(abs(x - ours) for x in shaken) if math.isfinite(ours) else 0.0
    rounding = rounding if math.isfinite(rounding) else 0.0
    allowed = 100.0 * (spread + rounding) + 1e-13 * abs(ours) + 1e-280
    if not _agree(ours, theirs, allowed):
        raise Difference(place, ours, theirs, allowed, peer)


def _agree(ours, theirs, allowed):
    kind = classified(ours)
    return kind == classified(theirs) and (kind != "number" or abs(ours - theirs) <= allowed)


def _shaking(seed):
    rng = random.Random(seed)

    def shaken(v):
        shaken = v * (1.0 + rng.choice([-1.0, 1.0]) * _DIGITS)
        lost = _lost_in_sum(v)
        return shaken + rng.choice([-1.0, 1.0]) * lost if lost else shaken

    return shaken


def _lost_in_sum(v):
    """What adding up several numbers in another order can change: some digits of them all."""
    if not isinstance(v, Value) or v.op not in _SUMS:
        return 0.0
    sizes = [abs(d * x.data) for d, x in zip(v.partials, v.operands, strict=True)]
    if v.op == "dot":
        sizes.append(abs(float(v.arguments[-1])))  # the bias may be a plain number
    return _DIGITS * math.fsum(sizes) if all(map(math.isfinite, sizes)) else 0.0


def rounding_of(root):
    """What rounding in the partials can do to each adjoint: some digits of 1 or of the partial."""
    found, error = adjoints(root), {}
    for v in reversed(topological(root)):
        for operand, partial in zip(v.operands, v.partials, strict=True):
            size = max(1.0, abs(partial)) * _DIGITS * abs(found.get(v, 0.0))
            carried = error.get(v, 0.0) * abs(partial)
            error[operand] = error.get(operand, 0.0) + carried + size
    return error


def in_range(values):
    """Whether all values and partials are moderate, and none is 0 that is only too small."""
    made = [v for v in values.values() if isinstance(v, Value)]
    lost = any(v.op == "/" and v.data != 0.0 and 0.0 in v.partials for v in made)
    return not lost and all(_moderate([v.data, *v.partials]) for v in made)


def _moderate(numbers):
    return all(map(is_moderate, numbers))


def is_moderate(x):
    """Whether a number is far enough from the ends of the range of floats, or beyond them."""
    return x == 0.0 or not math.isfinite(x) or _SMALL < abs(x) < _LARGE


# Tapes


def check_tapes(program):
    """A tape of the program computes on every engine what the eager engine computes."""
    values, error = values_of(program)
    if error is not None or not program.is_finite or not in_range(values):
        return "left out"
    if not all(math.isfinite(v.data) for v in values.values()):
        return "left out"
    taken = max(1, len(program.leaves) // 2)
    kept = [Value(x, f"x{i}") for i, x in enumerate(program.leaves)][taken:]

    def f(*inputs):
        values, error = program.run(SPACE, [*inputs, *kept], _as_value)
        if error is not None:
            raise error
        return values[program.result]

    row = list(program.leaves[:taken])
    try:
        tape = autograd.record(f, [None] * taken, example=row, parameters=kept)
    except ValueError as problem:  # no other point near the example has a value
        return f"not recorded: {problem}"
    shaken = [values_of(program, _shaking(seed)) for seed in range(_SHAKEN)]
    if any(problem is not None for _, problem in shaken):
        return "at an edge"
    root = values[program.result]
    found = adjoints(root)
    if not _moderate(found.values()) or not all(map(math.isfinite, found.values())):
        return "left out"
    rounding = rounding_of(root)
    others = [adjoints(w[program.result]) for w, _ in shaken]
    for engine in ENGINES:
        run = tape.with_engine(engine)
        peer = type("Engine", (), {"name": f"the tape ({engine})"})
        y, gradient = run.value_and_grad([row] * 3, wrt="parameters")
        apart = [w[program.result].data for w, _ in shaken]
        _compare((0, program.result), root.data, float(y), apart, _DIGITS * abs(root.data), peer)
        for i, g in enumerate(gradient.tolist(), taken):
            apart = [o.get(w[f"x{i}"], 0.0) for o, (w, _) in zip(others, shaken, strict=True)]
            leaf = values[f"x{i}"]
            _compare((1, f"x{i}"), found.get(leaf, 0.0), g, apart, rounding.get(leaf, 0.0), peer)
    return "compared"
