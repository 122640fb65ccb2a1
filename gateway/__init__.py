"""The edge: what SDK clients, CI and browsers reach; it translates and decides nothing."""
