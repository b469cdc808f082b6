"""Sheets of numbers as a learner would write them, right or with one slip, and what audits say.

The learner computes a small network by hand: with lists and loops of its own, not with the engine
and not with the audit's own list of slips. `python tests/autograd/audit/test_rates.py` measures
the rates on 1,000 sheets of each sort and prints them.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest

from autograd import Value, adjoints, audit, dot, log, relu, sigmoid, tanh

pytestmark = pytest.mark.slow

KINDS = (
    "path left out",
    "factor left out",
    "factor used twice",
    "sign flipped",
    "wrong multiple",
    "new weight",
    "neighbouring weight",
    "swapped input or target",
    "decimal point",
    "swapped digits",
    "derivative for loss",
)


class NotPossibleError(Exception):
    """This slip cannot be made here, or would not show."""


# A random network, in plain lists and as a graph


ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), lambda z, a: a * (1 - a), sigmoid),
    "tanh": (math.tanh, lambda z, a: 1 - a * a, tanh),
    "relu": (lambda z: max(z, 0.0), lambda z, a: float(z > 0), relu),
    "linear": (lambda z: z, lambda z, a: 1.0, None),
}


@dataclass
class Network:
    x: list[float]
    t: list[float]
    w: list[list[list[float]]]  # w[l][j][i], from neuron i to neuron j of layer l
    b: list[list[float]]
    activation: list[str]
    loss: str
    rate: float
    form: str  # how the graph is written: with dot, with products, or with plain numbers as data

    @staticmethod
    def random(rng: random.Random) -> Network:
        hidden = [rng.randint(1, 3) for _ in range(rng.choice([1, 1, 1, 2]))]
        sizes = [rng.randint(1, 3), *hidden, rng.randint(1, 3)]
        loss = rng.choice(["half", "half", "mean", "cross-entropy"])
        last = "sigmoid" if loss == "cross-entropy" else rng.choice(["sigmoid", "linear"])
        some = [rng.choice(["sigmoid", "sigmoid", "tanh", "relu"]) for _ in hidden]

        def number(lo: float, hi: float) -> float:
            return round(rng.uniform(lo, hi), 2) or 0.37

        return Network(
            x=[number(0.05, 2) for _ in range(sizes[0])],
            t=[
                float(rng.randint(0, 1)) if loss == "cross-entropy" else number(0.01, 0.99)
                for _ in range(sizes[-1])
            ],
            w=[[[number(-1, 1) for _ in range(n)] for _ in range(m)] for n, m in pairwise(sizes)],
            b=[[number(-1, 1) for _ in range(m)] for m in sizes[1:]],
            activation=[*some, last],
            loss=loss,
            rate=rng.choice([0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7]),
            form=rng.choice(["dot", "products", "plain"]),
        )

    def graph(self) -> Value:
        """The same network of the engine's Values, labelled."""
        plain = self.form == "plain"
        row = self.x if plain else [Value(x, f"x{i}") for i, x in enumerate(self.x, 1)]
        for n, (ws, bs, name) in enumerate(zip(self.w, self.b, self.activation, strict=True), 1):
            made = []
            for j, (weights, bias) in enumerate(zip(ws, bs, strict=True), 1):
                labelled = [Value(w, f"w{i}{j}_{n}") for i, w in enumerate(weights, 1)]
                b = Value(bias, f"b{j}_{n}")
                if self.form == "products":
                    z = sum([x * w for x, w in zip(row, labelled, strict=True)]) + b
                else:
                    z = dot(labelled, row, b)
                z.label = f"z{j}_{n}"
                function = ACTIVATIONS[name][2]
                a = function(z) if function else z
                if function:
                    a.label = f"a{j}_{n}"
                made.append(a)
            row = made
        plain = plain and self.loss != "cross-entropy"
        targets = self.t if plain else [Value(t, f"t{k}") for k, t in enumerate(self.t, 1)]
        pairs = list(zip(row, targets, strict=True))
        if self.loss == "cross-entropy":
            loss = sum([-(t * log(a) + (1 - t) * log(1 - a)) for a, t in pairs])
        else:
            loss = sum([(a - t) ** 2 for a, t in pairs])
            loss = loss * (0.5 if self.loss == "half" else 1 / len(pairs))
        loss.label = "E"
        return loss


# The learner


