"""What pages of the book have from the library itself while they are built.

The directive `whygrad` is what the command prints, `picture` a graph in DOT, `rooms` that
of the imports, `rule-table` the table of rules. Below the docstring of a function of the table, or
of a loss, stands its formula, typeset.
"""

import ast
import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.util import logging

import autograd
import nn
from autograd import Value, derive_general
from autograd.drawing import svg
from autograd.drawing.rendering import render
from autograd.formulas.general import general_form
from autograd.formulas.tree import FORMULAS, Symbol, add, multiply
from autograd.formulas.typeset import LATEX
from autograd.rules import FUNCTIONS, RULES
from nn.command import main
from nn.losses import LOSSES

LOGGER = logging.getLogger(__name__)
ABOVE_GRAPH = ("custom", "differentiate", "implicit")  # files that read a whole graph


class Command(Directive):
    """The command line, and below it what `whygrad` prints."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        line = f"whygrad {self.arguments[0]}"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                status = main(shlex.split(self.arguments[0]))
            except SystemExit as stopped:  # --help
                status = stopped.code
        if status:
            raise self.error(f"{line} ends with status {status}")
        return [
            nodes.literal_block("", f"$ {line}\n{printed.getvalue()}".rstrip(), language="text")
        ]


class Picture(Directive):
    """DOT source, drawn as the library draws its graphs."""

    has_content = True
    option_spec: ClassVar = {"alt": directives.unchanged_required}

    def run(self):
        picture = svg.parse(render(self.source()))
        svg.refine(picture, self.options["alt"])
        return [nodes.raw("", f'<div class="picture">{svg.write(picture)}</div>', format="html")]

    def source(self):
        return "\n".join(self.content)


class Rooms(Picture):
    """Which room imports which, as the files have it, but for what follows from other arrows."""

    has_content = False

    def source(self):
        arrows = _imports()
        lines = [
            f'"{a}" -> "{b}"'
            for a, all_of_a in sorted(arrows.items())
            for b in sorted(all_of_a)
            if not any(b in _reached(c, arrows) for c in all_of_a if c != b)
        ]
        style = 'node [shape=box, style=rounded, fontname="Helvetica", fontsize=13]'
        return f"digraph {{ bgcolor=transparent; nodesep=0.3; {style}; {'; '.join(lines)} }}"


def _imports():
    """For each room the rooms that its files import: folders of autograd, its files, and nn."""
    arrows = {}
    for package in (autograd, nn):
        folder = Path(package.__file__).parent
        for path in folder.rglob("*.py"):
            room = _room([package.__name__, *path.relative_to(folder).with_suffix("").parts])
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and path != folder / "__init__.py":
                    for name in node.names:
                        other = _room([*node.module.split("."), name.name])
                        if other and other != room:
                            arrows.setdefault(room, set()).add(other)
    return arrows


def _room(names):
    """The room of a module, or of a name in it; none of what is not ours."""
    if names[0] == "nn":
        return "nn"
    if names[0] != "autograd":
        return None
    is_folder = (Path(autograd.__file__).parent / names[1]).is_dir()
    if is_folder or names[1] in ABOVE_GRAPH:
        return names[1]
    return "value, functions, rules …"


def _reached(room, arrows):
    """All rooms that are imported by a room, or by those that it imports."""
    found, ahead = set(), [room]
    while ahead:
        new = arrows.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


class RuleTable(Directive):
    """A row for each rule: its name, its value and its differential."""

    def run(self):
        table = nodes.table(classes=["rules"])
        group = nodes.tgroup(cols=3)
        table += group
        group += [nodes.colspec(colwidth=width) for width in (1, 2, 3)]
        head, body = nodes.thead(), nodes.tbody()
        group += [head, body]
        head += _row([nodes.Text("rule"), nodes.math("", "y"), nodes.math("", "dy")])
        for name, rule in RULES.items():
            value, partials = general_form(rule)
            change = add([multiply([p, Symbol(f"d{x}", 1.0)]) for x, p in partials])
            cells = [LATEX.formula(value), _spaced(LATEX.formula(change))]
            body += _row([nodes.literal("", name), *[nodes.math("", cell) for cell in cells]])
        return [table]


def _spaced(differential):
    """b da and not bda."""
    return re.sub(r"\\mathrm\{d(.+?)\}", r"\\,\\mathrm{d}\\mathrm{\1}", differential)


def _row(cells):
    row = nodes.row()
    for cell in cells:
        entry, paragraph = nodes.entry(), nodes.paragraph()
        paragraph += cell
        entry += paragraph
        row += entry
    return row


def formula_of_function(rule):
    """y of the rule, in more elementary functions as well, and its partials."""
    value, partials = general_form(rule)
    written = LATEX.formula(value)
    lines = [f"y &= {written}"]
    if rule.meaning and rule.elementwise:
        symbols = [Symbol(x, 0.25 + i) for i, x in enumerate(rule.parameters, 1)]
        meaning = LATEX.formula(rule.means(rule.meaning, FORMULAS)(*symbols))
        if meaning != written:
            lines[0] += f" = {meaning}"
    for x, partial in partials:
        by = rf"\frac{{\partial y}}{{\partial {LATEX.name(x)}}}"
        lines.append(f"{by} &= {LATEX.formula(partial)}")
    return _aligned(lines)


def formula_of_loss(loss):
    """The loss of two outputs and the gradient by one of them, as `derive_general` finds them."""
    outputs = [Value(0.25, "a_1"), Value(0.75, "a_2")]
    targets = [Value(0.0, "y_1"), Value(1.0, "y_2")]
    result = loss(outputs, targets)
    result.label = "L"
    return derive_general(result, "a").latex


def _aligned(lines):
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def add_formula(app, what, name, obj, options, lines):
    """Put the formula below the docstring."""
    module, _, own = name.rpartition(".")
    if module in ("autograd", "autograd.functions") and own in FUNCTIONS:
        latex = formula_of_function(FUNCTIONS[own])
    elif own in LOSSES and what == "function":
        latex = formula_of_loss(LOSSES[own])
    else:
        return
    lines += ["", ".. math::", "", *[f"   {line}" for line in latex.split("\n")], ""]


def check_public_names(app, env):
    """Warn of a public name that has no entry in the reference, by its name or where it is made."""
    entries = env.get_domain("py").objects
    for package in (autograd, nn):
        for name in package.__all__:
            made_in = getattr(getattr(package, name), "__module__", "")
            if not {f"{package.__name__}.{name}", f"{made_in}.{name}"} & entries.keys():
                LOGGER.warning("the reference has no entry for %s.%s", package.__name__, name)


def setup(app):
    app.add_directive("whygrad", Command)
    app.add_directive("rule-table", RuleTable)
    app.add_directive("picture", Picture)
    app.add_directive("rooms", Rooms)
    app.connect("autodoc-process-docstring", add_formula)
    app.connect("env-check-consistency", check_public_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
