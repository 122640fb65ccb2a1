"""MLflow's own server, through its REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from gateway.cli.ferry.cargo import File, Project, Run, Skipped, Trouble
from gateway.cli.ferry.mlflow_rows import Logged, Point, run_of
from gateway.cli.ferry.mlflow_store import local_files, project_name, unclamped
from gateway.cli.ferry.wire import Wire

_API = "/api/2.0/mlflow"
_PAGE, _POINTS = 200, 20_000


class MlflowServer:
    """Every experiment that the credential may see."""

    def __init__(self, url: str, user: str | None = None, secret: str | None = None) -> None:
        """A user with a password, as its basic authentication has it; a secret alone is a token."""
        auth = httpx.BasicAuth(user, secret or "") if user else None
        headers = {"Authorization": f"Bearer {secret}"} if secret and not user else None
        self._wire = Wire(url, auth=auth, headers=headers)

    def projects(self) -> Iterator[Project]:
        """A project per experiment."""
        for one in self._pages("experiments/search", "experiments", {"max_results": _PAGE}):
            runs = partial(self._runs, one["experiment_id"])
            yield Project(project_name(one["name"]), runs=runs)

    def _runs(self, experiment: str) -> Iterator[Run | Skipped]:
        wanted = {
            "experiment_ids": [experiment],
            "max_results": _PAGE,
            "run_view_type": "ACTIVE_ONLY",
            "order_by": ["attributes.start_time ASC"],
        }
        for one in self._pages("runs/search", "runs", wanted):
            info, data = one["info"], one.get("data") or {}
            run = info["run_id"]
            end = info.get("end_time")
            keys = [metric["key"] for metric in data.get("metrics", ())]
            logged = Logged(
                id=run,
                name=info.get("run_name") or "",
                status=info["status"],
                user=info.get("user_id") or None,
                start=int(info["start_time"]),
                end=None if end is None else int(end),
                params=_pairs(data.get("params", ())),
                tags=_pairs(data.get("tags", ())),
                points=partial(self._points, run, keys),
                files=partial(self._files, run, info.get("artifact_uri") or ""),
            )
            yield run_of(logged, f"mlflow:{run}")

    def _points(self, run: str, keys: list[str]) -> Iterator[Point]:
        for key in keys:
            query = {"run_id": run, "metric_key": key, "max_results": str(_POINTS)}
            while True:
                page = self._wire.json("GET", f"{_API}/metrics/get-history", params=query)
                for one in page.get("metrics", ()):
                    step, at = int(one.get("step") or 0), int(one["timestamp"])
                    yield Point(key, unclamped(float(one["value"])), at, step)
                if not page.get("next_page_token"):
                    break
                query["page_token"] = page["next_page_token"]

    def _files(self, run: str, uri: str) -> Iterator[File]:
        """Through the server where it serves them, else from the folder that both can see."""
        if not uri.startswith(("mlflow-artifacts:", "http:", "https:")):
            if uri.startswith(("s3:", "gs:", "wasbs:", "abfss:", "dbfs:")):
                raise Trouble(f"its artifacts are at {uri}, which the server does not give out")
            yield from local_files(uri, None)
            return
        yield from self._listed(run, uri, "")

    def _listed(self, run: str, uri: str, below: str) -> Iterator[File]:
        query = {"run_id": run, **({"path": below} if below else {})}
        while True:
            page = self._wire.json("GET", f"{_API}/artifacts/list", params=query)
            for one in page.get("files", ()):
                if one.get("is_dir"):
                    yield from self._listed(run, uri, one["path"])
                    continue
                path = f"/get-artifact?run_id={quote(run)}&path={quote(one['path'], safe='')}"
                size = one.get("file_size")
                yield File(
                    one["path"],
                    None if size is None else int(size),
                    None,
                    partial(self._wire.bytes, path),
                )
            if not page.get("next_page_token"):
                return
            query["page_token"] = page["next_page_token"]

    def _pages(self, path: str, items: str, wanted: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        while True:
            page = self._wire.json("POST", f"{_API}/{path}", json=wanted)
            yield from page.get(items, ())
            if not page.get("next_page_token"):
                return
            wanted = {**wanted, "page_token": page["next_page_token"]}


def _pairs(found: Any) -> dict[str, str]:
    return {one["key"]: one["value"] for one in found}
