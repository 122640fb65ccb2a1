"""The load that measures a server: made beforehand, cheap to send, and read back to be compared."""
