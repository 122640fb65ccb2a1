"""The rules of alerting, pure."""
