"""What may be said of artifacts: names, aliases, tags, metadata, time to live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.runs.domain import artifact as rules
from services.runs.domain.artifact import Artifact, Collection, Membership, Policy, State
from shared.contracts.runs import ArtifactPolicy
from shared.errors import Conflict, Invalid
from shared.lifetimes import LONGEST_LIFE_S

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_version(**more: object) -> Artifact:
    values: dict[str, object] = {
        "id": "a",
        "store": "team",
        "project_id": "p",
        "collection_id": "c",
        "type": "dataset",
        "state": State.COMMITTED,
        "digest": "0" * 32,
        "created_at": NOON,
        "updated_at": NOON,
        "committed_at": NOON,
    }
    return Artifact(**(values | more))  # type: ignore[arg-type]


class TestNames:
    @pytest.mark.parametrize(
        ("text", "index"), [("v0", 0), ("v17", 17), ("v01", None), ("v", None), ("V1", None)]
    )
    def test_versions(self, text: str, index: int | None) -> None:
        assert rules.version_of(text) == index

    @pytest.mark.parametrize("name", ["", "a/b", "a:b", "a\\b", "..", "x" * 129, "a\nb"])
    def test_bad_names(self, name: str) -> None:
        with pytest.raises(Invalid):
            rules.checked_collection_name(name)

    @pytest.mark.parametrize("alias", ["v0", "v3", "a/b", ""])
    def test_bad_aliases(self, alias: str) -> None:
        with pytest.raises(Invalid):
            rules.checked_aliases(["good", alias])

    def test_aliases_once_each(self) -> None:
        assert rules.checked_aliases(["b", "a", "b"]) == ["b", "a"]

    @pytest.mark.parametrize("tag", ["", " a", "a ", "a/b", "x" * 300])
    def test_bad_tags(self, tag: str) -> None:
        with pytest.raises(Invalid):
            rules.checked_tags([tag])

    @pytest.mark.parametrize("text", ["[]", "{", '{"a":' * 50_000, "1"])
    def test_bad_metadata(self, text: str) -> None:
        with pytest.raises(Invalid):
            rules.checked_metadata(text)

    def test_another_type_is_a_conflict(self) -> None:
        found = Collection("c", "p", "data", "dataset", rules.SEQUENCE, NOON, NOON)
        with pytest.raises(Conflict, match="is of type dataset"):
            rules.same_type(found, "model")


class TestTimeToLive:
    @pytest.mark.parametrize(
        ("said", "default", "end"),
        [
            (None, None, None),
            (None, 60, NOON + timedelta(seconds=60)),
            (-1, 60, NOON + timedelta(seconds=60)),
            (-2, 60, None),
            (30, 60, NOON + timedelta(seconds=30)),
        ],
    )
    def test_ends(self, said: int | None, default: int | None, end: datetime | None) -> None:
        found = a_version()
        if said is not None:
            found.limit_life(said)
        assert found.expires_at(default) == end

    @pytest.mark.parametrize("seconds", [-3, 10**12])
    def test_nonsense(self, seconds: int) -> None:
        with pytest.raises(Invalid):
            a_version().limit_life(seconds)

    def test_a_projects_default_has_the_same_end(self) -> None:
        with pytest.raises(ValidationError):
            ArtifactPolicy(default_ttl_seconds=LONGEST_LIFE_S + 1)
        longest = ArtifactPolicy(default_ttl_seconds=LONGEST_LIFE_S).default_ttl_seconds
        assert a_version().expires_at(longest) == NOON + timedelta(seconds=LONGEST_LIFE_S)

    def test_what_is_not_committed_does_not_expire(self) -> None:
        assert a_version(committed_at=None, ttl=1).expires_at(None) is None


class TestGuarded:
    def place(self, collection: str, *aliases: str) -> Membership:
        return Membership(collection, collection, "a1", "home", 0, NOON, list(aliases))

    def test_a_link_counts_where_it_is_not_where_it_leads(self) -> None:
        places = [self.place("own", "production"), self.place("link", "production", "best")]
        homes = {"own": "home", "link": "away"}
        policies = {"home": Policy(), "away": Policy(frozenset({"production", "unused"}))}
        assert rules.guarded(places, homes, policies) == [("away", "production")]
        assert rules.guarded(places, {"own": "home"}, policies) == []
