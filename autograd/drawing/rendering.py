"""From DOT source to a picture: by the ``dot`` program, a packaged Graphviz, or what a page has."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

from autograd.errors import ArgumentError, DrawingError

FORMATS = ("svg", "png", "pdf")

# The packaged engine runs in an interpreter of its own. Graphviz is a C library: a crash, an
# endless layout or its warnings on standard error then stay out of the reader's notebook.
_PACKAGED = """
import sys, pygraphviz
source = sys.stdin.buffer.read().decode("utf-8")
graph = pygraphviz.AGraph(string=source)
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog=sys.argv[2]))
"""
_TIME_LIMIT = 120  # seconds

Renderer: TypeAlias = Callable[[str, str, str], bytes]
"""Takes DOT source, a format and a layout program; returns the picture."""

_renderer: Renderer | None = None


def use_renderer(renderer: Renderer | None) -> None:
    """Draw with this function from now on; with None by Graphviz as it is installed here.

    A page in the browser has Graphviz as a JavaScript library, and no programs.
    """
    global _renderer  # noqa: PLW0603
    _renderer = renderer


def render(source: str, format: str = "svg", layout: str = "dot") -> bytes:
    """Render DOT source as ``"svg"``, ``"png"`` or ``"pdf"``, with the given layout program.

    The ``dot`` program is used where it is on the path, else the Graphviz that the
    ``pygraphviz`` package carries.

    Raises:
        DrawingError: neither is installed, or Graphviz failed.
    """
    if format not in FORMATS:
        raise ArgumentError(f"cannot draw as {format!r}: the formats are {', '.join(FORMATS)}")
    if _renderer is not None:
        return _renderer(source, format, layout)
    return _run(_command(format, layout), source)


def _command(format: str, layout: str) -> list[str]:
    program = shutil.which("dot")
    if program:
        return [program, f"-K{layout}", f"-T{format}"]
    if importlib.util.find_spec("pygraphviz"):
        return [sys.executable, "-c", _PACKAGED, format, layout]
    raise DrawingError(
        "no Graphviz was found to draw with. Either install the Python package: "
        "pip install 'whygrad[pictures]' (or pip install pygraphviz), or install the Graphviz "
        "program so that `dot` is on the path (apt install graphviz, brew install graphviz, "
        "winget install graphviz). The DOT source is there without either: draw(...).source"
    )


def _run(command: list[str], source: str) -> bytes:
    try:
        done = subprocess.run(
            command,
            input=source.encode("utf-8"),
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DrawingError(
            f"Graphviz took more than {_TIME_LIMIT} s: draw less, with focus= or by labelling "
            "fewer values"
        ) from None
    if done.returncode or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise DrawingError(
            f"Graphviz could not draw this graph ({said[-1] if said else 'it said nothing'})"
        )
    return done.stdout
