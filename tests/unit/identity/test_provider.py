"""CI providers: which tokens fit, and what they tell."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.provider import Provider, check, chosen, facts, matches
from shared.errors import Invalid, Unauthenticated
from tests.unit.identity.builders import NOON

MAIN = "repo:acme/vision:ref:refs/heads/main"


def a_provider(subject: str = "repo:acme/vision:**", **more: object) -> Provider:
    made = Provider("id", "acme", "u", "bot", "https://ci", "cordee", subject, NOON, "alice")
    return replace(made, **more)  # type: ignore[arg-type]


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "subject", "fits"),
        [
            (MAIN, MAIN, True),
            ("repo:acme/vision:**", MAIN, True),
            ("repo:acme/*:**", MAIN, True),
            ("repo:acme/*", MAIN, False),
            ("repo:*:ref:refs/heads/main", MAIN, False),
            ("repo:**:ref:refs/heads/main", MAIN, True),
            ("repo:acme/vision:ref:refs/heads/*", MAIN, True),
            ("repo:acme/vision:ref:refs/heads/*", f"{MAIN}/evil", False),
            ("repo:acme/vision:**", "repo:acme/vision-evil:ref:x", False),
            ("repo:acme/vision", MAIN, False),
            ("repo.acme/vision:**", MAIN, False),
            ("a*", "a", True),
            ("a**b", "ab", True),
            ("[a-z]**", "a", False),
            ("a", "a\n", False),
        ],
    )
    def test_what_fits(self, pattern: str, subject: str, fits: bool) -> None:
        assert matches(pattern, subject) is fits

    @given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
    def test_double_stars_are_the_stars_of_the_shell(self, pattern: str, text: str) -> None:
        doubled = "".join("**" if sign == "*" else sign for sign in pattern)
        assert matches(doubled, text) == fnmatchcase(text, pattern)

    def test_no_pattern_is_slow(self) -> None:
        began = time.perf_counter()
        assert not matches("**a" * 150 + "b", "a" * 500)
        assert time.perf_counter() - began < 2


class TestChoosing:
    def test_a_token_for_somebody_else_fits_nobody(self) -> None:
        for claims in (
            {"aud": "other", "sub": MAIN},
            {"aud": ["other"], "sub": MAIN},
            {"aud": "cordee", "sub": "repo:acme/other:x"},
            {"aud": "cordee"},
            {"aud": "cordee", "sub": ["repo:acme/vision:x"]},
            {"aud": "cordee", "sub": "repo:acme/vision:" + "x" * 1000},
            {},
        ):
            with pytest.raises(Unauthenticated):
                chosen([a_provider()], claims)

    def test_the_most_exact_pattern_wins_then_the_oldest(self) -> None:
        wide = a_provider("repo:**", id="wide")
        exact = a_provider(MAIN, id="exact", created_at=NOON + timedelta(days=1))
        later = a_provider(MAIN, id="later", created_at=NOON + timedelta(days=2))
        claims = {"aud": ["x", "cordee"], "sub": MAIN}
        assert chosen([wide, later, exact], claims).id == "exact"


class TestChecking:
    @pytest.mark.parametrize(
        ("issuer", "audience", "subject", "field"),
        [
            ("", "a", "repo", "issuer"),
            ("ftp://ci", "a", "repo", "issuer"),
            ("https://", "a", "repo", "issuer"),
            ("https://ci?x=1", "a", "repo", "issuer"),
            ("https://ci", " ", "repo", "audience"),
            ("https://ci", "a", "**", "subject"),
            ("https://ci", "a", "*:/", "subject"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, issuer: str, audience: str, subject: str, field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            check(issuer, audience, subject)
        assert refused.value.field == field

    def test_a_last_slash_is_no_part_of_the_issuer(self) -> None:
        assert check("https://ci/", "a", "repo:x")[0] == "https://ci"


class TestFacts:
    def test_github(self) -> None:
        claims = {
            "actor": "octocat",
            "sha": "c0ffee",
            "ref": "refs/pull/42/merge",
            "run_id": 7,
            "repository": "acme/vision",
            "exp": 1,
        }
        assert facts(claims) == {
            "actor": "octocat",
            "commit": "c0ffee",
            "ref": "refs/pull/42/merge",
            "pull_request": "42",
            "repository": "acme/vision",
            "job": "7",
        }

    def test_gitlab(self) -> None:
        claims = {"user_login": "zoe", "project_path": "acme/vision", "job_id": "9", "sha": ""}
        assert facts(claims) == {"actor": "zoe", "repository": "acme/vision", "job": "9"}
