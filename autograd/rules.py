"""The table of rules: one row per operation, and all that is known of it but for machine code.

An expression is text, so it can be printed, and it is evaluated unchanged on whatever a *space*
gives names to: floats and Values (`EAGER`), SymPy symbols (`symbols()`), NumPy arrays (`arrays()`),
formulas (`formulas.tree`). In a derivative `y` is the operation's own value. The operators in
`value.py` store the same partials, computed without loss also where the printed expression would
cancel (1 − y with y near 1); a test holds the two against each other.

To add an operation: a row here, its kernel in `scalar.py`, its method in `value.py` and its
function in `functions.py`, and a line for its value and its slope in `replay/machine`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import CodeType
from typing import Any

from autograd import functions, scalar
from autograd.errors import DomainError, PoleError, RangeError
from autograd.scalar import sign_of
from autograd.value import Number, Value, infinite

__all__ = [
    "ACTIVATIONS",
    "EAGER",
    "FUNCTIONS",
    "RULES",
    "Rule",
    "Space",
    "arrays",
    "replaced",
    "rule_of",
    "symbols",
]

_BUILTINS = {"enumerate": enumerate, "int": int, "len": len, "sum": sum, "zip": zip}
_OF_MANY = frozenset(["values", "weights", "inputs"])


class Space(dict[str, Any]):
    """What the names in a rule's expressions stand for."""

    def __init__(self, names: Mapping[str, Any]):
        super().__init__(names)
        self._globals = {"__builtins__": _BUILTINS, **names}
        self._functions: dict[tuple[tuple[str, ...], str], Callable[..., Any]] = {}

    def __setitem__(self, name: str, meaning: Any) -> None:
        super().__setitem__(name, meaning)
        self._globals[name] = meaning

    def function(self, parameters: tuple[str, ...], expression: str) -> Callable[..., Any]:
        """The expression as a function of its parameters, made once.

        >>> Space({"power": pow}).function(("x",), "power(x, 3)")(2)
        8
        """
        key = parameters, expression
        made = self._functions.get(key)
        if made is None:
            made = self._functions[key] = eval(_compiled(parameters, expression), self._globals)
        return made


@cache
def _compiled(parameters: tuple[str, ...], expression: str) -> CodeType:
    return compile(f"lambda {', '.join(parameters)}: {expression}", expression, "eval")


