"""Nobody sees or changes what is not theirs: every route, field, principal and place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from gateway.app import Gateway
from gateway.graphql import schema as graphql_schema
from gateway.settings import GatewaySettings
from tests.contract.isolation import rows
from tests.contract.isolation.world import (
    MANAGERS,
    PLACES,
    READERS,
    WRITERS,
    World,
    build,
    mark,
)
from tests.servers import Cordee

REFUSALS = {401, 403, 404, 409, 410, 422}
NOBODYS = ("anonymous", "revoked")
PRINCIPALS = (
    "anonymous", "revoked", "out", "valley_bot", "gone", "vi", "mo", "bot", "ada", "root", "root+",
)  # fmt: skip
STRANGERS = ("anonymous", "revoked", "out", "valley_bot", "gone", "root")
SCHEMA = graphql_schema.build()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Cordee() as cordee:
        yield build(cordee.url, cordee.admin_key)


def routes() -> set[str]:
    """From the application itself."""
    settings = GatewaySettings(key_pepper="x", url_signing_key="x", session_key="x")
    paths = Gateway(settings).framework.openapi()["paths"]
    return {f"{method.upper()} {path}" for path, verbs in paths.items() for method in verbs}


class TestEverythingIsThoughtOf:
    def test_every_route_has_a_row(self) -> None:
        known = {
            *rows.PROJECT_ROUTES, *rows.TEAM_ROUTES, *rows.PERSON_ROUTES, *rows.ADMIN_ROUTES,
            *rows.OWN_ROUTES, *rows.OPEN_ROUTES,
        }  # fmt: skip
        assert routes() - known == set()
        assert known - routes() == set()

    def test_every_root_field_has_a_row(self) -> None:
        assert SCHEMA.query_type
        assert SCHEMA.mutation_type
        assert set(SCHEMA.query_type.fields) == set(rows.QUERY_FIELDS)
        assert set(SCHEMA.mutation_type.fields) == set(rows.MUTATION_FIELDS)


def filled(route: str, world: World, place: str, username: str = "mo") -> tuple[str, str]:
    """Method and path of a route about a place."""
    method, _, path = route.partition(" ")
    entity, project = PLACES[place]
    values = {
        "entity": entity,
        "project": project,
        "run": "r1",
        "move_id": world.ids[place]["move"],
        "rule_id": world.ids[place]["rule"],
        "alert_id": "absent",
        "delivery_id": "absent",
        "channel_id": world.things["channel"],
        "username": username,
        "team": "peaks",
        "invitation": world.things["invitation"],
        "provider": "absent",
        "organization": "default",
        "key_id": world.things["key of mo"],
    }
    path = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)
    if path.endswith("/history"):
        path += f"?keys={mark(place)}"
    return method, path


def allowed(right: str, place: str) -> frozenset[str]:
    """Who may, by the reviewed tables."""
    if right == "read both":  # of a move: where the runs were, and where they went
        return READERS[place] & READERS["personal" if place == "personal" else "team"]
    tables = {"read": READERS, "write": WRITERS, "manage": MANAGERS}
    return tables[right.partition(" ")[0]][place]


class TestProjectRoutes:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("route", rows.PROJECT_ROUTES)
    def test_the_refused_learn_and_change_nothing(
        self, world: World, route: str, place: str
    ) -> None:
        right, body = rows.PROJECT_ROUTES[route]
        for who in PRINCIPALS:
            if who in allowed(right, place):
                continue
            method, path = filled(route, world, place)
            answer = world.ask(method, path, who, body)
            assert_refused(answer, who, place, right)
        assert_untouched(world, place)

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize(
        "route", [route for route, (right, _) in rows.PROJECT_ROUTES.items() if right == "read"]
    )
    def test_the_allowed_get_it(self, world: World, route: str, place: str) -> None:
        for who in READERS[place]:
            method, path = filled(route, world, place)
            answer = world.ask(method, path, who)
            assert answer.status_code == 200, (who, answer.text)
            if "moves" not in path:
                assert mark(place) in answer.text

    @pytest.mark.parametrize("place", ["team", "restricted", "personal"])
    def test_hidden_and_absent_are_the_same(self, world: World, place: str) -> None:
        entity, project = PLACES[place]
        for path in ("/api/v1/projects/{0}/{1}", "/api/v1/runs/{0}/{1}/r1"):
            hidden = world.ask("GET", path.format(entity, project), "out")
            absent = world.ask("GET", path.format(entity, "no-such"), "out")
            assert hidden.status_code == absent.status_code == 404
            assert plain(hidden, project) == plain(absent, "no-such")


class TestTeamRoutes:
    @pytest.mark.parametrize("route", rows.TEAM_ROUTES)
    def test_strangers_learn_and_change_nothing(self, world: World, route: str) -> None:
        role, body = rows.TEAM_ROUTES[route]
        for who in STRANGERS:
            if who == "root" and role.endswith("operator"):
                continue
            method, path = filled(route, world, "team")
            answer = world.ask(method, path, who, body)
            assert answer.status_code in REFUSALS, (route, who, answer.text)
            assert "MARKED" not in answer.text
        assert "ada" in {m["username"] for m in members(world)}

    @pytest.mark.parametrize(
        "route", [route for route, (role, _) in rows.TEAM_ROUTES.items() if "admin" in role]
    )
    def test_members_do_not_administrate(self, world: World, route: str) -> None:
        _, body = rows.TEAM_ROUTES[route]
        before = members(world)
        for who in ("vi", "mo", "bot"):
            method, path = filled(route, world, "team", username="ada")
            answer = world.ask(method, path, who, body)
            assert answer.status_code in REFUSALS, (route, who, answer.text)
        assert members(world) == before


class TestPersonRoutes:
    @pytest.mark.parametrize("route", rows.PERSON_ROUTES)
    def test_nobody_acts_for_another(self, world: World, route: str) -> None:
        for who in ("anonymous", "revoked", "out", "valley_bot", "gone", "vi", "ada", "bot"):
            method, path = filled(route, world, "team")
            answer = world.ask(method, path, who, rows.PERSON_ROUTES[route])
            assert answer.status_code in REFUSALS, (route, who, answer.text)
        assert world.must("GET", "/api/v1/users/me", "mo")["admin"] is False

    @pytest.mark.parametrize("route", rows.ADMIN_ROUTES)
    def test_only_instance_administrators_administrate(self, world: World, route: str) -> None:
        for who in ("anonymous", "revoked", "out", "valley_bot", "gone", "vi", "mo", "bot", "ada"):
            method, path = filled(route, world, "team")
            answer = world.ask(method, path, who, rows.ADMIN_ROUTES[route])
            assert answer.status_code in REFUSALS, (route, who, answer.text)

    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_lists_of_ones_own_hold_nothing_foreign(self, world: World, who: str) -> None:
        for route in rows.OWN_ROUTES:
            method, _, path = route.partition(" ")
            if method != "GET" or "{" in path:
                continue
            answer = world.ask(method, path, who)
            if who in NOBODYS:
                assert answer.status_code == 401, (route, answer.text)
            if who in STRANGERS:
                assert not foreign_marks(answer.text, who), route


class TestGraphQL:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_a_project_with_every_field_there_is(self, world: World, who: str, place: str) -> None:
        entity, project = PLACES[place]
        for root in ("project", "model"):
            document = f"""query($e: String, $p: String) {{
              {root}(name: $p, entityName: $e) {{ {everything("Project")} }} }}"""
            answer = world.graphql(who, document, e=entity, p=project)
            self._judge(answer, who, place)

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_lists_and_entities(self, world: World, who: str, place: str) -> None:
        entity, _ = PLACES[place]
        models = (
            "query($e: String) { models(entityName: $e) { edges { node { name description } } } }"
        )
        answer = world.graphql(who, models, e=entity)
        self._judge(answer, who, place)
        nested = f"query($e: String) {{ entity(name: $e) {{ {everything('Entity')} }} }}"
        answer = world.graphql(who, nested, e=entity)
        if who not in READERS[place]:
            assert mark(place) not in answer.text

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_mutations_of_runs_and_files(self, world: World, who: str, place: str) -> None:
        if who in WRITERS[place]:
            return
        entity, project = PLACES[place]
        names = {"e": entity, "p": project, "id": world.ids[place]["run"]}
        for document in (
            """mutation($e: String, $p: String) { upsertBucket(input: {entityName: $e,
               modelName: $p, name: "r1", notes: "mine now"}) { bucket { id notes config } } }""",
            """mutation($e: String, $p: String) { upsertBucket(input: {entityName: $e,
               modelName: $p, name: "new"}) { bucket { id } } }""",
            """mutation($id: String) { upsertBucket(input: {id: $id, notes: "mine now"})
               { bucket { id notes config } } }""",
            """mutation($e: String!, $p: String!) { createRunFiles(input: {entityName: $e,
               projectName: $p, runName: "r1", files: ["x"]}) { files { uploadUrl } } }""",
            """mutation($e: String, $p: String) { upsertModel(input: {entityName: $e, name: $p,
               description: "mine now"}) { project { id description } } }""",
        ):
            used = {name: names[name] for name in names if f"${name}:" in document}
            assert_refused(world.graphql(who, document, **used), who, place, "write")
        document = "mutation($f: [ID!]!) { deleteFiles(input: {files: $f}) { success } }"
        answer = world.graphql(who, document, f=[world.ids[place]["file"]])
        if who in READERS[place] or who == "revoked":
            assert_refused(answer, who, place, "write")
        # To all others the file is as unknown as any id they make up, and stays where it is.
        assert_untouched(world, place)

    @pytest.mark.parametrize("who", STRANGERS)
    def test_mutations_of_teams_and_people(self, world: World, who: str) -> None:
        before = members(world)
        for document in (
            'mutation { createInvite(input: {entityName: "peaks", username: "out"}) '
            "{ invite { id } } }",
            'mutation { createServiceAccount(input: {entityName: "peaks", description: "spy"}) '
            "{ user { id } } }",
            'mutation { deleteInvite(input: {entityName: "peaks", id: "TWVtYmVyOm1v"}) '
            "{ success } }",
        ):
            answer = world.graphql(who, document)
            assert answer.json().get("errors"), (who, document, answer.text)
            assert answer.status_code in REFUSALS | {400}, (who, document, answer.text)
        if who != "root":
            document = 'mutation { createUser(input: {email: "imp@example.org"}) { user { id } } }'
            assert world.graphql(who, document).status_code in REFUSALS
        assert members(world) == before

    def _judge(self, answer: httpx.Response, who: str, place: str) -> None:
        for other in PLACES:
            if who not in READERS[other]:
                assert mark(other) not in answer.text, (who, other, answer.text[:500])
        if who == "revoked":
            assert answer.status_code == 401
        elif who in READERS[place]:
            assert mark(place) in answer.text, (who, place, answer.text[:500])


class TestStreams:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_only_writers_log(self, world: World, who: str, place: str) -> None:
        if who in WRITERS[place]:
            return
        entity, project = PLACES[place]
        body = {"files": {"wandb-history.jsonl": {"offset": 0, "content": ['{"_step":9}']}}}
        path = f"/files/{entity}/{project}/r1/file_stream"
        assert_refused(world.ask("POST", path, who, body), who, place, "write")
        assert_untouched(world, place)


def everything(name: str, depth: int = 4) -> str:
    """A selection of every field of a type, as deep as the documents' limit allows."""
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    given = {
        "name": '"r1"', "specs": '["{\\"keys\\":[\\"_step\\"]}"]', "liveKeys": '["_step"]',
        "samples": "5", "rampIDType": "OrgName",
    }  # fmt: skip
    found = []
    for field_name, field in kind.fields.items():
        if field_name in ("entity", "organization", "user", "project") and depth < 4:
            continue
        arguments = {
            argument: given[argument]
            for argument, about in field.args.items()
            if str(about.type).endswith("!") or argument in ("specs", "liveKeys")
        }
        text = ", ".join(f"{argument}: {value}" for argument, value in arguments.items())
        call = f"{field_name}({text})" if text else field_name
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            found.append(call)
        elif depth > 0 and isinstance(inner, GraphQLObjectType):
            found.append(f"{call} {{ {everything(inner.name, depth - 1)} }}")
    return " ".join(found) or "__typename"


