"""A tape as C99 without dependencies: a source and its header.

Functions of one row and of many, which are columns. exp, log, sigmoid and tanh are written out
without branches, so that a compiler can do several rows at once, and give the same digits with
every C library.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd.errors import ArgumentError, OutputError
from autograd.replay.exports.names import KEYWORDS, Names, in_comment
from autograd.replay.exports.writing import Dialect, Helper, Statement, write
from autograd.replay.flat import DERIVED, SETTLED, Flat, swallowed
from autograd.replay.labels import Labels
from autograd.rules import FUNCTIONS

__all__ = ["Source", "c_source", "native_source", "write_c"]


def _number(x: float) -> str:
    return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}.get(repr(x)) or repr(x)


def _define(name: str, parameters: Sequence[str], text: str) -> str:
    taken = ", ".join([f"double {p}" for p in parameters])
    return f"static inline double {name}({taken})\n{{\n  return {text};\n}}"


_BITS = r"""#if defined(FP_FAST_FMA) || defined(__FMA__)
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
#define ROUNDER 6755399441055744.0 /* 1.5 * 2^52: adding it rounds to an integer */

static inline uint64_t bits_of(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline double of_bits(uint64_t bits)
{
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}"""

# The kernels of replay/machine/vecmath.h, for one number
_POWER_OF_TWO = r"""/* 2^k, for the k left in the low bits of k + ROUNDER */
static inline double power_of_two(double rounded)
{
  return of_bits((bits_of(rounded) << 52) + ((uint64_t)1023 << 52));
}"""

_EXP = r"""/* e^x: x = k ln 2 + r, a polynomial in r, and 2^k in two steps: it may be subnormal */
static inline double exp_(double x)
{
  const double y = fabs(x) > 750.0 ? copysign(750.0, x) : x;
  const double k = MULTIPLY_ADD(y, 1.44269504088896338700, ROUNDER) - ROUNDER;
  const double near = MULTIPLY_ADD(k, -6.93147180369123816490e-01, y);
  const double r = MULTIPLY_ADD(k, -1.90821492927058770002e-10, near), r2 = r * r;
  const double a = MULTIPLY_ADD(0x1.5555555555556p-3, r, 0.5);
  const double b = MULTIPLY_ADD(0x1.11111111109adp-7, r, 0x1.5555555553d4fp-5);
  const double c = MULTIPLY_ADD(0x1.a01a01a7c8d47p-13, r, 0x1.6c16c17893833p-10);
  const double d = MULTIPLY_ADD(0x1.71de0d9c145d0p-19, r, 0x1.a019b8ef67c6cp-16);
  const double e = MULTIPLY_ADD(0x1.af38d53857513p-26, r, 0x1.2891a8c1d838dp-22);
  const double low = MULTIPLY_ADD(b, r2, a), high = MULTIPLY_ADD(MULTIPLY_ADD(e, r2, d), r2, c);
  const double p = MULTIPLY_ADD(r2, MULTIPLY_ADD(high, r2 * r2, low), r);
  const double half = MULTIPLY_ADD(k, 0.5, ROUNDER);
  return (p + 1.0) * power_of_two(half) * power_of_two(k - (half - ROUNDER) + ROUNDER);
}"""

_LOG = r"""/* log x: x = 2^k m with m near 1, and a series in (m - 1)/(m + 1) */
static inline double log_(double x)
{
  const int tiny = x < 0x1p-1022;
  const double u = tiny ? x * 0x1p54 : x, shift = tiny ? 0x1p52 + 1077.0 : 0x1p52 + 1023.0;
  const uint64_t root_half = 0x3fe6a09e667f3bcdULL;
  const uint64_t shifted = bits_of(u) - (root_half - ((uint64_t)1023 << 52));
  const double k = of_bits((shifted >> 52) | 0x4330000000000000ULL) - shift;
  const double f = of_bits((shifted & 0x000fffffffffffffULL) + root_half) - 1.0;
  const double s = f / (f + 2.0), z = s * s, w = z * z, h = 0.5 * f * f;
  const double a = MULTIPLY_ADD(w, 1.531383769920937332e-01, 2.222219843214978396e-01);
  const double even = w * MULTIPLY_ADD(w, a, 3.999999999940941908e-01);
  const double b = MULTIPLY_ADD(w, 1.479819860511658591e-01, 1.818357216161805012e-01);
  const double c = MULTIPLY_ADD(w, b, 2.857142874366239149e-01);
  const double odd = z * MULTIPLY_ADD(w, c, 6.666666666666735130e-01);
  const double low = MULTIPLY_ADD(s, h + even + odd, k * 1.90821492927058770002e-10);
  const double y = MULTIPLY_ADD(k, 6.93147180369123816490e-01, f - (h - low));
  return x > 0.0 ? (x < INFINITY ? y : x) : (x == 0.0 ? -INFINITY : NAN);
}"""

_TANH = r"""/* tanh x: |x| = k ln(2)/2 + r; with t = tanh r and s = 2^k it is
 * ((s - 1) + (s + 1) t) / ((s + 1) + (s - 1) t) */
static inline double tanh_(double x)
{
  const double a = fabs(x), y = a > 22.0 ? 22.0 : a;
  const double rounded = MULTIPLY_ADD(y, 2.88539008177792681472, ROUNDER), k = rounded - ROUNDER;
  const double near = MULTIPLY_ADD(k, -0.5 * 6.93147180369123816490e-01, y);
  const double r = MULTIPLY_ADD(k, -0.5 * 1.90821492927058770002e-10, near), z = r * r;
  const double b = MULTIPLY_ADD(z, 0x1.c3867720ffd8ep-9, -0x1.223c82625e96ap-7);
  const double c = MULTIPLY_ADD(z, MULTIPLY_ADD(z, b, 0x1.664eca12138fap-6), -0x1.ba1ba11731791p-5);
  const double d = MULTIPLY_ADD(z, MULTIPLY_ADD(z, c, 0x1.11111110e0c52p-3), -0x1.55555555554bdp-2);
  const double t = MULTIPLY_ADD(r * z, d, r), s = power_of_two(rounded);
  const double up = MULTIPLY_ADD(s + 1.0, t, s - 1.0), down = MULTIPLY_ADD(s - 1.0, t, s + 1.0);
  return copysign(up / down, x);
}"""

_SIGMOID = r"""/* 1/(1 + e^-x), in the form that does not overflow */
static inline double sigmoid_(double x)
{
  const double e = exp_(-fabs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}"""

_EXTREMES = {
    f"{name}_": f"static inline double {name}_(double a, double b)\n"
    f"{{\n  return a {sign} b || a != a ? a : b; /* NaN passes */\n}}"
    for name, sign in (("maximum", ">"), ("minimum", "<"))
}

_SETTLED = r"""/* NaN for a logsumexp y that may have lost digits; see replay/machine/settling.h */
static inline double settled_(double y, double top)
{
  const double near = fabs(y);
  return (near < -0.5 * top) | ((near < 0.03125) & (fabs(top) > 1e-18)) ? NAN : y;
}"""

_LIBRARY = (
    "sqrt sin cos tan asin acos atan sinh cosh asinh acosh atanh expm1 log1p erf erfc cbrt log2 "
    "log10 exp2 hypot atan2"
)

C99 = Dialect(
    functions={
        **{name: name for name in _LIBRARY.split()},
        **{name: f"{name}_" for name in ("exp", "log", "tanh", "sigmoid", "maximum", "minimum")},
        "absolute": "fabs",
        SETTLED: "settled_",
        "power": "pow",
    },
    helpers={
        "exp_": _EXP, "log_": _LOG, "tanh_": _TANH, "sigmoid_": _SIGMOID, "settled_": _SETTLED,
        **_EXTREMES,
    },
    choose=lambda condition, a, b: f"({condition} ? {a} : {b})",
    number=_number,
    define=_define,
)  # fmt: skip
_NEEDS = {
    "exp_": [_BITS, _POWER_OF_TWO],
    "log_": [_BITS],
    "tanh_": [_BITS, _POWER_OF_TWO],
    "sigmoid_": [_BITS, _POWER_OF_TWO, _EXP],
}
_OWN = "bits_of of_bits power_of_two fma copysign memcpy printf scanf"
_TAKEN = frozenset([*FUNCTIONS, *DERIVED, *C99.functions, *C99.functions.values(), *_OWN.split()])
_MOST_COLUMNS = 120  # C99 promises no more than 127 parameters
_RESERVED = {"row", "rows", "inputs", "parameters", "results", "gradient", "double", "size_t"}


def write_c(
    flat: Flat,
    name: str,
    path: Path,
    wrt: str,
    labels: Labels,
    leaves: Sequence[str | None],
    numbers: Sequence[float],
) -> Path:
    """Write the source and its header, and return the path of the source."""
    is_name = isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)
    if not is_name or name in KEYWORDS or name in _TAKEN:
        raise ArgumentError(f"the name is one of a function in C, such as 'price', not {name!r}")
    if path.suffix != ".c":
        raise ArgumentError(f"the path is that of the source and ends in .c, not {str(path)!r}")
    written = c_source(flat, name, wrt, path.with_suffix(".h").name, labels, leaves, numbers)
    try:
        path.with_suffix(".h").write_text(written.header, encoding="ascii")
        path.write_text(written.source, encoding="ascii")
    except OSError as error:
        why = error.strerror or error
        raise OutputError(f"{path} and its header cannot be written: {why}") from error
    return path


@dataclass(frozen=True)
class Source:
    """The text of a header and of the source that includes it."""

    header: str
    source: str


def c_source(
    flat: Flat,
    name: str,
    wrt: str,
    header: str,
    labels: Labels,
    leaves: Sequence[str | None],
    numbers: Sequence[float],
) -> Source:
    """The functions `name`, `name_gradient` and the same of many rows; `flat` has the gradients.

    `leaves` are the labels of the leaves, `numbers` their numbers, `header` the header's name.
    """
    helper = Helper(C99)
    counts = len(labels.inputs), len(leaves), len(labels.results)
    slopes = [slot for g in flat.gradients for slot in g]
    many = [
        _many(flat, name, flat.results, False, helper, labels, leaves),
        _many(flat, f"{name}_gradient", [*flat.results, *slopes], True, helper, labels, leaves),
    ]
    one = [_one(name, counts, None), _one(f"{name}_gradient", counts, len(slopes))]
    texts = [_INCLUDES.format(header=in_comment(header))]
    texts += [*dict.fromkeys(_defined(helper))]
    if leaves:
        named = [f"  {_number(x)}, /* {in_comment(label or f'p{i + 1}')} */"
                 for i, (x, label) in enumerate(zip(numbers, leaves, strict=True))]  # fmt: skip
        texts.append(
            f"const double {name}_parameters[{len(leaves)}] = {{\n" + "\n".join(named) + "\n};"
        )
    return Source(
        _header(name, wrt, counts, len(slopes), labels),
        "\n\n".join([_ABOUT.format(name=name), *texts, *many, *one, _main(name, counts[1])]) + "\n",
    )


_INCLUDES = """#include "{header}"

#include <math.h>
#include <stdint.h>
#include <string.h>"""
_ABOUT = "/* {name}: written by whygrad from a tape. C99; it needs the C library alone. */"


def _defined(helper: Helper) -> list[str]:
    texts = []
    for name, text in helper.texts.items():
        texts += [*_NEEDS.get(name, []), text]
    return texts


def _signature(name: str, leaves: int, gradient: bool, many: bool) -> str:
    stars, rows = ("const *", "size_t rows, ") if many else ("", "")
    out = "double *const *" if many else "double *"
    parts = [f"{rows}const double *{stars}inputs"]
    if leaves:
        parts.append("const double *parameters")
    parts.append(f"{out}results")
    if gradient:
        parts.append(f"{out}gradient")
    return f"void {name}({', '.join(parts)})"


def _many(
    flat: Flat,
    name: str,
    slots: Sequence[int],
    gradient: bool,
    helper: Helper,
    labels: Labels,
    leaves: Sequence[str | None],
) -> str:
    """The function of many rows, and the loop that it calls.

    The loop has the columns as its parameters: only there do compilers believe that they are apart,
    and do several rows at once.
    """
    names = Names({*_RESERVED, *_TAKEN, name, f"{name}_loop"})
    given = names.all_new(labels.inputs, "x")
    leaf_names = names.all_new(leaves, "p")
    written = write(flat, slots, helper, names, given, leaf_names, labels.results)
    used = set(_words([*[s.expression for s in written.statements], *written.outputs]))
    columns = _Columns(names, len(given) + len(slots) > _MOST_COLUMNS)
    body = []
    for k, x in enumerate(given):
        if x in used:
            body.append(f"    const double {x} = {columns.input(k)}[row];")
    body += [_constant(s, "    ") for s in written.statements if not s.shared]
    for k, text in enumerate(written.outputs):
        body.append(f"    {columns.output(k, len(flat.results))}[row] = {text};")
    if leaves:
        columns.parameter("const double *", "parameters", "parameters")
    before = [
        f"  const double {p} = parameters[{k}];" for k, p in enumerate(leaf_names) if p in used
    ]
    if leaves and not before:
        before.append("  (void)parameters;")
    before += [_constant(s, "  ") for s in written.statements if s.shared]
    taken, passed = zip(*columns.taken.items(), strict=True)
    loop = [
        *_wrapped(f"static void {name}_loop({', '.join(taken)})"), "{", *before,
        "  for (size_t row = 0; row < rows; row++) {", *body, "  }", "}",
    ]  # fmt: skip
    rows = [*_wrapped(_signature(f"{name}_rows", len(leaves), gradient, True)), "{"]
    if not any(p.startswith("inputs") for p in passed):
        rows.append("  (void)inputs;")
    if gradient and not any(p.startswith("gradient") for p in passed):
        rows.append("  (void)gradient;")
    rows += [*_wrapped(f"  {name}_loop({', '.join(passed)});"), "}"]
    return "\n".join([*loop, "", *rows])


class _Columns:
    """The parameters of a loop: a pointer for each column, or, of very many, their arrays.

    `taken` has each parameter as it is declared, with what is passed for it.
    """

    def __init__(self, names: Names, in_arrays: bool):
        self._names = names
        self._in_arrays = in_arrays
        self.taken = {"size_t rows": "rows"}

    def parameter(self, kind: str, name: str, passed: str) -> str:
        """A new parameter's name."""
        self.taken[f"{kind}{name}"] = passed
        return name

    def input(self, k: int) -> str:
        """The column of input k."""
        return self.column("const double *", "in", "inputs", k)

    def output(self, k: int, results: int) -> str:
        """The column of output k, where the derivatives follow so many results."""
        if k < results:
            return self.column("double *", "to", "results", k)
        return self.column("double *", "to", "gradient", k - results)

    def column(self, kind: str, stem: str, array: str, k: int) -> str:
        """Column k of an array of columns."""
        if self._in_arrays:
            return f"{self.parameter(f'{kind}const *', array, array)}[{k}]"
        return self.parameter(f"{kind}restrict ", self._names.numbered(stem), f"{array}[{k}]")


def _wrapped(line: str) -> list[str]:
    """A long line in several."""
    return textwrap.wrap(line, 100, subsequent_indent=" " * 8, break_long_words=False)


def _constant(s: Statement, indent: str) -> str:
    return f"{indent}const double {s.name} = {s.expression};"


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)]


