"""Runs said as the SDK says them: UpsertBucket, file_stream, and the last word of a run."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from gateway.cli.benching.connection import request_of
from gateway.cli.benching.work import Logged

CREATE = """
mutation UpsertBucket($id: String, $name: String, $project: String, $entity: String,
  $groupName: String, $description: String, $displayName: String, $notes: String, $commit: String,
  $config: JSONString, $host: String, $debug: Boolean, $program: String, $repo: String,
  $jobType: String, $state: String, $sweep: String, $tags: [String!], $summaryMetrics: JSONString
) {
  upsertBucket(input: {
    id: $id, name: $name, groupName: $groupName, modelName: $project, entityName: $entity,
    description: $description, displayName: $displayName, notes: $notes, config: $config,
    commit: $commit, host: $host, debug: $debug, jobProgram: $program, jobRepo: $repo,
    jobType: $jobType, state: $state, sweep: $sweep, tags: $tags, summaryMetrics: $summaryMetrics
  }) {
    bucket {
      id name displayName description config sweepName
      project { id name entity { id name } }
      historyLineCount
    }
    inserted
  }
}
"""
CONFIG_KEYS = 60
DONE = {"complete": True, "exitcode": 0}


class Wire:
    """Requests of one sender to one project."""

    def __init__(self, url: str, key: str, entity: str, project: str) -> None:
        self._url = url
        self.entity, self.project = entity, project
        secret = base64.b64encode(f"api:{key}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}", "User-Agent": "wandb-core"}

    def creation(self, run: str) -> bytes:
        """As `wandb.init` asks for a run with a config of sixty keys."""
        config: dict[str, Any] = {f"option_{n}": {"value": n * 0.5} for n in range(CONFIG_KEYS)}
        variables = {
            "name": run,
            "project": self.project,
            "entity": self.entity,
            "config": orjson.dumps(config).decode(),
            "host": "bench",
            "program": "train.py",
        }
        question = {"operationName": "UpsertBucket", "query": CREATE, "variables": variables}
        return request_of(self._url, "POST", "/graphql", orjson.dumps(question), self._headers)

    def stream(self, run: str, body: dict[str, Any]) -> bytes:
        """One file_stream request."""
        path = "/".join(map(quote, (self.entity, self.project, run)))
        return request_of(
            self._url, "POST", f"/files/{path}/file_stream", orjson.dumps(body), self._headers
        )

    def chunks(self, run: Logged, lines: int, *, end: bool = False) -> list[bytes]:
        """The run's rows, so many in each request; with `end`, the last says that it is over."""
        rows = history_lines(run)
        bodies: list[dict[str, Any]] = []
        for first in range(0, len(rows), lines):
            some = rows[first : first + lines]
            files = {
                "wandb-history.jsonl": {"offset": first, "content": some},
                "wandb-summary.json": {"offset": 0, "content": [some[-1]]},
            }
            bodies.append({"files": files})
        if end:
            bodies[-1] |= DONE
        return [self.stream(run.name, body) for body in bodies]

    def ending(self, run: str) -> bytes:
        """Answered once everything before it can be read back."""
        return self.stream(run, DONE)

    def get(self, path: str, accept: str = "application/json") -> bytes:
        """A question to the REST API."""
        return request_of(
            self._url, "GET", f"/api/v1{path}", headers={**self._headers, "Accept": accept}
        )

    def deletion(self, run: str) -> bytes:
        """Of a run."""
        path = "/".join(map(quote, (self.entity, self.project, run)))
        return request_of(self._url, "DELETE", f"/api/v1/runs/{path}", headers=self._headers)

    def history(self, run: str, keys: Sequence[str], low: int, high: int) -> bytes:
        """Rows of a range of steps."""
        return self.get(
            f"/runs/{quote(self.entity)}/{quote(self.project)}/{quote(run)}/history"
            f"?keys={quote(','.join(keys))}&min_step={low}&max_step={high}"
        )


def history_lines(run: Logged) -> list[str]:
    """What `wandb-core` writes for each step, its own three keys among them."""
    return [
        orjson.dumps(
            dict(zip(run.keys, row, strict=True))
            | {"_step": step, "_runtime": step * 0.25, "_timestamp": 1.7e9 + step * 0.25}
        ).decode()
        for step, row in enumerate(run.values.tolist())
    ]
