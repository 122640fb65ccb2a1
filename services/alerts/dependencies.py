"""What a handler may ask for, by type."""

from __future__ import annotations

from typing import Annotated

from faststream import Context

from services.alerts import ports

Canary = Annotated[ports.Canary, Context("canary", cast=False)]
