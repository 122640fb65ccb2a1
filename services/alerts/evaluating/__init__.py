"""From watched points and states to alerts, each once."""