@dataclass
class Learner:
    """Computes every number in turn and writes some down; may make one slip, at one name.

    `slip` is the kind and the name of the number at which it is made. With `uses_written` each
    number is used on as it was rounded for the sheet, without with all its digits.
    """

    net: Network
    rng: random.Random
    digits: int
    uses_written: bool = False
    shows_deltas: bool = True
    kind: str = ""
    at: str = ""
    n: dict[str, float] = field(default_factory=dict)
    sheet: dict[str, str] = field(default_factory=dict)
    made: bool = False

    def write(self, name: str, number: float, shown: bool = True) -> None:
        text = rounded(number, self.digits)
        if name == self.at and self.kind in ("decimal point", "swapped digits"):
            text = self.copied(text)
            number = float(text)
            self.made = True
        self.n[name] = float(text) if self.uses_written and shown else number
        if shown:
            self.sheet[name] = text

    def copied(self, text: str) -> str:
        if self.kind == "decimal point":
            places = self.rng.choice([-2, -1, 1, 2])
            return f"{Decimal(text).scaleb(places):f}"
        first = next((i for i, c in enumerate(text) if c in "123456789"), None)
        places = [i for i, c in enumerate(text) if c.isdigit() and first is not None and i >= first]
        pairs = [(i, j) for i, j in pairwise(places) if text[i] != text[j]]
        if not pairs:
            raise NotPossibleError
        i, j = self.rng.choice(pairs)
        swapped = list(text)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        return "".join(swapped)

    def slips(self, name: str, kind: str) -> bool:
        """Whether the slip of this kind is to be made at this number, now."""
        if name == self.at and kind == self.kind and not self.made:
            self.made = True
            return True
        return False

    def other(self, xs: list[float], i: int) -> float:
        others = [x for k, x in enumerate(xs) if k != i and x != xs[i]]
        if not others:
            raise NotPossibleError
        return self.rng.choice(others)

    def compute(self) -> dict[str, str]:
        self.forward()
        self.loss()
        for layer in reversed(range(len(self.net.w))):
            self.deltas(layer)
            self.gradients(layer)
        self.updates()
        if self.at and not (self.made and self.at in self.sheet):
            raise NotPossibleError
        return self.sheet

    def a(self, layer: int, j: int) -> float:
        """The output of neuron j; of layer −1, an input."""
        if layer < 0:
            return self.net.x[j]
        key = "z" if self.net.activation[layer] == "linear" else "a"
        return self.n[f"{key}{j + 1}_{layer + 1}"]

    def forward(self) -> None:
        for layer, (rows, bs) in enumerate(zip(self.net.w, self.net.b, strict=True)):
            for j, row in enumerate(rows):
                name = f"z{j + 1}_{layer + 1}"
                ws, xs = list(row), [self.a(layer - 1, i) for i in range(len(row))]
                self.forward_slip(name, layer, j, ws, xs)
                z = sum([w * x for w, x in zip(ws, xs, strict=True)]) + bs[j]
                if self.slips(name, "sign flipped"):
                    i = self.rng.randrange(len(ws))
                    z -= 2 * ws[i] * xs[i]
                self.write(name, z)
                activation = self.net.activation[layer]
                if activation != "linear":
                    name = f"a{j + 1}_{layer + 1}"
                    function = ACTIVATIONS[activation][0]
                    a = function(self.n[f"z{j + 1}_{layer + 1}"])
                    if self.slips(name, "factor left out"):
                        a = self.n[f"z{j + 1}_{layer + 1}"]
                    if self.slips(name, "factor used twice"):
                        a = function(a)
                    self.write(name, a)

    def forward_slip(self, name: str, layer: int, j: int, ws: list[float], xs: list[float]) -> None:
        i = self.rng.randrange(len(ws))
        if self.slips(name, "neighbouring weight"):
            if self.rng.random() < 0.5:  # the column for the row, w12 for w21
                square = [i for i in range(len(ws)) if i < len(self.net.w[layer]) and i != j]
                square = [i for i in square if j < len(self.net.w[layer][i])]
                if not square:
                    raise NotPossibleError
                i = self.rng.choice(square)
                ws[i] = self.net.w[layer][i][j]
            else:
                ws[i] = self.other([w for row in self.net.w[layer] for w in row], j * len(ws) + i)
        if layer == 0 and self.slips(name, "swapped input or target"):
            if self.rng.random() < 0.5 and len(xs) > 1:
                k = self.rng.choice([k for k in range(len(xs)) if k != i])
                xs[i], xs[k] = xs[k], xs[i]
            else:
                xs[i] = self.other(xs, i)
        if self.slips(name, "factor left out"):
            (ws if self.rng.random() < 0.5 else xs)[i] = 1.0
        if self.slips(name, "factor used twice"):
            which = ws if self.rng.random() < 0.5 else xs
            which[i] **= 2

    def loss(self) -> None:
        last = len(self.net.w) - 1
        outs, ts = [self.a(last, k) for k in range(len(self.net.t))], list(self.net.t)
        if self.slips("E", "swapped input or target"):
            self.swap_targets(ts)
        if self.net.loss == "cross-entropy":
            try:
                e = -sum(
                    [
                        t * math.log(a) + (1 - t) * math.log(1 - a)
                        for a, t in zip(outs, ts, strict=True)
                    ]
                )
            except ValueError:
                raise NotPossibleError from None
        else:
            e = sum([(a - t) ** 2 for a, t in zip(outs, ts, strict=True)])
            e *= 0.5 if self.net.loss == "half" else 1 / len(outs)
        if self.slips("E", "wrong multiple"):
            e *= 2 if self.net.loss == "half" else self.rng.choice([2, 0.5, len(outs)])
        if self.slips("E", "derivative for loss"):
            ds = [self.loss_slope(a, t) for a, t in zip(outs, ts, strict=True)]
            e = sum(ds) if self.rng.random() < 0.5 else self.rng.choice(ds)
        if self.slips("E", "sign flipped"):
            e = -e
        self.write("E", e)

    def swap_targets(self, ts: list[float]) -> None:
        k = self.rng.randrange(len(ts))
        if self.net.loss == "cross-entropy" and self.rng.random() < 0.5:
            ts[k] = 1 - ts[k]
        else:
            ts[k] = self.other(ts, k)

    def loss_slope(self, a: float, t: float) -> float:
        if self.net.loss == "cross-entropy":
            return -t / a + (1 - t) / (1 - a)
        return (a - t) * (1 if self.net.loss == "half" else 2 / len(self.net.t))

    def deltas(self, layer: int) -> None:
        """dE/da and dE/dz of a layer; where they are not shown, slips are made on the way."""
        for j in range(len(self.net.w[layer])):
            linear = self.net.activation[layer] == "linear"
            above = f"dE/d{'z' if linear else 'a'}{j + 1}_{layer + 1}"
            below = f"dE/dz{j + 1}_{layer + 1}"
            self.write(above, self.above(layer, j, above), self.shows_deltas)
            if not linear:
                slope = self.slope(layer, j)
                if self.slips(below, "factor left out"):
                    slope = 1.0
                if self.slips(below, "factor used twice"):
                    slope *= slope
                self.write(below, self.whole(below, self.n[above] * slope), self.shows_deltas)

    def slope(self, layer: int, j: int) -> float:
        z = self.n[f"z{j + 1}_{layer + 1}"]
        return ACTIVATIONS[self.net.activation[layer]][1](z, self.a(layer, j))

    def above(self, layer: int, j: int, name: str) -> float:
        """∂E/∂a of a neuron: from the loss, or the sum over the next layer."""
        if layer == len(self.net.w) - 1:
            ts = list(self.net.t)
            if self.slips(name, "swapped input or target"):
                k = ts[:]
                ts[j] = 1 - ts[j] if self.net.loss == "cross-entropy" else self.other(k, j)
            return self.whole(name, self.loss_slope(self.a(layer, j), ts[j]))
        nexts = self.net.w[layer + 1]
        ds = [self.n[f"dE/dz{k + 1}_{layer + 2}"] for k in range(len(nexts))]
        ws = [row[j] for row in nexts]
        if self.slips(name, "path left out"):
            if len(ds) < 2:
                raise NotPossibleError
            for k in self.rng.sample(range(len(ds)), self.rng.randint(1, len(ds) - 1)):
                ds[k] = 0.0
        k = self.rng.randrange(len(ds))
        if self.slips(name, "new weight"):
            old = self.net.w[layer + 1]
            for m in range(len(ws)):
                g = self.n[f"dE/dw{j + 1}{m + 1}_{layer + 2}"]
                ws[m] = old[m][j] - self.net.rate * g
        if self.slips(name, "neighbouring weight"):
            square = [m for m in range(len(nexts)) if m != j and m < len(nexts[0])]
            if self.rng.random() < 0.5 and square and j < len(nexts):
                k = self.rng.choice(square)
                ws[k] = nexts[j][k]
            else:
                ws[k] = self.other([w for row in nexts for w in row], k * len(nexts[0]) + j)
        if self.slips(name, "factor left out"):
            ws[k] = 1.0
        if self.slips(name, "factor used twice"):
            ws[k] **= 2
        return self.whole(name, sum([d * w for d, w in zip(ds, ws, strict=True)]))

    def whole(self, name: str, g: float) -> float:
        """A derivative with the slips that change all of it."""
        if self.slips(name, "sign flipped"):
            g = -g
        if self.slips(name, "wrong multiple"):
            n = len(self.net.t)
            g *= self.rng.choice([2.0, 0.5, n, 1 / n] if n > 1 else [2.0, 0.5])
        return g

    def gradients(self, layer: int) -> None:
        for j, row in enumerate(self.net.w[layer]):
            delta = self.n[f"dE/dz{j + 1}_{layer + 1}"]
            for i in range(len(row)):
                name = f"dE/dw{i + 1}{j + 1}_{layer + 1}"
                self.write(name, self.gradient(name, layer, i, j, delta))
            name = f"dE/db{j + 1}_{layer + 1}"
            if not self.shows_deltas or self.net.activation[layer] != "linear":
                self.write(name, self.whole(name, delta))

    def gradient(self, name: str, layer: int, i: int, j: int, delta: float) -> float:
        inputs = [self.a(layer - 1, k) for k in range(len(self.net.w[layer][j]))]
        a = inputs[i]
        if self.kind in UPSTREAM and name == self.at and not self.shows_deltas:
            delta = self.hidden_slip(name, layer, j)
        if layer == 0 and self.slips(name, "swapped input or target"):
            a = self.other(inputs, i)
        if self.slips(name, "factor left out"):
            return self.rng.choice([a, delta])
        if self.slips(name, "factor used twice"):
            return self.rng.choice([delta * a * a, delta * a * delta])
        return self.whole(name, delta * a)

    def hidden_slip(self, name: str, layer: int, j: int) -> float:
        """The neuron's delta with the slip made in it, where the sheet does not show it."""
        if self.kind in ("factor left out", "factor used twice") and self.rng.random() < 0.5:
            return self.n[f"dE/dz{j + 1}_{layer + 1}"]  # it is made in the last factor instead
        slope = self.slope(layer, j) if self.net.activation[layer] != "linear" else 1.0
        if slope != 1.0 and self.slips(name, "factor left out"):
            slope = 1.0
        if slope != 1.0 and self.slips(name, "factor used twice"):
            slope *= slope
        return self.above(layer, j, name) * slope

    def updates(self) -> None:
        for layer, rows in enumerate(self.net.w):
            for j, row in enumerate(rows):
                for i, w in enumerate(row):
                    name = f"w{i + 1}{j + 1}_{layer + 1}"
                    g, rate = self.n[f"dE/d{name}"], self.net.rate
                    name += "'"
                    if self.slips(name, "sign flipped"):
                        g = -g
                    if self.slips(name, "factor left out"):
                        rate = 1.0
                    if self.slips(name, "factor used twice"):
                        rate *= rate
                    if self.slips(name, "wrong multiple"):
                        g *= self.rng.choice([2, 0.5])
                    neighbour = self.slips(name, "neighbouring weight")
                    old = self.other(row, i) if neighbour else w
                    self.write(name, old - rate * g)


