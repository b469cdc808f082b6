"""Blocks of a derivation set at their equals signs, in text and in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Block", "bundle", "latex_blocks", "text_blocks"]


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


def bundle(plain: str, formulas: str) -> dict[str, str]:
    """What a notebook shows: Markdown with the formulas in it, where it can; else the text."""
    display = f"$$\n{formulas}\n$$"
    return {"text/plain": plain, "text/markdown": display, "text/latex": display}
