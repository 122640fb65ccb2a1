"""GraphQL variables of a wrong form: the question's fault, said with the variable's name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.gateway.edge import Edge

RUNS = (
    "query($e: String!, $p: String!, $first: Int, $filters: JSONString) "
    "{ project(entityName: $e, name: $p) { runs(first: $first, filters: $filters) "
    "{ edges { node { name } } } } }"
)
FILES = (
    "query($id: ID!, $entries: [ArtifactManifestEntryInput!]) { artifact(id: $id) "
    '{ filesByManifestEntries(storageLayout: "V2", manifestVersion: "1", entries: $entries) '
    "{ edges { node { name } } } } }"
)
PLACE = {"e": "somebody", "p": "demo"}


@pytest.mark.parametrize(
    ("query", "variables", "named"),
    [
        (RUNS, {"e": "somebody"}, "$p"),
        (RUNS, {**PLACE, "e": None}, "$e"),
        (RUNS, {**PLACE, "e": 5}, "$e"),
        (RUNS, {**PLACE, "first": "many"}, "$first"),
        (RUNS, {**PLACE, "first": 2**40}, "$first"),
        (RUNS, {**PLACE, "filters": {"a": 1}}, "$filters"),
        (RUNS, {**PLACE, "filters": 7}, "$filters"),
        (FILES, {"id": "x", "entries": [{"name": "a"}]}, "$entries"),
        (FILES, {"id": "x", "entries": [{"name": "a", "digest": "b", "colour": 1}]}, "colour"),
        *(
            (FILES, {"id": "x", "entries": [{"name": "a", "digest": "b", "size": size}]}, "Int64")
            for size in ("many", "1e3", 1.5, True, [], {}, 2**63, "9" * 40)
        ),
    ],
)
def test_it_is_final_and_says_which(
    edge: Edge, query: str, variables: dict[str, Any], named: str
) -> None:
    answer = edge.person().http.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 400, answer.text
    assert named in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("size", [7, 7.0, "7", -1, None])
def test_a_size_may_be_written_in_any_of_these_ways(edge: Edge, size: Any) -> None:
    entries = [{"name": "a", "digest": "b", "ref": None, "size": size}]
    body = {"query": FILES, "variables": {"id": "x", "entries": entries}}
    answer = edge.person().http.post("/graphql", json=body)
    assert answer.status_code == 200, answer.text
