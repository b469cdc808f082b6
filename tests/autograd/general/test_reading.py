"""What is printed is a claim: every line is read back as text and evaluated.

The reader is the tests' own. It knows how formulas are written, and nothing of how they were found:
names are looked up by what they say, and a sum runs over all indices for which every name in it
exists.
"""

import contextlib
import itertools
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import derive_general
from autograd.differentiate import second_derivatives
from autograd.errors import DerivationError
from autograd.general import scripts
from nn.worked import KEYS, load

FUNCTIONS = {
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0.0),
    "log": math.log,
    "exp": math.exp,
    "√": math.sqrt,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "σ'": lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
    "tanh'": lambda x: 1 / math.cosh(x) ** 2,
    "relu'": lambda x: float(x > 0),
    "softplus'": lambda x: 1 / (1 + math.exp(-x)),
    "max": max,
    "min": min,
}
INDICES = (
    r"(?:_(?:\(([^)]*)\)|([a-z0-9·]+(?:,[a-z0-9·]+)*)))?"  # _ij, _10,2, _(p+i−1)
    r"(?:\^(?:\(([^)]*)\)|([a-zA-Z0-9])(?![a-zA-Z0-9])))?(?![a-zA-Z0-9_^])"  # ^l, ^(l−1)
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


class MissingError(Exception):
    """There is no value of that name."""


def index_value(text, env):
    """i, 2, l−1, p+i−1."""
    if text == "·":
        return "·"
    total, sign = 0, 1
    for token in re.findall(r"\d+|[^\W\d_]|[+−]", text):
        if token in "+−":
            sign = 1 if token == "+" else -1
        else:
            total += sign * (int(token) if token.isdecimal() else env[token])
            sign = 1
    return total


class Reader:
    """Evaluates one text in an environment of indices."""

    def __init__(self, text, values, slopes, letters, env, sizes):
        self.text, self.values, self.slopes = text, values, slopes
        self.letters, self.env, self.sizes = letters, env, sizes
        self.at = 0

    def read(self):
        found = self.sum()
        assert self.at == len(self.text), f"not read: {self.text[self.at :]!r} of {self.text!r}"
        return found

    def takes(self, token):
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def sum(self):
        total = -self.term() if self.takes("−") else self.term()
        while True:
            if self.takes(" + "):
                total += self.term()
            elif self.takes(" − "):
                total -= self.term()
            else:
                return total

    def term(self):
        total = self.factor()
        while self.at < len(self.text):
            before = self.at
            if self.takes("/"):
                total /= self.factor()
                continue
            if not self.takes(" · "):
                self.takes(" ")
            starts = self.text[self.at : self.at + 1]
            if (
                not starts
                or starts in "+−)],>≥<≤=|"
                or self.text.startswith(("if ", "else "), self.at)
            ):
                self.at = before
                return total
            total *= self.factor()
        return total

    def factor(self):
        found = self.atom()
        while True:
            m = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+").match(self.text, self.at)
            if m:
                self.at = m.end()
                found **= int(m[0].translate(SUPERSCRIPTS))
            elif self.takes("^½"):
                found **= 0.5
            elif m := re.compile(r"\^\((\d+(?:\.\d+)?)\)").match(self.text, self.at):
                self.at = m.end()
                found **= float(m[1])
            else:
                return found

    def atom(self):
        if self.takes("("):
            found = self.sum()
            if self.takes(" if "):
                truth = self.comparison()
                assert self.takes(" else ")
                other = self.sum()
                found = found if truth else other
            assert self.takes(")")
            return found
        if self.takes("["):
            found = float(self.comparison())
            assert self.takes("]")
            return found
        if self.takes("½"):
            return 0.5
        if m := re.compile(r"\d+(\.\d+)?(e−?\d+)?").match(self.text, self.at):
            self.at = m.end()
            return float(m[0].replace("−", "-"))
        for sign, joined in (("Σ", math.fsum), ("max", max), ("min", min)):
            if self.takes(f"{sign}_"):
                return joined(self.over())
        if m := re.compile(r"softmax_(\w|\(\w+\))\(").match(self.text, self.at):
            self.at = m.end()
            return self.softmax(m[1].strip("()"))
        for name, f in FUNCTIONS.items():
            if self.takes(f"{name}("):
                xs = [self.sum()]
                while self.takes(", "):
                    xs.append(self.sum())
                assert self.takes(")")
                return f(*xs)
        return self.name()

    def comparison(self):
        inside = re.compile(r"([\w+−]+) = ([\w+−]+)(?=\])").match(self.text, self.at)
        if inside and all(set(part) <= {*"+−0123456789", *self.env} for part in inside.groups()):
            self.at = inside.end()
            return index_value(inside[1], self.env) == index_value(inside[2], self.env)
        left = self.sum()
        sign = self.text[self.at + 1]
        self.at += 3
        right = self.sum()
        tests = {">": left > right, "<": left < right, "≥": left >= right, "≤": left <= right}
        return {**tests, "=": left == right}[sign]

    def over(self):
        """The values of what stands after Σ_..., for all indices for which it is there."""
        m = re.compile(r"\(([^)]*)\) |(\w+) ").match(self.text, self.at)
        start = m.end()
        bounds = m[2] if m[2] else m[1].split(",")
        ranges, found = [], []
        for bound in bounds:
            parts = re.fullmatch(r"(\w)(?:([≤≥=])(.*))?", bound)
            whole = range(self.sizes["first"], self.sizes["most"] + 1)
            if parts[2] == "=":
                low, high = parts[3].split("..")
                whole = range(index_value(low, self.env), index_value(high, self.env) + 1)
            elif parts[2]:
                limit = index_value(parts[3], self.env)
                whole = [x for x in whole if (x <= limit if parts[2] == "≤" else x >= limit)]
            ranges.append((parts[1], whole))
        end = None
        for numbers in itertools.product(*[r for _, r in ranges]):
            inner = dict(self.env) | dict(zip([x for x, _ in ranges], numbers, strict=True))
            reader = Reader(self.text, self.values, self.slopes, self.letters, inner, self.sizes)
            reader.at = start
            try:
                found.append(reader.term())
            except MissingError:
                continue
            end = reader.at
        if end is None:
            raise MissingError
        self.at = end
        return found

    def softmax(self, place):
        key, letter, below, above = self.parsed(self.letters)
        assert key is None or key not in self.values
        assert self.takes(")")
        if "·" not in below:  # the last index is the one that is not written
            below = (*below, "·")
        row = sorted(
            [
                (k[1], x)
                for k, x in self.values.items()
                if k[0] == letter and k[2] == above and len(k[1]) == len(below)
                if all(a in ("·", b) for a, b in zip(below, k[1], strict=True))
            ]
        )
        exponentials = [math.exp(x) for _, x in row]
        if not row:
            raise MissingError
        position = self.env[place] if place in self.env else int(place)
        if position > len(row):
            raise MissingError
        return exponentials[position - 1] / math.fsum(exponentials)

    def parsed(self, letters):
        """The name at this place: (key, letter, indices below, rank above)."""
        for letter in letters:
            m = re.compile(re.escape(letter) + INDICES).match(self.text, self.at)
            if m:
                self.at = m.end()
                inside = m[1] or m[2] or ""
                listed = inside.split(",") if m[1] or "," in inside else list(inside)
                below = tuple([index_value(b, self.env) for b in listed])
                rank = m[3] or m[4]
                above = None if rank is None else index_value(rank, self.env)
                return (letter, below, above), letter, below, above
        raise AssertionError(f"no name at {self.text[self.at :]!r}")

    def name(self):
        start = re.compile(r"∂[^/]+/∂").match(self.text, self.at)
        table = self.values
        if start:
            self.at, table = start.end(), self.slopes
        elif self.text[self.at] == "δ":
            (_, below, above), *_ = self.parsed(["δ"])
            return self.found(("z", below, above), self.slopes)
        elif self.text[self.at] in self.sizes and not self.text.startswith("^", self.at + 1):
            self.at += 1
            return float(self.sizes[self.text[self.at - 1]])
        return self.found(self.parsed(self.letters)[0], table)

    def found(self, key, table):
        if key not in table:
            raise MissingError(key)
        return table[key]


def named_numbers(found):
    """The numbers and derivatives of all values, by letter, indices and rank."""
    network = found.network
    values, slopes = {}, {}
    for f in network.families:
        if f.named:
            name = network.alphabet.names[f.number]
            for at, n in f.members.items():
                below = []
                for k in name.below:
                    if isinstance(k, int):
                        below.append(at[k] + name.offsets[k])
                    else:
                        below.append(f.rank if k is None else int(k))
                key = (name.letter, tuple(below), f.rank if name.raised else None)
                values[key], slopes[key] = n.data, network.numbers.adjoint_of(n)
    return values, slopes


def check_lines(found):
    """Read every checked line back, for every value that it is said of; how many were read."""
    values, slopes = named_numbers(found)
    letters = sorted({k[0] for k in values}, key=len, reverse=True)
    most = max([i for k in values for i in k[1]] + [k[2] or 0 for k in values], default=1)
    network, lines = found.network, found._board(scripts.TEXT)[0].lines
    last = network.alphabet.last
    sizes = {**found.indices, "most": most, "first": 0}
    read = 0
    for case in found.checked:
        left, right = lines.left(case), lines.right(case)
        if re.search(r"[mc]\d*\(", left + right):  # looked up in a table
            continue
        for f in case.families:
            for at, n in f.members.items():
                env = environment(lines, case, f, at) | {"L": last, "T": last}
                text = right
                want = network.numbers.adjoint_of(n) if case.is_derivative else n.data
                got = Reader(text, values, slopes, letters, env, sizes).read()
                assert math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-11), (left, right, env)
                read += 1
    return read


