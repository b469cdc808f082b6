"""A tape in training: many steps in machine code, or one by one in NumPy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import StepError
from autograd.replay.batch import Batch
from autograd.replay.interpreter import Interpreter
from autograd.replay.leaves import set_data
from autograd.replay.program import Program
from autograd.replay.steps import Steps
from autograd.update import UpdateRule
from autograd.value import Value

Floats = NDArray[np.float64]
_BUDGET = 0.05  # seconds after which machine code returns, so that Python sees signals


@dataclass
class Training:
    """Steps on a batch, and how far they have come; see `Tape.run` for what they change.

    The machine takes the steps if there is one (not None). One at which a number breaks is taken
    again by the interpreter, which tells what broke. `leaves` are the numbers of the parameters,
    then those of the other leaves.
    """

    program: Program
    machine: Any
    interpreter: Interpreter
    parameters: tuple[Value, ...]
    leaves: Floats
    batch: Batch
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
            intact = self.machine is not None and self._by_machine()
            if self.done > told:
                set_data(self.parameters, self.leaves)
                yield self.done
            if not intact and self.done < len(self.steps):
                yield from self._by_interpreter()

    def _by_machine(self) -> bool:
        """Steps until all are done, time is up or a number breaks; whether none did."""
        left = self.steps.after(self.done)
        whole = left.order is None
        remembers = self.rule.memories
        order = self.program.place[: self.program.parameters]
        state = self.state
        if remembers:  # in the order in which the tape has its parameters
            state = np.empty_like(self.state)
            state[:, order] = self.state
        broken, count = self.machine.train(
            self.leaves,
            self.batch.packed if whole else None,
            None if whole else self.batch.table,
            left.order,
            left.starts,
            np.array(self.rule, np.float64),
            left.rates,
            self.losses[self.done :],
            state,
            self.batch.rows,
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
                if self.machine is not None or time.perf_counter() > until:
                    break
        except (ArithmeticError, ValueError) as error:
            broken = error  # raised after the steps before it have been yielded
        finally:
            set_data(self.parameters, self.leaves)
        if self.done > told:
            yield self.done
        if broken is not None:
            raise broken

    def _step(self) -> None:
        """The next step, or an error that leaves everything as it is."""
        k = self.done
        which = self.steps.rows(k)
        rows = self.batch.table[which]
        seed = 1.0 / len(rows) if self.mean else 1.0
        result = self.interpreter.evaluate(self.leaves, rows, seed, 0)
        gradient, loss = result.gradient, float(result.totals[0])
        assert gradient is not None
        finite = bool(np.isfinite(loss) and np.isfinite(gradient).all())
        if self.machine is not None or not (finite and result.finite):
            self._explain(rows, None if isinstance(which, slice) else which)
        if not finite:
            self._refuse(loss, gradient, rows, seed)
        theta = self.leaves[: self.program.parameters]
        memory = self.state[: len(self.rule.memories)]
        with np.errstate(all="ignore"):
            rate, t = float(self.steps.rates[k]), self.done_before + k + 1
            theta, kept = self.rule.update(theta, gradient, list(memory), rate, t)
        bad = np.flatnonzero(~np.isfinite(theta))
        if len(bad):
            found = f"after the update, {self._name(bad[0])} is {float(theta[bad[0]])!r}"
            raise StepError(f"{found} {self._where()}")
        for row, numbers in zip(memory, kept, strict=True):
            row[:] = numbers
        self.leaves[: len(theta)] = theta
        self.losses[k] = loss
        self.done += 1

    def _explain(self, rows: Floats, names: Any) -> None:
        """Raise what the eager engine raises, if it raises anything."""
        try:
            self.interpreter.check_numbers(self.leaves, rows, names)
        except (ArithmeticError, ValueError) as error:
            iteration = self.done_before + self.done + 1
            raise type(error)(f"{error}, in iteration {iteration}") from None

    def _refuse(self, loss: float, gradient: Floats, rows: Floats, seed: float) -> None:
        if not np.isfinite(loss):
            raise StepError(f"the loss is {loss!r} {self._where()}")
        k = int(np.flatnonzero(~np.isfinite(gradient))[0])
        found = f"the gradient by {self._name(k)} is {float(gradient[k])!r}"
        broken = self.interpreter.broken_in(self.leaves, rows, seed)
        raise StepError(f"{found}{broken and f' (it breaks in {broken})'} {self._where()}")

    def _name(self, k: int) -> str:
        return self.parameters[k].label or f"parameter {k}"

    def _where(self) -> str:
        iteration = self.done_before + self.done + 1
        return f"in iteration {iteration}; the parameters are as before it"
