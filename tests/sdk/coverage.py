"""`docs/sdk-coverage.md`: every document of the SDKs against our schema, every path, every gap.

`python -m tests.sdk.coverage` prints the page; a test keeps it true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_ast_schema,
    parse,
    print_ast,
    validate,
)
from graphql.utilities import separate_operations

from tests.servers import ROOT

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "sdk-coverage.md"
SDL = ROOT / "gateway" / "graphql" / "sdl"

LAUNCH = "Launch, jobs queued for clusters, is not part of Cordée; no training script asks for it"
REGISTRY = "a registry keeps its name, and stays: links and aliases in other projects lead to it"
LOCAL = "schedulers inside a client are behind `SWEEPS_LOCAL_SCHEDULER`, off: the server searches"
REASONS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("CreateDefaultResourceConfig", "CreateRunQueue", "DeleteFromRunQueue"),
            *("DeleteRunQueue", "GetDefaultResourceConfig", "GetRunQueueItem", "GetRunQueueItems"),
            *("GetRunQueueMetadata", "LaunchAgent", "ProjectRunQueues", "UpsertRunQueue"),
            *("ackRunQueueItem", "createLaunchAgent", "failRunQueueItem", "popFromRunQueue"),
            *("fetchRunQueuesFromProject", "pushToRunQueue", "pushToRunQueueByName"),
            *("updateLaunchAgent", "updateRunQueueItemWarning", "upsertRunQueue"),
        ),
        LAUNCH,
    ),
    **dict.fromkeys(
        (*("DeleteRegistry", "RenameRegistry"),),
        REGISTRY,
    ),
    **dict.fromkeys(("EnqueueSweepRun", "SweepConfig"), LOCAL),
    "CreateCustomChart": "chart presets of one's own: charts keep their definition in the run",
    "CreateArtifactType": "types come into being with their first artifact",
    "GetOrgAutomations": "behind `AUTOMATIONS_ON_ORGANIZATION`, off: automations belong to teams",
}
"""Operation → why it is not offered; read only where a document is not answered."""

TESTED: Mapping[str, Sequence[str]] = {
    "test_lifecycle.py": (
        *("UpsertBucket", "RunResumeStatus", "RunState", "HistoryPage", "RunHistoryKeys"),
        *("ServerFeaturesQuery", "OrganizationCoreWeaveOrganizationID"),
    ),
    "test_exports.py": ("RunParquetHistory",),
    "test_branches.py": ("RewindRun",),
    "test_deeds.py": ("DeleteRun", "StopRun", "stopRun", "UpdateRunState"),
    "test_sweeps.py": (
        *("UpsertSweep", "CreateAgent", "Heartbeat", "SweepWithRuns", "GetSweep", "GetSweepAgents"),
        *("GetSweepAgent", "GetAgentRuns", "GetSweepState"),
    ),
    "test_reports.py": ("ProjectViews",),
    "test_files.py": (
        *("CreateRunFiles", "RunFiles", "deleteFiles", "MarkRunFilesUploaded", "Run"),
        *("ClientIDMapping", "CreateArtifact", "CommitArtifact", "ArtifactType"),
    ),
    "test_listing.py": ("Runs", "GetProjects", "GetProject", "CreateProject", "GetDefaultEntity"),
    "test_reading.py": (
        *("RunSampledHistory", "RunFullHistory", "SampledHistoryPage", "RunConsoleLogTail"),
        "RunConsoleLogPage",
    ),
    "test_credentials.py": ("Viewer", "GetViewer", "GenerateApiKey", "DeleteApiKey"),
    "test_teams.py": (
        *("GetTeamEntity", "CreateTeam", "CreateInvite", "DeleteInvite", "CreateServiceAccount"),
        *("CreateUserFromAdmin", "SearchUsers"),
    ),
    "test_alerts.py": ("NotifyScriptableRunAlert",),
    "test_automations.py": (
        *("CreateAutomation", "UpdateAutomation", "DeleteAutomation", "IntegrationsByEntity"),
        "GetEntityAutomations",
    ),
    "test_verify.py": ("ServerInfo",),
    "test_artifacts.py": (
        *("CreateArtifactFiles", "CreateArtifactManifest", "ArtifactMembershipByName"),
        *("ArtifactByID", "FetchArtifactManifest", "GetArtifactMembershipFileUrls", "UseArtifact"),
        *("RunOutputArtifacts", "RunInputArtifacts", "ProjectArtifactTypes", "ProjectArtifacts"),
        *("ArtifactType", "ArtifactMembershipFiles", "ArtifactOfType"),
        *("ArtifactUsedBy", "ArtifactCreatedBy"),
        *("ProjectArtifactType", "ArtifactTypeArtifactCollections", "ProjectArtifactCollections"),
    ),
    "test_artifact_changes.py": (
        *("AddAliases", "DeleteAliases", "UpdateArtifact", "ArtifactCollectionAliases"),
        *("UpdateArtifactSequence", "UpdateArtifactSequenceType", "ProjectArtifactCollection"),
        *("AddArtifactCollectionTags", "DeleteArtifactCollectionTags", "DeleteArtifact"),
        *("DeleteArtifactSequence", "LinkArtifact", "UnlinkArtifact", "FetchLinkedArtifacts"),
        *("IsProjectReadOnly", "UpdateArtifactPortfolio", "DeleteArtifactPortfolio"),
        "UpdateArtifactManifest",
    ),
    "test_artifact_core_downloads.py": (
        "ArtifactManifest",
        "ArtifactFileURLsByManifestEntries",
    ),
    "test_registries.py": (
        *("UpsertRegistry", "FetchRegistry", "FetchRegistries", "FetchAdvancedRegistryFeatures"),
        *("RegistryCollections", "RegistryVersions", "RegistryUserMembers", "RegistryTeamMembers"),
        *("CreateRegistryMembers", "DeleteRegistryMembers", "UpdateUserRegistryRole"),
        "UpdateTeamRegistryRole",
    ),
    "test_large_artifacts.py": ("CompleteMultipartUploadArtifact",),
    "test_variants.py": ("GetSweeps",),
}
"""Which test brings the real SDK to say which operation."""

PATHS: Sequence[tuple[str, str, str]] = (
    ("`POST /graphql`", "answered", "all of tests/sdk"),
    ("`POST /files/{entity}/{project}/{run}/file_stream`", "answered", "test_round_trip.py"),
    ("`PUT` of an upload URL, without credentials", "answered", "test_files.py"),
    ("`GET` of a file's URL, whole, in parts, if changed", "answered", "test_hostile_files.py"),
    ("`OPTIONS` of a file's URL", "answered", "test_verify.py"),
    ("`GET` of a history's Parquet table, for who asks for it", "answered", "test_exports.py"),
    ("`GET /artifactsV2/…` (a fallback)", "answered", "test_artifacts.py"),
    ("`GET /artifacts/…` (of manifests in layout V1)", "not: ours are all in layout V2", "–"),
    ("`POST /oidc/token`", "answered", "tests/contract/identity/test_ci_tokens.py"),
    ("`POST /sdk/otel/v1/…`", "404 on purpose: the SDK then sends no telemetry", "–"),
    ("pages that are only linked to", "the web UI", "–"),
)


def operations() -> dict[str, dict[str, list[str]]]:
    """Version → operation → documents, those included that are filled in at run time."""
    found: dict[str, dict[str, list[str]]] = json.loads((HERE / "operations.json").read_text())
    filled_in = separate_operations(parse((HERE / "filled_in.graphql").read_text()))
    for documents in found.values():
        for name, document in filled_in.items():
            documents.setdefault(name, []).append(print_ast(document))
    return found


@cache
def schema() -> GraphQLSchema:
    """Ours."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(SDL.glob("*.graphql")))
    return build_ast_schema(parse("\n".join(texts)))


