"""One module per noun of the schema; one field, one Call."""

from gateway.graphql.resolvers import files, histories, projects, runs, server, viewer

BINDABLES = (
    *server.BINDABLES,
    *viewer.BINDABLES,
    *projects.BINDABLES,
    *runs.BINDABLES,
    *histories.BINDABLES,
    *files.BINDABLES,
)
