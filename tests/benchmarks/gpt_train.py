"""Trains a GPT in scalars on 1,000 names, as a program of its own: what gpt.py times.

python tests/benchmarks/gpt_train.py names.txt
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.gpt import GPT, tokens_of

from autograd import record_each
from nn import Adam

lines = Path(sys.argv[1]).read_text(encoding="utf-8").split()
names = random.Random(42).sample(lines, 1000)
gpt = GPT(chance=random.Random(42))
tapes = record_each(gpt.loss, parameters=gpt.parameters)
losses = tapes.train(tokens_of(names), Adam(0.01), rates=lambda k: 0.01 * (1 - k / 1000))
print(losses[-1])
