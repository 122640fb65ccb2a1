"""People, teams and the keys that they come with."""