def _one(name: str, counts: tuple[int, int, int], slopes: int | None) -> str:
    """The function of one row: the other one, of one."""
    gradient = slopes is not None
    inputs, leaves, results = counts
    lines = [*_wrapped(_signature(name, leaves, gradient, False)), "{"]
    arrays = [
        ("const double *", "columns", "inputs", inputs),
        ("double *", "to", "results", results),
    ]
    if slopes is not None:
        arrays.append(("double *", "slopes", "gradient", slopes))
    for kind, array, of, count in arrays:
        lines.append(f"  {kind}{array}[{max(count, 1)}];")
        lines.append(f"  for (size_t k = 0; k < {count}; k++) {array}[k] = {of} + k;" if count
                     else f"  {array}[0] = {of};")  # fmt: skip
    given = ["1", "columns", *["parameters"] * bool(leaves), "to", *["slopes"] * gradient]
    lines.append(f"  {name}_rows({', '.join(given)});")
    return "\n".join([*lines, "}"])


def _main(name: str, leaves: int) -> str:
    """A program that reads rows and prints what is computed of them, for tests and fuzzers."""
    parameters = f"{name}_parameters, " if leaves else ""
    return _MAIN.format(name=name, upper=name.upper(), parameters=parameters)


_MAIN = r"""#ifdef {upper}_MAIN /* reads rows, prints their results and derivatives */
#include <stdio.h>

int main(void)
{{
  double inputs[{name}_inputs + 1], results[{name}_results], gradient[{name}_slopes + 1];
  for (;;) {{
    for (int k = 0; k < {name}_inputs; k++)
      if (scanf("%lf", &inputs[k]) != 1) return 0;
    {name}_gradient(inputs, {parameters}results, gradient);
    for (int k = 0; k < {name}_results; k++) printf("%.17g ", results[k]);
    for (int k = 0; k < {name}_slopes; k++) printf("%.17g ", gradient[k]);
    printf("\n");
    if ({name}_inputs == 0) return 0;
  }}
}}
#endif"""


