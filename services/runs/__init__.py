"""Projects, runs and everything a run leaves behind."""
