"""Alerts belong to where their run is now, and a team's rules to all of its projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import UPSERT_RUN, Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

SAY = """
mutation Say($entity: String!, $title: String!) {
  notifyScriptableRunAlert(input: {
    entityName: $entity, projectName: "demo", runName: "r", title: $title, text: "", severity: WARN
  }) { success }
}
"""


class Teams:
    """Somebody with two teams, and a member of each alone."""

    def __init__(self, cordee: Cordee, a_user: Callable[[], User]) -> None:
        self.owner, self.old_fellow, self.new_fellow = (Wire(cordee.url, a_user()) for _ in "123")
        self.old, self.new = (f"{each}-of-{self.owner.user.username}" for each in ("old", "new"))
        for team, fellow in ((self.old, self.old_fellow), (self.new, self.new_fellow)):
            self.did("POST", "/teams", {"name": team})
            guest = {"username": fellow.user.username, "role": "member"}
            invited = self.did("POST", f"/teams/{team}/invitations", guest)
            accepted = fellow.rest("POST", f"/invitations/{invited['id']}/accept")
            assert accepted.status_code == 200

    def did(self, method: str, path: str, body: Any) -> Any:
        answer = self.owner.rest(method, path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def a_run(self) -> None:
        self.owner.data(UPSERT_RUN, entity=self.old, project="demo", name="r")

    def alerts(self, team: str, wire: Wire) -> Any:
        return wire.rest("GET", f"/projects/{team}/demo/alerts").json().get("items")


@pytest.fixture
def teams(cordee: Cordee, a_user: Callable[[], User]) -> Teams:
    return Teams(cordee, a_user)


def test_a_rule_of_the_team_hears_the_scripts_of_a_later_project(teams: Teams) -> None:
    rule = {"name": "said", "when": {"kind": "alert"}, "title": "${run} says: ${title}"}
    teams.did("POST", f"/teams/{teams.old}/rules", rule)
    teams.a_run()
    teams.owner.data(SAY, entity=teams.old, title="low")
    [alert] = teams.alerts(teams.old, teams.owner)
    assert (alert["rule"], alert["title"]) == ("said", "r says: low")


def test_who_may_handle_an_alert_goes_with_its_run(teams: Teams) -> None:
    teams.a_run()
    teams.owner.data(SAY, entity=teams.old, title="low")
    to = {"entity": teams.new, "project": "demo"}
    teams.did("POST", f"/projects/{teams.old}/demo/runs:move", {"runs": ["r"], "to": to})
    [alert] = wait_for("the alert", lambda: teams.alerts(teams.new, teams.new_fellow))
    assert (alert["entity"], alert["project"]) == (teams.new, "demo")
    path, seen = f"/alerts/{alert['id']}", {"state": "acknowledged"}
    assert teams.old_fellow.rest("PATCH", path, seen).status_code == 404
    handled = teams.new_fellow.rest("PATCH", path, seen)
    assert handled.status_code == 200
    assert (handled.json()["entity"], handled.json()["state"]) == (teams.new, "acknowledged")


def test_a_wish_that_cannot_be_kept_is_refused(teams: Teams) -> None:
    made = {"kind": "artifact", "events": ["created"]}
    rule = {"name": "made", "when": made, "once_per_run": True}
    answer = teams.owner.rest("POST", f"/teams/{teams.old}/rules", rule)
    assert answer.status_code in (400, 422)
    assert "once_per_run" in answer.text