def check_steps(found):
    """The same of every form of every step, its indices read from the left side."""
    values, slopes = named_numbers(found)
    letters = sorted({k[0] for k in values}, key=len, reverse=True)
    most = max([i for k in values for i in k[1]] + [k[2] or 0 for k in values], default=1)
    sizes = {**found.indices, "most": most, "first": 0}
    last, read = found.network.alphabet.last, 0
    root = found.network.alphabet.letter(found.network.families[0])
    for step in found.steps:
        table = values if step.kind == "equation" else slopes
        left = step.left.removeprefix(f"∂{root}/∂").replace("δ", "z", 1)
        m = re.fullmatch(r"(.+?)(?:_([a-z0-9]+))?(?:\^\(?(\w+)\)?)?", left)
        if step.kind == "rule" or m[1] not in letters or re.search(r"[mc]\d*\(", step.formula):
            continue
        for (letter, below, above), want in table.items():
            names = list(m[2] or "")
            if letter != m[1] or len(names) != len(below) or (m[3] is None) != (above is None):
                continue
            env = dict(zip(names, below, strict=True)) | {"L": last, "T": last}
            if any(x.isdecimal() and int(x) != env[x] for x in names):
                continue
            if not ranks_fit(m[3], above, step.heading, last) or math.isnan(want):
                continue
            env |= {m[3]: above} if m[3] in ("l", "t") else {}
            for form in step.forms:
                if "/∂" in form.replace(f"∂{root}/∂", ""):  # a local slope has no name
                    continue
                got = Reader(form, values, slopes, letters, env, sizes).read()
                assert math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-11), (step, form, env)
                read += 1
    return read


