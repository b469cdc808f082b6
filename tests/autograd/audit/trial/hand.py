"""A learner who computes by hand: rounds every step, writes it down, and may make one slip.

Nothing here knows the audit. A network's hand code (`networks`, `further`, `unseen`) calls the
learner once a step, with the right number and the numbers that the slips of that step would give.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from autograd import Value

Wrong = float | Callable[[], float] | None


# What a reading of each slip must say to count as naming it

WORDS = {
    "bias left out": r"left out|forgotten|missing",
    "term left out": r"left out|forgotten|missing|only",
    "factor left out": r"left out|forgotten|missing|is taken for|belongs",
    "factor twice": r"twice|squared",
    "sign": r"sign|minus|plus|negative|turned|added|−",
    "term's sign": r"sign|minus|plus|−",
    "inputs swapped": r"swapped|exchanged|belongs",
    "another's": r"belongs|neighbour|another|this is|instead|swapped|gradient of|starts from",
    "activation left out": r"left out|forgotten|belongs",
    "activation twice": r"twice",
    "another function": r" for |belongs|instead",
    "minus z": r"sign|−z|minus",
    "slope left out": r"left out|forgotten|missing",
    "half of slope": r"left out| for |forgotten",
    "slope at a": r"(taken|used) at|belongs| for ",
    "slope of z": r"taken at|z\(1 − z\)|1 − z|belongs| for ",
    "another slope": r" for |rule|belongs|instead|square",
    "slope where off": r"off|relu|slope|derivative|left out",
    "path left out": r"path .*left out|left out|only",
    "new weights": r"new ",
    "transposed": r"transposed|belongs|swapped|exchanged|row|column",
    "bias times input": r"times|multiplied|as a weight|as if",
    "half forgotten": r"½|1/2|factor 2",
    "two forgotten": r"½|2|two",
    "square forgotten": r"square|power|\^|exponent",
    "square of sum": r"square",
    "derivative for loss": r"derivative|not the loss|∂",
    "target swapped": r"belongs|swapped|exchanged|class|target",
    "log base 10": r"base 10|log10|lg",
    "degrees": r"degree",
    "n forgotten": r"1/|mean|n ",
    "n minus 1": r"n − 1|n-1|− 1",
    "rate left out": r"learning rate",
    "rate twice": r"learning rate.*twice",
    "update added": r"added|sign|plus",
    "no update": r"gradient|left out|nothing|old weight",
    "gradient left out": r"gradient",
    "power rule": r"power|exponent|factor|for|left out|square",
    "one over": r"1/|reciprocal|upside|turned|for|multiplied|left out|inver",
    "cos for sin": r"cos|sin",
    "exp left out": r"exp|softmax",
    "diagonal only": r"diagonal",
    "other class": r"class|belongs|another|swapped",
    "product rule": r"product|left out|forgotten|only|path",
    "scale forgotten": r"left out|forgotten|scale|factor|√",
    "scale twice": r"twice|scale|squared|factor",
    "another step": r"step|belongs|another|this is",
    "last step only": r"left out|only",
    "gates swapped": r"swapped|exchanged|belongs|another|this is",
    "root forgotten": r"root|√|power|left out",
    "base forgotten": r"base|left out|forgotten|power",
    "ratio turned": r"upside|turned|inver|reciprocal",
    "constant left out": r"left out|forgotten|constant",
    "simple for compound": r"simple|compound|power|exponent|·|times",
    "normalising term": r"left out|missing|forgotten|denominator|sum",
    "wrong branch": r"branch|max|larger|smaller|other|min|belongs|off|left out",
    "digits swapped": r"digits are swapped",
    "decimal point": r"decimal point",
}


SCALES = ("sign", "half forgotten", "two forgotten", "n forgotten")
"""Slips that change a number by a factor."""


@dataclass(frozen=True)
class Precision:
    """So many significant digits, or decimals, rounded or cut off."""

    digits: int
    decimals: bool = False
    cut: bool = False

    def text(self, x: float) -> str:
        exact = Decimal(repr(float(x)))
        if not exact:
            return "0"
        place = -self.digits if self.decimals else exact.adjusted() - self.digits + 1
        how = ROUND_DOWN if self.cut else ROUND_HALF_EVEN
        return f"{exact.quantize(Decimal(1).scaleb(place), how):f}"


@dataclass(frozen=True)
class Chance:
    """A slip that could be made: its kind, the step, and which of its kind it is there."""

    kind: str
    at: str
    which: str = ""


@dataclass
class Hand:
    """The learner. `slips` are those to make."""

    precision: Precision
    slips: tuple[Chance, ...] = ()
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    chances: list[Chance] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def __call__(self, name: str, sort: str, right: float, **wrong: Wrong) -> float:
        """A step: its name, its sort (forward, delta, answer, or "" if never shown), its number.

        `wrong` are slips and what they would give: none where it is None.
        """
        taken: dict[str, float] = {}
        for key, w in wrong.items():
            kind = _kind(key)
            if w is None:
                continue
            try:
                other = float(w() if callable(w) else w)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            if not math.isfinite(other) or abs(other) > 1e6 or not self.differ(other, right):
                continue
            chance = Chance(kind, name, key)
            self.chances.append(chance)
            if chance in self.slips:
                taken[kind] = other
        value = right
        for kind in sorted(taken, key=SCALES.__contains__):
            value = self.with_another(kind, value, right, taken[kind])
            self.made.append(name)
        text = self.written(name, sort, self.precision.text(value))
        if sort:
            self.entries[name] = sort, text
        return float(text)

    def with_another(self, kind: str, value: float, right: float, other: float) -> float:
        """The number with one slip more: a scale or a sign is a factor of whatever it was."""
        if value == right:
            return other
        return value * other / right if kind in SCALES else value + other - right

    def used(self, name: str) -> float:
        """The number of an earlier step, as it stands on the sheet."""
        return float(self.entries[name][1])

    def differ(self, a: float, b: float) -> bool:
        """Whether two numbers are different ones on paper, by more than rounding."""
        unit = Decimal(self.precision.text(b)).as_tuple().exponent
        return abs(a - b) > 2.5 * 10.0 ** int(unit)

    def written(self, name: str, sort: str, text: str) -> str:
        """The figure as it is put down: a slip of the pen may come in, and is carried on."""
        if sort != "forward" and not (sort and "'" in name) and sort != "answer":
            return text
        digits = text.lstrip("-0.")
        if len(digits.replace(".", "")) < 3:
            return text
        swapped = _swapped(text)
        for kind, other in (("digits swapped", swapped), ("decimal point", _shifted(text))):
            if other is None:
                continue
            chance = Chance(kind, name)
            self.chances.append(chance)
            if chance in self.slips:
                self.made.append(name)
                text = other
        return text

    def sheet(self, show: str) -> dict[str, str]:
        """The figures by name: "full", without the deltas, or the answers only."""
        kept = {
            "full": ("forward", "delta", "answer"),
            "no deltas": ("forward", "answer"),
            "answers": ("answer",),
        }[show]
        return {name: text for name, (sort, text) in self.entries.items() if sort in kept}


def _kind(key: str) -> str:
    """The kind of a slip from its keyword: `slope_at_a`, `sign_2` (the second of its kind)."""
    words = re.sub("_[234]$", "", key).replace("_", " ")
    words = {"anothers": "another's", "terms sign": "term's sign"}.get(words, words)
    if words not in WORDS:
        raise KeyError(words)
    return words


def _swapped(text: str) -> str | None:
    first = next(i for i, c in enumerate(text) if c in "123456789")
    for i in range(first, len(text) - 1):
        if text[i].isdigit() and text[i + 1].isdigit() and text[i] != text[i + 1]:
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return None


def _shifted(text: str) -> str | None:
    return f"{Decimal(text).scaleb(1 if abs(float(text)) < 1 else -1):f}"


# Steps that most networks have


def sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sigmoid": sigma,
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "softplus": lambda z: math.log1p(math.exp(z)),
}


def dotted(ws: Sequence[float], xs: Sequence[float]) -> float:
    return sum([w * x for w, x in zip(ws, xs, strict=True)])


def neuron(
    h: Hand,
    name: str,
    ws: Sequence[float],
    xs: Sequence[float],
    b: float = 0.0,
    other: Sequence[float] = (),
    raw: float | None = None,
) -> float:
    """Z = Σ w·x + b. `other`: weights of a neighbour; `raw`: xs[0] before its activation."""
    z = dotted(ws, xs) + b
    two = len(ws) > 1
    return h(
        name,
        "forward",
        z,
        bias_left_out=z - b if b else None,
        term_left_out=z - ws[-1] * xs[-1] if two else None,
        factor_left_out=z - ws[0] * xs[0] + xs[0],
        factor_left_out_2=z - ws[-1] * xs[-1] + ws[-1],
        factor_twice=z - ws[0] * xs[0] + ws[0] * xs[0] ** 2,
        terms_sign=z - 2 * ws[0] * xs[0] if two or b else None,
        terms_sign_2=z - 2 * b if b else None,
        inputs_swapped=z - dotted(ws[:2], xs[:2]) + ws[0] * xs[1] + ws[1] * xs[0] if two else None,
        anothers=z - ws[0] * xs[0] + ws[1] * xs[0] if two else None,
        anothers_2=z - ws[0] * xs[0] + other[0] * xs[0] if other else None,
        transposed=z - ws[1] * xs[1] + other[0] * xs[1] if two and other else None,
        activation_left_out=None if raw is None else z - ws[0] * xs[0] + ws[0] * raw,
    )


def activation(h: Hand, name: str, f: str, z: float) -> float:
    """A = f(z)."""
    function = FUNCTIONS[f]
    swap = {"sigmoid": math.tanh, "tanh": sigma}.get(f)
    return h(
        name,
        "forward",
        function(z),
        activation_left_out=z,
        activation_twice=function(function(z)) if f != "relu" else None,
        another_function=swap(z) if swap else None,
        minus_z=function(-z),
    )


def delta(h: Hand, name: str, up: float, f: str, z: float, a: float) -> float:
    """∂E/∂z = ∂E/∂a · f'(z), from the gradient above."""
    if f == "sigmoid":
        s = a * (1 - a)
        slips = {
            "half_of_slope": a,
            "half_of_slope_2": 1 - a,
            "slope_at_a": sigma(a) * (1 - sigma(a)),
            "slope_of_z": z * (1 - z),
            "another_slope": 1 - a * a,
        }
    elif f == "tanh":
        s = 1 - a * a
        slips = {
            "half_of_slope": 1 - a,
            "slope_at_a": 1 - math.tanh(a) ** 2,
            "slope_of_z": 1 - z * z,
            "another_slope": a * (1 - a),
            "another_slope_2": 1 + a * a,
        }
    elif f == "relu":
        s = float(z > 0)
        slips = {"slope_where_off": 1.0 - s}
        return h(name, "delta", up * s, **{k: up * x for k, x in slips.items()})
    else:  # softplus
        s = sigma(z)
        slips = {"another_slope": s * (1 - s), "another_slope_2": math.exp(z)}
    return h(
        name,
        "delta",
        up * s,
        slope_left_out=up,
        factor_left_out=s,
        sign=-up * s,
        factor_twice=up * s * s,
        **{k: up * x for k, x in slips.items()},
    )


