"""How things are said: the bus, answering, streams, grants, and the form of ingested chunks."""
