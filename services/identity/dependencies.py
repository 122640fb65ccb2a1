"""What a handler may ask for by type."""

from __future__ import annotations

from typing import Annotated

from faststream import Context

from services.identity import ports
from services.identity.domain.policy import Policy

TheStore = Annotated[ports.Store, Context("store")]
TheMint = Annotated[ports.Mint, Context("mint")]
ThePasswords = Annotated[ports.Passwords, Context("passwords")]
TheKeyUse = Annotated[ports.KeyUse, Context("key_use")]
TheCanary = Annotated[ports.Canary, Context("canary")]
TheLimits = Annotated[ports.Limits, Context("limits")]
TheErrands = Annotated[ports.Errands, Context("errands")]
TheSso = Annotated[ports.SsoProvider, Context("sso")]
TheCiTokens = Annotated[ports.CiTokens, Context("ci_tokens")]
ThePolicy = Annotated[Policy, Context("policy")]
