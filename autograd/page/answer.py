"""What the page asks of Python: one request, one answer, both plain data.

The page in the browser calls nothing else. A request is a problem's text with the numbers that its
sliders stand at, and what is to be shown of it; an answer has that, or the sentence that says what
is wrong. Texts are texts and never markup, but for `mathml` and `svg`, which the library writes and
in which every label is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from autograd.derivation import Derivation
from autograd.drawing import draw, sweep
from autograd.errors import ArgumentError, ProblemError
from autograd.formulas.labels import number_text
from autograd.formulas.mathml import mathml
from autograd.formulas.typeset import LATEX, TEXT
from autograd.formulas.values import Formulas
from autograd.graph import Graph, adjoints
from autograd.problems import Problem, problem
from autograd.problems.examples import EXAMPLES, example
from autograd.problems.questions import questions
from autograd.scalar import as_float
from autograd.value import Value

__all__ = ["LONGEST_TRAINING", "Data", "Subject", "about", "answer", "asked_for", "guarded", "view"]

Data: TypeAlias = dict[str, Any]
"""What JSON can say."""


class Subject(Protocol):
    """What can be shown and moved: a `Problem`, or the copy of a graph (`autograd.explorer`)."""

    graph: Value
    values: Mapping[str, Value]

    @property
    def roles(self) -> Mapping[str, str]:
        """What each leaf is for, by its name."""

    @property
    def learning_rate(self) -> float | None:
        """The learning rate, where one is given."""

    def at(self, numbers: Mapping[str, float]) -> Subject:
        """The same at other numbers."""

    def derive(self, wrt: str) -> Derivation:
        """Where the derivative of the result by a value comes from."""


LONGEST_TRAINING = 1000
"""The most steps of gradient descent in one request."""


def answer(request: Mapping[str, Any]) -> Data:
    """The answer to one request.

    Args:
        request: `show` is one of "examples", "values", "derivation", "expression", "graph",
            "sweep", "sheet" and "training". All but the first need `text`, a problem; `numbers`
            (a mapping) replaces numbers of it, `row` takes one row of its table. Then
            "derivation" and "expression" take `wrt` and `form`, "graph" takes `focus`, "sheet"
            `entries` (names to written numbers), "training" `rate` and `steps`.

    Returns:
        `ok`, and what was asked for; or where `ok` is False an `error`, a sentence for the reader,
        with its `line` and `column` where it is about a place in the text.

    >>> found = answer({"show": "values", "text": "y = w x; w = 2; x = 3"})
    >>> [(v["name"], v["number"], v["gradient"]) for v in found["values"]]
    [('w', '2', '3'), ('x', '3', '2'), ('y', '6', '1')]
    >>> answer({"show": "values", "text": "y = w x; w = 2"})["error"]
    'x has no number: give it one, as in x = 0.5'
    """
    return guarded(lambda: _answered(request))


def guarded(ask: Callable[[], Data]) -> Data:
    """What is answered, with `ok`; or the sentence that says what is wrong."""
    try:
        return {"ok": True, **ask()}
    except ProblemError as error:
        return {"ok": False, "error": error.what, "line": error.line, "column": error.column}
    except (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError) as error:
        return {"ok": False, "error": str(error)}


def _answered(request: Mapping[str, Any]) -> Data:
    show = str(request.get("show", ""))
    if show == "examples":
        return {"examples": [{"name": name, "text": example(name)} for name in EXAMPLES]}
    if show not in _VIEWS:
        raise ArgumentError(f"there is nothing to show by the name {show!r}")
    p = problem(str(request.get("text", "")))
    rows = p.rows
    if request.get("row"):
        p = p.row(int(request["row"]))
    if request.get("numbers"):
        p = p.at(request["numbers"])
    return {**about(p), "rows": rows, **view(show, p, request)}


def view(show: str, p: Subject, request: Mapping[str, Any]) -> Data:
    """One view of what is already read; "sheet" and "training" are of problems alone."""
    return _VIEWS[show](p, request)


def about(p: Subject) -> Data:
    """What every view needs: the names, the leaves with their sliders' numbers, the result."""
    graph = Graph(p.graph)
    named = [v for v in graph.order if v in graph.names]
    roles = p.roles
    leaves = [
        {"name": graph.names[v], "number": v.data, "role": roles.get(graph.names[v], "constant")}
        for v in named
        if not v.operands
    ]
    return {
        "result": graph.names[p.graph],
        "number": number_text(p.graph.data),
        "names": [graph.names[v] for v in named if v is not p.graph],
        "leaves": leaves,
        "learning_rate": p.learning_rate,
    }


