"""The trial of the audit: right sheets and sheets with slips, by a learner that it does not know.

`python tests/autograd/audit/trial/trial.py [sheets]` prints the table. A sheet comes in three
forms: with all steps, without the deltas, with the answers only. A slip counts as seen where the
sheet is not called right, as named where a reading of any wrong entry says its word.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fresh import FRESH
from further import FURTHER
from hand import SCALES, WORDS, Chance, Draw, Hand, Precision, Problem
from networks import ELEVEN
from unseen import UNSEEN

from autograd import audit
from autograd.value import Value

SHOWS = ("full", "no deltas", "answers")
SETS = {"eleven": ELEVEN, "further": FURTHER, "unseen": UNSEEN, "fresh": FRESH}


def computed(problem: Problem, how: Precision, slips: tuple[Chance, ...] = ()) -> Hand:
    """The learner's sheet; it ends early where a slip leads out of a function's domain."""
    h = Hand(how, slips)
    try:
        problem.hand(h)
    except (ValueError, ZeroDivisionError, OverflowError):
        h.made.clear()
    return h


@dataclass
class Sheet:
    """A sheet with slips, in its three forms."""

    network: str
    problem: Problem
    graph: Value
    hand: Hand
    slips: tuple[Chance, ...]

    def shown(self, show: str) -> dict[str, str]:
        return self.hand.sheet(show)


def right_sheets(nets: dict[str, Draw], each: int, seed: int, cut: bool = False) -> list[Sheet]:
    found = []
    for name, draw in nets.items():
        rng = random.Random(f"{name} {seed} {cut}")
        for i in range(each):
            problem = draw(rng)
            how = Precision([3, 4][i % 2] + (i % 4 == 2), i % 4 == 3, cut)
            found.append(Sheet(name, problem, problem.graph(), computed(problem, how), ()))
    return found


def slipped(nets: dict[str, Draw], n: int, seed: int, many: int = 1) -> list[Sheet]:
    """N sheets with so many slips each, the kinds in turn; each can be seen on the full sheet."""
    rng, found, turn = random.Random(seed), [], 0
    kinds = sorted(WORDS)
    misses: Counter[str] = Counter()
    while len(found) < n:
        kind = kinds[turn % len(kinds)]
        name = rng.choice(list(nets))
        problem = nets[name](rng)
        how = Precision(rng.choice([3, 4, 4, 5]), rng.random() < 0.25, False)
        right = computed(problem, how)
        chances = [c for c in right.chances if c.kind == kind]
        if not chances:
            misses[kind] += 1
            turn += misses[kind] % 60 == 0
            continue
        slips = (rng.choice(chances),)
        if many == 2:
            others = [c for c in right.chances if c.at != slips[0].at and c.kind != kind]
            slips += (rng.choice(others),)
        h = computed(problem, how, slips)
        if len(h.entries) < len(right.entries):
            continue
        if len(set(h.made)) < many or _same(right.sheet("full"), h.sheet("full")):
            continue
        turn += 1
        found.append(Sheet(name, problem, problem.graph(), h, slips))
    return found


def _same(a: dict[str, str], b: dict[str, str]) -> bool:
    return all(a[k] == b[k] for k in a)


# Two slips in one entry, composed by the learner


def in_one_entry(nets: dict[str, Draw], n: int, seed: int) -> list[Sheet]:
    """Sheets with two slips at one step: their factors multiply, or their changes add up."""
    rng, found = random.Random(seed), []
    while len(found) < n:
        name = rng.choice(list(nets))
        problem = nets[name](rng)
        how = Precision(rng.choice([4, 5]))
        right = computed(problem, how)
        at = rng.choice([c.at for c in right.chances if c.at in right.entries and "'" not in c.at])
        mine = [
            c
            for c in right.chances
            if c.at == at and "digits" not in c.kind and "decimal" not in c.kind
        ]
        if len({c.kind for c in mine}) < 2:
            continue
        first = rng.choice(mine)
        second = rng.choice([c for c in mine if c.kind != first.kind])
        if not _compose(first.kind, second.kind):
            continue
        h = computed(problem, how, (first, second))
        if not h.made:
            continue
        single = [computed(problem, how, (c,)).entries[at][1] for c in (first, second)]
        if h.entries[at][1] in (*single, right.entries[at][1]) or not _scales(right, at, single):
            continue
        found.append(Sheet(name, problem, problem.graph(), h, (first, second)))
    return found


def _scales(right: Hand, at: str, single: list[str]) -> bool:
    """Whether one of the slips changes the number by a sign, by 2, ½ or n."""
    x = right.used(at)
    ratios = [float(text) / x for text in single if x]
    return any(abs(r - k) < 0.01 * abs(k) for r in ratios for k in (-1, 2, 0.5, 3, 1 / 3))


def _compose(a: str, b: str) -> bool:
    """Whether a learner can make both in one step, and both show: a scale or sign, and another."""
    return (a in SCALES) != (b in SCALES)


# What the audit says


@dataclass
class Rates:
    sheets: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    extra: int = 0
    missed: list[str] = field(default_factory=list)

    def share(self, of: Counter[str]) -> float:
        return sum(of.values()) / max(1, sum(self.sheets.values()))


def says(kind: str, diagnosis: object) -> bool:
    text = f"{diagnosis.kind}: {diagnosis.what}"
    return re.search(WORDS[kind], text) is not None


def measure(sheets: list[Sheet], show: str) -> Rates:
    """How many slips are seen, named, and named first."""
    rates = Rates()
    for s in sheets:
        shown = s.shown(show)
        found = audit(s.graph, shown, learning_rate=s.problem.rate)
        kind = s.slips[0].kind
        right = computed(s.problem, s.hand.precision).sheet(show)
        alone = [computed(s.problem, s.hand.precision, (c,)).sheet(show) for c in s.slips]
        if right in (shown, *alone):
            continue  # in this form of the sheet a slip does not show
        rates.sheets[kind] += 1
        wrong = [f for f in found if f.verdict == "wrong"]
        rates.seen[kind] += bool(wrong)
        rates.extra += max(0, len(wrong) - len(s.slips))
        named = [any(says(c.kind, d) for f in wrong for d in f.diagnoses) for c in s.slips]
        first = [any(says(c.kind, d) for f in wrong for d in f.diagnoses[:1]) for c in s.slips]
        rates.named[kind] += all(named)
        rates.first[kind] += all(first)
        if not all(first) or len(wrong) > len(s.slips):
            rates.missed.append(_told(s, show, wrong, all(named)))
    return rates


def _told(s: Sheet, show: str, wrong: list[object], named: bool) -> str:
    lines = [f"[{s.network}] {show}: {s.slips} {'named, not first' if named else 'NOT NAMED'}"]
    for f in wrong:
        lines.append(f"    {f.name} = {f.text} ({f.right:.6g})")
        lines += [f"        {d.kind}: {d.what} ({d.number:.6g})" for d in f.diagnoses]
    return "\n".join(lines)


def false_alarms(sheets: list[Sheet], show: str, verbose: bool = False) -> int:
    """How many right sheets are called wrong."""
    wrong = 0
    for s in sheets:
        found = audit(s.graph, s.shown(show), learning_rate=s.problem.rate)
        wrong += not found.right
        if verbose and not found.right:
            bad = [(f.name, f.text, f.right, f.verdict) for f in found.wrong]
            print(s.network, s.hand.precision, bad)
    return wrong


def report(nets: dict[str, Draw], n: int, seed: int, verbose: bool = False) -> Iterator[str]:
    for cut in (False, True):
        sheets = right_sheets(nets, max(4, n // 16), seed, cut)
        for show in SHOWS:
            wrong = false_alarms(sheets, show, verbose)
            what = "truncating" if cut else "right"
            share = f"{wrong / len(sheets):.1%}"
            yield f"{what} sheets, {show}: {wrong} of {len(sheets)} called wrong ({share})"
    sheets = slipped(nets, n, seed)
    for show in SHOWS:
        start = time.perf_counter()
        r = measure(sheets, show)
        each = (time.perf_counter() - start) / len(sheets)
        yield (
            f"slips, {show}: {sum(r.sheets.values())} sheets, seen {r.share(r.seen):.1%}, "
            f"named {r.share(r.named):.1%}, first {r.share(r.first):.1%}, "
            f"extra causes {r.extra}, {1000 * each:.0f} ms a sheet"
        )
        if verbose:
            print("\n".join(r.missed))
    both = slipped(nets, n // 3, seed + 1, many=2)
    for show in SHOWS:
        r = measure(both, show)
        yield (
            f"two slips in different entries, {show}: {sum(r.sheets.values())} sheets, "
            f"both named {r.share(r.named):.1%}"
        )
        if verbose:
            print("\n".join(r.missed))
    one = in_one_entry(nets, n // 6, seed + 2)
    for show in SHOWS:
        r = measure(one, show)
        yield (
            f"two slips in one entry, {show}: {sum(r.sheets.values())} sheets, "
            f"both named {r.share(r.named):.1%}"
        )
        if verbose:
            print("\n".join(r.missed))


if __name__ == "__main__":
    which = sys.argv[1] if len(sys.argv) > 1 else "eleven"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 390
    for key in SETS if which == "all" else [which]:
        print(f"== {key}")
        for line in report(SETS[key], count, seed=1, verbose="-v" in sys.argv):
            print(line, flush=True)
