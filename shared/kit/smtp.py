"""Mail: a server, and messages whose headers hold nothing but what they were meant to.

The e-mail package decodes `=?…?=` in what it is given, and would write a line break that it finds
in there into the mail as one. So no text that a user wrote goes into a header but through `header`.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from shared.errors import Invalid

TIMEOUT_S = 20.0
_LONGEST = 400
_POLICY = SMTP.clone(max_line_length=900)
"""Short lines would break up addresses in headers that programs read, such as List-Unsubscribe."""


class MailServer:
    """`smtp:` goes over to TLS where that is offered, `smtps:` begins so.

    A password is never sent without TLS.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._name, self._mailbox = parseaddr(sender)

    def message(self, to: str, subject: str, message_id: str | None = None) -> EmailMessage:
        """With its headers and without a body. Invalid for an address that hides something."""
        if "=?" in to:
            raise Invalid(f"{to!r} is no address that mail is sent to.", field="to")
        domain = self._mailbox.rpartition("@")[2] or "cordee"
        made = EmailMessage(policy=_POLICY)
        made["From"] = Address(header(self._name) or "Cordée", addr_spec=self._mailbox)
        made["To"] = Address(addr_spec=to)
        made["Subject"] = header(subject)
        made["Date"] = formatdate()
        made["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain)
        made["Auto-Submitted"] = "auto-generated"
        return made

    async def send(self, message: EmailMessage) -> None:
        """Raises what aiosmtplib raises."""
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            start_tls=True if self._password and not self._tls else None,
            timeout=TIMEOUT_S,
        )


def header(text: str) -> str:
    """One line that the e-mail package takes as it is."""
    printable = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(printable.split()).replace("=?", "= ?")[:_LONGEST]
