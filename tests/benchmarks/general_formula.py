"""How long the general formula of a network takes to derive and to check: medians of five.

python tests/benchmarks/general_formula.py
"""

import importlib.util
import statistics
import time
from pathlib import Path

from autograd import derive_general

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location(
    "networks", HERE.parent / "autograd" / "general" / "conftest.py"
)
networks = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(networks)

CASES = {
    "MLP 64-32-10, one row": lambda make: make.mlp([64, 32, 10]),
    "MLP 4-8-3, 100 rows": lambda make: make.mlp([4, 8, 3], "tanh", "linear", "mse", rows=100),
    "GPT block, 8 tokens": lambda make: make.gpt(tokens=8),
    "note 5 (2-2-2)": lambda make: networks.nn.worked.load("5").graph(),
}

if __name__ == "__main__":
    import nn.worked  # noqa: F401 (for note 5)

    for name, build in CASES.items():
        root = build(networks.Maker())
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            derive_general(root)
            seconds.append(time.perf_counter() - start)
        print(f"{name:<24} {statistics.median(seconds):.3f} s")
