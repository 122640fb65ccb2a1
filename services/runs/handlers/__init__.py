"""One function per subject that runs answers: load, decide, save, tell."""

from services.runs.handlers import files, health, histories, moves, projects, runs, streams

ROUTERS = (
    projects.router,
    runs.router,
    streams.router,
    histories.router,
    moves.router,
    files.router,
    health.router,
)