UPSTREAM = (
    "path left out",
    "new weight",
    "neighbouring weight",
    "swapped input or target",
    "factor left out",
    "factor used twice",
)
"""Slips that can be made inside a gradient, before its last factor."""


def rounded(x: float, digits: int, how: str = ROUND_HALF_UP) -> str:
    """x to so many significant digits, written out."""
    exact = Decimal(repr(x))
    if not exact:
        return "0"
    return f"{exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), how):f}"


def learner(rng: random.Random, net: Network) -> Learner:
    return Learner(
        net,
        random.Random(rng.random()),
        digits=rng.randint(3, 6),
        uses_written=rng.random() < 0.5,
        shows_deltas=rng.random() < 0.5,
    )


# Measuring


@dataclass
class Planted:
    """A sheet with one slip, and where it is."""

    net: Network
    sheet: dict[str, str]
    kind: str
    at: str


def right_sheet(rng: random.Random) -> tuple[Network, dict[str, str]]:
    """A random network and a learner's right sheet of it."""
    net = Network.random(rng)
    return net, learner(rng, net).compute()


def planted_sheet(rng: random.Random, kind: str) -> Planted:
    """A random network and a sheet of it with one slip of that kind, that shows in its figure."""
    while True:
        net = Network.random(rng)
        hand = learner(rng, net)
        right = Learner(net, rng, hand.digits, hand.uses_written, hand.shows_deltas)
        names = list(right.compute())
        hand.kind, hand.at = kind, rng.choice(names) if kind != "derivative for loss" else "E"
        try:
            sheet = hand.compute()
        except NotPossibleError:
            continue
        if shows(sheet[hand.at], right.n[hand.at]):
            if rng.random() < 0.3:  # a shorter sheet, as one hands in only some of it
                kept = {name for name in sheet if rng.random() < 0.4}
                sheet = {k: text for k, text in sheet.items() if k in kept or k == hand.at}
            return Planted(net, sheet, kind, hand.at)


