"""Sending what is due, without one endpoint ever holding up another."""
