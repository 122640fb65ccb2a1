"""History at rest: lines turned into Parquet columns, and columns read back as lines."""
