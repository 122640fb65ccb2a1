"""Whether Bayesian search is worth its name: `python -m benchmarks.branin [seeds] [runs]`.

The search that agents are sent by, on the Branin function, beside choices at random: a sweep of
twenty runs for each seed. Printed is the best loss that each way found; none is below 0.398.
"""

from __future__ import annotations

import statistics
import sys
import time

from services.runs.domain.sweep import read_plan
from tests.unit.runs.test_sweep import BRANIN, best_of

SEEDS, RUNS = 20, 20


def main(argv: list[str]) -> int:
    seeds = int(argv[0]) if argv else SEEDS
    runs = int(argv[1]) if len(argv) > 1 else RUNS
    plan = read_plan(BRANIN)
    began = time.perf_counter()
    learnt = [best_of(plan, seed, runs, learn=True) for seed in range(seeds)]
    took = time.perf_counter() - began
    chance = [best_of(plan, seed, runs, learn=False) for seed in range(seeds)]
    print(f"best loss of {runs} runs on Branin, over {seeds} seeds")
    for name, found in (("bayes", learnt), ("random", chance)):
        low, middle, high = statistics.quantiles(found, n=4)
        print(f"  {name:7} median {middle:6.3f}   quartiles {low:6.3f} to {high:6.3f}")
    wins = sum(one < other for one, other in zip(learnt, chance, strict=True))
    print(f"  bayes wins {wins} of {seeds}; a choice takes {1000 * took / (seeds * runs):.0f} ms")
    return 0 if statistics.median(learnt) < statistics.median(chance) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