def _header(
    name: str,
    wrt: str,
    counts: tuple[int, int, int],
    slopes: int,
    labels: Labels,
) -> str:
    """What a user of the source includes."""
    guard = f"{name.upper()}_H"
    n_inputs, leaves, n_results = counts
    shown = ", ".join([in_comment(x or f"x{i + 1}") for i, x in enumerate(labels.inputs)]) or "none"
    found = ", ".join([in_comment(x or f"result {i + 1}") for i, x in enumerate(labels.results)])
    prototypes = [
        _signature(name + ("_gradient" if gradient else "") + ("_rows" if many else ""),
                   leaves, gradient, many) + ";"
        for many in (False, True) for gradient in (False, True)
    ]  # fmt: skip
    parameters = [f"extern const double {name}_parameters[{leaves}]; /* as they were */"] * bool(
        leaves
    )
    return "\n".join(
        [
            _ABOUT.format(name=name),
            f"#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n",
            f"/* inputs: {shown}",
            f" * results: {found}",
            f" * gradient: of each result by the {wrt}, {slopes // n_results} a result",
            " * Of many rows every input, result and derivative is a column of its own. */",
            f"enum {{ {name}_inputs = {n_inputs}, {name}_results = {n_results}, "
            f"{name}_slopes = {slopes} }};",
            *parameters,
            "",
            '#ifdef __cplusplus\nextern "C" {\n#endif',
            *prototypes,
            "#ifdef __cplusplus\n}\n#endif",
            "#endif",
            "",
        ]
    )


