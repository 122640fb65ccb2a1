"""Settings that every process shares, and what is said of wrong ones."""

from __future__ import annotations

import pytest

from shared.kit.settings import Settings, StoreSettings, settings_or_exit


def test_a_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORDEE_LOG_LEVEL", "warning")
    assert settings_or_exit(Settings, "runs").log_level == "WARNING"


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("CORDEE_LOG_LEVEL", "loud", "'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
        ("CORDEE_LOG_FORMAT", "xml", "'json' or 'console'"),
        ("CORDEE_NATS_REPLICAS", "0", "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_would_be_right(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    right: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        settings_or_exit(StoreSettings, "runs")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == f"runs cannot start: {name}: Input should be {right}\n"
