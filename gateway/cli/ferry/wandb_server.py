"""Another server that speaks the SDK's GraphQL: W&B's own, or a Cordée.

Only what the public API of the SDK asks is asked. A server that knows more (console lines, how a
run ended) is asked for that too, and the answer without it is taken where it does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from gateway.cli.ferry.cargo import File, Lines, Project, Run, Skipped, Trouble, no_lines
from gateway.cli.ferry.wandb_artifacts import VersionsOfProject
from gateway.cli.ferry.wire import Wire

_PAGE = 50
_STEPS, _ROWS = 1_000, 10_000
_WIDEST = 2**40
_LOG_PAGE = 5_000
_ENDED = {"finished", "failed", "crashed", "killed", "preempted"}

_PROJECTS = """query Projects($entity: String, $after: String) {
  models(entityName: $entity, after: $after, first: 50) {
    edges { node { name description } cursor } pageInfo { hasNextPage endCursor } } }"""
_PROJECT = """query Project($entity: String, $project: String!) {
  project: model(entityName: $entity, name: $project) { name description } }"""
_COUNT = """query Count($entity: String!, $project: String!, $filters: JSONString) {
  project(name: $project, entityName: $entity) { runCount(filters: $filters) } }"""
_PLAIN = """name displayName state config group jobType commit createdAt heartbeatAt description
  notes tags summaryMetrics historyLineCount historyKeys user { username }"""
_MORE = "exitcode host program repo eventsLineCount logLineCount"
_RUNS = """query Runs($entity: String!, $project: String!, $after: String, $filters: JSONString) {
  project(name: $project, entityName: $entity) {
    runs(first: 50, after: $after, filters: $filters, order: "+created_at") {
      edges { node { FIELDS } cursor } pageInfo { hasNextPage endCursor } } } }"""
_RUN = """query Run($entity: String!, $project: String!, $run: String!) {
  project(name: $project, entityName: $entity) { run(name: $run) { FIELDS } } }"""
_HISTORY = """query History($entity: String!, $project: String!, $run: String!, $low: Int64!,
  $high: Int64!, $rows: Int) { project(name: $project, entityName: $entity) {
    run(name: $run) { history(minStep: $low, maxStep: $high, samples: $rows) } } }"""
_EVENTS = """query Events($entity: String!, $project: String!, $run: String!, $rows: Int) {
  project(name: $project, entityName: $entity) { run(name: $run) { events(samples: $rows) } } }"""
_LOG = """query Log($entity: String!, $project: String!, $run: String!, $after: String) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    logLines(first: 5000, after: $after) {
      edges { node { line timestamp level label } } pageInfo { hasNextPage endCursor } } } } }"""
_FILES = """query Files($entity: String!, $project: String!, $run: String!, $after: String) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    files(first: 100, after: $after) {
      edges { node { name sizeBytes md5 directUrl } cursor }
      pageInfo { hasNextPage endCursor } } } } }"""


class WandbServer:
    """One entity of it, or some projects of that."""

    def __init__(
        self,
        url: str,
        key: str | None,
        entity: str,
        projects: Sequence[str] = (),
        filters: str | None = None,
    ) -> None:
        self._wire = Wire(url, auth=httpx.BasicAuth("api", key) if key else None)
        self._entity = entity
        self._names = projects
        self._filters = filters
        self._fields = f"{_PLAIN} {_MORE}"

    def projects(self) -> Iterator[Project]:
        """Those that were named, or all of the entity."""
        for node in self._named() if self._names else self._all():
            yield self._project(node)

    def _named(self) -> Iterator[Mapping[str, Any]]:
        for name in self._names:
            found = self._ask(_PROJECT, project=name)["project"]
            if found is None:
                raise Trouble(f"{self._wire.url}: no project {self._entity}/{name} to be seen")
            yield found

    def _all(self) -> Iterator[Mapping[str, Any]]:
        after: str | None = None
        while True:
            page = self._ask(_PROJECTS, after=after)["models"]
            yield from (edge["node"] for edge in page["edges"])
            after = _next(page)
            if after is None:
                return

    def _project(self, node: Mapping[str, Any]) -> Project:
        name = node["name"]
        found = self._ask(_COUNT, project=name, filters=self._filters)["project"]
        versions = VersionsOfProject(self._wire, self._entity, name)
        return Project(
            name=name,
            description=node.get("description") or None,
            count=found and found["runCount"],
            runs=lambda: self._runs(name),
            versions=versions,
        )

    def _runs(self, project: str) -> Iterator[Run | Skipped]:
        after: str | None = None
        while True:
            page = self._page(project, after)
            for edge in page["edges"]:
                yield self._run(project, edge["node"])
            after = _next(page)
            if after is None:
                return

    def _page(self, project: str, after: str | None) -> Any:
        """A page of runs; where the server does not know a field, without what is only ours."""
        try:
            query = _RUNS.replace("FIELDS", self._fields)
            found = self._ask(query, project=project, after=after, filters=self._filters)
        except Trouble:
            if self._fields == _PLAIN:
                raise
            self._fields = _PLAIN
            return self._page(project, after)
        return found["project"]["runs"]

    def _run(self, project: str, node: Mapping[str, Any]) -> Run | Skipped:
        name = str(node["name"])
        if node["state"] not in _ENDED:
            return Skipped(name, f"is {node['state']}; import it again once it has ended")
        where = {"project": project, "run": name}
        keys = node.get("historyKeys") or {}
        lines, last = node.get("historyLineCount") or 0, keys.get("lastStep")
        born = _moment(node["createdAt"])
        return Run(
            name=name,
            source=f"{self._wire.url}/{self._entity}/{project}/runs/{name}",
            state=node["state"],
            created_at=born,
            ended_at=max(born, _moment(node.get("heartbeatAt") or node["createdAt"])),
            username=(node.get("user") or {}).get("username"),
            exit_code=node.get("exitcode"),
            display_name=node.get("displayName") or None,
            description=node.get("description"),
            notes=node.get("notes"),
            tags=node.get("tags") or (),
            config=_text(node.get("config")),
            summary=_text(node.get("summaryMetrics")),
            group=node.get("group"),
            job_type=node.get("jobType"),
            commit=node.get("commit"),
            repo=node.get("repo"),
            host=node.get("host"),
            program=node.get("program"),
            lines=lines,
            history=lambda: self._history(where, lines, last),
            events=lambda: self._events(where, node.get("eventsLineCount")),
            console=self._console(where, node.get("logLineCount")),
            files=lambda: self._files(where),
        )

    def _history(self, where: Mapping[str, str], lines: int, last: int | None) -> Iterator[str]:
        """Every row, by ranges of steps that widen where steps are sparse.

        A range whose answer may have been cut off is asked again in smaller ones.
        """
        low, width, came = 0, _STEPS, 0
        while came < lines if last is None else low <= last:
            found = self._ask(_HISTORY, **where, low=low, high=low + width, rows=_ROWS)
            rows = found["project"]["run"]["history"] or []
            if len(rows) >= _ROWS and width > 1:
                width = max(1, width // 16)
                continue
            yield from rows
            low, came = low + width, came + len(rows)
            if len(rows) < width // 4:
                width = width * 4
                if width > _WIDEST:
                    return
            elif width < _STEPS:
                width *= 2

    def _events(self, where: Mapping[str, str], lines: int | None) -> Iterator[str]:
        """System metrics: all of them where the server tells how many, else a good sample."""
        if lines == 0:
            return
        found = self._ask(_EVENTS, **where, rows=lines or _ROWS)
        yield from found["project"]["run"]["events"] or []

    def _console(self, where: Mapping[str, str], lines: int | None) -> Lines:
        """Only of a server that counts them: of others `output.log` is among the files."""
        return (lambda: self._log(where)) if lines else no_lines

    def _log(self, where: Mapping[str, str]) -> Iterator[str]:
        after: str | None = None
        while True:
            page = self._ask(_LOG, **where, after=after)["project"]["run"]["logLines"]
            yield from (_console_line(edge["node"]) for edge in page["edges"])
            after = _next(page)
            if after is None:
                return

    def _files(self, where: Mapping[str, str]) -> Iterable[File]:
        after: str | None = None
        while True:
            page = self._ask(_FILES, **where, after=after)["project"]["run"]["files"]
            yield from (self._file(edge["node"]) for edge in page["edges"])
            after = _next(page)
            if after is None:
                return

    def _file(self, node: Mapping[str, Any]) -> File:
        url = node["directUrl"]
        size = node.get("sizeBytes")
        return File(
            name=node["name"],
            size=None if size is None else int(size),
            md5=node.get("md5") or None,
            open=lambda: self._wire.bytes(url),
        )

    def _ask(self, query: str, **variables: Any) -> Any:
        return self._wire.graphql(query, entity=self._entity, **variables)


def _next(page: Mapping[str, Any]) -> str | None:
    info = page["pageInfo"]
    return info["endCursor"] if info["hasNextPage"] else None


def _text(found: Any) -> str:
    """A JSON text, which some servers answer as the object that it is."""
    return found if isinstance(found, str) and found else json.dumps(found or {})


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _console_line(node: Mapping[str, Any]) -> str:
    """As the client once sent it (wire-protocol §3.4)."""
    if node.get("label") is not None:
        return json.dumps(
            {
                "content": node["line"],
                "ts": node.get("timestamp"),
                "level": node.get("level"),
                "label": node["label"],
            }
        )
    if not node.get("timestamp"):
        return str(node["line"] or "")
    error = "ERROR " if node.get("level") == "error" else ""
    return f"{error}{node['timestamp']} {node['line']}"