def native_source(flat: Flat, slots: Sequence[int]) -> str:
    """One function for the engine "cc": some slots' numbers, of rows in blocks as tapes have them.

    It tells whether a number that is not finite came up: one that is written, or one that the
    recorded function may swallow. The guards of 0 · ∞ are left out, as NaN comes out then.
    """
    helper = Helper(C99, guarded=False)
    names = Names({*_RESERVED, *_TAKEN})
    given = names.all_new([None] * flat.columns, "x")
    leaves = names.all_new([None] * flat.leaves, "p")
    unseen = swallowed(flat, flat.operations)
    checked = [slot for slot, may_be in enumerate(unseen) if may_be and slot not in slots]
    written = write(
        flat, [*slots, *checked], helper, names, given, leaves, [None] * len(flat.results)
    )
    texts = [*[s.expression for s in written.statements], *written.outputs]
    used = set(_words(texts))
    columns = _Columns(names, len(slots) > _MOST_COLUMNS)
    outputs = [columns.column("double *", "to", "to", k) for k in range(len(slots))]
    body = [
        f"      const double {x} = in[(block * {flat.columns} + {k}) * LANES + lane];"
        for k, x in enumerate(given) if x in used
    ]  # fmt: skip
    body += [_constant(s, "      ") for s in written.statements if not s.shared]
    body += [
        f"      {to}[block * LANES + lane] = {text};"
        for to, text in zip(outputs, written.outputs, strict=False)
    ]
    total = _sum(list(dict.fromkeys(written.outputs)))
    body.append(f"      SEE({total} * 0.0);")
    before = [f"  const double {p} = leaves[{k}];" for k, p in enumerate(leaves) if p in used]
    before += [_constant(s, "  ") for s in written.statements if s.shared]
    taken = list(columns.taken)[1:]
    loop = [
        "static int blocks_of(size_t blocks, const double *restrict in,",
        f"    const double *restrict leaves, {', '.join(taken)})", "{", *before,
        "  SEEN;",
        "  for (size_t block = 0; block < blocks; block++)",
        "    for (size_t lane = 0; lane < LANES; lane++) {", *body, "    }",
        "  return broken_in(seen);", "}",
    ]  # fmt: skip
    each = ["to"] if len(slots) > _MOST_COLUMNS else [f"to[{k}]" for k in range(len(slots))]
    helpers = dict.fromkeys([_BITS, *_defined(helper), _SEEN])
    run = _RUN.replace("EACH", ", ".join(each)).replace("COLUMNS", str(flat.columns))
    run = run.replace("OUTPUTS", str(len(slots)))
    start = "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>"
    return "\n\n".join([start, "#define LANES 32", *helpers, "\n".join(loop), run]) + "\n"