def answered(documents: Sequence[str]) -> bool:
    """Whether our schema has everything that every one of the documents names."""
    return all(_valid(document) for document in documents)


@cache
def _valid(document: str) -> bool:
    """Versions share most of their documents."""
    return not validate(schema(), parse(document))


def kinds(documents: Sequence[str]) -> str:
    """Query or mutation."""
    first = parse(documents[0]).definitions[0]
    return first.operation.value if isinstance(first, OperationDefinitionNode) else "fragment"


def render() -> str:
    """The page, whole."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    known = operations()
    versions = sorted(known)
    names = sorted(
        {name for of in known.values() for name in of}, key=lambda name: (name.lower(), name)
    )
    rows, gaps = [], 0
    for name in names:
        cells = []
        for version in versions:
            documents = known[version].get(name)
            cells.append("–" if documents is None else _mark(answered(documents)))
        gaps += "no" in cells
        kind = next(kinds(of[name]) for of in known.values() if name in of)
        rows.append(f"| `{name}` | {kind} | {' | '.join(cells)} | {_note(name, cells)} |")
    tests = {name for said in TESTED.values() for name in said}
    yield "# What of the SDK is answered"
    yield ""
    yield "Printed by `make docs` from the documents inside the SDKs' own packages, each checked"
    yield "against Cordée's schema; a test keeps it true. `yes`: every document of that name is"
    yield "answered; `–`: the version does not have it."
    yield ""
    yield f"{len(names)} operations, {len(names) - gaps} of them answered in every version that"
    yield f"has them, {sum(name in tests for name in names)} driven through the real SDK by a test"
    yield "named here; of the others this page says only that their documents are valid."
    yield ""
    yield "## Paths"
    yield ""
    yield "| path | state | test |"
    yield "|---|---|---|"
    yield from (f"| {path} | {state} | {test} |" for path, state, test in PATHS)
    yield ""
    yield "## GraphQL operations"
    yield ""
    yield f"| operation | kind | {' | '.join(versions)} | test, or why not |"
    yield "|---|---|" + "---|" * len(versions) + "---|"
    yield from rows


def _mark(good: bool) -> str:
    return "yes" if good else "no"


def _note(name: str, cells: Sequence[str]) -> str:
    if "no" in cells:
        return REASONS.get(name, "**unexplained**")
    return next((file for file, said in TESTED.items() if name in said), "")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
