"""Letters by SMTP."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.identity.domain.letter import Letter
from shared.errors import Invalid, Unavailable

_TIMEOUT_S = 20.0


class SmtpMail:
    """Keeps `ports.Mail`: `smtp:` goes over to TLS where that is offered, `smtps:` begins so."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """Raises Unavailable when it may work later, Invalid when it never will."""
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=self._tls,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refusal.code for refusal in error.recipients]
            raise _failure(min(codes, default=450), "the recipient was refused") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise Unavailable("The mail server refused our password.") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _failure(error.code, "the mail server said no") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable("The mail server did not answer.") from error

    def _message(self, letter: Letter) -> EmailMessage:
        """A policy that refuses line breaks in headers; text first, the same as HTML second."""
        name, mailbox = parseaddr(self._sender)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(name or "Cordée", addr_spec=mailbox)
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = _header(letter.subject)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=mailbox.rpartition("@")[2] or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _header(text: str) -> str:
    """Text that the e-mail package takes as it is.

    It decodes `=?…?=` in what it is given, and writes a line break that it finds in there into
    the mail as one.
    """
    return " ".join(text.split()).replace("=?", "= ?")


def _failure(code: int, what: str) -> Invalid | Unavailable:
    return Invalid(f"{what} ({code})") if code >= 500 else Unavailable(f"{what} ({code})")