# Zeros, and NaN where a number was not finite: clang is quicker by their bits, gcc by their sums.
_SEEN = r"""#ifdef __clang__
#define SEEN uint64_t seen = 0
#define SEE(x) seen |= bits_of(x)
static int broken_in(uint64_t seen) { return (seen << 1) != 0; }
#else
#define SEEN double seen[LANES] = {0}
#define SEE(x) seen[lane] += (x)
static int broken_in(const double *seen)
{
  int broken = 0;
  for (size_t lane = 0; lane < LANES; lane++) broken |= seen[lane] != 0.0;
  return broken;
}
#endif"""


def _sum(terms: Sequence[str]) -> str:
    """The sum of texts, in pairs of pairs: none waits for all before it."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"


_RUN = r"""int run(long rows, long lanes, const double *packed, const double *leaves, double *out,
        long places)
{
  double *to[OUTPUTS], found[OUTPUTS * LANES], in[COLUMNS * LANES + 1];
  const long full = lanes == LANES ? rows / LANES : 0;
  const double *rest = packed + full * LANES * COLUMNS; /* in blocks of 8, or one row */
  for (long k = 0; k < OUTPUTS; k++) to[k] = out + k * places;
  int broken = full ? blocks_of((size_t)full, packed, leaves, EACH) : 0;
  for (long k = 0; k < OUTPUTS; k++) to[k] = found + k * LANES;
  for (long first = full * LANES; first < rows; first += LANES) {
    for (long lane = 0; lane < LANES; lane++) {
      const long row = (first + lane < rows ? first + lane : rows - 1) - full * LANES;
      for (long k = 0; k < COLUMNS; k++)
        in[k * LANES + lane] = rows == 1 ? rest[k] : rest[(row / 8 * COLUMNS + k) * 8 + row % 8];
    }
    broken |= blocks_of(1, in, leaves, EACH);
    for (long k = 0; k < OUTPUTS; k++)
      for (long lane = 0; lane < LANES && first + lane < rows; lane++)
        out[k * places + first + lane] = found[k * LANES + lane];
  }
  return broken;
}"""
