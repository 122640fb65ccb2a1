"""How often a rule may speak up, and what makes told points new."""

from __future__ import annotations

from datetime import timedelta

from services.alerts.domain.memory import Memory, Voice
from services.alerts.domain.track import Firing
from services.alerts.domain.window import Window
from tests.unit.alerts.builders import NOON, a_rule

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
