"""What a real MLflow and a real TensorBoard write: `foreign.py mlflow URI | tensorboard FOLDER`.

Run by the interpreter of a venv that has them. Prints as JSON what an import has to bring.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RUNS = 3
STEPS = 40


def with_mlflow(uri: str) -> dict[str, Any]:
    """Runs of every end, with metrics that repeat, sparse steps, and values that are no numbers."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("vision/resnet: tries")
    client = mlflow.MlflowClient()
    told: dict[str, Any] = {}
    for number in range(RUNS):
        with mlflow.start_run(run_name=f"try {number}", tags={"kind": "sweep"}) as run:
            mlflow.log_params({"lr": 10**-number, "layers": [1, 2], "note": "ünï ✓"})
            for step in range(STEPS):
                mlflow.log_metrics({"loss": 1 / (step + 1), "val/acc": step / 40}, step=step * 10)
            mlflow.log_metric("loss", 7.5, step=0)
            mlflow.log_metric("odd", float("nan"), step=3)
            mlflow.log_metric("odd", float("inf"), step=4)
            mlflow.log_text("hello" * number, f"deep/er/{number}.txt")
            mlflow.log_dict({"n": number}, "n.json")
        if number == 1:
            client.set_terminated(run.info.run_id, "FAILED")
        info = client.get_run(run.info.run_id).info
        told[info.run_id] = {
            "name": info.run_name,
            "state": info.status.lower(),
            "start": info.start_time,
            "end": info.end_time,
            "user": info.user_id,
            "metrics": {
                key: [[point.step, str(point.value), point.timestamp / 1000] for point in
                      client.get_metric_history(info.run_id, key)]
                for key in ("loss", "val/acc", "odd")
            },
            "params": client.get_run(info.run_id).data.params,
            "files": {f"deep/er/{number}.txt": "hello" * number, "n.json": None},
        }  # fmt: skip
    mlflow.start_run(run_name="still at it")
    print(json.dumps(told))
    sys.stdout.flush()
    import os

    os._exit(0)  # so that the last one stays running


def with_tensorboard(folder: str) -> dict[str, Any]:
    """Two runs below a folder, scalars and a text, and one file cut short."""
    from tensorboard.summary import Writer

    told = {}
    for name, slope in (("train", 1.0), ("deep/eval", 2.0)):
        writer = Writer(str(Path(folder) / name))
        for step in range(STEPS):
            writer.add_scalar("loss", slope * step + 0.1, step)
            writer.add_scalar("acc/top 1", step / 7, step)
        writer.close()
        told[name] = {"loss": [slope * step + 0.1 for step in range(STEPS)]}
    cut = next((Path(folder) / "train").glob("*tfevents*"))
    cut.write_bytes(cut.read_bytes()[:-7])
    return told


if __name__ == "__main__":
    what, where = sys.argv[1:]
    print(json.dumps({"mlflow": with_mlflow, "tensorboard": with_tensorboard}[what](where)))
