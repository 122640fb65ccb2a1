"""MLflow's tracking store where it lies: a folder of files, or SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from gateway.cli.ferry.cargo import File, Project, Run, Skipped, Trouble
from gateway.cli.ferry.mlflow_rows import Logged, Point, run_of, status_of

_PIECE = 1024 * 1024


class MlflowFolder:
    """`mlruns`: a folder per experiment, a folder per run, a file per metric."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not any(folder.glob("*/meta.yaml")):
            raise Trouble(f"{folder}: no experiments of MLflow are in it")

    def projects(self) -> Iterator[Project]:
        """A project per experiment, deleted ones left out."""
        for meta in sorted(self._folder.glob("*/meta.yaml")):
            facts = _yaml(meta)
            if facts.get("lifecycle_stage", "active") != "active":
                continue
            homes = [path.parent for path in meta.parent.glob("*/meta.yaml")]
            yield Project(
                name=project_name(str(facts["name"])),
                count=len(homes),
                runs=partial(self._runs, homes),
            )

    def _runs(self, homes: list[Path]) -> Iterator[Run | Skipped]:
        found = [(_yaml(home / "meta.yaml"), home) for home in homes]
        for facts, home in sorted(found, key=lambda one: int(one[0]["start_time"])):
            if facts.get("lifecycle_stage", "active") == "active":
                yield run_of(self._logged(facts, home), f"mlflow:{facts['run_id']}")

    def _logged(self, facts: Mapping[str, Any], home: Path) -> Logged:
        status = facts["status"]
        end = facts.get("end_time")
        uri = str(facts.get("artifact_uri") or "")
        return Logged(
            id=str(facts["run_id"]),
            name=str(facts.get("run_name") or ""),
            status=status_of(status) if isinstance(status, int) else str(status),
            user=str(facts.get("user_id") or "") or None,
            start=int(facts["start_time"]),
            end=None if end is None else int(end),
            params=_texts(home / "params"),
            tags=_texts(home / "tags"),
            points=partial(_points, home / "metrics"),
            files=partial(local_files, uri, home / "artifacts"),
        )


class MlflowSqlite:
    """The database of `mlflow server --backend-store-uri sqlite:///…`, only read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._open() as found:
                found.execute("SELECT count(*) FROM experiments")
        except sqlite3.Error as fault:
            raise Trouble(f"{path}: no tracking store of MLflow ({fault})") from fault

    def projects(self) -> Iterator[Project]:
        """A project per experiment, deleted ones left out."""
        query = (
            "SELECT e.experiment_id, e.name, count(r.run_uuid) FROM experiments e "
            "LEFT JOIN runs r ON r.experiment_id = e.experiment_id "
            "AND r.lifecycle_stage = 'active' WHERE e.lifecycle_stage = 'active' "
            "GROUP BY e.experiment_id ORDER BY e.experiment_id"
        )
        for number, name, count in self._rows(query):
            yield Project(project_name(name), count=count, runs=partial(self._runs, number))

    def _runs(self, experiment: int) -> Iterator[Run | Skipped]:
        query = (
            "SELECT run_uuid, name, status, user_id, start_time, end_time, artifact_uri FROM runs "
            "WHERE experiment_id = ? AND lifecycle_stage = 'active' ORDER BY start_time, run_uuid"
        )
        for run, name, status, user, start, end, uri in self._rows(query, experiment):
            logged = Logged(
                id=run,
                name=name or "",
                status=status,
                user=user,
                start=start,
                end=end,
                params=dict(self._rows("SELECT key, value FROM params WHERE run_uuid = ?", run)),
                tags=dict(self._rows("SELECT key, value FROM tags WHERE run_uuid = ?", run)),
                points=partial(self._points, run),
                files=partial(local_files, uri or "", None),
            )
            yield run_of(logged, f"mlflow:{run}")

    def _points(self, run: str) -> Iterator[Point]:
        query = "SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ?"
        for key, value, at, step, is_nan in self._rows(query, run):
            yield Point(key, float("nan") if is_nan else unclamped(value), at, step)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._open() as found:
            return found.execute(query, values).fetchall()

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True))


def project_name(experiment: str) -> str:
    """Of an experiment's name, what a project's can be: some call theirs by a path."""
    name = "".join("-" if sign in '/\\#?%:"' or ord(sign) < 32 else sign for sign in experiment)
    return name.strip().strip("-")[:128] or "mlflow"


def local_files(uri: str, beside: Path | None) -> Iterator[File]:
    """Files below a folder; the folder may have been moved since its address was written down."""
    parts = urlsplit(uri)
    root = Path(unquote(parts.path)) if parts.scheme in ("", "file") else beside
    if (root is None or not root.is_dir()) and beside is not None:
        root = beside
    if root is None:
        raise Trouble(f"its artifacts are at {uri}; import from the server instead")
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = Path(folder) / name
            size = path.stat().st_size
            relative = path.relative_to(root).as_posix()
            yield File(relative, size, None, partial(_bytes, path))


@contextmanager
def _bytes(path: Path) -> Iterator[Iterator[bytes]]:
    with path.open("rb") as file:
        yield iter(lambda: file.read(_PIECE), b"")


def unclamped(value: float) -> float:
    """MLflow writes the infinities as the largest doubles, for databases that have none."""
    if value >= 1.7976931348623157e308:
        return float("inf")
    return float("-inf") if value <= -1.7976931348623157e308 else value


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as fault:
        raise Trouble(f"{path}: cannot be read ({fault})") from fault
    if not isinstance(found, dict):
        raise Trouble(f"{path}: is not what MLflow writes")
    return found


def _texts(folder: Path) -> dict[str, str]:
    return {name: path.read_text(encoding="utf-8") for name, path in _files(folder)}


def _points(folder: Path) -> Iterable[Point]:
    for key, path in _files(folder):
        for line in path.read_text(encoding="utf-8").splitlines():
            at, value, *step = line.split()
            yield Point(key, float(value), int(at), int(step[0]) if step else 0)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """A name with slashes is a path below the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path
