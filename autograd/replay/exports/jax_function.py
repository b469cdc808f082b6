"""A tape as a function of JAX, record by record: a layer stays one product of matrices."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.replay.exports.writing import OTHER_NAMES, expression_of
from autograd.replay.interpreter import SQUARE, Record, unpack
from autograd.replay.program import (
    BROADCAST,
    DENSE,
    INNER,
    LOGSUMEXP,
    PICK,
    PRODUCT,
    SUM,
    TAKE,
    Program,
)
from autograd.rules import FUNCTIONS, RULES, Space

__all__ = ["jax_function"]


def jax_function(
    program: Program, numbers: NDArray[np.float64], several: bool
) -> Callable[..., Any]:
    """A function g(*inputs, parameters=numbers) that JAX can trace."""
    import jax.numpy as jnp

    count = program.parameters
    shared, rows = unpack(program, program.shared), unpack(program, program.rows)

    def g(*inputs: Any, parameters: Any = None) -> Any:
        if len(inputs) != program.columns:
            raise ArgumentTypeError(
                f"the function takes {program.columns} inputs, not {len(inputs)}"
            )
        kind = jnp.result_type(float)
        leaves = jnp.asarray(numbers, kind)
        if parameters is not None:
            given = jnp.asarray(parameters)
            if given.shape != (count,):
                raise ArgumentError(f"parameters are {count} numbers, not the shape {given.shape}")
            leaves = jnp.concatenate([given, leaves[count:]])
        columns = jnp.broadcast_arrays(*[jnp.asarray(x, kind) for x in inputs])
        scalars = jnp.asarray(program.scalars, leaves.dtype).at[program.place].set(leaves)
        own = _Slots(scalars)
        for step in shared:
            own.put(step.out, _computed(step, own, own))
        shape = columns[0].shape if columns else ()
        slots = _Slots(*[x[None] for x in columns])
        wide = _Slots(own.all().reshape(-1, *[1] * len(shape)))
        for step in rows:
            slots.put(step.out, _computed(step, slots, wide))
        results = [jnp.broadcast_to(slots.get([k])[0], shape) for k in program.outputs.tolist()]
        return results if several else results[0]

    g.__doc__ = (
        f"The recorded function of {program.columns} inputs, numbers or arrays of one shape; "
        f"`parameters` are {count} numbers, those of the export if not given."
    )
    return g


class _Slots:
    """Numbered arrays of one shape, kept in the pieces in which they were computed."""

    def __init__(self, *pieces: Any):
        self._pieces: list[tuple[int, Any]] = []  # each with the slot of its first array
        self._home: dict[int, int] = {}  # for each slot, its piece
        first = 0
        for piece in pieces:
            self.put(slice(first, first + piece.shape[0]), piece)
            first += piece.shape[0]

    def put(self, where: slice, piece: Any) -> None:
        """Keep a piece, an array for each slot; slots that stand there already are replaced."""
        self._home.update(dict.fromkeys(range(where.start, where.stop), len(self._pieces)))
        self._pieces.append((where.start, piece))

    def get(self, where: Any) -> Any:
        """The arrays in these slots, a slice or a list, one after another."""
        import jax.numpy as jnp

        places = range(where.start, where.stop) if isinstance(where, slice) else list(where)
        if not places:
            return jnp.zeros(0)
        found = []
        at = 0
        while at < len(places):
            home = self._home[int(places[at])]
            first, piece = self._pieces[home]
            end = at
            while end < len(places) and self._home[int(places[end])] == home:
                end += 1
            chosen = np.asarray([int(k) - first for k in places[at:end]])
            is_run = bool((np.diff(chosen) == 1).all())
            found.append(piece[chosen[0] : chosen[-1] + 1] if is_run else piece[chosen])
            at = end
        if len(found) == 1:
            return found[0]
        shape = jnp.broadcast_shapes(*[x.shape[1:] for x in found])
        return jnp.concatenate([jnp.broadcast_to(x, (x.shape[0], *shape)) for x in found])

    def all(self) -> Any:
        """All slots, which are there without a gap."""
        return self.get(slice(0, len(self._home)))


def _computed(step: Record, slots: _Slots, scalars: _Slots) -> Any:
    """The results of a record; see `interpreter.push`."""
    import jax
    import jax.numpy as jnp

    n, m, kind = step.n, step.m, step.kind
    a = (scalars if kind == BROADCAST else slots).get(step.operands[0])
    others = [slots.get(x) for x in step.operands[1:]]
    if kind == SQUARE:
        y = a * a
    elif kind <= BROADCAST:
        y = step.rule.evaluate((a, *others), _space())
    elif kind == DENSE:
        weights = scalars.get(step.weight).reshape(n, m)
        layer = jnp.einsum("nm,sm...->sn...", weights, a.reshape(step.sites, m, *a.shape[1:]))
        y = (layer + scalars.get(step.bias)).reshape(step.sites * n, *a.shape[1:])
    elif kind == TAKE:
        row, there = _rows_taken(step, a)
        table = scalars.get(step.weight).reshape(m, n)
        y = jnp.where(there[..., None], table[row], jnp.nan)
        y = jnp.moveaxis(y, -1, 1).reshape(step.sites * n, *a.shape[1:])
    elif kind == PICK:
        row, there = _rows_taken(step, others[0])
        parts = a.reshape(n, m, *a.shape[1:])
        row = jnp.broadcast_to(row[:, None], (n, 1, *parts.shape[2:]))
        y = jnp.where(there, jnp.take_along_axis(parts, row, axis=1)[:, 0], jnp.nan)
    elif kind == INNER:
        y = (a * others[0]).reshape(n, m, *a.shape[1:]).sum(axis=1) + others[1]
    else:
        parts = a.reshape(n, m, *a.shape[1:])
        if kind == SUM:
            y = parts.sum(axis=1)
        elif kind == PRODUCT:
            y = jnp.cumprod(parts, axis=1).reshape(a.shape)
        elif kind == LOGSUMEXP:
            y = _logsumexp(parts)
        else:
            y = jax.nn.softmax(parts, axis=1).reshape(a.shape)
    return jax.lax.stop_gradient(y) if step.held else y


def _logsumexp(parts: Any) -> Any:
    """log Σ e^x along axis 1. The largest is kept apart from the rest, which may be far smaller."""
    import jax
    import jax.numpy as jnp

    top = jax.lax.stop_gradient(parts.max(axis=1, keepdims=True))
    top = jnp.where(jnp.isinf(top), 0.0, top)  # no inf − inf
    place = jnp.arange(parts.shape[1]).reshape(-1, *[1] * (parts.ndim - 2))
    own = place == parts.argmax(axis=1, keepdims=True)
    shifted = parts - top
    rest = jnp.where(own, jnp.expm1(shifted), jnp.exp(shifted)).sum(axis=1)
    return top[:, 0] + jnp.log1p(rest)


def _rows_taken(step: Record, places: Any) -> tuple[Any, Any]:
    """The places as an index, and where there is something."""
    import jax.numpy as jnp

    there = (places >= 0.0) & (places < step.m) & (places == jnp.floor(places))
    return jnp.where(there, places, 0.0).astype(int), there


@cache
def _space() -> Space:
    """The functions of the rules on JAX's arrays."""
    import jax
    import jax.numpy as jnp

    space = Space(
        {
            "absolute": lambda x: x * jnp.sign(x),  # whose derivative at 0 is 0
            "erf": jax.scipy.special.erf,
            "erfc": jax.scipy.special.erfc,
            "power": jnp.power,
            "relu": jax.nn.relu,
            "where": jnp.where,
        }
    )
    for name, rule in FUNCTIONS.items():
        if name in space or not rule.elementwise:
            continue
        known = getattr(jnp, OTHER_NAMES.get(name, name), None)
        space[name] = known or RULES[rule.name].means(expression_of(rule.name), space)
    return space
