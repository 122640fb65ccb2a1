"""Ports kept in MongoDB."""
