"""The works of the benchmark table under pytest-benchmark, each engine beside micrograd.

    pip install ".[benchmark]" && pytest tests/benchmarks/bench_speed.py

A group is one work; the figures in brackets are the ratios to the fastest. The tables with every
peer in a process of its own are printed by `eager.py` and `replay.py` beside this file.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from works import WORKS

pytest.importorskip("pytest_benchmark")
pytest.importorskip("micrograd")
sys.setrecursionlimit(10_000)  # micrograd sweeps a chain by recursion


@pytest.mark.parametrize("engine", ["whygrad", "micrograd"])
@pytest.mark.parametrize("work", ["network", "operators", "chain"])
def test_speed(benchmark, work, engine):
    benchmark.group = work
    benchmark(WORKS[work](engine))
