"""The whole suite on several processors, interrupts, and measured rates in the report."""

import os
import signal
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--left-out",
        metavar="FILE",
        help="write there which tests were skipped for want of a library; `pytest @FILE` runs them",
    )


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
