"""Nobody sees or changes what is not theirs: every route, principal and place."""

from __future__ import annotations

import re

import pytest

from gateway.app import Gateway
from gateway.graphql import schema as graphql_schema
from gateway.settings import GatewaySettings
from tests.contract.isolation import rows
from tests.contract.isolation.judging import (
    NOBODYS,
    PRINCIPALS,
    REFUSALS,
    STRANGERS,
    assert_refused,
    assert_untouched,
    foreign_marks,
    members,
    plain,
)
from tests.contract.isolation.world import (
    COMMENTERS,
    MANAGERS,
    PLACES,
    READERS,
    TABLE,
    WRITERS,
    World,
    mark,
)

SCHEMA = graphql_schema.build()


def routes() -> set[str]:
    """From the application itself."""
    settings = GatewaySettings(key_pepper="x", url_signing_key="x", session_key="x")
    paths = Gateway(settings).framework.openapi()["paths"]
    return {f"{method.upper()} {path}" for path, verbs in paths.items() for method in verbs}


class TestEverythingIsThoughtOf:
    def test_every_route_has_a_row(self) -> None:
        known = {
            *rows.PROJECT_ROUTES, *rows.TEAM_ROUTES, *rows.PERSON_ROUTES, *rows.ADMIN_ROUTES,
            *rows.OWN_ROUTES, *rows.OPEN_ROUTES, *rows.LINK_ROUTES,
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
        "collection": "r1",
        "version": "v0",
        "move_id": world.ids[place]["move"],
        "rule_id": world.ids[place]["rule"],
        "view_id": world.ids[place]["view"],
        "report_id": world.ids[place]["report"],
        "comment_id": world.ids[place]["comment"],
        "sweep": world.ids[place]["sweep"],
        "share_id": world.ids[place]["share"],
        "alert_id": "absent",
        "sequence": "1",
        "delivery_id": "absent",
        "channel_id": world.things["channel"],
        "maintenance_id": "absent",
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
    if path.endswith("/table"):
        path += f"?file={TABLE}"
    if path.endswith("/curves"):
        path += f"?key={mark(place)}"
    return method, path


def allowed(right: str, place: str) -> frozenset[str]:
    """Who may, by the reviewed tables."""
    if right == "read both":  # of a move: where the runs were, and where they went
        return READERS[place] & READERS["personal" if place == "personal" else "team"]
    tables = {"read": READERS, "write": WRITERS, "manage": MANAGERS, "comment": COMMENTERS}
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
