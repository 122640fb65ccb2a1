"""Projects: names that make URLs, and who they may be for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.runs.domain.project import Project, checked_name, checked_visibility
from shared.errors import Invalid
from shared.permissions import Visibility

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def a_project(visibility: Visibility = Visibility.TEAM) -> Project:
    return Project("p1", 1, "team", "demo", visibility, NOON, NOON, description="old")


class TestName:
    @pytest.mark.parametrize(
        "name",
        ["", " a", "a ", "a" * 129, *(f"a{c}b" for c in "/\\#?%:\x00\n\x1f\x7f"), "\u2003a"],
    )
    def test_one_that_breaks_urls_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_name(name)
        assert refused.value.field == "project"

    @pytest.mark.parametrize("name", ["a", "a" * 128, "a b", "é😀", "..", "a.b-c_d", "$x", "'"])
    def test_any_other_is_kept(self, name: str) -> None:
        assert checked_name(name) == name


class TestVisibility:
    @pytest.mark.parametrize(
        ("wanted", "personal"),
        [("team", True), ("restricted", True), ("", False), ("TEAM", False), ("secret", True)],
    )
    def test_one_that_is_not_to_be_had_is_refused(self, wanted: str, personal: bool) -> None:
        with pytest.raises(Invalid) as refused:
            checked_visibility(wanted, personal=personal)
        assert refused.value.field == "visibility"

    @pytest.mark.parametrize(
        ("wanted", "personal", "found"),
        [
            *[(name, False, name) for name in ("open", "public", "team", "restricted")],
            *[(name, True, name) for name in ("open", "public", "private")],
            ("private", False, "team"),
        ],
    )
    def test_the_others_are_and_private_means_the_team(
        self, wanted: str, personal: bool, found: str
    ) -> None:
        assert checked_visibility(wanted, personal=personal) == found


class TestDescribe:
    def test_a_wrong_visibility_changes_nothing(self) -> None:
        project = a_project()
        with pytest.raises(Invalid):
            project.describe(visibility="secret", description="new", personal=False, at=LATER)
        assert project == a_project()

    def test_only_what_is_given_changes(self) -> None:
        project = a_project()
        project.describe(visibility="public", description=None, personal=False, at=LATER)
        assert (project.visibility, project.description) == ("public", "old")
        project.describe(visibility=None, description="", personal=False, at=LATER)
        assert (project.visibility, project.description) == ("public", "")
        assert project.updated_at == LATER


class TestMembers:
    @pytest.mark.parametrize("role", ["admin", "owner", "", "service"])
    def test_another_role_is_refused(self, role: str) -> None:
        with pytest.raises(Invalid) as refused:
            a_project().admit("ada", role, LATER)
        assert refused.value.field == "role"

    def test_people_are_named_renamed_and_dismissed(self) -> None:
        project = a_project(Visibility.RESTRICTED)
        project.admit("ada", "viewer", NOON)
        project.admit("bob", "member", NOON)
        project.admit("ada", "member", NOON)
        assert project.members == {"ada": "member", "bob": "member"}
        project.dismiss("ada", LATER)
        project.dismiss("ada", LATER)
        assert project.members == {"bob": "member"}
        assert project.updated_at == LATER
