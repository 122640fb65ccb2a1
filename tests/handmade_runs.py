"""A run without the SDK, for tests that only need one to be there."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from tests.plain_http import TLS

BORN = """mutation($e: String, $p: String, $n: String, $t: String) { upsertBucket(input: {
  entityName: $e, modelName: $p, name: $n, displayName: $n, notes: $t, host: "machine-7",
  jobRepo: "https://example.org/code", jobProgram: "train.py",
  config: "{\\"lr\\": {\\"value\\": 0.1}}",
  summaryMetrics: "{\\"loss\\": 0.5}"}) { bucket { id } } }"""


def log_a_run(
    url: str, headers: Mapping[str, str], entity: str, project: str, name: str, notes: str = ""
) -> str:
    """Its own id. It has ended, and logged `loss` and `other` over three steps."""
    with httpx.Client(base_url=url, headers=dict(headers), timeout=30, verify=TLS) as http:
        names = {"e": entity, "p": project, "n": name, "t": notes}
        answer = http.post("/graphql", json={"query": BORN, "variables": names})
        assert "errors" not in answer.json(), answer.text
        lines = [f'{{"_step": {n}, "loss": {1 / (n + 1)}, "other": {n}}}' for n in range(3)]
        files = {"wandb-history.jsonl": {"offset": 0, "content": lines}}
        body = {"files": files, "complete": True, "exitcode": 0}
        logged = http.post(f"/files/{entity}/{project}/{name}/file_stream", json=body)
        assert logged.is_success, logged.text
        found: str = http.get(f"/api/v1/runs/{entity}/{project}/{name}").json()["id"]
        return found
