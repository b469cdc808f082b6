"""From single operations to statements in another language.

An operation is written as a function of that language where it has one of the name, else as a
helper: the expression that the rule table has for it, translated. So an operation that is added to
the table can be exported too.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograd.replay.exports.names import Names
from autograd.replay.flat import DERIVED, OPERATIONS, SETTLED, Flat
from autograd.rules import FUNCTIONS

__all__ = ["OTHER_NAMES", "Dialect", "Helper", "Statement", "Written", "expression_of", "write"]

OTHER_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "atan2": "arctan2",
}  # fmt: skip
"""Functions that NumPy, and JAX after it, has by other names than C."""

# What a rule has no expression for that fits every language, as one that keeps its digits
_EXPRESSIONS = {
    "elu": "where(x > 0, x, α * expm1(minimum(x, 0)))",
    "gelu": "x * erfc(-x * 0.7071067811865476) / 2",
    "silu": "x * sigmoid(x)",
    "softplus": "maximum(x, 0) + log1p(exp(-absolute(x)))",
}
_SIGNS = {"+": 1, "-": 1, "*": 2, "/": 2}
_UNARY, _ATOM = 3, 4
_COMPARISONS = {"less": "<", "less_equal": "<=", "equal": "=="}
_LONGEST = 60  # characters of an expression that goes into another one
_DEEPEST = 6


def expression_of(name: str) -> str:
    """An operation by other ones, in the language of the rule table."""
    rule = OPERATIONS[name]
    return _EXPRESSIONS.get(name) or rule.array or rule.meaning or rule.value


@dataclass(frozen=True)
class Dialect:
    """A language: its functions, by the names that rules use, and its signs.

    `functions` are called as they stand; where one is in `helpers`, that text defines it. `choose`
    writes a where b holds, else c; `number` a constant; `define` a helper of these parameters.
    Where it `settles`, it has a function for a logsumexp that may have lost digits, of y, the
    largest value and all values.
    """

    functions: Mapping[str, str]
    helpers: Mapping[str, str]
    choose: Callable[[str, str, str], str]
    number: Callable[[float], str]
    define: Callable[[str, Sequence[str], str], str]
    settles: bool = False


@dataclass
class Helper:
    """The helpers that were used, in an order in which they can be defined.

    Where the code is not `guarded`, an adjoint of 0 times an infinite partial is NaN, and so is a
    logsumexp that may have lost digits, for another engine to settle; code that stands alone takes
    it as it is, unless its language `settles`.
    """

    dialect: Dialect
    guarded: bool = True
    texts: dict[str, str] = field(default_factory=dict)

    def name(self, function: str) -> str:
        """How a function of the rules is called here; what it needs is defined."""
        known = self.dialect.functions.get(function)
        if known is None:
            known = function
            if known not in self.texts:
                self._define(function)
        elif known in self.dialect.helpers and known not in self.texts:
            self.texts[known] = self.dialect.helpers[known]
        return known

    def _define(self, function: str) -> None:
        rule = DERIVED.get(function) or FUNCTIONS[function]
        names = Names()
        parameters = {p: names.new(p) for p in rule.parameters}
        text = self.translated(expression_of(rule.name), parameters)
        self.texts[function] = self.dialect.define(function, list(parameters.values()), text)

    def translated(self, expression: str, names: Mapping[str, str]) -> str:
        """An expression of the rule table with other names."""
        return self._text(ast.parse(expression, mode="eval").body, names)

    def _text(self, node: ast.AST, names: Mapping[str, str]) -> str:
        if isinstance(node, ast.Constant):
            return self.dialect.number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return self.dialect.number(math.pi) if node.id == "pi" else names[node.id]
        if isinstance(node, ast.UnaryOp):
            return f"-{self._held(node.operand, names)}"
        if isinstance(node, ast.BinOp):
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(node.op)]
            return f"{self._held(node.left, names)} {sign} {self._held(node.right, names)}"
        if isinstance(node, ast.Compare):
            sign = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}[type(node.ops[0])]
            right = self._held(node.comparators[0], names)
            return f"{self._held(node.left, names)} {sign} {right}"
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        if node.func.id == "quotient":
            above, below = [self._held(a, names) for a in node.args]
            return f"{above} / {below}"
        arguments = [self._text(a, names) for a in node.args]
        return self.call(node.func.id, arguments)

    def _held(self, node: ast.AST, names: Mapping[str, str]) -> str:
        text = self._text(node, names)
        return text if isinstance(node, (ast.Constant, ast.Name, ast.Call)) else f"({text})"

    def call(self, function: str, arguments: Sequence[str]) -> str:
        """A function of the rules on arguments that are written already."""
        if function == "where":
            return self.dialect.choose(*arguments)
        if function == "equal":
            return f"{arguments[0]} == {arguments[1]}"
        return f"{self.name(function)}({', '.join(arguments)})"


@dataclass(frozen=True)
class Statement:
    """A name and the expression that it stands for; `shared` where it is the same for all rows."""

    name: str
    expression: str
    shared: bool


@dataclass(frozen=True)
class Written:
    """The statements, and for each slot that was asked for the text that has its number."""

    statements: list[Statement]
    outputs: list[str]


@dataclass(frozen=True)
class _Piece:
    text: str
    holds: int
    depth: int
    condition: str = ""  # of which it is 1 where it holds, else 0


def write(
    flat: Flat,
    slots: Sequence[int],
    helper: Helper,
    names: Names,
    inputs: Sequence[str],
    leaves: Sequence[str],
    results: Sequence[str | None],
) -> Written:
    """What computes the numbers in some slots, from inputs and leaves of these names.

    `results` are the labels of the flattened program's results.
    An operation that is used once goes into the expression that uses it, where it is short.
    """
    pieces: dict[int, _Piece] = {}
    for k, name in enumerate([*inputs, *leaves]):
        pieces[k] = _Piece(name, _ATOM, 0)
    for k, x in enumerate(flat.constants):
        text = helper.dialect.number(x)
        holds = _ATOM if text[0].isalnum() else _UNARY
        pieces[flat.first_constant + k] = _Piece(text, holds, 0)
    labels = dict(zip(flat.results, results, strict=True))
    shared = _shared(flat)
    users = _users(flat, slots)
    statements: list[Statement] = []
    for name, operands, result in flat.operations:
        if not users[result]:
            continue
        given = [pieces[x] for x in operands]
        text, holds, condition = _operation(name, given, helper)
        depth = max([p.depth for p in given]) + 1
        user = users[result][0]
        goes_on = (
            len(users[result]) == 1
            and user >= 0
            and shared[result] == shared[flat.operations[user].result]
            and len(text) <= _LONGEST
            and depth < _DEEPEST
        )
        if not goes_on:
            label = labels.get(result)
            statements.append(
                Statement(names.new(label) if label else names.numbered("v"), text, shared[result])
            )
            text, holds, depth, condition = statements[-1].name, _ATOM, 0, ""
        pieces[result] = _Piece(text, holds, depth, condition)
    return Written(statements, [pieces[x].text for x in slots])


def _shared(flat: Flat) -> list[bool]:
    """For each slot whether its number is the same for all rows."""
    shared = [k >= flat.columns for k in range(flat.slots)]
    for _, operands, result in flat.operations:
        shared[result] = all(shared[x] for x in operands)
    return shared


def _users(flat: Flat, slots: Iterable[int]) -> list[list[int]]:
    """For each slot the operations that take it, of those that these slots need; -1 for a slot."""
    users: list[list[int]] = [[] for _ in range(flat.slots)]
    for x in slots:
        users[x].append(-1)
    for at in reversed(range(len(flat.operations))):
        _, operands, result = flat.operations[at]
        if users[result]:
            for x in operands:
                users[x].append(at)
    return users


def _operation(name: str, given: Sequence[_Piece], helper: Helper) -> tuple[str, int, str]:
    """An operation on pieces as a text, how it holds together, and what it is the truth of."""
    texts = [p.text for p in given]
    if not helper.guarded:
        name = {"times": "*", "over": "/"}.get(name, name)
    if name in _SIGNS:
        holds = _SIGNS[name]
        return f"{_held(given[0], holds)} {name} {_held(given[1], holds + 1)}", holds, ""
    if name == "neg":
        return f"-{_held(given[0], _ATOM)}", _UNARY, ""
    if name == SETTLED and helper.dialect.settles:
        return helper.call(name, texts), _ATOM, ""
    if name == SETTLED and not helper.guarded:
        return helper.call(name, texts[:2]), _ATOM, ""
    if name in ("identity", SETTLED):
        return texts[0], given[0].holds, given[0].condition
    if name == "**" and texts[1] == helper.dialect.number(2.0) and given[0].holds == _ATOM:
        return f"{texts[0]} * {texts[0]}", _SIGNS["*"], ""
    rule = OPERATIONS[name]
    if name == "where":
        zero = helper.dialect.number(0.0)
        condition = given[0].condition or f"{_held(given[0], _ATOM)} > {zero}"
        return helper.call("where", [condition, *texts[1:]]), _ATOM, ""
    if name in _COMPARISONS:
        condition = f"{_held(given[0], _ATOM)} {_COMPARISONS[name]} {_held(given[1], _ATOM)}"
        truths = [helper.dialect.number(x) for x in (1.0, 0.0)]
        return helper.call("where", [condition, *truths]), _ATOM, condition
    return helper.call(name if name in DERIVED else rule.function, texts), _ATOM, ""


def _held(piece: _Piece, at_least: int) -> str:
    return piece.text if piece.holds >= at_least else f"({piece.text})"
