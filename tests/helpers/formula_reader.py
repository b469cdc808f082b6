"""Reads printed formulas back: the tests' own parser of our plain text and of our LaTeX.

It knows the grammar that a reader knows, not the code that sets formulas, and evaluates while it
reads, on the numbers that the names stand for: by mpmath with 60 digits, so that what was printed
is judged and not the roundings of its arithmetic.
"""

import re

import mpmath

from autograd import functions

MP = mpmath.mp.clone()
MP.dps = 60

MINUS = "−"
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
OWN_NAMES = {"σ": "sigmoid", "max": "maximum", "min": "minimum", "abs": "absolute",
             "log₂": "log2", "log₁₀": "log10"}  # fmt: skip
FUNCTIONS = {*vars(functions), *OWN_NAMES, "sign"}


class UnreadableError(Exception):
    """The text is no formula of the grammar."""


class LeftOutError(Exception):
    """The text is a formula that says itself that it leaves parts out."""


def read_text(text, names):
    """The number of a formula in plain text; `names` has the number of each printed name."""
    return _Text(text, names).whole()


def read_latex(text, names):
    """The number of a formula in LaTeX; `names` has the number of each name as LaTeX writes it."""
    return _Latex(text, names).whole()


def call(name, xs):
    """The function that a formula calls by this name."""
    name = OWN_NAMES.get(name, name)
    if name in ("exp", "exp2", "expm1", "sinh", "cosh") and abs(xs[0]) > 1e5:
        raise ValueError(f"{name}({xs[0]}) is out of every range")
    by_mpmath = {
        "absolute": abs,
        "cbrt": lambda x: MP.sign(x) * MP.cbrt(abs(x)),
        "logsumexp": lambda *xs: MP.log(MP.fsum([MP.exp(x) for x in xs])),
        "maximum": max,
        "minimum": min,
        "relu": lambda x: max(x, 0),
        "sigmoid": lambda x: 1 / (1 + MP.exp(-x)),
        "softplus": lambda x: MP.log(1 + MP.exp(x)),
        "take": lambda *xs: xs[int(xs[-1])],
    }.get(name) or getattr(MP, name, None)
    if by_mpmath is None:
        return MP.mpf(getattr(functions, name)(*[float(x) for x in xs]))
    return real(by_mpmath(*xs), f"{name}({xs})")


def real(x, what):
    """x itself; ValueError outside the domain, where mpmath goes complex or infinite."""
    if isinstance(x, MP.mpc) or not MP.isfinite(x):
        raise ValueError(f"{what} is no real number")
    return x


def raised(a, b):
    """a^b, infinite at a pole."""
    if not a and b < 0:
        return MP.inf
    if a and abs(b * MP.log(abs(a))) > 1e5:  # which mpmath would write out, for hours
        raise ValueError(f"{a}^{b} is out of every range")
    return real(a**b, f"{a}^{b}")


def divided(a, b):
    """a/b, infinite at a pole."""
    return a / b if b else MP.inf * MP.sign(a)


class _Reader:
    """What both grammars share: sums of terms, and the functions."""

    minus = ""
    plus = "+"

    def __init__(self, text, names):
        self.text, self.at = text, 0
        self.names = {name: MP.mpf(x) for name, x in names.items()}
        self.longest = sorted(names, key=len, reverse=True)

    def whole(self):
        x = self.sum()
        self.space()
        if self.at < len(self.text):
            raise UnreadableError(f"{self.text!r} from {self.at}: {self.text[self.at :]!r}")
        return x

    def space(self):
        while self.text.startswith((" ", "\n"), self.at):
            self.at += 1

    def take(self, token):
        self.space()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def need(self, token):
        if not self.take(token):
            raise UnreadableError(f"{self.text!r} at {self.at}: no {token!r}")

    def match(self, pattern):
        self.space()
        found = re.compile(pattern).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def name(self):
        """The longest printed name that stands here, or None."""
        self.space()
        for name in self.longest:
            if self.text.startswith(name, self.at):
                self.at += len(name)
                return name
        return None

    def sum(self):
        x = -self.term() if self.take(self.minus) else self.term()
        while True:
            if self.take(self.plus):
                x += self.term()
            elif self.take(self.minus):
                x -= self.term()
            else:
                return x

    def compare(self, relations):
        left = self.sum()
        for sign, holds in relations.items():
            if self.take(sign):
                return holds(left, self.sum())
        raise UnreadableError(f"{self.text!r} at {self.at}: no comparison")


HOLDS = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "≥": lambda a, b: a >= b,
    "≤": lambda a, b: a <= b,
}


