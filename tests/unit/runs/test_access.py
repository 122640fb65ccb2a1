"""Who may do what to a project, told so that nothing hidden shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.runs.domain.access import absent, require
from services.runs.domain.project import Project
from shared.contracts.identity import Caller
from shared.errors import Forbidden, NotFound
from shared.permissions import Action, Visibility

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STRANGER = Caller(principal_id="s", kind="user", username="stranger", roles={"stranger": "owner"})
NOBODY = Caller()


def caller(role: str, scope: str = "full") -> Caller:
    return Caller(principal_id="p", kind="user", username="ada", roles={"team": role}, scope=scope)


def project(visibility: str = "team", members: dict[str, str] | None = None) -> Project:
    return Project(
        "p1", 1, "team", "demo", Visibility(visibility), NOON, NOON, members=members or {}
    )


class TestRequire:
    @pytest.mark.parametrize("visibility", ["team", "restricted", "private"])
    @pytest.mark.parametrize("action", list(Action))
    @pytest.mark.parametrize("who", [STRANGER, NOBODY], ids=["stranger", "nobody"])
    def test_what_is_hidden_looks_absent_whatever_one_wants(
        self, who: Caller, action: Action, visibility: str
    ) -> None:
        with pytest.raises(NotFound) as refused:
            require(who, action, project(visibility))
        assert refused.value.message == absent("team", "demo").message

    @pytest.mark.parametrize(
        ("who", "visibility", "action"),
        [
            (STRANGER, "public", Action.LOG),
            (NOBODY, "public", Action.EDIT),
            (NOBODY, "open", Action.LOG),
            (STRANGER, "open", Action.DELETE),
            (caller("viewer"), "team", Action.LOG),
            (caller("member"), "team", Action.MANAGE),
            (caller("admin", "read"), "team", Action.LOG),
            (caller("admin", "write_runs"), "team", Action.EDIT),
            (caller("admin", "write_runs"), "team", Action.READ),
        ],
    )
    def test_what_is_seen_but_not_allowed_is_said_so(
        self, who: Caller, visibility: str, action: Action
    ) -> None:
        with pytest.raises(Forbidden, match=r"permission denied: .* team/demo"):
            require(who, action, project(visibility))

    @pytest.mark.parametrize(
        ("who", "visibility", "action"),
        [
            (NOBODY, "public", Action.READ),
            (STRANGER, "open", Action.LOG),
            (caller("viewer"), "team", Action.READ),
            (caller("member"), "team", Action.LOG),
            (caller("service"), "team", Action.EDIT),
            (caller("admin"), "restricted", Action.MANAGE),
            (caller("admin", "write_runs"), "team", Action.LOG),
        ],
    )
    def test_what_is_allowed_gets_the_project(
        self, who: Caller, visibility: str, action: Action
    ) -> None:
        found = project(visibility)
        assert require(who, action, found) is found

    def test_a_restricted_project_opens_to_those_it_names(self) -> None:
        restricted = project("restricted", {"ada": "member"})
        assert require(caller("member"), Action.LOG, restricted) is restricted
        with pytest.raises(NotFound):
            require(caller("member"), Action.READ, project("restricted", {"bob": "member"}))

    def test_a_key_that_only_writes_does_not_tell_what_exists_to_strangers(self) -> None:
        writer = STRANGER.model_copy(update={"scope": "write_runs"})
        with pytest.raises(NotFound):
            require(writer, Action.LOG, project())
