"""Files of runs: saved, listed, fetched, replaced, deleted; media; what the SDK adds itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import Read, RunScript
from tests.sdk.install import VERSIONS
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

TRAINING = """
    import json, os, pathlib, wandb

    run = wandb.init(project="demo", config={"lr": 0.1})
    os.makedirs("out/deep")
    for name, text in SAVED.items():
        pathlib.Path(name).write_bytes(text.encode())
        run.save(name, base_path=".")
    print("said while it ran")
    run.log({"loss": 1})
    run.finish()
    print(json.dumps(run.path))
"""
SAVED = {
    "plain.txt": "plain text\n",
    "out/deep/with blank & ü 100%.txt": "Grüße\n",
    "out/a#b?c+d=e.bin": "\u0001\u0002" * 40_000,
    "empty.txt": "",
}
OWN = ("config.yaml", "output.log", "requirements.txt", "wandb-metadata.json")


@dataclass(frozen=True, slots=True)
class Trained:
    """Whose run it is, and its path."""

    user: User
    path: str


def save_files(machine: Machine) -> str:
    """Run a script that saves files; the path of its run."""
    path: str = machine.run(f"SAVED = {SAVED!r}\n" + TRAINING.replace("\n    ", "\n")).told
    return path


@pytest.fixture(scope="module")
def trained(cordee: Cordee, a_user: Callable[[], User]) -> Iterator[Trained]:
    user = a_user()
    with Machine(cordee.url, user) as machine:
        yield Trained(user, save_files(machine))


class TestReading:
    def test_all_files_are_listed(self, trained: Trained, read: Read) -> None:
        told = read(
            trained,
            "told = {file.name: [file.size, file.md5] for file in run.files(per_page=3)}",
        )
        assert {*SAVED, *OWN, "wandb-summary.json"} <= told.keys()
        for name, text in SAVED.items():
            digest = base64.b64encode(
                hashlib.md5(text.encode(), usedforsecurity=False).digest()
            ).decode()
            assert told[name] == [len(text.encode()), digest]

    @pytest.mark.parametrize("version", sorted(VERSIONS))
    def test_they_come_back_byte_by_byte(self, version: str, trained: Trained, read: Read) -> None:
        told = read(
            trained,
            """
            told = {}
            for file in run.files():
                with file.download(root="fetched") as got:
                    told[file.name] = open(got.name, "rb").read().decode()
            """,
            version=version,
        )
        assert {name: told[name] for name in SAVED} == SAVED
        assert "lr" in told["config.yaml"]
        assert "said while it ran" in told["output.log"]

    def test_by_name_and_by_pattern(self, trained: Trained, read: Read) -> None:
        told = read(
            trained,
            """
            told = [
                [file.name for file in run.files(["plain.txt", "./empty.txt"])],
                sorted(file.name for file in run.files(pattern="out/%.txt")),
                sorted(file.name for file in run.files(pattern="%.t_t"))[:1],
                run.file("nobody.txt").size,
            ]
            """,
        )
        blank = "out/deep/with blank & ü 100%.txt"
        assert sorted(told[0]) == ["empty.txt", "plain.txt"]
        assert told[1:] == [[blank], ["empty.txt"], 0]

    def test_restore(self, trained: Trained, read: Read) -> None:
        told = read(
            trained,
            """
            told = [wandb.restore("plain.txt", run_path=sys.argv[1]).read()]
            try:
                wandb.restore("nobody.txt", run_path=sys.argv[1])
            except ValueError as error:
                told.append(str(error))
            """,
        )
        assert told[0] == SAVED["plain.txt"]
        assert "nobody.txt not found" in told[1]

    def test_what_the_sdk_adds_itself(self, trained: Trained, read: Read) -> None:
        told = read(
            trained,
            """
            told = [
                run.metadata["program"],
                run.metadata["python"].count("3.11"),
                run.file("requirements.txt").download().read(),
                run.file("wandb-summary.json").download().read(),
            ]
            """,
        )
        assert told[0].endswith("train.py")
        assert told[1] == 1
        assert "wandb==0.31.0" in told[2]
        assert '"loss":1' in told[3]


class TestChanging:
    @pytest.fixture
    def own(self, user: User, a_machine: Callable[..., Machine]) -> Trained:
        """A run that nobody else reads."""
        return Trained(user, save_files(a_machine(user)))

    def test_uploads_replacements_and_deletions_show_at_once(
        self, own: Trained, read: Read
    ) -> None:
        told = read(
            own,
            """
            import pathlib

            def listed():
                return sorted(file.name for file in wandb.Api().run(sys.argv[1]).files())

            def fetched(name):
                return wandb.Api().run(sys.argv[1]).file(name).download(replace=True).read()

            before = listed()
            pathlib.Path("late ü.txt").write_text("late")
            pathlib.Path("plain.txt").write_text("replaced")
            uploaded = run.upload_file("late ü.txt")
            run.upload_file("plain.txt")
            told = {"new": [uploaded.name, uploaded.size], "state": run.state}
            told["added"] = sorted(set(listed()) - set(before))
            told["texts"] = [fetched("late ü.txt"), fetched("plain.txt")]
            run.file("late ü.txt").delete()
            run.file("plain.txt").delete()
            told["gone"] = sorted(set(before) - set(listed()))
            told["state after"] = wandb.Api().run(sys.argv[1]).state
            """,
        )
        assert told == {
            "new": ["late ü.txt", 4],
            "state": "finished",
            "added": ["late ü.txt"],
            "texts": ["late", "replaced"],
            "gone": ["plain.txt"],
            "state after": "finished",
        }


def test_files_saved_live_are_there_before_the_end(run_script: RunScript) -> None:
    told = run_script(
        """
        import json, pathlib, time, wandb

        run = wandb.init(project="demo")
        pathlib.Path("model.txt").write_text("one")
        run.save("model.txt", policy="now")
        deadline = time.monotonic() + 30
        while not (found := wandb.Api().run(run.path).file("model.txt").size):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        run.finish()
        print(json.dumps(found))
        """
    ).told
    assert told == 3


def test_media_are_files_that_history_points_to(run_script: RunScript) -> None:
    told: dict[str, Any] = run_script(
        """
        import json, numpy, wandb

        pixels = numpy.random.default_rng(3).integers(0, 255, (8, 6, 3), dtype=numpy.uint8)
        run = wandb.init(project="demo")
        run.log({
            "image": wandb.Image(pixels, caption="noise"),
            "a % page": wandb.Html("<b>bold</b>"),
            "spread": wandb.Histogram([1, 2, 2, 3, 3, 3], num_bins=3),
            "gallery": [wandb.Image(pixels), wandb.Image(pixels[::-1])],
        })
        run.finish()
        run = wandb.Api().run(run.path)
        [row] = run.scan_history()
        image = run.file(row["image"]["path"]).download().name
        page = run.file(row["a % page"]["path"]).download().read()
        from PIL import Image
        print(json.dumps({
            "equal": bool((numpy.asarray(Image.open(image)) == pixels).all()),
            "image": row["image"],
            "page": page,
            "spread": row["spread"],
            "gallery": [run.file(name).size > 0 for name in row["gallery"]["filenames"]],
            "summary": run.summary["image"]["path"] == row["image"]["path"],
        }))
        """
    ).told
    assert told["equal"]
    assert (told["image"]["width"], told["image"]["height"]) == (6, 8)
    assert told["image"]["caption"] == "noise"
    assert "<b>bold</b>" in told["page"]
    assert told["spread"]["values"] == [1, 2, 3]
    assert told["gallery"] == [True, True]
    assert told["summary"]
