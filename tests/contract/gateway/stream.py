"""One run and its file_stream, spoken to over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.contract.gateway.edge import Person
from tests.contract.gateway.hostile_bodies import HISTORY


class Stream:
    """A run of somebody's, and its file_stream."""

    def __init__(self, somebody: Person, name: str) -> None:
        self.http = somebody.http
        self.path = f"/files/{somebody.username}/bodies/{name}/file_stream"
        self.name = name
        made = self.graphql(
            'mutation($n: String) { upsertBucket(input: {modelName: "bodies", name: $n}) '
            "{ bucket { id } } }",
            n=name,
        )
        assert made.status_code == 200, made.text

    def graphql(self, query: str, **variables: Any) -> httpx.Response:
        return self.http.post("/graphql", json={"query": query, "variables": variables})

    def log(self, offset: int, lines: list[str]) -> httpx.Response:
        body = {"files": {HISTORY: {"offset": offset, "content": lines}}}
        return self.http.post(self.path, json=body)

    def settle(self) -> None:
        assert self.http.post(self.path, json={"complete": True, "exitcode": 0}).is_success

    def run(self, fields: str) -> dict[str, Any]:
        """Of the run as it is now."""
        answer = self.graphql(
            'query($n: String!) { project(name: "bodies") { run(name: $n) { ' + fields + " } } }",
            n=self.name,
        )
        found: dict[str, Any] = answer.json()["data"]["project"]["run"]
        return found

    def lines(self) -> list[str]:
        found: list[str] = self.run("history(minStep: 0, maxStep: 1000000, samples: 100000)")[
            "history"
        ]
        return found
