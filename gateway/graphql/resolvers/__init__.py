"""One module per noun of the schema; one field, one Call."""

from gateway.graphql.resolvers import (
    alerts,
    entities,
    files,
    histories,
    members,
    organizations,
    projects,
    runs,
    server,
    teams,
    users,
    viewer,
)

BINDABLES = (
    *server.BINDABLES,
    *viewer.BINDABLES,
    *users.BINDABLES,
    *entities.BINDABLES,
    *members.BINDABLES,
    *teams.BINDABLES,
    *organizations.BINDABLES,
    *projects.BINDABLES,
    *runs.BINDABLES,
    *histories.BINDABLES,
    *files.BINDABLES,
    *alerts.BINDABLES,
)
