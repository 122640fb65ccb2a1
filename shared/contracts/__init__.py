"""What may be said between the gateway and the services, each thing said once."""
