"""The numbers of a program by 2,000 digits, where it has some: what no rounding can hide.

A derivative is a quotient of differences over a step so small that no float sees it, forward and
backward. Where the two are not one number, as at a kink or a pole, there is none.
"""

import mpmath

_DIGITS = 2000
_STEP = mpmath.mpf("1e-400")  # beside a float of 5e-324; its square is a digit of 1e300
_SAME, _LEAST = mpmath.mpf("1e-20"), mpmath.mpf("1e-330")


def _softmax(xs):
    powers = [mpmath.exp(x - max(xs)) for x in xs]
    return [p / mpmath.fsum(powers) for p in powers]


def _sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def _atan2(y, x):
    if y == 0 and x <= 0:
        raise ZeroDivisionError("atan2 is cut there: it is the sign of 0 that decides")
    return mpmath.atan2(y, x)


FUNCTIONS = {
    "absolute": abs,
    "atan2": _atan2,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),  # mpmath's own is a complex root
    "dot": lambda ws, xs, b: mpmath.fdot(ws, xs) + b,
    "elu": lambda x, k: x if x > 0 else k * mpmath.expm1(x),
    "exp2": lambda x: mpmath.power(2, x),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "leaky_relu": lambda x, k: x if x > 0 else k * x,
    "log2": lambda x: mpmath.log(x, 2),
    "logsumexp": lambda xs: max(xs) + mpmath.log(mpmath.fsum(mpmath.exp(x - max(xs)) for x in xs)),
    "maximum": max,
    "mean": lambda xs: mpmath.fsum(xs) / len(xs),
    "minimum": min,
    "relu": lambda x: max(x, 0),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softmax": _softmax,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "take": lambda xs, place: xs[int(place)],
    "total": mpmath.fsum,
    "where": lambda c, a, b: a if c > 0 else b,
    **{
        name: getattr(mpmath, name)
        for name in (
            "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "erf",
            "erfc", "exp", "expm1", "hypot", "log", "log10", "log1p", "sin", "sinh", "sqrt", "tan",
            "tanh",
        )
    },
}  # fmt: skip
"""The functions of a program by their names, of mpmath's numbers."""


class Exact:
    """Values and derivatives of a program by many digits; None is what they say nothing of."""

    name = "exact"
    unknown = frozenset()  # functions that it lacks

    def run(self, program):
        """The numbers of all values, by name."""
        with mpmath.workdps(_DIGITS):
            return {name: float(v) for name, v in _values(program, {}).items()}

    def first(self, program):
        """The derivatives of the result by the leaves."""
        with mpmath.workdps(_DIGITS):
            return [_slope(lambda h, i=i: _moved(program, {i: h})) for i in _leaves(program)]

    def second(self, program, direction):
        """The derivatives of the first ones' sum, weighted by `direction`."""
        with mpmath.workdps(_DIGITS):
            return [_along(program, i, direction) for i in _leaves(program)]


def _leaves(program):
    return range(len(program.leaves))


def _values(program, moved):
    """The values where leaf i is moved by `moved[i]`."""
    leaves = [mpmath.mpf(x) + moved.get(i, 0) for i, x in enumerate(program.leaves)]
    return program.run(FUNCTIONS, leaves, _real)[0]


def _real(v):
    if isinstance(v, mpmath.mpc):
        raise ValueError(f"{v} is no real number")
    return mpmath.mpf(v)


def _moved(program, moved):
    return _values(program, moved).get(program.result, mpmath.nan)


def _slope(f):
    return _one((f(_STEP) - f(0)) / _STEP, (f(0) - f(-_STEP)) / _STEP)


def _along(program, i, direction):
    bends = [_bend(program, i, j) for j in _leaves(program)]
    if None in bends:
        return None
    return sum(c * bend for c, bend in zip(direction, bends, strict=True))


def _bend(program, i, j):
    def difference(h):
        both = {i: 2 * h} if i == j else {i: h, j: h}
        ends = _moved(program, both) + _moved(program, {})
        return (ends - _moved(program, {i: h}) - _moved(program, {j: h})) / h**2

    return _one(difference(_STEP), difference(-_STEP))


def _one(forward, backward):
    """The number that both are, or None."""
    same = abs(forward - backward) <= _SAME * abs(forward) + _LEAST
    return float(forward) if same else None
