"""Show where each gradient comes from: a scalar autograd engine.

A `Value` is a number that remembers how it was made, so a computation becomes a graph, and
`backward()` finds the derivative of its result by everything in it.

>>> from autograd import Value, sigmoid
>>> w, x = Value(0.5, "w"), Value(2.0, "x")
>>> y = sigmoid(w * x)
>>> y.backward()
>>> round(w.grad, 6)
0.393224
"""

import os as _os
import sys as _sys
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _os.path.exists(_os.path.join(_os.path.dirname(__file__), "tracer.py")):
    raise ImportError(
        "two distributions named autograd were installed into one folder, whygrad and the NumPy "
        "autograd: run `pip uninstall autograd whygrad`, then install the one that you want"
    )

if _os.environ.get("WHYGRAD_PURE", "0") not in ("", "0"):
    from autograd import _pure as _pure

from autograd.audit import audit
from autograd.breaks import checking
from autograd.custom import custom
from autograd.differentiate import check_gradients, grad, hessian, value_and_grad
from autograd.errors import (
    ArgumentError,
    ArgumentTypeError,
    CompilerError,
    DerivationError,
    DomainError,
    DrawingError,
    Error,
    GradientError,
    GraphError,
    MissingLibraryError,
    OutputError,
    PageError,
    PlaceError,
    PoleError,
    ProblemError,
    RangeError,
    SettingError,
    SheetError,
    SolveError,
    StepError,
    TapeError,
    UnknownNameError,
)
from autograd.functions import (
    absolute,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    cos,
    cosh,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    logsumexp,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    take,
    tan,
    tanh,
    total,
    where,
)
from autograd.graph import adjoints, topological
from autograd.implicit import solve
from autograd.table import Table
from autograd.value import Number, Value, compiled

__version__ = "0.1.0"
__distribution__ = "whygrad"  # by this `nn` tells this package from its namesake

if compiled:
    from autograd._source import show_source as _show_source

    _show_source("autograd.scalar", "autograd.value", "autograd.functions")
elif "autograd._pure" not in _sys.modules:
    from autograd._checkout import warn_of_the_slow_source as _warn_of_the_slow_source

    _warn_of_the_slow_source(_os.path.dirname(__file__), __version__)

if _TYPE_CHECKING:
    from autograd.audit.report import Audit
    from autograd.derivation import Derivation, derive
    from autograd.drawing import Drawing, Sweep, draw, draw_dot, sweep
    from autograd.explorer import Explorer, explore
    from autograd.general import GeneralDerivation, derive_general
    from autograd.problems import Problem, problem
    from autograd.replay import Tape, Tapes, record, record_each

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "Audit",
    "CompilerError",
    "Derivation",
    "DerivationError",
    "DomainError",
    "Drawing",
    "DrawingError",
    "Error",
    "Explorer",
    "GeneralDerivation",
    "GradientError",
    "GraphError",
    "MissingLibraryError",
    "Number",
    "OutputError",
    "PageError",
    "PlaceError",
    "PoleError",
    "Problem",
    "ProblemError",
    "RangeError",
    "SettingError",
    "SheetError",
    "SolveError",
    "StepError",
    "Sweep",
    "Table",
    "Tape",
    "TapeError",
    "Tapes",
    "UnknownNameError",
    "Value",
    "absolute",
    "acos",
    "acosh",
    "adjoints",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "audit",
    "cbrt",
    "check_gradients",
    "checking",
    "compiled",
    "cos",
    "cosh",
    "custom",
    "derive",
    "derive_general",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "explore",
    "expm1",
    "gelu",
    "grad",
    "hessian",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "problem",
    "record",
    "record_each",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "solve",
    "sqrt",
    "sweep",
    "take",
    "tan",
    "tanh",
    "topological",
    "total",
    "value_and_grad",
    "where",
]

_LOADED_ON_USE = {
    "Tape": "autograd.replay",
    "Tapes": "autograd.replay",
    "record": "autograd.replay",
    "record_each": "autograd.replay",
    "Audit": "autograd.audit.report",
    "Problem": "autograd.problems",
    "Derivation": "autograd.derivation",
    "Drawing": "autograd.drawing",
    "Explorer": "autograd.explorer",
    "Sweep": "autograd.drawing",
    "GeneralDerivation": "autograd.general",
    "derive": "autograd.derivation",
    "derive_general": "autograd.general",
    "draw": "autograd.drawing",
    "draw_dot": "autograd.drawing",
    "explore": "autograd.explorer",
    "problem": "autograd.problems",
    "sweep": "autograd.drawing",
}


def __getattr__(name: str) -> _Any:
    if name not in _LOADED_ON_USE:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    from importlib import import_module

    try:
        room = import_module(_LOADED_ON_USE[name])
    except ModuleNotFoundError as error:
        missing = (error.name or "autograd").partition(".")[0]
        if missing == "autograd":
            raise
        raise MissingLibraryError(
            f"autograd.{name} needs {missing}, which is not installed: pip install {missing}"
        ) from None
    loaded = globals()[name] = getattr(room, name)
    return loaded


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_ON_USE})
