"""What a handler asks for by name, handed over at once."""

from __future__ import annotations

from typing import Any

from fast_depends.library import CustomField


class Provided(CustomField):
    """As FastStream's `Context`; but that is a plain method, and FastDepends runs plain methods in
    threads: with every question one for each thing that its handler asks for."""

    def __init__(self, name: str) -> None:
        super().__init__(cast=False)
        self.name = name

    async def use(self, /, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Called by FastDepends."""
        if self.param_name is None:
            raise TypeError("Provided is for parameters.")
        kwargs[self.param_name] = kwargs["context__"].resolve(self.name)
        return kwargs