@dataclass(frozen=True)
class Rule:
    """An operation: how it is called and written, its value and its partials.

    A partial is None for a parameter that is never differentiated by; for a parameter that is a
    tuple of values it gives a list, one partial each. What a row says beside that:

    - accurate: partials that keep their digits where the printed ones cancel or meet a pole;
    - meaning: the value in more elementary functions, where SymPy has no function of its name;
    - written: how a formula writes the value, where it does not write the function's name;
    - array: the value on NumPy arrays; without it NumPy's function of the name computes it if
      NumPy has one, else the function itself, element by element;
    - array_partials: the accurate ones on NumPy arrays, where NumPy has a quicker way;
    - latex: its name in LaTeX; box: its sign in a picture; both the symbol where not given;
    - record: its name on a tape; torch: its class in torch.nn;
    - activation: whether it is a layer's activation;
    - selects: whether it takes one operand or the other: the one not taken gets the gradient 0,
      also where 0 is multiplied by an infinite adjoint.

    >>> RULES["sigmoid"].partials
    ('y * (1 - y)',)
    """

    name: str
    symbol: str
    parameters: tuple[str, ...]
    value: str
    partials: tuple[str | None, ...]
    accurate: tuple[str | None, ...] = ()
    meaning: str = ""
    written: str = ""
    array: str = ""
    array_partials: tuple[str | None, ...] = ()
    latex: str = ""
    box: str = ""
    record: str = ""
    torch: str = ""
    activation: bool = False
    selects: bool = False

    def __post_init__(self) -> None:
        for name, default in (
            ("accurate", self.partials),
            ("array_partials", self.accurate or self.partials),
            ("latex", rf"\operatorname{{{self.name}}}".replace("_", r"\_")),
            ("box", self.symbol),
            ("record", self.name.upper()),
        ):
            object.__setattr__(self, name, getattr(self, name) or default)

    @property
    def function(self) -> str:
        """The function's name in expressions; none for what is written with signs.

        >>> RULES["abs"].function, RULES["+"].function
        ('absolute', '')
        """
        return self.value.split("(")[0] if "(" in self.value else ""

    @property
    def elementwise(self) -> bool:
        """Whether each parameter is one number."""
        return not _OF_MANY & set(self.parameters)

    def evaluate(self, arguments: tuple[Any, ...], space: Space | None = None) -> Any:
        """The operation's value on `arguments`, in `space` (EAGER if not given).

        >>> RULES["*"].evaluate((3.0, 4.0))
        12.0
        """
        space = EAGER if space is None else space
        return space.function(self.parameters, self.value)(*arguments)

    def differentiate(
        self,
        arguments: tuple[Any, ...],
        y: Any,
        space: Space | None = None,
        *,
        accurate: bool = False,
    ) -> list[Any]:
        """The partials by every argument that is not a plain number, tuples of them flattened.

        This is the order of `Value.operands`. `accurate` takes the expressions that lose no digits
        instead of the printed ones.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> RULES["*"].differentiate(y.arguments, y) == [x, x]
        True
        """
        space, parameters = EAGER if space is None else space, (*self.parameters, "y")
        expressions = self.accurate if accurate else self.partials
        partials: list[Any] = []
        for argument, expression in zip(arguments, expressions, strict=True):
            if expression is None or _is_plain(argument):
                continue
            if isinstance(argument, tuple):
                if any(not _is_plain(x) for x in argument):
                    many = space.function(parameters, expression)(*arguments, y)
                    partials += [d for x, d in zip(argument, many, strict=True) if not _is_plain(x)]
            else:
                partials.append(space.function(parameters, expression)(*arguments, y))
        return partials

    def means(self, text: str, space: Space) -> Callable[..., Any]:
        """The rule's function as `text` has it, in a space."""
        parameters = tuple([p for p in self.parameters if p != "index"])
        return space.function(parameters, text)


def _is_plain(x: object) -> bool:
    return isinstance(x, (int, float))


def _rule(
    name: str, symbol: str, parameters: str, value: str, *partials: str | None, **more: Any
) -> Rule:
    return Rule(name, symbol, tuple(parameters.split()), value, partials, **more)


# as printed, and with a derivative by b also where b is 0
_BY_BASE = "where(equal(b, 0) & equal(absolute(a) > 1e-300, 0), 0, b * power(a, b - 1))"
# {}/(a² + b²), and 0 at the origin, as in PyTorch
_BY_SQUARES = "where(equal(hypot(a, b), 0), {0}, quotient(quotient({0}, hypot(a, b)), hypot(a, b)))"
# 1 − x², near ±1 and its derivative −2x near 0 without loss
_BELOW_1 = "where(absolute(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))"
_SHARE_OF_B = "where(equal(a, b), 0.5, where(a < b, 0, 1))"
_SHARE_OF_A = "where(equal(a, b), 0.5, where(a > b, 0, 1))"