def above(
    h: Hand,
    name: str,
    ds: Sequence[float],
    ws: Sequence[float],
    new: Sequence[float] = (),
    other: Sequence[float] = (),
    sort: str = "delta",
) -> float:
    """∂E/∂a = Σ δ w over the next layer. `new`: the updated weights; `other`: a wrong row."""
    g = dotted(ds, ws)
    many = len(ds) > 1
    return h(
        name,
        sort,
        g,
        path_left_out=g - ds[-1] * ws[-1] if many else None,
        path_left_out_2=g - ds[0] * ws[0] if many else None,
        factor_left_out=g - ds[0] * ws[0] + ds[0],
        factor_left_out_2=None if many else ws[0],
        terms_sign=g - 2 * ds[0] * ws[0] if many else None,
        sign=-g,
        factor_twice=g - ds[0] * ws[0] + ds[0] * ws[0] ** 2,
        new_weights=dotted(ds, new) if new else None,
        transposed=dotted(ds, other) if other else None,
        anothers=g - ds[0] * ws[0] + ds[0] * ws[1] if many else None,
    )


def gradient(
    h: Hand,
    name: str,
    d: float,
    x: float,
    other: float | None = None,
    raw: float | None = None,
    other_d: float | None = None,
) -> float:
    """∂E/∂w = δ·x. `other`: another input; `raw`: x before its activation; another's δ."""
    return h(
        name,
        "answer",
        d * x,
        factor_left_out=d,
        factor_left_out_2=x,
        factor_twice=d * x * x,
        sign=-d * x,
        half_forgotten=2 * d * x,
        two_forgotten=0.5 * d * x,
        anothers=None if other is None else d * other,
        anothers_2=None if other_d is None else other_d * x,
        activation_left_out=None if raw is None else d * raw,
    )


