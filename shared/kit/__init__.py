"""Tools with no opinion about runs or people: clock, ids, logs, settings, the Mongo client."""
