"""The same programs run by PyTorch and JAX: their functions by our names."""

import math

from extras import extra

torch, jax = extra("torch"), extra("jax")
_COMPILED = 20  # programs that JAX keeps what it compiled of: some 10 MB each


class PyTorch:
    """Values and derivatives of a program by PyTorch, in float64."""

    name = "PyTorch"

    def __init__(self):
        torch.set_num_threads(1)
        own = {
            "dot": lambda ws, xs, b: sum((w * x for w, x in zip(ws, xs, strict=True)), self._of(b)),
            "total": lambda xs: self._row(xs).sum(),
            "mean": lambda xs: self._row(xs).mean(),
            "logsumexp": self._logsumexp,
            "leaky_relu": lambda x, k: self._below(x, k, 1.0) * self._of(x),
            "elu": lambda x, k: torch.where(
                self._of(x) > 0,
                self._of(x),
                self._below(x, k, 0.0) * torch.expm1(self._of(x).clamp(max=0.0)),
            ),
            "cbrt": self._cbrt,
            "atan2": self._atan2,
            "gelu": lambda x: self._of(x) * torch.special.erfc(-self._of(x) / 2**0.5) / 2,
            "softmax": lambda xs: torch.softmax(self._row(xs), 0),
            "take": lambda xs, place: self._of(xs[place]),
            "where": lambda c, a, b: torch.where(self._of(c) > 0, self._of(a), self._of(b)),
            "softplus": lambda x: torch.nn.functional.softplus(self._of(x), threshold=40),
        }
        self.space = {name: self._called(name, own) for name in function_names()}
        self.unknown = {name for name, f in self.space.items() if f is None}

    def _called(self, name, own):
        if name in own:
            return own[name]
        for library in (torch, torch.nn.functional, torch.special):
            found = getattr(library, name, None)
            if found is not None:
                return lambda *xs: found(*[self._of(x) for x in xs[: _tensors(name)]],
                                         *xs[_tensors(name) :])  # fmt: skip
        return None

    def _logsumexp(self, xs):
        row = self._row(xs)
        at = int(row.argmax())
        if not torch.isfinite(row[at]):
            return torch.logsumexp(row, 0)
        others = torch.cat([row[:at], row[at + 1 :]])  # its own loses small and large shares
        return row[at] + (others - row[at]).exp().sum().log1p()

    def _below(self, x, k, above):
        """k where x is not positive; elsewhere it must not make NaN of anything."""
        return torch.where(self._of(x) > 0, self._of(above), self._of(k))

    def _cbrt(self, x):
        sign = torch.where(self._of(x) < 0, -1.0, 1.0)
        return sign * (sign * self._of(x)) ** (1 / 3)

    def _atan2(self, y, x):
        y, x = self._of(y), self._of(x)
        scale = max(abs(float(y.detach())), abs(float(x.detach())))
        if 0.0 < scale < math.inf:  # its own derivative squares what it is given
            y, x = y / scale, x / scale
        return torch.atan2(y, x)

    def _of(self, x):
        return x if isinstance(x, torch.Tensor) else torch.tensor(float(x), dtype=torch.float64)

    def _row(self, xs):
        return torch.stack([self._of(x) for x in xs])

    def run(self, program):
        """The numbers of all values, by name."""
        values, error = program.run(self.space, self._leaves(program))
        if error is not None:
            raise error
        return {name: float(self._of(v).detach()) for name, v in values.items()}

    def first(self, program):
        """The derivatives of the result by the leaves."""
        leaves = self._leaves(program)
        values, _ = program.run(self.space, leaves)
        return self._gradient(self._of(values[program.result]), leaves, further=False)

    def second(self, program, direction):
        """The derivatives of the first ones' sum, weighted by `direction`."""
        leaves = self._leaves(program)
        values, _ = program.run(self.space, leaves)
        first = self._gradient(self._of(values[program.result]), leaves, further=True)
        along = sum(c * g for c, g in zip(direction, first, strict=True))
        return self._gradient(along, leaves, further=False)

    def _leaves(self, program):
        return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.leaves]

    def _gradient(self, y, leaves, further):
        if not y.requires_grad:
            return [torch.zeros((), dtype=torch.float64) if further else 0.0 for _ in leaves]
        found = torch.autograd.grad(y, leaves, create_graph=further, allow_unused=True)
        found = [torch.zeros((), dtype=torch.float64) if g is None else g for g in found]
        return found if further else [float(g.detach()) for g in found]


