"""Real servers on this machine: mongod and nats-server, our services, and what keeps them up."""
