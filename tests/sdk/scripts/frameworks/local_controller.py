"""A sweep whose choices a controller in the client makes, and an agent that trains by them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import wandb

PROGRAM = """
import wandb

run = wandb.init()
run.log({"loss": (run.config.x - 0.3) ** 2})
run.finish()
"""
VALUES = [0.1, 0.3, 0.7]
os.environ["WANDB_PROJECT"] = "frameworks"

Path("program.py").write_text(PROGRAM)
tuner = wandb.controller()
tuner.configure_search("grid")
tuner.configure_program("program.py")
tuner.configure_metric("loss", goal="minimize")
tuner.configure_parameter("x", values=VALUES)
tuner.configure_controller(type="local")
sweep = tuner.create()
beside = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # where `python` is
agent = subprocess.Popen(
    [sys.executable, "-m", "wandb", "agent", "--count", "3", sweep], env=os.environ | beside
)
while agent.poll() is None and not tuner.done():
    tuner.step()
assert agent.wait() == 0
tuner.step()

found = wandb.Api().sweep(f"frameworks/{sweep}")
told = {
    "state": "finished",
    "sweep": found.state,
    "chosen": sorted(run.config["x"] for run in found.runs),
    "states": sorted({run.state for run in found.runs}),
}
print(json.dumps(told))
