"""The workers of a cluster in training: who holds which partition, and what when one is lost.

A question goes to the holder of each worker. Where a worker is lost, its partitions are computed
anew on others, and only what was not answered is asked again; a worker that joins gets its share
when the next epoch begins.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import autograd
from autograd.errors import ArgumentTypeError
from nn.distributed.partitions import Plan, packed
from nn.distributed.tables import Table
from nn.distributed.worker import Broken, Holder, Recipe
from nn.errors import ClusterError

__all__ = ["Holders", "check_client"]

PATIENCE = 30.0  # seconds without any worker after which the training is given up
_ATTEMPTS = 10  # times that a question is asked, each after workers were lost
_LOOK = 1.0  # seconds between looks at who is there
_SHARE_OF_MEMORY = 0.6  # of the workers' memory that packed partitions may take
_COPIES = 6  # of a table: packed for the gradient and the scores, and on the way there


@dataclass(frozen=True)
class _Actor:
    """The holder of these partitions on a worker; it lives until its future is released."""

    numbers: list[int]
    holder: Any
    future: Any


class Holders:
    """Partitions spread over the workers of a client.

    They are kept where the workers have the memory for them; else a worker reads one after another
    whenever it is asked.
    """

    def __init__(self, client: Any, table: Table, numbers: Sequence[int], plan: Plan, nbytes: int):
        self.client, self.table, self.numbers, self.plan = client, table, list(numbers), plan
        self.keeps = table.in_memory or _COPIES * nbytes <= _SHARE_OF_MEMORY * self._memory()
        self.held: dict[int, Any] = {}  # futures of packed partitions
        self.where: dict[int, str] = {}
        self.actors: dict[str, _Actor] = {}
        self.recipe = b""
        self.placed: set[str] = set()  # the workers among whom the partitions were shared out
        self.checked: set[str] = set()  # workers that have this version of the library
        self.looked = 0.0
        self.trouble: Exception | None = None  # why a question was not answered
        if self.keeps:
            tasks = [table.task(n, packed, plan) for n in self.numbers]
            futures = client.compute(tasks)
            self.held = dict(zip(self.numbers, futures, strict=True))

    def send(self, recipe: Recipe) -> None:
        """Give every worker the recipe, with the tapes."""
        self.close()
        self.recipe = pickle.dumps(recipe)
        self._place()

    def close(self) -> None:
        """Let the holders go."""
        for actor in self.actors.values():
            actor.future.release()
        self.actors.clear()
        gc.collect()  # Dask's calls of an actor are cycles, which keep it alive

    def ask(
        self, numbers: Sequence[int], question: Callable[[Any, list[int]], Any]
    ) -> dict[int, Any]:
        """The answer for each of these partitions; `question(holder, numbers)` asks one worker.

        Raises ClusterError where all workers are lost.
        """
        open_ones = set(numbers)
        by_number: dict[int, Any] = {}
        for _ in range(_ATTEMPTS):
            calls = {}
            for address, actor in self.actors.items():
                wanted = [n for n in actor.numbers if n in open_ones]
                if wanted:
                    calls[address] = self._called(question, actor.holder, wanted)
            for address, call in calls.items():
                answers = None if call is None else self._answer(address, call)
                if answers is None:
                    self.actors.pop(address).future.release()
                    continue
                for answer in answers:
                    if isinstance(answer, Broken):
                        return {answer.partition: answer}
                    by_number[answer.partition] = answer
                    open_ones.discard(answer.partition)
            if not open_ones:
                return by_number
            self._place()
        raise ClusterError(
            f"workers did not answer {_ATTEMPTS} times in one step, the last time for "
            f"{self.trouble!r}: look at their memory and their logs"
        )

    def _called(self, question: Callable[[Any, list[int]], Any], *given: Any) -> Any:
        """The question as it is being asked; None where the holder is known to be lost."""
        try:
            return question(*given)
        except Exception as error:
            self.trouble = error
            return None

    def _answer(self, address: str, call: Any) -> Any:
        """What the worker answers; None where it is lost."""
        while True:
            try:
                return call.result(timeout=_LOOK)
            except (TimeoutError, asyncio.TimeoutError):
                if address not in self._workers():
                    return None
            except Exception as error:  # not in a partition: that would be an answer
                self.trouble = error
                return None

    def look(self) -> None:
        """Give workers that have joined meanwhile their share."""
        if time.monotonic() - self.looked > _LOOK:
            self.looked = time.monotonic()
            if set(self._workers()) != self.placed:
                self._place()

    # Placing

    def _place(self) -> None:
        """Make every partition held by a worker that is there, and about as many by each."""
        workers = self._present()
        self._check_versions(list(workers))
        self._assign(list(workers))
        self.placed = set(workers)
        kept: dict[str, _Actor] = {}
        made = []
        for address in workers:
            numbers = [n for n in self.numbers if self.where[n] == address]
            if address in self.actors and self.actors[address].numbers == numbers:
                kept[address] = self.actors.pop(address)
            elif numbers:
                made.append((address, numbers, self._holder(address, numbers, workers[address])))
        self.close()
        self.actors = kept
        for address, numbers, future in made:
            holder = self._made(address, future)
            if holder is not None:
                self.actors[address] = _Actor(numbers, holder, future)

    def _holder(self, address: str, numbers: list[int], worker: Any) -> Any:
        sources = {} if self.keeps else {n: self.table.parts[n] for n in numbers}
        return self.client.submit(
            Holder,
            self.recipe,
            [self.held[n] for n in numbers] if self.keeps else [],
            _pickled(sources),
            max(1, worker["nthreads"]),
            workers=[address],
            actor=True,
            pure=False,
        )

    def _made(self, address: str, future: Any) -> Any:
        """The actor, or None where its worker is lost meanwhile."""
        while True:
            try:
                return future.result(timeout=_LOOK)
            except (TimeoutError, asyncio.TimeoutError):
                if address not in self._workers():
                    return None
            except Exception as error:
                if address in self._workers() and self.client.status == "running":
                    raise ClusterError(f"a worker cannot take its partitions: {error}") from error
                return None

    def _assign(self, workers: list[str]) -> None:
        """Decide where each partition is: where it is now, but for what is too much there."""
        most = -(-len(self.numbers) // len(workers))
        if self.keeps:
            self._settle()
            who = self.client.who_has(list(self.held.values()))
            for n, future in self.held.items():
                places = [w for w in who.get(future.key, ()) if w in workers]
                self.where[n] = places[0] if places else ""
        counts = dict.fromkeys(workers, 0)
        surplus = []
        for n in self.numbers:
            here = self.where.get(n, "")
            if here in counts and counts[here] < most:
                counts[here] += 1
            else:
                surplus.append(n)
        for n in surplus:
            address = min(counts, key=lambda w: counts[w])
            counts[address] += 1
            self.where[n] = address
            if self.keeps:  # computed there, not sent
                task = self.table.task(n, packed, self.plan)
                self.held[n] = self.client.compute(
                    task, workers=[address], allow_other_workers=True
                )

    def _settle(self) -> None:
        """Wait until every partition is packed somewhere."""
        while True:
            states = {future.status for future in self.held.values()}
            if states == {"finished"}:
                return
            if not states & {"pending", "lost"}:  # a lost one is computed anew
                bad = next(f for f in self.held.values() if f.status != "finished")
                if bad.status == "error":
                    raise bad.exception()
                raise ClusterError(f"a partition is {bad.status} on the cluster")
            self._present()
            time.sleep(0.01)

    # Who is there

    def _workers(self) -> dict[str, Any]:
        check_client(self.client)
        workers: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _present(self) -> dict[str, Any]:
        """The workers that are there; waits for one where there is none."""
        until = time.monotonic() + PATIENCE
        while not (workers := self._workers()):
            if time.monotonic() > until:
                raise ClusterError(
                    f"all workers are lost, and none came back within {PATIENCE:g} s. The model "
                    "has the parameters of the last finished step: with workers again, fit(..., "
                    "warm_start=True) goes on from there"
                )
            time.sleep(0.1)
        return workers

    def _memory(self) -> float:
        """Bytes of all workers together; without a limit as many as it takes."""
        limits = [worker.get("memory_limit") for worker in self._present().values()]
        return float(sum(limits)) if all(limits) else float("inf")

    def _check_versions(self, workers: list[str]) -> None:
        """Tapes are not understood by another version of this library."""
        new = [address for address in workers if address not in self.checked]
        if not new:
            return
        try:
            versions = self.client.run(library_version, workers=new)
        except ImportError as error:
            raise ClusterError(f"a worker cannot import whygrad: {error}") from error
        except OSError:
            return  # a worker is lost meanwhile; who comes is asked the next time
        for address, version in versions.items():
            if version != autograd.__version__:
                raise ClusterError(
                    f"the worker {address} has whygrad {version}, but here it is "
                    f"{autograd.__version__}: install the same on both"
                )
        self.checked.update(new)


def library_version() -> str:
    """The version of this library, as a worker has it."""
    return autograd.__version__


def check_client(client: Any) -> None:
    """Raise ClusterError where the client is closed, TypeError where it is none."""
    if not hasattr(client, "scheduler_info"):
        raise ArgumentTypeError(f"client is a dask.distributed.Client, not {client!r}")
    if client.status != "running":
        raise ClusterError(f"the client is {client.status}: training needs one that is connected")


def _pickled(sources: dict[int, Any]) -> bytes:
    """Recipes of partitions, also those with functions of a notebook."""
    from distributed.protocol.pickle import dumps

    pickled: bytes = dumps(sources)
    return pickled
