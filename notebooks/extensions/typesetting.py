"""Formulas in the book, set as MathML by the library itself.

A page then loads nothing from the network and needs no script, formulas in the text look like those
of a derivation below it, and a command of LaTeX that cannot be set is a warning of the build.
"""

from docutils import nodes
from sphinx.util import logging

from autograd.formulas.mathml import STYLE, mathml

LOGGER = logging.getLogger(__name__)


def _set(translator, node, display):
    latex = node.astext()
    try:
        element = mathml(latex).replace('display="block"', f'display="{display}"')
    except ValueError as error:
        LOGGER.warning("%s", error, location=node)
        element = f"<code>{translator.encode(latex)}</code>"
    translator.body.append(element if display == "inline" else f'<div class="math">{element}</div>')
    raise nodes.SkipNode


def set_inline(translator, node):
    _set(translator, node, "inline")


def set_block(translator, node):
    _set(translator, node, "block")


def add_style(app, page, template, context, doctree):
    """The alignment of the columns of MathML's tables, which browsers leave to CSS."""
    context["metatags"] = context.get("metatags", "") + f"<style>{STYLE}</style>\n"


def setup(app):
    app.add_html_math_renderer("whygrad", (set_inline, None), (set_block, None))
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