# fmt: off
_TABLE = [
    #     name       sign    of         value                partials
    _rule("exp",     "exp",  "x",       "exp(x)",            "y"),
    _rule("*",       "·",    "a b",     "a * b",             "b", "a", box="×", record="MUL"),
    _rule("+",       "+",    "a b",     "a + b",             "1", "1", record="ADD"),
    _rule("-",       "−",    "a b",     "a - b",             "1", "-1", record="SUB"),
    _rule("**",      "^",    "a b",     "power(a, b)",
          "where(equal(b, 0), 0, b * power(a, b - 1))",
          "where(equal(a, 0) & (b >= 0), 0, y * ln(a))",
          accurate=(_BY_BASE, "where(equal(a, 0) & (b >= 0), 0, y * ln(a))"),
          box="xⁿ", record="POWER"),
    _rule("/",       "/",    "a b",     "a / b",             "1 / b", "-y / b",
          accurate=("quotient(1, b)", "quotient(-y, b)"), box="÷", record="DIV"),
    _rule("neg",     "−",    "x",       "-x",                "-1"),
    _rule("sigmoid", "σ",    "x",       "sigmoid(x)",        "y * (1 - y)",
          accurate=("y * sigmoid(-x)",), meaning="1 / (1 + exp(-x))",
          array="exp(minimum(x, 0)) / (1 + exp(-absolute(x)))",
          array_partials=("square(0.5 / cosh(0.5 * x))",),
          latex=r"\sigma", torch="Sigmoid", activation=True),
    _rule("tanh",    "tanh", "x",       "tanh(x)",           "1 - y * y",
          accurate=("4 * sigmoid(2 * x) * sigmoid(-2 * x)",),
          array_partials=("square(1 / cosh(x))",), latex=r"\tanh", torch="Tanh",
          activation=True),
    _rule("relu",    "relu", "x",       "relu(x)",           "where(x <= 0, 0, 1)",
          meaning="maximum(x, 0)", array="where(x < 0, 0.0, x)", torch="ReLU", activation=True,
          selects=True),
    _rule("log",     "log",  "x",       "log(x)",            "1 / x",
          accurate=("quotient(1, x)",), latex=r"\log"),
    _rule("sqrt",    "√",    "x",       "sqrt(x)",           "1 / (2 * y)",
          accurate=("quotient(0.5, y)",), latex=r"\sqrt"),
    _rule("sin",     "sin",  "x",       "sin(x)",            "cos(x)", latex=r"\sin"),
    _rule("cos",     "cos",  "x",       "cos(x)",            "-sin(x)", latex=r"\cos"),
    _rule("abs",     "abs",  "x",       "absolute(x)",       "sign(x)"),
    _rule("softplus", "softplus", "x",  "softplus(x)",       "sigmoid(x)",
          meaning="log(1 + exp(x))", array="logaddexp(0.0, x)", torch="Softplus", activation=True),
    _rule("expm1",   "expm1", "x",      "expm1(x)",          "exp(x)",
          meaning="exp(x) - 1", written="exp(x) - 1"),
    _rule("log1p",   "log1p", "x",      "log1p(x)",          "1 / (1 + x)",
          accurate=("quotient(1, 1 + x)",), meaning="log(1 + x)", written="log(1 + x)"),
    _rule("tan",     "tan",  "x",       "tan(x)",            "1 + y * y", latex=r"\tan"),
    _rule("asin",    "asin", "x",       "asin(x)",           "1 / sqrt(1 - x * x)",
          accurate=(f"quotient(1, sqrt({_BELOW_1}))",), latex=r"\arcsin"),
    _rule("acos",    "acos", "x",       "acos(x)",           "-1 / sqrt(1 - x * x)",
          accurate=(f"quotient(-1, sqrt({_BELOW_1}))",), latex=r"\arccos"),
    _rule("atan",    "atan", "x",       "atan(x)",           "1 / (1 + x * x)",
          accurate=("power(hypot(1, x), -2)",), latex=r"\arctan"),
    _rule("sinh",    "sinh", "x",       "sinh(x)",           "cosh(x)", latex=r"\sinh"),
    _rule("cosh",    "cosh", "x",       "cosh(x)",           "sinh(x)", latex=r"\cosh"),
    _rule("asinh",   "asinh", "x",      "asinh(x)",          "1 / sqrt(x * x + 1)",
          accurate=("quotient(1, hypot(x, 1))",)),
    _rule("acosh",   "acosh", "x",      "acosh(x)",          "1 / sqrt(x * x - 1)",
          accurate=("quotient(1, sqrt(x - 1) * sqrt(x + 1))",)),
    _rule("atanh",   "atanh", "x",      "atanh(x)",          "1 / (1 - x * x)",
          accurate=(f"quotient(1, {_BELOW_1})",)),
    _rule("erf",     "erf",  "x",       "erf(x)",            "2 / sqrt(pi) * exp(-x * x)",
          accurate=("2 / sqrt(pi) * gaussian(x, 1)",)),
    _rule("erfc",    "erfc", "x",       "erfc(x)",           "-2 / sqrt(pi) * exp(-x * x)",
          accurate=("-2 / sqrt(pi) * gaussian(x, 1)",)),
    _rule("cbrt",    "∛",    "x",       "cbrt(x)",           "1 / (3 * y * y)",
          accurate=("quotient(1, 3 * y * y)",), meaning="sign(x) * power(absolute(x), one / 3)",
          latex=r"\sqrt[3]"),
    _rule("log2",    "log₂", "x",       "log2(x)",           "1 / (x * log(2))",
          accurate=("quotient(1 / log(2), x)",), meaning="log(x) / log(2)", latex=r"\log_2"),
    _rule("log10",   "log₁₀", "x",      "log10(x)",          "1 / (x * log(10))",
          accurate=("quotient(1 / log(10), x)",), meaning="log(x) / log(10)", latex=r"\log_{10}"),
    _rule("exp2",    "exp2", "x",       "exp2(x)",           "y * log(2)",
          meaning="power(2, x)", written="power(2, x)"),
    _rule("gelu",    "gelu", "x",       "gelu(x)",
          "(1 + erf(x / sqrt(2))) / 2 + x * exp(-x * x / 2) / sqrt(2 * pi)",
          accurate=("where(x < -1, quotient(y, x), erfc(-x / sqrt(2)) / 2)"
                    " + where(absolute(x) < 40, x, 0) * gaussian(x, 0.5) / sqrt(2 * pi)",),
          meaning="x * (1 + erf(x / sqrt(2))) / 2", torch="GELU", activation=True),
    _rule("silu",    "silu", "x",       "silu(x)",
          "sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
          accurate=("where(x < -1, y * (quotient(1, x) + sigmoid(-x)),"
                    " sigmoid(x) * (1 + x * sigmoid(-x)))",),
          meaning="x * sigmoid(x)", torch="SiLU", activation=True),
    _rule("leaky_relu", "leaky_relu", "x slope", "leaky_relu(x, slope)",
          "where(x > 0, 1, slope)", "where(x > 0, 0, x)",
          meaning="where(x > 0, x, slope * x)", array="where(x > 0, x, slope * x)",
          torch="LeakyReLU", activation=True),
    _rule("elu",     "elu",  "x α",   "elu(x, α)",
          "where(x > 0, 1, α * exp(x))", "where(x > 0, 0, exp(x) - 1)",
          accurate=("where(x > 0, 1, α * exp(where(x > 0, 0, x)))",
                    "where(x > 0, 0, expm1(where(x > 0, 0, x)))"),
          meaning="where(x > 0, x, α * (exp(x) - 1))",
          array="where(x > 0, x, α * expm1(x))", torch="ELU", activation=True),
    _rule("atan2",   "atan2", "a b",    "atan2(a, b)",
          "b / (a * a + b * b)", "-a / (a * a + b * b)",
          accurate=(_BY_SQUARES.format("b"), _BY_SQUARES.format("-a"))),
    _rule("hypot",   "hypot", "a b",    "hypot(a, b)",       "a / y", "b / y",
          accurate=("quotient(a, y)", "quotient(b, y)"),
          meaning="sqrt(a * a + b * b)", written="sqrt(a * a + b * b)"),
    _rule("maximum", "max",  "a b",     "maximum(a, b)",     _SHARE_OF_B, _SHARE_OF_A,
          latex=r"\max", selects=True),
    _rule("minimum", "min",  "a b",     "minimum(a, b)",     _SHARE_OF_A, _SHARE_OF_B,
          latex=r"\min", selects=True),
    _rule("where",   "where", "c a b",  "where(c > 0, a, b)",
          "0", "where(c > 0, 1, 0)", "where(c > 0, 0, 1)", selects=True),
    _rule("identity", "=",   "x",       "x",                 "1"),
    _rule("dot",     "Σ",    "weights inputs bias", "dot(weights, inputs, bias)",
          "inputs", "weights", "1",
          meaning="total([bias, *[w * x for w, x in zip(weights, inputs)]])",
          array="sum([w * x for w, x in zip(weights, inputs)], bias)"),
    _rule("total",   "Σ",    "values",  "total(values)",     "[1 for v in values]",
          array="add.reduce(stacked(values))"),
    _rule("mean",    "mean", "values",  "mean(values)",      "[1 / len(values) for v in values]",
          meaning="total(values) / len(values)", array="add.reduce(stacked(values)) / len(values)"),
    _rule("logsumexp", "logsumexp", "values", "logsumexp(values)", "softmax(values)",
          meaning="log(total([exp(v) for v in values]))",
          array="logaddexp.reduce(stacked(values))"),
    _rule("softmax", "softmax", "index values", "softmax(values)[index]",
          None, "[y * (int(j == index) - s) for j, s in enumerate(softmax(values))]",
          meaning="[exp(v) / total([exp(w) for w in values]) for v in values]",
          array="normalized(exp(stacked(values) - maximum.reduce(stacked(values))))"),
    _rule("take",    "take", "values place", "take(values, place)",
          "[kronecker(j, place) for j, v in enumerate(values)]", "0",
          meaning="total([kronecker(j, place) * v for j, v in enumerate(values)])",
          array="at_place(stacked(values), place)", selects=True),
]
# fmt: on