def _values(p: Subject, request: Mapping[str, Any]) -> Data:
    graph = Graph(p.graph)
    formulas = Formulas(graph)
    gradients = adjoints(p.graph)
    roles = p.roles
    rows = []
    for v in graph.order:
        if v in graph.names:
            made = formulas.inside(v) if v.operands else None
            rows.append(
                {
                    "name": graph.names[v],
                    "role": roles.get(graph.names[v], "") if made is None else "",
                    "formula": "" if made is None else TEXT.formula(made),
                    "mathml": "" if made is None else mathml(LATEX.formula(made)),
                    "number": number_text(v.data),
                    "gradient": number_text(gradients[v]),
                }
            )
    return {"values": rows}


def _derivation(p: Subject, request: Mapping[str, Any]) -> Data:
    wrt = asked_for(p, request)
    derivation = p.derive(wrt)
    form = request.get("form", "auto")
    shown = derivation.text(form), derivation.to_latex(form)
    update = None if p.learning_rate is None else derivation.update(p.learning_rate)
    return {
        "wrt": wrt,
        "form": form,
        "title": TEXT.derivative(derivation.name(p.graph), wrt),
        "gradient": number_text(derivation.value),
        "paths": derivation.path_count,
        "text": "\n\n".join([shown[0], *([str(update)] if update else [])]),
        "latex": "\n".join([shown[1], *([update.latex] if update else [])]),
        "mathml": [mathml(shown[1]), *([update.mathml] if update else [])],
    }


def asked_for(p: Subject, request: Mapping[str, Any]) -> str:
    """The value that is asked for; by default the first parameter."""
    wrt = request.get("wrt")
    if wrt in p.values:
        return str(wrt)
    there = about(p)
    first = [leaf["name"] for leaf in there["leaves"] if leaf["role"] == "parameter"]
    return str((first or there["names"])[0])


def _expression(p: Subject, request: Mapping[str, Any]) -> Data:
    return {"expression": str(p.derive(asked_for(p, request)).expression)}


def _graph(p: Subject, request: Mapping[str, Any]) -> Data:
    p.graph.backward()
    focus = request.get("focus")
    picture = draw(p.graph, focus=focus if focus in p.values else None)
    return {"svg": picture.svg, "description": picture.description, "keys": picture.keys}


def _sweep(p: Subject, request: Mapping[str, Any]) -> Data:
    shown = sweep(p.graph)
    return {
        "svg": shown.picture,
        "frames": shown.frames,
        "formulas": shown.formulas,
        "steps": [step["text"] for step in shown.steps],
    }


def _sheet(p: Problem, request: Mapping[str, Any]) -> Data:
    """The questions, and the verdicts on what is filled in."""
    asked = questions(p.graph, p.roles, p.learning_rate)
    blank = [{"part": q.part, "name": q.name, "mathml": mathml(q.latex)} for q in asked]
    entries = {str(name): str(x) for name, x in (request.get("entries") or {}).items()}
    filled = {name: x for name, x in entries.items() if x.strip()}
    if not filled:
        return {"questions": blank, "findings": [], "summary": ""}
    audited = p.audit(filled)
    findings = [
        {"name": f.spelling, "verdict": f.verdict, "sentence": f.sentence, "right": f.shown}
        for f in audited
    ]
    return {"questions": blank, "findings": findings, "summary": audited.summary}


def _training(p: Problem, request: Mapping[str, Any]) -> Data:
    """Steps of gradient descent on the parameters: the loss and the parameters before each.

    Where a step breaks, those before it, and why.
    """
    steps = int(request.get("steps") or 10)
    if not 1 <= steps <= LONGEST_TRAINING:
        raise ArgumentError(f"train for 1 to {LONGEST_TRAINING} steps, not {steps}")
    rate = as_float(request.get("rate") or p.learning_rate or 0.5, "the learning rate")
    numbers = {name: p.values[name].data for name, role in p.roles.items() if role == "parameter"}
    if not numbers:
        raise ArgumentError("there is no parameter to train: say which numbers are parameters")
    trained: list[list[float]] = []
    stopped = ""
    try:
        for _ in range(steps + 1):
            p = p.at(numbers)
            trained.append([p.graph.data, *numbers.values()])
            p.graph.backward()
            numbers = {name: x - rate * p.values[name].grad for name, x in numbers.items()}
    except (ArithmeticError, ProblemError) as error:
        stopped = str(error)
    return {"rate": rate, "parameters": list(numbers), "trained": trained, "stopped": stopped}


_VIEWS: Mapping[str, Callable[[Any, Mapping[str, Any]], Data]] = {
    "values": _values,
    "derivation": _derivation,
    "expression": _expression,
    "graph": _graph,
    "sweep": _sweep,
    "sheet": _sheet,
    "training": _training,
}
