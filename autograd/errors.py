"""Every error of the library, below one root, so that one `except` can catch them all.

Each is also the builtin that fits it best: `except ValueError` goes on catching a `DomainError`.
An argument of the wrong kind is an `ArgumentTypeError`, one that cannot be as it is (a wrong
length, a number out of range) an `ArgumentError`: they are what a docstring means by "raises
TypeError" or "raises ValueError". The errors of training stand in `nn.errors`.

>>> from autograd import Error, log
>>> try:
...     log(0.0)
... except Error as error:
...     print(error)
log(0.0) is undefined: log needs a number greater than 0
"""

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "CompilerError",
    "DerivationError",
    "DomainError",
    "DrawingError",
    "Error",
    "GradientError",
    "GraphError",
    "MissingLibraryError",
    "OutputError",
    "PageError",
    "PlaceError",
    "PoleError",
    "ProblemError",
    "RangeError",
    "SettingError",
    "SheetError",
    "SolveError",
    "StepError",
    "TapeError",
    "UnknownNameError",
]


class Error(Exception):
    """The root of all errors that `autograd` and `nn` define."""


# Arguments


class ArgumentError(Error, ValueError):
    """An argument cannot be as it is; the message says what it can be."""


class ArgumentTypeError(Error, TypeError):
    """An argument is of the wrong kind; the message says which kind it can be."""


class PlaceError(Error, IndexError, ValueError):
    """A place that is no whole number, or outside of what is to be chosen from."""


class SettingError(Error, TypeError, ValueError):
    """A setting is of the wrong kind or outside its range; the message says what it can be."""


class UnknownNameError(Error, KeyError, ValueError):
    """A name that is not among those there are; the message says which these are."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingLibraryError(Error, ImportError):
    """A feature needs a library that is not installed; the message says how to install it."""


# Numbers


class DomainError(Error, ValueError):
    """An operation was asked for outside its domain, as in log(-1)."""


class PoleError(Error, ZeroDivisionError):
    """An operation was asked for where it is infinite, as in 1 / 0."""


class RangeError(Error, OverflowError):
    """A result of finite operands is too large for a float, as in exp(1000)."""


class SolveError(Error, ArithmeticError):
    """No solution of an equation was found; the message names the unknown."""


# Graphs, and what is read from them


class GraphError(Error, RuntimeError):
    """The graph cannot be swept or recorded.

    It has a cycle, its numbers were changed under it, or the function that made it makes another
    one at other numbers.
    """


class GradientError(Error, AssertionError):
    """An engine's gradient and the difference quotient disagree."""


class DerivationError(Error, ArithmeticError):
    """What a derivation would print does not give the engine's gradient."""


class SheetError(Error, ValueError):
    """The sheet cannot be read or does not fit the graph; the message names the line."""


class ProblemError(Error, ValueError):
    """A problem's text cannot be taken as it stands.

    `what` is what is wrong, `line` and `column` the place, counted from 1; the message shows the
    line with a mark under the place.
    """

    def __init__(self, what: str, line: int, column: int, shown: str):
        super().__init__(what, line, column, shown)
        self.what, self.line, self.column, self.shown = what, line, column, shown

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}\n{self.shown}"


class DrawingError(Error, RuntimeError):
    """A picture could not be made; the message says what to do."""


class PageError(Error, RuntimeError):
    """The page for a browser could not be put together; the message says what to do."""


class OutputError(Error, OSError):
    """A file cannot be written; the message names it and says why."""


class CompilerError(Error, RuntimeError):
    """The engine "cc" cannot be had here; the message says why, and what to do."""


# Training


class TapeError(Error, ValueError):
    """A tape is damaged: it refers to slots that it does not have."""


class StepError(Error, ArithmeticError):
    """A step of training met a number that is not finite; the parameters are as before it.

    Also raised by a checked `backward`, which touches no gradient then.
    """
