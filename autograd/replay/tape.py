"""Tape: a graph recorded once, to be run many times on new numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from weakref import proxy

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, ArgumentTypeError
from autograd.replay.arrays import as_floats
from autograd.replay.batch import Batch, rows_of
from autograd.replay.bound import bind
from autograd.replay.compiled import CC, ENGINES, machine
from autograd.replay.derivatives import (
    Derivatives,
    checked_reduction,
    checked_vector,
    checked_wrt,
)
from autograd.replay.flattening import INPUTS, PARAMETERS, flatten_with_gradients
from autograd.replay.interpreter import Interpreter
from autograd.replay.labels import Labels
from autograd.replay.leaves import get_data
from autograd.replay.objective import Objective
from autograd.replay.program import Program, is_narrow, is_of_single_operations, is_short
from autograd.replay.steps import OptimizerLike, Steps, epochs
from autograd.replay.training import Part, Training, train
from autograd.scalar import whole_number
from autograd.update import UpdateRule
from autograd.value import Value

Floats = NDArray[np.float64]
_NO_COLUMNS = np.zeros(0)


class Tape:
    """A recorded function, run on batches of rows; made by `autograd.record`.

    `parameters` are the Values that can be trained, in the order of its gradients. `wrt` tells what
    it is differentiated by where a call does not say: "parameters" or "inputs".
    `compiled` tells whether machine code runs it; else NumPy does, with the same results. A tape
    may be used from several threads, and pickles with its parameters.
    """

    def __init__(
        self,
        program: Program,
        parameters: Sequence[Value],
        others: Sequence[Value] = (),
        *,
        several: bool = False,
        labels: Labels | None = None,
        wrt: str | None = None,
        engine: str = "auto",
    ):
        self._program = program
        self._labels = labels or Labels((None,) * program.columns, (None,) * len(program.outputs))
        self.parameters = tuple(parameters)
        self._others = tuple(others)
        self._leaves = self.parameters + self._others
        self._several = several
        self._layout = program.columns, program.lanes
        self._one_empty_row = Batch(np.zeros((1, 0)), self._layout)
        if len(self.parameters) != program.parameters:
            raise ArgumentError(
                f"the tape has {program.parameters} parameters, not {len(parameters)}"
            )
        if len(program.place) != len(self.parameters) + len(self._others):
            raise ArgumentError("the tape has leaves without a Value")
        self.wrt = checked_wrt(wrt or (PARAMETERS if self.parameters else INPUTS))
        self._interpreter = Interpreter(program)
        self._native = engine == CC
        if self._native:
            from autograd.replay.exports.native import check_compiler

            check_compiler()
        self._machine = _machine_of(program, "auto" if self._native else engine)
        target = "numpy" if self._machine is None else str(self._machine.target)
        self._derivatives = Derivatives(program, self._check_numbers, target)
        self._of_batches = self._derivatives  # what computes many rows
        if self._native:
            self._of_batches = Derivatives(program, self._check_numbers, CC)
            self._of_batches.of_gradients(self.wrt)  # compiled here and now
        self._quick = None if self._machine is None or several else self._machine.evaluate
        self._one: Any = self._first_of_one if self._quick and is_short(program) else None
        self._by_single = self._machine is not None and is_of_single_operations(program)
        # Of several results records would need a pass each.
        self._one_by_single = self._by_single and (several or is_narrow(program))
        records = None if self._native or self.wrt == INPUTS else self._quick
        # What answers the usual question, of many rows and of one, if records do.
        self._usual = None if self._by_single else records
        self._usual_of_one = None if self._one_by_single or self._one is not None else records
        self.threads = _threads_to_use()

    @property
    def columns(self) -> int:
        """How many numbers a row has."""
        return self._program.columns

    @property
    def several(self) -> bool:
        """Whether the recorded function returned a list."""
        return self._several

    @property
    def compiled(self) -> bool:
        """Whether machine code runs this tape."""
        return self._machine is not None

    @property
    def engine(self) -> str:
        """What runs this tape: "avx512", "avx2", "neon", "baseline", "numpy", or "cc"."""
        if self._native:
            return CC
        return "numpy" if self._machine is None else str(self._machine.target)

    @property
    def threads(self) -> int:
        """How many threads may share the rows of a batch, at least 1.

        At first as many as there are processors for this process, or WHYGRAD_THREADS of the
        environment. Batches too small to gain by it are not shared out: those of less than some
        0.1 ms. Whatever their number, the results are the same to the last digit. NumPy takes one.
        """
        return self._threads

    @threads.setter
    def threads(self, count: int) -> None:
        if not isinstance(count, int) or not 1 <= count < 2**31:
            raise ArgumentError(f"threads is a whole number of at least 1, not {count!r}")
        self._threads = count
        if self._machine is not None:
            self._machine.threads = count
        self._of_batches.threads = count

    def with_engine(self, engine: str) -> Tape:
        """The same tape run by another engine; see `engine` for their names.

        "auto" is the one that WHYGRAD_REPLAY of the environment names; without it NumPy where
        WHYGRAD_PURE asks for Python files, else the fastest.

        "cc" is never taken by itself: derivatives of rows are computed by C that this machine's
        compiler makes of the tape (CC of the environment, or clang, gcc or cc), some 5 to 20 %
        faster than the interpreter and compiled in a second or more for 1,000 operations. It is
        kept in the user's cache, in a folder that nobody else can read. Past 4,000 operations, or
        for what is computed a few times, stay with the interpreter.

        Raises ValueError where this machine or this installation has not that engine, or the tape
        is too large for it; CompilerError where there is no compiler or no private cache.
        """
        tape = Tape(
            self._program, self.parameters, self._others,
            several=self._several, labels=self._labels, wrt=self.wrt, engine=engine,
        )  # fmt: skip
        tape.threads = self.threads
        return tape

    def prepare(self, rows: Any) -> Batch:
        """A batch made ready, so that many calls on it need not do it again.

        `rows` is a table with one row for each example and one column for each input of the
        recorded function. Raises TypeError or ValueError where it is not.
        """
        if isinstance(rows, Batch):
            if rows.layout == self._layout:
                return rows
            rows = rows.table  # made ready by a tape with other blocks
        if rows is None and not self._program.columns:
            return self._one_empty_row
        return Batch(rows_of(rows, self._program.columns), self._layout)

    def __call__(self, batch: Any = None) -> Floats:
        """The recorded function's value for each row; a column each where it returns several.

        Raises what the eager engine raises, naming the row.
        """
        ready, leaves = self.prepare(batch), get_data(self._leaves)
        values = np.empty((ready.rows, len(self._program.outputs)))
        broken = True
        if self._machine is not None:
            broken, _, _ = self._machine.evaluate(leaves, ready.packed, ready.rows, 1.0, -1, values)
        if broken:
            result = self._interpreter.evaluate(leaves, ready.table, 1.0, None)
            if not result.finite:
                self._interpreter.check_numbers(leaves, ready.table)
            values[:] = result.values
        return values if self._several else values[:, 0]

    def value_and_grad(
        self,
        batch: Any = None,
        *,
        at: Any = None,
        wrt: str | None = None,
        reduction: str = "mean",
    ) -> tuple[Any, Floats]:
        """The function's value and its gradient: the mean or sum over the rows, or of each row.

        Args:
            batch: a table with a row for each example, or what `prepare` made of one.
            at: the leaves' numbers in one array instead of their `data`: the parameters, then
                other leaves if there are any.
            wrt: "inputs" or "parameters", what is differentiated by; by default the tape's `wrt`.
            reduction: "mean" or "sum" over the rows; "none" for each row by itself.

        Returns:
            The value, a float, and the gradient, n numbers for n inputs or parameters. Of each row:
            arrays of rows and of rows x n. A function that returns a list of k results has k
            values, or rows x k, and gradients k x n, or rows x k x n.

        Raises:
            TypeError, ValueError: a batch, `at`, `wrt` or reduction that cannot be right.
            DomainError, PoleError, RangeError: as the eager engine, naming the row.

        >>> from autograd import Value, record
        >>> w = Value(3.0)
        >>> tape = record(lambda x: w * x, inputs=1)
        >>> tape.value_and_grad([[1.0], [3.0]])
        (6.0, array([2.]))
        >>> tape.value_and_grad([[1.0], [3.0]], wrt="inputs", reduction="none")
        (array([3., 9.]), array([[3.],
               [3.]]))
        """
        # This is called millions of times, so the usual cases are asked for first.
        usual = wrt is None and reduction == "mean"
        one = self._one if usual else None
        if one is not None and batch is None and (pair := one(at, _NO_COLUMNS)) is not None:
            return pair  # type: ignore[no-any-return]
        own = type(batch) is Batch and batch.layout is self._layout
        ready = batch if own else self.prepare(batch)
        if at is None:
            at = get_data(self._leaves)
        rows = ready.rows
        records = None if not usual else self._usual_of_one if rows == 1 else self._usual
        if records is not None:
            found = records(at, ready.packed, rows, 1.0 / rows, 0, None)
            if found is not None and not found[0]:
                _, value, gradient = found
                return value, gradient
        by = self.wrt if wrt is None else checked_wrt(wrt)
        if one is not None and rows == 1 and (pair := one(at, ready.packed)) is not None:
            return pair  # type: ignore[no-any-return]
        if by == INPUTS or reduction == "none" or self._native:
            leaves = self._given(at)
            each = self._of_batches.gradients(leaves, ready, by, checked_reduction(reduction))
            return self._pair(*each, of_each_row=reduction == "none")
        seed = 1.0 / rows if reduction == "mean" else _seed(reduction, rows)
        if self._by_single if rows > 1 else self._one_by_single:
            sums = self._derivatives.finite_gradients(self._given(at), ready, by, seed)
            if sums is not None:
                return self._pair(*sums, of_each_row=False)
        if self._quick is not None:
            found = self._quick(at, ready.packed, rows, seed, 0, None)
            if found is not None and not found[0]:
                _, value, gradient = found
                return value, gradient
        leaves = self._given(at)
        if self._several:
            return self._each_gradient(leaves, ready, seed)
        return self._differentiate(leaves, ready, seed, 0)

    def _first_of_one(self, at: Any, columns: Floats) -> Any:
        """Make the code for one row, to be called from now on, and call it.

        A function without inputs gets an attribute in front of its method `value_and_grad`: the
        usual call `value_and_grad(at=...)` then takes a fifth of a microsecond.
        """
        code = self._derivatives.of_gradients(self.wrt).code
        self._one = code.quick
        if not self._program.columns:
            me: Any = proxy(self)  # so that there is no cycle
            slow = partial(Tape.value_and_grad, me)
            self.value_and_grad = machine.OneRow(code, _NO_COLUMNS, slow)  # type: ignore[method-assign]
        return self._one(at, columns)

    def bind(
        self,
        numbers: Floats | None = None,
        *,
        wrt: str | None = None,
        order: int = 1,
        sparse: bool = False,
    ) -> Any:
        """A call on one row that reads its numbers from one array and allocates nothing.

        `call = tape.bind()` has three arrays, which stay the same: `call.numbers` are the inputs of
        one row, then the leaves (parameters, then others; they begin as the Values' `data`);
        `call()` computes, and writes `call.value`, k numbers for k results, and `call.gradient`, n
        numbers for n inputs or parameters, k x n for a function that returns a list. Set the
        numbers in place, `call.numbers[:] = x`, and call. Each thread binds its own.

        Args:
            numbers: an array of your own to be read, of float64 in one piece.
            wrt: "inputs" or "parameters"; by default the tape's `wrt`.
            order: 2 for second derivatives too, in `call.hessian`: n x n numbers, k x n x n for a
                function that returns a list. The call writes the entries that can be other than 0.
            sparse: `call.hessian` has these alone, of a function of one result: three arrays
                (i, j, entries) as `hessian(sparse=True)` gives, `entries` being written in place.

        Raises:
            ValueError: such an array, `wrt` or `order` cannot be right. The call raises what the
                eager engine raises.

        >>> from autograd import record
        >>> call = record(lambda x, y: x * y, inputs=2).bind()
        >>> call.numbers[:] = 2.0, 3.0
        >>> call()
        >>> call.value.tolist(), call.gradient.tolist()
        ([6.0], [3.0, 2.0])
        >>> call = record(lambda x, y: x * x * y, inputs=2).bind(order=2)
        >>> call.numbers[:] = 2.0, 3.0
        >>> call()
        >>> call.hessian.tolist()
        [[6.0, 4.0], [4.0, 0.0]]
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        if order not in (1, 2):
            raise ArgumentError(f"order is 1 or 2, not {order!r}")
        if sparse:
            if order == 1:
                raise ArgumentError("sparse is how second derivatives are given: add order=2")
            self._refuse_several("a sparse hessian")
        count = self._program.columns + len(self._leaves)
        if numbers is None:
            numbers = np.append(np.zeros(self._program.columns), get_data(self._leaves))
        elif (
            not isinstance(numbers, np.ndarray) or numbers.dtype != np.float64
            or numbers.shape != (count,) or not numbers.flags.carray
        ):  # fmt: skip
            raise ArgumentError(
                f"bind takes an array of {count} float64 in one piece: the inputs, then the leaves"
            )
        of = self._derivatives.of_gradients if order == 1 else self._derivatives.of_both_orders
        return bind(of(by), numbers, several=self._several, sparse=sparse)

    def _pair(self, values: Floats, gradients: Floats, *, of_each_row: bool) -> tuple[Any, Floats]:
        """Value and gradient as a function of one result or of several has them."""
        if self._several:
            return values, gradients
        value = values[..., 0]
        return value if of_each_row else float(value), gradients[..., 0, :]

    def jacobian(self, batch: Any = None, *, at: Any = None, wrt: str | None = None) -> Floats:
        """The first derivatives of each row: rows x results x inputs (or parameters).

        A function with one result has a jacobian of rows x 1 x inputs. The arguments, and what is
        raised, are those of `value_and_grad`.

        >>> from autograd import record
        >>> record(lambda x, y: [x * y, x + y], inputs=2).jacobian([[2.0, 3.0]]).tolist()
        [[[3.0, 2.0], [1.0, 1.0]]]
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        ready, leaves = self.prepare(batch), self._leaves_at(at)
        return self._of_batches.gradients(leaves, ready, by, "none")[1]

    def hessian(
        self,
        batch: Any = None,
        *,
        at: Any = None,
        wrt: str | None = None,
        reduction: str = "mean",
        sparse: bool = False,
    ) -> Any:
        """The second derivatives: of the mean or sum over the rows, or of each row.

        The arguments, and what is raised, are those of `value_and_grad`. Only entries that can be
        other than 0 are computed: a chain of n variables costs some n operations, not n².

        Returns:
            n x n numbers for n inputs or parameters; of each row, rows x n x n. A function that
            returns a list of k results has k x n x n, or rows x k x n x n. With `sparse`, for a
            function of one result, three arrays (i, j, entries): the places of all entries that can
            be other than 0, row by row, and their numbers, or rows x numbers.
            `scipy.sparse.coo_array((entries, (i, j)))` takes them.

        >>> from autograd import record
        >>> record(lambda x, y: x * x * y, inputs=2).hessian([[2.0, 3.0]]).tolist()
        [[6.0, 4.0], [4.0, 0.0]]
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        ready, leaves = self.prepare(batch), self._leaves_at(at)
        checked_reduction(reduction)
        if sparse:
            self._refuse_several("a sparse hessian")
            return self._of_batches.sparse_hessian(leaves, ready, by, reduction)
        found = self._of_batches.hessians(leaves, ready, by, reduction)
        return found if self._several else found[..., 0, :, :]

    def hvp(
        self,
        vector: Any,
        batch: Any = None,
        *,
        at: Any = None,
        wrt: str | None = None,
        reduction: str = "mean",
    ) -> Floats:
        """The Hessian times a vector, without the Hessian: some twice the work of a gradient.

        `vector` has n numbers, one for each input or parameter. The other arguments, and what is
        raised, are those of `value_and_grad`. It gives n numbers, of each row rows x n. Raises
        ValueError where the recorded function returned a list.

        >>> from autograd import record
        >>> record(lambda x, y: x * x * y, inputs=2).hvp([1.0, 0.0], [[2.0, 3.0]]).tolist()
        [6.0, 4.0]
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        self._refuse_several("hvp")
        numbers = checked_vector(vector, self._derivatives.count(by), by)
        ready, leaves = self.prepare(batch), self._leaves_at(at)
        checked_reduction(reduction)
        return self._of_batches.products(numbers, leaves, ready, by, reduction)

    def _refuse_several(self, what: str) -> None:
        if self._several:
            raise ArgumentError(
                f"{what} is of one result, but the recorded function returned a list: record a "
                "function that returns one of them"
            )

    def _leaves_at(self, at: Any) -> Floats:
        return get_data(self._leaves) if at is None else self._given(at)

    def _check_numbers(self, leaves: Floats, batch: Batch) -> None:
        own = leaves[: len(self._leaves)]  # after them a vector that is multiplied by may stand
        self._interpreter.check_numbers(own, batch.table)

    def _each_gradient(self, leaves: Floats, batch: Batch, seed: float) -> tuple[Floats, Floats]:
        count = len(self._program.outputs)
        each = [self._differentiate(leaves, batch, seed, which) for which in range(count)]
        totals = np.array(each[0][0]).reshape(count)
        return totals, np.array([gradient for _, gradient in each])

    def train(
        self,
        batch: Any = None,
        optimizer: OptimizerLike | None = None,
        iterations: int = 1,
        *,
        batch_size: int | None = None,
        seed: int | None = None,
        reduction: str = "mean",
        each: Callable[[int, float], Any] | None = None,
    ) -> Floats:
        """Train the parameters, and return the loss of each iteration, before its update.

        An iteration is a forward pass, a backward pass and an update. A tape with several results
        trains the first. After an error or a KeyboardInterrupt the parameters are as they were
        before that iteration.

        What the recorded function read besides its inputs and its leaf Values is frozen: a number
        that `each` changes (a weight of the loss, an attribute) stays as it was when the tape was
        recorded. Make it an input, or a leaf. Leaves, and the settings of the optimiser, are read
        when an epoch begins; with all rows and a constant learning rate that is once, at the start.

        Args:
            batch: a table with a row for each example, or what `prepare` made of one.
            optimizer: one of nn's, such as `nn.Adam(0.01)`, or what has a `rule()` like theirs.
            iterations: how many.
            batch_size: rows of an iteration, drawn without repetition, epoch after epoch; by
                default all.
            seed: decides the order of the rows.
            reduction: "mean" or "sum" of the rows' results.
            each: called with the iterations done and the last loss, at least ten times a second.

        Raises:
            TypeError, ValueError: settings or a batch that cannot be right.
            DomainError, PoleError, RangeError: as the eager engine, naming iteration and row.
            StepError: the loss, a gradient or a parameter is not finite.

        >>> from autograd import Value, record
        >>> from autograd.replay import Descent
        >>> w = Value(0.0)
        >>> losses = record(lambda x: (w - x) ** 2, inputs=1).train([[1.0], [3.0]], Descent(0.5), 2)
        >>> losses.tolist(), w.data
        ([5.0, 1.0], 2.0)
        """
        ready = self.prepare(batch)
        iterations = whole_number("iterations", iterations, 0)
        if isinstance(optimizer, type) or not hasattr(optimizer, "rule"):
            raise ArgumentTypeError(
                f"train needs an optimizer, such as nn.SGD(0.1), not {optimizer!r}"
            )
        assert optimizer is not None
        _seed(reduction, ready.rows)
        plan = epochs(ready.rows, batch_size, iterations, optimizer, seed)
        mean = reduction == "mean"
        return train([self.part(ready)], self.parameters, plan, optimizer, iterations, mean, each)

    def run(
        self,
        batch: Batch,
        steps: Steps,
        rule: UpdateRule,
        state: Floats,
        done_before: int,
        losses: Floats,
        reduction: str = "mean",
    ) -> Iterator[int]:
        """Take the steps, and yield the number of those done at least ten times a second.

        At every yield the parameters' `data` are those after that step, and losses[:k] are set.
        `state` is the optimiser's memory, two rows as long as the parameters, and changes with
        them; `done_before` counts the steps that it remembers.
        """
        batch = self.prepare(batch)
        steps.check(batch.rows)
        _seed(reduction, batch.rows)
        mean = reduction == "mean"
        training = Training(
            [self.part(batch)], self.parameters, steps, rule, state, done_before, losses, mean
        )
        return training.run()

    def part(self, batch: Batch) -> Part:
        """What training needs of the tape, with a batch that it prepared."""
        leaves = get_data(self._leaves)
        one_row = None if self._one is None else self._code_of_one_row
        return Part(self._program, self._machine, self._interpreter, leaves, batch, one_row)

    def _code_of_one_row(self) -> Any:
        """What computes value and gradient of one row by single operations."""
        return self._derivatives.of_gradients(PARAMETERS).code

    def _differentiate(
        self, leaves: Floats, batch: Batch, seed: float, which: int
    ) -> tuple[Any, Floats]:
        """The total, or all of them, and the gradient of one."""
        if self._machine is not None:
            broken, totals, gradient = self._machine.evaluate(
                leaves, batch.packed, batch.rows, seed, which, None
            )
            if not broken:
                return totals, gradient
        result = self._interpreter.evaluate(leaves, batch.table, seed, which)
        if not result.finite:
            self._interpreter.check_numbers(leaves, batch.table)
        assert result.gradient is not None
        totals = result.totals
        return totals if self._several else float(totals[0]), result.gradient

    def objective(
        self, batch: Any = None, *, wrt: str | None = None, reduction: str = "mean"
    ) -> Objective:
        """The tape as a function of one vector, as SciPy's optimisers and solvers ask for it.

        `objective(x)` is the value and the gradient, `.hess(x)` and `.hessp(x, v)` are of second
        order, `.residuals(x)` and `.jacobian(x)` of every row; `.start` has the numbers of now, and
        `.put(x)` sets them:

            minimize(objective, objective.start, jac=True, hessp=objective.hessp)
            least_squares(objective.residuals, objective.start, jac=objective.jacobian)
            root(objective.residuals, x0, jac=objective.jacobian)

        Args:
            batch: the rows, where x are the parameters.
            wrt: what x are: "parameters", or the "inputs" of one row; by default the tape's `wrt`.
            reduction: "mean" or "sum" over the rows.

        Raises:
            TypeError, ValueError: a batch, `wrt` or reduction that cannot be right.

        >>> from autograd import record
        >>> objective = record(lambda x, y: (x - 1) ** 2 + x * y, inputs=2).objective()
        >>> objective([2.0, 3.0])[1].tolist(), objective.hess([2.0, 3.0]).tolist()
        ([5.0, 2.0], [[2.0, 1.0], [1.0, 0.0]])
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        _seed(reduction, 1)
        return Objective(self, self._others, batch, by, reduction)

    # Elsewhere than here

    def to_numpy(self, *, wrt: str | None = None) -> str:
        """A Python module as text, which needs NumPy alone.

        It has `value(...)` and `value_and_gradient(...)`, which take the inputs by their names, as
        numbers or as arrays, and the parameters' numbers, `PARAMETERS` if not given. `wrt` is what
        the gradient is by, "inputs" or "parameters"; by default the tape's `wrt`.

        >>> from autograd import record
        >>> module = {}
        >>> exec(record(lambda width, height: width * height, inputs=2).to_numpy(), module)
        >>> module["value_and_gradient"](width=2.0, height=3.0)
        (6.0, [3.0, 2.0])
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        labels = [v.label for v in self._leaves]
        flat = flatten_with_gradients(self._program, by, strict=True)
        numbers = get_data(self._leaves).tolist()
        from autograd.replay.exports.numpy_module import numpy_module

        return numpy_module(flat, by, self._labels, labels, numbers, self._several)

    def to_jax(self) -> Callable[..., Any]:
        """A function `g(*inputs, parameters=those of now)` of JAX, in JAX's own dtype.

        `jax.jit`, `vmap`, `grad` and a GPU take it. Inputs are numbers or arrays of one shape;
        `parameters` is one array, in the tape's order. It returns what the recorded function does:
        an array, or a list of them. Raises ModuleNotFoundError where there is no JAX.
        """
        from autograd.replay.exports.jax_function import jax_function

        return jax_function(self._program, get_data(self._leaves), self._several)

    def to_c(self, name: str, path: str | Path, *, wrt: str | None = None) -> Path:
        """Write the tape as C99, which needs the C library alone; the path of the source.

        The header, beside it and of its name, tells how `name(inputs, parameters, results)` and
        `name_gradient(..., gradient)` are called, and `name_rows` and `name_gradient_rows`, which
        take many rows, every input and result as a column. Compiled with `-DNAME_MAIN` it is a
        program that reads rows and prints results.

        Args:
            name: of the functions, a name in C.
            path: of the source, which ends in .c.
            wrt: what the gradient is by, "inputs" or "parameters"; by default the tape's `wrt`.

        Raises:
            ValueError: a name or a path that cannot be right.
            OutputError: the path cannot be written; an OSError too.
        """
        by = self.wrt if wrt is None else checked_wrt(wrt)
        labels = [v.label for v in self._leaves]
        flat = flatten_with_gradients(self._program, by, strict=True)
        numbers = get_data(self._leaves).tolist()
        from autograd.replay.exports.c import write_c

        return write_c(flat, name, Path(path), by, self._labels, labels, numbers)

    # The numbers of the leaves

    def _given(self, at: Any) -> Floats:
        try:
            leaves = as_floats(at)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentTypeError(f"at must hold numbers: {error}") from None
        if leaves.shape != self._program.place.shape:
            needed = len(self._program.place)
            raise ArgumentError(f"at must hold {needed} numbers, not the shape {leaves.shape}")
        return leaves

    # What it is

    def __repr__(self) -> str:
        program = self._program
        records = len(program.shared) + len(program.rows)
        return (
            f"Tape({program.columns} inputs, {program.parameters} parameters, {records} records, "
            f"{program.nbytes:,} bytes, run by {self.engine})"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {
            "program": self._program,
            "parameters": self.parameters,
            "others": self._others,
            "several": self._several,
            "labels": self._labels,
            "wrt": self.wrt,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        program = state["program"]
        if type(program) is not Program:
            raise ArgumentTypeError("the pickle holds no tape")
        program.check()
        self.__init__(  # type: ignore[misc]
            program,
            state["parameters"],
            state["others"],
            several=bool(state["several"]),
            labels=state.get("labels"),
            wrt=state.get("wrt"),
        )


def _seed(reduction: str, rows: int) -> float:
    """The weight of a row."""
    if reduction == "mean":
        return 1.0 / rows
    if reduction == "sum":
        return 1.0
    raise ArgumentError(f"reduction is 'mean' or 'sum' here, not {checked_reduction(reduction)!r}")


def _machine_of(program: Program, engine: str) -> Any:
    """The compiled interpreter for a checked program; None where NumPy is to run it."""
    if engine == "auto":
        engine = os.environ.get("WHYGRAD_REPLAY") or "auto"
    if engine == "auto":
        pure = "autograd._pure" in sys.modules  # as WHYGRAD_PURE asks
        engine = "numpy" if pure else ENGINES[0]
    if engine not in ENGINES:
        raise ArgumentError(f"there is no engine {engine!r} here, only {', '.join(ENGINES)}")
    if engine == "numpy":
        return None
    return machine.Machine(
        program.shared, program.rows, program.index, program.scalars, program.outputs,
        program.clear, program.place, len(program.place), program.parameters, program.columns,
        program.slots, program.lanes, engine,
    )  # fmt: skip


def _threads_to_use() -> int:
    given = os.environ.get("WHYGRAD_THREADS", "")
    if given:
        if not given.isdecimal() or int(given) < 1:
            raise ArgumentError(f"WHYGRAD_THREADS is a number of at least 1, not {given!r}")
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