RULES: dict[str, Rule] = {rule.name: rule for rule in _TABLE}
"""Every operation's rule by the operation's name (`Value.op`), the notes' own rules first."""


def rule_of(v: Value) -> Any:
    """The rule of the operation that made v: its row, or, of a user's own, what v brings along.

    >>> rule_of(Value(3.0) * 2).name
    '*'
    """
    return RULES.get(v.op) or v._a


def replaced(arguments: Any, made: Mapping[Value, Any]) -> Any:
    """The arguments of an operation with what is made for the Values among them."""
    if isinstance(arguments, tuple):
        return tuple([replaced(a, made) for a in arguments])
    return made.get(arguments, arguments) if isinstance(arguments, Value) else arguments


FUNCTIONS: dict[str, Rule] = {rule.function: rule for rule in _TABLE if rule.function}
"""The rules of functions, by the name that expressions use."""

ACTIVATIONS: tuple[str, ...] = tuple([rule.name for rule in _TABLE if rule.activation])
"""The activations of a neuron; a layer has softmax, which takes all its outputs, beside them."""


scalar.SELECTING.update([rule.name for rule in _TABLE if rule.selects])


# The spaces


def _power(a: Number, b: Number) -> Number:
    """a ** b, infinite at a pole or where it is too large: a factor not taken must not raise."""
    x, n = float(a), float(b)
    try:
        y = scalar.power_of(x, n)
    except (PoleError, RangeError):
        y = scalar.infinite_power(x, n)
    if not (isinstance(a, Value) or isinstance(b, Value)):
        return y
    by_base, by_exponent = scalar.power_by_base(x, n), scalar.power_by_exponent(x, n, y)
    return infinite(y, "**", _operand(a), by_base, _operand(b), by_exponent)