def shows(text: str, right: float) -> bool:
    """Whether a figure is another than the right number, rounded or truncated as it is."""
    digits = len(Decimal(text).as_tuple().digits)
    ways = [rounded(right, digits, how) for how in (ROUND_HALF_UP, ROUND_DOWN)]
    return all(Decimal(text) != Decimal(way) for way in ways) and Decimal(text) != 0


@dataclass
class Rates:
    """How many planted slips were found, by kind; `first` those named first."""

    sheets: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)

    @property
    def among(self) -> float:
        return sum(self.found.values()) / sum(self.sheets.values())

    @property
    def named_first(self) -> float:
        return sum(self.first.values()) / sum(self.sheets.values())

    def __str__(self) -> str:
        lines = [f"{'kind':<26}{'sheets':>8}{'among':>8}{'first':>8}"]
        for kind in [*self.sheets, "all"]:
            n, among, first = [
                sum(c.values()) if kind == "all" else c[kind]
                for c in (self.sheets, self.found, self.first)
            ]
            lines.append(f"{kind:<26}{n:>8}{among / n:>8.1%}{first / n:>8.1%}")
        return "\n".join(lines)


def measure_planted(n: int, seed: int, verbose: bool = False) -> Rates:
    """Audit n sheets with one slip each, the kinds in turn."""
    rng, rates = random.Random(seed), Rates()
    for i in range(n):
        planted = planted_sheet(rng, KINDS[i % len(KINDS)])
        found = audit(planted.net.graph(), planted.sheet, learning_rate=planted.net.rate)
        finding = found[planted.at]
        kinds = [d.kind for d in finding.diagnoses]
        rates.sheets[planted.kind] += 1
        rates.found[planted.kind] += planted.kind in kinds
        rates.first[planted.kind] += kinds[:1] == [planted.kind]
        if verbose and kinds[:1] != [planted.kind]:
            print(planted.kind, "|", finding.verdict, finding.sentence)
    return rates


