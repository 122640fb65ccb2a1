"""The language that the gateway and every service share."""
