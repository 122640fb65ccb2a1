"""One row for each route and each root field: what it touches, and who may.

A route or field that is not here fails the test: it has not been thought about.
"""

from __future__ import annotations

from typing import Any

RULE: dict[str, Any] = {"name": "spy", "when": {"kind": "state", "states": ["failed"]}}

PROJECT_ROUTES: dict[str, tuple[str, Any]] = {
    "GET /api/v1/projects/{entity}": ("read list", None),
    "GET /api/v1/projects/{entity}/{project}": ("read", None),
    "PATCH /api/v1/projects/{entity}/{project}": ("manage", {"description": "mine now"}),
    "PUT /api/v1/projects/{entity}/{project}/members/{username}": ("manage", {"role": "member"}),
    "DELETE /api/v1/projects/{entity}/{project}/members/{username}": ("manage", None),
    "GET /api/v1/projects/{entity}/{project}/runs": ("read", None),
    "GET /api/v1/runs/{entity}/{project}/{run}": ("read", None),
    "GET /api/v1/runs/{entity}/{project}/{run}/history": ("read", None),
    "POST /api/v1/projects/{entity}/{project}/runs:move": (
        "write",
        {"filters": {}, "to": {"entity": "valley", "project": "loot"}},
    ),
    "POST /api/v1/projects/{entity}/{project}/runs:copy": (
        "read twice",
        {"filters": {}, "to": {"entity": "valley", "project": "loot"}},
    ),
    "POST /api/v1/projects/{entity}/{project}/rules": ("write", RULE),
    "GET /api/v1/projects/{entity}/{project}/rules": ("read", None),
    "POST /api/v1/projects/{entity}/{project}/rules:preview": (
        "read strictly",
        {"when": RULE["when"]},
    ),
    "GET /api/v1/rules/{rule_id}": ("read", None),
    "PATCH /api/v1/rules/{rule_id}": ("write", {"name": "mine now"}),
    "DELETE /api/v1/rules/{rule_id}": ("write", None),
    "GET /api/v1/projects/{entity}/{project}/alerts": ("read strictly", None),
    "PATCH /api/v1/alerts/{alert_id}": ("write", {"state": "acknowledged"}),
    "POST /api/v1/deliveries/{delivery_id}:replay": ("write", None),
    "GET /api/v1/moves/{move_id}": ("read both", None),
    "POST /api/v1/moves/{move_id}:undo": ("write", None),
}
"""Routes about a project: the right that they need there, and a body that is well formed."""

TEAM_ROUTES: dict[str, tuple[str, Any]] = {
    "GET /api/v1/teams/{team}": ("member", None),
    "PATCH /api/v1/teams/{team}": ("admin", {"description": "mine now"}),
    "DELETE /api/v1/teams/{team}": ("admin", {"name": "peaks"}),
    "PATCH /api/v1/teams/{team}/privacy": ("admin", {"hidden": False}),
    "POST /api/v1/teams/{team}:leave": ("nobody else", None),
    "GET /api/v1/teams/{team}/deletion": ("admin", None),
    "PATCH /api/v1/teams/{team}/members/{username}": ("admin", {"role": "viewer"}),
    "DELETE /api/v1/teams/{team}/members/{username}": ("admin", None),
    "POST /api/v1/teams/{team}/invitations": ("admin", {"email": "x@example.org"}),
    "GET /api/v1/teams/{team}/invitations": ("admin", None),
    "POST /api/v1/teams/{team}/invitations/{invitation}:resend": ("admin", None),
    "DELETE /api/v1/teams/{team}/invitations/{invitation}": ("admin", None),
    "POST /api/v1/teams/{team}/service-accounts": ("admin", {"name": "spy"}),
    "GET /api/v1/teams/{team}/service-accounts": ("member", None),
    "DELETE /api/v1/teams/{team}/service-accounts/{username}": ("admin", None),
    "POST /api/v1/teams/{team}/oidc-providers": (
        "admin",
        {
            "service_account": "spy",
            "issuer": "https://ci.example.org",
            "audience": "cordee",
            "subject": "*",
        },
    ),
    "GET /api/v1/teams/{team}/oidc-providers": ("admin", None),
    "DELETE /api/v1/teams/{team}/oidc-providers/{provider}": ("admin", None),
    "POST /api/v1/teams/{team}/channels": (
        "admin",
        {"name": "spy", "kind": "webhook", "url": "https://example.org/"},
    ),
    "GET /api/v1/teams/{team}/channels": ("member", None),
    "POST /api/v1/teams/{team}/channels/{channel_id}:test": ("admin", None),
    "PATCH /api/v1/teams/{team}/channels/{channel_id}": ("admin", {"name": "mine-now"}),
    "DELETE /api/v1/teams/{team}/channels/{channel_id}": ("admin", None),
    "GET /api/v1/teams/{team}/deliveries": ("member", None),
    "POST /api/v1/teams/{team}/deliveries:replay": (
        "admin",
        {"channel_id": "absent", "since": "2026-01-01T00:00:00Z"},
    ),
    "GET /api/v1/teams/{team}/audit": ("admin or operator", None),
    "GET /api/v1/teams/{team}/audit/export": ("admin or operator", None),
}
"""Routes about a (hidden) team: the role that they need in it."""

