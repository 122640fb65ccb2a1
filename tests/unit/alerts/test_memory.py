"""How often a rule may speak up, and what makes told points new."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from services.alerts.domain.condition import Condition
from services.alerts.domain.memory import MOST_TRACKS, Memory, Voice
from services.alerts.domain.rule_set import RuleSet
from services.alerts.domain.track import Firing, Point
from services.alerts.domain.window import MOST_WEIGHT, Window
from tests.unit.alerts.builders import NOON, a_condition, a_rule

FIRING = Firing("loss > 1", "loss", 2.0)


class TestVoice:
    def test_once_per_run(self) -> None:
        memory, rule = Memory("rule", 1), a_rule()
        assert memory.voice(rule, FIRING, NOON) is Voice.SPEAK
        memory.spoke(FIRING, Voice.SPEAK, NOON)
        assert memory.voice(rule, FIRING, NOON + timedelta(days=1)) is Voice.QUIET

    def test_once_for_each_state(self) -> None:
        memory, rule = Memory("rule", 1), a_rule()
        memory.spoke(Firing("", key="started"), Voice.SPEAK, NOON)
        assert memory.voice(rule, Firing("", key="failed"), NOON) is Voice.SPEAK

    def test_a_cooldown_is_waited_out(self) -> None:
        memory, rule = Memory("rule", 1), a_rule(once_per_run=False, cooldown_s=60)
        memory.spoke(FIRING, Voice.SPEAK, NOON)
        assert memory.voice(rule, FIRING, NOON + timedelta(seconds=59)) is Voice.QUIET
        assert memory.voice(rule, FIRING, NOON + timedelta(seconds=60)) is Voice.SPEAK

    def test_flapping_is_muted_with_a_notice(self) -> None:
        memory, rule = Memory("rule", 1), a_rule(once_per_run=False)
        voices = []
        for second in range(20):
            now = NOON + timedelta(seconds=second)
            voices.append(memory.voice(rule, FIRING, now))
            if voices[-1] is not Voice.QUIET:
                memory.spoke(FIRING, voices[-1], now)
        assert voices == [Voice.SPEAK] * 5 + [Voice.NOTICE] + [Voice.QUIET] * 14
        later = NOON + timedelta(hours=2)
        assert memory.voice(rule, FIRING, later) is Voice.SPEAK

    def test_a_snoozed_rule_is_quiet(self) -> None:
        rule = a_rule(snoozed_until=NOON + timedelta(hours=1))
        assert Memory("rule", 1).voice(rule, FIRING, NOON) is Voice.QUIET


class TestTracks:
    def test_only_what_there_is_to_remember_is_kept(self) -> None:
        """However many metrics there are, the one that is no number is seen."""
        memory, when = Memory("rule", 1), a_condition("nan")
        for number in range(1_000):
            assert memory.observe(when, Point(f"m{number}", 1.0, 0, 0.0), NOON) is None
        assert memory.observe(when, Point("m999", math.nan, 1, 1.0), NOON) is not None
        assert list(memory.tracks) == ["m999"]
        memory.observe(when, Point("m999", 1.0, 2, 2.0), NOON)
        assert (memory.tracks, memory.weight, memory.full) == ({}, 0, False)

    @pytest.mark.parametrize(
        ("when", "tracks"),
        [
            (a_condition("threshold", metric="*", op=">", value=1.0), 0),
            (a_condition("threshold", metric="*", op=">", value=1.0, window=2), MOST_TRACKS),
            (a_condition("change", metric="*", amount=1.0, window=500, prior_window=500), 32),
            (a_condition("plateau", metric="*", steps=5), MOST_TRACKS),
        ],
    )
    def test_a_rule_remembers_so_much_and_says_when_it_is_full(
        self, when: Condition, tracks: int
    ) -> None:
        memory = Memory("rule", 1)
        for number in range(1_000):
            memory.observe(when, Point(f"m{number}", 0.5, 0, 0.0), NOON)
        assert len(memory.tracks) == tracks
        assert memory.full is (tracks > 0)

    def test_what_does_not_fit_is_not_told_over_and_over(self) -> None:
        memory, when = Memory("rule", 1), a_condition("nan")
        for step in range(3):
            point = Point("m", math.nan, step, 0.0)
            assert memory.observe(when, point, NOON, lambda _weight: False) is None
        assert memory.full


class TestRuleSet:
    def test_names_and_patterns_concern_the_oldest_first(self) -> None:
        globs = ["val/*", "val/acc", "*", "system.gpu.*", "loss", "val/[ab]cc"]
        rules = [
            a_rule(a_condition("plateau", metric=glob, steps=1), id=str(number))
            for number, glob in enumerate(globs)
        ]
        known = RuleSet(rules)
        for stream in ("history", "events"):
            for metric in ("val/acc", "val/bcc", "loss", "system.gpu.0.gpu", "x\ny"):
                found = [rule.id for rule in known.concerned(stream, metric)]
                assert found == [each.id for each in rules if each.when.wants(stream, metric)]


class TestWindow:
    def test_what_was_told_before_is_no_news(self) -> None:
        window = Window("run", "project")
        assert window.is_news(0, "history", 10, 0)
        assert not window.is_news(0, "history", 10, 0)
        assert window.is_news(0, "history", 10, 2_000)
        assert window.is_news(0, "events", 10, 0)
        assert window.is_news(0, "history", 11, 5)
        assert not window.is_news(0, "history", 10, 2_000)

    def test_a_run_that_starts_afresh_is_remembered_from_nothing(self) -> None:
        window = Window("run", "project")
        window.is_news(0, "history", 10, 0)
        window.memory_of(a_rule()).spoke(FIRING, Voice.SPEAK, NOON)
        assert window.is_news(1, "history", 20, 0)
        assert window.memory_of(a_rule()).fired == []
        assert not window.is_news(0, "history", 30, 0)

    def test_a_changed_rule_remembers_nothing(self) -> None:
        window, rule = Window("run", "project"), a_rule()
        window.memory_of(rule).spoke(FIRING, Voice.SPEAK, NOON)
        rule.change(NOON, severity="error")
        assert window.memory_of(rule).fired == []

    def test_a_changed_rule_knows_when_the_run_was_last_heard(self) -> None:
        when = a_condition("silence", seconds=60, metric="loss")
        window, rule = Window("run", "project"), a_rule(when)
        window.memory_of(rule).observe(when, Point("loss", 1.0, 0, 0.0), NOON)
        rule.change(NOON, when=a_condition("silence", seconds=30, metric="loss"))
        assert window.memory_of(rule).heard_at == NOON
        rule.change(NOON, when=a_condition("silence", seconds=30, metric="other"))
        assert window.memory_of(rule).heard_at is None

    def test_what_is_remembered_of_a_run_is_bounded(self) -> None:
        window = Window("run", "project")
        window.memory_of(a_rule()).weight = MOST_WEIGHT - 100
        assert window.fits(100)
        assert not window.fits(101)
