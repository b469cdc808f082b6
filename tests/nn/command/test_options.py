"""What an option may be set to."""

import argparse

import pytest

from nn.command.options import count, digits, points, rate, share

RIGHT = [
    (rate, "0.5", 0.5), (rate, "1e-3", 0.001), (points, "0", 0.0), (points, "2.5", 2.5),
    (share, "0.5", 0.5), (share, "1", 1.0), (digits, "17", 17), (count("rows"), "1", 1),
]  # fmt: skip
WRONG = [
    (rate, "0"), (rate, "-1"), (rate, "inf"), (rate, "nan"), (rate, "x"), (points, "−1"),
    (points, "inf"), (share, "1.5"), (share, "nan"), (digits, "0"), (digits, "18"), (digits, "2.0"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "value"), RIGHT)
def test_what_is_taken(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), WRONG)
def test_what_is_refused_is_repeated(read, text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"give|least 0") as caught:
        read(text)
    assert repr(text) in str(caught.value)
