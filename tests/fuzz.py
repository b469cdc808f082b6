"""Random programs over every operation, for some minutes: what does not hold is printed.

    python tests/fuzz.py --minutes 10 --seed 1

Held against one another: the compiled engine and the Python files, to the bit; first and second
derivatives and PyTorch's, and for a small part JAX's (`fuzzing/checks.py` says what may differ);
tapes on every engine and the eager engine; printed derivations, read back, and the engine. Models
and tapes are damaged and must be refused. A failure prints a program of a few lines that shows it,
made as small as can be; the same seed draws the same programs, and `--program 14884` runs that one
alone. What a library has otherwise is no finding where the other one, or exact arithmetic, has what
we have: how often is said. It runs the library that is installed and needs
`pip install ".[test,peers]"`; the last lines say what was tried, and what was left out for want of
a library.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from importlib.util import find_spec

from fuzzing.checks import Finding, check_builds, check_peers, check_tapes, observed
from fuzzing.damage import check_damage
from fuzzing.exact import Exact
from fuzzing.peers import Jax, PyTorch
from fuzzing.programs import OPERATIONS, Program, Step, draw
from fuzzing.reading import check_texts

import autograd

JAX_EACH = 50  # one program in so many is given to JAX too, which compiles every call of its own
DAMAGE_EACH = 20


class Worker:
    """This command in a process of its own, which answers programs: pure, or to be crashed."""

    def __init__(self, *options, pure=False):
        # With this folder on its path, as it is on ours.
        environment = {
            **os.environ,
            "PYTHONSAFEPATH": "",
            **({"WHYGRAD_PURE": "1"} if pure else {}),
        }
        self.process = subprocess.Popen(
            [sys.executable, __file__, *options],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, program):
        """The answer to a program. Raises Finding where the process died of it."""
        line = ""
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(as_data(program)) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        if not line:
            raise Finding(f"the process ended with {self.close()}")
        return json.loads(line)

    def close(self):
        """End the process; its exit code."""
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def as_data(program):
    """A program for JSON."""
    steps = [[OPERATIONS.index(step.operation), step.operands] for step in program.steps]
    return [[x.hex() for x in program.leaves], steps]


def from_data(data):
    """The program that `as_data` wrote."""
    leaves, steps = data
    return Program(
        tuple([float.fromhex(x) for x in leaves]),
        tuple([Step(OPERATIONS[i], tuple(operands)) for i, operands in steps]),
    )


def answer_each(answer):
    """Answer the programs that come in, a line each."""
    for line in sys.stdin:
        print(json.dumps(answer(from_data(json.loads(line)))), flush=True)


def answer_damage(program):
    """What is wrong after damage, or None."""
    try:
        check_damage(program)
    except Finding as finding:
        return str(finding)
    return None


class Checks:
    """All that is checked of a program, by name, each as often as its turn comes."""

    def __init__(self):
        self.left_out = []
        self.all = {"tapes": check_tapes, "printed text": check_texts}
        self.each = {"JAX": JAX_EACH, "damage": DAMAGE_EACH}
        if autograd.compiled:
            pure = Worker("--observe", pure=True)
            self.all["compiled = pure"] = lambda program: check_builds(program, pure)
        else:
            self.left_out.append("compiled = pure: the engine is not compiled here")
        self.peers, self.settled = [], Counter()
        for library, peer in (("torch", PyTorch), ("jax", Jax)):
            if find_spec(library):
                self._add_peer(peer())
            else:
                self.left_out.append(f"{peer.name}: not installed")
        self.peers.append(Exact())
        self.worker = None
        self.all["damage"] = self._damage

    def _add_peer(self, peer):
        self.peers.append(peer)
        self.all[peer.name] = lambda program: self._check_peer(program, peer)
        if peer.unknown:
            names = ", ".join(sorted(peer.unknown))
            self.left_out.append(f"{peer.name} has no {names}: programs with these")

    def _check_peer(self, program, peer):
        others = [other for other in self.peers if other is not peer]
        if check_peers(program, peer, others) == "settled":
            self.settled[peer.name] += 1

    def _damage(self, program):
        if self.worker is None or self.worker.process.poll() is not None:
            self.worker = Worker("--damage")
        problem = self.worker(program)
        if problem:
            raise Finding(problem)

    def due(self, count):
        """The checks whose turn it is, by name."""
        return {name: f for name, f in self.all.items() if count % self.each.get(name, 1) == 0}


def smallest(program, check):
    """The smallest program found for which the check still fails, and how."""
    finding, tried = _failure(program, check), True
    while tried:
        tried = False
        for other in program.smaller():
            found = _failure(other, check)
            if found is not None:
                program, finding, tried = other, found, True
                break
    return program, finding


def _failure(program, check):
    """What the check finds; any error that is none of its own is a finding too."""
    try:
        check(program)
    except Finding as finding:
        return str(finding)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def shown(program, finding):
    """A program to paste, with what was found as its last line."""
    names = sorted({step.operation.template.partition("(")[0] for step in program.steps})
    functions = [name for name in names if name.isidentifier()]
    lines = [f"from autograd import {', '.join(['Value', *functions])}"]
    for i, x in enumerate(program.leaves):
        number = repr(x) if abs(x) < float("inf") else f'float("{x}")'
        lines.append(f'x{i} = Value({number}, "x{i}")')
    lines += [*program.lines, f"{program.result}.backward()"]
    leaves = ", ".join(f"x{i}.grad" for i in range(len(program.leaves)))
    found = finding.replace("\n", "\n# ")
    return "\n".join([*lines, f"print({program.result}.data, {leaves})", f"# {found}"])


def drawn(seed, count):
    """The program of that number."""
    rng = random.Random(f"{seed} {count}")
    return draw(rng, special=rng.choice([0.0, 0.1, 0.6]), longest=rng.choice([3, 6, 14]))


def failures_of(program, checks, title, out=print):
    """What fails of the checks, which are given by name; each is printed."""
    failures = []
    for name, check in checks.items():
        if _failure(program, check) is not None:
            small, finding = smallest(program, check)
            failures.append(finding)
            out(f"\n== {name}, {title}", flush=True)
            out(shown(small, finding), flush=True)
    return failures


def fuzz(minutes, seed, most=5, out=print):
    """Run programs until the time is over; how many failed. More than `most` end it early."""
    checks = Checks()
    done, operations, failures = Counter(), Counter(), []
    end = time.monotonic() + 60.0 * minutes
    count = 0
    while time.monotonic() < end and len(failures) < most:
        program = drawn(seed, count)
        operations.update(step.operation.name for step in program.steps)
        due = checks.due(count)
        done.update(list(due))
        failures += failures_of(program, due, f"program {count} of seed {seed}", out)
        count += 1
    rarest = min(operations, key=operations.get) if operations else "none"
    out(f"\nseed {seed}: {count} programs, {operations.total()} operations, the rarest {rarest} "
        f"({operations[rarest]} times); {len(failures)} failed")  # fmt: skip
    for name, times in done.items():
        settled = checks.settled[name]
        out(f"  {name}: {times}" + f", {settled} settled by another" * bool(settled))
    for what in checks.left_out:
        out(f"  left out: {what}")
    return len(failures)


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=5, help="failures after which it ends")
    parser.add_argument("--program", type=int, help="the number of the only one to run")
    parser.add_argument("--observe", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--damage", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.observe:
        answer_each(observed)
    elif given.damage:
        answer_each(answer_damage)
    elif given.program is not None:
        title = f"program {given.program} of seed {given.seed}"
        sys.exit(1 if failures_of(drawn(given.seed, given.program), Checks().all, title) else 0)
    else:
        sys.exit(1 if fuzz(given.minutes, given.seed, given.most) else 0)


if __name__ == "__main__":
    main()
