"""Interrupts of a test, and measured rates in the report."""

import signal

import pytest


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt: a worker of xdist or a job in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_terminal_summary(terminalreporter):
    """Print what tests measured and recorded with `record_property`."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, measured in report.user_properties:
            terminalreporter.write_line(f"{name}: {measured}")
