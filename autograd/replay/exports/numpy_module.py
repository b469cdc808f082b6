"""A tape as a Python module that needs NumPy alone, to be read and changed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from autograd.replay.exports.names import Names, in_comment
from autograd.replay.exports.writing import OTHER_NAMES, Dialect, Helper, Written, write
from autograd.replay.flat import DERIVED, SETTLED, Flat
from autograd.replay.labels import Labels
from autograd.rules import FUNCTIONS

__all__ = ["numpy_module"]

_NUMPY = (
    "exp log sqrt sin cos tan sinh cosh tanh expm1 log1p cbrt log2 log10 exp2 hypot absolute "
    "maximum minimum power"
)
_VALUE, _GRADIENT = "value", "value_and_gradient"


def _number(x: float) -> str:
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(repr(x)) or repr(x)


def _define(name: str, parameters: Sequence[str], text: str) -> str:
    return f"def {name}({', '.join(parameters)}):\n    return {text}"


_SETTLED = r'''def settled(y, top, *values):
    """y, the logsumexp of values, or the same by more digits where it may have lost some."""
    near = np.abs(y)
    lost = (near < -0.5 * top) | (near < 0.03125) & (np.abs(top) > 1e-18)
    if not np.any(lost):
        return y
    lost, found, *values = [x.copy() for x in np.broadcast_arrays(lost, y, *values)]
    with decimal.localcontext(decimal.Context(prec=50)):
        for at in map(tuple, np.argwhere(lost)):
            found[at] = sum(decimal.Decimal(float(x[at])).exp() for x in values).ln()
    return found[()]'''


PYTHON = Dialect(
    functions={
        **{name: f"np.{name}" for name in _NUMPY.split()},
        **{name: f"np.{other}" for name, other in OTHER_NAMES.items()},
        "erf": "erf",
        "erfc": "erfc",
        SETTLED: SETTLED,
    },
    helpers={
        "erf": "erf = np.vectorize(math.erf, otypes=[float])",
        "erfc": "erfc = np.vectorize(math.erfc, otypes=[float])",
        SETTLED: _SETTLED,
    },
    choose=lambda condition, a, b: f"np.where({condition}, {a}, {b})",
    number=_number,
    define=_define,
    settles=True,
)


def numpy_module(
    flat: Flat,
    wrt: str,
    labels: Labels,
    leaves: Sequence[str | None],
    numbers: Sequence[float],
    several: bool,
) -> str:
    """The module's text: `value`, `value_and_gradient`, and the numbers of the leaves.

    `numbers` are those of the leaves, whose labels `leaves` are; the gradients of `flat` are those
    by `wrt`.
    """
    helper = Helper(PYTHON)
    bodies = []
    reserved = {
        _VALUE,
        _GRADIENT,
        "parameters",
        "PARAMETERS",
        "gradient",
        SETTLED,
        *FUNCTIONS,
        *DERIVED,
    }
    for gradient in (False, True):
        names = Names(reserved)
        given = names.all_new(labels.inputs, "x")
        leaf_names = names.all_new(leaves, "p")
        slots = [*flat.results, *(s for g in flat.gradients if gradient for s in g)]
        written = write(flat, slots, helper, names, given, leaf_names, labels.results)
        bodies.append(
            _function(gradient, wrt, given, leaf_names, written, len(flat.results), several)
        )
    listed = [f"    {_number(x)},  # {in_comment(label or name)}"
              for x, label, name in zip(numbers, leaves, leaf_names, strict=True)]  # fmt: skip
    parts = [
        '"""Written by whygrad from a tape; it needs NumPy alone.\n\n'
        "The inputs are numbers or arrays, which are computed element by element.\n"
        '"""' + _imported(helper.texts.values()) + "\n\nimport numpy as np",
    ]
    if leaves:
        parts.append("\n".join(["PARAMETERS = np.array([", *listed, "])"]))
    parts += [*helper.texts.values(), *bodies]
    return "\n\n\n".join(parts) + "\n"


def _imported(texts: Iterable[str]) -> str:
    """The lines that import the modules of Python which the texts use."""
    used = [m for m in ("decimal", "math") if any(f"{m}." in text for text in texts)]
    return "\n" * bool(used) + "".join([f"\nimport {m}" for m in used])


def _function(
    gradient: bool,
    wrt: str,
    inputs: Sequence[str],
    leaves: Sequence[str],
    written: Written,
    results: int,
    several: bool,
) -> str:
    parameters = ["parameters=PARAMETERS"] if leaves else []
    name = _GRADIENT if gradient else _VALUE
    lines = _wrapped(f"def {name}({', '.join([*inputs, *parameters])}):", 0)
    lines.append(f'    """{_told(gradient, wrt)}"""')
    if leaves:
        lines += _wrapped(f"{', '.join(leaves)}{',' * (len(leaves) == 1)} = parameters")
    for s in written.statements:
        lines.append(f"    {s.name} = {s.expression}")
    values, slopes = written.outputs[:results], written.outputs[results:]
    found = f"[{', '.join(values)}]" if several else values[0]
    if not gradient:
        lines += _wrapped(f"return {found}")
        return "\n".join(lines)
    count = len(slopes) // results
    rows = [f"[{', '.join(slopes[k * count : (k + 1) * count])}]" for k in range(results)]
    lines += _wrapped(f"gradient = {'[' + ', '.join(rows) + ']' if several else rows[0]}")
    lines += _wrapped(f"return {found}, gradient")
    return "\n".join(lines)


def _told(gradient: bool, wrt: str) -> str:
    if not gradient:
        return "The value of the recorded function; a list where it returned one."
    return f"The value, and a list of its derivatives by the {wrt}, in their order."


def _wrapped(statement: str, indent: int = 4) -> list[str]:
    """A long statement in several lines, broken inside its brackets."""
    first = " " * indent
    if "(" not in statement and "[" not in statement and len(statement) > _WIDTH:
        left, right = statement.split(" = ")
        statement = f"({left}) = {right}"
    return textwrap.wrap(
        statement, _WIDTH, initial_indent=first, subsequent_indent=first + " " * 4,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip


_WIDTH = 96
