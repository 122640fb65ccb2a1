"""Runs and projects found, ordered, paged and changed through `wandb.Api()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import Read, RunScript
from tests.sdk.install import VERSIONS
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk


@dataclass(frozen=True, slots=True)
class Shelf:
    """A project with runs r0 … r6, and its owner."""

    user: User
    path: str


@pytest.fixture(scope="module")
def shelf(cordee: Cordee, a_user: Callable[[], User]) -> Shelf:
    """The higher a run's number, the higher its learning rate and the lower its loss."""
    user = a_user()
    wire = Wire(cordee.url, user)
    for n in range(7):
        path = wire.a_run(
            "shelf",
            f"r{n}",
            config={"lr": {"value": n / 10}, "net": {"value": {"depth": n, "kind": "mlp"}}},
            summary={"loss": 1 - n / 10, "best": {"acc": n}} if n != 3 else {},
            tags=["even" if n % 2 == 0 else "odd", "all"],
            group="low" if n < 3 else "high",
            jobType="train",
            displayName=f"trial-{n}.5",
            notes="noteworthy" if n == 5 else None,
        )
        if n != 6:
            wire.finish(path, exit_code=n % 2)
    return Shelf(user, path)


def names(shelf: Shelf, read: Read, *asked: str) -> list[list[str]]:
    """The names of the runs that each `api.runs(...)` finds."""
    calls = ", ".join(f'api.runs(f"{{api.default_entity}}/shelf", {args})' for args in asked)
    found: list[list[str]] = read(shelf, f"told = [[r.id for r in runs] for runs in [{calls}]]")
    return found


FILTERS: dict[str, list[int]] = {
    "{}": [0, 1, 2, 3, 4, 5, 6],
    '{"state": "finished"}': [0, 2, 4],
    '{"state": {"$in": ["failed", "running"]}}': [1, 3, 5, 6],
    '{"config.lr": 0.2}': [2],
    '{"config.lr.value": {"$gt": 0.1, "$lte": 0.3}}': [2, 3],
    '{"config.net.depth": {"$gte": 5}}': [5, 6],
    '{"config.net.kind": "mlp", "config.net.depth": 1}': [1],
    '{"config.nobody": {"$exists": True}}': [],
    '{"summary_metrics.loss": {"$lt": 0.65}}': [4, 5, 6],
    '{"summary_metrics.best.acc": 1}': [1],
    '{"summary_metrics.loss": {"$exists": False}}': [3],
    '{"tags": "even"}': [0, 2, 4, 6],
    '{"tags": {"$in": ["odd"]}}': [1, 3, 5],
    '{"tags": {"$nin": ["odd"]}}': [0, 2, 4, 6],
    '{"group": "low"}': [0, 1, 2],
    '{"jobType": {"$ne": "train"}}': [],
    '{"name": "r4"}': [4],
    '{"display_name": {"$regex": "^trial-[0-2].5$"}}': [0, 1, 2],
    '{"displayName": "trial-1.5"}': [1],
    '{"username": api.viewer.username}': [0, 1, 2, 3, 4, 5, 6],
    '{"created_at": {"$gt": "2020-01-01T00:00:00"}}': [0, 1, 2, 3, 4, 5, 6],
    '{"createdAt": {"$gt": "2100-01-01"}}': [],
    '{"$or": [{"group": "low"}, {"config.lr": 0.6}]}': [0, 1, 2, 6],
    '{"$and": [{"tags": "all"}, {"$not": {"state": "failed"}}]}': [0, 2, 4, 6],
    '{"$nor": [{"group": "low"}, {"tags": "odd"}]}': [4, 6],
}


def test_filters(shelf: Shelf, read: Read) -> None:
    found = names(shelf, read, *(f'filters={text}, order="+created_at"' for text in FILTERS))
    expected = [[f"r{n}" for n in numbers] for numbers in FILTERS.values()]
    assert dict(zip(FILTERS, found, strict=True)) == dict(zip(FILTERS, expected, strict=True))


def test_a_filter_beyond_the_vocabulary_is_refused(shelf: Shelf, read: Read) -> None:
    told = read(
        shelf,
        """
        told = []
        for filters in ({"$where": "true"}, {"config.a": {"$expr": 1}}, {"nonsense": 1}):
            try:
                told.append(len(api.runs(f"{api.default_entity}/shelf", filters=filters)))
            except Exception as error:
                told.append(str(error))
        """,
    )
    for text, culprit in zip(told, ("$where", "$expr", "nonsense"), strict=True):
        assert "filters: " in text
        assert culprit in text


def test_orders(shelf: Shelf, read: Read) -> None:
    up = [f"r{n}" for n in range(7)]
    by_loss = ["r0", "r1", "r2", "r4", "r5", "r6", "r3"]  # who has none comes last
    assert names(
        shelf,
        read,
        'order="+created_at"',
        'order="-created_at"',
        'order="+config.lr.value"',
        'order="-config.lr"',
        'order="-summary_metrics.loss"',
        'order="+summary_metrics.loss"',
        'order="-display_name"',
    ) == [up, up[::-1], up, up[::-1], by_loss, [*by_loss[-2::-1], "r3"], up[::-1]]


