"""What a handler may ask for by type."""

from __future__ import annotations

from typing import Annotated

from faststream import Context

from services.identity import ports

TheStore = Annotated[ports.Store, Context("store")]
TheMint = Annotated[ports.Mint, Context("mint")]
ThePasswords = Annotated[ports.Passwords, Context("passwords")]
TheKeyUse = Annotated[ports.KeyUse, Context("key_use")]
TheCanary = Annotated[ports.Canary, Context("canary")]