def measure_right(n: int, seed: int, verbose: bool = False) -> int:
    """Audit n right sheets; the number of those that are said to be wrong."""
    rng, alarms = random.Random(seed), 0
    for _ in range(n):
        net, sheet = right_sheet(rng)
        found = audit(net.graph(), sheet, learning_rate=net.rate)
        alarms += not found.right
        if verbose and not found.right:
            print(found.first_wrong.sentence)
    return alarms


# The rates that are asked for, on a sample that takes seconds


def test_planted_slips_are_found(record_property):
    rates = measure_planted(220, seed=11)
    record_property("audit of sheets with one planted slip", f"\n{rates}")
    assert rates.among >= 0.95
    assert rates.named_first >= 0.90


def test_right_sheets_raise_no_alarm(record_property):
    alarms = measure_right(200, seed=12)
    record_property("audit of right sheets", f"{alarms} false alarms of 200")
    assert alarms <= 2


def test_the_learner_computes_what_the_engine_does():
    """Without a slip and with all digits the learner and the engine agree, so a slip is a slip."""
    rng = random.Random(5)
    for _ in range(30):
        net = Network.random(rng)
        hand = Learner(net, rng, digits=6)
        hand.compute()
        root = net.graph()
        engine = adjoints(root)
        for v, d in engine.items():
            number = hand.n.get(f"dE/d{v.label}", d)
            assert math.isclose(number, d, rel_tol=1e-9, abs_tol=1e-12)
        assert math.isclose(hand.n["E"], root.data, rel_tol=1e-9)


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(measure_planted(many, seed=1))
    print(f"false alarms on right sheets: {measure_right(many, seed=2)} of {many}")
