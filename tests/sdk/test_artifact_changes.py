"""Artifacts changed with the real SDK: aliases, tags, time to live, links, deletion, drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User
from tests.sdk.overhearing import Overhearing

pytestmark = pytest.mark.sdk

BEGIN = """
    import json, pathlib, subprocess, sys, wandb
    from datetime import timedelta

    def log(run, name, text, **more):
        artifact = wandb.Artifact(name, type="dataset")
        with artifact.new_file("file.txt") as file:
            file.write(text)
        return run.log_artifact(artifact, **more).wait()

    def fails(work):
        try:
            work()
        except Exception as error:
            return str(error)
        return None

    entity = sys.argv[1]
    run = wandb.init(project="demo")
    here = f"{entity}/demo"
    told = {}
"""
END = """
    run.finish()
    print(json.dumps(told))
"""


@pytest.fixture
def wire(cordee: Cordee) -> Iterator[Overhearing]:
    """What passes between an SDK and Cordée."""
    with Overhearing(cordee.url) as found:
        yield found


Told = Callable[[str], Any]


@pytest.fixture
def told(wire: Overhearing, user: User) -> Iterator[Told]:
    """Runs what stands between `BEGIN` and `END`."""
    with Machine(wire.url, user) as machine:
        yield lambda script: machine.run(BEGIN + script + END, user.username).told


class TestChanging:
    def test_aliases_tags_and_what_is_said_of_a_version(
        self, told: Told, wire: Overhearing
    ) -> None:
        found = told(
            """
    for n in range(3):
        log(run, "data", f"text {n}")
    api = wandb.Api()
    one = api.artifact(f"{here}/data:v1")
    one.aliases = ["best", "other"]
    one.tags = ["raw", "checked"]
    one.description = "said later"
    one.metadata["lr"] = 0.5
    one.ttl = timedelta(days=3)
    one.save()
    again = wandb.Api().artifact(f"{here}/data:best")
    told["saved"] = [again.version, sorted(again.aliases), sorted(again.tags), again.description,
                     again.metadata, again.ttl.total_seconds()]
    again.aliases.remove("other")
    again.tags = ["checked"]
    again.ttl = None
    again.save()
    two = wandb.Api().artifact(f"{here}/data:v2")
    two.aliases.append("best")
    two.save()
    told["moved"] = [sorted(wandb.Api().artifact(f"{here}/data:v{n}").aliases) for n in range(3)]
    last = wandb.Api().artifact(f"{here}/data:v1")
    told["ttl"] = [last.ttl, last.tags]
    told["alias of a version"] = fails(lambda: log(run, "data", "text 9", aliases=["v7"]))
    collection = wandb.Api().artifact_collection("dataset", f"{here}/data")
    told["aliases"] = sorted(collection.aliases)
    collection.description = "many"
    collection.tags = ["curated"]
    collection.name = "renamed"
    collection.save()
    renamed = wandb.Api().artifact_collection("dataset", f"{here}/renamed")
    told["collection"] = [renamed.name, renamed.description, renamed.tags]
    told["old name"] = fails(lambda: wandb.Api().artifact(f"{here}/data:latest"))
    renamed.tags = []
    renamed.save()
    renamed.change_type("corpus")
    kind = wandb.Api().artifact(f"{here}/renamed:latest")
    told["type"] = [kind.type, kind.version]
    told["digest"] = kind.download(root="got") and pathlib.Path("got/file.txt").read_text()
            """,
        )
        assert found["saved"] == [
            "v1",
            ["best", "other"],
            ["checked", "raw"],
            "said later",
            {"lr": 0.5},
            3 * 86_400,
        ]
        assert found["moved"] == [[], [], ["best", "latest"]]
        assert found["ttl"] == [None, ["checked"]]
        assert "v7" in found["alias of a version"]
        assert found["aliases"] == ["best", "latest"]
        assert found["collection"] == ["renamed", "many", ["curated"]]
        assert "not found" in found["old name"]
        assert found["type"] == ["corpus", "v2"]
        assert found["digest"] == "text 2"
        assert wire.heard(
            *("AddAliases", "DeleteAliases", "UpdateArtifact", "ArtifactCollectionAliases"),
            *("UpdateArtifactSequence", "UpdateArtifactSequenceType", "ProjectArtifactCollection"),
            *("AddArtifactCollectionTags", "DeleteArtifactCollectionTags"),
        )

    def test_deleting_versions_and_collections(self, told: Told, wire: Overhearing) -> None:
        found = told(
            """
    for n in range(4):
        log(run, "data", f"text {n}", aliases=["kept"] if n == 1 else [])
    api = wandb.Api()
    api.artifact(f"{here}/data:v0").delete()
    told["gone"] = fails(lambda: wandb.Api().artifact(f"{here}/data:v0"))
    told["named"] = fails(lambda: api.artifact(f"{here}/data:v1").delete())
    api.artifact(f"{here}/data:v1").delete(delete_aliases=True)
    api.artifact(f"{here}/data:v3").delete(delete_aliases=True)
    told["latest"] = wandb.Api().artifact(f"{here}/data:latest").version
    told["next"] = log(run, "data", "text 0").version
    wandb.Api().artifact_collection("dataset", f"{here}/data").delete()
    told["all gone"] = fails(lambda: wandb.Api().artifact(f"{here}/data:v2"))
    told["born again"] = log(run, "data", "text 0").version
            """,
        )
        assert "not found" in found["gone"]
        assert "kept" in found["named"]
        assert found["latest"] == "v2"
        assert found["next"] == "v4"
        assert "not found" in found["all gone"]
        assert found["born again"] == "v0"
        assert wire.heard("DeleteArtifact", "DeleteArtifactSequence")

    def test_links(self, told: Told, wire: Overhearing) -> None:
        found = told(
            """
    source = log(run, "data", "text")
    linked = run.link_artifact(source, f"{entity}/shelf/chosen", aliases=["production"])
    told["linked"] = [linked.name, linked.project, sorted(linked.aliases), linked.is_link]
    other = log(run, "data", "more text")
    again = other.link(f"{entity}/shelf/chosen")
    told["again"] = [again.version, sorted(again.aliases)]
    read = wandb.Api().artifact(f"{entity}/shelf/chosen:production")
    told["read"] = [read.version, read.source_name, read.is_link]
    told["text"] = pathlib.Path(read.download(root="got"), "file.txt").read_text()
    read.description = "said at the link"
    read.save()
    told["said"] = wandb.Api().artifact(f"{here}/data:v0").description
    told["links"] = [a.name for a in wandb.Api().artifact(f"{here}/data:v1").linked_artifacts]
    wandb.Api().artifact(f"{entity}/shelf/chosen:v1").unlink()
    told["left"] = wandb.Api().artifact(f"{entity}/shelf/chosen:latest").version
    told["source"] = wandb.Api().artifact(f"{here}/data:v1").version
    pathlib.Path("m.pt").write_text("w")
    told["model"] = run.link_model("m.pt", "shelf-model").name
    shelf = wandb.Api().artifact_collection("dataset", f"{entity}/shelf/chosen")
    shelf.description = "what we ship"
    shelf.save()
    told["shelf"] = wandb.Api().artifact_collection("dataset", f"{entity}/shelf/chosen").description
    shelf.delete()
    told["no shelf"] = wandb.Api().artifact_collection_exists(f"{entity}/shelf/chosen", "dataset")
            """,
        )
        assert found["linked"] == ["chosen:v0", "shelf", ["latest", "production"], True]
        assert found["again"] == ["v1", ["latest"]]
        assert found["read"] == ["v0", "data:v0", True]
        assert found["text"] == "text"
        assert found["said"] == "said at the link"
        assert found["links"] == ["chosen:v1"]
        assert found["left"] == "v0"
        assert found["source"] == "v1"
        assert found["model"] == "shelf-model:v0"
        assert (found["shelf"], found["no shelf"]) == ("what we ship", False)
        assert wire.heard(
            *("LinkArtifact", "UnlinkArtifact", "FetchLinkedArtifacts", "IsProjectReadOnly"),
            *("UpdateArtifactPortfolio", "DeleteArtifactPortfolio"),
        )

    def test_drafts_and_versions_made_together(self, told: Told, wire: Overhearing) -> None:
        found = told(
            """
    log(run, "data", "text")
    draft = wandb.Api().artifact(f"{here}/data:latest").new_draft()
    with draft.new_file("second.txt") as file:
        file.write("second")
    done = run.log_artifact(draft).wait()
    told["draft"] = [done.version, sorted(done.manifest.entries)]
    root = pathlib.Path(wandb.Api().artifact(f"{here}/data:v1").download(root="got"))
    told["texts"] = [(root / name).read_text() for name in ("file.txt", "second.txt")]

    run.finish()
    pathlib.Path("part.py").write_text(
        "import sys, wandb\\n"
        "with wandb.init(project='demo', group='together') as part:\\n"
        "    piece = wandb.Artifact('joint', type='dataset')\\n"
        "    with piece.new_file(f'part-{sys.argv[1]}.txt') as file:\\n"
        "        file.write(sys.argv[1])\\n"
        "    part.upsert_artifact(piece)\\n"
    )
    hands = [subprocess.Popen([sys.executable, "part.py", str(n)]) for n in range(4)]
    told["hands"] = [hand.wait() for hand in hands]
    with wandb.init(project="demo", group="together") as last:
        piece = wandb.Artifact("joint", type="dataset")
        joint = last.finish_artifact(piece).wait()
        told["joint"] = [joint.version, sorted(joint.manifest.entries)]
    run = wandb.init(project="demo")
    grown = wandb.Artifact("data", type="dataset", incremental=True)
    with grown.new_file("third.txt") as file:
        file.write("third")
    told["grown"] = sorted(run.log_artifact(grown).wait().manifest.entries)
            """,
        )
        assert found["draft"] == ["v1", ["file.txt", "second.txt"]]
        assert found["texts"] == ["text", "second"]
        assert found["hands"] == [0, 0, 0, 0]
        assert found["joint"] == ["v0", [f"part-{n}.txt" for n in range(4)]]
        assert found["grown"] == ["file.txt", "second.txt", "third.txt"]
        assert wire.heard("CreateArtifact", "CreateArtifactManifest", "UpdateArtifactManifest")
