"""Blocks of a derivation set at their equals signs, in text and in LaTeX."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd.formulas.mathml import STYLE, mathml

__all__ = ["Block", "Typeset", "latex_blocks", "text_blocks"]


@dataclass(frozen=True)
class Block:
    """One left side and what it equals, step by step; a heading stands there without `=`."""

    left: str
    steps: tuple[str, ...]
    is_heading: bool = False


def text_blocks(parts: Sequence[Block | str]) -> str:
    """The blocks, and the words between them, with an empty line after each."""
    return "\n\n".join([b if isinstance(b, str) else _text_block(b) for b in parts])


def _text_block(b: Block) -> str:
    indent = "\n" + " " * len(b.left) + " = "
    return b.left + ("   " if b.is_heading else " = ") + indent.join(b.steps)


def latex_blocks(parts: Sequence[Block | str]) -> str:
    """The same as one LaTeX `aligned` block, for MathJax or a paper."""
    blocks = [_latex_rows(b) for b in parts]
    lines = " \\\\[1ex]\n".join([" \\\\\n".join(rows) for rows in blocks])
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _latex_rows(b: Block | str) -> list[str]:
    if isinstance(b, str):
        return [rf"& \text{{{b}}}"]
    sign = r"\quad " if b.is_heading else "= "
    return [f"{b.left} &{sign}{b.steps[0]}", *[f"&= {step}" for step in b.steps[1:]]]


class Typeset:
    """What is there as text, by `str`, and as LaTeX: then it is MathML as well.

    A notebook shows the MathML, which an exported page has without the network; where HTML is
    stripped of what the reader does not trust, the plain text beside it is left.
    """

    @property
    def latex(self) -> str:
        """The formulas in LaTeX."""
        raise NotImplementedError

    @property
    def mathml(self) -> str:
        """The same as a MathML element, which browsers draw and screen readers read."""
        return mathml(self.latex)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        display = f"$$\n{self.latex}\n$$"
        return {
            "text/plain": str(self),
            "text/html": _HTML.format(plain=html.escape(str(self)), typeset=self.mathml),
            "text/markdown": display,
            "text/latex": display,
        }


_HTML = f"""\
<style>{STYLE.replace("{", "{{").replace("}", "}}")}\
.whygrad-plain {{{{ display: none; }}}}
.whygrad-typeset[hidden] {{{{ display: block !important; overflow-x: auto; }}}}
</style>
<pre class="whygrad-plain">{{plain}}</pre>
<div class="whygrad-typeset" hidden>{{typeset}}</div>
"""
