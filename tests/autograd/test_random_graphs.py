"""Random expression graphs, nodes shared, every operation: values and gradients as PyTorch's."""

import pytest
from extras import extra
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.rules import RULES

torch = extra("torch")


def of_torch(name):
    def function(*tensors):
        return getattr(torch, name)(*tensors)

    return function


# Each operation twice, for us and for PyTorch, both kept inside their domains by smooth means.
UNARY = ["sin", "cos", "tanh", "sigmoid", "relu", "softplus", "absolute", "atan", "asinh", "erf",
         "erfc"]  # fmt: skip
ACTIVATIONS = ["gelu", "silu", "elu", "leaky_relu"]


def inside(name, ours, theirs):
    """A function of what keeps its operand inside its domain, for us and for PyTorch."""
    function = getattr(autograd, name)
    return lambda x: function(ours(x)), lambda t: of_torch(name)(theirs(t))


SMALL = (lambda x: 0.9 * autograd.tanh(x), lambda t: 0.9 * torch.tanh(t))
LARGE = (lambda x: x * x + 1.5,) * 2
ONE = {
    **{n: (getattr(autograd, n), of_torch(n)) for n in UNARY if n != "softplus"},
    "softplus": (autograd.softplus, lambda t: torch.nn.functional.softplus(t, threshold=800)),
    **{
        n: (getattr(autograd, n), lambda t, n=n: getattr(torch.nn.functional, n)(t))
        for n in ACTIVATIONS
    },
    **{n: inside(n, *SMALL) for n in ["tan", "asin", "acos", "sinh", "cosh", "atanh", "exp2"]},
    **{n: inside(n, *LARGE) for n in ["acosh", "log2", "log10"]},
    "cbrt": (lambda x: autograd.cbrt(x * x + 0.5), lambda t: (t * t + 0.5) ** (1 / 3)),
    "neg": (lambda x: -x, lambda t: -t),
    "identity": (lambda x: +x, lambda t: t),
    "exp": (lambda x: autograd.exp(autograd.tanh(x)), lambda t: torch.exp(torch.tanh(t))),
    "expm1": (lambda x: autograd.expm1(autograd.sin(x)), lambda t: torch.expm1(torch.sin(t))),
    "log": (lambda x: autograd.log(x * x + 0.5), lambda t: torch.log(t * t + 0.5)),
    "log1p": (lambda x: autograd.log1p(x * x), lambda t: torch.log1p(t * t)),
    "sqrt": (lambda x: autograd.sqrt(x * x + 1), lambda t: torch.sqrt(t * t + 1)),
}
TWO = {
    "+": (lambda a, b: a + b,) * 2,
    "-": (lambda a, b: a - b,) * 2,
    "*": (lambda a, b: a * b,) * 2,
    "/": (lambda a, b: a / (b * b + 1),) * 2,
    "**": (lambda a, b: (autograd.softplus(a) + 0.1) ** autograd.tanh(b),
           lambda a, b: (torch.nn.functional.softplus(a, threshold=800) + 0.1) ** torch.tanh(b)),
    "atan2": (lambda a, b: autograd.atan2(a, b * b + 1), lambda a, b: torch.atan2(a, b * b + 1)),
    "hypot": (lambda a, b: autograd.hypot(a, b * b + 1), lambda a, b: torch.hypot(a, b * b + 1)),
    "maximum": (autograd.maximum, of_torch("maximum")),
    "minimum": (autograd.minimum, of_torch("minimum")),
    "where": (lambda a, b: autograd.where(a - b, a, b * 2),
              lambda a, b: torch.where(a - b > 0, a, b * 2)),
}  # fmt: skip
MANY = {
    "dot": (lambda xs: autograd.dot(xs, xs[::-1], xs[0]),
            lambda ts: sum(a * b for a, b in zip(ts, ts[::-1], strict=True)) + ts[0]),
    "dot of numbers": (lambda xs: autograd.dot(xs, [0.5] * len(xs), 1.0),
                       lambda ts: sum(0.5 * a for a in ts) + 1.0),
    "total": (autograd.total, lambda ts: torch.stack(ts).sum()),
    "mean": (autograd.mean, lambda ts: torch.stack(ts).mean()),
    "logsumexp": (autograd.logsumexp, lambda ts: torch.logsumexp(torch.stack(ts), 0)),
    "softmax": (lambda xs: autograd.softmax(xs)[0],
                lambda ts: torch.softmax(torch.stack(ts), 0)[0]),
    "take": (lambda xs: autograd.take(xs, Value(2.0)),
             lambda ts: torch.stack(ts).index_select(0, torch.tensor([2]))[0]),
}  # fmt: skip
TABLE = [*((n, 1, f) for n, f in ONE.items()), *((n, 2, f) for n, f in TWO.items()),
         *((n, 3, f) for n, f in MANY.items())]  # fmt: skip

programs = st.tuples(
    st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), min_size=2, max_size=4),
    st.lists(
        st.tuples(st.sampled_from(TABLE), st.lists(st.integers(0, 99), min_size=4, max_size=4)),
        min_size=1,
        max_size=25,
    ),
)


def run(program, leaves, side):
    nodes = list(leaves)
    for (_, arity, functions), picks in program:
        chosen = [nodes[p % len(nodes)] for p in picks]
        f = functions[side]
        nodes.append(f(chosen) if arity == 3 else f(*chosen[:arity]))
    return nodes


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs)
def test_values_and_all_gradients_equal_pytorchs(program):
    torch.set_num_threads(1)
    xs, steps = program
    ours = run(steps, [Value(x) for x in xs], 0)
    theirs = run(steps, [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs], 1)
    assume(all(abs(v.data) < 1e6 for v in ours))
    for t in theirs:
        t.retain_grad()
    ours[-1].backward()
    theirs[-1].backward()
    largest = max(1.0, *(abs(v.grad) for v in ours))
    for v, t in zip(ours, theirs, strict=True):
        assert abs(v.data - t.item()) <= 1e-12 * max(1.0, abs(v.data))
        grad = 0.0 if t.grad is None else t.grad.item()
        assert abs(v.grad - grad) <= 1e-12 * largest


def test_the_programs_hold_every_operation():
    made = {name.split()[0] for name, _, _ in TABLE} | {"abs"}
    assert set(RULES) <= made | {"absolute"}
