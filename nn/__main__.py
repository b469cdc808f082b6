"""The `whygrad` command: the worked notes, and where their gradients come from."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from autograd import __version__, audit, derive
from autograd.rules import RULES
from nn import fit_command, worked
from nn.worked.sheet import Line, Note, Section

WIDTH = 100
MOST_ITERATIONS = 10_000_000
COLOURS = {"agrees": "32", "rounded": "33", "differs": "31"}

RULES_NOTE = """\
[x > 0] is 1 where x > 0 and 0 elsewhere. Where a = b, max and min give half to each.
dot, total, mean, logsumexp and softmax take any number of values; here they have two."""

DESCRIPTION = """\
Show where each gradient of a neural network comes from.

Without a command: the worked 2-2-2 example of the notes (note 5), every number beside the one
that the notes print, and what went wrong where they differ.
"""
EPILOG = """\
examples:
  whygrad                               the worked example, weight by weight
  whygrad --iterations 10000            the same, then trained
  whygrad worked 3a                     regression on a table, by hand and by the engine
  whygrad worked 5 --json               all its numbers for another program
  whygrad derive 5 w1                   where the gradient of w1 in note 5 comes from
  whygrad derive 3b w_11^1 --latex      the same for another note and weight, as LaTeX
  whygrad audit 5 sheet.csv             your own numbers: which are wrong, and by what slip
  whygrad rules                         the derivative rules that all of it is made of
  whygrad fit table.csv --target placed --standardize --derive w_11
                                        train on a table of your own, derive a weight

notes: 1 output layer; 2 hidden layers, matrices, cross-entropy; 3a regression on a table;
3b classification on it; 4 sigmoid hidden neurons; 5 the worked 2-2-2 example
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command on `arguments` (those of the process if not given); its exit status."""
    options = _parser().parse_args(arguments)
    try:
        text: str = options.run(options)
    except (ValueError, ArithmeticError, OSError) as error:
        print(f"whygrad: {error}", file=sys.stderr)
        return 2
    try:
        print(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="whygrad",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"whygrad {__version__}")
    _add_note_options(parser)
    parser.set_defaults(run=_worked, note="5")
    commands = parser.add_subparsers(title="commands", metavar="")
    _add_worked(commands)
    _add_derive(commands)
    _add_rules(commands)
    fit_command.add_fit(commands)
    _add_audit(commands)
    return parser


# whygrad worked


def _add_worked(commands: Any) -> None:
    command = commands.add_parser("worked", help="one of the five worked notes")
    command.add_argument("note", choices=worked.KEYS, help="the note")
    _add_note_options(command)
    command.set_defaults(run=_worked)


def _add_note_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the numbers as JSON")
    parser.add_argument(
        "--iterations", type=_count, metavar="N", help="train note 5 for N iterations as well"
    )


def _count(text: str) -> int:
    try:
        n = int(text)
    except ValueError:
        n = 0
    if not 1 <= n <= MOST_ITERATIONS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of iterations; give 1 to {MOST_ITERATIONS:,}"
        )
    return n


def _worked(options: argparse.Namespace) -> str:
    module = worked.load(options.note)
    note: Note = module.note()
    if options.iterations is not None:
        if options.note != "5":
            raise ValueError("--iterations trains note 5 only; leave it out for the others")
        note.sections.append(module.training(options.iterations))
    return _as_json(note.as_data()) if options.json else _note_text(note, _painter())


# whygrad derive


def _add_derive(commands: Any) -> None:
    command = commands.add_parser(
        "derive", help="where a gradient of a note comes from, in names and numbers"
    )
    command.add_argument("note", choices=worked.KEYS, help="the note")
    command.add_argument("weight", help="a weight, bias or other value of the note, such as w1")
    form = command.add_mutually_exclusive_group()
    form.add_argument(
        "--paths", dest="form", action="store_const", const="paths", help="path by path"
    )
    form.add_argument(
        "--deltas", dest="form", action="store_const", const="deltas", help="by deltas"
    )
    form.add_argument(
        "--steps", dest="form", action="store_const", const="steps", help="rule by rule"
    )
    command.add_argument("--latex", action="store_true", help="as a LaTeX aligned block")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.add_argument("--digits", type=_digits, metavar="N", help="significant digits")
    command.set_defaults(run=_derive, form="auto")


def _digits(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 17:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of digits; give 1 to 17")


def _derive(options: argparse.Namespace) -> str:
    from autograd.derivation.exposition import as_dict

    found = derive(worked.load(options.note).graph(), options.weight, digits=options.digits)
    if options.json:
        return _as_json(as_dict(found))
    return found.to_latex(options.form) if options.latex else found.text(options.form)


# whygrad rules


def _add_rules(commands: Any) -> None:
    command = commands.add_parser("rules", help="the derivative rules, the notes' six first")
    command.add_argument("--json", action="store_true", help="the rules as JSON")
    command.set_defaults(run=_rules)


def _rules(options: argparse.Namespace) -> str:
    from autograd.formulas.general import rule_table

    if options.json:
        return _as_json(
            [
                {
                    "name": r.name,
                    "parameters": r.parameters,
                    "value": r.value,
                    "partials": r.partials,
                }
                for r in RULES.values()
            ]
        )
    rows = [("rule", "y =", "dy ="), *rule_table()]
    widths = [max([len(row[i]) for row in rows]) for i in (0, 1)]
    lines = [f"{name:{widths[0]}}  {y:{widths[1]}}  {dy}" for name, y, dy in rows]
    return "\n".join([*lines, "", RULES_NOTE])


# whygrad audit

AUDIT = """\
Judge a sheet of numbers computed by hand against a worked note: each is exact, rounded, truncated,
carried forward (right, given an earlier wrong number) or wrong, and for a wrong one the slip that
gives it is named.

