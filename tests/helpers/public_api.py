"""The public names and their signatures, a line each: run it to write `tests/public_api.txt` anew.

From the uncompiled source, which has all signatures, so with WHYGRAD_PURE=1.
"""

import inspect
from pathlib import Path

import autograd
import nn

SNAPSHOT = Path(__file__).parents[1] / "public_api.txt"
RELEASED = SNAPSHOT.with_name("public_api_released.txt")  # those of the last release


def signature(thing):
    """How it is called, without types: these are mypy's business."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return ""
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return str(inspect.Signature(plain))


def lines():
    listed = []
    for module in (autograd, nn):
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            full = f"{module.__name__}.{name}"
            if not callable(thing):
                listed.append(full)
                continue
            listed.append(full + signature(thing))
            if inspect.isclass(thing):
                listed += members(full, thing)
    return listed


def members(full, cls):
    """What a class of ours has, its parents' left out."""
    for name in sorted(vars(cls)):
        thing = vars(cls)[name]
        if name.startswith("_"):
            continue
        inner = getattr(thing, "__func__", thing)
        yield f"{full}.{name}{signature(inner) if callable(inner) else ''}"


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(lines()) + "\n", encoding="utf-8")