class Jax:
    """Values and derivatives of a program by JAX, in float64."""

    name = "JAX"

    def __init__(self):
        jax.config.update("jax_enable_x64", True)
        jnp, jnn = jax.numpy, jax.nn
        own = {
            "dot": lambda ws, xs, b: sum((w * x for w, x in zip(ws, xs, strict=True)), b),
            "total": lambda xs: jnp.stack(jnp.broadcast_arrays(*xs)).sum(),
            "mean": lambda xs: jnp.stack(jnp.broadcast_arrays(*xs)).mean(),
            "logsumexp": lambda xs: jnn.logsumexp(jnp.stack(jnp.broadcast_arrays(*xs))),
            "softmax": lambda xs: jnn.softmax(jnp.stack(jnp.broadcast_arrays(*xs))),
            "take": lambda xs, place: xs[place],
            "where": lambda c, a, b: jnp.where(c > 0, a, b),
            "gelu": lambda x: jnn.gelu(x, approximate=False),
            # its own derivative at 0 is 1, at NaN NaN
            "absolute": lambda x: jnp.where(x > 0, 1.0, jnp.where(x < 0, -1.0, 0.0)) * x,
            "atan2": self._atan2,
            "hypot": self._hypot,  # its own has a slope of 1 at the origin
            "leaky_relu": lambda x, k: jnp.where(x > 0, 1.0, k) * x,  # its own is 1 at 0
            "elu": lambda x, k: jnp.where(
                x > 0, x, jnp.where(x > 0, 0.0, k) * jnp.expm1(jnp.where(x > 0, 0.0, x))
            ),
            "relu": lambda x: jnp.where(x <= 0, 0.0, x),  # its own derivative at NaN is 0
        }
        self.space = {
            name: own.get(name)
            or next(
                (
                    getattr(library, name)
                    for library in (jnp, jnn, jax.scipy.special)
                    if hasattr(library, name)
                ),
                None,
            )
            for name in function_names()
        }
        self.unknown = {name for name, f in self.space.items() if f is None}
        self._count = 0

    def _scale(self, y, x):
        size = jax.numpy.maximum(abs(y), abs(x))
        return jax.lax.stop_gradient(jax.numpy.where((size > 0) & (size < math.inf), size, 1.0))

    def _atan2(self, y, x):
        scale = self._scale(y, x)
        return jax.numpy.arctan2(y / scale, x / scale)  # its own derivative squares them

    def _hypot(self, y, x):
        scale = self._scale(y, x)
        return scale * jax.numpy.sqrt((y / scale) ** 2 + (x / scale) ** 2)

    def run(self, program):
        """The numbers of all values, by name."""
        self._count += 1
        if self._count % _COMPILED == 0:
            jax.clear_caches()
        values, _ = program.run(self.space, [jax.numpy.float64(x) for x in program.leaves])
        return {name: float(v) for name, v in values.items()}

    def first(self, program):
        """The derivatives of the result by the leaves."""
        gradient = jax.grad(self._function(program), tuple(range(len(program.leaves))))
        return [float(g) for g in gradient(*program.leaves)]

    def second(self, program, direction):
        """The derivatives of the first ones' sum, weighted by `direction`."""
        wrt = tuple(range(len(program.leaves)))
        first = jax.grad(self._function(program), wrt)
        along = jax.grad(
            lambda *xs: sum(c * g for c, g in zip(direction, first(*xs), strict=True)), wrt
        )
        return [float(g) for g in along(*program.leaves)]

    def _function(self, program):
        return lambda *xs: jax.numpy.float64(1.0) * program.run(self.space, xs)[0][program.result]


def function_names():
    """The functions that programs call."""
    from fuzzing.programs import OPERATIONS

    found = [operation.template.partition("(")[0] for operation in OPERATIONS]
    return sorted({name for name in found if name.isidentifier()})


def _tensors(name):
    """How many leading operands are tensors: the settings that follow are plain numbers."""
    from fuzzing.programs import OPERATIONS

    for operation in OPERATIONS:
        if operation.template.startswith(name + "("):
            return operation.operands - len(operation.settings)
    raise LookupError(name)


def classified(x):
    """What must agree even where rounding differs: NaN, an infinity with its sign, or a number."""
    return "nan" if math.isnan(x) else x if math.isinf(x) else "number"