class _Text(_Reader):
    minus = MINUS

    def term(self):
        x = self.power()
        while True:
            if self.take("·"):
                x *= -self.power() if self.take(MINUS) else self.power()
            elif self.take("/"):
                x = divided(x, self.power())
            elif self.text.startswith("(", self.at):  # side by side, without a space
                x *= self.power()
            else:
                return x

    def power(self):
        for sign, root in (("√", "sqrt"), ("∛", "cbrt")):
            if self.take(sign):
                return call(root, [self.atom()])
        x = self.atom()
        sup = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+").match(self.text, self.at)
        if sup:
            self.at = sup.end()
            return raised(x, int(sup[0].translate(SUPERSCRIPTS)))
        if self.text.startswith("^", self.at):
            self.at += 1
            return raised(x, self.atom())
        return x

    def atom(self):
        if self.take("("):
            x = self.sum()
            if self.take("if"):
                holds = self.compare(HOLDS)
                self.need("else")
                other = self.sum()
                x = x if holds else other
            self.need(")")
            return x
        if self.take("["):
            holds = self.compare(HOLDS)
            self.need("]")
            return MP.mpf(holds)
        if self.take("|"):
            x = self.sum()
            self.need("|")
            return abs(x)
        number = self.match(r"\d+(\.\d+)?(e−?\d+)?|∞|NaN")
        if number:
            return MP.mpf(float(number[0].replace(MINUS, "-").replace("∞", "inf")))
        start = self.at
        name = self.name()
        function = re.compile(r"([^\W\d_][a-z0-9_₀-₉]*?)(_\d+)?('?)\(").match(self.text, start)
        if function and (name is None or function[1] in FUNCTIONS):
            self.at = function.end()
            return self.called(function)
        if name is not None:
            return self.names[name]
        if self.take("e"):
            return MP.e
        if self.take("π"):
            return MP.pi
        raise UnreadableError(f"{self.text!r} at {self.at}")

    def called(self, function):
        if function[3]:
            raise LeftOutError(self.text)
        xs = [self.sum()]
        while self.take(","):
            if self.take("…"):
                raise LeftOutError(self.text)
            xs.append(self.sum())
        self.need(")")
        if function[1] == "softmax":
            es = [MP.exp(x - max(xs)) for x in xs]
            return es[int(function[2][1:]) - 1] / MP.fsum(es)
        return call(function[1] + (function[2] or ""), xs)


class _Latex(_Reader):
    minus = "-"

    def term(self):
        x = self.power()
        while True:
            self.space()
            if self.take(r"\cdot"):
                x *= self.power()
            elif self.at >= len(self.text) or self.ends():
                return x
            else:
                x *= self.power()

    def ends(self):
        ends = ("+", "-", "}", r"\right", ",", r"\gt", r"\lt", r"\ge", r"\le", "&", r"\\", r"\end")
        return self.text.startswith(ends, self.at) and not self.text.startswith(r"\left", self.at)

    def power(self):
        if "e" not in self.names and self.take("e^{"):
            x = call("exp", [self.sum()])
            self.need("}")
            return x
        x = self.atom()
        if self.take("^{"):
            n = self.sum()
            self.need("}")
            return raised(x, n)
        return x

    def braces(self):
        self.need("{")
        x = self.sum()
        self.need("}")
        return x

    def atom(self):
        start = self.at
        name = self.name()
        called = self.text.startswith(r"\left(", self.at)  # with a space it is a product
        if name is not None and not called:
            return self.names[name]
        self.at = start
        if self.take(r"\frac"):
            above = self.braces()
            return divided(above, self.braces())
        if self.take(r"\pi"):
            return MP.pi
        if self.take(r"\sqrt[3]"):
            return call("cbrt", [self.braces()])
        if self.take(r"\sqrt"):
            return call("sqrt", [self.braces()])
        if self.take(r"\left("):
            x = self.sum()
            self.need(r"\right)")
            return x
        if self.take(r"\left|"):
            x = self.sum()
            self.need(r"\right|")
            return abs(x)
        relations = dict(zip((r"\gt", r"\lt", r"\ge", r"\le"), HOLDS.values(), strict=True))
        if self.take(r"\left["):
            holds = self.compare(relations)
            self.need(r"\right]")
            return MP.mpf(holds)
        if self.take(r"\begin{cases}"):
            x = self.sum()
            self.need(r"& \text{if }")
            holds = self.compare(relations)
            self.need(r"\\")
            other = self.sum()
            self.need(r"& \text{else} \end{cases}")
            return x if holds else other
        number = self.match(r"(\d+(?:\.\d+)?)(?: \\times 10\^\{(-?\d+)\})?|\\infty")
        if number:
            if number[1] is None:
                return MP.inf
            return MP.mpf(float(f"{number[1]}e{number[2] or 0}"))
        logarithm = self.match(r"\\log_\{?(2|10)\}?\\left\(")
        if logarithm:
            x = self.sum()
            self.need(r"\right)")
            return call(f"log{logarithm[1]}", [x])
        function = self.match(
            r"(?:\\operatorname\{([a-z0-9_\\]+)\}|\\([a-z]+))(?:_\{(\d+)\})?('?)\\left\("
        )
        if function is None or function[4]:
            raise UnreadableError(f"{self.text!r} at {self.at}")
        xs = [self.sum()]
        while self.take(","):
            if self.take(r"\dots"):
                raise LeftOutError(self.text)
            xs.append(self.sum())
        self.need(r"\right)")
        name = (function[1] or function[2]).replace("\\", "")
        if name == "softmax":
            es = [MP.exp(x - max(xs)) for x in xs]
            return es[int(function[3]) - 1] / MP.fsum(es)
        return call(
            {"sigma": "sigmoid", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}.get(
                name, name
            ),
            xs,
        )
