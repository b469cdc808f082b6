"""From the text of a problem to its statements.

The parser goes down one level for each parenthesis, power or root, and refuses to go deeper than
`DEEPEST`; a sum or product of any length stays on one level.

    statement   NAME = sum [role]  |  sum  |  rows: NAME [role] ...  |  numbers of a row
    sum         product  (+|-) product ...
    product     signed  (*|/|⊙| ) signed ...         where " " is no sign at all
    signed      - signed  |  power
    power       postfix  (^|**) signed
    postfix     atom  [1, 2] | ᵀ | ²
    atom        number | NAME | NAME(sum, ...) | √ postfix | (sum) | [ ... ]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from itertools import pairwise

from autograd.errors import ProblemError
from autograd.problems.formulas import (
    Call,
    Constant,
    Entry,
    Formula,
    Grid,
    Name,
    Negative,
    Power,
    Product,
    Statement,
    Sum,
    Table,
    Transposed,
    names_in,
)
from autograd.problems.tokens import LONGEST, PRIMES, Text, Token, tokens_of
from autograd.problems.vocabulary import CONSTANTS, ROLES, functions_by_name
from autograd.suggestions import did_you_mean

__all__ = ["DEEPEST", "ENTRY", "MOST_NAMES", "Parsed", "parse"]

DEEPEST = 50
"""How deep parentheses may nest."""

MOST_NAMES = 20_000
"""The most names that a text may define."""

ENTRY = re.compile(r"(.+)_([0-9]+)(\^[^_]+)?(['’′]*)")
"""The name of an entry: that of the vector or matrix around its indices."""

_ADD = ("+", "-")
_MULTIPLY = ("*", "/", "⊙")
_RAISE = ("^", "**")


class Parsed:
    """What a text says: its statements in order, by name, and its table of rows if it has one."""

    def __init__(self, text: Text):
        self.text = text
        self.statements: dict[str, Statement] = {}
        self.table: Table | None = None

    def error(self, what: str, at: int) -> ProblemError:
        """An error at a place of this text."""
        return self.text.error(what, at)

    def base(self, name: str) -> str | None:
        """The statement or column that gives a name its number: W for W_11."""
        if name in self.statements or (self.table and name in self.table.columns):
            return name
        match = ENTRY.fullmatch(name)
        base = f"{match[1]}{match[3] or ''}{match[4]}" if match else ""
        return base if base and base in self.statements else None


def parse(source: str, given: Collection[str] = ()) -> Parsed:
    """The statements of a text; those of `given` which it only uses have their numbers elsewhere.

    Raises ProblemError where it cannot be read.

    >>> parsed = parse("y = 2 x; x = 3 input")
    >>> list(parsed.statements), parsed.statements["x"].role
    (['y', 'x'], 'input')
    """
    clean = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    parsed = Parsed(Text(unicodedata.normalize("NFC", clean[: LONGEST + 1])))
    lines = _split(parsed)
    known = _Known(parsed, lines, given)
    rows: list[list[Token]] = []
    for line in lines:
        if _begins_table(line):
            _add_table(parsed, line, known)
        elif parsed.table is not None and _is_row(line):
            rows.append(line)
        else:
            _add_statement(parsed, _Reader(parsed, known.merged(line), known))
    if parsed.table is not None:
        _fill_table(parsed, parsed.table, rows)
    _add_given(parsed, given)
    return parsed


def _add_given(parsed: Parsed, given: Collection[str]) -> None:
    """A statement for each name that the formulas use and only `given` has a number for."""
    if given:
        used = {x.name: x.at for s in parsed.statements.values() for x in names_in(s.formula)}
        for name in given:
            if name in used and parsed.base(name) is None:
                parsed.statements[name] = Statement(name, Constant(0.0, 0), "", used[name])


def _split(parsed: Parsed) -> list[list[Token]]:
    """The tokens by statement, each with the end that follows it.

    In parentheses a new line is a space, in brackets the end of a row.
    """
    lines: list[list[Token]] = []
    line: list[Token] = []
    opened: list[str] = []
    for token in tokens_of(parsed.text):
        if token.text in ("(", "["):
            opened.append(token.text)
        elif token.text in (")", "]"):
            del opened[-1:]
        if token.text == "\n" and opened[-1:] == ["("]:
            continue
        line.append(token)
        if token.kind == "end" and (not opened or token.text == ""):
            if len(line) > 1:
                lines.append(line)
            line = []
    return lines


class _Known:
    """The names that stand left of a `=`, and the columns of the table."""

    def __init__(self, parsed: Parsed, lines: list[list[Token]], given: Collection[str]):
        self.parsed = parsed
        self.names: set[str] = set(given)
        self._raised = any("^" in name for name in given)  # whether any name has a ^ in it
        for line in lines:
            if _begins_table(line):
                self.names.update(t.text for t in line[2:] if t.kind == "name")
                continue
            name, length = _whole_name(line, 0)
            if name and line[length].sign == "=":
                self.names.add(name)
                self._raised |= "^" in name
            if len(self.names) > MOST_NAMES:
                raise parsed.error(
                    f"more than {MOST_NAMES:,} names: too large a text", line[0].offset
                )

    def merged(self, line: list[Token]) -> list[Token]:
        """The same with w, ^, 1 made one name where w^1 is one that the text defines."""
        if not self._raised:
            return line
        tokens: list[Token] = []
        i = 0
        while i < len(line):
            token, length = line[i], 1
            whole, whole_length = _whole_name(line, i)
            if whole_length > 1 and whole in self.names:
                self._check_one_reading(line, i, whole)
                token, length = Token("name", whole, token.offset, token.spaced), whole_length
            tokens.append(token)
            i += length
        return tokens

    def _check_one_reading(self, line: list[Token], i: int, whole: str) -> None:
        if i == 0 and line[_whole_name(line, i)[1]].sign == "=":
            return
        base, exponent = line[i].text, line[i + 2]
        is_value = base in self.names or base in CONSTANTS
        is_power = exponent.kind != "name" or exponent.text in self.names
        if is_value and is_power:
            raise self.parsed.error(
                f"{whole} can be read two ways, as the name {whole} and as {base} to the power "
                f"{whole.partition('^')[2]}: write {base}**{whole.partition('^')[2]} for the "
                "power, or give one of them another name",
                line[i].offset,
            )


def _whole_name(line: list[Token], i: int) -> tuple[str, int]:
    """The name at a place with its ^index, if it has one, and how many tokens that takes."""
    if line[i].kind != "name":
        return "", 0
    if line[i + 1].text != "^" or line[i + 1].spaced:
        return line[i].text, 1
    after = line[i + 2 : i + 6]
    if any(t.spaced for t in after[:1]):
        return line[i].text, 1
    length = 0
    if after and after[0].text == "(":
        closed = len(after) > 2 and after[2].text == ")" and after[1].text.isdecimal()
        length = 3 if closed and not (after[1].spaced or after[2].spaced) else 0
    elif after and (after[0].kind == "name" or after[0].text.isdecimal()):
        length = 1
    if not length:
        return line[i].text, 1
    if len(after) > length and after[length].text in tuple(PRIMES) and not after[length].spaced:
        length += 1
    return "".join([t.text for t in line[i : i + 2 + length]]), 2 + length


# Statements


def _add_statement(parsed: Parsed, reader: _Reader) -> None:
    first = reader.token
    name = ""
    if first.kind == "name" and reader.tokens[1].sign == "=":
        name = first.text
        reader.skip(2)
        _check_name(parsed, name, first)
    formula = reader.sum()
    role = ""
    if reader.token.text in ROLES:
        role = reader.token.text
        reader.skip(1)
    if reader.token.kind != "end":
        if reader.token.sign == "=":
            raise parsed.error(
                "a second = in one statement; left of a = stands one name", reader.token.offset
            )
        hint = "; write a decimal point" if reader.is_decimal_comma() else ""
        raise reader.expected("an operator or the end of the line", hint)
    if name in parsed.statements:
        raise parsed.error(_twice(parsed, name), first.offset)
    parsed.statements[name] = Statement(name, formula, role, first.offset)


def _check_name(parsed: Parsed, name: str, token: Token) -> None:
    if name in ROLES or name in ("rows", "NaN", "nan"):
        raise parsed.error(f"{name} is a reserved word and no name", token.offset)
    if parsed.table is not None and name in parsed.table.columns:
        raise parsed.error(f"{name} is a column of the table already", token.offset)


def _twice(parsed: Parsed, name: str) -> str:
    if not name:
        return "a second formula without a name; name all but the result, as in y = w x"
    line = parsed.text.line_of(parsed.statements[name].at)
    return f"{name} is given twice, first in line {line}"


# The table


def _begins_table(line: list[Token]) -> bool:
    return line[0].text == "rows" and line[1].text == ":"


def _add_table(parsed: Parsed, line: list[Token], known: _Known) -> None:
    if parsed.table is not None:
        raise parsed.error("a second table; a problem has one", line[0].offset)
    columns: dict[str, str] = {}
    last = ""
    for token in known.merged(line)[2:-1]:
        if token.text == ",":
            continue
        if token.text in ROLES and last:
            columns[last] = token.text
        elif token.kind == "name" and token.text not in ROLES:
            last = token.text
            if last in columns:
                raise parsed.error(f"{last} is a column twice", token.offset)
            if last in parsed.statements:
                raise parsed.error(
                    f"{last} is a column, but is given in line "
                    f"{parsed.text.line_of(parsed.statements[last].at)} as well",
                    token.offset,
                )
            columns[last] = ""
        else:
            raise parsed.error(
                f"expected the name of a column, as in rows: x1 x2 t, found {token}", token.offset
            )
    if not columns:
        raise parsed.error("a table without columns; write rows: x1 x2 t", line[0].offset)
    parsed.table = Table(columns, (), line[0].offset)


def _is_row(line: list[Token]) -> bool:
    return all(t.kind in ("number", "end") or t.sign == "-" or t.text in ",+" for t in line)


def _fill_table(parsed: Parsed, table: Table, lines: list[list[Token]]) -> None:
    rows = []
    for line in lines:
        row = _row(parsed, line)
        if len(row) != len(table.columns):
            names = " ".join(table.columns)
            raise parsed.error(
                f"a row of {len(row)} numbers, but the columns are {len(table.columns)}: {names}",
                line[0].offset,
            )
        rows.append(tuple(row))
    if not rows:
        raise parsed.error("a table without rows: write their numbers below it", table.at)
    parsed.table = Table(table.columns, tuple(rows), table.at)


def _row(parsed: Parsed, line: list[Token]) -> list[float]:
    row: list[float] = []
    sign = 1.0
    for token, after in pairwise(line):
        if token.kind == "number":
            row.append(sign * number_of(parsed, token))
            sign = 1.0
        elif token.text != ",":
            if after.kind != "number" or after.spaced:
                raise parsed.error(f"expected a number after {token}", after.offset)
            sign = -1.0 if token.sign == "-" else 1.0
    return row


def number_of(parsed: Parsed, token: Token) -> float:
    """The number that is written; refused where it is too large for one."""
    if token.text == "∞":
        return float("inf")
    if len(token.text) == 1 and not token.text.isdecimal():
        return unicodedata.numeric(token.text)
    number = float(token.text.replace("−", "-"))
    if number == float("inf"):
        raise parsed.error(f"{token} is too large a number", token.offset)
    return number


# Formulas


class _Reader:
    """Reads one statement, token by token."""

    def __init__(self, parsed: Parsed, tokens: list[Token], known: _Known):
        self.parsed = parsed
        self.tokens = tokens
        self.known = known
        self.i = 0
        self.depth = 0
        self.in_row = False  # of a vector whose entries are separated by spaces

    @property
    def token(self) -> Token:
        return self.tokens[self.i]

    def skip(self, n: int) -> None:
        self.i += n

    def take(self) -> Token:
        self.i += 1
        return self.tokens[self.i - 1]

    def accept(self, *signs: str) -> Token | None:
        return self.take() if self.token.sign in signs else None

    def is_decimal_comma(self) -> bool:
        """Whether a number seems to be written as 0,5."""
        before, after = self.tokens[self.i - 1], self.tokens[min(self.i + 1, len(self.tokens) - 1)]
        return self.token.text == "," and before.kind == after.kind == "number"

    def expected(self, what: str, hint: str = "") -> ProblemError:
        token = self.token
        where = ""
        if self.i and token.kind == "end":
            where = f" after {self.tokens[self.i - 1]}"
        return self.parsed.error(f"expected {what}{where}, found {token}{hint}", token.offset)

    def close(self, sign: str, opened: Token) -> None:
        if not self.accept(sign):
            what = f'an operator or "{sign}"'
            if self.token.kind == "end":
                raise self.parsed.error(f'"{opened.text}" is never closed', opened.offset)
            raise self.expected(what)

    def nested(self, read: Callable[[], Formula], in_row: bool = False) -> Formula:
        """What `read` finds one level further down."""
        if self.depth == DEEPEST:
            raise self.parsed.error(
                f"nested more than {DEEPEST} deep: give a part of it a name of its own",
                self.token.offset,
            )
        outer, self.in_row = self.in_row, in_row
        self.depth += 1
        formula = read()
        self.depth -= 1
        self.in_row = outer
        return formula

    # Each level of the grammar

    def sum(self) -> Formula:
        at = self.token.offset
        first = self.product()
        terms = [("+", at, first)]
        while sign := self.accept(*_ADD):
            terms.append((sign.sign, sign.offset, self.product()))
        return first if len(terms) == 1 else Sum(tuple(terms), at)

    def product(self) -> Formula:
        at = self.token.offset
        first = self.signed()
        factors = [("*", at, first)]
        while True:
            if sign := self.accept(*_MULTIPLY):
                factors.append((sign.sign, sign.offset, self.signed()))
            elif self._begins_factor():
                self._check_beside(factors)
                factors.append(("*", self.token.offset, self.power()))
            else:
                return first if len(factors) == 1 else Product(tuple(factors), at)

    def _begins_factor(self) -> bool:
        token = self.token
        if token.kind == "name":
            return token.text not in ROLES
        return token.kind == "number" or token.text in ("(", "[", "√")

    def _check_beside(self, factors: list[tuple[str, int, Formula]]) -> None:
        """Refuse a factor without a sign before it where that can be read two ways."""
        token, before = self.token, self.tokens[self.i - 1]
        if token.kind == "number" and before.kind == "number":
            raise self.parsed.error(
                f"two numbers side by side, {before} and {token}: write a sign between them",
                token.offset,
            )
        is_fraction = (
            token.spaced
            and all(isinstance(f, (Constant, Negative)) for _, _, f in factors)
            and len(factors) == 2
        )
        if any(sign == "/" for sign, _, _ in factors[-1:]) and not is_fraction:
            self._refuse_division(factors)
        if not token.spaced and self._ends_in_power_or_root(factors[-1][2], before):
            raise self.parsed.error(
                f"does {token} belong to what stands before it? Write a space or a * before it, "
                "or parentheses",
                token.offset,
            )

    def _refuse_division(self, factors: list[tuple[str, int, Formula]]) -> None:
        source = self.parsed.text.text
        above = source[factors[-2][2].at : factors[-1][1]].strip()
        below = source[factors[-1][2].at : self.tokens[self.i - 1].end].strip()
        after, space = self.token.text, " " if self.token.spaced else ""
        if len(above + below + after) > 40 or "\n" in above + below or after in "([√":
            above, below, after, space = "a", "b", "c", " "
        raise self.parsed.error(
            f"{above}/{below}{space}{after} can be read two ways: write {above}/{below} * {after} "
            f"or {above}/({below} {after})",
            self.token.offset,
        )

    @staticmethod
    def _ends_in_power_or_root(f: Formula, before: Token) -> bool:
        while isinstance(f, Negative):
            f = f.inner
        open_root = isinstance(f, Call) and f.function in ("√", "e^")
        return (isinstance(f, Power) or open_root) and before.kind in ("number", "name")

    def signed(self) -> Formula:
        signs: list[Token] = []
        while sign := self.accept(*_ADD):
            signs.append(sign)
            if len(signs) > DEEPEST:
                raise self.parsed.error("too many signs one after another", sign.offset)
        base = self.power()
        for sign in reversed(signs):
            if sign.sign == "-":
                base = (
                    Constant(-base.number, sign.offset)
                    if isinstance(base, Constant)
                    else Negative(base, sign.offset)
                )
        return base

    def power(self) -> Formula:
        start = self.i
        base = self.postfix()
        token = self.token
        if token.kind == "raised" and not token.spaced:
            self.take()
            number = float(int(unicodedata.normalize("NFKC", token.text)))
            return self._raised(base, Constant(number, token.offset), token, start)
        if sign := self.accept(*_RAISE):
            return self._raised(base, self.nested(self.signed), sign, start)
        return base

    def _raised(self, base: Formula, exponent: Formula, sign: Token, start: int) -> Formula:
        if isinstance(base, Call) and base.function == "√" and self.tokens[start + 1].text != "(":
            raise self.parsed.error(
                "a root and a power of it can be read two ways: write √(x^2) or (√x)^2",
                sign.offset,
            )
        if isinstance(base, Name) and base.name == "e" and "e" not in self.known.names:
            return Call("e^", (exponent,), base.at)
        return Power(base, exponent, sign.offset)

    def postfix(self) -> Formula:
        formula = self.atom()
        while True:
            if self.token.text == "[" and not (self.in_row and self.token.spaced):
                formula = self._entry(formula)
            elif self.token.text == "ᵀ":
                formula = Transposed(formula, self.take().offset)
            else:
                return formula

    def _entry(self, of: Formula) -> Formula:
        opened = self.take()
        indices: list[int] = []
        while True:
            token = self.token
            if not (token.kind == "number" and token.text.isdecimal() and int(token.text)):
                raise self.expected("the place of an entry, counted from 1, as in h[1] or W[1, 2]")
            indices.append(int(self.take().text))
            if not self.accept(","):
                break
        self.close("]", opened)
        return Entry(of, tuple(indices), opened.offset)

    def atom(self) -> Formula:
        token = self.token
        if token.kind == "number":
            return Constant(number_of(self.parsed, self.take()), token.offset)
        if token.kind == "name" and token.text not in ROLES:
            return self._name()
        if token.text == "√":
            self.take()
            return Call("√", (self.nested(self.postfix),), token.offset)
        if token.text == "(":
            self.take()
            inner = self.nested(self.sum)
            self.close(")", token)
            return inner
        if token.text == "[":
            return self._grid()
        raise self.expected("a number, a name or a parenthesis")

    def _name(self) -> Formula:
        token = self.take()
        if self.token.text != "(":
            return Name(token.text, token.offset)
        functions = functions_by_name()
        is_number = token.text in self.known.names
        if token.text in functions and not is_number:
            return self._call(token)
        product = f"write {token.text}*(…)"
        if token.text in functions:
            why = f"{token} is a function, but this text gives it a number: rename it, or {product}"
        elif is_number or token.text in CONSTANTS:
            why = (
                f"a name before a parenthesis is a call, but {token} is no function: for a "
                f"product {product}"
            )
        else:
            near = did_you_mean(token.text, functions) or f"; for a product {product}"
            why = f"a name before a parenthesis is a call, but there is no function {token}{near}"
        raise self.parsed.error(why, token.offset)

    def _call(self, name: Token) -> Formula:
        opened = self.take()
        arguments: list[Formula] = []
        if self.token.text != ")":
            arguments.append(self.nested(self.sum))
            while self.accept(","):
                arguments.append(self.nested(self.sum))
        self.close(")", opened)
        return Call(name.text, tuple(arguments), name.offset)

    def _grid(self) -> Formula:
        opened = self.take()
        rows: list[tuple[Formula, ...]] = []
        while True:
            while self.token.text in ("\n", ";"):
                self.take()
            if self.token.text == "]":
                break
            rows.append(tuple(self._grid_row(opened)))
        self.take()
        if not rows:
            raise self.parsed.error("a vector without entries", opened.offset)
        for row in rows:
            if len(row) != len(rows[0]):
                raise self.parsed.error(
                    f"the rows of a matrix are equally long, but here are {len(rows[0])} and "
                    f"{len(row)} entries",
                    row[0].at,
                )
        return Grid(tuple(rows), opened.offset)

    def _grid_row(self, opened: Token) -> list[Formula]:
        """The entries of one row: any formulas between commas, or plain ones between spaces."""
        by_comma = self._has_comma()
        row: list[Formula] = []
        while self.token.kind != "end" and self.token.text != "]":
            if by_comma and row and not self.accept(","):
                raise self.expected("a comma")
            if by_comma:
                row.append(self.nested(self.sum))
            else:
                if row and not self.token.spaced:
                    raise self.expected("a space before the next entry")
                row.append(self._plain_entry())
        if self.token.kind == "end" and self.token.text == "":
            raise self.parsed.error('"[" is never closed', opened.offset)
        return row

    def _plain_entry(self) -> Formula:
        after = self.tokens[self.i + 1]
        if self.token.sign in _ADD and after.spaced:
            raise self.parsed.error(
                "entries that are formulas are separated by commas, as in [a - b, c]; around a "
                "sum write parentheses",
                self.token.offset,
            )
        return self.nested(self.signed, in_row=True)

    def _has_comma(self) -> bool:
        depth = 0
        for i in range(self.i, len(self.tokens)):
            token = self.tokens[i]
            if depth == 0 and token.text in (",", "]", ";", "\n"):
                return token.text == ","
            if depth > DEEPEST:
                return False
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        return False