def test_pages(shelf: Shelf, read: Read) -> None:
    told = read(
        shelf,
        """
        runs = api.runs(f"{api.default_entity}/shelf", per_page=2, order="+created_at")
        by_loss = api.runs(f"{api.default_entity}/shelf", per_page=3, order="-summary_metrics.loss")
        told = [len(runs), [run.id for run in runs], runs[4].id, [run.id for run in by_loss]]
        """,
    )
    up = [f"r{n}" for n in range(7)]
    assert told == [7, up, "r4", ["r0", "r1", "r2", "r4", "r5", "r6", "r3"]]


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_what_a_listed_run_knows(version: str, shelf: Shelf, read: Read) -> None:
    told = read(
        shelf,
        """
        [run] = api.runs(f"{api.default_entity}/shelf", filters={"name": "r4"})
        told = {
            "config": run.config,
            "summary": run.summary._json_dict,
            "state": run.state,
            "name": run.name,
            "tags": sorted(run.tags),
            "group": run.group,
            "job_type": run.job_type,
            "user": run.user.username,
            "entity": run.entity,
            "project": run.project,
            "sweep": run.sweep,
            "url": run.url,
            "created": run.created_at,
        }
        """,
        version=version,
    )
    assert told.pop("created")[:2] == "20"
    assert told.pop("url").endswith(f"/{shelf.user.username}/shelf/runs/r4")
    assert told == {
        "config": {"lr": 0.4, "net": {"depth": 4, "kind": "mlp"}},
        "summary": {"loss": 0.6, "best": {"acc": 4}},
        "state": "finished",
        "name": "trial-4.5",
        "tags": ["all", "even"],
        "group": "high",
        "job_type": "train",
        "user": shelf.user.username,
        "entity": shelf.user.username,
        "project": "shelf",
        "sweep": None,
    }


def test_projects_of_an_entity(cordee: Cordee, user: User, run_script: RunScript) -> None:
    wire = Wire(cordee.url, user)
    for name in ("one", "two words", "drei-ü"):
        wire.a_run(name, "r")
    told = run_script(
        """
        import json, wandb

        api = wandb.Api()
        print(json.dumps({
            "listed": sorted(project.name for project in api.projects()),
            "one": [api.project("one").name, api.project("one").entity],
            "runs": len(api.runs("drei-ü")),
        }))
        """,
        user=user,
    ).told
    assert told == {
        "listed": ["drei-ü", "one", "two words"],
        "one": ["one", user.username],
        "runs": 1,
    }


def test_absent_things_are_told_apart_from_faults(user: User, run_script: RunScript) -> None:
    told = run_script(
        """
        import json, wandb

        api, told = wandb.Api(), []
        for ask in (
            lambda: api.run("demo/ghost"),
            lambda: len(api.runs("ghosts")),
            lambda: api.run("nobody-at-all/demo/ghost"),
        ):
            try:
                ask()
            except Exception as error:
                told.append(f"{type(error).__name__}: {error}")
        print(json.dumps(told))
        """,
        user=user,
    ).told
    assert "Could not find run" in told[0]
    assert "Could not find project ghosts" in told[1]
    assert "Could not find run" in told[2]


class TestChanges:
    """`run.update()` changes what was changed and nothing else."""

    CHANGE = """
        before = [row["loss"] for row in run.scan_history()]
        run.config["lr"] = 0.5
        run.config["new"] = {"deep": [1, None]}
        run.notes, run.name, run.tags = "changed", "a better name", ["c", "a"]
        run.group = "g2"
        run.update()
        run = wandb.Api().run(sys.argv[1])
        told = {
            "config": run.config,
            "notes": run.notes,
            "name": run.name,
            "tags": run.tags,
            "group": run.group,
            "state": run.state,
            "summary": run.summary._json_dict,
            "rows": [before, [row["loss"] for row in run.scan_history()]],
        }
    """

    @pytest.mark.parametrize("version", sorted(VERSIONS))
    def test_of_a_finished_run(self, version: str, cordee: Cordee, user: User, read: Read) -> None:
        wire = Wire(cordee.url, user)
        own = {"_wandb": {"value": {"t": {"1": [1]}}}}
        path = wire.a_run("demo", "r", config={**own, "lr": {"value": 0.1}}, summary={"loss": 1})
        wire.log(path, ['{"_step":0,"loss":2}', '{"_step":1,"loss":1}'])
        wire.finish(path)
        told: dict[str, Any] = read(Shelf(user, path), self.CHANGE, version=version)
        assert told.pop("summary")["loss"] == 1
        assert told == {
            "config": {"lr": 0.5, "new": {"deep": [1, None]}},
            "notes": "changed",
            "name": "a better name",
            "tags": ["c", "a"],
            "group": "g2",
            "state": "finished",
            "rows": [[2, 1], [2, 1]],
        }

    def test_emptied_notes_and_tags(self, cordee: Cordee, user: User, read: Read) -> None:
        path = Wire(cordee.url, user).a_run("demo", "r", tags=["a"], notes="n")
        told = read(
            Shelf(user, path),
            """
            run.notes, run.tags = "", []
            run.update()
            run = wandb.Api().run(sys.argv[1])
            told = [run.notes or "", run.tags]
            """,
        )
        assert told == ["", []]


def test_a_machine_knows_who_is_signed_in(cordee: Cordee, user: User) -> None:
    with Machine(cordee.url, user) as machine:
        told = machine.run(
            """
            import json, wandb

            api = wandb.Api()
            told = [api.viewer.username, api.viewer.email, api.viewer.admin, api.default_entity]
            print(json.dumps(told))
            """
        ).told
    assert told == [user.username, user.email, False, user.username]
