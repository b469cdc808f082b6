"""The lock of what threads share."""

import os
import threading

import pytest

from autograd.locks import ProcessLock


def test_a_thread_waits_for_another_and_not_for_itself():
    lock, order = ProcessLock(), []

    def other():
        with lock:
            order.append("other")

    with lock:
        thread = threading.Thread(target=other)
        thread.start()
        with lock:
            thread.join(0.05)
            order.append("first")
    thread.join()
    assert order == ["first", "other"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_finds_it_free():
    lock, taken, done = ProcessLock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    child = os.fork()
    if not child:  # a daemon, so that a child that waits for ever ends all the same
        free = threading.Thread(target=lock.__enter__, daemon=True)
        free.start()
        free.join(5)
        os._exit(int(free.is_alive()))
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
