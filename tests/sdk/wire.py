"""What the SDK says, said by hand: for what no script can do quickly, or on purpose wrongly."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.plain_http import TLS
from tests.sdk.machine import User

UPSERT_RUN = """
mutation UpsertBucket(
  $project: String, $entity: String, $name: String!, $config: JSONString, $summary: JSONString,
  $tags: [String!], $group: String, $jobType: String, $displayName: String, $notes: String
) {
  upsertBucket(input: {
    modelName: $project, entityName: $entity, name: $name, config: $config,
    summaryMetrics: $summary, tags: $tags, groupName: $group, jobType: $jobType,
    displayName: $displayName, notes: $notes
  }) { bucket { id name historyLineCount } inserted }
}
"""
RUN = """
query Run($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) { id state exitcode historyLineCount history(samples: 100000) }
  }
}
"""
CREATE_FILES = """
mutation CreateRunFiles($input: CreateRunFilesInput!) {
  createRunFiles(input: $input) { runID files { name uploadUrl } }
}
"""
HISTORY = "wandb-history.jsonl"


class Wire:
    """One user's connection."""

    def __init__(self, url: str, user: User) -> None:
        self.user = user
        self.http = httpx.Client(
            base_url=url,
            auth=httpx.BasicAuth("api", user.api_key),
            timeout=60,
            trust_env=False,
            verify=TLS,
        )

    def graphql(self, query: str, **variables: Any) -> httpx.Response:
        """Whatever it answers."""
        body = {"query": query, "variables": variables, "operationName": ""}
        return self.http.post("/graphql", json=body)

    def data(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.graphql(query, **variables)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def a_run(self, project: str, name: str, **fields: Any) -> str:
        """Create or change a run; its path. Objects are sent as the JSON texts they must be."""
        for field in ("config", "summary"):
            if field in fields:
                fields[field] = json.dumps(fields[field])
        variables = {"project": project, "entity": self.user.username, "name": name, **fields}
        self.data(UPSERT_RUN, **variables)
        return f"{self.user.username}/{project}/{name}"

    def stream(self, path: str, **body: Any) -> httpx.Response:
        """One file_stream request; `path` is entity/project/run."""
        return self.http.post(f"/files/{path}/file_stream", json=body)

    def log(self, path: str, rows: list[str], offset: int = 0) -> None:
        """History lines, as the texts they are."""
        files = {HISTORY: {"offset": offset, "content": rows}}
        assert self.stream(path, files=files).status_code == 200

    def finish(self, path: str, exit_code: int = 0) -> None:
        """The run's last word."""
        assert self.stream(path, complete=True, exitcode=exit_code).status_code == 200

    def run(self, path: str) -> Any:
        """State, line count and steps of a run; None if there is none."""
        entity, project, name = path.split("/")
        found = self.data(RUN, entity=entity, project=project, name=name)["project"]
        return found and found["run"]

    def rest(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call below /api/v1."""
        return self.http.request(method, f"/api/v1{path}", json=body)

    def upload_url(self, path: str, name: str) -> str:
        """Where a file of the run is to be put."""
        entity, project, run = path.split("/")
        body = {"entityName": entity, "projectName": project, "runName": run, "files": [name]}
        files = self.data(CREATE_FILES, input=body)["createRunFiles"]["files"]
        url: str = files[0]["uploadUrl"]
        return url
