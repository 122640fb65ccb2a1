"""One function per subject that runs answers: load, decide, save, tell."""

from services.runs.handlers import files, health, histories, projects, runs, streams

ROUTERS = (
    projects.router,
    runs.router,
    streams.router,
    histories.router,
    files.router,
    health.router,
)
