"""What `cordee doctor` looks at: the data dir, the databases, the way in."""
