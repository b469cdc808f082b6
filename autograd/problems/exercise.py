"""Exercises: a network with friendly numbers, new for every seed."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from itertools import pairwise

from autograd.cached import cached_property
from autograd.errors import ArgumentError
from autograd.problems.problem import Problem, problem
from autograd.problems.questions import Question, questions
from autograd.rules import ACTIVATIONS
from autograd.suggestions import did_you_mean

__all__ = ["Exercise", "make_exercise"]

_ACTIVATIONS = ("linear", *ACTIVATIONS)
_TRIES = 1_000
_MOST_WEIGHTS = 50
_LARGEST_SUM = 1.9  # the largest z of a neuron: beyond it an activation saturates
_SMALLEST_SUM = 0.05
_GRADIENTS = (2e-4, 3.0)  # the smallest and the largest that a hand should meet
_APART = 0.03  # relative: how far apart two gradients are, so that one is not taken for another
_BOUNDED = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0)}


@dataclass(frozen=True)
class Exercise:
    """A network to be computed by hand.

    `text` is the problem, `sizes` the neurons layer by layer from the inputs, `activations` those
    of the layers, `digits` how many significant digits are asked.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    digits: int
    text: str

    @cached_property
    def problem(self) -> Problem:
        """The problem that the text states."""
        return problem(self.text)

    @cached_property
    def questions(self) -> list[Question]:
        """What the sheet asks for, with the right numbers."""
        p = self.problem
        return questions(p.graph, p.roles, p.learning_rate)


def make_exercise(
    sizes: str,
    activation: str = "sigmoid",
    output: str | None = None,
    *,
    seed: int | str = 0,
    learning_rate: float = 0.5,
    digits: int = 4,
) -> Exercise:
    """A network with numbers of one decimal, half the squared error on one example.

    Args:
        sizes: as "2-2-1": inputs, hidden neurons, outputs.
        activation: of the hidden layers.
        output: of the last layer; sigmoid where the hidden ones are, else linear.
        seed: what decides the numbers; the same seed gives the same exercise.
        learning_rate: that of the one step of gradient descent.
        digits: how many significant digits are asked.

    No neuron saturates or is cut off, no gradient is tiny or huge, no two are nearly the same, and
    in every exercise of these sizes as many weights are negative: they are of equal difficulty.

    Raises ValueError for a network that is too large for a hand, for an unknown activation, and
    where no such numbers are found.

    >>> exercise = make_exercise("2-2-1", "tanh", seed=7)
    >>> exercise.text == make_exercise("2-2-1", "tanh", seed=7).text
    True
    """
    widths = _sizes(sizes)
    output = output or ("sigmoid" if activation == "sigmoid" else "linear")
    for name in (activation, output):
        if name not in _ACTIVATIONS:
            raise ArgumentError(
                f"there is no activation {name!r}{did_you_mean(name, _ACTIVATIONS)}"
            )
    activations = (*[activation] * (len(widths) - 2), output)
    rng = random.Random(f"{sizes}/{activation}/{output}/{seed}")
    for _ in range(_TRIES):
        text = _written(widths, activations, learning_rate, rng)
        exercise = Exercise(widths, activations, digits, text)
        if _is_friendly(exercise):
            return exercise
    raise ArgumentError(
        f"no friendly numbers were found for {sizes} with {activation}: try fewer layers or neurons"
    )


def _sizes(text: str) -> tuple[int, ...]:
    widths = tuple(map(int, text.split("-"))) if re.fullmatch(r"[1-6](-[1-6]){1,4}", text) else ()
    weights = sum([(n_in + 1) * n_out for n_in, n_out in pairwise(widths)])
    if not widths or weights > _MOST_WEIGHTS:
        raise ArgumentError(
            f"{text!r} is no network for a hand: write inputs, hidden neurons and outputs as in "
            f"2-2-1, with up to 6 of them in a layer and {_MOST_WEIGHTS} weights and biases in all"
        )
    return widths


def _written(
    widths: tuple[int, ...], activations: tuple[str, ...], rate: float, rng: random.Random
) -> str:
    """The text of a network with numbers that the generator draws."""
    lines = ["# " + "-".join(map(str, widths)) + ", " + ", ".join(dict.fromkeys(activations))]
    for i in range(1, widths[0] + 1):
        lines.append(f"x_{i} = {_tenths(rng, 1, 9)}   input")
    low, high = _BOUNDED.get(activations[-1], (0.0, 1.0))
    targets = [low + 0.1 * (high - low), high - 0.1 * (high - low)]
    for k in range(1, widths[-1] + 1):
        lines.append(f"t_{k} = {rng.choice(targets):g}   target")
    lines.append("")
    weights = [(i, j, m) for m, _ in enumerate(widths[1:], 1)
               for j in range(1, widths[m] + 1) for i in range(1, widths[m - 1] + 1)]  # fmt: skip
    negative = set(rng.sample(range(len(weights)), len(weights) // 3))
    formulas = []
    for m, (n_in, n_out) in enumerate(pairwise(widths), 1):
        for j in range(1, n_out + 1):
            terms = []
            for i in range(1, n_in + 1):
                place = weights.index((i, j, m))
                sign = "-" if place in negative else ""
                lines.append(f"w_{i}{j}^{m} = {sign}{_tenths(rng, 1, 9)}   parameter")
                terms.append(f"w_{i}{j}^{m} " + (f"x_{i}" if m == 1 else f"a_{i}^{m - 1}"))
            lines.append(f"b_{j}^{m} = {_tenths(rng, 1, 5)}   parameter")
            name = activations[m - 1]
            z = f"a_{j}^{m}" if name == "linear" else f"z_{j}^{m}"
            formulas.append(f"{z} = {' + '.join(terms)} + b_{j}^{m}")
            if name != "linear":
                formulas.append(f"a_{j}^{m} = {name}({z})")
    last = len(widths) - 1
    errors = [f"(t_{k} - a_{k}^{last})^2" for k in range(1, widths[-1] + 1)]
    total = errors[0] if len(errors) == 1 else f"({' + '.join(errors)})"
    return "\n".join([*lines, f"η = {rate:g}", "", *formulas, f"E = 1/2 {total}", ""])


def _tenths(rng: random.Random, low: int, high: int) -> str:
    return f"{rng.randint(low, high) / 10:g}"


def _is_friendly(exercise: Exercise) -> bool:
    p = exercise.problem
    activation = exercise.activations[0]
    for name, v in p.values.items():
        if name.startswith("z_") or (activation == "linear" and name.startswith("a_")):
            size = v.data if activation == "relu" else abs(v.data)
            if not _SMALLEST_SUM <= size <= _LARGEST_SUM:
                return False
    sizes = sorted(abs(q.number) for q in exercise.questions if q.part == "backward")
    smallest, largest = _GRADIENTS
    if sizes[0] < smallest or sizes[-1] > largest:
        return False
    weights = sorted(
        abs(q.number) for q in exercise.questions if q.part == "backward" and q.of[0] == "w"
    )
    apart = min(_APART, 3.0 / len(weights) ** 2)
    return all(b - a > apart * b for a, b in pairwise(weights))