The sheet is a CSV file with name,value on each line, - for the standard input. A name is a label
of the note (h1), a gradient (dE/dw1; an unlabelled loss is L) or an updated weight (w1').
"""


def _add_audit(commands: Any) -> None:
    command = commands.add_parser(
        "audit",
        help="your own numbers: which are wrong, and by what slip",
        description=AUDIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("note", choices=worked.KEYS, help="the note")
    command.add_argument("sheet", help="the CSV file")
    command.add_argument(
        "--learning-rate",
        type=float,
        metavar="η",
        help="for updated weights (default: that of the note)",
    )
    command.add_argument("--json", action="store_true", help="the findings as JSON")
    command.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> str:
    module = worked.load(options.note)
    rate = options.learning_rate
    if rate is None:
        rate = getattr(module, "LEARNING_RATE", None)
    sheet = sys.stdin if options.sheet == "-" else options.sheet
    found = audit(module.graph(), sheet, learning_rate=rate)
    return _as_json(found.as_data()) if options.json else str(found)


# Text


def _note_text(note: Note, paint: Callable[[str, str], str]) -> str:
    blocks = [f"Note {note.key}: {note.title}"]
    blocks += [_section_text(section, paint) for section in note.sections]
    return "\n\n".join(blocks)


def _section_text(section: Section, paint: Callable[[str, str], str]) -> str:
    found = [section.title, "-" * len(section.title)]
    compared = any(line.verdicts for line in section.lines)
    rows = [_row(line) for line in section.lines]
    if compared:
        says = "the notes print" if any(x.printed for x in section.lines) else "the notes' formula"
        rows.insert(0, ("quantity", "exact", says, "verdict"))
    widths = [max([len(row[i]) for row in rows], default=0) for i in range(3)]
    for row in rows:
        name, exact, notes = [
            cell.ljust(w) if i != 1 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=False))
        ]
        verdicts = ", ".join([paint(v, COLOURS.get(v, "")) for v in row[3].split(", ")])
        found.append(f"{name}  {exact}  {notes}  {verdicts}".rstrip())
    for remark in section.remarks:
        indent = " " * (len(remark) - len(remark.lstrip()))
        found.append(
            textwrap.fill(remark, WIDTH, subsequent_indent=indent or "  ", break_on_hyphens=False)
        )
    return "\n".join(found)


def _row(line: Line) -> tuple[str, str, str, str]:
    printed = " / ".join(line.printed)
    notes = " = ".join([text for text in (line.formula, printed) if text])
    return (
        line.name,
        _number(line.exact),
        notes,
        ", ".join(dict.fromkeys(line.verdicts)) if line.formula else ", ".join(line.verdicts),
    )


def _number(x: float) -> str:
    """Ten decimals, as in the notes' table of exact numbers; ten digits for a very small one."""
    if x == int(x) and abs(x) < 1e15:
        return f"{x:.0f}"
    return f"{x:.10f}" if abs(x) >= 1e-4 else f"{x:.9e}"


def _as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def _painter() -> Callable[[str, str], str]:
    """Colours on a terminal only, and not where NO_COLOR asks for none."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lambda text, colour: text
    return lambda text, colour: f"\033[{colour}m{text}\033[0m" if colour else text


if __name__ == "__main__":
    sys.exit(main())
