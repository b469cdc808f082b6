"""One root for all errors, each importable from the package and still the builtin that it was."""

import importlib
import inspect
import pickle
import pkgutil
import re
from pathlib import Path

import pytest

import autograd
import nn
from autograd import DomainError, GraphError, PoleError, RangeError, Value, errors

ROOT = Path(__file__).parents[2]
SOURCES = [path for room in ("autograd", "nn") for path in (ROOT / room).rglob("*.py")]
BUILTIN = {  # of the first release
    "DerivationError": ArithmeticError,
    "DivergenceError": ArithmeticError,
    "DomainError": ValueError,
    "DrawingError": RuntimeError,
    "GradientError": AssertionError,
    "GraphError": RuntimeError,
    "PoleError": ZeroDivisionError,
    "RangeError": OverflowError,
    "SheetError": ValueError,
    "StepError": ArithmeticError,
    "SymmetryWarning": UserWarning,
    "TapeError": ValueError,
}


def modules():
    for package in (autograd, nn):
        yield package
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith("__main__"):
                try:
                    yield importlib.import_module(found.name)
                except ImportError as error:
                    if (error.name or "").startswith(("autograd", "nn.")):
                        raise  # of ours; else it is of an extra that is not installed


def exceptions():
    return {
        thing
        for module in modules()
        for thing in vars(module).values()
        if inspect.isclass(thing)
        and issubclass(thing, BaseException)
        and thing.__module__.split(".")[0] in ("autograd", "nn")
    }


def test_every_exception_derives_from_the_one_root():
    found = exceptions()
    assert {"DomainError", "GraphError", "DivergenceError"} <= {error.__name__ for error in found}
    for error in found:
        assert issubclass(error, autograd.Error), error


def test_every_exception_is_importable_from_a_package():
    for error in exceptions():
        if not error.__name__.startswith("_"):  # caught by the module that raises it
            package = autograd if error.__module__.startswith("autograd.") else nn
            assert getattr(package, error.__name__) is error
            assert error.__name__ in package.__all__


def test_every_exception_is_also_a_builtin():
    for error in exceptions() - {autograd.Error}:
        if not error.__name__.startswith("_"):
            assert any(base.__module__ == "builtins" for base in error.__mro__[2:-3]), error


@pytest.mark.parametrize(("name", "builtin"), BUILTIN.items())
def test_errors_of_the_first_release_keep_their_builtin(name, builtin):
    error = getattr(autograd, name, None) or getattr(nn, name)
    assert issubclass(error, builtin)


def test_errors_are_imported_from_where_they_were():
    from autograd.derivation import DerivationError
    from autograd.drawing import DrawingError
    from autograd.replay import TapeError
    from autograd.scalar import DomainError  # also the name in old pickles

    assert {DerivationError, DrawingError, TapeError, DomainError} <= exceptions()


def test_one_except_catches_what_the_engine_raises():
    stale = Value(2.0)
    broken = {
        errors.ArgumentError: lambda: autograd.mean([]),
        errors.ArgumentTypeError: lambda: autograd.audit(2.0, {}),
        errors.PlaceError: lambda: autograd.grad(autograd.exp, wrt=1)(2.0),
        errors.UnknownNameError: lambda: nn.History()["loss"],
        DomainError: lambda: autograd.log(-1.0),
        PoleError: lambda: 1.0 / Value(0.0),
        RangeError: lambda: autograd.exp(Value(1000.0)),
        errors.SheetError: lambda: autograd.audit(stale * stale, {"nowhere": 1.0}),
        GraphError: lambda: autograd.record(lambda x: x if x > 0 else -x, 1),
    }
    for kind, call in broken.items():
        with pytest.raises(autograd.Error) as caught:
            call()
        assert caught.type is kind


@pytest.mark.skipif(not SOURCES[1:], reason="the sources are not beside these tests")
def test_no_call_raises_a_plain_builtin_for_a_bad_argument():
    plain = re.compile(r"^ +raise (Value|Type|Key|Index|Runtime)Error\b.*", re.M)
    raised = {p: plain.search(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert {p: line[0] for p, line in raised.items() if line} == {}


def test_a_divergence_comes_back_from_another_process():
    history = nn.History()
    history.add({"loss": 0.5})
    error = nn.DivergenceError("diverged", 3, 2, history)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.epoch, copy.batch) == ("diverged", 3, 2)
    assert copy.history["loss"] == [0.5]
