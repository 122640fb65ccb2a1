"""What this server can do. Only what really works is on."""

from __future__ import annotations

from typing import Any

from ariadne import QueryType

from gateway.graphql.context import Info

query = QueryType()

FEATURES = ("LARGE_FILENAMES", "STRUCTURED_CONSOLE_LOGS", "FILESTREAM_GZIP")
VERSIONS = {"min_cli_version": "0.0.1", "max_cli_version": "99.0.0"}


@query.field("serverInfo")
def resolve_server_info(_: Any, info: Info) -> dict[str, Any]:
    """Features that are not named count as off (wire-protocol §1.6)."""
    return {
        "features": [{"name": name, "isEnabled": True} for name in FEATURES],
        "cliVersionInfo": VERSIONS,
    }


BINDABLES = (query,)
