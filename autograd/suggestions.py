"""What a person may have meant who mistyped a name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]

_MOST = 5_000  # names that are searched through


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that `name` may be a slip for: other capitals first, then the nearest.

    >>> nearest("W1", ["x1", "w11", "w1"])
    ['w1', 'w11']
    """
    names = list(dict.fromkeys(known))[:_MOST]
    same = [k for k in names if k.lower() == name.lower()]
    by_case: dict[str, list[str]] = {}
    for k in names:
        by_case.setdefault(k.lower(), []).append(k)
    near = [k for low in get_close_matches(name.lower(), by_case, most) for k in by_case[low]]
    return list(dict.fromkeys([*same, *near]))[:most]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The same as the end of a sentence; empty where nothing is near.

    >>> did_you_mean("W1", ["w1", "b"])
    '; did you mean w1?'
    """
    near = nearest(name, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""