def _quotient(a: Number, b: Number) -> Number:
    """a / b, infinite at a pole, as IEEE 754 has it."""
    x, d = float(a), float(b)
    y = scalar.quotient(x, d)
    if not (isinstance(a, Value) or isinstance(b, Value)):
        return y
    by_a, by_b = scalar.quotient(1.0, d), scalar.quotient(-y, d)
    return infinite(y, "/", _operand(a), by_a, _operand(b), by_b)


def _operand(x: Number) -> Number:
    return x if isinstance(x, Value) else float(x)


def _gaussian(x: Number, share: float) -> Number:
    """e^(−share · x²). With h near x, and constant, −x² is −h² + (h − x)(h + x) without loss."""
    if not isinstance(x, Value):
        return scalar.gaussian_of(float(x), share)
    h = scalar.half(x.data) if abs(x.data) < 40.0 else x.data
    return math.exp(-share * h * h) * functions.exp(share * ((h - x) * (h + x)))


def _ln(x: Number) -> Number:
    """log x, and NaN where there is none, as PyTorch has it for a negative base."""
    try:
        return functions.log(x)
    except DomainError:
        return math.nan


EAGER = Space(
    {
        **{f.__name__: f for f in vars(functions).values() if callable(f)},
        "equal": lambda a, b: float(a) == float(b),
        "gaussian": _gaussian,
        "kronecker": lambda i, j: int(float(i) == float(j)),
        "ln": _ln,
        "one": 1,
        "pi": math.pi,
        "power": _power,
        "quotient": _quotient,
        "sign": lambda x: sign_of(float(x)),
    }
)
"""Floats and Values. On Values an expression makes a graph, which gives higher derivatives."""


