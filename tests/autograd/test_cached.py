"""A property computed once, without a lock."""

import threading

from autograd.cached import cached_property


class Slow:
    """Computes while another one does."""

    counts = 0

    def __init__(self, barrier=None):
        self.barrier = barrier

    @cached_property
    def answer(self):
        """What it is."""
        Slow.counts += 1
        if self.barrier:
            self.barrier.wait(5)
        return object()


def test_it_is_computed_once_and_kept():
    x, before = Slow(), Slow.counts
    assert x.answer is x.answer
    assert Slow.counts == before + 1
    del x.answer
    assert x.answer is not None
    assert Slow.counts == before + 2


def test_two_instances_compute_at_the_same_time():
    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=lambda: Slow(barrier).answer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not barrier.broken


def test_the_class_has_the_property_itself():
    assert Slow.answer.__doc__ == "What it is."
