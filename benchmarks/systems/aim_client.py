"""Runs with Aim's interpreter: logs the runs of `in.npz`, then reads them into `out.npz`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import aim
import numpy as np

repository, folder = Path(sys.argv[1]), Path(sys.argv[2])
with np.load(folder / "in.npz") as given:
    work = {name: given[name].tolist() for name in given.files}
repo = aim.Repo.from_path(str(repository), init=True)
made = {}
began = time.perf_counter()
for name, rows in work.items():
    run = aim.Run(repo=repo, system_tracking_interval=None, log_system_params=False)
    made[name] = run.hash
    for step, row in enumerate(rows):
        for number, value in enumerate(row):
            run.track(value, name=f"metric_{number}", step=step)
    run.close()
seconds = time.perf_counter() - began
kept = {}
for name, digest in made.items():
    run = aim.Run(run_hash=digest, repo=repo, read_only=True)
    found = {metric.name: metric.values.sparse_numpy() for metric in run.metrics()}
    columns = [found[f"metric_{number}"] for number in range(len(found))]
    kept[name] = np.array([values[np.argsort(steps)] for steps, values in columns]).T
np.savez(folder / "out.npz", **kept)
print(json.dumps({"seconds": seconds}))
