"""Each service says and hears what it must, and a real server refuses it everything else."""

from __future__ import annotations

import nats
import nats.errors
import pytest

from shared.contracts import catalogue
from shared.messaging.grants import EVERYBODY
from tests.contract.messaging.conftest import Connect
from tests.contract.messaging.world import settled
from tests.servers import Servers

SAYS: dict[str, set[str]] = {
    "runs.run.get": {"gateway", "identity", "alerts"},
    "identity.key.resolve": {"gateway", "runs", "alerts"},
    "alerts.rule.list": {"gateway", "runs"},
    "runs.parts.01abc": {"gateway", "identity", "alerts"},
    "runs.shard.settle.3": {"gateway", "identity", "alerts"},
    "ingest.3": {"gateway"},
    "ingest.3.more": set(),
    "events.identity.key.revoked": {"identity"},
    "events.runs.run.state_changed": {"runs"},
    "events.alerts.alert.fired": {"alerts"},
    "events.gateway.x": set(),
    "watched.runs.points": {"runs"},
    "watched.alerts.x": set(),
    "dead.identity.x": {"identity"},
    "dead.runs.ingest": {"runs"},
    "dead.alerts.x": {"alerts"},
    "dead.gateway.x": set(),
    "_INBOX.x": set(),
    **{f"_INBOX_{user}.x": set() for user in EVERYBODY},
    "anything": set(),
    "$SYS.REQ.SERVER.PING": set(),
    "$JS.API.INFO": set(),
    "$JS.API.STREAM.LIST": set(),
    "$JS.API.STREAM.NAMES": set(),
    "$JS.API.STREAM.CREATE.OTHER": set(),
    "$JS.API.CONSUMER.CREATE.OTHER.x": set(),
}
"""Subject → who may publish to it."""
STREAMS: dict[str, dict[str, set[str]]] = {
    "INGEST": {"owner": {"runs"}, "reader": {"runs"}, "purge": {"runs"}},
    "EVENTS": {"owner": {"identity"}, "reader": set(EVERYBODY), "purge": set()},
    "DEAD": {"owner": {"identity"}, "reader": {"identity"}, "purge": set()},
    "WATCHED": {"owner": {"alerts"}, "reader": {"alerts"}, "purge": set()},
}
for _stream, _who in STREAMS.items():
    SAYS |= {
        f"$JS.API.STREAM.CREATE.{_stream}": _who["owner"],
        f"$JS.API.STREAM.UPDATE.{_stream}": _who["owner"],
        f"$JS.API.STREAM.INFO.{_stream}": _who["owner"] | _who["reader"],
        f"$JS.API.STREAM.DELETE.{_stream}": set(),
        f"$JS.API.STREAM.PURGE.{_stream}": _who["purge"],
        f"$JS.API.STREAM.MSG.GET.{_stream}": {"identity"} if _stream == "DEAD" else set(),
        f"$JS.API.STREAM.MSG.DELETE.{_stream}": set(),
        f"$JS.API.DIRECT.GET.{_stream}": set(),
        f"$JS.API.CONSUMER.CREATE.{_stream}.x": _who["reader"],
        f"$JS.API.CONSUMER.DURABLE.CREATE.{_stream}.x": _who["reader"],
        f"$JS.API.CONSUMER.INFO.{_stream}.x": _who["reader"],
        f"$JS.API.CONSUMER.DELETE.{_stream}.x": _who["reader"],
        f"$JS.API.CONSUMER.MSG.NEXT.{_stream}.x": _who["reader"],
        f"$JS.API.CONSUMER.LIST.{_stream}": set(),
        f"$JS.ACK.{_stream}.x.1.1.1.1.1": _who["reader"],
    }
HEARS: dict[str, set[str]] = {
    ">": set(),
    "*.>": set(),
    "runs.>": {"runs"},
    "runs.run.get": {"runs"},
    "identity.>": {"identity"},
    "identity.key.resolve": {"identity"},
    "alerts.>": {"alerts"},
    "ingest.*": set(),
    "ingest.3": set(),
    "events.>": set(EVERYBODY),
    "events.identity.key.revoked": set(EVERYBODY),
    "watched.>": set(),
    "dead.>": set(),
    "_INBOX.>": set(),
    **{f"_INBOX_{user}.>": {user} for user in EVERYBODY},
    "$JS.>": set(),
    "$JS.API.>": set(),
    "$SYS.>": set(),
}
"""Subject → who may subscribe to it."""


def but_for(user: str, granted: dict[str, set[str]]) -> set[str]:
    """The subjects that are not granted, in small letters as a refusal names them."""
    return {subject.lower() for subject, users in granted.items() if user not in users}


class TestPublishing:
    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_only_what_is_granted_is_let_through(self, connect: Connect, user: str) -> None:
        connection = await connect(user)
        for subject in SAYS:
            await connection.client.publish(subject, b"no request that anybody would understand")
        assert await connection.refused() == but_for(user, SAYS)

    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_no_question_is_asked_of_oneself_or_by_who_may_not(
        self, connect: Connect, user: str
    ) -> None:
        connection = await connect(user)
        asks = {"gateway": {"identity", "runs", "alerts"}, "identity": {"runs"}} | {
            "runs": {"identity", "alerts"},
            "alerts": {"identity", "runs"},
        }
        calls = [call for _, call in catalogue.calls()]
        for call in calls:
            await connection.client.publish(call.subject, b"")
        assert await connection.refused() == {
            call.subject for call in calls if call.owner not in asks[user]
        }


class TestSubscribing:
    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_only_what_is_granted_is_heard(self, connect: Connect, user: str) -> None:
        connection = await connect(user)
        for subject in HEARS:
            await connection.client.subscribe(subject)
        assert await connection.refused() == but_for(user, HEARS)


async def silent(_: Exception) -> None:
    """What nats-py says besides raising."""


class TestAnswering:
    async def test_who_is_asked_may_answer_once(self, connect: Connect) -> None:
        asking, answering = await connect("gateway"), await connect("runs")

        async def twice(message: object) -> None:
            await message.respond(b"one")  # type: ignore[attr-defined]
            await message.respond(b"two")  # type: ignore[attr-defined]

        await answering.client.subscribe("runs.test.twice", cb=twice)
        await settled(answering.client)
        answer = await asking.client.request("runs.test.twice", b"", timeout=5)
        assert answer.data == b"one"
        (second,) = await answering.refused()
        assert second.startswith("_inbox_gateway.")

    async def test_nobody_gets_in_without_a_key(self, servers: Servers) -> None:
        with pytest.raises((nats.errors.Error, OSError)):
            await nats.connect(servers.nats_url, allow_reconnect=False, error_cb=silent)
