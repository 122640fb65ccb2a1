"""Artifacts that the SDK's own core process downloads, as it does for jobs."""

from __future__ import annotations

import pytest

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User
from tests.sdk.overhearing import Overhearing

pytestmark = pytest.mark.sdk

SCRIPT = """
    import json, pathlib, wandb

    def log(files):
        artifact = wandb.Artifact("data", type="dataset")
        for name, text in files.items():
            with artifact.new_file(name) as file:
                file.write(text)
        artifact.add_reference("https://example.com/outside.bin", checksum=False)
        return run.log_artifact(artifact).wait()

    def fetched(version, folder):
        handle = run._interface.deliver_download_artifact(
            version.id, str(pathlib.Path(folder).absolute()),
            allow_missing_references=True, skip_cache=True, path_prefix=None,
        )
        error = handle.wait_or(timeout=60).response.download_artifact_response.error_message
        assert not error, error
        root = pathlib.Path(folder)
        return {str(path.relative_to(root)): path.read_text()
                for path in root.rglob("*") if path.is_file()}

    with wandb.init(project="demo") as run:
        many = {f"part/{n:04d}.txt": f"text {n}" for n in range(120)}
        first = log({**many, "same.txt": "as it was"})
        second = log({"same.txt": "as it was", "new.txt": "only here"})
        told = {
            "whole": fetched(first, "whole") == {**many, "same.txt": "as it was"},
            "born elsewhere": fetched(second, "second"),
        }
    print(json.dumps(told))
"""


def test_the_core_gets_every_file_also_those_of_an_earlier_version(
    cordee: Cordee, user: User
) -> None:
    with Overhearing(cordee.url) as wire:
        with Machine(wire.url, user) as machine:
            told = machine.run(SCRIPT).told
        assert wire.heard("ArtifactManifest", "ArtifactFileURLsByManifestEntries")
    assert told == {
        "whole": True,
        "born elsewhere": {"same.txt": "as it was", "new.txt": "only here"},
    }
