"""What `/metrics` tells, and that the dashboard which comes along asks for nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.contract.gateway.edge import Edge
from tests.servers import ROOT

DASHBOARD = ROOT / "deploy" / "grafana" / "cordee.json"
NAME = re.compile(r"\b(?:cordee|process|python)_[a-z_]+\b")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def exposed(text: str) -> set[str]:
    """Every name that can be asked for."""
    return {
        f"{family.name}{suffix}"
        for family in text_string_to_metric_families(text)
        for suffix in SUFFIXES.get(family.type, ("",))
    }


def asked_for() -> set[str]:
    """Every name that a panel or a variable of the dashboard asks for."""
    board: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    texts = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    texts += [json.dumps(variable["query"]) for variable in board["templating"]["list"]]
    return {name for text in texts for name in NAME.findall(text)}


def counted(edge: Edge, door: str, status: int) -> float:
    text = edge.visitor().get("/metrics").text
    found = re.search(
        rf'^cordee_requests_total{{door="{door}",status="{status}"}} (\S+)', text, re.M
    )
    return float(found[1]) if found else 0.0


def test_the_dashboard_asks_for_what_there_is_and_for_all_that_is_ours(edge: Edge) -> None:
    names = exposed(edge.visitor().get("/metrics").text)
    assert asked_for() <= names
    ours = {name for name in names if re.match(r"cordee_.*(?<!_created)$", name)}
    assert ours <= asked_for()


def test_every_panel_has_a_place_of_its_own_and_a_unit() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        assert panel["fieldConfig"]["defaults"]["unit"]
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize(
    ("method", "path", "door", "status"),
    [
        ("POST", "/graphql", "graphql", 422),
        ("GET", "/api/v1/users/me", "api", 401),
        ("POST", "/files/a/b/c/file_stream", "file_stream", 401),
        ("GET", "/files/blobs/x/y", "files", 403),
        ("GET", "/healthz", "web", 200),
    ],
)
def test_a_request_is_counted_by_door_and_status(
    edge: Edge, method: str, path: str, door: str, status: int
) -> None:
    before = counted(edge, door, status)
    assert edge.visitor().request(method, path).status_code == status
    assert counted(edge, door, status) >= before + 1


def test_no_name_of_anybody_is_told(edge: Edge) -> None:
    edge.visitor().get("/secret-entity/secret-project/runs/secret-run")
    edge.visitor().post("/files/secret-entity/secret-project/r/file_stream")
    assert "secret" not in edge.visitor().get("/metrics").text