def check_second(found):
    """The second derivatives read back, for every pair that they are said of; how many."""
    values, slopes = named_numbers(found)
    letters = sorted({k[0] for k in values}, key=len, reverse=True)
    most = max([i for k in values for i in k[1]] + [k[2] or 0 for k in values], default=1)
    alphabet, read = found.network.alphabet, 0
    second = found.second()
    for pair in second._pairs:
        _, scope = pair._writing(scripts.TEXT)
        _, (_, right) = pair.lines(scripts.TEXT)
        if re.search(r"[mc]\d*\(", right):  # looked up in a table
            continue
        rows, columns = [[n.source for n in f.nodes] for f in (pair.v, pair.w)]
        exact = second_derivatives(found.root, rows, columns)
        for (i, a), (k, b) in itertools.product(enumerate(pair.v.nodes), enumerate(pair.w.nodes)):
            env = {"L": alphabet.last, "T": alphabet.last}
            for n, variables in ((a, pair.first.variables), (b, pair.variables)):
                offsets = alphabet.names[n.family.number].offsets
                for x, at, offset in zip(variables, n.at, offsets, strict=True):
                    env[scope.names[x]] = at + offset
            sizes = {**pair.letters(), "most": most, "first": 0}
            got = Reader(right, values, slopes, letters, env, sizes).read()
            assert math.isclose(got, exact[i][k], rel_tol=1e-9, abs_tol=1e-11), (right, env)
            read += 1
    return read