def bias_gradient(h: Hand, name: str, ds: Sequence[float], x: float | None = None) -> float:
    """∂E/∂b = δ, or the sum over rows or steps."""
    g = sum(ds)
    return h(
        name,
        "answer",
        g,
        bias_times_input=None if x is None else g * x if len(ds) == 1 else g - ds[0] + ds[0] * x,
        term_left_out=g - ds[0] if len(ds) > 1 else None,
        sign=-g,
        last_step_only=ds[-1] if len(ds) > 2 else None,
    )


def update(
    h: Hand,
    name: str,
    w: float,
    g: float,
    rate: float,
    other_g: float | None = None,
    other_w: float | None = None,
) -> float:
    """W' = w − η ∂E/∂w."""
    return h(
        f"{name}'",
        "answer",
        w - rate * g,
        update_added=w + rate * g,
        rate_left_out=w - g,
        rate_twice=w - rate * rate * g,
        no_update=-rate * g,
        gradient_left_out=w - rate,
        anothers=None if other_g is None else w - rate * other_g,
        anothers_2=None if other_w is None else other_w - rate * g,
        half_forgotten=w - 2 * rate * g,
    )


# Networks


@dataclass(frozen=True)
class Problem:
    """A network with drawn numbers: its graph, its hand code, its learning rate."""

    graph: Callable[[], Value]
    hand: Callable[[Hand], object]
    rate: float


Draw = Callable[[random.Random], Problem]


class Networks(dict[str, Draw]):
    """Networks by their names; a function that draws one is put among them by `add`."""

    def add(self, draw: Draw) -> Draw:
        self[draw.__name__.replace("_", " ")] = draw
        return draw


def number(rng: random.Random, lo: float = 0.15, hi: float = 0.95, sign: bool = True) -> float:
    """A number with two decimals, away from 0 (and from 1)."""
    x = round(rng.uniform(lo, hi), 2)
    return -x if sign and rng.random() < 0.4 else x


def numbers(rng: random.Random, n: int, lo: float = 0.15, hi: float = 0.95, sign: bool = True):
    """N different numbers."""
    found: list[float] = []
    while len(found) < n:
        x = number(rng, lo, hi, sign)
        if all(abs(abs(x) - abs(y)) > 0.02 for y in found):
            found.append(x)
    return found


def named(v: Value, label: str) -> Value:
    v.label = label
    return v
