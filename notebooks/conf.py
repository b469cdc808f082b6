"""The book: `pip install ".[book,all]"`, then `sphinx-build -W notebooks FOLDER`."""

import re
import sys
from pathlib import Path

import autograd

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "whygrad"
author = "The whygrad maintainers"
copyright = author
release = version = autograd.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "generated",
    "typesetting",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "whygrad"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["book.css"]

html_math_renderer = "whygrad"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_update_mathjax = False  # nothing is loaded from the network
myst_heading_anchors = 3
nb_ipywidgets_js = {}
nb_execution_mode = "force"  # what stands in the book is what the code gives
nb_execution_timeout = 300
nb_merge_streams = True
nb_execution_raise_on_error = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
suppress_warnings = ["mystnb.unknown_mime_type"]

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature has them
napoleon_google_docstring = True
napoleon_numpy_docstring = False


def _bars(app, what, name, obj, options, lines):
    """|x| is a size in a docstring, and a substitution in reStructuredText."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[i] = re.sub(r"\|(\S[^|]*)\|", r"\\|\1\\|", line)


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _bars, priority=400)  # before formulas are added
