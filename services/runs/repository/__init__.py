"""Projects, runs, frames and files kept in MongoDB; nothing else here says motor."""
