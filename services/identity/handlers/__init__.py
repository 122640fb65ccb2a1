"""What identity answers: one file per noun, each handler loads, decides, saves and tells."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.handlers import (
    accounts,
    answers,
    audit,
    dead_letters,
    health,
    invitations,
    keys,
    mailboxes,
    members,
    organizations,
    passwords,
    providers,
    service_accounts,
    sessions,
    sign_up,
    sso,
    team_ends,
    teams,
    users,
)

ROUTERS: tuple[NatsRouter, ...] = (
    keys.router,
    users.router,
    accounts.router,
    teams.router,
    team_ends.router,
    members.router,
    invitations.router,
    answers.router,
    service_accounts.router,
    organizations.router,
    audit.router,
    dead_letters.router,
    sessions.router,
    sign_up.router,
    passwords.router,
    mailboxes.router,
    sso.router,
    providers.router,
    health.router,
)
