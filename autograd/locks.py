"""A lock for what all threads of a process share."""

from __future__ import annotations

import os
from contextlib import ContextDecorator
from threading import RLock

__all__ = ["ProcessLock"]


class ProcessLock(ContextDecorator):
    """A lock that a thread may take again while it has it, as in a signal handler.

    A child process that was forked while another thread had it finds it free: that thread is not in
    the child, and would never give it back.

    >>> lock = ProcessLock()
    >>> with lock, lock:
    ...     print("alone")
    alone
    """

    def __init__(self) -> None:
        self._lock = RLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()
