"""Prints how fast and how small the engine is, beside other engines of scalars.

    pip install . && python tests/benchmarks/eager.py [--peers FOLDER] [--names FILE] [WORK ...]

Every figure is of processes of their own, on one core, with the garbage collector as it is by
default and also off: the median CPU time of several runs. All engines run in turns, some rounds of
them, and a ratio is the median of the rounds', each to the baseline's time in the same round.
Loss and gradients are compared with the baseline's before anything is printed. Peers are
installed with pip, each into a folder of its own; one that cannot be is skipped with a message.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {  # what pip installs, and for which works
    "micrograd": ("micrograd==0.1.0", "network operators chain worked wide deep"),
    "xad": ("xad==1.5.2", "operators"),
    "lilgrad": ("lilgrad==0.6.0", "operators chain"),
    "propgrad": ("propgrad==0.1.1", "operators chain"),
    "scalargrad": ("scalargrad==1.0.5", "operators chain"),
    "oxigrad": ("oxigrad==0.3.2", "operators chain"),
    "micrograd-rust": ("micrograd-rust==0.1.0", "operators chain"),
}
OURS = {"whygrad": "0", "whygrad, pure": "1"}  # and what WHYGRAD_PURE is for each
TITLES = {
    "network": "MLP 2-16-16-1, 100 examples, a training step by each one's nn",
    "operators": "the same, written with sum(w*x) over single operators",
    "chain": "chain of 1,000 mixed operators, build and backward",
    "worked": "worked 2-2-2 example, 10,000 iterations",
    "gpt": "character-level GPT in scalars, a training step",
    "wide": "1,000,000 nodes side by side: bytes a node, with what is free of the last large page",
    "deep": "1,000,000 nodes in a chain, built, swept, freed",
}
REACH = {  # the ratios to reach: (work, engine, collector)
    ("network", "whygrad", "off"): 75,
    ("network", "whygrad, pure", "on"): 8,
    ("operators", "whygrad", "off"): 18,
    ("chain", "whygrad", "on"): 60,
    ("worked", "whygrad", "off"): 12,
    ("gpt", "whygrad", "on"): 13.5,
}
MOST = {("wide", "whygrad"): 114, ("deep", "whygrad"): 0.12}  # bytes and seconds
REPEATS = {"worked": 1, "gpt": 3}
COLLECTOR = ("off", "on")


def installed(folder):
    """The peers that pip could install, each below the folder."""
    found = []
    for peer, (requirement, _) in PEERS.items():
        target = folder / peer
        if not target.exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
            command += ["--target", str(target), requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{peer}: skipped, pip found no wheel of {requirement} for this Python")
                continue
        found.append(peer)
    return found


def run(work, engine, collector, options):
    """What works.py found, in a clean process; an error's last line where it failed."""
    paths = [str(HERE)] if engine in {*OURS, "plain"} else [str(options.peers / engine)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if engine in OURS:
        paths += [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
        environment["WHYGRAD_PURE"] = OURS[engine]
    environment |= {"PYTHONPATH": os.pathsep.join(paths), "NAMES": str(options.names)}
    repeats = REPEATS.get(work, options.repeats)
    command = [sys.executable, str(HERE / "works.py"), work, engine, collector, str(repeats)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1][:70]}
    return json.loads(done.stdout.splitlines()[-1])  # after what a peer prints itself


def agree(a, b):
    """Whether loss and gradients are the same but for rounding."""
    pairs = zip([a["loss"], *a["gradients"]], [b["loss"], *b["gradients"]], strict=True)
    return all(math.isclose(x, y, rel_tol=1e-8, abs_tol=1e-10) for x, y in pairs)


def compare(work, baseline, engines, options):
    """Print the work's rows."""
    print(f"\n{TITLES[work]}")
    rounds = [
        {(e, c): run(work, e, c, options) for e in [baseline, *engines] for c in COLLECTOR}
        for _ in range(options.rounds)
    ]
    for engine in [baseline, *engines]:
        cells = []
        for collector in COLLECTOR:
            found = [r[engine, collector] for r in rounds]
            base = [r[baseline, collector] for r in rounds]
            cells.append(
                refused(engine, found, base)
                or cell(found, base, REACH.get((work, engine, collector)))
            )
        print(f"  {engine:16}" + "".join(f"{text:38}" for text in cells).rstrip())


def refused(engine, found, base):
    """Why these runs are no figure; empty where they are one."""
    for each, other in zip(found, base, strict=True):
        if "error" in each:
            return each["error"]
        if "error" in other or not agree(each, other):
            return "loss or gradients differ from the baseline's: not timed"
        if engine == "whygrad" and each["build"] != "compiled":
            return "not compiled in this installation"
    return ""


def cell(found, base, reach):
    """The time, its ratio to the baseline's, and whether that is what is to be reached."""
    times = [statistics.median(each["times"]) for each in found]
    ratio = statistics.median(
        statistics.median(b["times"]) / t for b, t in zip(base, times, strict=True)
    )
    text = f"1/{ratio:.1f}" if ratio >= 1 else f"{1 / ratio:.1f}"
    verdict = "" if reach is None else f" ({'reaches' if ratio >= reach else 'MISSES'} 1/{reach})"
    return f"{statistics.median(times) * 1e3:10.3f} ms {text:>7}{verdict}"


def memory(work, engines, options):
    """Print what a node takes, or how long a million of them do."""
    print(f"\n{TITLES[work]}")
    for engine in engines:
        rounds = [run(work, engine, "on", options) for _ in range(options.rounds)]
        if any("error" in found for found in rounds):
            print(f"  {engine:16}{next(f['error'] for f in rounds if 'error' in f)}")
            continue
        found = statistics.median(found["found"] for found in rounds)
        text = f"{found:.0f}" if work == "wide" else f"{found:.3f} s"
        most = MOST.get((work, engine))
        if most is not None:
            text += f" ({'reaches' if found <= most else 'MISSES'} {most})"
        print(f"  {engine:16}{text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("works", nargs="*", choices=[*TITLES, []], metavar="WORK")
    parser.add_argument("--peers", type=Path, help="folder where the peers are, or are put")
    default = HERE.parents[2] / "shared/data/names.txt"
    parser.add_argument("--names", type=Path, default=default, help="names, one a line")
    parser.add_argument("--repeats", type=int, default=5, help="runs in each process")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each engine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options.peers = options.peers or Path(folder)
        peers = installed(options.peers)
        print(f"{'':18}{'collector off':38}collector on, as by default")
        for work in options.works or TITLES:
            able = [p for p in peers if work in PEERS[p][1].split()]
            if work in ("wide", "deep"):
                memory(work, [*able, *OURS], options)
            elif work != "gpt":
                compare(work, "micrograd", [*[p for p in able if p != "micrograd"], *OURS], options)
            elif options.names.exists():
                compare(work, "plain", OURS, options)
            else:
                print(f"\n{TITLES[work]}: skipped, there is no {options.names} (see --names)")


if __name__ == "__main__":
    main()
