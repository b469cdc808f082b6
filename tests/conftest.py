"""Quick tests, the suite on several processors, programs that tests start, interrupts, rates."""

import gc
import os
import signal
import sys
from collections import Counter
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--left-out",
        metavar="FILE",
        help="write there which tests were skipped for want of a library; `pytest @FILE` runs them",
    )


def pytest_configure():
    """Let the programs that tests start import what the tests import, wherever they are started.

    That is what is installed, not a source in the working folder (`python -P`; Python 3.11 and
    later); or, where the tests take the uncompiled source, that one, and on purpose.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if sys.version_info < (3, 11):  # a program started in a checkout takes its source, and says so
        os.environ["PYTHONWARNINGS"] = "ignore:Python imports whygrad:RuntimeWarning"
    folder = Path(find_spec("autograd").origin).parent
    if (folder.parent / "pyproject.toml").is_file():
        paths = [
            str(folder.parent),
            *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)),
        ]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        if not any((folder / f"value{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
            os.environ["WHYGRAD_PURE"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Share a run of the whole suite among processes where pytest-xdist is there.

    A run of chosen files (also benchmarks, browser, doctests) stays in one process, as does `-n 0`.
    """
    if not config.pluginmanager.hasplugin("xdist") or "PYTEST_XDIST_WORKER" in os.environ:
        return
    if config.args == config.getini("testpaths") and config.option.numprocesses is None:
        config.option.numprocesses, config.option.maxprocesses = "logical", 4
        config.option.dist = "worksteal"


QUICK = 7  # one set of parameters in so many: a prime meets every engine, width and count


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of tests that are slow with all their parameters, leave a seventh among the quick ones."""
    seen = Counter()
    for item in items:
        if item.get_closest_marker("many") and not item.get_closest_marker("slow"):
            test = item.nodeid.partition("[")[0]
            if seen[test] % QUICK:
                item.add_marker(pytest.mark.slow)
            seen[test] += 1


def pytest_collection_finish():
    """What is collected stays to the end: no search for garbage has to look through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt: a worker of xdist or a job in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_terminal_summary(terminalreporter, config):
    """Print what tests measured and recorded with `record_property`; write what was left out."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, measured in report.user_properties:
            terminalreporter.write_line(f"{name}: {measured}")
    if config.option.left_out:
        skipped = terminalreporter.getreports("skipped")
        left_out = [r.nodeid for r in skipped if "is not installed" in str(r.longrepr)]
        Path(config.option.left_out).write_text("\n".join(left_out), encoding="utf-8")