PERSON_ROUTES: dict[str, Any] = {
    "PATCH /api/v1/users/{username}": {"admin": True},
    "DELETE /api/v1/users/{username}": None,
    "POST /api/v1/users/{username}:deactivate": None,
    "POST /api/v1/users/{username}:reactivate": None,
    "POST /api/v1/users/{username}/api-keys": {"name": "stolen"},
    "GET /api/v1/users/{username}/api-keys": None,
    "POST /api/v1/users/{username}/api-keys/{key_id}:rotate": None,
    "DELETE /api/v1/users/{username}/api-keys/{key_id}": None,
    "POST /api/v1/users/{username}/password-reset": None,
}
"""Routes about a person, which only that person and instance administrators may use."""

ADMIN_ROUTES: dict[str, Any] = {
    "POST /api/v1/users": {"username": "imp", "email": "imp@example.org"},
    "GET /api/v1/audit": None,
    "GET /api/v1/audit/export": None,
    "POST /api/v1/organizations": {"name": "guild", "owner": "out"},
    "POST /api/v1/organizations/{organization}/members": {"username": "out", "role": "admin"},
    "DELETE /api/v1/organizations/{organization}/members/{username}": None,
    "DELETE /api/v1/organizations/{organization}": None,
}
"""Routes for instance administrators alone."""

OWN_ROUTES = {
    "GET /api/v1/users",
    "GET /api/v1/users/me",
    "PATCH /api/v1/users/me",
    "GET /api/v1/users/me/recommended-teams",
    "GET /api/v1/users/{username}",
    "PUT /api/v1/users/me/password",
    "PUT /api/v1/users/me/email",
    "GET /api/v1/users/me/invitations",
    "GET /api/v1/users/me/audit",
    "GET /api/v1/sessions",
    "GET /api/v1/sessions/current",
    "DELETE /api/v1/sessions/current",
    "DELETE /api/v1/sessions/others",
    "DELETE /api/v1/sessions/{session}",
    "POST /api/v1/teams",
    "POST /api/v1/organizations/{organization}/teams",
    "GET /api/v1/teams",
    "GET /api/v1/organizations",
    "GET /api/v1/organizations/{organization}",
    "POST /api/v1/invitations/{reference}/accept",
    "POST /api/v1/invitations/{invitation}/decline",
}
"""Routes that show or change only what is the caller's own, or what everybody may know."""

OPEN_ROUTES = {
    "GET /api/v1/sessions/options",
    "POST /api/v1/sessions",
    "POST /api/v1/sign-ups:start",
    "POST /api/v1/sign-ups",
    "POST /api/v1/password-resets",
    "POST /api/v1/password-resets:finish",
    "POST /api/v1/email-confirmations",
    "GET /api/v1/sso/begin",
    "GET /api/v1/sso/callback",
    "GET /api/v1/invitations/{token}",
}
"""Routes for people who are not signed in yet; what they tell is in their own tests."""

QUERY_FIELDS = {
    "project": "project",
    "model": "project",
    "models": "project",
    "entity": "team",
    "viewer": "own",
    "serverInfo": "open",
    "users": "people",
    "organization": "people",
}
"""Root fields of Query → what they lead to."""

MUTATION_FIELDS = {
    "upsertBucket": "project",
    "upsertModel": "project",
    "createRunFiles": "project",
    "deleteFiles": "project",
    "notifyScriptableRunAlert": "project",
    "createTeam": "own",
    "createInvite": "team",
    "deleteInvite": "team",
    "createServiceAccount": "team",
    "createUser": "instance",
    "generateApiKey": "own",
    "deleteApiKey": "person",
}
"""Root fields of Mutation → what they change."""
