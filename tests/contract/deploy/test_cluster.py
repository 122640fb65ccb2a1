"""The cluster as Compose and Helm make it: whole, and as the drills in tests/cluster have it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.cli import nats_config
from shared.embedded.binaries import find_nats_server
from shared.embedded.environment import KEEPS_BLOBS, KEYS_OF
from tests.cluster.databases import PARAMETERS, SETTINGS
from tests.contract.deploy import chart
from tests.contract.deploy.chart import CHART, RELEASE, ROOT
from tests.contract.deploy.test_compose import secrets as secrets  # the fixture

PROCESSES = ("identity", "runs", "alerts", "gateway")
NODES = {**dict.fromkeys(("nats", "mongo"), 3), **dict.fromkeys(PROCESSES, 2)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "deploy" / "compose.cluster.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    return chart.render(chart.values())


def workloads(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    kinds = ("Deployment", "StatefulSet")
    prefix = RELEASE["Name"] + "-"
    return {
        one["metadata"]["name"].removeprefix(prefix): one for one in objects if one["kind"] in kinds
    }


def container(workload: dict[str, Any]) -> dict[str, Any]:
    (found,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(found)


def every(found: Any, name: str) -> Iterator[Any]:
    """Every value under this name, however deep."""
    if isinstance(found, dict):
        for key, inner in found.items():
            if key == name:
                yield inner
            yield from every(inner, name)
    elif isinstance(found, list):
        for inner in found:
            yield from every(inner, name)


class TestFiles:
    def test_the_brokers_configuration_is_printed_from_the_grants(self) -> None:
        kept = (CHART / "files" / "nats.conf").read_text(encoding="utf-8")
        assert kept == nats_config.render_cluster()

    def test_a_real_server_accepts_it(self, secrets: dict[str, str]) -> None:
        done = subprocess.run(
            [find_nats_server().path, "--config", CHART / "files" / "nats.conf", "-t"],
            env=secrets,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def test_the_set_is_founded_as_the_drills_found_it(self) -> None:
        text = (CHART / "files" / "mongo-set.js").read_text(encoding="utf-8")
        (said,) = re.findall(r"settings = \{(.*)\}", text)
        assert {n: int(v) for n, v in re.findall(r"(\w+): (\d+)", said)} == SETTINGS

    @pytest.mark.parametrize("file", ["compose.cluster.yml", "helm/cordee/templates/mongo.yaml"])
    def test_mongods_run_as_in_the_drills(self, file: str) -> None:
        text = (ROOT / "deploy" / file).read_text(encoding="utf-8")
        said = dict(re.findall(r"--setParameter (\w+)=(\w+)", text))
        assert said.items() <= PARAMETERS.items()
        assert PARAMETERS.keys() - said.keys() == {"diagnosticDataCollectionEnabled"}


class TestCompose:
    def test_holds_the_whole_cluster(self, compose: dict[str, Any]) -> None:
        servers = {f"{kind}-{number}" for kind in ("nats", "mongo") for number in (1, 2, 3)}
        assert set(compose["services"]) == servers | set(PROCESSES)
        assert {compose["services"][name]["deploy"]["replicas"] for name in PROCESSES} == {2}

    def test_everything_has_a_health_check(self, compose: dict[str, Any]) -> None:
        assert all("healthcheck" in one for one in compose["services"].values())

    def test_each_server_keeps_its_own_data(self, compose: dict[str, Any]) -> None:
        for name, one in compose["services"].items():
            if name not in PROCESSES:
                (place,) = {volume.partition(":")[0] for volume in one["volumes"]} - {
                    volume.partition(":")[0] for volume in one["volumes"] if volume[0] == "."
                }
                assert place == name

    @pytest.mark.parametrize("name", PROCESSES)
    def test_a_process_knows_all_servers(self, compose: dict[str, Any], name: str) -> None:
        told = compose["services"][name]["environment"]
        assert re.findall(r"@(nats-\d):4222", told["CORDEE_NATS_URL"]) == [
            "nats-1", "nats-2", "nats-3",
        ]  # fmt: skip
        if name != "gateway":  # it has no streams, and no database
            assert told["CORDEE_NATS_REPLICAS"] == "3"
            assert re.findall(r"mongo-\d", told["CORDEE_MONGO_URL"]) == [
                "mongo-1", "mongo-2", "mongo-3",
            ]  # fmt: skip
            assert "replicaSet=rs0" in told["CORDEE_MONGO_URL"]

    def test_a_broker_has_routes_to_the_others(self, compose: dict[str, Any]) -> None:
        brokers = {"nats-1", "nats-2", "nats-3"}
        for name in brokers:
            said = " ".join(compose["services"][name]["command"])
            assert set(re.findall(r"@(nats-\d):6222", said)) == brokers - {name}

    def test_every_variable_without_a_default_is_written_by_make_env(
        self, secrets: dict[str, str]
    ) -> None:
        text = (ROOT / "deploy" / "compose.cluster.yml").read_text(encoding="utf-8")
        asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)(?::\?[^}]*)?\}", text))
        assert asked <= secrets.keys()

    def test_files_that_it_mounts_are_there(self, compose: dict[str, Any]) -> None:
        for one in compose["services"].values():
            for volume in one.get("volumes", []):
                if volume.startswith("."):
                    assert (ROOT / "deploy" / volume.partition(":")[0]).is_file()


class TestChart:
    def test_every_value_is_asked_for_and_none_else(self) -> None:
        asked = re.findall(r"\.Values\.([A-Za-z.]+)", "\n".join(chart.templates().values()))
        assert set(asked) == chart.paths_of(chart.values())

    def test_every_brace_is_one_that_is_understood(self) -> None:
        for name, text in chart.templates().items():
            left = chart.ACTION.sub("", text)
            assert "{{" not in left, name

    def test_its_version_is_ours(self) -> None:
        told = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        ours = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)
        assert ours is not None
        assert told["appVersion"] == ours[1] == chart.values()["image"]["tag"]

    def test_holds_the_whole_cluster(self, objects: list[dict[str, Any]]) -> None:
        found = {name: one["spec"]["replicas"] for name, one in workloads(objects).items()}
        assert found == NODES

    def test_names_are_told_apart(self, objects: list[dict[str, Any]]) -> None:
        names = [(one["kind"], one["metadata"]["name"]) for one in objects]
        assert len(names) == len(set(names))

    def test_all_have_both_probes_and_their_limits(self, objects: list[dict[str, Any]]) -> None:
        for name, one in workloads(objects).items():
            assert {"livenessProbe", "readinessProbe", "resources"} <= container(one).keys(), name

    def test_a_gateway_is_asked_what_it_answers(self, objects: list[dict[str, Any]]) -> None:
        gateway = container(workloads(objects)["gateway"])
        assert gateway["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert gateway["readinessProbe"]["httpGet"]["path"] == "/readyz"

    def test_of_each_maintenance_takes_one_at_most(self, objects: list[dict[str, Any]]) -> None:
        budgets = [one["spec"] for one in objects if one["kind"] == "PodDisruptionBudget"]
        kept = {
            one["selector"]["matchLabels"]["app"]: {n: v for n, v in one.items() if n != "selector"}
            for one in budgets
        }
        for name, one in workloads(objects).items():
            (label,) = one["spec"]["template"]["metadata"]["labels"].values()
            servers = name in ("nats", "mongo")
            assert kept.pop(label) == ({"maxUnavailable": 1} if servers else {"minAvailable": 1})
        assert kept == {}

    def test_selectors_find_what_they_are_for(self, objects: list[dict[str, Any]]) -> None:
        labels = {
            one["spec"]["template"]["metadata"]["labels"]["app"]
            for one in workloads(objects).values()
        }
        for one in objects:
            selector = one.get("spec", {}).get("selector", {})
            if selector:
                assert selector.get("matchLabels", selector)["app"] in labels

    def test_all_secrets_are_those_of_make_env(
        self, objects: list[dict[str, Any]], secrets: dict[str, str]
    ) -> None:
        asked = list(every(objects, "secretKeyRef"))
        assert {one["name"] for one in asked} == {chart.values()["secretName"]}
        assert {one["key"] for one in asked} == secrets.keys()

    @pytest.mark.parametrize("name", PROCESSES)
    def test_a_process_is_told_what_it_needs_and_no_more(
        self, objects: list[dict[str, Any]], name: str
    ) -> None:
        env = {one["name"] for one in container(workloads(objects)[name])["env"]}
        wanted = {f"CORDEE_{key.upper()}" for key in KEYS_OF[name]}
        if name == "runs":
            wanted = set()  # it signs nothing
        wanted |= {"NATS_PASSWORD", "CORDEE_NATS_URL"}
        if name != "gateway":
            wanted |= {"CORDEE_NATS_REPLICAS", "MONGO_PASSWORD", "CORDEE_MONGO_URL"}
        wanted |= {"CORDEE_BLOB_URL"} if name in KEEPS_BLOBS else set()
        wanted |= {"CORDEE_PUBLIC_URL"} if name != "runs" else set()
        wanted |= {"CORDEE_HOST", "CORDEE_PORT"} if name == "gateway" else set()
        assert env == wanted

    def test_settings_of_an_operator_reach_the_process(self) -> None:
        given = chart.values()
        given["identity"]["settings"] = {"CORDEE_SIGNUP": "open"}
        found = [
            one
            for one in chart.render(given)
            if one["kind"] == "ConfigMap" and one["metadata"]["name"].endswith("identity")
        ]
        assert [one["data"] for one in found] == [{"CORDEE_SIGNUP": "open"}]

    def test_what_is_mounted_is_there(self, objects: list[dict[str, Any]]) -> None:
        maps = {one["metadata"]["name"] for one in objects if one["kind"] == "ConfigMap"}
        for one in workloads(objects).values():
            spec = one["spec"]["template"]["spec"]
            places = {volume["name"] for volume in spec.get("volumes", [])}
            places |= {
                claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])
            }
            assert {mount["name"] for mount in container(one).get("volumeMounts", [])} == places
            assert {told["name"] for told in every(spec, "configMap")} <= maps


def test_the_files_that_both_need_are_the_same() -> None:
    """Compose mounts the chart's; a copy would drift."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "./deploy/helm/cordee/files/mongo-users.js" in text
    assert not (Path(ROOT) / "deploy" / "mongo-users.js").exists()
