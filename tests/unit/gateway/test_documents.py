"""GraphQL documents are prepared once, within limits, and the memory of them is bounded."""

from __future__ import annotations

import pytest
from graphql import build_schema

from gateway.graphql.documents import (
    DEEPEST,
    LONGEST,
    MOST_FIELDS,
    MOST_KEPT,
    MOST_TOKENS,
    Documents,
)
from shared.errors import Invalid

SCHEMA = build_schema("type Query { me: Query, name(of: String): String }")


@pytest.fixture
def documents() -> Documents:
    return Documents(SCHEMA)


def nested(levels: int) -> str:
    return "{me" * levels + "{name}" + "}" * levels


class TestLimits:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{name}" + " " * LONGEST, "characters"),
            (nested(DEEPEST + 1), "deeper"),
            ("{" + "name " * (MOST_FIELDS + 1) + "}", "fields"),
            ("{" + " ".join(f"a{n}: name" for n in range(MOST_FIELDS + 1)) + "}", "fields"),
            (
                "query { ...a } fragment a on Query { " + "...b " * 40 + "} "
                "fragment b on Query { " + "name " * 30 + "}",
                "fields",
            ),
            (
                "query { ...f0 } "
                + " ".join(
                    f"fragment f{n} on Query {{ me {{ ...f{n + 1} }} }}" for n in range(DEEPEST + 1)
                )
                + f" fragment f{DEEPEST + 1} on Query {{ name }}",
                "deeper",
            ),
        ],
    )
    def test_a_document_beyond_them_is_refused(
        self, documents: Documents, text: str, reason: str
    ) -> None:
        with pytest.raises(Invalid, match=reason) as refused:
            documents.prepare(text)
        assert refused.value.field == "query"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "{ nobody }",
            "{ name(of: 1) }",
            "query Q { ...gone }",
            "fragment a on Query { ...b } fragment b on Query { ...a } query { ...a }",
            "\x00",
            "{" + "name," * (MOST_TOKENS + 1),
            "{me" * 3_000,
            "{name(of:" + "[" * 5_000,
        ],
    )
    def test_a_document_that_is_wrong_is_told_what_is_wrong(
        self, documents: Documents, text: str
    ) -> None:
        prepared = documents.prepare(text)
        assert prepared.document is None
        assert prepared.errors

    def test_the_largest_allowed_are_prepared(self, documents: Documents) -> None:
        assert documents.prepare(nested(DEEPEST)).document
        fields = " ".join(f"a{n}: name" for n in range(MOST_FIELDS))
        assert documents.prepare("{" + fields + "}").document

    def test_a_fragment_that_nobody_spreads_costs_nothing(self, documents: Documents) -> None:
        text = "{ name } fragment a on Query { " + "name " * (MOST_FIELDS + 1) + "}"
        assert documents.prepare(text).errors  # unused, which validation says


class TestMemory:
    def test_a_document_is_prepared_once(self, documents: Documents) -> None:
        assert documents.prepare("{name}") is documents.prepare("{name}")

    def test_wrong_documents_are_not_kept(self, documents: Documents) -> None:
        assert documents.prepare("{nobody}") is not documents.prepare("{nobody}")

    def test_it_is_bounded_and_the_least_used_go_first(self, documents: Documents) -> None:
        favourite = documents.prepare("{favourite: name}")
        first = documents.prepare("{a0: name}")
        for number in range(1, MOST_KEPT):
            documents.prepare(f"{{a{number}: name}}")
            assert documents.prepare("{favourite: name}") is favourite
        assert len(documents._kept) == MOST_KEPT
        assert documents.prepare("{a0: name}") is not first
