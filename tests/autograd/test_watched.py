"""Numbers that know where they were read."""

import math
import pickle

from autograd.watched import Reading, ReadNumber


class Watcher:
    listens = True

    def __init__(self):
        self.told, self.escapes = [], 0

    def escaped(self, reading):
        self.escapes += 1

    def truth(self, values, truth):
        self.told.append(truth)
        return truth


def test_it_is_a_float_as_any_other():
    x = ReadNumber(2.5, Reading(Watcher(), "here"))
    assert x + 1 == 3.5
    assert math.sqrt(x * 10) == 5.0
    assert repr(pickle.loads(pickle.dumps(x))) == "2.5"


def test_a_comparison_answers_as_floats_do_and_is_told():
    watcher = Watcher()
    x = ReadNumber(2.5, Reading(watcher, "here"))
    answers = [x < 3, x <= 2.5, x > 3, x >= 2.5, x == 2.5, x != 2.5, bool(x)]
    assert answers == watcher.told == [True, True, False, True, True, False, True]
