"""Tables, charts, annotated images and three dimensions: logged, found again through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.conftest import RunScript

pytestmark = pytest.mark.sdk

SCRIPT = """
    import json, numpy, wandb

    pixels = numpy.zeros((8, 8, 3), dtype=numpy.uint8)
    table = wandb.Table(columns=["x", "y"], data=[[n, n * n] for n in range(5)])
    box = {"position": {"minX": 0.1, "maxX": 0.5, "minY": 0.1, "maxY": 0.5}, "class_id": 0}
    run = wandb.init(project="demo")
    run.log({
        "table": wandb.Table(columns=["a", "b"], data=[[1, "x"], [2, None]]),
        "image": wandb.Image(
            pixels,
            masks={"m": {"mask_data": pixels[:, :, 0], "class_labels": {0: "sky"}}},
            boxes={"b": {"box_data": [box], "class_labels": {0: "cat"}}},
        ),
        "points": wandb.Object3D(numpy.ones((4, 3))),
        "line": wandb.plot.line(table, "x", "y", title="Squares"),
        "matrix": wandb.plot.confusion_matrix(
            y_true=[0, 1, 1], preds=[0, 1, 0], class_names=["a", "b"]
        ),
        "deep": {"er": {"n": 1}},
    })
    run.finish()

    api = wandb.Api()
    found = api.run(run.path)
    [row] = found.scan_history()

    def read(path):
        return json.load(open(found.file(path).download(replace=True).name))

    image = row["image"]
    config = json.loads(found.json_config)["_wandb"]["value"]["visualize"]
    logged = {artifact.type: artifact for artifact in found.logged_artifacts()}
    print(json.dumps({
        "table": read(row["table"]["path"]),
        "artifact": [
            list(row) for _, row in api.artifact(
                f"{found.entity}/demo/run-{found.id}-table:latest"
            ).get("table").iterrows()
        ],
        "box": read(image["boxes"]["b"]["path"])["box_data"][0]["class_id"],
        "mask": found.file(image["masks"]["m"]["path"]).size > 0,
        "points": len(read(row["points"]["path"])),
        "line": read(row["line_table"]["path"])["data"],
        "panels": {key: config[key]["panel_config"]["panelDefId"] for key in ("line", "matrix")},
        "matrix": len(read(row["matrix_table"]["path"])["data"]),
        "keys": "deep.er.n" in found.history_keys["keys"],
        "types": sorted(logged),
    }))
"""


def test_everything_that_was_logged_is_there(run_script: RunScript) -> None:
    told: dict[str, Any] = run_script(SCRIPT).told
    assert told["table"] == {"columns": ["a", "b"], "data": [[1, "x"], [2, None]]}
    assert told["artifact"] == [[1, "x"], [2, None]]
    assert (told["box"], told["mask"], told["points"]) == (0, True, 4)
    assert told["line"] == [[n, n * n] for n in range(5)]
    assert told["panels"] == {
        "line": "wandb/line/v0",
        "matrix": "wandb/confusion_matrix/v1",
    }
    assert told["matrix"] == 4
    assert told["keys"]
    assert told["types"] == ["run_table"]
