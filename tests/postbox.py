"""A real SMTP server that a test starts, and the mails that it has received."""

from __future__ import annotations

import asyncio
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.servers import free_port


class Postbox:
    """What came for whom; or how it is refused, as long as `answer` says something else."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.answer = "250 OK"
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        """It listens."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def of(self, address: str) -> list[EmailMessage]:
        """What came for somebody alone so far."""
        return [message for to, message in self.received if to == [address]]

    async def to(self, address: str, count: int = 1) -> EmailMessage:
        """The latest mail to somebody, once there are so many."""
        deadline = time.monotonic() + 15
        while True:
            found = self.of(address)
            if len(found) >= count:
                return found[-1]
            assert time.monotonic() < deadline, f"no mail to {address}"
            await asyncio.sleep(0.05)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """What the server calls with each mail."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos, message))
        return self.answer
