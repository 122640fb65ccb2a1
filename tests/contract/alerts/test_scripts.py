"""What a script or an artifact's event says goes by the rules, as all else does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.domain.alert import Alert
from services.alerts.domain.artifact import ArtifactFacts
from services.alerts.domain.memory import FLAPPING, Memory
from services.alerts.domain.rule import Rule, checked_once, key_of_team
from services.alerts.domain.track import Firing
from services.alerts.handlers.alerts import raise_scripted
from services.alerts.ports import Findings
from shared.contracts.alerts import RaiseScripted
from shared.contracts.identity import Caller
from shared.errors import Invalid
from tests.contract.alerts.world import World

SAYS: dict[str, Any] = {"kind": "alert"}
MADE: dict[str, Any] = {"kind": "artifact", "events": ["created"]}
ALICE = Caller(principal_id="alice", username="alice")


async def say(world: World, title: str, severity: Any = "warn") -> bool:
    """As `run.alert()` does, which no wait holds back, a second after the last."""
    world.clock.pass_by(seconds=1)
    ask = RaiseScripted(
        entity="team", project="demo", run="run", title=title, severity=severity, wait_ms=0
    )
    runs: Any = world.runs
    raised = await raise_scripted(
        ask,
        ALICE,
        world.scripted,
        world.rules,
        world.rulebook,
        runs,
        world.judge,
        world.clock,
        world.dispatcher.wake,
    )
    return raised.raised


async def happen(world: World, version: int, run_id: str | None = "run") -> None:
    """A new version of an artifact."""
    facts = ArtifactFacts(
        event="created",
        entity="team",
        project="demo",
        project_id="project",
        collection="model",
        collection_id="c",
        type="model",
        at=world.clock.now,
        version=f"v{version}",
        artifact_id=f"a{version}",
        run_id=run_id,
    )
    await world.evaluator.take_artifact(facts)


async def inbox(world: World) -> list[Alert]:
    page, _ = await world.alerts.page({}, 1_000, None)
    return list(reversed(page))


async def sent(world: World) -> int:
    page, _ = await world.deliveries.page({}, 1_000, None)
    return len(page)


async def handled(world: World, alert: Alert, state: str | None, **snoozed: float) -> None:
    until = world.clock.now + timedelta(**snoozed) if snoozed else None
    alert.handle("alice", state, until)
    await world.alerts.save(alert)


class TestScripts:
    async def test_a_rule_of_the_team_is_heard_in_a_project_that_is_new(self, world: World) -> None:
        channel = await world.a_channel()
        place: dict[str, Any] = {"project": None, "project_id": key_of_team("team")}
        rule = await world.a_rule(SAYS, channel, once_per_run=False, **place)
        assert await say(world, "low")
        [alert] = await inbox(world)
        assert (alert.rule_id, alert.title, alert.notified) == (rule.id, "low", ["hook"])
        assert await sent(world) == 1

    async def test_it_is_in_the_inbox_without_any_rule(self, world: World) -> None:
        assert await say(world, "low")
        [alert] = await inbox(world)
        assert (alert.rule_id, alert.kind, alert.severity) == (None, "alert", "warn")

    async def test_each_rule_says_it_in_its_own_words(self, world: World) -> None:
        hook, pager = await world.a_channel(), await world.a_channel(name="pager")
        words = {"title": "${run}: ${title}", "text": "look", "payload": '{"is": "${title}"}'}
        await world.a_rule(SAYS, hook, once_per_run=False, **words)
        await world.a_rule(SAYS, pager, once_per_run=False)
        await say(world, "low")
        found = {alert.notified[0]: (alert.title, alert.text) for alert in await inbox(world)}
        assert found == {"hook": ("run: low", "look"), "pager": ("low", "")}
        page, _ = await world.deliveries.page({}, 10, None)
        assert {one.payload for one in page} == {'{"is": "${title}"}', None}

    async def test_it_is_quiet_for_a_while_after_it_was_told(self, world: World) -> None:
        await world.a_rule(SAYS, await world.a_channel(), once_per_run=False, cooldown_s=60.0)
        for title in ("a", "b"):
            assert await say(world, title)
        assert await sent(world) == 1
        world.clock.pass_by(seconds=61)
        await say(world, "c")
        assert await sent(world) == 2
        assert [alert.rule is None for alert in await inbox(world)] == [False, True, False]

    async def test_once_per_run_is_kept_if_it_was_wished(self, world: World) -> None:
        await world.a_rule(SAYS, await world.a_channel())
        await asyncio.gather(*(say(world, f"title {number}") for number in range(8)))
        assert (await sent(world), len(await inbox(world))) == (1, 8)

    async def test_noise_and_a_snooze_hold_for_the_run(self, world: World) -> None:
        await world.a_rule(SAYS, await world.a_channel(), once_per_run=False)
        await say(world, "a")
        [alert] = await inbox(world)
        await handled(world, alert, None, hours=1)
        await say(world, "b")
        assert await sent(world) == 1
        world.clock.pass_by(hours=2)
        await say(world, "c")
        assert await sent(world) == 2
        await handled(world, alert, "noise")
        await say(world, "d")
        assert await sent(world) == 2

    async def test_a_script_that_says_very_much_is_muted(self, world: World) -> None:
        await world.a_rule(SAYS, await world.a_channel(), once_per_run=False)
        for number in range(FLAPPING + 4):
            await say(world, str(number))
        assert await sent(world) == FLAPPING + 1
        assert "too often" in (await inbox(world))[FLAPPING].text

    async def test_what_was_said_is_not_heard_twice(self, world: World) -> None:
        asked = 0

        async def hear(memories: dict[str, Memory]) -> Findings:
            nonlocal asked
            asked += 1
            return await world.judge.hear_script([], memories, said, run, "one", at)

        said, at = Firing("", title="low", severity="warn"), world.clock.now
        run = await world.runs.facts("run")
        until = at + timedelta(minutes=1)
        found = [await world.scripted.raise_once("run", "low", until, at, hear) for _ in range(2)]
        assert (found, asked, len(await inbox(world))) == ([True, False], 1, 1)


class TestArtifacts:
    async def a_rule(self, world: World, **given: Any) -> Rule:
        return await world.a_rule(MADE, await world.a_channel(), **given)

    async def test_each_version_is_told(self, world: World) -> None:
        await self.a_rule(world)
        for version in range(FLAPPING + 4):
            await happen(world, version)
        assert await sent(world) == FLAPPING + 4

    async def test_it_is_quiet_for_a_while_after_it_was_told(self, world: World) -> None:
        await self.a_rule(world, cooldown_s=60.0)
        world.clock.pass_by(seconds=1)
        await happen(world, 0)
        world.clock.pass_by(seconds=30)
        await happen(world, 1)
        assert await sent(world) == 1
        world.clock.pass_by(seconds=31)
        await happen(world, 2)
        assert await sent(world) == 2

    async def test_noise_holds_for_the_run(self, world: World) -> None:
        await self.a_rule(world)
        await happen(world, 0)
        await handled(world, (await inbox(world))[0], "noise")
        await happen(world, 1)
        assert await sent(world) == 1
        await happen(world, 2, run_id="another")
        assert await sent(world) == 2

    async def test_what_no_run_logged_stands_for_itself(self, world: World) -> None:
        await self.a_rule(world)
        await happen(world, 0, run_id=None)
        await handled(world, (await inbox(world))[0], "noise")
        world.clock.pass_by(seconds=1)
        await happen(world, 0, run_id=None)
        assert await sent(world) == 1
        await happen(world, 1, run_id=None)
        assert await sent(world) == 2

    async def test_once_per_run_is_nothing_that_can_be_kept(self, world: World) -> None:
        rule = await self.a_rule(world)
        assert rule.once_per_run is False
        with pytest.raises(Invalid, match="once_per_run"):
            checked_once(rule.when, True)
