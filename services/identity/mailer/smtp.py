"""Letters by SMTP."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib

from services.identity.domain.letter import Letter
from shared.errors import Invalid, Unavailable
from shared.kit.smtp import MailServer


class SmtpMail:
    """Keeps `ports.Mail`."""

    def __init__(self, url: str, sender: str) -> None:
        self._server = MailServer(url, sender)

    async def send(self, letter: Letter) -> None:
        """Raises Unavailable when it may work later, Invalid when it never will."""
        try:
            await self._server.send(self._message(letter))
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
        """Text first, the same as HTML second."""
        message = self._server.message(letter.to, letter.subject)
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _failure(code: int, what: str) -> Invalid | Unavailable:
    return Invalid(f"{what} ({code})") if code >= 500 else Unavailable(f"{what} ({code})")