def assert_refused(answer: httpx.Response, who: str, place: str, right: str) -> None:
    if right == "read list" and answer.status_code == 200:
        assert mark(place) not in answer.text, who
        return
    assert answer.status_code in REFUSALS, (who, place, answer.status_code, answer.text)
    if who in NOBODYS[1:]:
        assert answer.status_code == 401
    if who not in READERS[place]:
        assert mark(place) not in answer.text, who


def assert_untouched(world: World, place: str) -> None:
    """The owner still finds everything as it was."""
    entity, project = PLACES[place]
    owner = "mo" if place == "personal" else "ada"
    run = world.must("GET", f"/api/v1/runs/{entity}/{project}/r1", owner)
    assert run["notes"] == mark(place)
    assert run["history_lines"] == 3
    listed = world.must("GET", f"/api/v1/projects/{entity}/{project}/runs", owner)["items"]
    assert [one["name"] for one in listed] == ["r1"]
    kept = world.graphql(
        owner,
        """query($e: String, $p: String) { project(name: $p, entityName: $e) {
          run(name: "r1") { files { edges { node { name } } } } } }""",
        e=entity,
        p=project,
    )
    assert f"{mark(place)}.txt" in kept.text
    described = world.must("GET", f"/api/v1/projects/{entity}/{project}", owner)
    assert described["description"] == mark(place)


def members(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.must("GET", "/api/v1/teams/peaks", "ada")["members"]
    return found


def foreign_marks(text: str, who: str) -> list[str]:
    """Marks in a text that the principal must not meet."""
    hidden = [place for place in PLACES if who not in READERS[place]] + ["peaks"]
    return [place for place in hidden if mark(place) in text]


def plain(answer: httpx.Response, name: str) -> str:
    """The body without what must differ."""
    text = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    return text.replace(name, "NAME")
