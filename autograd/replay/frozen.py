"""Whether a graph is the same for all numbers: what differs between two runs, and in which line."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from autograd.errors import GraphError
from autograd.replay.collecting import no_collections
from autograd.replay.graph import GraphTable
from autograd.replay.program import KINDS, RULE_OF
from autograd.replay.watching import Place, place_text
from autograd.value import Value

_ENGINE = str(Path(__file__).parent.parent)  # lines in here are not the user's
_PACKAGES = {"autograd", "nn"}  # checks in there are no branches of the user's
_LONGEST = 1_000_000  # so many steps of Python are followed to find a line
_SHOWN = 3  # lines
# Names in a function that turn a Value into a plain number, or choose between Values
_CUTS = {
    "data",
    "float",
    "int",
    "bool",
    "round",
    "max",
    "min",
    "sorted",
    "random",
    "math",
    "Random",
}
_COMPARISONS = {"COMPARE_OP", "CONTAINS_OP"}


@dataclass
class Run:
    """One run of a function: its point, its inputs and results, and the graph between."""

    at: list[float]
    inputs: list[Value]
    outputs: list[Value]
    several: bool
    graph: GraphTable
    sizes: dict[int, int]  # of how many values an input chooses one, by the number of the input
    again: Callable[[], Run] = field(init=False)


def compare(
    first: Run, other: Run, numbers: dict[Value, float], place: Place | None = None
) -> set[Value]:
    """Raise GraphError where two runs made different graphs; the leaves that f made anew.

    `numbers` are those of the leaves in the first run, `place` is where they parted, if known.
    """
    what = _difference(first.graph, other.graph)
    passing = set()
    for v, w in zip(first.graph.leaf_values, other.graph.leaf_values, strict=False):
        if v is not w:
            if what is None and numbers[v] != w.data:
                one, two = numbers[v], w.data
                what = f"a Value made in it is {one!r} at one point, {two!r} at another"
            passing.add(v)
    if what is not None:
        raise frozen(what, first, other.again, place)
    return passing


def frozen(
    what: str, first: Run, other: Callable[[], Any], place: Place | None = None
) -> GraphError:
    """The error for a graph that depends on the numbers: the first run, and how another is made."""
    same = first.again()
    if _difference(first.graph, same.graph) is not None:
        return GraphError(
            f"the function makes another graph every time: {what}{_where(first.again, other)}. It "
            "draws random numbers, or changes what it reads: give such numbers as inputs"
        )
    where = _where(first.again, other) if place is None else f"; look at {place}"
    return GraphError(
        f"the recorded graph depends on the numbers: {what}{where}. A branch "
        "on a value, a float(...) or .data would be repeated as it was for every row: use "
        "where(condition, a, b), maximum, minimum or relu, for an index take(values, i) or a "
        "Table, and keep the Values themselves"
    )


# What differs


def _difference(a: GraphTable, b: GraphTable) -> str | None:
    """The first difference of two graphs, in words."""
    count = min(len(a.kinds), len(b.kinds))
    for node in np.flatnonzero(a.kinds[:count] != b.kinds[:count])[:1].tolist():
        return f"{_described(a, node)} at one point is {_described(b, node)} at another"
    if len(a.kinds) != len(b.kinds):
        return f"it has {len(a.kinds)} nodes at one point, {len(b.kinds)} at another"
    for node, x in a.constants.items():
        y = b.constants.get(node, x)
        if x != y and (x == x or y == y):
            return f"{_user(a, node)} has {x!r} at one point, {y!r} at another"
    if not a.same_operands(b) or a.constants.keys() != b.constants.keys():
        moved = (a.a != b.a) | (a.b != b.b) | (a.c != b.c)
        nodes = np.flatnonzero(moved)[:1].tolist()
        what = _described(a, nodes[0]) if nodes else "a sum or a product"
        return f"{what} takes other operands from point to point"
    return None


def _described(graph: GraphTable, node: int) -> str:
    kind = int(graph.kinds[node])
    if kind < 0:
        return "a constant" if node in graph.constants else "a leaf"
    return f"'{RULE_OF[KINDS[kind]]}' (step {node})"


def _user(graph: GraphTable, constant: int) -> str:
    """The first operation that takes this constant."""
    lists = np.flatnonzero(graph.lists.any(graph.lists.flat == constant))
    takes = np.zeros(len(graph.kinds), bool)
    for operand, listed in graph.operands(np.arange(len(takes))):
        takes |= np.where(listed, np.isin(operand, lists), operand == constant)
    users = np.flatnonzero(takes)[:1].tolist()
    return "".join(["a constant", *[f" in {_described(graph, node)}" for node in users]])


# In which line


class _Trace:
    """The steps of Python that a call takes outside the engine: code, instruction, line."""

    def __init__(self, run: Callable[[], Any]):
        self.steps: list[tuple[CodeType, int, int]] = []
        self.codes: dict[CodeType, None] = {}  # those of the user
        before = sys.gettrace()
        with no_collections():  # what a collection calls is not a step of the function
            sys.settrace(self._enter)
            try:
                run()
            except Exception:
                pass  # how far it came is what matters here
            finally:
                sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename.startswith(_ENGINE) or len(self.steps) > _LONGEST:
            return None
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _PACKAGES:
            self.codes[frame.f_code] = None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode" and len(self.steps) <= _LONGEST:
            self.steps.append((frame.f_code, frame.f_lasti, frame.f_lineno))
        return self._step


def _where(*runs: Callable[[], Any]) -> str:
    """The line where two runs part; else those where a number may have left the graph."""
    traces = [_Trace(run) for run in runs]
    last = None
    for one, two in zip(*[trace.steps for trace in traces], strict=False):
        if one != two:
            break
        last = one
    else:
        suspects = [suspect for code in traces[0].codes for suspect in _suspects(code)]
        cuts = [(code, line) for code, line, is_cut in suspects if is_cut]
        found = dict.fromkeys(cuts or [(code, line) for code, line, _ in suspects])
        places = [place_text(code, line) for code, line in found][:_SHOWN]
        return f"; look at {' and '.join(places)}" if places else ""
    return f"; the runs part at {place_text(last[0], last[2])}" if last else ""


def _suspects(code: CodeType) -> Iterator[tuple[CodeType, int, bool]]:
    """Lines that may turn a Value into a number (True), or compare two (False)."""
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        line = getattr(step, "line_number", None) or (
            step.starts_line if type(step.starts_line) is int else line
        )
        if step.argval in _CUTS and step.opname.startswith(
            ("LOAD_ATTR", "LOAD_METHOD", "LOAD_GLO")
        ):
            yield code, line, True
        elif step.opname in _COMPARISONS:
            yield code, line, False
