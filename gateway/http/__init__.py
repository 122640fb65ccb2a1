"""Routes: what each path takes, asks and answers."""
