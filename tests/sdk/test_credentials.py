"""Wrong keys are told so, and nobody reaches another's private runs, or learns that they exist."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.plain_http import TLS
from tests.sdk.conftest import AMachine, Read
from tests.sdk.machine import User
from tests.sdk.wire import CREATE_FILES, RUN, UPSERT_RUN, Wire

pytestmark = pytest.mark.sdk

NOBODY = "No account answers to this API key."
STRANGER = User("mallory", "mallory@example.com", "local-" + "f" * 40)
VIEWER = "query Viewer { viewer { username } }"


class TestWrongKey:
    def test_login_says_so_and_keeps_nothing(self, a_machine: AMachine) -> None:
        machine = a_machine(STRANGER)
        ran = machine.wandb("login", "--verify", exits=1, WANDB_SILENT="")
        assert f"Failed to authenticate with {machine.url}: {NOBODY}" in ran.err
        key = ("--verify", "--relogin", STRANGER.api_key)
        assert NOBODY in machine.wandb("login", *key, exits=1, WANDB_API_KEY="").err
        assert not (machine.home / ".netrc").exists()

    def test_the_public_api_says_so(self, a_machine: AMachine) -> None:
        ran = a_machine(STRANGER).run("import wandb; wandb.Api()", exits=1)
        assert "AuthenticationError: Failed to verify credentials with http" in ran.err
        assert NOBODY in ran.err

    def test_a_run_does_not_begin(self, a_machine: AMachine) -> None:
        ran = a_machine(STRANGER).run("import wandb; wandb.init(project='demo')", exits=1)
        assert f"CommError: {NOBODY}" in ran.err

    def test_the_right_key_is_kept(self, a_machine: AMachine, user: User) -> None:
        machine = a_machine(user)
        machine.wandb("login", "--verify", "--relogin", user.api_key, WANDB_API_KEY="")
        assert user.api_key in (machine.home / ".netrc").read_text(encoding="utf-8")
        ran = machine.run("import wandb; print(wandb.Api().default_entity)", WANDB_API_KEY="")
        assert ran.out.strip() == user.username

    @pytest.mark.parametrize(
        "authorization",
        [
            httpx.BasicAuth("api", STRANGER.api_key)._auth_header,
            f"Bearer {STRANGER.api_key}",
            "Bearer short",
            "Basic !!!",
            "Digest abc",
        ],
    )
    def test_every_door_answers_401(self, authorization: str, cordee: Cordee) -> None:
        headers = {"Authorization": authorization}
        with httpx.Client(
            base_url=cordee.url, headers=headers, trust_env=False, verify=TLS
        ) as http:
            graphql = http.post("/graphql", json={"query": VIEWER})
            stream = http.post("/files/a/b/c/file_stream", json={})
            rest = http.get("/api/v1/users/me")
        assert [graphql.status_code, stream.status_code, rest.status_code] == [401] * 3
        assert graphql.json()["errors"][0]["message"]
        assert stream.json()["error"]
        assert rest.headers["content-type"] == "application/problem+json"

    def test_without_a_key_nobody_is_signed_in(self, cordee: Cordee) -> None:
        answer = httpx.post(
            f"{cordee.url}/graphql", json={"query": VIEWER}, trust_env=False, verify=TLS
        )
        assert answer.json() == {"data": {"viewer": None}}
        stream = httpx.post(
            f"{cordee.url}/files/a/b/c/file_stream", json={}, trust_env=False, verify=TLS
        )
        assert stream.status_code == 401

    def test_a_revoked_key_is_refused_within_a_second(self, cordee: Cordee, user: User) -> None:
        wire = Wire(cordee.url, user)
        keys = f"/users/{user.username}/api-keys"
        made = wire.rest("POST", keys, {"name": "ci"}).json()
        other = Wire(cordee.url, User(user.username, user.email, made["key"]))
        path = other.a_run("demo", "r")
        assert other.stream(path).status_code == 200

        assert wire.rest("DELETE", f"{keys}/{made['id']}").status_code == 204
        deleted = accepted = time.monotonic()
        for ask in (lambda: other.graphql(VIEWER), lambda: other.stream(path)):
            asked = time.monotonic()
            while ask().status_code == 200:
                accepted, asked = asked, time.monotonic()
                assert asked - deleted < 20
            assert ask().status_code == 401
        assert accepted - deleted < 1.0
        assert wire.graphql(VIEWER).status_code == 200


@dataclass(frozen=True, slots=True)
class Private:
    """A finished run with a file, its ids, and signed URLs of the file."""

    owner: Wire
    path: str
    run_id: str
    file_id: str
    put: str
    get: str

    def untouched(self) -> bool:
        """Whether the run is as its owner left it."""
        found = self.owner.run(self.path)
        files = self.owner.data(FILES, **where(self.path))["project"]["run"]["files"]["edges"]
        kept = [(edge["node"]["id"], edge["node"]["sizeBytes"]) for edge in files]
        return (
            [json.loads(line)["n"] for line in found["history"]] == [1]
            and found["state"] == "finished"
            and kept == [(self.file_id, len("secret"))]
        )


FILES = """
query RunFiles($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) { files { edges { node { id sizeBytes directUrl } } } }
  }
}
"""


def where(path: str) -> dict[str, str]:
    """The variables that say which run is meant."""
    return dict(zip(("entity", "project", "name"), path.split("/"), strict=True))


@pytest.fixture
def private(cordee: Cordee, a_user: Callable[[], User]) -> Private:
    owner = Wire(cordee.url, a_user())
    path = owner.a_run("secret", "r1", config={"key": {"value": "mine"}})
    owner.log(path, ['{"_step":0,"n":1}'])
    put = owner.upload_url(path, "notes.txt")
    assert httpx.put(put, content=b"secret", trust_env=False, verify=TLS).status_code == 200
    owner.finish(path)
    [file] = owner.data(FILES, **where(path))["project"]["run"]["files"]["edges"]
    node, run_id = file["node"], owner.run(path)["id"]
    return Private(owner, path, run_id, node["id"], put, node["directUrl"])


class TestAnothersRun:
    """Whatever somebody else asks about a private run is answered as if it did not exist."""

    @pytest.fixture
    def other(self, cordee: Cordee, user: User) -> Wire:
        return Wire(cordee.url, user)

    @pytest.fixture
    def twice(self, private: Private) -> Callable[[Callable[[str], httpx.Response]], Any]:
        """Asks about the private run and about one that was never made; both answers are equal."""

        def ask(question: Callable[[str], httpx.Response]) -> httpx.Response:
            absent = private.path.replace("secret", "secreu")
            about_absent = question(absent)
            answer = question(private.path)
            assert answer.status_code == about_absent.status_code
            assert plain(answer) == plain(about_absent).replace("secreu", "secret")
            assert private.untouched()
            return answer

        def plain(answer: httpx.Response) -> str:
            body = answer.json()
            return json.dumps({k: v for k, v in body.items() if k != "request_id"})

        return ask

    def test_it_cannot_be_read_with_the_sdk(
        self, private: Private, a_machine: AMachine, user: User
    ) -> None:
        script = """
            import sys, wandb
            api = wandb.Api()
            for ask in (api.run, lambda path: len(api.runs(path.rpartition("/")[0]))):
                try:
                    ask(sys.argv[1])
                except Exception as error:
                    print(error)
            print(len(list(api.projects(sys.argv[1].partition("/")[0]))))
        """
        lines = a_machine(user).run(script, private.path).out.splitlines()
        assert "Could not find run" in lines[0]
        assert "Could not find project" in lines[1]
        assert lines[2] == "0"

    def test_it_cannot_be_written_with_the_sdk(
        self, private: Private, a_machine: AMachine, user: User
    ) -> None:
        entity, project, name = private.path.split("/")
        script = f"import wandb; wandb.init(entity={entity!r}, project={project!r}, id={name!r})"
        for resume in ("", "must", "allow"):
            ran = a_machine(user).run(script, exits=1, WANDB_RESUME=resume)
            assert "not found" in ran.err or "does not exist" in ran.err
        assert private.untouched()

    def test_graphql_reads_are_null(self, twice: Any, other: Wire) -> None:
        for query in (RUN, FILES):
            answer = twice(lambda path, query=query: other.graphql(query, **where(path)))
            assert answer.json() == {"data": {"project": None}}

    def test_graphql_writes_are_404(self, private: Private, twice: Any, other: Wire) -> None:
        def upsert(path: str) -> httpx.Response:
            return other.graphql(UPSERT_RUN, **where(path), notes="was here")

        def create_files(path: str) -> httpx.Response:
            entity, project, run = path.split("/")
            files = {"entityName": entity, "projectName": project, "runName": run}
            return other.graphql(CREATE_FILES, input={**files, "files": ["notes.txt"]})

        assert twice(upsert).status_code == 404
        assert twice(create_files).status_code == 404

    def test_known_ids_help_nobody(self, private: Private, other: Wire) -> None:
        by_id = (
            'mutation M($id: String) { upsertBucket(input: {id: $id, notes: "x"}) { inserted } }'
        )
        absent = other.graphql(by_id, id="UnVuOnYxOm5vYm9keQ==")
        answer = other.graphql(by_id, id=private.run_id)
        assert answer.status_code == absent.status_code == 404
        assert answer.text == absent.text

        delete = "mutation D($ids: [ID!]!) { deleteFiles(input: {files: $ids}) { success } }"
        absent = other.graphql(delete, ids=["RmlsZTpub2JvZHk="])
        answer = other.graphql(delete, ids=[private.file_id])
        assert (answer.status_code, answer.text) == (absent.status_code, absent.text)
        assert private.untouched()

    def test_file_stream_is_404(self, twice: Any, other: Wire) -> None:
        files = {"wandb-history.jsonl": {"offset": 0, "content": ['{"_step":0,"n":2}']}}
        for body in ({}, {"files": files}, {"complete": True, "exitcode": 1}):
            assert twice(lambda path, body=body: other.stream(path, **body)).status_code == 404

    def test_rest_is_404(self, twice: Any, other: Wire) -> None:
        def project_of(path: str) -> str:
            return path.rpartition("/")[0]

        for question in (
            lambda path: other.rest("GET", f"/projects/{project_of(path)}"),
            lambda path: other.rest("GET", f"/projects/{project_of(path)}/runs"),
            lambda path: other.rest("GET", f"/runs/{path}"),
            lambda path: other.rest("GET", f"/runs/{path}/history?keys=n"),
            lambda path: other.rest("PATCH", f"/projects/{project_of(path)}", {"description": "x"}),
        ):
            assert twice(question).status_code == 404

    def test_nothing_can_be_moved_into_its_project(self, twice: Any, other: Wire) -> None:
        other.finish(other.a_run("mine", "r1"))

        def move(path: str) -> httpx.Response:
            entity, project, _ = path.split("/")
            body = {"runs": ["r1"], "to": {"entity": entity, "project": project}}
            return other.rest("POST", f"/projects/{other.user.username}/mine/runs:move", body)

        assert twice(move).status_code == 404

    def test_published_it_can_be_read_and_still_not_be_written(
        self, private: Private, other: Wire, read: Read
    ) -> None:
        project = private.path.rpartition("/")[0]
        opened = private.owner.rest("PATCH", f"/projects/{project}", {"visibility": "public"})
        assert opened.status_code == 200
        assert other.run(private.path)["state"] == "finished"
        assert other.stream(private.path, complete=True, exitcode=1).status_code == 403
        assert other.graphql(UPSERT_RUN, **where(private.path), notes="x").status_code == 403
        delete = "mutation D($ids: [ID!]!) { deleteFiles(input: {files: $ids}) { success } }"
        assert other.graphql(delete, ids=[private.file_id]).status_code == 403
        assert private.untouched()


class TestSignedUrls:
    """A URL opens one object for one method, and nothing else."""

    def test_it_needs_no_key(self, private: Private) -> None:
        assert httpx.get(private.get, trust_env=False, verify=TLS).text == "secret"

    def test_for_reading_it_does_not_write_nor_the_other_way_round(self, private: Private) -> None:
        answers = [
            httpx.put(private.get, content=b"x", trust_env=False, verify=TLS),
            httpx.get(private.put, trust_env=False, verify=TLS),
            httpx.delete(private.put, trust_env=False, verify=TLS),
            httpx.post(private.put, content=b"x", trust_env=False, verify=TLS),
        ]
        assert all(400 <= answer.status_code < 500 for answer in answers)
        assert not any("secret" in answer.text for answer in answers)
        assert private.untouched()

    def test_no_part_of_it_can_be_exchanged(self, private: Private, cordee: Cordee) -> None:
        other = private.owner.upload_url(private.path, "other.txt")
        token, other_token = (url.split("/")[-2] for url in (private.put, other))
        body, _, signature = token.partition(".")
        other_body, _, other_signature = other_token.partition(".")
        flipped = ("B" if body[20] == "A" else "A").join((body[:20], body[21:]))
        for forged in (
            f"{body}.{other_signature}",
            f"{other_body}.{signature}",
            f"{flipped}.{signature}",
            f"{body}.",
            body,
            "..",
        ):
            url = private.put.replace(token, forged)
            assert httpx.put(url, content=b"x", trust_env=False, verify=TLS).status_code in (
                403,
                404,
            )
        assert private.untouched()

    def test_its_name_is_only_for_people(self, private: Private) -> None:
        renamed = private.get.replace("notes.txt", "other.txt")
        assert httpx.get(renamed, trust_env=False, verify=TLS).text == "secret"
