"""Printed derivations, read back: every line is evaluated and held against the engine.

The reader knows Python's precedence and what mathematicians add to it: a name or a parenthesis
before a parenthesis is a product, ² a power, [a > b] is 1 where it holds and else 0. It computes
with 350 digits, so that what a formula says is not lost in how floats would compute it: 1 + 1e-160
is more than 1.
"""

import math
import random
import re
from contextlib import suppress

import mpmath

from autograd import Value, derive
from autograd.graph import adjoints
from fuzzing import exact
from fuzzing.checks import SPACE, Finding, in_range, is_moderate, is_steady, rounding_of, values_of

_DIGITS = 350
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = {
    "log₂": "log2",
    "log₁₀": "log10",
    "−": "-",
    "·": "*",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "[": "holds(",
    "]": ")",
    "^": "**",
}
_NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])"
_REMARK = ", as a derivative of 0 hands on 0"
_NEVER_0 = {"exp", "exp2", "sigmoid", "softplus", "softmax", "erfc"}
_0_OF_0 = {"*", "/", "**", "gelu", "silu"}
_EXPONENT = re.compile(r"(?:\^|\*\*)\(?-?$")  # what stands before one


def _of_floats(f):
    return lambda *xs: mpmath.mpf(float(f(*map(float, xs))))


_FUNCTIONS = {
    **{name: _of_floats(f) for name, f in SPACE.items()},
    **exact.FUNCTIONS,
    # With their values one by one, as they are printed.
    **{name: lambda *xs, f=exact.FUNCTIONS[name]: f(xs) for name in ("total", "mean", "logsumexp")},
    "take": lambda *xs: exact.FUNCTIONS["take"](xs[:-1], xs[-1]),
    **{f"softmax_{k}": lambda *xs, k=k: exact.FUNCTIONS["softmax"](xs)[k - 1] for k in range(1, 9)},
    "σ": exact.FUNCTIONS["sigmoid"],
    "abs": abs,
    "max": max,
    "min": min,
    "sign": mpmath.sign,
    "holds": mpmath.mpf,
    "ln": mpmath.log,
    "e": mpmath.e,
    "π": mpmath.pi,
    "mpf": mpmath.mpf,
}


def evaluate(text, names):
    """The number of a printed formula."""
    text = _powers_written(text)
    text = re.sub("|".join(map(re.escape, _SIGNS)), lambda m: _SIGNS[m[0]], text)
    text = re.sub(_NUMBER, lambda m: f"mpf({_read(m[0])!r})", text)
    text = re.sub(r"\|([^|]*)\|", r"absolute(\1)", text)
    text = _roots_written(text)
    text = re.sub(r"([\w.]+)\(", lambda m: m[0] if m[1] in _FUNCTIONS else f"{m[1]}*(", text)
    text = text.replace(")(", ")*(")
    with mpmath.workdps(_DIGITS):
        numbers = {name: mpmath.mpf(x) for name, x in names.items()}
        number = eval(text, {"__builtins__": {}, **_FUNCTIONS, **numbers})
        if isinstance(number, mpmath.mpc):  # as of the logarithm of a negative number
            raise ZeroDivisionError(f"{text} has no real value")
        return mpmath.mpf(number)


def _read(number):
    """The float that was printed, which 1e160 is not to 350 digits; what is none as it stands."""
    x = float(number)
    return x if 0.0 < x < math.inf else number


def _powers_written(text):
    """x² as x**(2)."""
    return re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"**({m[0].translate(_SUPERSCRIPT)})", text)


def _roots_written(text):
    """√x, √f(x) and √(x) as calls of sqrt, ∛x as one of cbrt."""
    while "√" in text or "∛" in text:
        at = max(text.rfind("√"), text.rfind("∛"))  # the innermost first
        root = "sqrt" if text[at] == "√" else "cbrt"
        end = re.compile(r"[\w.]*").match(text, at + 1).end()
        if text[end : end + 1] == "(":
            end = _closing(text, end) + 1
        text = f"{text[:at]}{root}({text[at + 1 : end]}){text[end:]}"
    return text


