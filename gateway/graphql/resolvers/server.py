"""What this server can do. Only what really works is on."""

from __future__ import annotations

from typing import Any

from ariadne import QueryType

from gateway.graphql.context import Info

query = QueryType()

FEATURES = (
    "LARGE_FILENAMES",
    "STRUCTURED_CONSOLE_LOGS",
    "FILESTREAM_GZIP",
    "ARTIFACT_TAGS",
    "CLIENT_IDS",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER",
    "PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP",
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION",
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
    "TOTAL_COUNT_IN_FILE_CONNECTION",
    "ARTIFACT_REGISTRY_SEARCH",
    "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION",
)
AUTOMATIONS = (
    *("AUTOMATION_EVENT_RUN_METRIC", "AUTOMATION_EVENT_RUN_METRIC_CHANGE"),
    *("AUTOMATION_EVENT_RUN_METRIC_ZSCORE", "AUTOMATION_EVENT_RUN_STATE"),
    *("AUTOMATION_EVENT_ADD_ARTIFACT_TAG", "AUTOMATION_EVENT_REMOVE_ARTIFACT_TAG"),
    *("AUTOMATION_EVENT_ADD_COLLECTION_TAG", "AUTOMATION_EVENT_REMOVE_COLLECTION_TAG"),
    *("AUTOMATION_EVENT_UNLINK_ARTIFACT", "AUTOMATION_ACTION_NO_OP"),
    *("AUTOMATION_SCOPE_ENTITY", "QUERY_AUTOMATIONS_ON_ENTITY"),
)
VERSIONS = {"min_cli_version": "0.0.1", "max_cli_version": "99.0.0"}


@query.field("serverInfo")
def resolve_server_info(_: Any, info: Info) -> dict[str, Any]:
    """Features that are not named count as off (wire-protocol §1.6)."""
    return {
        "features": [{"name": name, "isEnabled": True} for name in (*FEATURES, *AUTOMATIONS)],
        "cliVersionInfo": VERSIONS,
    }


BINDABLES = (query,)
