"""What the SDK's GraphQL documents ask, answered by one Call a field."""
