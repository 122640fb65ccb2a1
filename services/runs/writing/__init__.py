"""The writer: INGEST's chunks become frames and the progress of runs, in order, exactly once."""
