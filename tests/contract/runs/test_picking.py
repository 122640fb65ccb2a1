"""Some keys of runs: the values that their texts say, and no text is read for most of them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.runs.domain.filters import Every, Field
from services.runs.domain.run import Run, State
from services.runs.ports import Order, RunQuery
from services.runs.repository import register
from shared.dialect import MISSING, decode_row, dig
from shared.kit.ids import new_id
from tests.contract.runs.asking import page_of
from tests.contract.runs.world import Asked, a_run

BY_BIRTH = Order(Field("run", "created_at"), descending=True)
BY_LOSS = Order(Field("summary", "loss"), descending=False)

names = st.sampled_from(["a", "b", "a.b", "a.b.c", "", "$a", "loss", "_wandb", "value"])
scalars = st.sampled_from(
    [0, 1.0, -0.0, 0.1, math.nan, -math.inf, True, None, "", "x" * 2_000, 2**63, 2**70, -(2**63)]
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3)
)
rows = st.dictionaries(names, values, max_size=4)
keys = st.builds("{}.{}".format, st.sampled_from(["config", "summary"]), names | st.just("b.c"))


def as_config(row: dict[str, Any]) -> dict[str, Any]:
    """As the SDK sends one; some entries come as they are."""
    return {key: value if key == "b" else {"value": value} for key, value in row.items()}


def said(row: dict[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    found = {key: dig(row, key) for key in wanted}
    return {key: value for key, value in found.items() if value is not MISSING}


def plainly(run: Run, wanted: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the texts say of the keys."""
    config = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in decode_row(run.config).items()
        if key != "_wandb"
    }
    paths = {area: [key[len(area) + 1 :] for key in wanted if key.startswith(area)]
             for area in ("config", "summary")}  # fmt: skip
    found = said(config, paths["config"])
    return (
        {key: {"value": value} for key, value in found.items()},
        said(decode_row(run.summary), paths["summary"]),
    )


def same(one: object, other: object) -> bool:
    """To the letter: 1 is not 1.0, and NaN is NaN."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def picked(asked: Asked, query: RunQuery) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    page, _ = page_of(asked, query)
    return [(decode_row(run.config), decode_row(run.summary)) for run in page]


def in_a_project(asked: Asked, runs: Sequence[Run]) -> str:
    project = new_id()
    for run in runs:
        run.project_id = project
        asked.do(asked.kept.born(run))
    return project


def test_every_key_has_the_value_that_the_text_says(asked: Asked) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(rows, rows, st.lists(keys, min_size=1, max_size=6))
    @example({}, {"a.b": 1, "a": {"b": 2}}, ["summary.a.b"])
    @example({}, {"": {"a": 1}}, ["summary.a"])
    def check(config: dict[str, Any], summary: dict[str, Any], wanted: list[str]) -> None:
        run = a_run(config=json.dumps(as_config(config)), summary=json.dumps(summary))
        project = in_a_project(asked, [run])
        found = picked(asked, RunQuery(project, Every(()), BY_BIRTH, 9, keys=wanted))
        assert same(found, [plainly(run, wanted)]), (found, plainly(run, wanted))

    check()


class TestWhatIsRead:
    """Texts are falsified where they are kept: whoever reads them tells."""

    def falsified(self, asked: Asked, runs: Sequence[Run]) -> str:
        project = in_a_project(asked, runs)
        false = {"config": '{"lr":{"value":"false"}}', "summary": '{"loss":"false"}'}
        found = asked.kept.database["runs"].update_many({"project_id": project}, {"$set": false})
        asked.do(_awaited(found))
        return project

    def runs(self, count: int) -> list[Run]:
        config = json.dumps({"lr": {"value": 0.1}, "layers": {"value": [1, 2]}})
        return [
            a_run(f"r{n}", state=State.FINISHED, config=config, summary=json.dumps({"loss": n}))
            for n in range(count)
        ]

    def test_no_text_for_scalars_and_for_what_is_absent(self, asked: Asked) -> None:
        project = self.falsified(asked, self.runs(2))
        wanted = ["config.lr", "config.absent", "summary.loss"]
        for order in (BY_BIRTH, BY_LOSS):
            query = RunQuery(project, Every(()), order, 9, keys=wanted)
            losses = [summary["loss"] for _, summary in picked(asked, query)]
            assert sorted(losses) == [0, 1]
            assert [config for config, _ in picked(asked, query)] == [{"lr": {"value": 0.1}}] * 2

    def test_no_text_of_runs_in_blocks(self, asked: Asked) -> None:
        before, register.LEAST_RUNS = register.LEAST_RUNS, 2
        try:
            project = in_a_project(asked, self.runs(3))
            assert asked.do(asked.kept.runs.register.pack(project)) == 3
        finally:
            register.LEAST_RUNS = before
        false = {"$set": {"summary": '{"loss":"false"}'}}
        found = asked.kept.database["runs"].update_many({"project_id": project}, false)
        asked.do(_awaited(found))
        query = RunQuery(project, Every(()), BY_LOSS, 9, keys=["summary.loss"])
        assert picked(asked, query) == [({}, {"loss": n}) for n in range(3)]

    def test_the_text_for_a_list(self, asked: Asked) -> None:
        project = self.falsified(asked, self.runs(1))
        query = RunQuery(project, Every(()), BY_BIRTH, 9, keys=["config.layers", "config.lr"])
        assert picked(asked, query) == [({"lr": {"value": 0.1}}, {})]

    def test_the_text_of_a_run_that_was_written_before_documents_told(self, asked: Asked) -> None:
        run = a_run(config=json.dumps({"lr": {"value": 0.1}, "deep": {"value": {"er": [1]}}}))
        project = in_a_project(asked, [run])
        told = {"config_beyond": 1, "summary_beyond": 1}
        runs = asked.kept.database["runs"]
        asked.do(_awaited(runs.update_many({"project_id": project}, {"$unset": told})))
        wanted = ["config.lr", "config.deep", "config.deep.er", "config.absent"]
        ((config, summary),) = picked(asked, RunQuery(project, Every(()), BY_BIRTH, 9, keys=wanted))
        deep = {"deep": {"value": {"er": [1]}}, "deep.er": {"value": [1]}}
        assert config == {"lr": {"value": 0.1}, **deep}
        assert summary == {}

    def test_other_keys_do_not_come_along(self, asked: Asked) -> None:
        project = in_a_project(asked, self.runs(1))
        assert picked(asked, RunQuery(project, Every(()), BY_BIRTH, 9, keys=["none"])) == [({}, {})]


async def _awaited(work: Any) -> Any:
    return await work
