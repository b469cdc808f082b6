"""A tape in training: many steps in machine code, or one by one in NumPy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import StepError
from autograd.replay.batch import Batch
from autograd.replay.interpreter import Interpreter
from autograd.replay.leaves import set_data
from autograd.replay.program import Program
from autograd.replay.steps import OptimizerLike, Steps
from autograd.update import UpdateRule
from autograd.value import Value

Floats = NDArray[np.float64]
_BUDGET = 0.05  # seconds after which machine code returns, so that Python sees signals


@dataclass
class Part:
    """A tape that takes some of the steps, and its rows.

    `leaves` are the numbers of the parameters, then those of the other leaves. The machine takes
    the steps if there is one (not None).
    """

    program: Program
    machine: Any
    interpreter: Interpreter
    leaves: Floats
    batch: Batch
    one_row: Callable[[], Any] | None = None  # makes code for steps of one row, where it is faster

    def given(self, whole: bool) -> tuple[Any, ...]:
        """What the machine is given: the rows packed where every step takes the whole batch."""
        packed, table = (self.batch.packed, None) if whole else (None, self.batch.table)
        return self.machine, self.leaves, packed, table, self.batch.rows


@dataclass
class Training:
    """Steps on batches, and how far they have come; see `Tape.run` for what they change.

    All parts have the same parameters, in the same places. A step at which a number breaks in
    machine code is taken again by the interpreter, which tells what broke.
    """

    parts: list[Part]
    parameters: tuple[Value, ...]
    steps: Steps
    rule: UpdateRule
    state: Floats
    done_before: int
    losses: Floats
    mean: bool
    done: int = 0

    def run(self) -> Iterator[int]:
        """Take the steps; at every yield the parameters are those after so many."""
        while self.done < len(self.steps):
            told = self.done
            intact = self._has_machine and self._by_machine()
            if self.done > told:
                set_data(self.parameters, self._theta)
                yield self.done
            if not intact and self.done < len(self.steps):
                yield from self._by_interpreter()

    @property
    def _has_machine(self) -> bool:
        return self.parts[0].machine is not None

    @property
    def _theta(self) -> Floats:
        """The numbers of the parameters."""
        return self.parts[0].leaves[: len(self.parameters)]

    def _by_machine(self) -> bool:
        """Steps until all are done, time is up or a number breaks; whether none did."""
        left = self.steps.after(self.done)
        for part in self.parts:
            if part.one_row is not None and left.one_row_each(part.batch.rows):
                part.machine.take_one_row(part.one_row())
        remembers = self.rule.memories
        program, machine = self.parts[0].program, self.parts[0].machine
        order = program.place[: program.parameters]
        state = self.state
        if remembers:  # in the order in which the tape has its parameters
            state = np.empty_like(self.state)
            state[:, order] = self.state
        broken, count = machine.train(
            tuple([part.given(left.order is None) for part in self.parts]),
            left.part,
            left.order,
            left.starts,
            np.array(self.rule, np.float64),
            left.rates,
            self.losses[self.done :],
            state,
            len(left),
            self.done_before + self.done,
            self.mean,
            _BUDGET,
        )
        if remembers:
            self.state[:] = state[:, order]
        self.done += count
        return not broken

    def _by_interpreter(self) -> Iterator[int]:
        """Steps for as long as signals can wait; of those of a machine the one that broke."""
        until, told, broken = time.perf_counter() + _BUDGET, self.done, None
        try:
            while self.done < len(self.steps):
                self._step()
                if self._has_machine or time.perf_counter() > until:
                    break
        except (ArithmeticError, ValueError) as error:
            broken = error  # raised after the steps before it have been yielded
        finally:
            set_data(self.parameters, self._theta)
        if self.done > told:
            yield self.done
        if broken is not None:
            raise broken

    def _step(self) -> None:
        """The next step, or an error that leaves everything as it is."""
        k = self.done
        part, which = self.parts[self.steps.part_of(k)], self.steps.rows(k)
        rows = part.batch.table[which]
        seed = 1.0 / len(rows) if self.mean else 1.0
        result = part.interpreter.evaluate(part.leaves, rows, seed, 0)
        gradient, loss = result.gradient, float(result.totals[0])
        assert gradient is not None
        if not result.finite:
            self._explain(part, rows, None if isinstance(which, slice) else which)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            self._refuse(part, loss, gradient, rows, seed)
        memory = self.state[: len(self.rule.memories)]
        with np.errstate(all="ignore"):
            rate, t = float(self.steps.rates[k]), self.done_before + k + 1
            theta, kept = self.rule.update(self._theta, gradient, list(memory), rate, t)
        bad = np.flatnonzero(~np.isfinite(theta))
        if len(bad):
            found = f"after the update, {self._name(bad[0])} is {float(theta[bad[0]])!r}"
            raise StepError(f"{found} {self._where()}")
        for row, numbers in zip(memory, kept, strict=True):
            row[:] = numbers
        for other in self.parts:
            other.leaves[: len(theta)] = theta
        self.losses[k] = loss
        self.done += 1

    def _explain(self, part: Part, rows: Floats, names: Any) -> None:
        """Raise what the eager engine raises, if it raises anything."""
        try:
            part.interpreter.check_numbers(part.leaves, rows, names)
        except (ArithmeticError, ValueError) as error:
            iteration = self.done_before + self.done + 1
            raise type(error)(f"{error}, in iteration {iteration}") from None

    def _refuse(self, part: Part, loss: float, gradient: Floats, rows: Floats, seed: float) -> None:
        if not np.isfinite(loss):
            raise StepError(f"the loss is {loss!r} {self._where()}")
        k = int(np.flatnonzero(~np.isfinite(gradient))[0])
        found = f"the gradient by {self._name(k)} is {float(gradient[k])!r}"
        broken = part.interpreter.broken_in(part.leaves, rows, seed)
        raise StepError(f"{found}{broken and f' (it breaks in {broken})'} {self._where()}")

    def _name(self, k: int) -> str:
        return self.parameters[k].label or f"parameter {k}"

    def _where(self) -> str:
        iteration = self.done_before + self.done + 1
        return f"in iteration {iteration}; the parameters are as before it"


def train(
    parts: list[Part],
    parameters: tuple[Value, ...],
    plan: Iterable[Steps],
    optimizer: OptimizerLike,
    iterations: int,
    mean: bool,
    each: Callable[[int, float], Any] | None,
) -> Floats:
    """Take the steps of every epoch of the plan; the loss of each, before its update.

    `each` is called with the iterations done and the last loss.
    """
    state = np.zeros((2, len(parameters)))
    losses = np.empty(iterations)
    done = 0
    for steps in plan:
        of_epoch = losses[done : done + len(steps)]
        training = Training(parts, parameters, steps, optimizer.rule(), state, done, of_epoch, mean)
        for k in training.run():
            if each is not None and k:
                each(done + k, float(of_epoch[k - 1]))
        done += len(steps)
    return losses
