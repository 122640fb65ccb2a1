"""Letters: writing them as mail, and seeing that they go out."""
