"""What a handler may ask for by type."""

from __future__ import annotations

from typing import Annotated

from services.identity import ports
from services.identity.domain.policy import Policy
from shared.messaging.providing import Provided

TheStore = Annotated[ports.Store, Provided("store")]
TheMint = Annotated[ports.Mint, Provided("mint")]
ThePasswords = Annotated[ports.Passwords, Provided("passwords")]
TheKeyUse = Annotated[ports.KeyUse, Provided("key_use")]
TheCanary = Annotated[ports.Canary, Provided("canary")]
TheLimits = Annotated[ports.Limits, Provided("limits")]
TheDeadLetters = Annotated[ports.DeadLetters, Provided("dead_letters")]
TheErrands = Annotated[ports.Errands, Provided("errands")]
TheSso = Annotated[ports.SsoProvider, Provided("sso")]
TheCiTokens = Annotated[ports.CiTokens, Provided("ci_tokens")]
ThePolicy = Annotated[Policy, Provided("policy")]
