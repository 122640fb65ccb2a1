"""Log runs as a training script does, and read each back the moment it has finished."""

import json
import math
import random
import sys

import wandb

STEPS = 1_000
CONFIG = {"lr": 3e-4, "layers": [64, 64], "optimizer": {"name": "adam", "betas": [0.9, 0.999]}}


def main(repeats: int) -> None:
    print(json.dumps([there_and_back() for _ in range(repeats)]))


def there_and_back() -> dict:
    run = wandb.init(
        project="demo", config=CONFIG, tags=["baseline", "büro"], group="g1", notes="Überall."
    )
    logged = []
    for step in range(STEPS):
        row = {
            f"metric_{n}": random.uniform(-1, 1) * 10.0 ** random.randint(-12, 12) for n in range(8)
        }
        row |= {"count": random.randint(-(2**53), 2**53), "loss": 1 / (1 + step)}
        if step == 7:
            row["metric_3"] = math.nan
        if step == 8:
            row["metric_4"] = math.inf
        logged.append(row)
        run.log(row)
    run.summary["best"] = 0.125
    path = run.path
    run.finish()
    return {"logged": logged, "read": read(path)}


def read(path: str) -> dict:
    run = wandb.Api().run(path)
    return {
        "state": run.state,
        "config": run.config,
        "summary": {k: v for k, v in run.summary.items() if k[0] != "_"},
        "tags": run.tags,
        "group": run.group,
        "notes": run.notes,
        "rows": list(run.scan_history()),
        "samples": len(run.history(samples=100, pandas=False)),
    }


main(int(sys.argv[1]))
