"""Who may do what: one table role × action × visibility, and the one function that reads it.

The service that owns a thing calls `may`; the gateway decides nothing. The table is printed
to `docs/permissions.md`, and a test keeps that page true.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What somebody is to an entity (a team, or a person's own space)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    SERVICE = "service"
    VIEWER = "viewer"
    SIGNED_IN = "signed_in"
    ANONYMOUS = "anonymous"
    NAMED = "named"
    """A member, viewer or service account that a restricted project names."""
    LINK = "link"
    """Whoever comes with a share link: no role in anything, but for what the link shows."""


class Visibility(StrEnum):
    """Who a project is for."""

    OPEN = "open"
    PUBLIC = "public"
    TEAM = "team"
    RESTRICTED = "restricted"
    PRIVATE = "private"


class Action(StrEnum):
    """What can be done to a project or to what is in it."""

    READ = "read"
    LOG = "log"
    EDIT = "edit"
    DELETE = "delete"
    MOVE_IN = "move_in"
    MOVE_OUT = "move_out"
    MANAGE = "manage"
    COMMENT = "comment"
    SHARE = "share"
    """Make links for people who are not signed in, list them and revoke them."""
    READ_SHARED = "read_shared"
    """Read one run, comparison or report that the caller's own link names."""


_STAFF = frozenset({Role.OWNER, Role.ADMIN})
_WRITERS = _STAFF | {Role.MEMBER, Role.SERVICE}
_TEAM = _WRITERS | {Role.VIEWER}
_KNOWN = _TEAM | {Role.SIGNED_IN}
_ALL = frozenset(Role) - {Role.LINK}
_NAMED = _STAFF | {Role.NAMED}

TABLE: Mapping[Action, Mapping[Visibility, frozenset[Role]]] = {
    Action.READ: {
        Visibility.OPEN: _ALL,
        Visibility.PUBLIC: _ALL,
        Visibility.TEAM: _TEAM,
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.LOG: {
        Visibility.OPEN: _KNOWN,
        Visibility.PUBLIC: _WRITERS,
        Visibility.TEAM: _WRITERS,
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.EDIT: dict.fromkeys(Visibility, _WRITERS)
    | {
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.DELETE: dict.fromkeys(Visibility, _WRITERS)
    | {
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.MOVE_IN: dict.fromkeys(Visibility, _WRITERS)
    | {
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.MOVE_OUT: dict.fromkeys(Visibility, _WRITERS)
    | {
        Visibility.RESTRICTED: _STAFF,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.MANAGE: dict.fromkeys(Visibility, _STAFF),
    Action.COMMENT: dict.fromkeys(Visibility, _TEAM)
    | {
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.SHARE: dict.fromkeys(Visibility, _WRITERS)
    | {
        Visibility.RESTRICTED: _NAMED,
        Visibility.PRIVATE: frozenset({Role.OWNER}),
    },
    Action.READ_SHARED: dict.fromkeys(Visibility, frozenset({Role.LINK})),
}
"""The whole of it. A role that a cell does not name may not."""


class Who(Protocol):
    """The part of a caller that decides anything."""

    @property
    def principal_id(self) -> str | None: ...
    @property
    def username(self) -> str: ...
    @property
    def admin(self) -> bool: ...
    @property
    def elevated(self) -> bool: ...
    @property
    def roles(self) -> Mapping[str, str]: ...
    @property
    def scope(self) -> str: ...
    @property
    def organizations(self) -> Mapping[str, str]: ...
    @property
    def link(self) -> object | None: ...


class Where(Protocol):
    """The part of a project that decides anything."""

    @property
    def entity(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def members(self) -> Mapping[str, str]: ...
    @property
    def teams(self) -> Mapping[str, str]: ...


_WRITE_ONLY = frozenset({Action.LOG})
_READ_ONLY = frozenset({Action.READ})
SCOPES: Mapping[str, frozenset[Action]] = {
    "full": frozenset(Action),
    "read": _READ_ONLY,
    "write_runs": _WRITE_ONLY,
}
"""What a key may be narrowed to. Every scope but `full` only ever takes rights away."""


def role_in(who: Who, where: Where) -> Role:
    """The caller's role towards one project; an elevated instance administrator is its admin."""
    if who.link is not None:
        return Role.LINK
    if who.principal_id is None:
        return Role.ANONYMOUS
    if who.admin and who.elevated:
        return Role.OWNER
    role = who.roles.get(where.entity) or _role_in_organization(who, where)
    if role is None:
        return Role.SIGNED_IN
    named = _named(who, where)
    if where.visibility == Visibility.RESTRICTED and role not in _STAFF and named is not None:
        return Role.NAMED if named != Role.VIEWER else Role.VIEWER
    return Role(role)


def _role_in_organization(who: Who, where: Where) -> str | None:
    """In an organization's own projects, its registries: members look, whom they name may more.

    Everybody of an instance may be a member of its one organization, so that alone is not enough.
    """
    role = who.organizations.get(where.entity)
    if role is None or role == Role.ADMIN:
        return role
    return _named(who, where) or Role.VIEWER


def _named(who: Who, where: Where) -> Role | None:
    """The most that the project calls the caller, or a team of theirs."""
    found = {where.members.get(who.username)}
    found |= {role for team, role in where.teams.items() if team in who.roles}
    return next((role for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER) if role in found), None)


def may(who: Who, action: Action, where: Where) -> bool:
    """Whether the table and the key's scope both allow it."""
    return action in SCOPES.get(who.scope, frozenset()) and _role_may(who, action, where)


def sees(who: Who, where: Where) -> bool:
    """Whether the project is there at all for this caller, whatever their key is narrowed to."""
    return _role_may(who, Action.READ, where)


def _role_may(who: Who, action: Action, where: Where) -> bool:
    role = role_in(who, where)
    visibility = Visibility(where.visibility)
    if visibility is Visibility.RESTRICTED and role is Role.VIEWER:
        return action is Action.READ and _named(who, where) is not None
    return role in TABLE[action][visibility]


def render() -> str:
    """`docs/permissions.md`, whole."""
    roles = [role for role in Role if role is not Role.NAMED]
    lines = [
        "# Who may do what",
        "",
        "Printed from `shared/permissions.py` by `make docs`; a test keeps it true.",
        "In a restricted project members, viewers and service accounts count only if it names",
        "them (`named`). A key's scope can only take rights away: "
        + ", ".join(f"`{scope}`" for scope in SCOPES)
        + ".",
        "`link` is whoever came with a share link, signed in or not: it opens what it shows, by",
        "the row `read shared`, and nothing else.",
    ]
    for action, row in TABLE.items():
        lines += ["", f"## {action.replace('_', ' ')}", ""]
        lines.append("| visibility | " + " | ".join([*roles, Role.NAMED]) + " |")
        lines.append("|---|" + "---|" * (len(roles) + 1))
        for visibility in Visibility:
            cells = ["yes" if role in row[visibility] else "–" for role in [*roles, Role.NAMED]]
            lines.append(f"| {visibility} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