def _closing(text, opening):
    depth = 0
    for i in range(opening, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    raise ValueError("a parenthesis is left open")


def check_texts(program):
    """Each line that a derivation prints, of every leaf, is the derivative that it claims."""
    values, error = values_of(program)
    root = values[program.result] if error is None else None
    if not isinstance(root, Value) or not root.op or not in_range(values):
        return "left out"
    found = adjoints(root)
    if not all(abs(x) < 1e290 and is_moderate(x) for v, d in found.items() for x in (v.data, d)):
        return "left out"
    if not is_steady(program):
        return "left out"
    for i, v in enumerate(values.values()):
        if v.label is None and v is not root and i % 3:
            v.label = f"h{i}"
    if len(program.steps) % 2:  # else it is written as what it is made of
        root.label = "L"
    names = {v.label: v.data for v in found if v.label}
    deltas = {v.label: d for v, d in found.items() if v.label}
    undecided = any(map(_has_vanished, found))
    slack = 10 * max(filter(math.isfinite, rounding_of(root).values()), default=0.0)
    for label in [f"x{i}" for i in range(len(program.leaves))]:
        if values[label] in found:
            derivation = derive(root, values[label])
            with suppress(_NoNumber):
                _check_text(derivation.text(), names, deltas, slack, undecided)
            if not undecided:
                with suppress(_NoNumber):
                    _check_steps(derivation.text("steps"), names)
    return "read"


class _NoNumber(Exception):  # noqa: N818 - of a text that is left out
    """A formula has no number, or not one that a reader could find."""


def _has_vanished(v):
    """Whether a value is 0 that by many digits is only very small."""
    of_0 = any(x.data == 0.0 for x in v.operands)
    return v.data == 0.0 and (v.op in _NEVER_0 or (v.op in _0_OF_0 and not of_0))


def _check_text(text, names, deltas, slack, undecided=False):
    """Every line of it; what holds or does not only where that is not `undecided`."""
    names = dict(names)
    if "∞" in text or "NaN" in text:
        return  # a pole: the formula has no number there
    for block in text.split("\n\n"):
        first, *more = block.split("\n")
        left, *sides = first.split(" = ")
        sides += [line.strip().removeprefix("= ") for line in more]
        known = _claimed(left.strip(), deltas)
        remarked = [side for side in sides if _REMARK in side]  # which are not what stands before
        for side in [side.partition(_REMARK)[0] for side in remarked or sides]:
            if "∂" in side or "…" in side or (undecided and ("[" in side or " if " in side)):
                continue
            number = _number(side, names, text)
            if number is None:
                continue
            if known is None:
                known = number
            elif not _same(side, number, known, names, slack):
                raise Finding(f"{side!r} is {float(number)}, not {float(known)}, in\n{text}")
        if known is not None:
            names[left.strip()] = known


def _check_steps(text, names):
    """The elementary steps multiply and add up to the wholes that stand below them."""
    if "…" in text:
        return  # too large to be read
    slopes, wholes, named = {}, [], {*names, "L"}
    for block in text.split("\n\n"):
        left, *sides = re.split(r"\n? += ", block)
        numbers = [_number(side, names, text) for side in sides]
        if None in numbers or not all(map(mpmath.isfinite, numbers)):
            return  # at a pole
        for side, number in zip(sides, numbers, strict=True):
            if not _same(side, number, numbers[-1], names, 0.0):
                raise Finding(f"{side!r} is not {float(numbers[-1])} in\n{text}")
        upper, lower = left.removeprefix("∂").split("/∂")
        if upper in named and lower in named:
            wholes.append((upper, lower, sides[-1], numbers[-1]))
        else:
            slopes.setdefault(upper, {})[lower.removesuffix(" directly")] = numbers[-1]
    slack = 1e-12 * max([abs(x) for of in slopes.values() for x in of.values()], default=0.0)
    for upper, lower, side, number in wholes:
        found = _through(slopes, named, upper, lower)
        if upper in slopes and not _same(side, number, found, names, slack):
            raise Finding(f"the steps from {upper} to {lower} give {float(found)} in\n{text}")


def _through(slopes, named, upper, lower, above=()):
    """The derivative by the steps, through what has no name of its own."""
    if upper in above:  # h + 0.5 − 0.5 is written as the h below it
        raise _NoNumber(upper)
    total = mpmath.mpf(0)
    for x, slope in slopes.get(upper, {}).items():
        if x == lower:
            total += slope
        elif x not in named:
            total += slope * _through(slopes, named, x, lower, (*above, upper))
    return total


def _number(side, names, text):
    """The number of a formula in a text; None where it is too small for mpmath."""
    try:
        return evaluate(side, names)
    except ZeroDivisionError as error:
        raise _NoNumber(side) from error  # as of atan2 at the origin, where the engine chose one
    except OverflowError:
        return None  # e to a power of 1e320: mpmath has no number so small
    except Exception as error:
        if isinstance(error, NameError) and re.fullmatch(r"v\d+", error.name or ""):
            raise _NoNumber(side) from error  # what is named on the way is told at the end
        raise Finding(f"cannot read {side!r} ({error}) in\n{text}") from error


def _claimed(left, deltas):
    if left.startswith("δ_"):
        return deltas.get(left.removeprefix("δ_"))  # none of one that is named on the way
    match = re.fullmatch(r"∂L/∂(\w+)", left)
    return deltas[match[1]] if match else None


def _same(side, number, known, names, slack):
    """Equal, as far as the printed digits, those of the names, and rounding in floats tell."""
    rng = random.Random(0)
    side = _powers_written(side.replace("−", "-"))
    apart = 0.0
    for _ in range(64):  # what moves two numbers may cancel; mostly the first time is enough
        if abs(number - known) <= 20 * apart + slack + 1e-12 * abs(known):
            return True
        shaken = {name: x * (1 + rng.choice([-1, 1]) * 4e-16) for name, x in names.items()}
        digits = re.sub(_NUMBER, lambda m: _shaken_number(m, rng), side)
        try:
            apart = max(apart, abs(evaluate(digits, shaken) - number))
        except (ArithmeticError, ValueError, TypeError):
            return True  # at the edge of a domain
    return False


def _shaken_number(match, rng):
    """A number changed in its last printed digit, if it may be rounded: six digits or more.

    A shorter one by what floats are rounded by, as what the engine made of it was; not an exponent.
    """
    text, sign = match[0], rng.choice([-1, 1])
    digits = text.partition("e")[0].replace(".", "").lstrip("0")
    if len(digits) >= 6:
        return repr(float(text) * (1 + sign * 5e-6))
    is_exponent = _EXPONENT.search(match.string, 0, match.start())
    return text if is_exponent else repr(float(text) * (1 + sign * 4e-16))
