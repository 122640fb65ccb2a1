"""Many small files in one artifact, up and down: `python -m benchmarks.small_files [files]`.

Beside it, in the same run: `cp -r` of the same folder, and what the SDK does where no server is
asked for a byte: the same artifact logged offline, and the first download of one that refers to the
same files where they are, for which the SDK fills its cache and writes everything down as for ours.
A disk makes files at other speeds from minute to minute: `cp -r` is timed around each step.
What counts is the ratio. The exit code is 1 where up and down together take more than twice that.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User

FILES, PER_FOLDER, MOST = 10_000, 500, 2.0
PATIENCE_S = 3_600.0

UP = """
    import json, sys, time, wandb

    began = time.monotonic()
    with wandb.init(project="small", settings=wandb.Settings(x_disable_stats=True)) as run:
        ready = time.monotonic()
        artifact = wandb.Artifact("files", type="dataset")
        artifact.add_dir(sys.argv[1])
        hashed = time.monotonic()
        run.log_artifact(artifact)
    print(json.dumps({"all": time.monotonic() - began, "init": ready - began,
                      "hashing": hashed - ready}))
"""
DOWN = """
    import json, sys, time, wandb

    saved = wandb.Api().artifact(f"admin/small/{sys.argv[1]}:latest")
    began = time.monotonic()
    saved.download(root="here")
    print(time.monotonic() - began)
"""
REFER = """
    import sys, wandb

    with wandb.init(project="small", settings=wandb.Settings(x_disable_stats=True)) as run:
        artifact = wandb.Artifact("referred", type="dataset")
        artifact.add_reference(f"file://{sys.argv[1]}", max_objects=10**6)
        run.log_artifact(artifact)
    print(0)
"""


def fill(folder: Path, count: int) -> None:
    """Files of one to four kibibytes, no two alike."""
    chance = random.Random(1)
    for number in range(count):
        place = folder / f"{number // PER_FOLDER:03d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06d}.bin").write_bytes(chance.randbytes(chance.randint(1024, 4096)))


def copying(source: Path, target: Path) -> float:
    """`cp -r`, which shutil's own loop only imitates."""
    began = time.monotonic()
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    took = time.monotonic() - began
    shutil.rmtree(target)
    return took


def told(cordee: Cordee, script: str, *args: str, mode: str = "online") -> Any:
    """On a clean machine, with a cache of its own."""
    admin = User("admin", "admin@example.com", cordee.admin_key)
    with Machine(cordee.url, admin, patience_s=PATIENCE_S) as machine:
        return machine.run(script, *args, WANDB_MODE=mode).told


def main(count: int) -> int:
    with Cordee() as cordee, Machine(cordee.url) as scratch:
        source = scratch.home / "source"
        fill(source, count)
        copies = [copying(source, scratch.home / "copy")]
        offline = told(cordee, UP, str(source), mode="offline")
        copies.append(copying(source, scratch.home / "copy"))
        up = told(cordee, UP, str(source))
        told(cordee, REFER, str(source))
        copies.append(copying(source, scratch.home / "copy"))
        referred = told(cordee, DOWN, "referred")
        down = told(cordee, DOWN, "files")
        copies.append(copying(source, scratch.home / "copy"))
    floors = {
        "up": (copies[1] + copies[2]) / 2 + offline["all"],
        "down": (copies[2] + copies[3]) / 2 + referred,
    }
    ours = {"up": up["all"], "down": down}
    print(f"{count} files, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    copied = ", ".join(f"{one:.2f}" for one in copies)
    print(f"  cp -r {copied} s; offline {json.dumps(offline)}; referred to {referred:.2f} s")
    for way, took in ours.items():
        print(f"  {way:<5}{took:8.2f} s, {took / floors[way]:.2f} times its floor")
    ratio = sum(ours.values()) / sum(floors.values())
    print(f"  both together {ratio:.2f} times theirs (at most {MOST})")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES))