def ranks_fit(rank, above, heading, last):
    """Whether a line is said of the layer or step `above`."""
    if rank is None:
        return True
    if rank in ("L", "T") or rank.isdecimal():
        return above == (last if rank in ("L", "T") else int(rank))
    if not heading:
        return above > 0
    sign, limit = re.search(r"([<>=]) (.+)", heading).groups()
    if ", " in limit:
        return str(above) in limit.split(", ")
    if ".." in limit:
        low, high = limit.split("..")
        return int(low) <= above <= int(high)
    limit = last if limit in ("L", "T") else int(limit)
    return {"<": 0 < above < limit, ">": above > limit, "=": above == limit}[sign]


def environment(lines, case, f, at):
    """What the indices on the left side stand for, for one member."""
    scope = lines.scope(case)
    names = {}
    e = case.equation
    for order, own in zip(e.family.order, f.order, strict=True):
        name = scope.names[e.variables[order]]
        if not name.isdecimal():
            offset = lines.network.alphabet.names[f.number].offsets
            names[name] = at[own] + (offset[own] if offset else 0)
    if f.rank is not None and case.base is not None:
        names[case.base.symbol] = f.rank
    return names


def all_of(x):
    return repr(x).removesuffix(".0").replace("-", "−")


@pytest.fixture(autouse=True, scope="module")
def all_digits():
    """Numbers are printed with all their digits, so that a line can be held to the engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            scripts, "number_text", lambda x: repr(x).removesuffix(".0").replace("-", "−")
        )
        yield


@pytest.mark.parametrize("note", KEYS)
def test_the_notes_read_back(note):
    found = derive_general(load(note).graph())
    assert check_lines(found) > 4
    assert check_steps(found) > 4


@pytest.mark.many
def test_every_network_reads_back(derivation):
    found = derive_general(derivation.root)  # anew, for it is written with all digits here
    check_lines(found)
    check_steps(found)


@pytest.mark.many
@pytest.mark.parametrize(
    "name",
    [
        "linear regression", "logistic regression", "plain targets", "mlp1", "softmax by hand",
        "penalty", "cosine", "two towers", "layer norm",
        *[
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                "mlp2", "rows", "class", "class rows", "typed", "skip", "odd one",
                "causal attention",
            )
        ],
    ],
)  # fmt: skip
def test_second_derivatives_read_back(networks, name):
    root, read = networks(name), 0
    first = derive_general(root)
    for letter in dict.fromkeys(first.network.alphabet.letter(f) for f in first.families):
        with contextlib.suppress(DerivationError):  # too long
            read += check_second(derive_general(root, letter))
    assert read


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_random_networks_read_back(random_root, seed):
    found = derive_general(random_root(seed))
    check_lines(found)
    check_steps(found)


def test_a_lost_parenthesis_is_seen(networks):
    found = derive_general(networks("mlp2"))
    board = found._board(scripts.TEXT)[0]
    right = board.lines.right
    board.lines.right = lambda case, term=None: (
        right(case, term).replace("(1 − ", "1 − ").replace("^l)²)", "^l)²")
    )
    with pytest.raises(AssertionError):
        check_lines(found)