@cache
def symbols() -> Space:
    """SymPy symbols, at a general point: two different symbols are not equal.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> RULES["**"].differentiate((x, 3.0), x**3, symbols())
    [3.0*x**2.0]
    """
    import sympy as sp

    space = Space(
        {
            "absolute": sp.Abs,
            "equal": lambda a, b: sp.sympify(a) == sp.sympify(b),
            "kronecker": sp.KroneckerDelta,
            "ln": sp.log,
            "one": sp.Integer(1),
            "own": lambda rule, by: sp.Function(
                rule.name if by is None else f"{rule.name}_{rule.parameters[by]}"
            ),
            "pi": sp.pi,
            "maximum": sp.Max,
            "minimum": sp.Min,
            "power": sp.Pow,
            "sign": sp.sign,
            "total": lambda values: sp.Add(*values),
            "where": lambda c, a, b: sp.Piecewise((a, c), (b, True)),
        }
    )
    for name, rule in FUNCTIONS.items():
        if rule.meaning:
            space[name] = rule.means(rule.meaning, space)
        elif name not in space:
            space[name] = getattr(sp, name)
    return space


@cache
def arrays() -> Space:
    """NumPy arrays, element by element; a tuple of values is a tuple of arrays.

    >>> import numpy
    >>> RULES["relu"].evaluate((numpy.array([-1.0, 2.0]),), arrays()).tolist()
    [0.0, 2.0]
    """
    import numpy as np

    space = Space(
        {
            **{name: f for name, f in vars(np).items() if isinstance(f, np.ufunc)},
            "at_place": _at_place,
            "gaussian": _each(_gaussian, 2),
            "kronecker": lambda i, j: np.equal(i, j) * 1.0,
            "ln": np.log,
            "pi": math.pi,
            "quotient": np.divide,
            "normalized": lambda table: table / table.sum(axis=0),
            "own": lambda rule, by: _each(
                rule.number if by is None else partial(rule.slope, by), len(rule.parameters)
            ),
            "sign": lambda x: np.where(x == x, np.sign(x), 0.0),
            "stacked": lambda values: np.stack(np.broadcast_arrays(*values)),
            "where": np.where,
        }
    )
    for name, rule in FUNCTIONS.items():
        if rule.array:
            space[name] = rule.means(rule.array, space)
        elif name not in space:
            space[name] = _each(EAGER[name], len(rule.parameters))
    return space


def _at_place(table: Any, place: Any) -> Any:
    """Of every column the entry in the row `place`; NaN where there is none."""
    import numpy as np

    place = np.broadcast_to(np.asarray(place, np.float64), table.shape[1:])
    there = (place >= 0) & (place < len(table)) & (place == np.floor(place))
    rows = np.where(there, place, 0.0).astype(np.intp)
    return np.where(there, np.take_along_axis(table, rows[None], axis=0)[0], np.nan)


def _each(f: Callable[..., Any], operands: int) -> Callable[..., Any]:
    """A function of floats on arrays: not finite where it has no value, as NumPy's own are."""
    import numpy as np

    def quiet(*xs: float) -> Any:
        try:
            return f(*xs)
        except DomainError:
            return math.nan
        except (PoleError, RangeError):
            return math.inf

    over = np.frompyfunc(quiet, operands, 1)
    return lambda *xs: np.asarray(over(*xs), np.float64)
