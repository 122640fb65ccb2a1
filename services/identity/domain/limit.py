"""How often something may be done: enough for people, too little for guessing and flooding."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in any `seconds`, counted apart for each of whatever it is about."""

    name: str
    times: int
    seconds: int
    message: str


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_SIGN_IN = "Too many attempts to sign in; wait a little."

SIGN_IN_HERE = Limit("sign-in-here", 15, 15 * _MINUTE, _SIGN_IN)
"""One account from one network."""
SIGN_IN_ACCOUNT = Limit("sign-in-account", 30, _HOUR, _SIGN_IN)
"""One account from all networks that it never signed in from: a guesser shuts out only others."""
SIGN_IN_NETWORK = Limit("sign-in-network", 300, _HOUR, _SIGN_IN)
MAIL_TO = Limit("mail-to", 5, _HOUR, "Mail was sent there a few times already; wait a little.")
MAIL_FROM_NETWORK = Limit("mail-from-network", 60, _HOUR, "Too many mails were asked for.")
SIGN_UP = Limit("sign-up", 30, _HOUR, "Too many accounts were made from here; wait a little.")
INVITATIONS = Limit(
    "invitations", 300, _HOUR, "This team has sent many invitations; wait a little."
)
KEYS = Limit("keys", 600, _HOUR, "Many keys were made for this account; wait a little.")
TEAMS = Limit("teams", 60, _HOUR, "You have made many teams; wait a little.")
TOKENS = Limit("tokens", 1_200, _HOUR, "Too many tokens were exchanged; wait a little.")


def network_of(address: str | None) -> str:
    """What one attacker can easily vary within: a /24, or a /48 of IPv6."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    size = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{size}", strict=False))
