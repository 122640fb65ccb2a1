"""What identity needs from outside: where things are kept, and the technologies it leans on."""

from __future__ import annotations

from services.identity.ports.people import ApiKeys, Links, Names, Sessions, Users
from services.identity.ports.records import (
    Audit,
    LetterQueue,
    Letters,
    Records,
    Store,
    WaitingLetter,
)
from services.identity.ports.teams import Invitations, Organizations, Providers, Teams
from services.identity.ports.technology import (
    Canary,
    CiTokens,
    DeadLetters,
    DeadMessage,
    Errands,
    KeyUse,
    Limits,
    Mail,
    Mint,
    Passwords,
    SsoClaims,
    SsoProvider,
)

__all__ = [
    "ApiKeys",
    "Audit",
    "Canary",
    "CiTokens",
    "DeadLetters",
    "DeadMessage",
    "Errands",
    "Invitations",
    "KeyUse",
    "LetterQueue",
    "Letters",
    "Limits",
    "Links",
    "Mail",
    "Mint",
    "Names",
    "Organizations",
    "Passwords",
    "Providers",
    "Records",
    "Sessions",
    "SsoClaims",
    "SsoProvider",
    "Store",
    "Teams",
    "Users",
    "WaitingLetter",
]
