"""How processes find NATS, where there are several servers of it."""

from __future__ import annotations

import pytest

from shared.kit.settings import Settings
from shared.messaging import connecting, streams


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("nats://a:1", ["nats://a:1"]),
        ("nats://u:p@a:1, nats://u:p@b:2,", ["nats://u:p@a:1", "nats://u:p@b:2"]),
    ],
)
def test_servers_have_commas_between_them(said: str, found: list[str]) -> None:
    assert connecting.options("runs", Settings(nats_url=said))["servers"] == found


def test_a_stream_is_kept_as_often_as_is_said() -> None:
    assert [stream.config(3).num_replicas for stream in streams.ALL] == [3] * len(streams.ALL)
