"""Identity's records in MongoDB: the only room that knows the driver; one file per noun."""
